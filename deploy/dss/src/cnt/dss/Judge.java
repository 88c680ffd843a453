package cnt.dss;

import eu.europa.esig.dss.enumerations.TokenExtractionStrategy;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonCertificateSource;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Date;
import java.util.List;

/**
 * Judges signed messages, each as of an instant of its own.
 *
 * <p>{@code Judge FOLDER POLICY_OID} reads {@code cases.tsv}: file of a message, Unix time to judge at, name of the
 * authorities ({@code NAME-root.der}, trusted, and {@code NAME-issuing.der}), files of CRLs separated by commas.
 * Prints for each case, tab-separated: file, indication, sub-indication, format level, errors.
 */
final class Judge {
    private final Path folder;
    private final byte[] policy;

    private Judge(Path folder, String certificatePolicy) throws Exception {
        this.folder = folder;
        policy = Policy.strict(certificatePolicy);
    }

    public static void main(String[] arguments) throws Exception {
        var judge = new Judge(Path.of(arguments[0]), arguments[1]);
        List<String> verdicts = Files.readAllLines(judge.folder.resolve("cases.tsv"))
                .stream().map(judge::verdict).toList();
        var out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        verdicts.forEach(out::println);
        out.flush();
    }

    private String verdict(String line) {
        String[] fields = line.split("\t", -1);
        try {
            return fields[0] + "\t" + judge(fields[0], Long.parseLong(fields[1]), fields[2], fields[3]);
        } catch (Exception | StackOverflowError error) {
            // Some messages make DSS throw instead of reporting: a refusal of its own kind.
            return String.join("\t", fields[0], "EXCEPTION", error.getClass().getSimpleName(), "", clean(error.toString()));
        }
    }

    private String judge(String file, long unixTime, String authorities, String crls) throws Exception {
        byte[] message = Files.readAllBytes(folder.resolve(file));
        var validator = SignedDocumentValidator.fromDocument(new InMemoryDocument(message, file));
        validator.setCertificateVerifier(verifier(authorities, crls));
        validator.setValidationTime(new Date(unixTime * 1000));
        validator.setTokenExtractionStrategy(TokenExtractionStrategy.NONE);
        validator.setEnableEtsiValidationReport(false);
        SimpleReport report = validator.validateDocument(new ByteArrayInputStream(policy)).getSimpleReport();
        if (report.getSignaturesCount() != 1) {
            return "NO_SIGNATURE\t\t\t" + report.getSignaturesCount() + " signatures";
        }
        String id = report.getFirstSignatureId();
        List<String> errors = report.getAdESValidationErrors(id).stream().map(error -> error.getValue()).toList();
        return String.join("\t", String.valueOf(report.getIndication(id)), text(report.getSubIndication(id)),
                text(report.getSignatureFormat(id)), clean(String.join(" | ", errors)));
    }

    private CommonCertificateVerifier verifier(String authorities, String crls) throws Exception {
        var streams = Arrays.stream(crls.split(",")).filter(name -> !name.isEmpty()).map(this::open);
        var trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(folder.resolve(authorities + "-root.der").toFile()));
        var known = new CommonCertificateSource();
        known.addCertificate(DSSUtils.loadCertificate(folder.resolve(authorities + "-issuing.der").toFile()));
        var verifier = new CommonCertificateVerifier(true);
        verifier.setTrustedCertSources(trusted);
        verifier.setAdjunctCertSources(known);
        verifier.setCrlSource(new ExternalResourcesCRLSource(streams.toArray(InputStream[]::new)));
        return verifier;
    }

    private InputStream open(String file) {
        try {
            return new ByteArrayInputStream(Files.readAllBytes(folder.resolve(file)));
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String text(Object value) {
        return value == null ? "" : value.toString();
    }

    private static String clean(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }
}
