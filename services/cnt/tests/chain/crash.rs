//! A service dies at the worst moment and is started again: one effect, one event, nothing doubled.

use std::collections::{BTreeMap, BTreeSet};

use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT, Topic};
use cnt_testkit::wait_for;
use cnt_trust::issue::Hierarchy;
use cnt_trust::{CardVerifier, RevocationView, Scratch, VerifierOptions, sha256};
use cnt_vault::LotKind;
use serde_json::Value;

use crate::support::{ALL, Chain, Running, cnt, succeeds};

/// MIFs of one run.
const SENT: u64 = 60;

/// Every service but validation and edition, which are to die.
fn others(chain: &Chain) -> Vec<Running> {
    let others: Vec<_> = ALL
        .into_iter()
        .filter(|service| !["validation", "edition"].contains(service))
        .map(|service| chain.start(service))
        .collect();
    others.into_iter().map(Running::ready).collect()
}

/// The chain works to its end: every MIF has one verdict and ends in one avis, or in the reason why not; every lot was
/// announced exactly once.
fn one_effect_each(chain: &Chain, mut running: Vec<Running>) -> Value {
    running.push(chain.start("validation").ready());
    running.push(chain.start("edition").ready());
    let books = chain.settled(&running.iter().collect::<Vec<_>>());
    for (name, expected) in [("received", SENT), ("accepted", SENT), ("rejected", 0)] {
        assert_eq!(books[name], expected, "{name} in {books}");
    }
    let ended = books["avis"].as_u64().unwrap() + books["not_transformed"].as_u64().unwrap();
    assert_eq!(ended, SENT, "{books}");
    assert_eq!(books["archived"], books["avis"], "{books}");
    assert_eq!(books["dispatched"], books["avis"], "{books}");
    assert_eq!(chain.verdicts(), usize::try_from(SENT).unwrap());
    every_mif_is_sealed(chain);
    each_once(&chain.announced(&MIF_VERDICT), &chain.verdict_lots());
    let document_lots = chain.announced(&DOCUMENT_LOT);
    each_once(&document_lots, &document_lots);
    assert_eq!(document_lots.len(), chain.verdict_lots().len());
    books
}

/// What the verdict lots keep proves by itself that a station handed every MIF in.
fn every_mif_is_sealed(chain: &Chain) {
    let hierarchy = Hierarchy::load(&chain.stack.directory().join("nation/pki")).unwrap();
    let verifier = CardVerifier::new(
        hierarchy.seal_anchors().unwrap(),
        RevocationView::default(),
        VerifierOptions::default(),
    );
    let judged = chain.judged();
    let mut covered = BTreeMap::new();
    for (meta, _) in &judged {
        let Some(seal) = &meta.seal else { continue };
        let mut scratch = Scratch::default();
        let checked = verifier.check_bytes(seal.as_bytes(), &mut scratch);
        assert_eq!(checked.verification.problems, []);
        let payload = checked.message.unwrap().payload().to_vec();
        let other = covered.insert(meta.submission.unwrap(), payload);
        assert_eq!(other, None, "two seals for one submission");
    }
    for (meta, message) in &judged {
        let payload = std::str::from_utf8(&covered[&meta.submission.unwrap()]).unwrap();
        assert!(payload.contains(&Hex32(sha256(message)).to_string()));
    }
}

#[track_caller]
fn each_once(announced: &[Hex32], committed: &[Hex32]) {
    let set: BTreeSet<_> = announced.iter().collect();
    assert_eq!(set.len(), announced.len(), "an event was published twice");
    assert_eq!(set, committed.iter().collect());
}

