package cnt.dss;

import eu.europa.esig.dss.alert.SilentOnStatusAlert;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.JWSSerializationType;
import eu.europa.esig.dss.enumerations.MimeTypeEnum;
import eu.europa.esig.dss.enumerations.SignatureAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.jades.JAdESSignatureParameters;
import eu.europa.esig.dss.jades.signature.JAdESService;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Date;

/**
 * Signs messages of the profile with DSS.
 *
 * <p>{@code Sign FOLDER} reads {@code sign.tsv}: file of the payload, of the certificate (DER), of the private key
 * (PKCS#8 DER), {@code EC} or {@code RSA}, Unix time of signing, file to write the message to.
 */
final class Sign {
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        for (String line : Files.readAllLines(folder.resolve("sign.tsv"))) {
            sign(folder, line.split("\t"));
        }
    }

    private static void sign(Path folder, String[] fields) throws Exception {
        boolean isRsa = fields[3].equals("RSA");
        var key = KeyFactory.getInstance(fields[3])
                .generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(folder.resolve(fields[2]))));
        var certificate = DSSUtils.loadCertificate(folder.resolve(fields[1]).toFile());

        var parameters = new JAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.JAdES_BASELINE_B);
        parameters.setSignaturePackaging(SignaturePackaging.ENVELOPING);
        parameters.setJwsSerializationType(JWSSerializationType.COMPACT_SERIALIZATION);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(certificate);
        parameters.setCertificateChain(certificate);
        parameters.bLevel().setSigningDate(new Date(Long.parseLong(fields[4]) * 1000));
        // What the profile asks for beyond what DSS does of itself.
        parameters.setSigningCertificateDigestMethod(DigestAlgorithm.SHA256);
        parameters.setIncludeKeyIdentifier(false);

        var verifier = new CommonCertificateVerifier(true);
        // DSS looks at the machine's clock, the tests live at an instant of their own.
        verifier.setAlertOnExpiredCertificate(new SilentOnStatusAlert());
        verifier.setAlertOnNotYetValidCertificate(new SilentOnStatusAlert());
        var service = new JAdESService(verifier);
        var payload = new InMemoryDocument(Files.readAllBytes(folder.resolve(fields[0])), "payload.json", MimeTypeEnum.JSON);
        var toSign = service.getDataToSign(payload, parameters);
        var signer = Signature.getInstance(isRsa ? "SHA256withRSA" : "SHA256withECDSA");
        signer.initSign(key);
        signer.update(toSign.getBytes());
        var algorithm = isRsa ? SignatureAlgorithm.RSA_SHA256 : SignatureAlgorithm.ECDSA_SHA256;
        var signed = service.signDocument(payload, parameters, new SignatureValue(algorithm, signer.sign()));
        signed.save(folder.resolve(fields[5]).toString());
    }
}
