//! The service on a real broker and database while instances fail, join, leave, and come too late.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cnt_bus::{HandleError, Lot, LotHandler, LotRange, Record, read_range};
use cnt_contracts::stamp::ReceptionStamp;
use cnt_contracts::topics::MIF_INBOUND;
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_flow::LotFlow;
use cnt_service_kit::{ServiceContext, failpoint};
use cnt_testkit::wait_for;
use cnt_validation::{Config, Metrics, NAME, ValidationWork};
use jiff::Timestamp;

use crate::chain::Story;
use crate::fixture::RECEPTION;

fn all_accepted(metas: &[VerdictMeta]) {
    let words: Vec<_> = metas.iter().map(|meta| meta.verdict).collect();
    assert!(
        words.iter().all(|word| *word == VerdictWord::Accepted),
        "{words:?}"
    );
}

/// An error after the object was written: the lot is done again and nothing is doubled.
#[test]
fn failure_between_object_write_and_commit_is_done_again() {
    let story = Story::begin();
    let instance = story.start();
    for (point, first) in [
        ("validation.after_object", 500),
        ("validation.before_commit", 510),
    ] {
        let guard = failpoint::arm(&format!("{point}=error@1")).unwrap();
        let messages: Vec<String> = (first..first + 5).map(|number| story.mif(number)).collect();
        all_accepted(&story.judged(&messages));
        drop(guard);
    }
    story.end(instance);
}

/// An instance ends between object and commit; another does the lot again.
#[test]
fn crash_between_object_write_and_commit_leaves_the_lot_to_the_next() {
    let story = Story::begin();
    let outside = &story.outside;
    let instance = story.start();
    all_accepted(&story.judged(&[story.mif(600)]));
    let guard = failpoint::arm("validation.after_object=error").unwrap();
    let lots = outside.number("SELECT count(*) FROM lot");
    let objects = outside.objects();
    let stamps = story.send(&[story.mif(601), story.mif(602)]);
    outside.more_objects_than(objects);
    instance.stop().unwrap();
    assert_eq!(outside.number("SELECT count(*) FROM lot"), lots);
    drop(guard);
    let next = story.start();
    let seen = outside.verdicts_on(&stamps);
    all_accepted(&seen.into_iter().map(|seen| seen.meta).collect::<Vec<_>>());
    story.end(next);
}

/// Sends pairs of one MIF to two partitions until told to stop; gives the stamps of each pair.
fn keep_sending(
    story: &Story,
    first: u32,
    stop: &AtomicBool,
) -> Vec<(ReceptionStamp, ReceptionStamp)> {
    let partitions = u32::from(MIF_INBOUND.partitions);
    let mut pairs = Vec::new();
    for number in first.. {
        if stop.load(Ordering::Acquire) {
            break;
        }
        let message = story.mif(number);
        let pair = (story.outside.stamp(), story.outside.stamp());
        for (stamp, shift) in [(pair.0, 0), (pair.1, partitions / 2)] {
            let partition = i32::try_from((number + shift) % partitions).unwrap();
            let record = (message.clone(), Some(stamp));
            story.outside.send_to(Some(partition), vec![record]);
        }
        pairs.push(pair);
        // Records keep coming while the group changes; how fast does not matter.
        thread::park_timeout(Duration::from_millis(5));
    }
    pairs
}

