//! What imports of the ministry's tables have in common.

use actix_web::web::PayloadConfig;
use cnt_contracts::registry::SnapshotV1;
use cnt_service_kit::http::Problem;
use cnt_store::PgConnection;
use jiff::civil::Date;

use super::{State, publish_change};
use crate::change::{ChangeError, Changed, Registrar};
use crate::db;

/// The largest of the tables has some ten megabytes.
const BODY_MAX: usize = 32 << 20;

/// Room for a table.
pub(super) fn table_config() -> PayloadConfig {
    PayloadConfig::new(BODY_MAX)
}

/// The first day on which a table holds.
pub(super) fn first_day(text: &str) -> Result<Date, Problem> {
    text.parse()
        .map_err(|_| Problem::unprocessable("bad_day", "A day is written YYYY-MM-DD"))
}

/// A table that was taken in, or would be.
pub(super) struct Taken<M> {
    /// What it changes.
    pub(super) merged: M,
    /// The version that holds it; the newest one if nothing was written.
    pub(super) version: i64,
    /// Whether a version was written.
    pub(super) is_written: bool,
}

/// Takes a table in as a new version, unless it changes nothing or `is_check`. What is told is of the version before.
pub(super) fn take_in<M>(
    (state, conn): (&State, &mut PgConnection),
    is_check: bool,
    merge: impl FnOnce(&SnapshotV1) -> M,
    import: impl FnOnce(&Registrar, &mut PgConnection) -> Result<Changed<i64>, ChangeError>,
) -> Result<Taken<M>, ChangeError> {
    let body = db::snapshot(conn)?.ok_or(ChangeError::Empty)?;
    let snapshot: SnapshotV1 = serde_json::from_slice(&body)?;
    let mut taken = Taken {
        merged: merge(&snapshot),
        version: i64::try_from(snapshot.version).map_err(|_| ChangeError::Range(i64::MAX))?,
        is_written: false,
    };
    if is_check {
        return Ok(taken);
    }
    match import(&state.registrar, conn) {
        Ok(changed) => {
            taken.version = publish_change(state, conn, changed);
            taken.is_written = true;
            Ok(taken)
        }
        Err(ChangeError::Same) => Ok(taken),
        Err(error) => Err(error),
    }
}
