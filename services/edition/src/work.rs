//! The work on a poll of verdict lots.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use cnt_bus::Record;
use cnt_contracts::events::{DocumentLotEvent, LotRef, VerdictLotEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT};
use cnt_domain::verdict::NotTransformed;
use cnt_flow::{
    LotWork, Plumbing, Poison, Prepared, RegistryView, WorkError, event_of, event_record, lot_ref,
};
use cnt_rendition::Shelf;
use cnt_service_kit::clock::Clock;
use cnt_service_kit::cpu::CpuPool;
use cnt_service_kit::{ServiceContext, failpoint};
use cnt_store::outbox::OutboxEvent;
use cnt_store::{FailureClass, PgConnection, Session, done_lots};
use cnt_vault::ObjectStore;
use jiff::civil::Date;

use crate::config::Config;
use crate::db::{self, Finished, Reservation, Wanted};
use crate::document_lot::Workshop;
use crate::metrics::Metrics;
use crate::press::Press;
use crate::verdict_lot::{self, AcceptedMifs};

/// Version of the event that this service writes.
const EVENT_VERSION: u16 = 1;

/// Edition's work: one document lot for each verdict lot.
pub struct Edition {
    objects: Arc<dyn ObjectStore>,
    registry: RegistryView,
    registry_wait: Duration,
    clock: Clock,
    cpu: CpuPool,
    workshop: Arc<Workshop>,
    first_number: i64,
    metrics: Metrics,
}

/// What became of one verdict lot, to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    verdict_lot: Hex32,
    document: Option<Document>,
}

/// The document lot of a verdict lot with at least one accepted MIF.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Document {
    lot: LotRef,
    first_number: i64,
    avis: usize,
    not_transformed: Vec<NotTransformed>,
}

/// The numbers of the simulation are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no avis number is left in the range of the simulation")]
pub struct NumbersExhausted;

/// An event of the poll that is still to be worked on.
struct Pending {
    /// Its index among the records.
    index: usize,
    event: VerdictLotEvent,
}

/// A pending event whose lot was read.
struct Read {
    index: usize,
    accepted: AcceptedMifs,
}

/// The press, with the formes that an earlier start left in `dir`.
fn press(dir: Option<&Path>) -> anyhow::Result<Press> {
    let shelf = dir.map(|dir| {
        let report = |error: &io::Error| {
            tracing::warn!(%error, "A compiled forme cannot be kept on disk, or be taken from there");
        };
        Shelf::open(dir, report).with_context(|| format!("cannot use {}", dir.display()))
    });
    Ok(Press::new(shelf.transpose()?)?)
}