/// The second instance joins and the first leaves while records flow. Each MIF goes to two partitions, which are often
/// held by different instances: whoever commits first accepts it, the other sees a replay.
#[test]
fn rebalance_of_two_instances_gives_each_reception_one_verdict() {
    let story = Story::begin();
    let stop = AtomicBool::new(false);
    let first = story.start();
    let (pairs, second) = thread::scope(|scope| {
        let sender = scope.spawn(|| keep_sending(&story, 10_000, &stop));
        first.judges_more();
        let second = story.start();
        second.judges_more();
        first.judges_more();
        first.stop().unwrap();
        second.judges_more();
        let third = story.start();
        third.judges_more();
        third.stop().unwrap();
        stop.store(true, Ordering::Release);
        (sender.join().unwrap(), second)
    });
    let stamps: Vec<_> = pairs.iter().flat_map(|pair| [pair.0, pair.1]).collect();
    let seen = story.outside.verdicts_on(&stamps);
    for pair in seen.chunks(2) {
        let is_one_accepted = matches!(
            [pair[0].meta.verdict, pair[1].meta.verdict],
            [VerdictWord::Accepted, VerdictWord::Replayed]
                | [VerdictWord::Replayed, VerdictWord::Accepted]
        );
        assert!(is_one_accepted, "{:?} {:?}", pair[0].meta, pair[1].meta);
    }
    story.end(second);
}

/// The records that stand in the partition of a lot, as a consumer takes them.
fn polled(story: &Story, stamps: &[ReceptionStamp]) -> Lot {
    let bus = story.outside.stack.bus("test-zombie");
    let admin = cnt_bus::Admin::new(&bus).unwrap();
    let topic_id = admin.topic_id(MIF_INBOUND.name).unwrap();
    let wanted: BTreeSet<_> = stamps.iter().map(|stamp| stamp.reception.0).collect();
    let mut records: Vec<Record> = Vec::new();
    for held in admin.offsets(MIF_INBOUND.name).unwrap() {
        let take = |record: Record| -> anyhow::Result<()> {
            let stamp = ReceptionStamp::from_headers(|name| record.headers.get(name));
            if stamp.is_ok_and(|stamp| wanted.contains(&stamp.reception.0)) {
                records.push(record);
            }
            Ok(())
        };
        let range = held.low..held.high;
        let patience = Duration::from_secs(20);
        read_range(
            &bus,
            MIF_INBOUND.name,
            held.partition,
            range,
            patience,
            take,
        )
        .unwrap();
    }
    assert_eq!(records.len(), stamps.len());
    let (first, last) = (&records[0], &records[records.len() - 1]);
    Lot {
        ranges: vec![LotRange {
            topic: MIF_INBOUND.name.into(),
            topic_id,
            partition: first.partition,
            first_offset: first.offset,
            next_offset: last.offset + 1,
        }],
        records,
    }
}

/// An instance polled a lot, lost its partition to another that committed it, and tries to commit all the same.
#[test]
fn zombie_that_lost_its_partition_commits_nothing() {
    let story = Story::begin();
    let outside = &story.outside;
    let heir = story.start();
    let messages: Vec<String> = (700..705).map(|number| story.mif(number)).collect();
    let stamps = story.send(&messages);
    let seen = outside.verdicts_on(&stamps);
    all_accepted(&seen.into_iter().map(|seen| seen.meta).collect::<Vec<_>>());
    outside.balance();

    let at = Timestamp::from_second(RECEPTION).unwrap();
    let context = ServiceContext::for_test(NAME, at).unwrap();
    let plumbing = outside.stack.plumbing(&context).unwrap();
    let database = outside.stack.database(NAME);
    let setup = plumbing
        .flow(&context, database, "unused", &[MIF_INBOUND])
        .unwrap();
    let metrics = Metrics::register(&context.registry).unwrap();
    let rules = Config::load(None).unwrap().rules;
    let work = ValidationWork::new(&plumbing, &context, rules, metrics);
    let mut zombie = LotFlow::new(&setup, work, NAME);
    let lot = polled(&story, &stamps);
    // Until the registry's version has reached it, it cannot judge and would only be told to try again.
    let outcome = wait_for("the zombie to try to commit", || {
        Ok(match zombie.handle(&lot) {
            Err(HandleError::Retry(_)) => None,
            outcome => Some(outcome),
        })
    })
    .unwrap();
    assert!(
        matches!(outcome, Err(HandleError::Lost(_))),
        "{:?}",
        outcome.map_err(|error| format!("{error:?}"))
    );
    context.shutdown.request();
    // No verdict, no event, nothing in the outbox.
    story.end(heir);
}
