//! Decisions on many files, taken when the time to undo them is over.

use std::sync::Arc;
use std::time::Duration;

use cnt_flow::{RegistryView, WorkError};
use cnt_service_kit::ServiceContext;
use cnt_service_kit::clock::Clock;
use cnt_service_kit::failpoint;
use cnt_store::{LotError, PgConnection, Session};
use cnt_vault::ObjectStore;

use crate::config::TribunalSection;
use crate::db::{self, DueRow, Scope};
use crate::decision::{Decided, Deciding, decide};
use crate::http::{DecisionWord, decision_of};
use crate::life::law_now;

/// Pause between two rounds.
const PAUSE: Duration = Duration::from_millis(500);

/// Takes what is due.
pub(crate) struct BulkWork {
    pub(crate) session: Session,
    pub(crate) registry: RegistryView,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) clock: Clock,
    pub(crate) tribunal: TribunalSection,
}

impl BulkWork {
    /// Works until the stop is requested.
    ///
    /// # Errors
    /// A failure that waiting does not mend.
    pub(crate) fn run(mut self, context: &ServiceContext) -> anyhow::Result<()> {
        cnt_flow::rounds(context, PAUSE, "Decisions on many files wait", || {
            while self.round()? > 0 {}
            Ok(())
        })
    }

    /// A lot of files, in one transaction; how many.
    fn round(&mut self) -> Result<usize, WorkError> {
        let Ok(version) = law_now(&self.registry) else {
            return Ok(0);
        };
        let (day, at) = (self.clock.legal_today_paris(), self.clock.legal_now());
        let (objects, tribunal) = (&*self.objects, &self.tribunal);
        let count = self.session.lot(|conn| {
            let due = db::bulk_due(conn)?;
            let mut told = Vec::with_capacity(due.len());
            for row in &due {
                let deciding = Deciding {
                    law: &version.registry.law,
                    objects,
                    config: tribunal,
                    day,
                    at,
                    signature: &row.signature,
                };
                told.push((row, taken(conn, &deciding, row)?));
            }
            if !told.is_empty() {
                db::bulk_told(conn, &told)?;
                failpoint::hit("contestation.before_bulk_commit").map_err(LotError::later)?;
            }
            Ok(due.len())
        })?;
        if count > 0 {
            tracing::info!(files = count, "Decisions on many files were taken");
        }
        Ok(count)
    }
}

/// Decides a file as it was signed; why it could not be, if so.
fn taken(
    conn: &mut PgConnection,
    deciding: &Deciding<'_>,
    row: &DueRow,
) -> Result<Option<String>, LotError> {
    let word: DecisionWord = serde_json::from_str(&row.word).map_err(LotError::refused)?;
    let decision = decision_of(&word).map_err(|problem| LotError::refused(problem.to_string()))?;
    let scope = Scope {
        user: row.who.clone(),
        omp: row.omp.clone(),
    };
    let read = (row.contestation, row.version);
    Ok(match decide(conn, deciding, &scope, read, &decision)? {
        Decided::Done { .. } => None,
        Decided::Unknown => Some("unknown".to_owned()),
        Decided::Changed(_) => Some("changed".to_owned()),
        Decided::HeldByOther => Some("held by another".to_owned()),
        Decided::Before => Some("decided before".to_owned()),
        Decided::LicenceMissing => Some("licence missing".to_owned()),
        Decided::Refused(refusal) => Some(refusal.to_string()),
    })
}
