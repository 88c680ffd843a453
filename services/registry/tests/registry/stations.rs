//! What a station of the nation holds: a certificate to connect with and one to seal with.

use std::path::Path;
use std::process::Command;

use cnt_registry::nation::{Nation, NationParams};
use cnt_trust::{
    Algorithm, CardVerifier, RevocationView, SoftwareSigner, VerifierOptions, seal, sha256,
};
use jiff::civil::date;

use crate::nation::pem_body;

fn nation() -> Nation {
    Nation::build(&NationParams {
        collectivities: 3,
        agents_per_collectivity: 1,
        ..NationParams::new(7, date(2026, 1, 1))
    })
    .unwrap()
}

/// What OpenSSL prints; it must agree.
fn openssl(arguments: &[&str], directory: &Path) -> String {
    let mut command = Command::new("openssl");
    let output = command.args(arguments).current_dir(directory).output();
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "openssl {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn openssl_accepts_both_certificates_of_every_station_and_finds_their_usages() {
    let directory = tempfile::tempdir().unwrap();
    let nation = nation();
    nation.save(directory.path()).unwrap();
    let list = &nation.snapshot.anchors.origin_crls[0];
    std::fs::write(directory.path().join("origin.crl.pem"), list).unwrap();
    let at = (nation.secrets.senders.start_s + 3_600).to_string();
    assert_eq!(nation.secrets.seals.len(), 4);
    for station in &nation.secrets.senders.stations {
        let seal = format!("stations/{}.seal.crt.pem", station.name);
        for (file, usage, extended, policy) in [
            (
                &station.certificate,
                "Digital Signature\n",
                true,
                "1.3.6.1.4.1.32473.1.2.1.1",
            ),
            (
                &seal,
                "Digital Signature, Non Repudiation\n",
                false,
                "1.3.6.1.4.1.32473.1.2.2.1",
            ),
        ] {
            let verified = openssl(
                &[
                    "verify",
                    "-x509_strict",
                    "-crl_check_all",
                    "-attime",
                    &at,
                    "-CAfile",
                    "pki/origin.crt.pem",
                    "-CRLfile",
                    "origin.crl.pem",
                    file,
                ],
                directory.path(),
            );
            assert_eq!(verified.trim(), format!("{file}: OK"));
            let extensions = "keyUsage,extendedKeyUsage,certificatePolicies";
            let text = openssl(
                &[
                    "x509", "-in", file, "-noout", "-subject", "-ext", extensions,
                ],
                directory.path(),
            );
            assert!(text.contains(usage), "{text}");
            assert_eq!(text.contains("TLS Web Client Authentication"), extended);
            assert!(text.contains(policy), "{text}");
            assert!(text.contains(&format!("0002 {}", station.siren)), "{text}");
        }
    }
}

#[test]
fn a_saved_seal_key_seals_a_submission_and_a_connection_key_does_not() {
    let directory = tempfile::tempdir().unwrap();
    let built = nation();
    built.save(directory.path()).unwrap();
    let loaded = Nation::load(directory.path()).unwrap();
    assert_eq!(loaded.secrets.seals, built.secrets.seals);
    let verifier = CardVerifier::new(
        loaded.secrets.hierarchy.seal_anchors().unwrap(),
        RevocationView::default(),
        VerifierOptions::default(),
    );
    let mifs = [sha256(b"one"), sha256(b"two")];
    let iat = loaded.secrets.senders.start_s + 3_600;
    let accepted = |credential: &cnt_registry::nation::Credential| {
        let signer = SoftwareSigner::from_pkcs8(
            Algorithm::Es256,
            &pem_body(&credential.key_pem),
            vec![pem_body(&credential.certificate_pem)],
        )
        .unwrap();
        let sealed = seal::sign(&mifs, iat, &signer).unwrap();
        seal::verify(sealed.as_bytes(), &mifs, &verifier).is_accepted()
    };
    assert!(loaded.secrets.seals.iter().all(accepted));
    assert!(!loaded.secrets.stations.iter().any(accepted));
}
