//! `cnt archive verify|rebuild`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use cnt_archive::{EvidenceReport, VerifyReport, rebuild, verify, verify_evidence};
use cnt_evidence::VerifierKey;
use cnt_store::DatabaseConfig;
use cnt_vault::{LocalStore, LotKind};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::output;
use crate::system::RunDir;

/// Where objects and key are.
#[derive(Args)]
pub(crate) struct Place {
    /// Directory of the object store; that of the system in the run directory if not given.
    #[arg(long)]
    objects: Option<PathBuf>,
    /// File of the log's verifier key; that of the system in the run directory if not given.
    #[arg(long)]
    key: Option<PathBuf>,
}

impl Place {
    fn objects(&self, run_dir: &RunDir) -> PathBuf {
        self.objects.clone().unwrap_or_else(|| run_dir.objects())
    }

    fn verifier(&self, run_dir: &RunDir) -> anyhow::Result<VerifierKey> {
        let file = self
            .key
            .clone()
            .unwrap_or_else(|| run_dir.archive_verifier());
        let text = std::fs::read_to_string(&file)
            .with_context(|| format!("cannot read {}", file.display()))?;
        text.trim_end()
            .parse()
            .with_context(|| format!("{} holds no verifier key", file.display()))
    }
}

/// Arguments of `verify`.
#[derive(Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    place: Place,
    /// File that keeps the position: a verification that was stopped goes on where it was.
    #[arg(long)]
    state: Option<PathBuf>,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `rebuild`.
#[derive(Args)]
pub(crate) struct RebuildArgs {
    #[command(flatten)]
    place: Place,
    /// Connection string of the archive's role; that of the running system if not given.
    #[arg(long)]
    conninfo: Option<String>,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

fn bar(text: &'static str) -> anyhow::Result<ProgressBar> {
    let style = ProgressStyle::with_template("  {msg:<20} {bar:30} {pos:>7}/{len} {eta:>6}")?;
    Ok(ProgressBar::new(0).with_style(style).with_message(text))
}

/// `cnt archive verify`.
pub(crate) fn check(run_dir: &RunDir, args: &VerifyArgs) -> anyhow::Result<ExitCode> {
    let dir = args.place.objects(run_dir);
    anyhow::ensure!(dir.is_dir(), "there is no directory {}", dir.display());
    let store = LocalStore::new(&dir);
    let progress = bar("objects")?;
    let report = verify(&store, &LotKind::ALL, args.state.as_deref(), &mut |at| {
        progress.set_length(at.total);
        progress.set_position(at.objects);
    })?;
    progress.finish_and_clear();
    let verifier = args.place.verifier(run_dir)?;
    let progress = bar("document lots")?;
    let evidence = verify_evidence(&store, &dir, &verifier, &mut |lots| {
        progress.set_position(lots);
    })?;
    progress.finish_and_clear();
    let is_sound = report.is_sound() && evidence.problems.is_empty();
    if args.json {
        output::json(&json!({"sound": is_sound, "objects": report, "evidence": evidence}))?;
    } else {
        tell(&report, &evidence);
    }
    Ok(ExitCode::from(u8::from(!is_sound)))
}

fn tell(report: &VerifyReport, evidence: &EvidenceReport) {
    for damage in &report.damages {
        output::line(&damage.to_string());
    }
    for problem in &evidence.problems {
        output::line(problem);
    }
    output::say(&format!(
        "{} objects, {} sound members, {} bytes: {} damaged ranges",
        report.objects,
        report.members,
        report.bytes,
        report.damages.len()
    ));
    output::say(&format!(
        "{} leaves of {} lots under the checkpoint, {} lots not under it yet, {} never registered: {} problems",
        evidence.leaves,
        evidence.lots,
        evidence.unlogged_lots,
        evidence.unregistered_lots,
        evidence.problems.len()
    ));
}

/// `cnt archive rebuild`.
pub(crate) fn anew(run_dir: &RunDir, args: &RebuildArgs) -> anyhow::Result<ExitCode> {
    let conninfo = match &args.conninfo {
        Some(conninfo) => conninfo.clone(),
        None => {
            let record = crate::system::running_or_started(run_dir)?;
            record.conninfo_of("archive")?.to_owned()
        }
    };
    let mut database = DatabaseConfig::new(conninfo, "cnt-archive-rebuild");
    // A statement may fill an index of millions of rows.
    database.statement_timeout_ms = 0;
    let dir = args.place.objects(run_dir);
    let store = LocalStore::new(&dir);
    let verifier = args.place.verifier(run_dir)?;
    let progress = bar("document lots")?;
    let report = rebuild(&database, &store, &dir, &verifier, &mut |lots| {
        progress.set_position(lots);
    })?;
    progress.finish_and_clear();
    if args.json {
        output::json(&report)?;
    } else {
        for problem in &report.problems {
            output::line(problem);
        }
        output::say(&format!(
            "{} lots, {} documents, {} leaves: {} problems",
            report.lots,
            report.documents,
            report.leaves,
            report.problems.len()
        ));
    }
    Ok(ExitCode::from(u8::from(!report.problems.is_empty())))
}
