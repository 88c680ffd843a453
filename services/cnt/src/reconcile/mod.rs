//! `cnt reconcile`: proves from the stores and the topics that the books balance, and names every break by its key.

mod books;
mod breaks;
mod tails;

use std::process::ExitCode;

use clap::Args;

pub(crate) use books::Balance;

use crate::db::read_books;
use crate::output;
use crate::system::{RunDir, SystemRecord};

/// Arguments of `reconcile`.
#[derive(Args)]
pub(crate) struct ReconcileArgs {
    /// One line of JSON instead of a table.
    #[arg(long)]
    json: bool,
}

/// `cnt reconcile`.
pub(crate) fn run(run_dir: &RunDir, args: &ReconcileArgs) -> anyhow::Result<ExitCode> {
    let record = crate::system::running_or_started(run_dir)?;
    let balance = reconcile(&record, run_dir)?;
    if args.json {
        output::json(&balance.published())?;
    } else {
        output::line(&balance.table());
    }
    Ok(if balance.balanced {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// Reads everything and balances it.
///
/// The database is read first, in one snapshot; then the tails of the topics beyond the positions of that snapshot:
/// what was published meanwhile is found there, what was not is still in the snapshot's outbox.
pub(crate) fn reconcile(record: &SystemRecord, run_dir: &RunDir) -> anyhow::Result<Balance> {
    let books = read_books(&record.reconcile_conninfo)?;
    let tails = tails::read(&record.reading_bus(), &books)?;
    let mut balance = books::balance(&books, &tails);
    breaks::name_keys(&mut balance, record, &run_dir.objects())?;
    Ok(balance)
}
