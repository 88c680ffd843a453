//! `cnt spool`: what waits at the printing plants, and its deposit at the post.

use std::process::ExitCode;

use clap::Subcommand;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::output;
use crate::system::RunDir;

/// What can be done with spools.
#[derive(Subcommand)]
pub(crate) enum SpoolCommand {
    /// List the spools closed last, with the day the post took them. Exit code 1 when there is none.
    List {
        /// Of this plant only.
        #[arg(long)]
        plant: Option<String>,
        /// Planned for this day only (`YYYY-MM-DD`).
        #[arg(long)]
        day: Option<Date>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say that the post took a spool, as its plant does. Delays run from that day where it is later than the printed one.
    Deposit {
        /// SHA-256 of the spool, or `all` for those of the latest 200 that were not deposited.
        spool: String,
        /// The day on which the post took it (`YYYY-MM-DD`); today on the legal clock if not given.
        #[arg(long)]
        day: Option<Date>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A spool, as dispatch tells it.
#[derive(Debug, Serialize, Deserialize)]
struct Spool {
    id: String,
    plant: String,
    day: String,
    folds: i32,
    sheets: i64,
    weight_g: i64,
    postage_cents: i64,
    bytes: i64,
    closed_at: String,
    deposited_on: Option<String>,
}

/// `cnt spool`.
pub(crate) fn run(run_dir: &RunDir, command: SpoolCommand) -> anyhow::Result<ExitCode> {
    let base = crate::system::running_or_started(run_dir)?.url("dispatch")?;
    let (spools, json) = match command {
        SpoolCommand::List { plant, day, json } => {
            let plant = plant.map(|plant| format!("plant={plant}"));
            let day = day.map(|day| format!("day={day}"));
            let filters: Vec<String> = plant.into_iter().chain(day).collect();
            let address = format!("{base}/v1/spools?{}", filters.join("&"));
            (crate::http::get_json::<Vec<Spool>>(&address)?, json)
        }
        SpoolCommand::Deposit { spool, day, json } => (deposit(&base, &spool, day)?, json),
    };
    if json {
        output::json(&spools)?;
    } else {
        for spool in &spools {
            tell(spool);
        }
    }
    Ok(ExitCode::from(u8::from(spools.is_empty())))
}

fn deposit(base: &str, spool: &str, day: Option<Date>) -> anyhow::Result<Vec<Spool>> {
    let ids: Vec<String> = if spool == "all" {
        crate::http::get_json::<Vec<Spool>>(&format!("{base}/v1/spools"))?
            .into_iter()
            .filter(|spool| spool.deposited_on.is_none())
            .map(|spool| spool.id)
            .collect()
    } else {
        vec![spool.to_owned()]
    };
    let said = day.map_or_else(|| json!({}), |day| json!({ "day": day }));
    ids.iter()
        .map(|id| crate::http::post_json(&format!("{base}/v1/spools/{id}/deposit"), &said))
        .collect()
}

fn tell(spool: &Spool) {
    let deposited = spool.deposited_on.as_deref();
    output::line(&format!(
        "{}  {} for {}: {} folds, {} sheets, {}",
        spool.id,
        spool.plant,
        spool.day,
        spool.folds,
        spool.sheets,
        deposited.map_or_else(
            || "not deposited".to_owned(),
            |day| format!("deposited on {day}")
        )
    ));
}
