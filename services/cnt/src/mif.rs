//! `cnt mif`: signing and checking messages, without a running system.

mod cases;
mod check;
mod seal;
mod world;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use cnt_contracts::verdict::VerdictWord;
use cnt_loadtest::{Expectation, Fleet, Generator, GeneratorParams};
use cnt_registry::nation::{Credential, Nation};
use cnt_service_kit::clock::Clock;
use cnt_trust::{Algorithm, MessageSigner, SoftwareSigner, sign_compact};
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::json;

use crate::output;
use crate::system::RunDir;
use crate::token::{SIGNATURE_ID, TokenArgs};

/// What can be asked about MIFs.
#[derive(Subcommand)]
pub(crate) enum MifCommand {
    /// Sign a payload with a test card.
    Sign {
        /// The payload (JSON).
        payload: PathBuf,
        /// Serial number of the card; the one that the payload names when absent.
        #[arg(long)]
        card: Option<String>,
        /// Signature certificate (PEM) of a card issued by `cnt card issue`, in place of a test card.
        #[arg(long, requires = "key", conflicts_with = "card")]
        certificate: Option<PathBuf>,
        /// Its private key (PKCS#8, PEM).
        #[arg(long, requires = "certificate")]
        key: Option<PathBuf>,
        /// The card itself, in place of files: its signature key and certificate.
        #[command(flatten)]
        token: TokenArgs,
        /// Directory of the test collectivities.
        #[arg(long)]
        nation: Option<PathBuf>,
        /// Signing time (RFC 3339); now when absent.
        #[arg(long)]
        at: Option<Timestamp>,
        /// File to write; standard output when absent.
        #[arg(short, long)]
        output: Option<PathBuf>,
    },
    /// Seal a submission as a station: prints the value of the header `CNT-Seal`.
    Seal(seal::SealArgs),
    /// Write sample messages, good and bad, with what must become of each.
    Sample {
        /// Directory to write: `<n>.jws`, and `payload/<n>.json` where there is one.
        #[arg(short, long)]
        output: PathBuf,
        /// How many.
        #[arg(long, default_value_t = 100)]
        count: u64,
        /// Decides them.
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Share of bad ones, 0 to 1.
        #[arg(long, default_value_t = 0.3)]
        bad: f64,
        /// Directory of the test collectivities.
        #[arg(long)]
        nation: Option<PathBuf>,
    },
    /// Judge messages against a registry snapshot; one JSON line per file.
    Check {
        /// Messages (compact JWS), or directories of them.
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// Registry snapshot (JSON); that of the directory of cases, else of the test collectivities, when absent.
        #[arg(long)]
        snapshot: Option<PathBuf>,
        /// Reception time (RFC 3339); now when absent.
        #[arg(long)]
        at: Option<Timestamp>,
        /// Fingerprint of the sending station; any station of the MIF's collectivity when absent.
        #[arg(long)]
        station: Option<String>,
        /// Of a directory of cases: a table code, case, verdict, in place of lines of JSON.
        #[arg(long)]
        table: bool,
    },
    /// Write a directory with a case for every problem code and a neighbour that does not yield it, for `check`.
    Cases {
        /// Directory to write: `cases.json`, `snapshot.json` and the messages, named by code.
        directory: PathBuf,
    },
}

/// `cnt mif`.
pub(crate) fn run(run_dir: &RunDir, command: MifCommand) -> anyhow::Result<ExitCode> {
    match command {
        MifCommand::Sign {
            payload,
            card,
            certificate,
            key,
            token,
            nation,
            at,
            output,
        } => {
            let bytes = std::fs::read(&payload)
                .with_context(|| format!("cannot read {}", payload.display()))?;
            if let Some(access) = token.access() {
                let signer = access.open()?.into_signer(&[SIGNATURE_ID])?;
                return sign(&bytes, &signer, at, output.as_deref());
            }
            let credential = match certificate.zip(key) {
                Some((certificate, key)) => Credential {
                    certificate_pem: read(&certificate)?,
                    key_pem: read(&key)?,
                },
                None => {
                    let nation = nation.unwrap_or_else(|| run_dir.nation());
                    test_card(&nation, card, &bytes)?
                }
            };
            sign(&bytes, &signer(&credential)?, at, output.as_deref())
        }
        MifCommand::Seal(args) => seal::run(args, run_dir.nation()),
        MifCommand::Sample {
            output,
            count,
            seed,
            bad,
            nation,
        } => sample(
            &output,
            count,
            seed,
            bad,
            &nation.unwrap_or_else(|| run_dir.nation()),
        ),
        MifCommand::Check {
            files,
            snapshot,
            at,
            station,
            table,
        } => check::run(&check::Asked {
            files,
            snapshot,
            default_snapshot: run_dir.nation().join("snapshot.json"),
            at,
            station,
            table,
        }),
        MifCommand::Cases { directory } => cases::write(&directory),
    }
}

