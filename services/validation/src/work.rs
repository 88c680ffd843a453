//! The work on a lot of MIFs.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cnt_bus::Record;
use cnt_contracts::events::OffsetRange;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::stamp::{BadStamp, ReceptionStamp, seal_of};
use cnt_contracts::topics::MIF_VERDICT;
use cnt_domain::verdict::Verdict;
use cnt_flow::{
    LotWork, Plumbing, Poison, Prepared, RegistryVersion, RegistryView, WorkError, event_record,
    lot_ref,
};
use cnt_service_kit::cpu::CpuPool;
use cnt_service_kit::{ServiceContext, failpoint};
use cnt_store::outbox::OutboxEvent;
use cnt_store::{PgConnection, Session};
use cnt_trust::Scratch;
use cnt_vault::{ObjectStore, SealedLot};
use rayon::prelude::*;
use uuid::fmt::Hyphenated;

use crate::config::RulesSection;
use crate::db::{self, LotRow, Occupant};
use crate::judge::{Judge, Judgement, Judges};
use crate::lot::{self, Counts, Member};
use crate::metrics::{Metrics, Outcome, Step};
use crate::settle::{self, Ruling};
use crate::ticket::{Ticket, Tickets};

/// How long a version of the registry is waited for before the lot is put off.
const REGISTRY_PATIENCE: Duration = Duration::from_secs(2);

/// Judges lots of MIFs.
pub struct ValidationWork {
    registry: RegistryView,
    objects: Arc<dyn ObjectStore>,
    cpu: CpuPool,
    judges: Judges,
    double_ticketing_s: i64,
    metrics: Metrics,
}

/// A lot, judged, before duplicates are known.
#[derive(Debug)]
pub struct Effect {
    begun: Instant,
    members: Vec<Member>,
    source: Vec<OffsetRange>,
    poisoned: usize,
    is_discard: bool,
}

/// A record with its stamp and the judge of its version.
struct Stamped<'r> {
    index: usize,
    record: &'r Record,
    stamp: ReceptionStamp,
    seal: Option<&'r str>,
    judge: Arc<Judge>,
}

impl ValidationWork {
    /// The work with the shared parts of a process.
    #[must_use]
    pub fn new(
        plumbing: &Plumbing,
        context: &ServiceContext,
        rules: RulesSection,
        metrics: Metrics,
    ) -> Self {
        Self {
            registry: plumbing.registry.clone(),
            objects: Arc::clone(&plumbing.objects),
            cpu: context.cpu.clone(),
            judges: Judges::new(rules.limits()),
            double_ticketing_s: rules.double_ticketing_s(),
            metrics,
        }
    }

    fn version(&self, number: u64) -> Result<Arc<RegistryVersion>, WorkError> {
        let version = self
            .registry
            .version(number, REGISTRY_PATIENCE)
            .map_err(WorkError::later)?;
        version.ok_or_else(|| {
            WorkError::later(format!("registry version {number} has not been announced"))
        })
    }

