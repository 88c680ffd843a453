package cnt.dss;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * The validation policy of the profile: the one DSS brings, made as strict as the profile is. It is edited when
 * needed and never kept, for the file is DSS's own. Every edit must find what it changes.
 */
final class Policy {
    /** RGS three stars: a CRL lives 36 hours. */
    private static final String CRL_HOURS = "36";

    private final Document document;

    private Policy(Document document) {
        this.document = document;
    }

    /** The policy for certificates of one policy identifier. */
    static byte[] strict(String certificatePolicy) throws Exception {
        var factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        try (InputStream shipped = Policy.class.getResourceAsStream("/policy/constraint.xml")) {
            var policy = new Policy(factory.newDocumentBuilder().parse(shipped));
            policy.edit(certificatePolicy);
            return policy.bytes();
        }
    }

    private void edit(String certificatePolicy) {
        Element root = document.getDocumentElement();
        Element signature = child(root, "SignatureConstraints");
        fail(child(signature, "StructuralValidation"));
        values(fail(child(signature, "AcceptableFormats")), "JAdES-BASELINE-B");
        Element attributes = child(signature, "SignedAttributes");
        fail(child(attributes, "SigningCertificatePresent"));
        fail(child(attributes, "UnicitySigningCertificate"));
        Element basic = child(signature, "BasicSignatureConstraints");
        Element signer = child(basic, "SigningCertificate");
        fail(child(signer, "KeyUsage"));
        fail(child(signer, "SupportedCriticalExtensions"));
        fail(child(signer, "SerialNumberPresent"));
        Element notSelfSigned = fail(child(signer, "NotSelfSigned"));
        Element policies = document.createElementNS(root.getNamespaceURI(), "PolicyIds");
        signer.insertBefore(policies, notSelfSigned.getNextSibling());
        values(fail(policies), certificatePolicy);
        for (String role : List.of("SigningCertificate", "CACertificate")) {
            Element freshness = fail(child(child(basic, role), "RevocationFreshness"));
            freshness.setAttribute("Unit", "HOURS");
            freshness.setAttribute("Value", CRL_HOURS);
        }
        Element cryptographic = child(root, "Cryptographic");
        keepOnly(child(cryptographic, "AcceptableEncryptionAlgo"), "RSA", "ECDSA", "PLAIN-ECDSA");
        keepOnly(child(cryptographic, "AcceptableDigestAlgo"), "SHA256");
        Element sizes = child(cryptographic, "MiniPublicKeySize");
        keepOnly(sizes, "RSA", "ECDSA", "PLAIN-ECDSA");
        for (Element algorithm : children(sizes)) {
            algorithm.setAttribute("Size", algorithm.getTextContent().equals("RSA") ? "2048" : "256");
        }
    }

    private static Element fail(Element constraint) {
        constraint.setAttribute("Level", "FAIL");
        return constraint;
    }

    private void values(Element constraint, String... values) {
        children(constraint).forEach(constraint::removeChild);
        for (String value : values) {
            Element id = document.createElementNS(constraint.getNamespaceURI(), "Id");
            id.setTextContent(value);
            constraint.appendChild(id);
        }
    }

    private static void keepOnly(Element constraint, String... values) {
        int kept = 0;
        for (Element algorithm : children(constraint)) {
            if (List.of(values).contains(algorithm.getTextContent())) {
                kept++;
            } else {
                constraint.removeChild(algorithm);
            }
        }
        if (kept != values.length) {
            throw new IllegalStateException("the policy of DSS has changed: " + constraint.getNodeName());
        }
    }

    private static Element child(Element parent, String name) {
        List<Element> found = children(parent).stream().filter(e -> e.getLocalName().equals(name)).toList();
        if (found.size() != 1) {
            throw new IllegalStateException("the policy of DSS has changed: " + name + " occurs " + found.size() + " times");
        }
        return found.get(0);
    }

    private static List<Element> children(Element parent) {
        var found = new ArrayList<Element>();
        for (Node node = parent.getFirstChild(); node != null; node = node.getNextSibling()) {
            if (node instanceof Element element) {
                found.add(element);
            }
        }
        return found;
    }

    private byte[] bytes() throws Exception {
        var bytes = new ByteArrayOutputStream();
        TransformerFactory.newInstance().newTransformer()
                .transform(new DOMSource(document), new StreamResult(bytes));
        return bytes.toByteArray();
    }
}