fn now() -> Timestamp {
    Clock::system().0.legal_now()
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// A card of the test collectivities: the one asked for, else the one that the payload names.
fn test_card(nation: &Path, card: Option<String>, payload: &[u8]) -> anyhow::Result<Credential> {
    let card = match card {
        Some(card) => card,
        None => card_named(payload).context("the payload names no card: name one with --card")?,
    };
    let nation = Nation::load(nation)
        .with_context(|| format!("no test collectivities in {}", nation.display()))?;
    let position = nation
        .secrets
        .senders
        .agents
        .iter()
        .position(|agent| agent.card == card)
        .with_context(|| format!("there is no card {card}"))?;
    let credential = nation
        .secrets
        .cards
        .get(position)
        .context("the card has no key")?;
    Ok(credential.clone())
}

/// A signer with a P-256 key and its certificate.
fn signer(credential: &Credential) -> anyhow::Result<SoftwareSigner> {
    let key = PrivatePkcs8KeyDer::from_pem_slice(credential.key_pem.as_bytes())?;
    let certificate = CertificateDer::from_pem_slice(credential.certificate_pem.as_bytes())?;
    let chain = vec![certificate.to_vec()];
    Ok(SoftwareSigner::from_pkcs8(
        Algorithm::Es256,
        key.secret_pkcs8_der(),
        chain,
    )?)
}

fn sign(
    payload: &[u8],
    signer: &dyn MessageSigner,
    at: Option<Timestamp>,
    target: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let message = sign_compact(payload, at.unwrap_or_else(now).as_second(), signer)?;
    match target {
        Some(file) => {
            std::fs::write(file, message)
                .with_context(|| format!("cannot write {}", file.display()))?;
        }
        None => output::line(&message),
    }
    Ok(ExitCode::SUCCESS)
}

fn sample(
    output: &Path,
    count: u64,
    seed: u64,
    bad: f64,
    nation: &Path,
) -> anyhow::Result<ExitCode> {
    let fleet = Fleet::load(nation)
        .with_context(|| format!("no test collectivities in {}", nation.display()))?;
    let params = GeneratorParams {
        bad_share: bad,
        ..GeneratorParams::new(seed, count, now())
    };
    let generator = Generator::of_fleet(fleet, &params)?;
    std::fs::create_dir_all(output)?;
    for mif in generator.chunk(0..count)? {
        let name = format!("{:05}", mif.index);
        std::fs::write(output.join(format!("{name}.jws")), &mif.compact)?;
        if let Some(payload) = payload_of(mif.compact.as_bytes()) {
            std::fs::create_dir_all(output.join("payload"))?;
            std::fs::write(output.join("payload").join(format!("{name}.json")), payload)?;
        }
        let (verdict, code) = match mif.expectation {
            Expectation::Accepted => (VerdictWord::Accepted, None),
            Expectation::Warned(code) => (VerdictWord::Accepted, Some(code.as_str())),
            Expectation::Rejected(code) => (VerdictWord::Rejected, Some(code.as_str())),
            Expectation::Replayed => (VerdictWord::Replayed, None),
        };
        let file = format!("{name}.jws");
        output::json(&json!({"file": file, "expected": verdict, "code": code}))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn card_named(payload: &[u8]) -> Option<String> {
    let payload: serde_json::Value = serde_json::from_slice(payload).ok()?;
    Some(
        payload
            .pointer("/agent/carte/numero_serie")?
            .as_str()?
            .to_owned(),
    )
}

fn payload_of(message: &[u8]) -> Option<Vec<u8>> {
    let mut scratch = cnt_trust::Scratch::default();
    let parsed =
        cnt_trust::CompactJws::parse(message, &cnt_trust::Limits::default(), &mut scratch).ok()?;
    Some(parsed.payload().to_vec())
}