impl Edition {
    /// Sets the work up: loads templates and fonts and registers the metrics.
    ///
    /// # Errors
    /// When the templates cannot be used or the metrics are registered already.
    pub fn new(
        config: &Config,
        context: &ServiceContext,
        plumbing: &Plumbing,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            objects: Arc::clone(&plumbing.objects),
            registry: plumbing.registry.clone(),
            registry_wait: Duration::from_millis(config.lots.registry_wait_ms),
            clock: context.clock.clone(),
            cpu: context.cpu.clone(),
            workshop: Arc::new(Workshop {
                press: press(config.formes.dir.as_deref())?,
                portal_secret: config.portal.secret.clone(),
                retention_class: config.retention.class.clone(),
            }),
            first_number: config.numbers.first_number,
            metrics: Metrics::register(&context.registry)?,
        })
    }

    /// What documents are made with, to share it.
    #[must_use]
    pub fn workshop(&self) -> Arc<Workshop> {
        Arc::clone(&self.workshop)
    }

    /// The date printed on avis that are reserved now: today in Paris by the legal clock, or the next working day if
    /// nothing is deposited today.
    fn avis_date(&self) -> Result<Date, WorkError> {
        let version = self
            .registry
            .current()
            .ok_or_else(|| WorkError::later("no version of the registry is here yet".to_owned()))?;
        let calendar = &version.registry.law.calendar;
        Ok(calendar.prolonged(self.clock.legal_today_paris()))
    }

    /// Reads a verdict lot and transforms its MIFs, on all cores.
    fn read(&self, event: &VerdictLotEvent) -> Result<AcceptedMifs, WorkError> {
        self.cpu
            .run_blocking(|| verdict_lot::read(self.objects.as_ref(), event))
            .map_err(WorkError::never)?
    }

    /// Numbers and dates of all lots, in one short transaction of their own.
    fn reserve(&self, session: &mut Session, lots: &[Read]) -> Result<Vec<Reservation>, WorkError> {
        if lots.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: Vec<Wanted> = lots
            .iter()
            .map(|lot| Wanted {
                verdict_lot: lot.accepted.verdict_lot,
                accepted: narrow(lot.accepted.mifs.len()),
                numbers: narrow(lot.accepted.avis()),
            })
            .collect();
        let date = self.avis_date()?;
        let reserved = session.lot(|conn| db::reserve(conn, &wanted, date, self.first_number))?;
        reserved.ok_or_else(|| WorkError::later(NumbersExhausted))
    }

    /// Renders a lot and writes it to the object store.
    fn edit(
        &self,
        accepted: &AcceptedMifs,
        reservation: Reservation,
    ) -> Result<Document, WorkError> {
        let begun = Instant::now();
        let registries =
            verdict_lot::registries(&self.registry, &accepted.mifs, self.registry_wait)?;
        let lot = self
            .cpu
            .run_blocking(|| self.workshop.build(accepted, reservation, &registries))
            .map_err(WorkError::never)??;
        self.objects.put(&lot.sealed)?;
        let name = accepted.verdict_lot.to_string();
        failpoint::hit_with("edition.after_object", &name).map_err(WorkError::later)?;
        let metrics = &self.metrics;
        metrics
            .render_duration_seconds
            .observe(begun.elapsed().as_secs_f64());
        let adapted = u64::try_from(lot.adapted).unwrap_or(u64::MAX);
        metrics.documents_adapted_total.inc_by(adapted);
        for reason in lot.typeset {
            metrics.documents_typeset_total.with(reason.into()).inc();
        }
        Ok(Document {
            lot: lot_ref(&lot.sealed),
            first_number: reservation.first_number,
            avis: lot.avis,
            not_transformed: lot.not_transformed,
        })
    }

    /// The events of a poll that are to be worked on: readable, named once, not done before.
    fn pending(
        &self,
        session: &mut Session,
        records: &[Record],
        poison: &mut Vec<Poison>,
    ) -> Result<Vec<Pending>, WorkError> {
        let mut pending: Vec<Pending> = Vec::with_capacity(records.len());
        let mut named = HashSet::new();
        for (index, record) in records.iter().enumerate() {
            match event_of::<VerdictLotEvent>(index, record) {
                Ok(event) if named.insert(event.lot.id) => pending.push(Pending { index, event }),
                Ok(_) => {}
                Err(unreadable) => poison.push(unreadable),
            }
        }
        let names: Vec<Hex32> = pending.iter().map(|one| one.event.lot.id).collect();
        let done = db::done(session.connection()?, &names)?;
        pending.retain(|one| !done.contains(&one.event.lot.id));
        Ok(pending)
    }
}

