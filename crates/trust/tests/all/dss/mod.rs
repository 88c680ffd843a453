//! EU DSS as an independent judge: the same messages, judged as of the same instant.

mod algorithms;
mod chains;
mod changed;
mod compare;
mod corpus;
mod dated;
mod given;
mod lenient;
mod tool;

use std::io::Write as _;

use cnt_trust::issue::KeyKind;

use self::compare::{Comparison, Verdict};
use self::corpus::{Realm, Scale};
use crate::support::{IAT, PAYLOAD};

fn scale() -> Scale {
    match std::env::var_os("CNT_TEST_FULL") {
        Some(_) => Scale::Full,
        None => Scale::Sample,
    }
}

/// Fewer would not be a corpus.
const FULL_COUNT_MIN: usize = 2_000;

#[test]
fn dss_and_we_agree_but_for_the_listed_differences() {
    let scale = scale();
    let realms = Realm::all();
    let messages = corpus::generate(&realms, scale);
    assert!(scale == Scale::Sample || messages.len() >= FULL_COUNT_MIN);
    let rulings = tool::judge(&realms, &messages);
    let mut comparison = Comparison::default();
    for (message, ruling) in messages.iter().zip(&rulings) {
        let verdict = Verdict::of(&realms[message.realm], message);
        comparison.add(message, &verdict, ruling);
    }
    // Straight to standard error: the table is part of what the tests say, not only of failures.
    writeln!(std::io::stderr(), "{}", comparison.table()).unwrap();
    let unexplained = &comparison.unexplained;
    assert!(
        unexplained.is_empty(),
        "{} differences without explanation:\n{}",
        unexplained.len(),
        unexplained.join("\n")
    );
    assert_eq!(
        comparison.vanished(scale),
        [""; 0],
        "listed, but did not occur"
    );
}

#[test]
fn openssl_and_we_agree_on_the_chains_of_the_corpus() {
    let realms = Realm::all();
    let messages = corpus::generate(&realms, scale());
    let (count, found) = chains::differences(&realms, &messages);
    assert!(count > 100, "{count}");
    assert!(
        found.is_empty(),
        "{} of {count}:\n{}",
        found.len(),
        found.join("\n")
    );
}

#[test]
fn messages_signed_by_dss_are_accepted() {
    let realm = Realm::p256();
    let cards =
        [KeyKind::P256, KeyKind::Rsa2048, KeyKind::Rsa3072].map(|kind| realm.card(80, kind));
    let messages = tool::sign(PAYLOAD, IAT, &cards.each_ref());
    for (card, message) in cards.iter().zip(&messages) {
        let mut scratch = cnt_trust::Scratch::default();
        let checked = realm.verifier.check_bytes(message, &mut scratch);
        assert_eq!(checked.verification.problems, [], "{}", card.algorithm);
        let received = checked.message.unwrap();
        assert_eq!(
            (received.payload(), received.signing_time()),
            (PAYLOAD, IAT)
        );
        assert_eq!(received.algorithm(), card.algorithm);
    }
}

/// DSS accepts messages of the small world's cards, received a minute after they were signed.
pub(crate) fn assert_accepted(messages: impl IntoIterator<Item = Vec<u8>>) {
    // Of the world's own authorities: another generation has other bytes, though the same keys.
    let realms = [Realm::p256()];
    let messages = corpus::given_messages(&realms, messages);
    for (message, ruling) in messages.iter().zip(tool::judge(&realms, &messages)) {
        assert!(ruling.is_accepted(), "{}: {ruling:?}", message.name);
        assert_eq!(ruling.level, "JAdES-BASELINE-B");
    }
}
