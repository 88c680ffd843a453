//! Closing spools that are due.

use std::sync::Arc;
use std::time::Instant;

use cnt_flow::WorkError;
use cnt_service_kit::cpu::CpuPool;
use cnt_service_kit::failpoint;
use cnt_store::{LotError, PgConnection, Session};
use cnt_vault::ObjectStore;

use super::build::{BuildError, Builder, Built, Destination};
use crate::config::SpoolSection;
use crate::db::{self, Due, FoldRow, NewSpool};
use crate::metrics::Metrics;
use crate::plants::Plants;

/// What a fold is held for.
const DAMAGED: &str = "damaged";

/// Closes spools, one transaction each.
pub(crate) struct Spooler {
    objects: Arc<dyn ObjectStore>,
    cpu: CpuPool,
    plants: Arc<Plants>,
    metrics: Metrics,
    folds_max: i64,
    wait_ms: i64,
    builder: Builder,
}

impl Spooler {
    pub(crate) fn new(
        objects: Arc<dyn ObjectStore>,
        cpu: CpuPool,
        plants: Arc<Plants>,
        metrics: Metrics,
        section: SpoolSection,
    ) -> Self {
        Self {
            objects,
            cpu,
            plants,
            metrics,
            folds_max: i64::from(section.folds_max.get()),
            wait_ms: i64::from(section.wait_ms),
            builder: Builder::default(),
        }
    }

    /// Closes a spool for each plant and day that is due. What cannot be read is held back, so that it delays
    /// nobody else's.
    pub(crate) fn round(&mut self, session: &mut Session) -> Result<(), WorkError> {
        for due in db::due(session.connection()?, self.folds_max, self.wait_ms)? {
            self.close(session, &due)?;
        }
        Ok(())
    }

    /// One spool: the folds stay locked until they are marked, so that no other instance takes them, and waiting
    /// until the commit, so that a crash loses none.
    fn close(&mut self, session: &mut Session, due: &Due) -> Result<(), WorkError> {
        let begun = Instant::now();
        let mut failure = None;
        let outcome = session.lot(|conn| {
            self.in_transaction(conn, due).map_err(|error| match error {
                CloseError::Lot(error) => error,
                CloseError::Build(error) => {
                    failure = Some(error);
                    LotError::refused("the spool was not built")
                }
            })
        });
        if let Some(error) = failure {
            return self.set_aside(session, error);
        }
        if let Some(folds) = outcome? {
            self.metrics.spools_total.inc();
            self.metrics.folds_spooled_total.inc_by(folds);
            self.metrics
                .spool_duration_seconds
                .observe(begun.elapsed().as_secs_f64());
        }
        Ok(())
    }

    /// The number of folds, or none when another instance has them.
    fn in_transaction(
        &mut self,
        conn: &mut PgConnection,
        due: &Due,
    ) -> Result<Option<u64>, CloseError> {
        let mut folds = db::take(conn, due, self.folds_max, self.wait_ms)?;
        if folds.is_empty() {
            return Ok(None);
        }
        folds.sort_by(|left, right| print_order(left).cmp(&print_order(right)));
        let built = self.build(&folds, due)?;
        self.objects.put(&built.lot).map_err(BuildFailure::later)?;
        failpoint::hit("dispatch.after_object").map_err(BuildFailure::later)?;
        db::spool_close(conn, &row_of(&built, due)?, &folds)?;
        failpoint::hit("dispatch.spool_before_commit").map_err(BuildFailure::later)?;
        tracing::info!(
            spool.id = %built.lot.id(),
            spool.plant = due.plant,
            spool.folds = built.balance.folds,
            "Spool is closed"
        );
        Ok(Some(u64::from(built.balance.folds)))
    }

    fn build(&mut self, folds: &[FoldRow], due: &Due) -> Result<Built, BuildFailure> {
        let destination = Destination {
            plant: &due.plant,
            plant_name: self.plants.name(&due.plant),
            day: db::date_of(due.day).to_string(),
        };
        let (builder, objects) = (&mut self.builder, &*self.objects);
        self.cpu
            .run_blocking(|| builder.build(objects, folds, &destination))
            .map_err(BuildFailure::never)?
            .map_err(BuildFailure::Build)
    }

    /// Holds back what is damaged; anything else is the round's failure.
    fn set_aside(&self, session: &mut Session, failure: BuildFailure) -> Result<(), WorkError> {
        let error = match failure {
            BuildFailure::Work(error) => return Err(error),
            BuildFailure::Build(error) => error,
        };
        let (lot_id, member_id) = match &error {
            BuildError::Damaged {
                lot_id, member_id, ..
            } => (lot_id, member_id.as_deref()),
            BuildError::Refused { lot_id, .. } => (lot_id, None),
            BuildError::Objects(_) | BuildError::Source(_) => return Err(WorkError::later(error)),
            BuildError::Write(_) | BuildError::Manifest(_) | BuildError::Row => {
                return Err(WorkError::never(error));
            }
        };
        let held = session.lot(|conn| db::hold(conn, lot_id, member_id, DAMAGED))?;
        tracing::error!(
            lot.id = hex::encode(lot_id),
            folds = held,
            error = format!("{:#}", anyhow::Error::from(error)),
            "Folds are held back because their lot is damaged"
        );
        Ok(())
    }
}

/// By postcode, then avis.
fn print_order(fold: &FoldRow) -> (&str, i64, &str, i16) {
    (&fold.postcode, fold.avis, &fold.kind, fold.issue)
}

fn row_of(built: &Built, due: &Due) -> Result<NewSpool, BuildFailure> {
    Ok(NewSpool {
        spool_id: built.lot.id().as_bytes().to_vec(),
        plant: due.plant.clone(),
        day: due.day,
        folds: i32::try_from(built.balance.folds).map_err(BuildFailure::never)?,
        sheets: built.balance.sheets,
        weight_g: built.balance.weight_g,
        postage_cents: built.balance.postage_cents,
        bytes: i64::try_from(built.lot.bytes().len()).map_err(BuildFailure::never)?,
    })
}

/// What failed outside the database.
enum BuildFailure {
    Build(BuildError),
    Work(WorkError),
}

impl BuildFailure {
    fn later(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Work(WorkError::later(source))
    }

    fn never(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Work(WorkError::never(source))
    }
}

enum CloseError {
    Lot(LotError),
    Build(BuildFailure),
}

impl From<LotError> for CloseError {
    fn from(error: LotError) -> Self {
        Self::Lot(error)
    }
}

impl From<BuildFailure> for CloseError {
    fn from(error: BuildFailure) -> Self {
        Self::Build(error)
    }
}
