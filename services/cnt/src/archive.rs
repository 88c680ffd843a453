//! `cnt archive`: what is archived, and proofs that it is.

mod repair;
mod search;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use cnt_domain::ids::AvisNumber;
use cnt_evidence::{ProofBundle, VerifierKey};
use serde_json::json;

use crate::output;
use crate::system::RunDir;

/// What can be asked of the archive.
#[derive(Subcommand)]
pub(crate) enum ArchiveCommand {
    /// Find documents. Exit code 1 if nothing is found.
    Search(Box<search::SearchArgs>),
    /// Write a document, as it was sent, to a file.
    Get(search::GetArgs),
    /// Read every object from end to end and compare them with the log, without database; name every damaged range of bytes.
    /// Exit code 1 if anything is not as it should be.
    Verify(repair::VerifyArgs),
    /// Make the archive's index anew from the objects and the log. Exit code 1 if something could not be taken.
    Rebuild(repair::RebuildArgs),
    /// Get the proof that a document is in the archive's log, complete with its signed checkpoint.
    Prove {
        /// Avis number, ten digits.
        avis: AvisNumber,
        /// File to write; standard output if not given.
        #[arg(short, long)]
        output: Option<PathBuf>,
        /// Why it is consulted; journalled.
        #[arg(long, default_value = "proof")]
        purpose: String,
        /// In which role: cnt, archives, omp:CODE or collectivity:SIREN; bounds what is seen.
        #[arg(long, default_value = "cnt")]
        role: String,
        /// Say what was done as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Verify a proof, without the archive.
    VerifyProof {
        /// The proof.
        file: PathBuf,
        /// The document it is for.
        #[arg(long)]
        document: PathBuf,
        /// File of the log's verifier key; that of the system in the run directory if not given.
        #[arg(long)]
        key: Option<PathBuf>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// `cnt archive`.
pub(crate) fn run(run_dir: &RunDir, command: ArchiveCommand) -> anyhow::Result<ExitCode> {
    match command {
        ArchiveCommand::Search(args) => search::search(run_dir, &args),
        ArchiveCommand::Get(args) => search::get(run_dir, &args),
        ArchiveCommand::Verify(args) => repair::check(run_dir, &args),
        ArchiveCommand::Rebuild(args) => repair::anew(run_dir, &args),
        ArchiveCommand::Prove {
            avis,
            output,
            purpose,
            role,
            json,
        } => prove(run_dir, avis, output.as_deref(), [&role, &purpose], json),
        ArchiveCommand::VerifyProof {
            file,
            document,
            key,
            json,
        } => {
            let key = key.unwrap_or_else(|| run_dir.archive_verifier());
            verify(&file, &document, &key, json)
        }
    }
}

fn prove(
    run_dir: &RunDir,
    avis: AvisNumber,
    file: Option<&Path>,
    [role, purpose]: [&str; 2],
    json: bool,
) -> anyhow::Result<ExitCode> {
    let url = crate::system::running_or_started(run_dir)?.url("archive")?;
    let user = search::user();
    let headers = search::headers(&user, role, purpose);
    let (status, body) = crate::http::get(&format!("{url}/v1/documents/{avis}/proof"), &headers)?;
    if status == 404 {
        output::say(&crate::http::refusal(&url, status, &body));
        return Ok(ExitCode::from(1));
    }
    anyhow::ensure!(
        status == 200,
        "{}",
        crate::http::refusal(&url, status, &body)
    );
    let proof: ProofBundle =
        serde_json::from_slice(&body).context("the archive gave an unexpected answer")?;
    match file {
        None => output::line(&String::from_utf8_lossy(&body)),
        Some(file) => {
            std::fs::write(file, &body)
                .with_context(|| format!("cannot write {}", file.display()))?;
            let told = json!({"about": proof.about, "index": proof.index, "bytes": body.len(), "file": file});
            if json {
                output::json(&told)?;
            } else {
                output::say(&format!(
                    "proof of {}, leaf {}, written to {}",
                    proof.about,
                    proof.index,
                    file.display()
                ));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(file: &Path, document: &Path, key: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let verifier: VerifierKey = String::from_utf8(read(key)?)?
        .trim_end()
        .parse()
        .with_context(|| format!("{} holds no verifier key", key.display()))?;
    let document = read(document)?;
    let proof: Result<ProofBundle, _> = serde_json::from_slice(&read(file)?);
    let verified = proof.map_err(anyhow::Error::from).and_then(|proof| {
        let checkpoint = proof.verify(&verifier, Some(&document))?;
        Ok((proof, checkpoint))
    });
    match verified {
        Ok((proof, checkpoint)) => {
            let size = checkpoint.tree.size;
            if json {
                output::json(
                    &json!({"verified": true, "about": proof.about, "index": proof.index,
                    "origin": checkpoint.origin, "size": size, "root": checkpoint.tree.root}),
                )?;
            } else {
                output::line(&format!(
                    "verified: {} is leaf {} of {size} of {}",
                    proof.about, proof.index, checkpoint.origin
                ));
            }
            Ok(ExitCode::SUCCESS)
        }
        Err(error) => {
            let reason = format!("{error:#}");
            if json {
                output::json(&json!({"verified": false, "reason": reason}))?;
            } else {
                output::line(&format!("not verified: {reason}"));
            }
            Ok(ExitCode::from(1))
        }
    }
}
