//! From events about lots to blocks of receipts.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::sync::Arc;

use cnt_bus::Record;
use cnt_contracts::events::{DocumentLotEvent, LotRef, VerdictLotEvent};
use cnt_flow::{LotWork, Poison, Prepared, WorkError, event_of, lot_id};
use cnt_service_kit::failpoint;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{FailureClass, PgConnection, Session, done_lots};
use cnt_vault::{LotKind, LotReader, ObjectStore};

use crate::cursor::Stream;
use crate::db::{self, NewBlock};
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::receipts::{LotReceipts, of_members};

/// Partition of blocks that came late: out of quarantine, or from a topic that was made anew. Their place is a number
/// of our own, given under the lock of the partition's head, so that a cursor that passed their offset meets them.
pub(crate) const LATE: i32 = -1;

/// Makes receipts.
pub(crate) struct ReceiptWork {
    /// Where lots lie.
    pub(crate) objects: Arc<dyn ObjectStore>,
    /// Wakes waiting readers.
    pub(crate) notices: Notices,
    /// Counts.
    pub(crate) metrics: Metrics,
    /// Days after its reception within which the photographs of a MIF are handed in.
    pub(crate) photo_days: u16,
}

/// The receipts of one event's lot.
pub(crate) struct EventReceipts {
    stream: Stream,
    partition: i32,
    offset: i64,
    lot: [u8; 32],
    receipts: LotReceipts,
}

impl ReceiptWork {
    /// Reads what the lot says of its members; the members themselves stay where they are.
    fn read(&self, stream: Stream, lot: &LotRef) -> Result<LotReceipts, WorkError> {
        let kind = match stream {
            Stream::Verdict => LotKind::Verdict,
            Stream::Document => LotKind::Document,
        };
        let reader = LotReader::open_at(self.objects.open(kind, lot_id(lot.id))?)?;
        of_members(stream, reader.members()?).map_err(WorkError::never)
    }

    fn one(&self, index: usize, record: &Record) -> Result<EventReceipts, OneError> {
        let Some(stream) = Stream::of(&record.topic) else {
            return Err(OneError::Poison(Poison {
                index,
                reason: "topic_unknown",
                detail: record.topic.to_string(),
            }));
        };
        let lot = match stream {
            Stream::Verdict => event_of::<VerdictLotEvent>(index, record).map(|event| event.lot),
            Stream::Document => event_of::<DocumentLotEvent>(index, record).map(|event| event.lot),
        }
        .map_err(OneError::Poison)?;
        let receipts = self.read(stream, &lot).map_err(|error| {
            if error.class() == FailureClass::Permanent {
                OneError::Poison(Poison {
                    index,
                    reason: "lot_unreadable",
                    detail: format!("lot {}: {}", lot.id, chain(&error)),
                })
            } else {
                OneError::Work(error)
            }
        })?;
        Ok(EventReceipts {
            stream,
            partition: record.partition,
            offset: record.offset,
            lot: lot.id.0,
            receipts,
        })
    }
}

enum OneError {
    Poison(Poison),
    Work(WorkError),
}

fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(Some(error), |error: &&dyn Error| (*error).source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}

impl LotWork for ReceiptWork {
    type Effect = Vec<EventReceipts>;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Self::Effect>, WorkError> {
        let mut prepared = Prepared::clean(Vec::with_capacity(records.len()));
        for (index, record) in records.iter().enumerate() {
            match self.one(index, record) {
                Ok(event) => prepared.effect.push(event),
                Err(OneError::Poison(poison)) => prepared.poison.push(poison),
                Err(OneError::Work(error)) => return Err(error),
            }
        }
        Ok(prepared)
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Self::Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let partitions: Vec<_> = effect
            .iter()
            .map(|event| (event.stream, event.partition))
            .collect();
        let mut heads = db::lock_heads(conn, &partitions)?;
        // The heads move over duplicates and empty lots too: the place of an event says whether it is late.
        let late: Vec<bool> = effect
            .iter()
            .map(|event| is_late(&mut heads, event))
            .collect();
        let places = claim_and_place(conn, &mut heads, effect, &late)?;
        let mut blocks = Vec::new();
        for (event, (partition, offset)) in effect.iter().zip(places) {
            blocks.extend(event.receipts.blocks.iter().map(|block| NewBlock {
                siren: block.siren,
                stream: event.stream,
                partition,
                offset,
                n: block.n,
                receipts: &block.receipts,
            }));
        }
        db::add_blocks(conn, &blocks)?;
        let photos: Vec<_> = effect
            .iter()
            .flat_map(|event| &event.receipts.photos)
            .collect();
        db::await_photos(conn, &photos, self.photo_days)?;
        let reports: Vec<_> = effect
            .iter()
            .flat_map(|event| &event.receipts.reports)
            .collect();
        db::reports_asked(conn, &reports)?;
        db::move_heads(conn, &heads)?;
        failpoint::hit("gateway.before_commit").map_err(WorkError::later)?;
        Ok(Vec::new())
    }

    fn committed(&mut self, effect: Self::Effect) {
        let mut sirens = BTreeSet::new();
        for event in effect {
            self.metrics
                .receipts_unaddressed_total
                .inc_by(event.receipts.unaddressed);
            for block in event.receipts.blocks {
                let n = u64::try_from(block.n).unwrap_or_default();
                self.metrics.receipts_stored_total.inc_by(n);
                sirens.insert(block.siren);
            }
        }
        self.notices.wake(sirens);
    }
}

/// Whether the event's place was passed before; if not, the head moves to it.
fn is_late(heads: &mut BTreeMap<(Stream, i32), i64>, event: &EventReceipts) -> bool {
    let head = heads.entry((event.stream, event.partition)).or_insert(-1);
    let late = event.offset <= *head;
    *head = event.offset.max(*head);
    late
}

/// Leaves only lots that were not done before in `effect`, and gives each its place.
fn claim_and_place(
    conn: &mut PgConnection,
    heads: &mut BTreeMap<(Stream, i32), i64>,
    effect: &mut Vec<EventReceipts>,
    late: &[bool],
) -> Result<Vec<(i32, i64)>, WorkError> {
    let mut late_streams = BTreeSet::new();
    let mut fresh = Vec::with_capacity(effect.len());
    for stream in Stream::ALL {
        let lots: Vec<_> = effect
            .iter()
            .filter(|event| event.stream == stream)
            .map(|event| event.lot)
            .collect();
        fresh.push(done_lots::claim(conn, stream.topic(), &lots)?.into_iter());
    }
    let [verdicts, documents] = fresh.as_mut_slice() else {
        return Err(WorkError::never("one answer per stream expected"));
    };
    let mut kept = Vec::with_capacity(effect.len());
    for (event, late) in std::mem::take(effect).into_iter().zip(late) {
        let answers = match event.stream {
            Stream::Verdict => &mut *verdicts,
            Stream::Document => &mut *documents,
        };
        if answers.next().unwrap_or(false) {
            if *late {
                late_streams.insert((event.stream, LATE));
            }
            kept.push((event, *late));
        }
    }
    if !late_streams.is_empty() {
        let asked: Vec<_> = late_streams.into_iter().collect();
        heads.extend(db::lock_heads(conn, &asked)?);
    }
    let mut places = Vec::with_capacity(kept.len());
    for (event, late) in kept {
        let place = if late {
            let head = heads.entry((event.stream, LATE)).or_insert(-1);
            *head += 1;
            (LATE, *head)
        } else {
            (event.partition, event.offset)
        };
        places.push(place);
        effect.push(event);
    }
    Ok(places)
}