    /// The stamps of the records, and a judge for each version that they name.
    fn stamped<'r>(
        &mut self,
        records: &'r [Record],
        poison: &mut Vec<Poison>,
    ) -> Result<Vec<Stamped<'r>>, WorkError> {
        let mut judges: BTreeMap<u64, Arc<Judge>> = BTreeMap::new();
        let mut stamped = Vec::with_capacity(records.len());
        for (index, record) in records.iter().enumerate() {
            let (stamp, seal) = match stamp_of(record) {
                Ok(stamped) => stamped,
                Err(error) => {
                    poison.push(Poison {
                        index,
                        reason: "stamp_missing",
                        detail: error.to_string(),
                    });
                    continue;
                }
            };
            let judge = match judges.get(&stamp.registry_version) {
                Some(judge) => Arc::clone(judge),
                None => {
                    let version = self.version(stamp.registry_version)?;
                    let judge = self.judges.get(&version).map_err(WorkError::never)?;
                    judges.insert(stamp.registry_version, Arc::clone(&judge));
                    judge
                }
            };
            stamped.push(Stamped {
                index,
                record,
                stamp,
                seal,
                judge,
            });
        }
        Ok(stamped)
    }

    /// Settles duplicates among the members that may occupy their ids.
    fn settle(
        &self,
        conn: &mut PgConnection,
        seq: i64,
        members: &mut [Member],
    ) -> Result<(), WorkError> {
        let _timer = self
            .metrics
            .step_duration_seconds
            .with(Step::Settle)
            .start_timer();
        let occupants: Vec<Occupant> = members
            .iter()
            .filter_map(|member| occupant(&member.judgement))
            .collect();
        let mut rulings = settle::settle(conn, seq, &occupants)?.into_iter();
        for member in members
            .iter_mut()
            .filter(|member| member.judgement.may_occupy)
        {
            member.ruling = rulings.next();
        }
        self.warn_of_doubles(conn, seq, members, &occupants)
    }

    /// Finds the accepted members whose ticket doubles that of an accepted one before: in an earlier lot, or in this one.
    fn warn_of_doubles(
        &self,
        conn: &mut PgConnection,
        seq: i64,
        members: &mut [Member],
        occupants: &[Occupant],
    ) -> Result<(), WorkError> {
        let window_s = self.double_ticketing_s;
        let tickets: Vec<Option<Ticket>> = occupants.iter().map(|one| one.ticket).collect();
        let mut earlier = db::tickets_doubled(conn, seq, &tickets, window_s)?.into_iter();
        let mut tickets = tickets.into_iter();
        let mut seen = Tickets::default();
        for member in members
            .iter_mut()
            .filter(|member| member.judgement.may_occupy)
        {
            let (ticket, is_doubled) = (tickets.next().flatten(), earlier.next());
            let is_new = member.ruling == Some(Ruling::Occupies);
            let Some(ticket) = ticket.filter(|_| is_new) else {
                continue;
            };
            if seen.take(ticket, window_s) || is_doubled == Some(true) {
                member.double = Some(Ticket::doubled());
            }
        }
        Ok(())
    }

    /// Makes the lot object and puts it where the others read it, durably.
    fn store(&self, members: &[Member]) -> Result<SealedLot, WorkError> {
        let timer = self
            .metrics
            .step_duration_seconds
            .with(Step::Seal)
            .start_timer();
        let lot = self
            .cpu
            .run_blocking(|| lot::seal(members))
            .map_err(WorkError::never)??;
        timer.observe_duration();
        let _timer = self
            .metrics
            .step_duration_seconds
            .with(Step::Store)
            .start_timer();
        self.objects.put(&lot)?;
        failpoint::hit("validation.after_object").map_err(WorkError::later)?;
        Ok(lot)
    }
}

impl LotWork for ValidationWork {
    type Effect = Effect;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Effect>, WorkError> {
        let begun = Instant::now();
        self.metrics
            .messages_received_total
            .inc_by(u64::try_from(records.len()).unwrap_or_default());
        let mut poison = Vec::new();
        let stamped = self.stamped(records, &mut poison)?;
        let judged = self
            .cpu
            .run_blocking(|| {
                stamped
                    .par_iter()
                    .map_init(Scratch::default, |scratch, one| judged(one, scratch))
                    .collect::<Vec<_>>()
            })
            .map_err(WorkError::never)?;
        let mut members = Vec::with_capacity(judged.len());
        for outcome in judged {
            match outcome {
                Ok(member) => members.push(member),
                Err(found) => poison.push(found),
            }
        }
        self.metrics
            .step_duration_seconds
            .with(Step::Judge)
            .observe(begun.elapsed().as_secs_f64());
        Ok(Prepared {
            effect: Effect {
                begun,
                members,
                source: source(records),
                poisoned: poison.len(),
                is_discard: false,
            },
            poison,
        })
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        if effect.members.is_empty() {
            return Ok(Vec::new());
        }
        let seq = db::next_lot_seq(conn)?;
        self.settle(conn, seq, &mut effect.members)?;
        let lot = self.store(&effect.members)?;
        let counts = Counts::of(&effect.members);
        let reference = lot_ref(&lot);
        db::lot_insert(conn, &row(seq, &lot, counts))?;
        let event = counts.event(reference, std::mem::take(&mut effect.source));
        let event = event_record(&MIF_VERDICT, Hex32(*lot.id().as_bytes()), &event)?;
        failpoint::hit("validation.before_commit").map_err(WorkError::later)?;
        Ok(vec![event])
    }

    fn committed(&mut self, effect: Effect) {
        let metrics = &self.metrics;
        for member in &effect.members {
            let outcome = match member.verdict() {
                _ if effect.is_discard => Outcome::Discarded,
                Verdict::Accepted => Outcome::Accepted,
                Verdict::Rejected => Outcome::Rejected,
                Verdict::Replayed => Outcome::Replayed,
            };
            metrics.messages_processed_total.with(outcome).inc();
            metrics.count_problems(member.problems());
        }
        let poisoned = u64::try_from(effect.poisoned).unwrap_or_default();
        metrics
            .messages_processed_total
            .with(Outcome::Quarantined)
            .inc_by(poisoned);
        let size = u32::try_from(effect.members.len()).unwrap_or(u32::MAX);
        metrics.lot_size.observe(f64::from(size));
        metrics
            .lot_duration_seconds
            .observe(effect.begun.elapsed().as_secs_f64());
    }

