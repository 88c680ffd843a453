//! The simulated nation.

use cnt_contracts::hex32::Hex32;
use cnt_contracts::registry::{AnchorsV1, SnapshotV1, to_registry};
use cnt_contracts::senders::AgentStanding;
use cnt_registry::nation::{Nation, NationParams};
use cnt_trust::issue::{AgentIdentity, CardUse, KeyKind};
use cnt_trust::{CardVerifier, RevocationView, Scratch, VerifierOptions, sha256, sign_compact};
use jiff::civil::date;

fn params() -> NationParams {
    NationParams::new(7, date(2026, 1, 1))
}

/// A snapshot without what ECDSA randomises.
fn without_certificates(mut snapshot: SnapshotV1) -> SnapshotV1 {
    snapshot.anchors = AnchorsV1::default();
    for card in &mut snapshot.cards {
        card.certificate = Hex32::default();
    }
    for station in &mut snapshot.stations {
        station.fingerprint = Hex32::default();
    }
    snapshot
}

#[test]
fn the_same_seed_makes_the_same_nation_and_another_seed_another() {
    let (one, two) = (
        Nation::build(&params()).unwrap(),
        Nation::build(&params()).unwrap(),
    );
    assert_eq!(
        without_certificates(one.snapshot.clone()),
        without_certificates(two.snapshot)
    );
    // Keys are drawn from the seed as well.
    assert_eq!(one.secrets.cards[3].key_pem, two.secrets.cards[3].key_pem);
    let other = Nation::build(&NationParams {
        seed: 8,
        ..params()
    })
    .unwrap();
    assert_ne!(one.snapshot.collectivities, other.snapshot.collectivities);
}

#[test]
fn the_snapshot_is_a_registry_where_everything_refers_to_something() {
    let nation = Nation::build(&params()).unwrap();
    let registry = to_registry(&nation.snapshot).unwrap();
    assert_eq!(registry.collectivities.len(), 12);
    assert_eq!(registry.cards.len(), nation.snapshot.cards.len());
    assert_eq!(registry.services.len(), 12);
    assert_eq!(registry.stations.len(), 13);
    for service in registry.services.values() {
        assert!(registry.collectivities.contains_key(&service.siren));
        for (insee, _) in &service.territory {
            let commune = &registry.communes[insee];
            assert!(registry.omps.contains_key(&commune.omp), "{}", commune.omp);
            assert_eq!(commune.postcode.len(), 5);
        }
    }
    let shared = registry
        .services
        .values()
        .filter(|service| service.territory.len() == 2)
        .count();
    assert_eq!(shared, 1);
    let standing = |wanted| {
        let agents = nation.secrets.senders.agents.iter();
        agents.filter(|agent| agent.standing == wanted).count()
    };
    assert_eq!(standing(AgentStanding::Good), 60);
    assert_eq!(standing(AgentStanding::CardRevoked), 4);
    assert_eq!(standing(AgentStanding::Departed), 4);
}

#[test]
fn a_card_of_the_nation_signs_and_verifies() {
    let nation = Nation::build(&params()).unwrap();
    let hierarchy = &nation.secrets.hierarchy;
    let sender = &nation.secrets.senders.agents[0];
    let collectivity = &nation.snapshot.collectivities[0];
    let identity = AgentIdentity::simulated(1, &sender.siren, &collectivity.name);
    assert_eq!(identity.card_number, sender.card);
    let not_before = hierarchy.params().not_before;
    let card = hierarchy
        .issue_card(&identity, CardUse::Signature, KeyKind::P256, not_before)
        .unwrap();
    // Another certificate over the same key: the nation's own has another fingerprint.
    assert_eq!(card.key_pem(), nation.secrets.cards[0].key_pem);
    let iat = nation.secrets.senders.start_s + 3_600;
    let message = sign_compact(b"{}", iat, &card.signer().unwrap()).unwrap();
    let verifier = CardVerifier::new(
        hierarchy.card_anchors().unwrap(),
        RevocationView::default(),
        VerifierOptions::default(),
    );
    let mut scratch = Scratch::default();
    let checked = verifier.check_bytes(message.as_bytes(), &mut scratch);
    assert!(
        checked.verification.is_accepted(),
        "{:?}",
        checked.verification.problems
    );
}

#[test]
fn a_saved_nation_is_loaded_again_and_keys_are_private() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let nation = Nation::build(&NationParams {
        collectivities: 2,
        agents_per_collectivity: 2,
        ..params()
    })
    .unwrap();
    nation.save(directory.path()).unwrap();
    // Saving again replaces.
    nation.save(directory.path()).unwrap();
    let loaded = Nation::load(directory.path()).unwrap();
    assert_eq!(loaded.snapshot, nation.snapshot);
    assert_eq!(loaded.secrets.senders, nation.secrets.senders);
    assert_eq!(loaded.secrets.cards, nation.secrets.cards);
    assert_eq!(loaded.secrets.stations, nation.secrets.stations);
    let key = directory.path().join(&nation.secrets.senders.agents[0].key);
    let mode = std::fs::metadata(key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // The fingerprint in the snapshot is that of the certificate on disk.
    let der = pem_body(&loaded.secrets.cards[0].certificate_pem);
    assert_eq!(loaded.snapshot.cards[0].certificate, Hex32(sha256(&der)));
}

fn pem_body(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}
