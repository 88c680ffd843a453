//! The service on a real broker and database: one stack, one test after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cnt_contracts::stamp::ReceptionStamp;
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_domain::problem::ProblemCode;
use cnt_service_kit::failpoint;
use cnt_store::quarantine::QuarantineState;
use cnt_trust::sign_compact;
use serde_json::Value;

use crate::fixture::{SIGNED, World};
use crate::running::{Instance, Outside, outside};

/// One test's turn on the shared stack, with an instance of the service running.
pub(crate) struct Story {
    pub(crate) outside: Arc<Outside>,
    // After the stack: the next test begins when this one has left it.
    _turn: MutexGuard<'static, ()>,
}

static TURN: Mutex<()> = Mutex::new(());

impl Story {
    pub(crate) fn begin() -> Self {
        // Held while waiting, so that the stack does not stop and start between tests.
        let outside = outside();
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        Self {
            outside,
            _turn: turn,
        }
    }

    pub(crate) fn start(&self) -> Instance {
        Instance::start(&self.outside.stack)
    }

    pub(crate) fn send(&self, messages: &[String]) -> Vec<ReceptionStamp> {
        let stamps: Vec<_> = messages.iter().map(|_| self.outside.stamp()).collect();
        let records = messages
            .iter()
            .zip(&stamps)
            .map(|(message, stamp)| (message.clone(), Some(*stamp)));
        self.outside.send(records.collect());
        stamps
    }

    /// Sends messages and returns what became of them, in their order.
    pub(crate) fn judged(&self, messages: &[String]) -> Vec<VerdictMeta> {
        let stamps = self.send(messages);
        let seen = self.outside.verdicts_on(&stamps);
        for (seen, message) in seen.iter().zip(messages) {
            assert_eq!(seen.bytes, message.as_bytes());
        }
        seen.into_iter().map(|seen| seen.meta).collect()
    }

    pub(crate) fn mif(&self, number: u32) -> String {
        self.outside.world.mif(0, number).unwrap()
    }

    /// The `number`-th MIF with a change, signed properly.
    fn changed(&self, number: u32, change: impl Fn(&mut Value)) -> String {
        let agent = &self.outside.world.agents[0];
        let mut payload = World::payload(agent, number);
        change(&mut payload);
        sign_compact(payload.to_string().as_bytes(), SIGNED, &agent.signer).unwrap()
    }

    /// The instance ends well and the books balance.
    pub(crate) fn end(&self, instance: Instance) {
        self.outside.balance();
        instance.stop().unwrap();
    }
}

fn codes(meta: &VerdictMeta) -> Vec<ProblemCode> {
    meta.problems
        .iter()
        .filter_map(cnt_contracts::verdict::ProblemV1::known_code)
        .collect()
}

#[test]
fn replay_of_the_same_payload_gets_the_same_verdict() {
    let story = Story::begin();
    let instance = story.start();
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

    let refused = story.changed(3, |payload| payload["infraction"]["natinf"] = 31_090.into());
    let rejected = story.judged(std::slice::from_ref(&refused)).remove(0);
    assert_eq!(codes(&rejected), [ProblemCode::NatinfNotFixedFine]);
    let replay = story.judged(&[refused]).remove(0);
    assert_eq!(replay.verdict, VerdictWord::Replayed);
    assert_eq!(replay.replayed_verdict, Some(VerdictWord::Rejected));
    story.end(instance);
}

#[test]
fn conflict_with_an_earlier_payload_is_rejected_and_occupies_nothing() {
    let story = Story::begin();
    let instance = story.start();
    let first = story.judged(&[story.mif(101)]).remove(0);
    assert_eq!(first.verdict, VerdictWord::Accepted);
    let other = story.changed(101, |payload| {
        payload["vehicule"]["marque"] = "PEUGEOT".into()
    });
    let conflict = story.judged(&[other]).remove(0);
    assert_eq!(conflict.verdict, VerdictWord::Rejected);
    assert_eq!(codes(&conflict), [ProblemCode::DuplicateConflict]);

    let same_number = |payload: &mut Value| payload["entete"]["numero_pv"] = "PV00000101".into();
    let doubled = story.changed(102, same_number);
    let doubled = story.judged(&[doubled]).remove(0);
    assert_eq!(codes(&doubled), [ProblemCode::DuplicatePvNumber]);
    // What was refused as a double occupies nothing: its id is still free.
    let freed = story.judged(&[story.mif(102)]).remove(0);
    assert_eq!(freed.verdict, VerdictWord::Accepted);
    story.end(instance);
}

