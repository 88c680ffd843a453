//! Instants and revocations: everything that depends on when a message was signed and received.

use std::rc::Rc;

use cnt_trust::issue::doubles::Flaw;
use cnt_trust::issue::{AuthorityRole, CrlDates, Issued, KeyKind};
use cnt_trust::{Revocation, RevocationReason, SerialNumber, sign_compact};

use super::corpus::{Corpus, HOUR, Message, Realm, fresh};
use crate::support::{CARD_START, DAY, HIERARCHY_START, IAT, PAYLOAD};

const CARD_END: i64 = CARD_START + 3 * 365 * DAY - 1;
const HIERARCHY_END: i64 = HIERARCHY_START + 3652 * DAY - 1;

pub(super) fn add(corpus: &mut Corpus<'_>) {
    signing_times(corpus);
    expiry(corpus);
    revocations(corpus);
    crls(corpus);
}

fn signed(card: &Issued, iat: i64) -> String {
    sign_compact(PAYLOAD, iat, &card.signer().unwrap()).unwrap()
}

/// How far `iat` lies from the reception.
fn signing_times(corpus: &mut Corpus<'_>) {
    let steps = [
        1,
        30,
        299,
        300,
        301,
        360,
        HOUR,
        DAY,
        2 * DAY,
        29 * DAY,
        30 * DAY,
        31 * DAY,
        60 * DAY,
        89 * DAY,
        90 * DAY,
    ];
    for realm in 0..corpus.scale.of(1, corpus.realms.len()) {
        let card = corpus.realms[realm].card(20, KeyKind::P256);
        for step in steps {
            let message = signed(&card, IAT);
            corpus.add_at(
                realm,
                "signing times",
                format!("{step} before"),
                message,
                IAT + step,
            );
            let message = signed(&card, IAT);
            corpus.add_at(
                realm,
                "signing times",
                format!("{step} ahead"),
                message,
                IAT - step,
            );
        }
        for age in [90 * DAY + 1, 91 * DAY, 99 * DAY, 300 * DAY] {
            let message = signed(&card, IAT);
            corpus.add_at(
                realm,
                "signing times",
                format!("{age} before"),
                message,
                IAT + age,
            );
        }
        for iat in [
            0,
            1,
            HIERARCHY_START - 1,
            CARD_START - 1,
            CARD_START,
            CARD_START + 1,
        ] {
            let message = signed(&card, iat);
            let reception = (CARD_START + DAY).max(iat + 60);
            corpus.add_at(
                realm,
                "signing times",
                format!("signed at {iat}"),
                message,
                reception,
            );
        }
    }
}

/// Cards and authorities that end about when the message travels.
fn expiry(corpus: &mut Corpus<'_>) {
    for index in 0..u32::try_from(corpus.scale.of(1, 12)).unwrap() {
        for realm in 0..corpus.realms.len() {
            let card = corpus.realms[realm].card(30 + index, KeyKind::P256);
            let delay = HOUR + i64::try_from(corpus.dice.below(80 * 86_400)).unwrap();
            for (name, iat, reception) in [
                ("received at the end", CARD_END - delay, CARD_END),
                ("received after the end", CARD_END - delay, CARD_END + 1),
                ("signed and received about the end", CARD_END, CARD_END + 60),
                ("signed after the end", CARD_END + 1, CARD_END + 60),
                (
                    "received long after the end",
                    CARD_END - HOUR,
                    CARD_END + delay - HOUR,
                ),
                (
                    "signed before the beginning",
                    CARD_START - delay,
                    CARD_START + 60,
                ),
                (
                    "received before the beginning",
                    CARD_START - delay,
                    CARD_START - 60,
                ),
            ] {
                let name = format!("{name} {index}");
                corpus.add_at(realm, "expiry", name, signed(&card, iat), reception);
            }
            last_crls(corpus, realm, &card);
            let agent = Realm::agent(40 + index);
            let hierarchy = &corpus.realms[realm].hierarchy;
            let outlives = hierarchy
                .issue_flawed_card(&agent, Flaw::OutlivesAuthority, CARD_START)
                .unwrap();
            for (name, iat, reception) in [
                (
                    "authorities end at reception",
                    HIERARCHY_END - delay,
                    HIERARCHY_END,
                ),
                (
                    "authorities end on the way",
                    HIERARCHY_END - delay,
                    HIERARCHY_END + 60,
                ),
                (
                    "authorities have ended",
                    HIERARCHY_END + 1,
                    HIERARCHY_END + 60,
                ),
            ] {
                let name = format!("{name} {index}");
                corpus.add_at(realm, "expiry", name, signed(&outlives, iat), reception);
            }
        }
    }
}

/// Received an hour after the end, with the CRLs issued an hour before it.
fn last_crls(corpus: &mut Corpus<'_>, realm: usize, card: &Issued) {
    let crls = corpus.realms[realm].crls(fresh(CARD_END - HOUR), &[]);
    corpus.messages.push(Message {
        class: "expiry",
        name: "received after the end, CRLs before it".into(),
        bytes: signed(card, CARD_END - 2 * HOUR).into_bytes(),
        reception: CARD_END + HOUR,
        realm,
        revocations: Vec::new(),
        crls: crls.to_vec(),
    });
}

