//! OpenSSL on the chains and CRLs of the whole corpus, as of each reception.

use std::collections::{BTreeMap, BTreeSet};

use super::corpus::{Message, Realm};
use super::lenient;
use crate::openssl_tool::{Files, openssl, pem};

/// Certificates judged by the same CRLs at the same instant: one run of `openssl verify`.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Occasion {
    realm: usize,
    reception: i64,
    crls: Vec<Vec<u8>>,
}

/// The verdicts of OpenSSL on several certificates, in order, with its words.
fn verify(
    realm: &Realm,
    occasion: &Occasion,
    certificates: &BTreeSet<Vec<u8>>,
) -> Vec<(bool, String)> {
    let files = Files::new();
    let root = files.write("root.pem", pem("CERTIFICATE", realm.root()));
    let issuing = files.write("issuing.pem", pem("CERTIFICATE", realm.issuing()));
    let crls: String = occasion
        .crls
        .iter()
        .map(|crl| pem("X509 CRL", crl))
        .collect();
    let crls = files.write("crls.pem", crls);
    let at = occasion.reception.to_string();
    let mut arguments = vec!["verify", "-CAfile", &root, "-untrusted", &issuing];
    if !occasion.crls.is_empty() {
        arguments.extend(["-CRLfile", &crls]);
    }
    arguments.extend(["-crl_check_all", "-attime", &at]);
    let leaves: Vec<String> = certificates
        .iter()
        .enumerate()
        .map(|(index, der)| files.write(&format!("leaf-{index}.pem"), pem("CERTIFICATE", der)))
        .collect();
    arguments.extend(leaves.iter().map(String::as_str));
    let output = openssl(&arguments);
    let words = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    let lines: Vec<&str> = words.lines().collect();
    let verdict = |leaf: &String| {
        if lines.contains(&format!("{leaf}: OK").as_str()) {
            return (true, String::new());
        }
        // Its reasons stand above the verdict.
        let said = [
            format!("error {leaf}: verification failed"),
            format!("Could not read certificate file from {leaf}"),
        ];
        let place = lines
            .iter()
            .position(|line| said.iter().any(|said| line == said));
        let place = place.unwrap_or_else(|| panic!("OpenSSL says nothing of {leaf}: {words}"));
        let reasons = lines
            .get(place.saturating_sub(2)..=place)
            .unwrap_or_default();
        (false, reasons.join(" / "))
    };
    leaves.iter().map(verdict).collect()
}

/// What we refuse and OpenSSL does not: an authority may sign, and what follows a certificate is
/// passed over.
const ONLY_WE_REFUSE: [&str; 2] = ["CaUsedAsEndEntity", "TrailingData"];

/// Left out: certificates that a faulty authority signs are judged here for their path alone, by
/// us; OpenSSL reads the rest too. DSS judges them whole.
const LEFT_OUT: &str = "certificates signed again";

/// Compares all chains of the corpus; what differs without being listed.
pub(super) fn differences(realms: &[Realm], messages: &[Message]) -> (usize, Vec<String>) {
    let mut occasions: BTreeMap<Occasion, BTreeSet<Vec<u8>>> = BTreeMap::new();
    for message in messages.iter().filter(|message| message.class != LEFT_OUT) {
        let occasion = Occasion {
            realm: message.realm,
            reception: message.reception,
            crls: message.crls.iter().map(|crl| crl.to_vec()).collect(),
        };
        let certificates = lenient::certificates(&message.bytes);
        occasions
            .entry(occasion)
            .or_default()
            .extend(certificates.into_iter().take(1));
    }
    let mut found = Vec::new();
    let mut count = 0;
    for (occasion, certificates) in &occasions {
        let realm = &realms[occasion.realm];
        let anchors = realm.hierarchy.card_anchors().unwrap();
        let crls: Vec<&[u8]> = occasion.crls.iter().map(Vec::as_slice).collect();
        let verdicts = verify(realm, occasion, certificates);
        for (der, (accepted, words)) in certificates.iter().zip(verdicts) {
            count += 1;
            let ours = anchors.verify_with_crls(der, &crls, occasion.reception);
            let text = format!("{ours:?}");
            let is_listed = ONLY_WE_REFUSE.iter().any(|error| text.contains(error));
            // OpenSSL ends validity a second early: see `openssl`.
            let is_last_second = ours.is_ok() && words.contains("has expired") && {
                let later = anchors.verify_with_crls(der, &crls, occasion.reception + 1);
                later.is_err_and(|error| error.is_expired())
            };
            if ours.is_ok() == accepted || is_listed || is_last_second {
                continue;
            }
            found.push(format!(
                "at {}: we {text}, OpenSSL {accepted}: {words}",
                occasion.reception
            ));
        }
    }
    (count, found)
}
