//! The service on a real broker and database: one stack, one story after the other.

use cnt_contracts::stamp::ReceptionStamp;
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_domain::problem::ProblemCode;
use cnt_service_kit::failpoint;
use cnt_store::quarantine::QuarantineState;
use cnt_trust::sign_compact;
use serde_json::Value;

use crate::fixture::{SIGNED, World, stamp};
use crate::running::{Instance, Outside};

/// Sends, counts what was sent, and mints receptions.
struct Story {
    outside: Outside,
    sent: usize,
    receptions: u128,
}

impl Story {
    fn stamp(&mut self) -> ReceptionStamp {
        self.receptions += 1;
        stamp(self.receptions).unwrap()
    }

    fn send(&mut self, messages: &[String]) -> Vec<ReceptionStamp> {
        let stamps: Vec<_> = messages.iter().map(|_| self.stamp()).collect();
        let records = messages
            .iter()
            .zip(&stamps)
            .map(|(message, stamp)| (message.clone(), Some(*stamp)));
        self.outside.send(records.collect());
        self.sent += messages.len();
        stamps
    }

    /// Sends messages and returns what became of them, in their order.
    fn judged(&mut self, messages: &[String]) -> Vec<VerdictMeta> {
        let stamps = self.send(messages);
        let seen = self.outside.verdicts_on(&stamps);
        for (seen, message) in seen.iter().zip(messages) {
            assert_eq!(seen.bytes, message.as_bytes());
        }
        seen.into_iter().map(|seen| seen.meta).collect()
    }

    fn mif(&self, number: u32) -> String {
        self.outside.world.mif(0, number).unwrap()
    }

    /// The `number`-th MIF with a change, signed properly.
    fn changed(&self, number: u32, change: impl Fn(&mut Value)) -> String {
        let agent = &self.outside.world.agents[0];
        let mut payload = World::payload(agent, number);
        change(&mut payload);
        sign_compact(payload.to_string().as_bytes(), SIGNED, &agent.signer).unwrap()
    }
}

fn codes(meta: &VerdictMeta) -> Vec<ProblemCode> {
    meta.problems
        .iter()
        .filter_map(cnt_contracts::verdict::ProblemV1::known_code)
        .collect()
}

#[test]
fn verdicts_on_a_real_stack() {
    let mut story = Story {
        outside: Outside::new(),
        sent: 0,
        receptions: 0,
    };
    let instance = Instance::start(&story.outside.stack);
    replays_and_conflicts(&mut story);
    forgeries(&mut story);
    rivals_in_one_lot(&mut story);
    quarantine(&mut story);
    story.outside.balance(story.sent);
    object_written_but_not_committed(&mut story);
    story.outside.balance(story.sent);
    let instance = ended_after_the_object(&mut story, instance);
    story.outside.balance(story.sent);
    instance.stop().unwrap();
}

fn replays_and_conflicts(story: &mut Story) {
    let first = story.judged(&[story.mif(1)]).remove(0);
    assert_eq!(first.verdict, VerdictWord::Accepted);
    assert_eq!(first.problems, []);

    // Signed again: other bytes, same payload.
    let again = story.mif(1);
    let replay = story.judged(&[again]).remove(0);
    assert_eq!(replay.verdict, VerdictWord::Replayed);
    assert_eq!(replay.replay_of, Some(first.reception));
    assert_eq!(replay.replayed_verdict, Some(VerdictWord::Accepted));
    assert_eq!(replay.payload_sha256, first.payload_sha256);

    let other = story.changed(1, |payload| {
        payload["vehicule"]["marque"] = "PEUGEOT".into()
    });
    let conflict = story.judged(&[other]).remove(0);
    assert_eq!(conflict.verdict, VerdictWord::Rejected);
    assert_eq!(codes(&conflict), [ProblemCode::DuplicateConflict]);

    let same_number = |payload: &mut Value| payload["entete"]["numero_pv"] = "PV00000001".into();
    let doubled = story.changed(2, same_number);
    let doubled = story.judged(&[doubled]).remove(0);
    assert_eq!(codes(&doubled), [ProblemCode::DuplicatePvNumber]);
    // What was refused as a double occupies nothing: its id is still free.
    let freed = story.judged(&[story.mif(2)]).remove(0);
    assert_eq!(freed.verdict, VerdictWord::Accepted);

    let refused = story.changed(3, |payload| payload["infraction"]["natinf"] = 31_090.into());
    let rejected = story.judged(std::slice::from_ref(&refused)).remove(0);
    assert_eq!(codes(&rejected), [ProblemCode::NatinfNotFixedFine]);
    let replay = story.judged(&[refused]).remove(0);
    assert_eq!(replay.verdict, VerdictWord::Replayed);
    assert_eq!(replay.replayed_verdict, Some(VerdictWord::Rejected));
}

