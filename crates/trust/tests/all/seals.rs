//! Seals of stations over the hashes of a submission.

use cnt_trust::issue::StationIdentity;
use cnt_trust::{CardVerifier, RevocationView, TrustProblem, VerifierOptions, seal};

use crate::support::{CARD_START, Forge, IAT, world};

fn station() -> StationIdentity {
    StationIdentity {
        number: "SIM-STATION-0001".into(),
        siren: "123456789".into(),
        organisation: "Commune de Fictive".into(),
    }
}

fn verifier() -> CardVerifier {
    let anchors = world().hierarchy.seal_anchors().unwrap();
    CardVerifier::new(
        anchors,
        RevocationView::default(),
        VerifierOptions::default(),
    )
}

#[test]
fn a_seal_covers_these_hashes_in_this_order() {
    let issued = world()
        .hierarchy
        .issue_station_seal(&station(), CARD_START)
        .unwrap();
    let hashes: Vec<[u8; 32]> = (0..3000_u32)
        .map(|n| cnt_trust::sha256(&n.to_be_bytes()))
        .collect();
    let sealed = seal::sign(&hashes, IAT, &issued.signer().unwrap()).unwrap();
    let verification = seal::verify(sealed.as_bytes(), &hashes, &verifier());
    assert_eq!(verification.problems, []);
    let facts = verification.certificate.unwrap().facts().clone();
    assert_eq!(facts.card_number.as_deref(), Some("SIM-STATION-0001"));
    assert_eq!(
        (facts.siren.as_deref(), facts.agent_number),
        (Some("123456789"), None)
    );

    let mut swapped = hashes.clone();
    swapped.swap(0, 1);
    for wrong in [&swapped[..], &hashes[1..], &[]] {
        let verification = seal::verify(sealed.as_bytes(), wrong, &verifier());
        assert_eq!(verification.problems, [TrustProblem::SignatureInvalid]);
    }
}

#[test]
fn a_seal_is_detached_and_has_three_parts() {
    let issued = world()
        .hierarchy
        .issue_station_seal(&station(), CARD_START)
        .unwrap();
    let hashes = [[7; 32]];
    assert_eq!(seal::payload(&[[0xab; 32], [1; 32]]).len(), 10 + 2 * 66 + 1);
    let attached = cnt_trust::sign_compact(
        seal::payload(&hashes).as_bytes(),
        IAT,
        &issued.signer().unwrap(),
    )
    .unwrap();
    let verification = seal::verify(attached.as_bytes(), &hashes, &verifier());
    assert_eq!(verification.problems, [TrustProblem::PayloadAttached]);
    let verification = seal::verify(b"a.b", &hashes, &verifier());
    assert_eq!(
        verification.problems,
        [TrustProblem::NotThreeParts { parts: 2 }]
    );
}

#[test]
fn cards_do_not_seal_and_seals_do_not_sign() {
    let world = world();
    let hashes = [[7; 32]];
    let by_card = seal::sign(&hashes, IAT, &world.card.signer().unwrap()).unwrap();
    let found = seal::verify(by_card.as_bytes(), &hashes, &verifier()).problems;
    assert!(found.contains(&TrustProblem::UnknownIssuer), "{found:?}");
    assert!(found.contains(&TrustProblem::KeyUsageWrong), "{found:?}");

    let issued = world
        .hierarchy
        .issue_station_seal(&station(), CARD_START)
        .unwrap();
    let message = Forge::of(&issued).sign(&issued);
    let found = crate::support::problems(&world.verifier(), message.as_bytes());
    assert!(found.contains(&TrustProblem::UnknownIssuer), "{found:?}");

    let rogue = world
        .hierarchy
        .issue_seal_of_wrong_authority(&station(), CARD_START)
        .unwrap();
    let sealed = seal::sign(&hashes, IAT, &rogue.signer().unwrap()).unwrap();
    let found = seal::verify(sealed.as_bytes(), &hashes, &verifier()).problems;
    assert_eq!(found, [TrustProblem::CertificateSignatureInvalid]);
}