const REASONS: [RevocationReason; 7] = [
    RevocationReason::Loss,
    RevocationReason::Theft,
    RevocationReason::Compromise,
    RevocationReason::Departure,
    RevocationReason::CollectivityLeaving,
    RevocationReason::WrongData,
    RevocationReason::Superseded,
];

/// Every reason before and after signing, of the card and of its authority.
fn revocations(corpus: &mut Corpus<'_>) {
    for index in 0..u32::try_from(corpus.scale.of(1, 5)).unwrap() {
        let realm = usize::try_from(index).unwrap() % corpus.realms.len();
        let card = corpus.realms[realm].card(50 + index, KeyKind::P256);
        let authorities = &corpus.realms[realm].hierarchy;
        let authority = authorities
            .authority(AuthorityRole::AgentsSignature)
            .serial();
        let another = corpus.realms[realm].card(90 + index, KeyKind::P256).serial;
        let delay = 2 * HOUR + i64::try_from(corpus.dice.below(20 * 86_400)).unwrap();
        let reception = IAT + delay;
        for (who, serial) in [
            ("card", card.serial),
            ("authority", authority),
            ("another", another),
        ] {
            // Of a benign and of a hostile reason at least.
            let step = corpus.scale.of(3, 1);
            for reason in REASONS.into_iter().step_by(step) {
                for (when, effective_at, known_from) in [
                    ("long before", IAT - 10 * DAY, IAT - 9 * DAY),
                    ("just before", IAT - 1, IAT + 1),
                    ("at signing", IAT, IAT),
                    ("just after", IAT + 1, IAT + HOUR),
                    ("on the way", IAT + delay / 2, IAT + delay / 2),
                    ("before, known on the way", IAT - DAY, reception - 1),
                    ("before, known too late", IAT - DAY, reception + 1),
                    ("on the way, known too late", IAT + 2, reception + DAY),
                    ("after reception", reception + 1, reception + 1),
                    ("announced", reception + DAY, IAT),
                ] {
                    let revocation = Revocation {
                        serial,
                        effective_at,
                        reason,
                        known_from,
                    };
                    let name = format!("{who} {reason} {when} {index}");
                    let crls = corpus.realms[realm].crls(fresh(reception), &[revocation]);
                    corpus.messages.push(Message {
                        class: "revocations",
                        name,
                        bytes: signed(&card, IAT).into_bytes(),
                        reception,
                        realm,
                        revocations: vec![revocation],
                        crls: crls.to_vec(),
                    });
                }
            }
        }
    }
}

/// That many revocations of others.
fn departures(count: usize) -> Vec<Revocation> {
    let numbers = 1..=u16::try_from(count).unwrap();
    let revocation = |number: u16| Revocation {
        serial: SerialNumber::from_bytes(&[&[0x55; 6][..], &number.to_be_bytes()].concat())
            .unwrap(),
        effective_at: IAT - DAY,
        reason: RevocationReason::Departure,
        known_from: IAT - DAY,
    };
    numbers.map(revocation).collect()
}

/// CRLs that are stale, missing or of others.
fn crls(corpus: &mut Corpus<'_>) {
    let card = corpus.realms[0].card(60, KeyKind::P256);
    let rogue = corpus.realms[0].hierarchy.rogue().unwrap();
    let reception = IAT + HOUR;
    let of = |dates| corpus.realms[0].crls(dates, &[]);
    let aged = |age: i64| CrlDates {
        number: 4,
        this_update: reception - age,
        next_update: reception - age + 36 * HOUR,
    };
    let [root, issuing] = of(fresh(reception));
    let mut cases: Vec<(String, Vec<Rc<Vec<u8>>>)> = vec![
        ("none".into(), vec![]),
        ("the root's alone".into(), vec![root.clone()]),
        ("the issuer's alone".into(), vec![issuing.clone()]),
        ("a rogue's for the issuer".into(), {
            let authority = rogue.authority(AuthorityRole::AgentsSignature);
            vec![
                root.clone(),
                Rc::new(authority.crl(fresh(reception), &[]).unwrap()),
            ]
        }),
    ];
    for hours in [1, 12, 24, 35, 36] {
        cases.push((
            format!("{hours} hours old"),
            of(aged(hours * HOUR)).to_vec(),
        ));
    }
    for seconds in [1, HOUR, DAY, 10 * DAY] {
        let [old_root, old_issuing] = of(aged(36 * HOUR + seconds));
        cases.push((
            format!("issuer's stale by {seconds}"),
            vec![root.clone(), old_issuing.clone()],
        ));
        cases.push((
            format!("root's stale by {seconds}"),
            vec![old_root.clone(), issuing.clone()],
        ));
        cases.push((
            format!("both stale by {seconds}"),
            vec![old_root, old_issuing],
        ));
    }
    let mut spoiled = issuing.to_vec();
    let last = spoiled.len() - 1;
    spoiled[last] ^= 1;
    cases.push((
        "the issuer's spoiled".into(),
        vec![root.clone(), Rc::new(spoiled)],
    ));
    let many = departures(corpus.scale.of(200, 2_000));
    let long = corpus.realms[0].crls(fresh(reception), &many);
    cases.push(("long".into(), long.to_vec()));
    for (name, crls) in cases {
        corpus.messages.push(Message {
            class: "CRLs",
            name,
            bytes: signed(&card, IAT).into_bytes(),
            reception,
            realm: 0,
            revocations: Vec::new(),
            crls,
        });
    }
}
