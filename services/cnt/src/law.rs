//! `cnt law`: amounts, delays, holidays and competence as dated tables.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use cnt_contracts::law::{LAW_TOML, LawV1, read_law, to_law, write_law};
use cnt_domain::amounts::OffenceClass;
use cnt_domain::law::{Law, ScaleClass};
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::natinf::{snapshot, today};
use crate::output;
use crate::system::RunDir;

/// What can be asked of the law.
#[derive(Subcommand)]
pub(crate) enum LawCommand {
    /// Show the edition in force: that of the running system, else of the test collectivities, else what is compiled in.
    Show {
        /// Amounts and delays of this day (YYYY-MM-DD); today when absent.
        #[arg(long)]
        on: Option<Date>,
        /// The whole edition as a file to change and import.
        #[arg(long, conflicts_with = "on")]
        toml: bool,
    },
    /// Read an edition (TOML) and say what is wrong with it; changes nothing.
    Check {
        /// The edition.
        file: PathBuf,
    },
    /// Take an edition (TOML) into the running registry, as a new version.
    Import {
        /// The edition.
        file: PathBuf,
    },
}

/// `cnt law`.
pub(crate) fn run(run_dir: &RunDir, command: LawCommand) -> anyhow::Result<ExitCode> {
    match command {
        LawCommand::Show { on, toml } => show(run_dir, on.unwrap_or_else(today), toml),
        LawCommand::Check { file } => {
            let law = edition(&file)?;
            output::json(&json!({"edition": law.edition, "valid": true}))?;
            Ok(ExitCode::SUCCESS)
        }
        LawCommand::Import { file } => {
            let law = edition(&file)?;
            let url = crate::system::running_or_started(run_dir)?.url("registry")?;
            let url = format!("{url}/v1/law");
            let text = write_law(&law)?;
            let answer: Value = crate::http::post_bytes(&url, "application/toml", text.as_bytes())?;
            output::json(&answer)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn edition(file: &Path) -> anyhow::Result<LawV1> {
    let text =
        std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
    read_law(&text).with_context(|| format!("{} is no edition of the law", file.display()))
}

fn show(run_dir: &RunDir, on: Date, toml: bool) -> anyhow::Result<ExitCode> {
    let wire = snapshot(run_dir, None)?.map(|snapshot| snapshot.law);
    if toml {
        // The edition compiled in has its comments.
        match wire {
            Some(law) if law != LawV1::default() => output::line(write_law(&law)?.trim_end()),
            _ => output::line(LAW_TOML.trim_end()),
        }
        return Ok(ExitCode::SUCCESS);
    }
    let law = to_law(&wire.unwrap_or_default())?;
    output::line(&format!("Édition {}, au {on}", law.edition));
    amounts(&law, on);
    match law.deadlines(on, false).zip(law.deadlines(on, true)) {
        None => output::line("aucun délai à cette date"),
        Some((france, abroad)) => {
            output::line(&format!("avis envoyé le {on}, derniers jours (CPP 801) :"));
            output::line(&format!(
                "  minorée      {} ({} à distance), étranger {}",
                france.minoree_paper, france.minoree_online, abroad.minoree_paper
            ));
            output::line(&format!(
                "  forfaitaire  {} ({} à distance), étranger {}",
                france.forfaitaire_paper, france.forfaitaire_online, abroad.forfaitaire_paper
            ));
            output::line(&format!(
                "  requête      {}, étranger {}",
                france.requete, abroad.requete
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn amounts(law: &Law, on: Date) {
    output::line("amendes (minorée, forfaitaire, majorée, au plus) :");
    let classes = (1..=5).filter_map(OffenceClass::from_number);
    let all = std::iter::once(ScaleClass::Pedestrian).chain(classes.map(ScaleClass::Class));
    for of in all {
        let name = match of {
            ScaleClass::Pedestrian => "piétons".to_owned(),
            ScaleClass::Class(class) => format!("classe {}", class.number()),
        };
        let mut rows = law.scales.iter().rev();
        let text = match rows.find(|row| row.of == of && row.period.contains(on)) {
            None => "fermée à l'amende forfaitaire".to_owned(),
            Some(row) => {
                let minoree = row
                    .minoree
                    .map_or_else(|| "–".to_owned(), |cents| cents.to_string());
                format!(
                    "{minoree}, {}, {}, {}",
                    row.forfaitaire, row.majoree, row.court_max
                )
            }
        };
        output::line(&format!("  {name:<10} {text}"));
    }
}
