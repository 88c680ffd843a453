//! Taking folds in, and the timed work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use cnt_bus::Record;
use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_contracts::events::DocumentLotEvent;
use cnt_contracts::topics::DOCUMENT_LOT;
use cnt_domain::avis::FoldState;
use cnt_flow::{LotWork, Poison, Prepared, WorkError, event_of, lot_id};
use cnt_service_kit::failpoint;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{PgConnection, Session, done_lots};
use cnt_vault::{LotKind, LotReader, MemberEntry, ObjectStore};
use jiff::civil::Date;

use crate::db::{self, NewFold};
use crate::franking::{Tariffs, weight_g};
use crate::metrics::Metrics;
use crate::plants::Plants;
use crate::spool::Spooler;

/// How often the gauges are counted anew.
const COUNT_EVERY: Duration = Duration::from_secs(2);

/// Takes one fold in per document, and closes spools.
pub(crate) struct DispatchWork {
    objects: Arc<dyn ObjectStore>,
    plants: Arc<Plants>,
    tariffs: Tariffs,
    metrics: Metrics,
    spooler: Spooler,
    counted: Option<Instant>,
}

/// Folds of one document lot.
pub(crate) struct LotFolds {
    id: [u8; 32],
    folds: Vec<NewFold>,
}

/// What [`LotWork::apply`] takes in, and how many were new.
pub(crate) struct Effect {
    lots: Vec<LotFolds>,
    registered: usize,
}

impl DispatchWork {
    pub(crate) fn new(
        objects: Arc<dyn ObjectStore>,
        plants: Arc<Plants>,
        tariffs: Tariffs,
        metrics: Metrics,
        spooler: Spooler,
    ) -> Self {
        Self {
            objects,
            plants,
            tariffs,
            metrics,
            spooler,
            counted: None,
        }
    }

    fn folds_of(
        &self,
        index: usize,
        record: &Record,
    ) -> Result<Result<LotFolds, Poison>, WorkError> {
        let event: DocumentLotEvent = match event_of(index, record) {
            Ok(event) => event,
            Err(poison) => return Ok(Err(poison)),
        };
        let mismatch = |detail| {
            Ok(Err(Poison {
                index,
                reason: "lot_mismatch",
                detail,
            }))
        };
        if event.lot.kind != LotKind::Document.as_str() {
            return mismatch(format!("a lot of kind {:?}", event.lot.kind));
        }
        let id = lot_id(event.lot.id);
        let reader = LotReader::open_at(self.objects.open(LotKind::Document, id)?)?;
        let mut folds = Vec::new();
        for member in reader.members()? {
            if let DocumentMeta::Document(facts) = member.meta()? {
                folds.push(self.fold_of(member, &facts, id.as_bytes())?);
            }
        }
        if u32::try_from(folds.len()) != Ok(event.documents) {
            return mismatch(format!(
                "announced {} documents, found {}",
                event.documents,
                folds.len()
            ));
        }
        Ok(Ok(LotFolds {
            id: *id.as_bytes(),
            folds,
        }))
    }

    fn fold_of(
        &self,
        member: &MemberEntry,
        facts: &DocumentFacts,
        lot: &[u8; 32],
    ) -> Result<NewFold, WorkError> {
        let place = |value: u64| i64::try_from(value).map_err(WorkError::never);
        let day: Date = facts.avis_date.parse().map_err(WorkError::never)?;
        let weight_g = weight_g(facts.sheets);
        Ok(NewFold {
            avis: facts.avis.parse().map_err(WorkError::never)?,
            kind: facts.kind.clone(),
            issue: i16::try_from(facts.issue).map_err(WorkError::never)?,
            lot_id: lot.to_vec(),
            member_id: member.id.clone(),
            frame_offset: place(member.frame_offset)?,
            frame_length: place(member.frame_length)?,
            frame_size: place(member.frame_size)?,
            inner_offset: place(member.inner_offset)?,
            size: place(member.size)?,
            forme: member
                .forme
                .map(i32::try_from)
                .transpose()
                .map_err(WorkError::never)?,
            sha256: member.sha256.as_bytes().to_vec(),
            plant: self.plants.of(&facts.postcode).to_owned(),
            day: db::date_to(day),
            postcode: facts.postcode.clone(),
            sheets: i32::from(facts.sheets),
            weight_g,
            tariff_cents: self
                .tariffs
                .cents(day, weight_g, facts.recommended.is_some())
                .map_err(WorkError::never)?,
            state: if facts.is_kept {
                FoldState::Kept
            } else {
                FoldState::Waiting
            }
            .as_str(),
            recommended: facts.recommended.clone(),
        })
    }

    fn observe(&mut self, session: &mut Session) -> Result<(), WorkError> {
        if self.counted.is_some_and(|at| at.elapsed() < COUNT_EVERY) {
            return Ok(());
        }
        let counts = db::counts(session.connection()?)?;
        for (state, count) in [
            (FoldState::Waiting, counts.waiting),
            (FoldState::Spooled, counts.spooled),
            (FoldState::Deposited, counts.deposited),
            (FoldState::Emailed, counts.emailed),
            (FoldState::Withdrawn, counts.withdrawn),
            (FoldState::Kept, counts.kept),
        ] {
            self.metrics.folds.with(state.into()).set(count);
        }
        self.metrics.folds_held.set(counts.held);
        self.metrics
            .waiting_oldest_seconds
            .set(counts.oldest_seconds);
        self.counted = Some(Instant::now());
        Ok(())
    }
}

impl LotWork for DispatchWork {
    type Effect = Effect;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Effect>, WorkError> {
        let mut lots = Vec::with_capacity(records.len());
        let mut poison = Vec::new();
        for (index, record) in records.iter().enumerate() {
            match self.folds_of(index, record)? {
                Ok(folds) => lots.push(folds),
                Err(unfit) => poison.push(unfit),
            }
        }
        Ok(Prepared {
            effect: Effect {
                lots,
                registered: 0,
            },
            poison,
        })
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let ids: Vec<_> = effect.lots.iter().map(|lot| lot.id).collect();
        let new = done_lots::claim(conn, DOCUMENT_LOT.name, &ids)?;
        let folds: Vec<&NewFold> = effect
            .lots
            .iter()
            .zip(new)
            .filter(|(_, new)| *new)
            .flat_map(|(lot, _)| &lot.folds)
            .collect();
        db::put(conn, &folds)?;
        effect.registered = folds.len();
        failpoint::hit("dispatch.before_commit").map_err(WorkError::later)?;
        Ok(Vec::new())
    }

    fn committed(&mut self, effect: Effect) {
        let registered = u64::try_from(effect.registered).unwrap_or(u64::MAX);
        self.metrics.folds_registered_total.inc_by(registered);
    }

    fn tick(&mut self, session: &mut Session) -> Result<(), WorkError> {
        let outcome = self.spooler.round(session);
        self.observe(session)?;
        outcome
    }
}
