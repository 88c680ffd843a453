//! OpenSSL as an independent judge of chains, CRLs and signatures. Fails where `openssl` is missing.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_trust::issue::doubles::Flaw;
use cnt_trust::issue::{AuthorityRole, CrlDates, Issued, StationIdentity};
use cnt_trust::{PathError, Revocation, RevocationReason, SerialNumber};

use crate::openssl_tool::{Files, openssl, pem};
use crate::support::{CARD_START, DAY, Forge, IAT, world};

/// CRLs of the root and of AC Agents Signature with these revocations.
fn crls(revocations: &[Revocation], dates: CrlDates) -> [Vec<u8>; 2] {
    [AuthorityRole::AgentsRoot, AuthorityRole::AgentsSignature].map(|role| {
        let authority = world().hierarchy.authority(role);
        let own: Vec<Revocation> = revocations
            .iter()
            .filter(|revocation| {
                (revocation.serial == sub_authority()) == (role == AuthorityRole::AgentsRoot)
            })
            .copied()
            .collect();
        authority.crl(dates, &own).unwrap()
    })
}

fn sub_authority() -> SerialNumber {
    world()
        .hierarchy
        .authority(AuthorityRole::AgentsSignature)
        .serial()
}

/// OpenSSL's verdict on a certificate with full CRL checking at an instant, and its words.
fn openssl_accepts(files: &Files, der: &[u8], crls: &[Vec<u8>], at: i64) -> (bool, String) {
    let hierarchy = &world().hierarchy;
    let root = hierarchy
        .authority(AuthorityRole::AgentsRoot)
        .certificate_pem();
    let above = hierarchy
        .authority(AuthorityRole::AgentsSignature)
        .certificate_pem();
    let crls: String = crls.iter().map(|crl| pem("X509 CRL", crl)).collect();
    let root = files.write("root.pem", root);
    let above = files.write("above.pem", above);
    let crls = files.write("crls.pem", crls);
    let leaf = files.write("leaf.pem", pem("CERTIFICATE", der));
    let at = at.to_string();
    let output = openssl(&[
        "verify",
        "-x509_strict",
        "-CAfile",
        &root,
        "-untrusted",
        &above,
        "-CRLfile",
        &crls,
        "-crl_check_all",
        "-attime",
        &at,
        &leaf,
    ]);
    let words = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&words).into_owned(),
    )
}

/// CRLs fresh at that instant.
fn fresh(at: i64) -> CrlDates {
    CrlDates {
        number: 3,
        this_update: at - DAY / 2,
        next_update: at + DAY,
    }
}

struct Judged {
    name: &'static str,
    revocations: Vec<Revocation>,
    dates: CrlDates,
    at: i64,
    accepted: bool,
}

fn judged_cards() -> Vec<Judged> {
    let revoked = |serial, effective_at| Revocation {
        serial,
        effective_at,
        reason: RevocationReason::Loss,
        known_from: effective_at,
    };
    let card = world().card.serial;
    let at_iat = |name, revocations, accepted| Judged {
        name,
        revocations,
        dates: fresh(IAT),
        at: IAT,
        accepted,
    };
    let at = |name, at, accepted| Judged {
        name,
        revocations: Vec::new(),
        dates: fresh(at),
        at,
        accepted,
    };
    let stale = CrlDates {
        number: 1,
        this_update: IAT - 3 * DAY,
        next_update: IAT - 1,
    };
    let last = CARD_START + 3 * 365 * DAY - 1;
    vec![
        at_iat(
            "another revoked",
            vec![revoked(world().rsa_card.serial, IAT - DAY)],
            true,
        ),
        at_iat("revoked", vec![revoked(card, IAT - DAY)], false),
        at_iat("revoked later", vec![revoked(card, IAT)], true),
        at_iat(
            "authority revoked",
            vec![revoked(sub_authority(), IAT - DAY)],
            false,
        ),
        Judged {
            dates: stale,
            ..at("stale", IAT, false)
        },
        at("first second", CARD_START, true),
        at("second before", CARD_START - 1, false),
        // The validity period includes its end (RFC 5280 §4.1.2.5); OpenSSL ends it a second
        // early, see below.
        at("last second but one", last - 1, true),
        at("second after", last + 1, false),
    ]
}

