//! `cnt competence`: which OMP is competent where: show a commune by date, take the ministry's table in.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use cnt_contracts::law::to_law;
use cnt_contracts::registry::to_registry;
use cnt_domain::codes::InseeCode;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::natinf::{snapshot, today};
use crate::output;
use crate::system::RunDir;

/// What can be asked of competence.
#[derive(Subcommand)]
pub(crate) enum CompetenceCommand {
    /// Show the OMP competent for a commune on a day, and who acts in their place; exits with 1 when there is none.
    Show {
        /// INSEE code of the commune.
        commune: InseeCode,
        /// The day (YYYY-MM-DD); today when absent.
        #[arg(long)]
        on: Option<Date>,
    },
    /// Take the ministry's table of communes and courts (CSV of fourteen columns) into the running registry, as a new version.
    Import {
        /// The table, as the ministry publishes it.
        file: PathBuf,
        /// First day on which it holds (YYYY-MM-DD); today when absent.
        #[arg(long)]
        from: Option<Date>,
        /// Change nothing, say what would change.
        #[arg(long)]
        check: bool,
    },
}

/// `cnt competence`.
pub(crate) fn run(run_dir: &RunDir, command: CompetenceCommand) -> anyhow::Result<ExitCode> {
    match command {
        CompetenceCommand::Show { commune, on } => {
            show(run_dir, &commune, on.unwrap_or_else(today))
        }
        CompetenceCommand::Import { file, from, check } => {
            let bytes =
                std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
            let url = crate::system::running_or_started(run_dir)?.url("registry")?;
            let from = from.unwrap_or_else(today);
            let url = format!("{url}/v1/competence?from={from}&check={check}");
            let answer: Value = crate::http::post_bytes(&url, "text/csv", &bytes)?;
            output::json(&answer)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn show(run_dir: &RunDir, commune: &InseeCode, on: Date) -> anyhow::Result<ExitCode> {
    let wire = snapshot(run_dir, None)?
        .context("there is no registry: start the system or make a nation first")?;
    let law = to_law(&wire.law)?;
    let registry = to_registry(&wire)?;
    let Some(known) = registry.communes.get(commune) else {
        output::line(&format!("{commune} : commune inconnue du registre"));
        return Ok(ExitCode::from(1));
    };
    let omp = known.omp_on(on);
    let substitution = law.substitution(omp, on);
    output::json(&json!({
        "commune": commune.to_string(),
        "on": on.to_string(),
        "omp": omp.to_string(),
        "court": registry.omps.get(omp).map(|omp| omp.court.clone()),
        "substitute": substitution.map(|row| row.by.to_string()),
        "reason": substitution.map(|row| row.reason.clone()),
        "rows": known.dated_omps.iter().map(|(period, omp)| json!({
            "omp": omp.to_string(),
            "from": period.from.to_string(),
            "to": period.to.map(|day| day.to_string()),
        })).collect::<Vec<_>>(),
    }))?;
    Ok(ExitCode::SUCCESS)
}
