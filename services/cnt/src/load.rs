//! `cnt load`: MIFs signed ahead of time, to be sent at any speed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::Context;
use clap::{Args, Subcommand};
use cnt_contracts::commands::load::PresignedReport;
use cnt_loadtest::{
    Fleet, Generator, GeneratorParams, Presigned, Recipe, Written, write_presigned,
};
use cnt_registry::nation::COLLECTIVITIES_DEFAULT;
use jiff::Timestamp;

use crate::output;

/// What can be asked about loads.
#[derive(Subcommand)]
pub(crate) enum LoadCommand {
    /// Sign MIFs ahead of time. What a run that was broken off has written is kept and taken up.
    Generate(GenerateArgs),
    /// Read such a directory through and say what it holds; fails if a part is damaged or missing.
    Inspect {
        /// The directory.
        directory: PathBuf,
        /// As one line of JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Arguments of `load generate`.
#[derive(Args)]
pub(crate) struct GenerateArgs {
    /// How many MIFs.
    #[arg(long, default_value_t = 100_000)]
    count: u64,
    /// Directory to write.
    #[arg(short, long)]
    output: PathBuf,
    /// Decides them.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Share of bad ones, 0 to 1.
    #[arg(long, default_value_t = 0.04)]
    bad: f64,
    /// Share of replays, 0 to 1.
    #[arg(long, default_value_t = 0.005)]
    replays: f64,
    /// Share of conflicts, 0 to 1.
    #[arg(long, default_value_t = 0.002)]
    conflicts: f64,
    /// Directory of the test collectivities; made inside the output when absent.
    #[arg(long)]
    nation: Option<PathBuf>,
    /// Legal instant at which they are to be sent (RFC 3339); now when absent.
    #[arg(long)]
    at: Option<Timestamp>,
    /// MIFs of a file.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    part: u64,
    /// The figures as one line of JSON.
    #[arg(long)]
    json: bool,
}

/// `cnt load`.
pub(crate) fn run(command: LoadCommand) -> anyhow::Result<ExitCode> {
    match command {
        LoadCommand::Generate(args) => generate(&args),
        LoadCommand::Inspect { directory, json } => inspect(&directory, json),
    }
}

fn generate(args: &GenerateArgs) -> anyhow::Result<ExitCode> {
    let nation = args
        .nation
        .clone()
        .unwrap_or_else(|| args.output.join("nation"));
    crate::nation::ensure(&nation, args.seed, COLLECTIVITIES_DEFAULT)?;
    let now = instant(args)?;
    let params = GeneratorParams {
        seed: args.seed,
        count: args.count,
        now,
        bad_share: args.bad,
        replay_share: args.replays,
        conflict_share: args.conflicts,
    };
    let senders = nation.join("senders.json");
    let senders =
        std::fs::read(&senders).with_context(|| format!("cannot read {}", senders.display()))?;
    let recipe = Recipe {
        seed: args.seed,
        count: args.count,
        now: now.to_string(),
        bad_share: args.bad,
        replay_share: args.replays,
        conflict_share: args.conflicts,
        senders_sha256: hex::encode(cnt_trust::sha256(&senders)),
        part_mifs: args.part,
    };
    let generator = Generator::of_fleet(Fleet::load(&nation)?, &params)?;
    let bar = output::bar("Signing", args.count);
    let begun = Instant::now();
    let written = write_presigned(&args.output, &generator, &recipe, |done| {
        bar.set_position(done);
    })?;
    bar.finish_and_clear();
    let report = report(&args.output, &written, begun.elapsed().as_secs_f64());
    show(&report, args.json)?;
    Ok(ExitCode::SUCCESS)
}

/// The instant asked for, else that of the run which is taken up, else now.
fn instant(args: &GenerateArgs) -> anyhow::Result<Timestamp> {
    if let Some(at) = args.at {
        return Ok(at);
    }
    match Presigned::open(&args.output) {
        Ok(earlier) => Ok(earlier.manifest().recipe.now.parse()?),
        Err(_) => Ok(cnt_service_kit::clock::Clock::system().0.legal_now()),
    }
}

fn inspect(directory: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let presigned = Presigned::open(directory)?;
    let manifest = presigned.manifest();
    let bar = output::bar("Reading", manifest.written());
    let begun = Instant::now();
    let mut read = 0;
    for part in presigned.parts() {
        read += u64::try_from(part?.len()).unwrap_or(u64::MAX);
        bar.set_position(read);
    }
    bar.finish_and_clear();
    let written = Written {
        manifest: manifest.clone(),
        signed: 0,
        resumed: read,
    };
    let report = report(directory, &written, begun.elapsed().as_secs_f64());
    show(&report, json)?;
    Ok(if manifest.is_complete() {
        ExitCode::SUCCESS
    } else {
        output::say(
            "The stream is not complete: `cnt load generate` with the same arguments takes it up.",
        );
        ExitCode::from(1)
    })
}

fn report(directory: &Path, written: &Written, seconds: f64) -> PresignedReport {
    let manifest = &written.manifest;
    let sum = |of: &dyn Fn(&cnt_loadtest::Part) -> u64| manifest.parts.iter().map(of).sum();
    PresignedReport {
        directory: directory.display().to_string(),
        mifs: manifest.written(),
        signed: written.signed,
        resumed: written.resumed,
        parts: u64::try_from(manifest.parts.len()).unwrap_or(u64::MAX),
        bytes: sum(&|part| part.bytes),
        content_bytes: sum(&|part| part.content_bytes),
        accepted: manifest.accepted,
        replayed: manifest.replayed,
        warned_by_code: manifest.warned_by_code.clone(),
        rejected_by_code: manifest.rejected_by_code.clone(),
        seconds,
        seed: manifest.recipe.seed,
    }
}

fn show(report: &PresignedReport, json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(report);
    }
    let rejected: u64 = report.rejected_by_code.values().sum();
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let (mega, rate, share) = (
        |bytes: u64| bytes as f64 / 1e6,
        report.signed as f64 / report.seconds.max(0.001),
        report.bytes as f64 / report.content_bytes.max(1) as f64 * 100.0,
    );
    output::line(&format!("  {} MIFs in {}", report.mifs, report.directory));
    output::line(&format!(
        "  to be accepted {}, replayed {}, rejected {rejected} for {} codes",
        report.accepted,
        report.replayed,
        report.rejected_by_code.len()
    ));
    output::line(&format!(
        "  {} parts, {:.0} MB, {share:.0} % of their content",
        report.parts,
        mega(report.bytes)
    ));
    if report.signed > 0 {
        output::line(&format!(
            "  signed {} in {:.1} s: {rate:.0} MIF/s; taken up {}",
            report.signed, report.seconds, report.resumed
        ));
    }
    let by_code = |title: &str, codes: &BTreeMap<String, u64>| {
        output::line(&format!("  {title}"));
        for (code, count) in codes {
            output::line(&format!("    {code:<34}{count:>10}"));
        }
    };
    by_code("to be rejected because of", &report.rejected_by_code);
    by_code("to be accepted with a warning", &report.warned_by_code);
    Ok(())
}
