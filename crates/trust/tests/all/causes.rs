//! Every cause has a case that yields it and a neighbour that does not.

use std::collections::BTreeSet;

use cnt_trust::issue::AuthorityRole;
use cnt_trust::{
    CardVerifier, CompactJws, Family, Limits, Revocation, RevocationJudgement, RevocationReason,
    RevocationView, Scratch, Severity, TrustProblem, VerifierOptions,
};

use crate::support::{DAY, Forge, IAT, PAYLOAD, problems, world};
use crate::{cases_card, cases_format};

#[test]
fn every_case_has_exactly_its_problems() {
    let world = world();
    let mut seen = BTreeSet::new();
    for case in cases_format::cases().into_iter().chain(cases_card::cases()) {
        // Cold: the certificate is judged. Warm: it comes from the cache, if it may be there.
        let verifier = world.verifier();
        for temperature in ["cold", "warm"] {
            let found = problems(&verifier, &case.message);
            assert_eq!(found, case.expected, "{} ({temperature})", case.name);
            seen.extend(found.iter().map(TrustProblem::name));
        }
        let mut scratch = Scratch::default();
        let parsed = CompactJws::parse(&case.message, &Limits::default(), &mut scratch);
        let of_form: Vec<_> = case
            .expected
            .iter()
            .filter(|problem| problem.family() == Family::Format)
            .filter(|problem| !matches!(problem, TrustProblem::CertificateNotBase64 { index: 0 }))
            .cloned()
            .collect();
        match parsed {
            Ok(_) => assert_eq!(of_form, [], "{}", case.name),
            Err(error) => assert_eq!(error.problems, of_form, "{}", case.name),
        }
    }
    // The others have tests of their own: sizes and revocation below, seals in `seals`.
    seen.extend([
        "TOO_LARGE",
        "REVOKED",
        "REVOKED_AFTER_SIGNING",
        "PAYLOAD_ATTACHED",
    ]);
    let source = include_str!("../../src/problem.rs");
    let all: BTreeSet<&str> = source
        .lines()
        .filter_map(|line| line.split("=> \"").nth(1)?.split('"').next())
        .collect();
    let known = all
        .iter()
        .filter(|name| !name.contains(char::is_lowercase) && name.len() > 4);
    let untested: Vec<_> = known.filter(|name| !seen.contains(*name)).collect();
    assert!(untested.is_empty(), "{untested:?}");
}

#[test]
fn size_is_bounded_to_the_byte() {
    let world = world();
    let message = Forge::of(&world.card).sign(&world.card);
    for (size_bytes_max, accepted) in [(message.len(), true), (message.len() - 1, false)] {
        let options = VerifierOptions {
            limits: Limits { size_bytes_max },
            certificates_kept: 8,
        };
        let anchors = world.hierarchy.card_anchors().unwrap();
        let verifier = CardVerifier::new(anchors, RevocationView::default(), options);
        let found = problems(&verifier, message.as_bytes());
        let too_large = TrustProblem::TooLarge {
            size_bytes: message.len(),
            limit_bytes: size_bytes_max,
        };
        assert_eq!(found, if accepted { vec![] } else { vec![too_large] });
    }
}

#[test]
fn facts_and_payload_come_out() {
    let world = world();
    let message = Forge::of(&world.card).sign(&world.card);
    let mut scratch = Scratch::default();
    let checked = world
        .verifier()
        .check_bytes(message.as_bytes(), &mut scratch);
    assert!(checked.verification.is_accepted());
    let received = checked.message.unwrap();
    assert_eq!(
        (received.payload(), received.signing_time()),
        (PAYLOAD, IAT)
    );
    assert_eq!(received.payload_hash(), cnt_trust::sha256(PAYLOAD));
    let certificate = checked.verification.certificate.unwrap();
    let facts = certificate.facts();
    assert_eq!(facts.card_number.as_deref(), Some("SIM-123456789-000042"));
    assert_eq!(facts.siren.as_deref(), Some("123456789"));
    assert_eq!(facts.agent_number.as_deref(), Some("S000042"));
    assert_eq!(facts.serial, world.card.serial);
    assert_eq!(&facts.fingerprint, received.thumbprint());
    assert_eq!(facts.algorithm, Some(received.algorithm()));
}

#[test]
fn revocation_of_card_or_authority_is_judged_by_date() {
    let world = world();
    let authority = world
        .hierarchy
        .authority(AuthorityRole::AgentsSignature)
        .serial();
    let message = Forge::of(&world.card).sign(&world.card);
    let reception = IAT + DAY;
    for serial in [world.card.serial, authority] {
        for (effective_at, reason, expected) in [
            (IAT, RevocationReason::Superseded, Some("REVOKED")),
            (
                IAT + 1,
                RevocationReason::Superseded,
                Some("REVOKED_AFTER_SIGNING"),
            ),
            (IAT + 1, RevocationReason::Theft, Some("REVOKED")),
            (reception + 1, RevocationReason::Theft, None),
        ] {
            let revocation = Revocation {
                serial,
                effective_at,
                reason,
                known_from: effective_at,
            };
            let cold = world.verifier();
            assert!(problems(&cold, message.as_bytes()).is_empty());
            let verifier = cold.with_revocations(RevocationView::new(1, [revocation]));
            assert_eq!(
                verifier.certificates_kept(),
                1,
                "versions share what was judged"
            );
            let mut scratch = Scratch::default();
            let checked = verifier.check_bytes(message.as_bytes(), &mut scratch);
            let certificate = checked.verification.certificate.unwrap();
            let judged = verifier.judge_revocation(&certificate, IAT, reception);
            let problem = judged.problem();
            assert_eq!(problem.as_ref().map(TrustProblem::name), expected);
            let warns = matches!(judged, RevocationJudgement::Warn(_));
            assert_eq!(
                problem.is_some_and(|p| p.severity() == Severity::Warning),
                warns
            );
            let before = cold.judge_revocation(&certificate, IAT, reception);
            assert_eq!(before, RevocationJudgement::Ok);
        }
    }
}

#[test]
fn strangers_do_not_fill_the_cache_and_it_is_bounded() {
    let world = world();
    let anchors = world.hierarchy.card_anchors().unwrap();
    let options = VerifierOptions {
        certificates_kept: 32,
        ..VerifierOptions::default()
    };
    let verifier = CardVerifier::new(anchors, RevocationView::default(), options);
    let rogue = world.hierarchy.rogue().unwrap();
    for (hierarchy, kept) in [(&rogue, 0..=0), (&world.hierarchy, 16..=32)] {
        for index in 0..200 {
            let agent = cnt_trust::issue::AgentIdentity::simulated(index, "123456789", "Fictive");
            let card = hierarchy
                .issue_card(
                    &agent,
                    cnt_trust::issue::CardUse::Signature,
                    cnt_trust::issue::KeyKind::P256,
                    crate::support::CARD_START,
                )
                .unwrap();
            let message = Forge::of(&card).sign(&card);
            let accepted = problems(&verifier, message.as_bytes()).is_empty();
            assert_eq!(accepted, *kept.end() > 0);
        }
        assert!(
            kept.contains(&verifier.certificates_kept()),
            "{}",
            verifier.certificates_kept()
        );
    }
}