#[test]
fn a_second_ticket_for_the_same_facts_is_warned_of() {
    let story = Story::begin();
    let instance = story.start();
    let ticket = |number: u32, at: &str| {
        story.changed(number, |payload| {
            payload["lieu"]["libelle_voie"] = "DES DOUBLES".into();
            payload["lieu"]["numero"] = "7".into();
            payload["infraction"]["date_heure"] = format!("2026-11-20T{at}+01:00").into();
        })
    };
    let first = story.judged(&[ticket(111, "09:00:00")]).remove(0);
    assert_eq!(codes(&first), []);
    // In a later lot, an hour after; and two that come together.
    let second = story.judged(&[ticket(112, "10:00:00")]).remove(0);
    assert_eq!(second.verdict, VerdictWord::Accepted);
    assert_eq!(codes(&second), [ProblemCode::DuplicateTicketing]);
    let together = story.judged(&[
        ticket(113, "07:59:59"),
        ticket(114, "07:30:00"),
        ticket(115, "06:29:58"),
    ]);
    let found: Vec<_> = together.iter().map(codes).collect();
    assert_eq!(
        found,
        [vec![], vec![ProblemCode::DuplicateTicketing], vec![]]
    );
    // A replay is no second ticket, and a rejected message is none at all.
    let replay = story.judged(&[ticket(111, "09:00:00")]).remove(0);
    assert_eq!(
        (replay.verdict, codes(&replay)),
        (VerdictWord::Replayed, vec![])
    );
    story.end(instance);
}

#[test]
fn forgery_does_not_block_the_genuine_message() {
    let story = Story::begin();
    let instance = story.start();
    let genuine = story.mif(201);
    let (signed, _) = genuine.rsplit_once('.').unwrap();
    let other = story.mif(202);
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
    story.end(instance);
}

/// Within a lot the order of reception decides, also when the first rival loses to an earlier lot.
#[test]
fn rivals_in_one_lot_are_settled_in_the_order_of_reception() {
    let story = Story::begin();
    let instance = story.start();
    let earlier = story.judged(&[story.mif(301)]).remove(0);
    assert_eq!(earlier.verdict, VerdictWord::Accepted);
    let number = |number: &'static str| {
        move |payload: &mut Value| payload["entete"]["numero_pv"] = number.into()
    };
    let messages = [
        // Conflicts with the MIF of an earlier lot and so occupies no number.
        story.changed(301, number("RIVAL")),
        story.changed(320, number("RIVAL")),
        story.changed(321, number("RIVAL")),
        story.mif(322),
        story.mif(322),
        story.changed(322, number("OTHER")),
    ];
    let metas = story.judged(&messages);
    assert_eq!(codes(&metas[0]), [ProblemCode::DuplicateConflict]);
    assert_eq!(metas[1].verdict, VerdictWord::Accepted);
    assert_eq!(codes(&metas[2]), [ProblemCode::DuplicatePvNumber]);
    assert_eq!(metas[3].verdict, VerdictWord::Accepted);
    assert_eq!(metas[4].verdict, VerdictWord::Replayed);
    assert_eq!(metas[4].replay_of, Some(metas[3].reception));
    assert_eq!(codes(&metas[5]), [ProblemCode::DuplicateConflict]);
    story.end(instance);
}

#[test]
fn poison_is_quarantined_alone_then_replayed_or_discarded() {
    let story = Story::begin();
    let instance = story.start();
    let messages: Vec<String> = (400..404).map(|number| story.mif(number)).collect();
    let stamps: Vec<_> = messages.iter().map(|_| story.outside.stamp()).collect();
    let points = [1, 2].map(|at: usize| format!("validation.check=panic#{}", stamps[at].reception));
    let guard = failpoint::arm(&points.join(";")).unwrap();
    let records = messages
        .iter()
        .zip(&stamps)
        .map(|(message, stamp)| (message.clone(), Some(*stamp)));
    let unstamped = (story.mif(404), None);
    story.outside.send(records.chain([unstamped]).collect());
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
    story.outside.balance();

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
    story.end(instance);
}