    /// A message that is given up is rejected, so that its sender gets a receipt. One without a stamp never came
    /// through the gateway: there is nobody to tell.
    fn discard(
        &mut self,
        conn: &mut PgConnection,
        record: &Record,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let Ok((stamp, seal)) = stamp_of(record) else {
            tracing::warn!("A record without a reception stamp was discarded without a receipt");
            return Ok(Vec::new());
        };
        let version = self.version(stamp.registry_version)?;
        let member = Member {
            judgement: Judgement::discarded(stamp, &version.registry),
            value: record.value.clone(),
            seal: seal.map(str::to_owned),
            ruling: None,
            double: None,
        };
        let mut effect = Effect {
            begun: Instant::now(),
            members: vec![member],
            source: Vec::new(),
            poisoned: 0,
            is_discard: true,
        };
        let events = self.apply(conn, &mut effect)?;
        self.committed(effect);
        Ok(events)
    }
}

/// The stamp, and the seal if the record carries one.
fn stamp_of(record: &Record) -> Result<(ReceptionStamp, Option<&str>), BadStamp> {
    let header = |name: &str| record.headers.get(name);
    Ok((ReceptionStamp::from_headers(header)?, seal_of(header)?))
}

/// Judges one record. A panic is the record's own fault: it is set aside, and the others go on.
fn judged(one: &Stamped<'_>, scratch: &mut Scratch) -> Result<Member, Poison> {
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let mut name = [0; Hyphenated::LENGTH];
        let reception = one
            .stamp
            .reception
            .0
            .as_hyphenated()
            .encode_lower(&mut name);
        failpoint::hit_with("validation.check", reception)?;
        Ok(one.judge.judge(&one.record.value, &one.stamp, scratch))
    }));
    let (reason, detail) = match outcome {
        Ok(Ok(judgement)) => {
            return Ok(Member {
                judgement,
                value: one.record.value.clone(),
                seal: one.seal.map(str::to_owned),
                ruling: None,
                double: None,
            });
        }
        Ok(Err::<_, failpoint::FailpointError>(error)) => ("failpoint", error.to_string()),
        Err(_) => {
            // What it left in the buffers is nobody's.
            *scratch = Scratch::default();
            // The panic's own message may quote the MIF.
            ("panic", "a check panicked".to_owned())
        }
    };
    Err(Poison {
        index: one.index,
        reason,
        detail: format!("reception {}: {detail}", one.stamp.reception),
    })
}

/// Where the records stood; those taken out of quarantine, which have no timestamp, stood there before.
fn source(records: &[Record]) -> Vec<OffsetRange> {
    let mut ranges: BTreeMap<i32, OffsetRange> = BTreeMap::new();
    for record in records.iter().filter(|record| record.timestamp_ms >= 0) {
        let range = ranges.entry(record.partition).or_insert(OffsetRange {
            partition: record.partition,
            first: record.offset,
            next: record.offset,
        });
        range.first = range.first.min(record.offset);
        range.next = range.next.max(record.offset + 1);
    }
    ranges.into_values().collect()
}

/// The row of a judgement that may occupy its ids. The number is unique in the year of the offence.
fn occupant(judgement: &Judgement) -> Option<Occupant> {
    let mif = judgement.mif.as_ref().filter(|_| judgement.may_occupy)?;
    let verdict = judgement.verdict();
    Some(Occupant {
        ticket: Ticket::of(mif).filter(|_| verdict == Verdict::Accepted),
        siren: mif.siren.as_number(),
        id_mif: mif.id.0,
        payload_sha256: judgement.payload_sha256?.0,
        service: mif.service.as_str().to_owned(),
        pv_year: mif.offence.day.year(),
        pv_number: mif.pv_number.as_str().to_owned(),
        verdict,
        reception: judgement.stamp.reception.0,
    })
}

fn row(seq: i64, lot: &SealedLot, counts: Counts) -> LotRow {
    let number = |count: u32| i32::try_from(count).unwrap_or(i32::MAX);
    LotRow {
        seq,
        lot_id: *lot.id().as_bytes(),
        lot_bytes: i64::try_from(lot.bytes().len()).unwrap_or(i64::MAX),
        accepted: number(counts.accepted),
        rejected: number(counts.rejected),
        replayed: number(counts.replayed),
    }
}