#[test]
fn openssl_and_we_agree_on_dates_and_crls() {
    let world = world();
    let files = Files::new();
    let anchors = world.hierarchy.card_anchors().unwrap();
    for Judged {
        name,
        revocations,
        dates,
        at,
        accepted,
    } in judged_cards()
    {
        let crls = crls(&revocations, dates);
        let der = &world.card.certificate_der;
        let (openssl, words) = openssl_accepts(&files, der, &crls, at);
        let ours = anchors.verify_with_crls(der, &[&crls[0], &crls[1]], at);
        assert_eq!(openssl, accepted, "{name}: {words}");
        assert_eq!(ours.is_ok(), accepted, "{name}: {ours:?}");
        let is_revoked = ours.as_ref().is_err_and(PathError::is_revoked);
        assert_eq!(is_revoked, name.ends_with("revoked") && !accepted, "{name}");
        assert_eq!(words.contains("revoked"), is_revoked, "{name}: {words}");
        let is_unknown = ours.as_ref().is_err_and(PathError::is_status_unknown);
        assert_eq!(is_unknown, name == "stale", "{name}");
    }
    let [root, _] = crls(&[], fresh(IAT));
    for incomplete in [&[root.as_slice()][..], &[]] {
        let ours = anchors.verify_with_crls(&world.card.certificate_der, incomplete, IAT);
        assert!(ours.unwrap_err().is_status_unknown());
    }
}

#[test]
fn openssl_ends_validity_a_second_early() {
    let files = Files::new();
    let anchors = world().hierarchy.card_anchors().unwrap();
    let last = CARD_START + 3 * 365 * DAY - 1;
    let [root, issuing] = crls(&[], fresh(last));
    let der = &world().card.certificate_der;
    assert_eq!(
        anchors.verify_with_crls(der, &[&root, &issuing], last),
        Ok(())
    );
    assert!(
        !openssl_accepts(&files, der, &[root, issuing], last).0,
        "OpenSSL has changed"
    );
}

#[test]
fn openssl_and_we_agree_on_chains() {
    let world = world();
    let files = Files::new();
    let anchors = world.hierarchy.card_anchors().unwrap();
    let crls = crls(&[], fresh(IAT));
    let agree = |name: &str, issued: &Issued, accepted: bool| {
        let der = &issued.certificate_der;
        let (openssl, words) = openssl_accepts(&files, der, &crls, IAT);
        let ours = anchors.verify_with_crls(der, &[&crls[0], &crls[1]], IAT);
        assert_eq!(openssl, accepted, "{name}: {words}");
        assert_eq!(ours.is_ok(), accepted, "{name}: {ours:?}");
    };
    agree("P-256", &world.card, true);
    agree("RSA", &world.rsa_card, true);
    for flaw in [
        Flaw::RogueAuthority,
        Flaw::StrangeAuthority,
        Flaw::LeafAsAuthority,
        Flaw::AuthenticationCertificate,
        Flaw::Expired,
        Flaw::NotYetValid,
        Flaw::UnknownCriticalExtension,
    ] {
        let issued = world
            .hierarchy
            .issue_flawed_card(&world.agent, flaw, CARD_START)
            .unwrap();
        agree(&format!("{flaw:?}"), &issued, false);
    }
}

#[test]
fn a_crl_has_number_and_issuer_and_no_reasons() {
    let files = Files::new();
    let due = Revocation {
        serial: world().card.serial,
        effective_at: IAT - 5 * DAY,
        reason: RevocationReason::Theft,
        known_from: IAT - 2 * DAY,
    };
    let unknown_yet = Revocation {
        serial: SerialNumber::from_bytes(&[0x77; 8]).unwrap(),
        known_from: IAT - DAY / 2,
        ..due
    };
    // Known only from the instant after the one the CRL is issued at.
    let crl = &crls(&[due, unknown_yet], fresh(IAT - 1))[1];
    let path = files.write("crl.der", crl);
    let output = openssl(&["crl", "-inform", "DER", "-in", &path, "-noout", "-text"]);
    let words = String::from_utf8(output.stdout).unwrap();
    for expected in [
        "Version 2",
        "X509v3 CRL Number",
        "X509v3 Authority Key Identifier",
    ] {
        assert!(words.contains(expected), "{expected}: {words}");
    }
    let serial = world().card.serial.to_string().to_uppercase();
    assert!(words.contains(&serial), "{words}");
    assert!(
        !words.contains("7777777777777777") && !words.contains("Reason"),
        "{words}"
    );
}

