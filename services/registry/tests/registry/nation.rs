//! The simulated nation.

use std::collections::BTreeSet;

use cnt_contracts::hex32::Hex32;
use cnt_contracts::mif::Corps;
use cnt_contracts::registry::{
    AgentQualityV1, AnchorsV1, CollectivityKindV1, SnapshotV1, to_registry,
};
use cnt_contracts::senders::{AgentStanding, ServiceStanding};
use cnt_domain::conventions::ConventionKind;
use cnt_domain::registry::{Collectivity, CollectivityKind};
use cnt_registry::nation::{COLLECTIVITIES_DEFAULT, Nation, NationError, NationParams};
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
    assert_eq!(registry.collectivities.len(), COLLECTIVITIES_DEFAULT);
    assert_eq!(registry.cards.len(), nation.snapshot.cards.len());
    assert_eq!(registry.services.len(), COLLECTIVITIES_DEFAULT);
    assert_eq!(registry.stations.len(), COLLECTIVITIES_DEFAULT + 1);
    let mut policed = BTreeSet::new();
    for service in registry.services.values() {
        assert!(registry.collectivities.contains_key(&service.siren));
        for (insee, _) in &service.territory {
            let commune = &registry.communes[insee];
            assert!(registry.omps.contains_key(&commune.omp), "{}", commune.omp);
            assert_eq!(commune.postcode.len(), 5);
            assert!(policed.insert(insee), "{insee} is policed twice");
        }
    }
    for collectivity in registry.collectivities.values() {
        for convention in &collectivity.conventions {
            for commune in convention.all_communes() {
                assert!(policed.contains(commune), "{commune}");
            }
        }
    }
    let standing = |wanted| {
        let agents = nation.secrets.senders.agents.iter();
        agents.filter(|agent| agent.standing == wanted).count()
    };
    assert_eq!(standing(AgentStanding::Good), 5 * COLLECTIVITIES_DEFAULT);
    assert_eq!(standing(AgentStanding::CardRevoked), 18);
    assert_eq!(standing(AgentStanding::Departed), 18);
    assert_eq!(standing(AgentStanding::CardReplaced), 18);
}

#[test]
fn there_are_collectivities_of_all_kinds_and_agents_of_all_qualities() {
    let nation = Nation::build(&params()).unwrap();
    let kinds = |kind| {
        let all = nation.snapshot.collectivities.iter();
        all.filter(|collectivity| collectivity.kind == kind).count()
    };
    assert_eq!(kinds(CollectivityKindV1::Intercommunality), 6);
    assert_eq!(kinds(CollectivityKindV1::SharedPolice), 7);
    assert_eq!(kinds(CollectivityKindV1::Commune), 41);
    let services = &nation.secrets.senders.services;
    let of = |corps| services.iter().filter(|it| it.corps == corps).count();
    assert_eq!((of(Corps::Gc), of(Corps::Asvp), of(Corps::Pm)), (6, 5, 43));
    for (quality, least) in [
        (AgentQualityV1::PoliceMunicipale, 100),
        (AgentQualityV1::GardeChampetre, 30),
        (AgentQualityV1::Asvp, 60),
    ] {
        let habilitations = nation.snapshot.habilitations.iter();
        let count = habilitations.filter(|it| it.quality == quality).count();
        assert!(count >= least, "{quality:?}: {count}");
    }
    // A service says what its agents are.
    for agent in &nation.secrets.senders.agents {
        let service = services.iter().find(|it| it.code == agent.service).unwrap();
        match service.corps {
            Corps::Gc => assert_eq!(agent.quality, AgentQualityV1::GardeChampetre),
            Corps::Asvp => assert_eq!(agent.quality, AgentQualityV1::Asvp),
            Corps::Pm => {}
        }
    }
}

/// The cast that every nation has, whatever its seed and size.
#[test]
fn the_named_collectivities_have_the_conventions_that_they_are_named_for() {
    let start = date(2026, 1, 1);
    let nation = Nation::build(&NationParams {
        seed: 99,
        collectivities: 9,
        ..params()
    })
    .unwrap();
    let registry = to_registry(&nation.snapshot).unwrap();
    let of = |name: &str| {
        let mut all = registry.collectivities.values();
        all.find(|it| it.name == name).unwrap()
    };
    let antai = |collectivity: &Collectivity, day| {
        collectivity
            .convention(ConventionKind::Antai, day)
            .is_some()
    };
    let armentieres = of("Commune d'Armentières");
    assert_eq!(armentieres.siren.as_str(), "215900176");
    assert_eq!(armentieres.kind, CollectivityKind::SharedPolice);
    let covers = |insee: &str, day| armentieres.covers(&insee.parse().unwrap(), day);
    assert!(covers("59017", date(2025, 12, 1)));
    assert!(!covers("59143", date(2026, 3, 1)) && covers("59143", date(2026, 3, 2)));
    let mouthiers = of("Commune de Mouthiers-sur-Boëme");
    assert!(mouthiers.convention(ConventionKind::Ants, start).is_some());
    assert_eq!(mouthiers.conventions_of(ConventionKind::Antai).count(), 0);
    let services = &nation.secrets.senders.services;
    let by_standing = |standing| {
        let service = services.iter().find(|it| it.standing == standing).unwrap();
        &registry.collectivities[&service.siren.parse().unwrap()]
    };
    let lapsed = by_standing(ServiceStanding::ConventionLapsed);
    assert!(antai(lapsed, date(2025, 12, 31)) && !antai(lapsed, start));
    let suspended = by_standing(ServiceStanding::Suspended);
    assert!(antai(suspended, start) && suspended.suspensions[0].contains(start));
    let leaver = registry
        .collectivities
        .values()
        .flat_map(|it| &it.conventions)
        .flat_map(|it| it.amendments.iter().map(move |amendment| (it, amendment)))
        .find(|(_, amendment)| !amendment.removes.is_empty());
    let (convention, amendment) = leaver.unwrap();
    let left = &amendment.removes[0];
    assert!(
        convention.covers(left, date(2026, 2, 14)) && !convention.covers(left, date(2026, 2, 15))
    );
    // All of them have agents' cards, hence a convention with the ANTS.
    for collectivity in registry.collectivities.values() {
        let ants = collectivity.convention(ConventionKind::Ants, date(2026, 12, 31));
        assert!(ants.is_some(), "{}", collectivity.name);
    }
}

#[test]
fn a_larger_nation_begins_like_a_smaller_one() {
    let names = |collectivities| -> Vec<String> {
        let nation = Nation::build(&NationParams {
            collectivities,
            agents_per_collectivity: 1,
            ..params()
        });
        let all = nation.unwrap().snapshot.collectivities.into_iter();
        all.map(|it| it.name).collect()
    };
    let (small, large) = (names(12), names(120));
    assert_eq!(small[..], large[..12]);
    let distinct: BTreeSet<_> = large.iter().collect();
    assert_eq!(distinct.len(), 120);
    let too_many = Nation::build(&NationParams {
        collectivities: 50_000,
        agents_per_collectivity: 0,
        ..params()
    });
    assert!(matches!(
        too_many,
        Err(NationError::TooManyCollectivities { .. })
    ));
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

pub(crate) fn pem_body(pem: &str) -> Vec<u8> {
    use base64::Engine as _;
    let text: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}