fn forgeries(story: &mut Story) {
    let genuine = story.mif(10);
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    let other = story.mif(11);
    let (_, other_signature) = other.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{other_signature}");
    let metas = story.judged(&[forged.clone(), genuine, forged]);
    assert_eq!(codes(&metas[0]), [ProblemCode::SignatureInvalid]);
    assert_eq!(metas[1].verdict, VerdictWord::Accepted);
    // It never occupied anything and is judged again.
    assert_eq!(codes(&metas[2]), [ProblemCode::SignatureInvalid]);

    let garbage = story.judged(&["not a message".to_owned()]).remove(0);
    assert_eq!(garbage.verdict, VerdictWord::Rejected);
    assert_eq!(codes(&garbage), [ProblemCode::FormatJws]);
    assert_eq!(
        garbage.station_siren.as_deref(),
        Some(crate::fixture::SIREN)
    );
    assert_eq!(garbage.id_mif, None);
}

/// Within a lot the order of reception decides, also when the first rival loses to an earlier lot.
fn rivals_in_one_lot(story: &mut Story) {
    let number = |number: &'static str| {
        move |payload: &mut Value| payload["entete"]["numero_pv"] = number.into()
    };
    let messages = [
        // Conflicts with MIF 1 of an earlier lot and so occupies no number.
        story.changed(1, number("RIVAL")),
        story.changed(20, number("RIVAL")),
        story.changed(21, number("RIVAL")),
        story.mif(22),
        story.mif(22),
        story.changed(22, number("OTHER")),
    ];
    let metas = story.judged(&messages);
    assert_eq!(codes(&metas[0]), [ProblemCode::DuplicateConflict]);
    assert_eq!(metas[1].verdict, VerdictWord::Accepted);
    assert_eq!(codes(&metas[2]), [ProblemCode::DuplicatePvNumber]);
    assert_eq!(metas[3].verdict, VerdictWord::Accepted);
    assert_eq!(metas[4].verdict, VerdictWord::Replayed);
    assert_eq!(metas[4].replay_of, Some(metas[3].reception));
    assert_eq!(codes(&metas[5]), [ProblemCode::DuplicateConflict]);
}

fn quarantine(story: &mut Story) {
    let poisoned = [story.receptions + 2, story.receptions + 3]
        .map(|number| stamp(number).unwrap().reception.0);
    let points = poisoned.map(|reception| format!("validation.check=panic#{reception}"));
    let guard = failpoint::arm(&points.join(";")).unwrap();
    let messages: Vec<String> = (30..34).map(|number| story.mif(number)).collect();
    let stamps = story.send(&messages);
    story.outside.send(vec![(story.mif(34), None)]);
    story.sent += 1;
    let metas = story.outside.verdicts_on(&[stamps[0], stamps[3]]);
    assert!(
        metas
            .iter()
            .all(|seen| seen.meta.verdict == VerdictWord::Accepted)
    );
    let mut waiting = story.outside.quarantined(QuarantineState::Waiting, 3);
    waiting.sort_by_key(|entry| entry.record.record_offset);
    let reasons: Vec<_> = waiting
        .iter()
        .map(|entry| entry.record.reason.as_str())
        .collect();
    assert_eq!(reasons, ["panic", "panic", "stamp_missing"]);
    story.outside.balance(story.sent);

    drop(guard);
    story.outside.request(waiting[0].id, false);
    story.outside.request(waiting[1].id, true);
    story.outside.request(waiting[2].id, true);
    let seen = story.outside.verdicts_on(&[stamps[1], stamps[2]]);
    assert_eq!(seen[0].meta.verdict, VerdictWord::Accepted);
    assert_eq!(seen[1].meta.verdict, VerdictWord::Rejected);
    assert_eq!(codes(&seen[1].meta), [ProblemCode::OperationsDiscarded]);
    assert_eq!(seen[1].bytes, messages[2].as_bytes());
    story.outside.quarantined(QuarantineState::Discarded, 2);
    story.outside.quarantined(QuarantineState::Replayed, 1);
    // Its ids were never occupied.
    let again = story.judged(&[messages[2].clone()]).remove(0);
    assert_eq!(again.verdict, VerdictWord::Accepted);
}

/// An error after the object was written: the lot is done again and nothing is doubled.
fn object_written_but_not_committed(story: &mut Story) {
    for point in ["validation.after_object", "validation.before_commit"] {
        let guard = failpoint::arm(&format!("{point}=error@1")).unwrap();
        let messages: Vec<String> = (0..5)
            .map(|_| {
                story.receptions += 1;
                story.mif(1_000 + u32::try_from(story.receptions).unwrap())
            })
            .collect();
        let metas = story.judged(&messages);
        assert!(
            metas
                .iter()
                .all(|meta| meta.verdict == VerdictWord::Accepted)
        );
        drop(guard);
    }
}

/// An instance ends between object and commit; another does the lot again.
fn ended_after_the_object(story: &mut Story, instance: Instance) -> Instance {
    let guard = failpoint::arm("validation.after_object=error").unwrap();
    let lots = story.outside.number("SELECT count(*) FROM lot");
    let objects = story.outside.objects();
    let stamps = story.send(&[story.mif(50), story.mif(51)]);
    story.outside.more_objects_than(objects);
    instance.stop().unwrap();
    assert_eq!(story.outside.number("SELECT count(*) FROM lot"), lots);
    drop(guard);
    let next = Instance::start(&story.outside.stack);
    let seen = story.outside.verdicts_on(&stamps);
    assert!(
        seen.iter()
            .all(|seen| seen.meta.verdict == VerdictWord::Accepted)
    );
    next
}