#[test]
fn openssl_verifies_our_signatures() {
    let world = world();
    let files = Files::new();
    for issued in [&world.card, &world.rsa_card] {
        let message = Forge::of(issued).sign(issued);
        let (input, signature) = message.rsplit_once('.').unwrap();
        let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        if issued.algorithm == cnt_trust::Algorithm::Es256 {
            signature = der_signature(&signature);
        }
        let certificate = files.write("signer.pem", issued.certificate_pem());
        let key = openssl(&["x509", "-in", &certificate, "-noout", "-pubkey"]).stdout;
        let key = files.write("signer.pub.pem", key);
        let signature = files.write("signature", signature);
        for (input, expected) in [(input.to_owned(), true), (format!("{input}x"), false)] {
            let input = files.write("input", input);
            let output = openssl(&[
                "dgst",
                "-sha256",
                "-verify",
                &key,
                "-signature",
                &signature,
                &input,
            ]);
            assert_eq!(output.status.success(), expected, "{output:?}");
        }
    }
}

/// SEQUENCE of two INTEGERs, written without the crate's own code.
pub(crate) fn der_signature(raw: &[u8]) -> Vec<u8> {
    let integer = |bytes: &[u8]| {
        let mut bytes: Vec<u8> = bytes
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect();
        if bytes[0] >= 0x80 {
            bytes.insert(0, 0);
        }
        [vec![2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    };
    let body = [integer(&raw[..32]), integer(&raw[32..])].concat();
    [vec![0x30, u8::try_from(body.len()).unwrap()], body].concat()
}

#[test]
fn openssl_reads_keys_and_every_kind_of_certificate() {
    let hierarchy = &world().hierarchy;
    let files = Files::new();
    let station = StationIdentity {
        number: "SIM-STATION-0001".into(),
        siren: "123456789".into(),
        organisation: "Commune de Fictive".into(),
    };
    let connection = hierarchy
        .issue_station_connection(&station, CARD_START)
        .unwrap();
    let seal = hierarchy.issue_station_seal(&station, CARD_START).unwrap();
    let service = hierarchy.issue_service_seal("archive", CARD_START).unwrap();
    let server = hierarchy
        .issue_tls_server("gateway", &["localhost"], CARD_START)
        .unwrap();
    let root = files.write(
        "root.pem",
        hierarchy
            .authority(AuthorityRole::AgentsRoot)
            .certificate_pem(),
    );
    let origin = files.write(
        "origin.pem",
        hierarchy.authority(AuthorityRole::Origin).certificate_pem(),
    );
    let services = files.write(
        "services.pem",
        hierarchy
            .authority(AuthorityRole::Services)
            .certificate_pem(),
    );
    let at = IAT.to_string();
    for (issued, purpose, anchor, usage) in [
        (
            &connection,
            "sslclient",
            &origin,
            "TLS Web Client Authentication",
        ),
        (&seal, "any", &origin, "Digital Signature, Non Repudiation"),
        (&service, "any", &root, "Digital Signature, Non Repudiation"),
        (&server, "sslserver", &root, "DNS:localhost"),
    ] {
        let leaf = files.write("leaf.pem", issued.certificate_pem());
        let output = openssl(&[
            "verify",
            "-x509_strict",
            "-CAfile",
            anchor,
            "-untrusted",
            &services,
            "-purpose",
            purpose,
            "-attime",
            &at,
            &leaf,
        ]);
        assert!(output.status.success(), "{usage}: {output:?}");
        let words = openssl(&["x509", "-in", &leaf, "-noout", "-text"]).stdout;
        assert!(String::from_utf8_lossy(&words).contains(usage), "{usage}");
        let key = files.write("leaf.key.pem", issued.key_pem());
        let check = openssl(&["pkey", "-in", &key, "-check", "-noout"]);
        assert!(check.status.success(), "{check:?}");
    }
}
