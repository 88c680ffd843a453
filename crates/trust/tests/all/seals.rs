//! Seals of stations over the hashes of a submission.

use cnt_trust::issue::{AuthorityRole, CrlDates, Issued, StationIdentity};
use cnt_trust::seal::{SealError, SealVerifier};
use cnt_trust::{
    CardVerifier, CertificateFacts, ConnectionVerifier, Revocation, RevocationReason,
    RevocationView, TrustProblem, VerifierOptions, seal,
};

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

fn connection(of: &StationIdentity) -> CertificateFacts {
    let hierarchy = &world().hierarchy;
    let issued = hierarchy.issue_station_connection(of, CARD_START).unwrap();
    let root = hierarchy.authority(AuthorityRole::Origin).certificate_der();
    let verifier = ConnectionVerifier::of_stations(root, &[]).unwrap();
    verifier.check(&issued.certificate_der, IAT).unwrap()
}

/// What the gateway's judge says of a seal by `issued`, made at `IAT` and received at `received_at`.
fn judged(
    issued: &Issued,
    received_at: i64,
    window: (i64, i64),
    lists: &[&[u8]],
) -> Result<(), SealError> {
    let hashes = [[7; 32], [8; 32]];
    let sealed = seal::sign(&hashes, IAT, &issued.signer().unwrap()).unwrap();
    let root = world().hierarchy.authority(AuthorityRole::Origin);
    let verifier = SealVerifier::new(root.certificate_der(), lists).unwrap();
    let verify = || {
        verifier.verify(
            sealed.as_bytes(),
            &hashes,
            &connection(&station()),
            received_at,
            window,
        )
    };
    let first = verify();
    assert_eq!(
        verify(),
        first,
        "the second time it comes from what is kept"
    );
    let held = first?;
    assert_eq!(held.signed_at, IAT);
    // With its payload it is a message like any other.
    let plain = self::verifier();
    assert_eq!(
        crate::support::problems(&plain, held.attached.as_bytes()),
        []
    );
    assert!(seal::verify(sealed.as_bytes(), &hashes, &plain).is_accepted());
    Ok(())
}

#[test]
fn the_gateway_takes_the_seal_of_the_connected_station_and_no_other() {
    let hierarchy = &world().hierarchy;
    let ours = hierarchy
        .issue_station_seal(&station(), CARD_START)
        .unwrap();
    let window = (IAT - 60, IAT + 60);
    assert_eq!(judged(&ours, IAT + 10, window, &[]), Ok(()));

    let late = (IAT + 1, IAT + 60);
    let early = judged(&ours, IAT + 10, late, &[]).unwrap_err();
    assert!(
        matches!(early, SealError::Time { signed_at: IAT, .. }),
        "{early}"
    );
    let expired = judged(&ours, IAT + 4 * 365 * 86_400, window, &[]).unwrap_err();
    assert!(
        matches!(
            expired,
            SealError::Certificate(TrustProblem::CertificateExpired { .. })
        ),
        "{expired}"
    );

    let neighbours = [
        StationIdentity {
            number: "SIM-STATION-0002".into(),
            ..station()
        },
        StationIdentity {
            siren: "987654321".into(),
            ..station()
        },
    ];
    for neighbour in neighbours {
        let theirs = hierarchy
            .issue_station_seal(&neighbour, CARD_START)
            .unwrap();
        let refused = judged(&theirs, IAT, window, &[]);
        assert_eq!(refused, Err(SealError::OtherStation));
    }
    let connects = hierarchy
        .issue_station_connection(&station(), CARD_START)
        .unwrap();
    let rogue = hierarchy
        .issue_seal_of_wrong_authority(&station(), CARD_START)
        .unwrap();
    for (issued, why) in [
        (connects, TrustProblem::KeyUsageWrong),
        (rogue, TrustProblem::CertificateSignatureInvalid),
    ] {
        let refused = judged(&issued, IAT, window, &[]);
        assert_eq!(refused, Err(SealError::Certificate(why)));
    }
}

#[test]
fn a_seal_on_the_origin_authoritys_list_is_refused() {
    let hierarchy = &world().hierarchy;
    let issued = hierarchy
        .issue_station_seal(&station(), CARD_START)
        .unwrap();
    let origin = hierarchy.authority(AuthorityRole::Origin);
    let list = |revocations: &[Revocation]| {
        let dates = CrlDates {
            number: 1,
            this_update: IAT - 86_400,
            next_update: IAT - 1,
        };
        origin.crl(dates, revocations).unwrap()
    };
    let named = list(&[Revocation {
        serial: issued.serial,
        effective_at: IAT - 86_400,
        reason: RevocationReason::Theft,
        known_from: IAT - 86_400,
    }]);
    let window = (IAT - 60, IAT + 60);
    let refused = judged(&issued, IAT, window, &[&named]);
    assert_eq!(refused, Err(SealError::Revoked));
    assert_eq!(judged(&issued, IAT, window, &[&list(&[])]), Ok(()));
}
