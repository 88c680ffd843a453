//! The generated stream, held against contracts and trust.

use std::collections::{HashMap, HashSet};

use cnt_contracts::mif::read_payload;
use cnt_domain::problem::ProblemCode;
use cnt_loadtest::{Expectation, Fault, GeneratedMif, Generator, GeneratorParams};
use cnt_trust::{CardVerifier, CompactJws, Limits, RevocationView, Scratch, VerifierOptions};

use super::support;

const COUNT: u64 = 4_000;

fn params(seed: u64, count: u64) -> GeneratorParams {
    GeneratorParams::new(seed, count, support::now())
}

fn payload(mif: &GeneratedMif) -> Option<Vec<u8>> {
    let mut scratch = Scratch::default();
    let read = CompactJws::parse(mif.compact.as_bytes(), &Limits::default(), &mut scratch);
    read.ok().map(|message| message.payload().to_vec())
}

#[test]
fn the_same_seed_gives_the_same_stream_however_it_is_cut() {
    let nation = support::nation();
    let generator = Generator::new(nation.path(), &params(7, 600)).unwrap();
    let whole = generator.chunk(0..600).unwrap();
    let cut: Vec<_> = generator.chunks(7).flat_map(Result::unwrap).collect();
    assert_eq!(cut.len(), 600);
    for (one, other) in whole.iter().zip(&cut) {
        assert_eq!((one.index, one.id_mif), (other.index, other.id_mif));
        assert_eq!((&one.siren, one.station), (&other.siren, other.station));
        assert_eq!(one.expectation, other.expectation);
        assert_eq!(payload(one), payload(other));
    }
    let other = Generator::new(nation.path(), &params(8, 600)).unwrap();
    assert_ne!(other.item(0).unwrap().id_mif, whole[0].id_mif);
}

