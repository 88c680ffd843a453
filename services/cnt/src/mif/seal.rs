//! `cnt mif seal`: a station's seal over a submission.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use cnt_registry::nation::Credential;
use cnt_trust::{seal, sha256};
use jiff::Timestamp;

use super::{now, read, signer};
use crate::output;

/// Arguments of `mif seal`.
#[derive(Args)]
pub(crate) struct SealArgs {
    /// The submission: one compact JWS, or one per line.
    submission: PathBuf,
    /// Name of a test station, `STA-<siren>-<n>`.
    #[arg(long, required_unless_present = "certificate")]
    station: Option<String>,
    /// Seal certificate (PEM) of a station issued by `cnt station issue`, in place of a test station.
    #[arg(long, requires = "key", conflicts_with = "station")]
    certificate: Option<PathBuf>,
    /// Its private key (PKCS#8, PEM).
    #[arg(long, requires = "certificate")]
    key: Option<PathBuf>,
    /// Directory of the test collectivities.
    #[arg(long)]
    nation: Option<PathBuf>,
    /// Sealing time (RFC 3339); now when absent.
    #[arg(long)]
    at: Option<Timestamp>,
}

/// Writes the value of the header `CNT-Seal` to standard output.
pub(super) fn run(args: SealArgs, default_nation: PathBuf) -> anyhow::Result<ExitCode> {
    let (certificate, key) = match (args.certificate, args.key, args.station) {
        (Some(certificate), Some(key), _) => (certificate, key),
        (_, _, Some(station)) => {
            let nation = args.nation.unwrap_or(default_nation);
            let file = |kind| nation.join(format!("stations/{station}.seal.{kind}.pem"));
            (file("crt"), file("key"))
        }
        _ => anyhow::bail!("name a station, or a certificate and its key"),
    };
    let credential = Credential {
        certificate_pem: read(&certificate)?,
        key_pem: read(&key)?,
    };
    let hashes = hashes(&args.submission)?;
    let at = args.at.unwrap_or_else(now).as_second();
    output::line(&seal::sign(&hashes, at, &signer(&credential)?)?);
    Ok(ExitCode::SUCCESS)
}

/// SHA-256 of each MIF, as the gateway finds them in the body.
fn hashes(submission: &Path) -> anyhow::Result<Vec<[u8; 32]>> {
    let body = std::fs::read(submission)
        .with_context(|| format!("cannot read {}", submission.display()))?;
    let content = body.strip_suffix(b"\n").unwrap_or(&body);
    let lines = content.split(|byte| *byte == b'\n');
    let mifs: Vec<&[u8]> = lines
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .collect();
    anyhow::ensure!(
        mifs.iter().all(|mif| !mif.is_empty()),
        "{} has an empty line",
        submission.display()
    );
    Ok(mifs.into_iter().map(sha256).collect())
}
