//! `cnt nation`: test collectivities with agents, cards, devices and stations, from a seed.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use cnt_registry::nation::{COLLECTIVITIES_DEFAULT, Nation, NationParams};
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use crate::output;

/// Agents of each collectivity.
const AGENTS_PER_COLLECTIVITY: usize = 5;

/// How long before today a nation begins: offences of the recent past must find agents and cards in force.
fn lead() -> Span {
    120.days()
}

/// What can be asked about nations.
#[derive(Subcommand)]
pub(crate) enum NationCommand {
    /// Make one.
    Make {
        /// Directory to write.
        #[arg(short, long)]
        output: PathBuf,
        /// Decides everything.
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Collectivities.
        #[arg(long, default_value_t = COLLECTIVITIES_DEFAULT)]
        collectivities: usize,
        /// Agents of each.
        #[arg(long, default_value_t = AGENTS_PER_COLLECTIVITY)]
        agents: usize,
        /// First day of habilitations, devices and stations (default: 120 days ago).
        #[arg(long)]
        start: Option<Date>,
    },
}

/// `cnt nation`.
pub(crate) fn run(command: NationCommand) -> anyhow::Result<ExitCode> {
    let NationCommand::Make {
        output,
        seed,
        collectivities,
        agents,
        start,
    } = command;
    let start = start.map_or_else(default_start, Ok)?;
    make(
        &output,
        &NationParams {
            seed,
            collectivities,
            agents_per_collectivity: agents,
            start,
        },
    )?;
    output::say(&format!(
        "{collectivities} collectivities written to {}",
        output.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Makes a nation in a directory unless there is one.
pub(crate) fn ensure(directory: &Path, seed: u64, collectivities: usize) -> anyhow::Result<()> {
    if directory.join("snapshot.json").is_file() {
        return Ok(());
    }
    let params = NationParams {
        seed,
        collectivities,
        agents_per_collectivity: AGENTS_PER_COLLECTIVITY,
        start: default_start()?,
    };
    make(directory, &params)
}

fn make(directory: &Path, params: &NationParams) -> anyhow::Result<()> {
    Nation::build(params)?.save(directory)?;
    Ok(())
}

fn default_start() -> anyhow::Result<Date> {
    let (clock, _) = cnt_service_kit::clock::Clock::system();
    Ok(clock.legal_today_paris().checked_sub(lead())?)
}
