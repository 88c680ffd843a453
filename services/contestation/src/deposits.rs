//! The flow `contestation-deposits`: when the post really took the letters. Delays never run from an earlier day.

use std::sync::Arc;

use cnt_bus::Record;
use cnt_contracts::events::SpoolDepositEvent;
use cnt_contracts::topics::SPOOL_DEPOSIT;
use cnt_domain::life::{Event, Posted};
use cnt_flow::{LotWork, Poison, Prepared, RegistryView, WorkError, event_of, lot_id};
use cnt_service_kit::clock::Clock;
use cnt_service_kit::failpoint;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{PgConnection, Session, done_lots};
use cnt_vault::{LotKind, LotReader, ObjectStore};
use jiff::civil::Date;
use serde::Deserialize;

use crate::db::{self, DepositedRow};
use crate::life::{Happening, What, happen, law_now};

/// The consumer group.
pub(crate) const GROUP: &str = "contestation-deposits";
/// The version of [`SpoolDepositEvent`].
const VERSION: u16 = 1;

/// Takes deposits in.
pub(crate) struct DepositsWork {
    objects: Arc<dyn ObjectStore>,
    registry: RegistryView,
    clock: Clock,
}

/// What the meta of a fold says that matters here; of the manifest there is none.
#[derive(Debug, Deserialize)]
struct Fold {
    avis: String,
    kind: String,
    issue: i16,
}

/// A spool that was handed to the post.
pub(crate) struct Deposited {
    spool: [u8; 32],
    day: Date,
    documents: Vec<(i64, String, i16)>,
}

impl DepositsWork {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, registry: RegistryView, clock: Clock) -> Self {
        Self {
            objects,
            registry,
            clock,
        }
    }

    /// The documents of a spool; only its index is read.
    fn read(&self, event: &SpoolDepositEvent) -> Result<Deposited, WorkError> {
        let object = self.objects.open(LotKind::Spool, lot_id(event.lot.id))?;
        let reader = LotReader::open_at(object)?;
        let mut documents = Vec::new();
        for member in reader.members()? {
            let fold: Option<Fold> = member.meta().map_err(WorkError::never)?;
            if let Some(fold) = fold {
                let avis = fold.avis.parse().map_err(WorkError::never)?;
                documents.push((avis, fold.kind, fold.issue));
            }
        }
        Ok(Deposited {
            spool: event.lot.id.0,
            day: event.day.parse().map_err(WorkError::never)?,
            documents,
        })
    }
}

/// Whose delays a deposit starts; other letters start none.
fn posted(kind: &str) -> Option<Posted> {
    match kind {
        "ACO" | "ACD" => Some(Posted::Avis),
        "AFM" => Some(Posted::Majoree),
        "IRR" => Some(Posted::Refusal),
        _ => None,
    }
}

/// What a document that was deposited later than the day it bears does to its avis.
fn late(row: &DepositedRow, day: Date) -> Option<Happening> {
    let letter = posted(&row.kind).filter(|_| day > row.day())?;
    Some(Happening {
        avis: row.avis,
        what: What::Event(Event::Deposited(letter)),
        day,
        cause: format!("deposit of {}/{}/{}", row.avis, row.kind, row.issue),
    })
}

impl LotWork for DepositsWork {
    type Effect = Vec<Deposited>;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Self::Effect>, WorkError> {
        let mut prepared = Prepared::clean(Vec::with_capacity(records.len()));
        for (index, record) in records.iter().enumerate() {
            let event: SpoolDepositEvent = match event_of(index, record) {
                Ok(event) => event,
                Err(poison) => {
                    prepared.poison.push(poison);
                    continue;
                }
            };
            if event.lot.kind != LotKind::Spool.as_str() || event.version != VERSION {
                prepared.poison.push(Poison {
                    index,
                    reason: "event_unexpected",
                    detail: "not the deposit of a spool in version 1".to_owned(),
                });
                continue;
            }
            prepared.effect.push(self.read(&event)?);
        }
        Ok(prepared)
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Self::Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let spools: Vec<[u8; 32]> = effect.iter().map(|one| one.spool).collect();
        let is_new = done_lots::claim(conn, SPOOL_DEPOSIT.name, &spools)?;
        let version = law_now(&self.registry)?;
        let (law, at) = (&version.registry.law, self.clock.legal_now());
        for (one, _) in effect.iter().zip(is_new).filter(|(_, is_new)| *is_new) {
            let rows = db::documents_deposited(conn, &one.documents, one.day)?;
            if rows.len() != one.documents.len() {
                return Err(WorkError::later(
                    "a document was deposited that is not announced here yet",
                ));
            }
            let happenings: Vec<Happening> =
                rows.iter().filter_map(|row| late(row, one.day)).collect();
            happen(conn, law, at, &happenings)?;
            if !happenings.is_empty() {
                tracing::info!(letters = happenings.len(), "Letters were deposited late");
            }
        }
        failpoint::hit_with("contestation.before_commit", GROUP).map_err(WorkError::later)?;
        Ok(Vec::new())
    }

    fn committed(&mut self, effect: Self::Effect) {
        tracing::debug!(spools = effect.len(), "Deposits were taken in");
    }
}
