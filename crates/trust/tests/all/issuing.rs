//! The simulated authorities: same seed same keys, on disk and back, fast enough.

use std::os::unix::fs::PermissionsExt as _;

use cnt_trust::issue::{
    AgentIdentity, AuthorityAlgorithm, AuthorityRole, CardUse, Hierarchy, HierarchyParams, KeyKind,
};
use cnt_trust::{
    AnchorError, CardVerifier, CertificateProfile, RevocationView, TrustAnchors, VerifierOptions,
    oid,
};

use crate::support::{CARD_START, Forge, HIERARCHY_START, problems, world};

fn verifier(hierarchy: &Hierarchy) -> CardVerifier {
    let anchors = hierarchy.card_anchors().unwrap();
    CardVerifier::new(
        anchors,
        RevocationView::default(),
        VerifierOptions::default(),
    )
}

#[test]
fn the_same_seed_makes_the_same_keys_and_serials() {
    let world = world();
    let again = Hierarchy::generate(HierarchyParams::from_number(7, HIERARCHY_START)).unwrap();
    let card = again
        .issue_card(&world.agent, CardUse::Signature, KeyKind::P256, CARD_START)
        .unwrap();
    assert_eq!(card.key_pkcs8, world.card.key_pkcs8);
    assert_eq!(card.serial, world.card.serial);
    // Each generation vouches for the other's cards.
    let message = Forge::of(&card).sign(&card);
    assert_eq!(problems(&world.verifier(), message.as_bytes()), []);
    let message = Forge::of(&world.card).sign(&world.card);
    assert_eq!(problems(&verifier(&again), message.as_bytes()), []);

    let other = Hierarchy::generate(HierarchyParams::from_number(8, HIERARCHY_START)).unwrap();
    assert!(!problems(&verifier(&other), message.as_bytes()).is_empty());
    let login = again
        .issue_card(
            &world.agent,
            CardUse::Authentication,
            KeyKind::P256,
            CARD_START,
        )
        .unwrap();
    assert_ne!(login.key_pkcs8, card.key_pkcs8);
}

#[test]
fn two_thousand_agents_have_two_thousand_keys() {
    let world = world();
    let mut keys = std::collections::HashSet::new();
    let mut serials = std::collections::HashSet::new();
    for index in 0..2000 {
        let agent = AgentIdentity::simulated(index, "123456789", "Commune de Fictive");
        let card = world
            .hierarchy
            .issue_card(&agent, CardUse::Signature, KeyKind::P256, CARD_START)
            .unwrap();
        keys.insert(card.key_pkcs8);
        serials.insert(card.serial);
    }
    assert_eq!((keys.len(), serials.len()), (2000, 2000));
}

#[test]
fn a_hierarchy_is_written_and_read_back() {
    let directory = tempfile::tempdir().unwrap();
    for algorithm in [AuthorityAlgorithm::P256, AuthorityAlgorithm::Rsa3072] {
        let params = HierarchyParams {
            algorithm,
            ..HierarchyParams::from_number(9, HIERARCHY_START)
        };
        let made = Hierarchy::generate(params).unwrap();
        made.save(directory.path()).unwrap();
        made.save(directory.path()).unwrap();
        let read = Hierarchy::load(directory.path()).unwrap();
        assert_eq!(read.params(), made.params());
        for role in AuthorityRole::ALL {
            let (one, two) = (made.authority(role), read.authority(role));
            assert_eq!(one.certificate_der(), two.certificate_der());
            assert_eq!((one.serial(), one.role()), (two.serial(), two.role()));
        }
        let agent = &world().agent;
        let card = read
            .issue_card(agent, CardUse::Signature, KeyKind::P256, CARD_START)
            .unwrap();
        let message = Forge::of(&card).sign(&card);
        assert_eq!(problems(&verifier(&made), message.as_bytes()), []);
    }
    for entry in std::fs::read_dir(directory.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        let secret = name.ends_with(".key.pem") || name == "hierarchy.json";
        assert_eq!(mode & 0o077 == 0, secret, "{name} {mode:o}");
    }
    std::fs::write(directory.path().join("origin.crt.pem"), "rubbish").unwrap();
    let error = Hierarchy::load(directory.path()).unwrap_err();
    assert!(error.to_string().contains("origin.crt.pem"), "{error}");
    assert!(Hierarchy::load(&directory.path().join("nowhere")).is_err());
}

#[test]
fn every_name_says_simulation() {
    let world = world();
    let mark = cnt_trust::issue::SIMULATION_MARK.as_bytes();
    let of = |der: &[u8]| {
        der.windows(mark.len())
            .filter(|window| *window == mark)
            .count()
    };
    for role in AuthorityRole::ALL {
        // O and CN of issuer and of subject.
        assert_eq!(of(world.authority_der(role)), 4, "{role:?}");
    }
    assert_eq!(of(&world.card.certificate_der), 4);
}

#[test]
fn a_signer_needs_its_own_certificate() {
    let world = world();
    let mut mixed = world.card.clone();
    mixed
        .certificate_der
        .clone_from(&world.rsa_card.certificate_der);
    assert!(mixed.signer().is_err());
    let mut wrong = world.card.clone();
    wrong.algorithm = cnt_trust::Algorithm::Rs256;
    assert!(wrong.signer().is_err());
}

#[test]
fn only_authorities_can_be_trusted() {
    let profile = || CertificateProfile::agent_signature(oid::AGENT_SIGNATURE).unwrap();
    let root = world().authority_der(AuthorityRole::AgentsRoot);
    let card = &world().card.certificate_der;
    let anchors = |roots: &[&[u8]], issuing: &[&[u8]]| {
        TrustAnchors::new(profile(), roots, issuing).map(|_| ())
    };
    assert_eq!(anchors(&[], &[]), Err(AnchorError::NoRoot));
    assert_eq!(
        anchors(&[root], &[card]),
        Err(AnchorError::NotAnAuthority { index: 1 })
    );
    assert_eq!(
        anchors(&[b"rubbish"], &[]),
        Err(AnchorError::Malformed { index: 0 })
    );
    assert!(CertificateProfile::agent_signature("no oid").is_err());
}
