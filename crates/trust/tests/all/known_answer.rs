//! Messages signed earlier still verify: one of ours, one made with OpenSSL alone.

use cnt_trust::{
    CardVerifier, CertificateProfile, RevocationView, Scratch, TrustAnchors, TrustProblem,
    VerifierOptions, oid,
};

fn verifier(root: &[u8], issuing: &[u8]) -> CardVerifier {
    let profile = CertificateProfile::agent_signature(oid::AGENT_SIGNATURE).unwrap();
    let anchors = TrustAnchors::new(profile, &[root], &[issuing]).unwrap();
    CardVerifier::new(
        anchors,
        RevocationView::default(),
        VerifierOptions::default(),
    )
}

fn check(verifier: &CardVerifier, message: &[u8], payload: &str) {
    let message = message.trim_ascii_end();
    let mut scratch = Scratch::default();
    let checked = verifier.check_bytes(message, &mut scratch);
    assert_eq!(checked.verification.problems, []);
    assert_eq!(checked.message.unwrap().payload(), payload.as_bytes());
    let mut spoiled = message.to_vec();
    let place = spoiled.iter().position(|byte| *byte == b'.').unwrap() + 5;
    spoiled[place] = if spoiled[place] == b'A' { b'B' } else { b'A' };
    let checked = verifier.check_bytes(&spoiled, &mut scratch);
    assert!(
        checked
            .verification
            .problems
            .contains(&TrustProblem::SignatureInvalid)
    );
}

#[test]
fn signed_by_this_crate_es256() {
    let verifier = verifier(
        include_bytes!("../fixtures/ours-root.der"),
        include_bytes!("../fixtures/ours-issuing.der"),
    );
    check(
        &verifier,
        include_bytes!("../fixtures/ours-es256.jws"),
        "{\"known\":\"answer\"}",
    );
}

#[test]
fn signed_by_openssl() {
    let verifier = verifier(
        include_bytes!("../fixtures/openssl-root.der"),
        include_bytes!("../fixtures/openssl-issuing.der"),
    );
    for message in [
        include_bytes!("../fixtures/openssl-es256.jws").as_slice(),
        include_bytes!("../fixtures/openssl-rs256.jws"),
    ] {
        check(&verifier, message, "{\"made\":\"by OpenSSL\"}");
    }
}