/// What fails for good is set aside alone; anything else fails the poll, which is tried again.
fn aside<T>(
    outcome: Result<T, WorkError>,
    index: usize,
    poison: &mut Vec<Poison>,
) -> Result<Option<T>, WorkError> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.class() == FailureClass::Permanent => {
            poison.push(Poison {
                index,
                reason: "not_editable",
                detail: chain(&error),
            });
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The messages of an error and of what caused it.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn narrow(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

impl LotWork for Edition {
    type Effect = Vec<Outcome>;

    fn prepare(
        &mut self,
        session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Vec<Outcome>>, WorkError> {
        let mut poison = Vec::new();
        let mut effect = Vec::new();
        let mut lots = Vec::new();
        for Pending { index, event } in self.pending(session, records, &mut poison)? {
            if event.accepted == 0 {
                effect.push(Outcome {
                    verdict_lot: event.lot.id,
                    document: None,
                });
            } else if let Some(accepted) = aside(self.read(&event), index, &mut poison)? {
                lots.push(Read { index, accepted });
            }
        }
        let reservations = self.reserve(session, &lots)?;
        for (Read { index, accepted }, reservation) in lots.into_iter().zip(reservations) {
            let edited = self.edit(&accepted, reservation);
            if let Some(document) = aside(edited, index, &mut poison)? {
                effect.push(Outcome {
                    verdict_lot: accepted.verdict_lot,
                    document: Some(document),
                });
            }
        }
        Ok(Prepared { effect, poison })
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Vec<Outcome>,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let names: Vec<[u8; 32]> = effect.iter().map(|outcome| outcome.verdict_lot.0).collect();
        let mut is_new = done_lots::claim(conn, MIF_VERDICT.name, &names)?.into_iter();
        effect.retain(|_| is_new.next().unwrap_or(false));

        let mut finished = Vec::new();
        let mut empty = Vec::new();
        let mut events = Vec::new();
        for outcome in effect.iter() {
            match &outcome.document {
                None => empty.push(outcome.verdict_lot),
                Some(document) => {
                    finished.push(document.finished(outcome.verdict_lot));
                    let event = document.event(outcome.verdict_lot);
                    events.push(event_record(&DOCUMENT_LOT, event.lot.id, &event)?);
                }
            }
        }
        if db::finish(conn, &finished)? != finished.len() {
            return Err(WorkError::later(
                "the reservation of a lot was changed meanwhile",
            ));
        }
        db::finish_empty(conn, &empty)?;
        failpoint::hit("edition.before_commit").map_err(WorkError::later)?;
        Ok(events)
    }

    fn committed(&mut self, effect: Vec<Outcome>) {
        for outcome in effect {
            self.metrics.lots_total.inc();
            let Some(document) = outcome.document else {
                continue;
            };
            let avis = u64::try_from(document.avis).unwrap_or(u64::MAX);
            self.metrics.documents_rendered_total.inc_by(avis);
            self.metrics.lot_bytes_total.inc_by(document.lot.bytes);
            for reason in document.not_transformed {
                self.metrics.not_transformed_total.with(reason.into()).inc();
            }
        }
    }

    /// Accepted MIFs must end in an avis or in `NON_TRANSFORME`: an event that names some cannot be given up.
    fn discard(
        &mut self,
        conn: &mut PgConnection,
        record: &Record,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let Ok(event) = event_of::<VerdictLotEvent>(0, record) else {
            return Ok(Vec::new());
        };
        let is_done = db::row(conn, event.lot.id)?.is_some_and(|row| row.is_done);
        if event.accepted == 0 || is_done {
            return Ok(Vec::new());
        }
        Err(WorkError::never(
            "a verdict lot with accepted MIFs cannot be given up",
        ))
    }
}

impl Document {
    fn finished(&self, verdict_lot: Hex32) -> Finished {
        Finished {
            verdict_lot,
            first_number: self.first_number,
            document_lot: self.lot.id,
            lot_bytes: i64::try_from(self.lot.bytes).unwrap_or(i64::MAX),
            avis: narrow(self.avis),
            not_transformed: narrow(self.not_transformed.len()),
        }
    }

    fn event(&self, verdict_lot: Hex32) -> DocumentLotEvent {
        DocumentLotEvent {
            version: EVENT_VERSION,
            lot: self.lot.clone(),
            documents: u32::try_from(self.avis).unwrap_or(u32::MAX),
            not_transformed: u32::try_from(self.not_transformed.len()).unwrap_or(u32::MAX),
            verdict_lot,
        }
    }
}
