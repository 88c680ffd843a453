//! `cnt document`: the very document that was sent, from the archive.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use cnt_domain::ids::AvisNumber;

use crate::output;
use crate::system::RunDir;

/// What can be asked about documents.
#[derive(Subcommand)]
pub(crate) enum DocumentCommand {
    /// Write a document to a file.
    Get {
        /// Avis number, ten digits.
        avis: AvisNumber,
        /// File to write.
        #[arg(short, long)]
        output: PathBuf,
        /// Why it is consulted; journalled.
        #[arg(long, default_value = "operation")]
        purpose: String,
    },
    /// Show the facts known of a document, as JSON.
    Facts {
        /// Avis number, ten digits.
        avis: AvisNumber,
        /// Why it is consulted; journalled.
        #[arg(long, default_value = "operation")]
        purpose: String,
    },
}

/// `cnt document`.
pub(crate) fn run(run_dir: &RunDir, command: DocumentCommand) -> anyhow::Result<ExitCode> {
    let url = crate::system::running_or_started(run_dir)?.url("archive")?;
    let (path, purpose, target) = match command {
        DocumentCommand::Get {
            avis,
            output,
            purpose,
        } => (format!("/v1/documents/{avis}"), purpose, Some(output)),
        DocumentCommand::Facts { avis, purpose } => {
            (format!("/v1/documents/{avis}/facts"), purpose, None)
        }
    };
    let user = std::env::var("USER").unwrap_or_else(|_| "operator".to_owned());
    let headers = [
        ("CNT-User", user.as_str()),
        ("CNT-Role", "cnt"),
        ("CNT-Purpose", purpose.as_str()),
    ];
    let (status, body) = crate::http::get(&format!("{url}{path}"), &headers)?;
    if status == 404 {
        output::say("The archive knows no such document.");
        return Ok(ExitCode::from(1));
    }
    anyhow::ensure!(
        status == 200,
        "{}",
        crate::http::refusal(&url, status, &body)
    );
    match target {
        Some(file) => {
            std::fs::write(&file, &body)
                .with_context(|| format!("cannot write {}", file.display()))?;
            output::say(&format!(
                "{} bytes written to {}",
                body.len(),
                file.display()
            ));
        }
        None => output::line(&String::from_utf8_lossy(&body)),
    }
    Ok(ExitCode::SUCCESS)
}