#[test]
fn crash_between_object_write_and_commit() {
    let chain = Chain::new();
    let running = others(&chain);
    let validation = chain.start_armed("validation", "validation", "validation.after_object=abort");
    let validation = validation.ready();
    chain.send(0..SENT);
    validation.dies_of_abort();
    assert_eq!(chain.written(LotKind::Verdict).len(), 1);
    assert_eq!(chain.verdict_lots(), []);
    assert_eq!(chain.announced(&MIF_VERDICT), []);

    let edition = chain.start_armed("edition", "edition", "edition.after_object=abort");
    let validation = chain.start("validation");
    edition.dies_of_abort();
    let [first] = chain.written(LotKind::Document)[..] else {
        panic!("edition wrote one document lot before it died");
    };
    assert_eq!(chain.announced(&DOCUMENT_LOT), []);
    drop(validation);

    one_effect_each(&chain, running);
    // Numbers and dates were reserved before: the second run made the same bytes, and no other lot was left behind.
    let announced: BTreeSet<_> = chain.announced(&DOCUMENT_LOT).into_iter().collect();
    assert!(announced.contains(&first), "the lot was made anew");
    let written: BTreeSet<_> = chain.written(LotKind::Document).into_iter().collect();
    assert_eq!(written, announced);
}

/// The lot is committed, its event waits in the outbox, nobody has heard of it.
fn committed_and_silent(chain: &Chain, service: &str, topic: &Topic) {
    assert_eq!(chain.number(service, "SELECT count(*) FROM lot"), 1);
    assert_eq!(chain.number(service, "SELECT count(*) FROM outbox"), 1);
    assert_eq!(chain.announced(topic), []);
}

#[test]
fn crash_between_commit_and_publish() {
    let chain = Chain::new();
    let running = others(&chain);
    let validation = chain.start_armed("validation", "validation", "flow.after_commit=abort");
    let validation = validation.ready();
    chain.send(0..SENT);
    validation.dies_of_abort();
    committed_and_silent(&chain, "validation", &MIF_VERDICT);

    // What waits in the outbox leaves it after the restart, before edition is there to see.
    let validation = chain.start("validation");
    wait_for("validation to publish what it had committed", || {
        Ok(chain
            .holds("validation", "SELECT count(*) = 0 FROM outbox")
            .then_some(()))
    })
    .unwrap();
    assert!(!chain.announced(&MIF_VERDICT).is_empty());
    let edition = chain.start_armed("edition", "edition", "flow.after_commit=abort");
    edition.dies_of_abort();
    assert_eq!(chain.announced(&DOCUMENT_LOT), []);
    assert!(chain.number("edition", "SELECT count(*) FROM outbox") > 0);
    drop(validation);

    one_effect_each(&chain, running);
}

/// The archive dies at each step from the salts to the signed checkpoint; started again, it does what is left, once.
#[test]
fn crash_at_each_step_of_the_evidence() {
    let chain = Chain::new();
    let key = chain.write_log_key();
    let others: Vec<_> = ALL
        .into_iter()
        .filter(|service| *service != "archive")
        .map(|service| chain.start(service))
        .collect();
    let mut running: Vec<_> = others.into_iter().map(Running::ready).collect();
    chain.send(0..SENT);
    for step in [
        "archive.salts_kept",
        "archive.before_commit",
        "flow.after_commit",
        "archive.tiles_written",
        "archive.checkpoint_written",
    ] {
        let archive = chain.start_armed("archive", "archive", &format!("{step}=abort"));
        archive.dies_of_abort();
    }
    running.push(chain.start("archive").ready());
    let books = chain.settled(&running.iter().collect::<Vec<_>>());
    assert_eq!(books["archived"], books["avis"], "{books}");
    let leaves = "SELECT size FROM evidence_tree";
    assert_eq!(
        chain.number("archive", leaves),
        books["avis"].as_u64().unwrap()
    );
    wait_for("the checkpoint", || {
        let covers = "SELECT max(checkpoint.size) = evidence_tree.size FROM checkpoint, evidence_tree GROUP BY evidence_tree.size";
        Ok(chain.holds("archive", covers).then_some(()))
    })
    .unwrap();
    let output = cnt()
        .args(["archive", "verify", "--json", "--objects"])
        .arg(chain.objects_dir())
        .arg("--key")
        .arg(key)
        .output()
        .unwrap();
    let report: Value = serde_json::from_str(&succeeds(&output)).unwrap();
    assert_eq!(report["sound"], true, "{report}");
    assert_eq!(report["evidence"]["leaves"], books["avis"], "{report}");
    assert_eq!(report["evidence"]["unregistered_lots"], 0, "{report}");
}
