//! The worker that tells collectivities which photographs did not come in time.

use std::collections::BTreeSet;
use std::time::Duration;

use cnt_flow::WorkError;
use cnt_service_kit::ServiceContext;
use cnt_service_kit::failpoint;
use cnt_store::{LotError, PgConnection, Session};
use jiff::Timestamp;

use crate::cursor::Stream;
use crate::db::{self, NewBlock};
use crate::metrics::Metrics;
use crate::notices::Notices;
use crate::receipts::{Block, of_missed};
use crate::work::LATE;

/// Between two looks at the clock.
const PAUSE: Duration = Duration::from_secs(1);
/// Photographs in one transaction.
const LOT_MAX: i64 = 5_000;

/// Tells of photographs that are missing.
pub(crate) struct MissingPhotos {
    /// Its connection.
    pub(crate) session: Session,
    /// Wakes waiting readers.
    pub(crate) notices: Notices,
    /// Counts.
    pub(crate) metrics: Metrics,
}

impl MissingPhotos {
    /// Works until the stop is requested.
    ///
    /// # Errors
    /// A failure that waiting does not mend.
    pub(crate) fn run(mut self, context: &ServiceContext) -> anyhow::Result<()> {
        cnt_flow::rounds(
            context,
            PAUSE,
            "Missing photographs wait to be told",
            || self.round(context),
        )
    }

    fn round(&mut self, context: &ServiceContext) -> Result<(), WorkError> {
        while !context.shutdown.is_requested() {
            let now = context.clock.legal_now();
            let (blocks, settled) = self.session.lot(|conn| settle(conn, now))?;
            if settled == 0 {
                return Ok(());
            }
            for block in &blocks {
                let count = u64::try_from(block.n).unwrap_or_default();
                self.metrics.photos_missing_total.inc_by(count);
            }
            let sirens: BTreeSet<_> = blocks.iter().map(|block| block.siren).collect();
            self.notices.wake(sirens);
        }
        Ok(())
    }
}

/// One lot of photographs whose time is over: their receipts take late places in the stream of verdicts.
fn settle(conn: &mut PgConnection, now: Timestamp) -> Result<(Vec<Block>, usize), LotError> {
    let (missed, settled) = db::take_missed(conn, now, LOT_MAX)?;
    let blocks = of_missed(&missed).map_err(LotError::refused)?;
    if !blocks.is_empty() {
        let place = (Stream::Verdict, LATE);
        let mut heads = db::lock_heads(conn, &[place])?;
        let head = heads.entry(place).or_insert(-1);
        *head += 1;
        let offset = *head;
        let new: Vec<_> = blocks
            .iter()
            .map(|block| NewBlock {
                siren: block.siren,
                stream: Stream::Verdict,
                partition: LATE,
                offset,
                n: block.n,
                receipts: &block.receipts,
            })
            .collect();
        db::add_blocks(conn, &new)?;
        db::move_heads(conn, &heads)?;
    }
    failpoint::hit("gateway.before_photos_commit").map_err(LotError::later)?;
    Ok((blocks, settled))
}