#[test]
fn shares_are_kept_and_every_fault_occurs() {
    let nation = support::nation();
    let generator = Generator::new(nation.path(), &params(7, 100_000)).unwrap();
    let mut counts: HashMap<&str, u64> = HashMap::new();
    let mut faults = HashSet::new();
    for index in 0..generator.count() {
        let kind = match generator.expectation(index) {
            Expectation::Accepted => "accepted",
            Expectation::Replayed => "replayed",
            Expectation::Rejected(ProblemCode::DuplicateConflict) => "conflict",
            Expectation::Rejected(_) | Expectation::Warned(_) => "bad",
        };
        *counts.entry(kind).or_default() += 1;
        faults.extend(generator.fault(index));
    }
    assert!((3_700..4_300).contains(&counts["bad"]), "{counts:?}");
    assert!((400..600).contains(&counts["replayed"]), "{counts:?}");
    assert!((140..260).contains(&counts["conflict"]), "{counts:?}");
    let missing: Vec<_> = Fault::ALL
        .iter()
        .filter(|fault| !faults.contains(fault))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn what_must_be_accepted_is_well_formed_and_verifies() {
    let nation = support::nation();
    let generator = Generator::new(nation.path(), &params(7, COUNT)).unwrap();
    let verifier = CardVerifier::new(
        nation.hierarchy().card_anchors().unwrap(),
        RevocationView::default(),
        VerifierOptions::default(),
    );
    let mut pv_numbers = HashSet::new();
    let (mut intercepted, mut without_vehicle) = (0, 0);
    for mif in generator.chunk(0..COUNT).unwrap() {
        if mif.expectation != Expectation::Accepted {
            continue;
        }
        let mut scratch = Scratch::default();
        let checked = verifier.check_bytes(mif.compact.as_bytes(), &mut scratch);
        let problems = &checked.verification.problems;
        assert!(problems.is_empty(), "{}: {problems:?}", mif.index);
        let reading = read_payload(checked.message.unwrap().payload());
        assert!(
            reading.problems.is_empty(),
            "{}: {:?}",
            mif.index,
            reading.problems
        );
        let read = reading.mif.unwrap();
        assert_eq!(read.id.0, mif.id_mif);
        assert!(pv_numbers.insert((read.service.clone(), read.pv_number.clone())));
        assert!(read.offence.at < support::now());
        intercepted += u32::from(read.offence.intercepted);
        without_vehicle += u32::from(read.vehicle.is_none());
    }
    assert!((280..500).contains(&intercepted), "{intercepted}");
    assert!((40..130).contains(&without_vehicle), "{without_vehicle}");
}

/// What the contracts alone can find is found, under the very code that was expected.
#[test]
fn faults_of_form_yield_their_code() {
    let nation = support::nation();
    let generator = Generator::new(nation.path(), &params(7, 60_000)).unwrap();
    let mut seen = HashSet::new();
    for index in 0..generator.count() {
        let Some(fault) = generator.fault(index) else {
            continue;
        };
        let of_form = matches!(
            fault,
            Fault::BrokenJson
                | Fault::UnknownMember
                | Fault::OtherVersion
                | Fault::BadValue
                | Fault::BadDate
                | Fault::BadPlate
                | Fault::NoPerson
        );
        if !of_form || !seen.insert(fault) {
            continue;
        }
        let mif = generator.item(index).unwrap();
        let reading = read_payload(&payload(&mif).unwrap());
        let codes: HashSet<_> = reading.problems.iter().map(|p| p.code).collect();
        assert_eq!(codes, HashSet::from([fault.code()]), "{fault:?}");
    }
    assert_eq!(seen.len(), 7);
}

/// And so is what trust alone can find.
#[test]
fn faults_of_signature_and_certificate_are_found_by_trust() {
    let nation = support::nation();
    let generator = Generator::new(nation.path(), &params(7, 60_000)).unwrap();
    let verifier = CardVerifier::new(
        nation.hierarchy().card_anchors().unwrap(),
        RevocationView::default(),
        VerifierOptions::default(),
    );
    let expected: HashMap<Fault, &[&str]> = HashMap::from([
        (Fault::TwoParts, ["NOT_THREE_PARTS"].as_slice()),
        (Fault::OtherAlgorithm, &["ALGORITHM_NOT_ALLOWED"]),
        (Fault::ChangedPayload, &["SIGNATURE_INVALID"]),
        (Fault::OtherThumbprint, &["THUMBPRINT_MISMATCH"]),
        (
            Fault::RogueCard,
            &["CERTIFICATE_SIGNATURE_INVALID", "UNKNOWN_ISSUER"],
        ),
        (Fault::WrongProfile, &["KEY_USAGE_WRONG"]),
        (Fault::ExpiredCard, &["CERTIFICATE_EXPIRED"]),
    ]);
    let mut seen = HashSet::new();
    for index in 0..generator.count() {
        let Some(fault) = generator.fault(index) else {
            continue;
        };
        let Some(names) = expected.get(&fault) else {
            continue;
        };
        if !seen.insert(fault) {
            continue;
        }
        let mif = generator.item(index).unwrap();
        let mut scratch = Scratch::default();
        let checked = verifier.check_bytes(mif.compact.as_bytes(), &mut scratch);
        let found: Vec<_> = checked
            .verification
            .problems
            .iter()
            .map(cnt_trust::TrustProblem::name)
            .collect();
        assert!(
            found.iter().any(|name| names.contains(name)),
            "{fault:?}: {found:?}"
        );
    }
    assert_eq!(seen.len(), expected.len());
}

#[test]
fn replays_repeat_a_payload_and_conflicts_an_id() {
    let nation = support::nation();
    let generator = Generator::new(nation.path(), &params(7, 6_000)).unwrap();
    let mut earlier: HashMap<uuid::Uuid, (Option<Vec<u8>>, String)> = HashMap::new();
    let mut pv_numbers: HashMap<_, u64> = HashMap::new();
    let (mut replays, mut conflicts, mut doubles) = (0, 0, 0);
    for mif in generator.chunk(0..6_000).unwrap() {
        let read = payload(&mif);
        let pv_number = read
            .as_deref()
            .and_then(|payload| read_payload(payload).mif)
            .map(|read| (read.service, read.offence.day.year(), read.pv_number));
        match mif.expectation {
            Expectation::Accepted => {
                pv_numbers.insert(pv_number.unwrap(), mif.index);
                assert!(earlier.insert(mif.id_mif, (read, mif.siren)).is_none());
            }
            Expectation::Replayed => {
                assert_eq!(earlier[&mif.id_mif], (read, mif.siren));
                replays += 1;
            }
            Expectation::Rejected(ProblemCode::DuplicateConflict) => {
                let (original, siren) = &earlier[&mif.id_mif];
                assert_ne!(*original, read);
                assert_eq!(*siren, mif.siren);
                conflicts += 1;
            }
            Expectation::Rejected(ProblemCode::DuplicatePvNumber) => {
                assert!(pv_numbers.contains_key(&pv_number.unwrap()));
                assert!(!earlier.contains_key(&mif.id_mif));
                doubles += 1;
            }
            Expectation::Rejected(_) | Expectation::Warned(_) => {}
        }
    }
    assert!(
        replays > 10 && conflicts > 2 && doubles > 0,
        "{replays} {conflicts} {doubles}"
    );
}

/// What agents of each quality record, and that interception and what is said of the person agree.
#[test]
fn agents_record_what_their_quality_allows_and_interception_is_consistent() {
    let nation = support::nation();
    let generator = Generator::new(nation.path(), &params(7, COUNT)).unwrap();
    let (mut parking, mut of_surveillance) = (0, 0);
    for mif in generator.chunk(0..COUNT).unwrap() {
        if mif.expectation != Expectation::Accepted {
            continue;
        }
        let json: serde_json::Value = serde_json::from_slice(&payload(&mif).unwrap()).unwrap();
        let natinf = json["infraction"]["natinf"].as_u64().unwrap();
        let is_parking = [7576, 31_096].contains(&natinf);
        parking += u32::from(is_parking);
        if json["agent"]["qualite"] == "ASVP" {
            assert!(is_parking, "{json}");
            of_surveillance += 1;
        }
        let is_met = json["infraction"]["interception"] == true;
        assert_eq!(json.get("personne").is_some(), is_met, "{json}");
        assert_eq!(json.get("signature").is_some(), is_met, "{json}");
        let is_on_foot = is_met && json["personne"]["role"] == "PIETON";
        assert!(!is_on_foot || json.get("vehicule").is_none(), "{json}");
        assert!(!is_parking || !is_met, "{json}");
    }
    assert!(of_surveillance > 500, "{of_surveillance}");
    // 55 % of all, though agents of surveillance record nothing else.
    assert!((1_950..2_250).contains(&parking), "{parking}");
}
