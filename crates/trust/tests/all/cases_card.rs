//! Messages well-formed but signed wrongly or with a certificate that does not do.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cnt_trust::TrustProblem::*;
use cnt_trust::issue::doubles::Flaw;
use cnt_trust::{SubjectField, TrustProblem, oid, sha256};

use crate::support::{CARD_START, Case, DAY, Forge, IAT, case, world};

const THREE_YEARS: i64 = 3 * 365 * DAY - 1;

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = signatures();
    cases.extend(signing_times());
    cases.extend(flaws());
    cases.extend(refused_keys());
    cases.push(outlives());
    cases.extend(malformed_certificates());
    cases
}

fn signatures() -> Vec<Case> {
    let world = world();
    let right = Forge::of(&world.card).sign(&world.card);
    let (input, signature) = right.rsplit_once('.').unwrap();
    let raw = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let with = |raw: &[u8]| format!("{input}.{}", URL_SAFE_NO_PAD.encode(raw));
    let invalid = [SignatureInvalid];
    let mut flipped = raw.clone();
    flipped[40] ^= 1;
    let swapped = [&raw[32..], &raw[..32]].concat();
    let other = Forge {
        payload: b"{}".to_vec(),
        ..Forge::of(&world.card)
    }
    .sign(&world.card);
    let (other_input, _) = other.rsplit_once('.').unwrap();
    vec![
        case("same signature again", with(&raw), &[]),
        case("a bit flipped", with(&flipped), &invalid),
        case("r and s swapped", with(&swapped), &invalid),
        case("all zero", with(&[0; 64]), &invalid),
        case("all ones", with(&[0xff; 64]), &invalid),
        case("63 bytes", with(&raw[..63]), &invalid),
        case("no signature", format!("{input}."), &invalid),
        case(
            "of another payload",
            format!("{other_input}.{signature}"),
            &invalid,
        ),
        case(
            "RS256",
            Forge::of(&world.rsa_card).sign(&world.rsa_card),
            &[],
        ),
        case(
            "RS256 by another key",
            Forge::of(&world.rsa_card).set("iat", "1").sign(&world.card),
            &[
                CertificateNotYetValid {
                    iat: 1,
                    not_before: CARD_START,
                },
                AuthorityNotValid { iat: 1 },
                SignatureInvalid,
            ],
        ),
    ]
}

fn signing_times() -> Vec<Case> {
    let card = &world().card;
    let (not_before, not_after) = (CARD_START, CARD_START + THREE_YEARS);
    let at = |iat: i64| Forge::of(card).set("iat", &iat.to_string()).sign(card);
    vec![
        case("first second", at(not_before), &[]),
        case("last second", at(not_after), &[]),
        case(
            "second before",
            at(not_before - 1),
            &[CertificateNotYetValid {
                iat: not_before - 1,
                not_before,
            }],
        ),
        case(
            "second after",
            at(not_after + 1),
            &[CertificateExpired {
                iat: not_after + 1,
                not_after,
            }],
        ),
    ]
}

fn flaws() -> Vec<Case> {
    let world = world();
    let expected = oid::AGENT_SIGNATURE.to_owned();
    let policy = [PolicyMissing { expected }];
    let [no_policy] = policy.clone();
    let usage = [
        UnknownIssuer,
        KeyUsageWrong,
        ExtendedKeyUsagePresent,
        no_policy,
    ];
    let field = |field| [SubjectFieldInvalid { field }];
    let late = CARD_START + THREE_YEARS;
    let detail = webpki::Error::UnsupportedCriticalExtension.to_string();
    let table: &[(Flaw, &[TrustProblem])] = &[
        (Flaw::RogueAuthority, &[CertificateSignatureInvalid]),
        (Flaw::StrangeAuthority, &[UnknownIssuer]),
        (Flaw::LeafAsAuthority, &[UnknownIssuer]),
        (Flaw::AuthorityAsSigner, &[AuthorityAsSigner]),
        (Flaw::AuthenticationCertificate, &usage),
        (
            Flaw::NotYetValid,
            &[CertificateNotYetValid {
                iat: IAT,
                not_before: late,
            }],
        ),
        (
            Flaw::Expired,
            &[CertificateExpired {
                iat: IAT,
                not_after: CARD_START - 1,
            }],
        ),
        (
            Flaw::TooLong,
            &[ValidityTooLong {
                days: 1460,
                limit_days: 1096,
            }],
        ),
        (Flaw::WrongPolicy, &policy),
        (Flaw::NoPolicy, &policy),
        (Flaw::TwoUsages, &[KeyUsageWrong]),
        (Flaw::UsageNotCritical, &[KeyUsageWrong]),
        (Flaw::ExtendedUsage, &[ExtendedKeyUsagePresent]),
        (Flaw::UnknownCriticalExtension, &[PathRefused { detail }]),
        (Flaw::NoSiren, &field(SubjectField::OrganisationId)),
        (Flaw::NoAgentNumber, &field(SubjectField::AgentNumber)),
    ];
    table
        .iter()
        .map(|(flaw, expected)| {
            let issued = world
                .hierarchy
                .issue_flawed_card(&world.agent, *flaw, CARD_START)
                .unwrap();
            let message = Forge::of(&issued).sign(&issued);
            case(format!("{flaw:?}"), message, expected)
        })
        .collect()
}

fn refused_keys() -> Vec<Case> {
    let world = world();
    let flaws = [
        (Flaw::Rsa1024, KeySizeRefused { bits: 1024 }),
        (Flaw::P384, KeyNotSupported),
    ];
    flaws
        .into_iter()
        .map(|(flaw, expected)| {
            // Signed with an unrelated key: a refused key verifies nothing.
            let issued = world
                .hierarchy
                .issue_flawed_card(&world.agent, flaw, CARD_START)
                .unwrap();
            let message = Forge::of(&issued).sign(&world.card);
            case(format!("{flaw:?}"), message, &[expected])
        })
        .collect()
}

/// A card valid beyond its authority: good before the authority's end, not after.
fn outlives() -> Case {
    let world = world();
    let flaw = Flaw::OutlivesAuthority;
    let issued = world
        .hierarchy
        .issue_flawed_card(&world.agent, flaw, CARD_START)
        .unwrap();
    let end = crate::support::HIERARCHY_START + 3652 * DAY - 1;
    let at = |iat: i64| {
        Forge::of(&issued)
            .set("iat", &iat.to_string())
            .sign(&issued)
    };
    let before = crate::support::problems(&world.verifier(), at(end).as_bytes());
    assert_eq!(before, []);
    case(
        "outlives its authority",
        at(end + 1),
        &[AuthorityNotValid { iat: end + 1 }],
    )
}

fn malformed_certificates() -> Vec<Case> {
    let card = &world().card;
    let with = |der: &[u8]| {
        Forge::of(card)
            .set("x5c", &format!("[\"{}\"]", STANDARD.encode(der)))
            .set(
                "x5t#S256",
                &format!("\"{}\"", URL_SAFE_NO_PAD.encode(sha256(der))),
            )
            .sign(card)
    };
    let der = &card.certificate_der;
    let trailing = [der.as_slice(), &[0]].concat();
    let malformed = [CertificateMalformed];
    vec![
        case("certificate cut", with(&der[..der.len() - 1]), &malformed),
        case("certificate and a byte", with(&trailing), &malformed),
        case("no certificate at all", with(b"\x30\x00"), &malformed),
        case("empty certificate", with(b""), &malformed),
    ]
}
