//! `cnt mif`: signing and checking messages, without a running system.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use cnt_contracts::commands::MifCheckLine;
use cnt_contracts::registry::{SnapshotV1, to_registry};
use cnt_contracts::stamp::ReceptionStamp;
use cnt_contracts::verdict::{ProblemV1, VerdictWord};
use cnt_domain::ids::{PayloadHash, ReceptionId};
use cnt_domain::mif::Mif;
use cnt_domain::problem::{Problem, ProblemCode};
use cnt_domain::verdict::Verdict;
use cnt_flow::RegistryVersion;
use cnt_loadtest::{Fleet, Generator, GeneratorParams};
use cnt_registry::nation::Nation;
use cnt_service_kit::{clock::Clock, ids};
use cnt_trust::{Algorithm, SoftwareSigner, sign_compact};
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::json;
use uuid::Uuid;

use crate::output;
use crate::system::RunDir;

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
        /// Registry snapshot (JSON); that of the test collectivities when absent.
        #[arg(long)]
        snapshot: Option<PathBuf>,
        /// Reception time (RFC 3339); now when absent.
        #[arg(long)]
        at: Option<Timestamp>,
        /// Fingerprint of the sending station; any station of the MIF's collectivity when absent.
        #[arg(long)]
        station: Option<String>,
    },
}

/// `cnt mif`.
pub(crate) fn run(run_dir: &RunDir, command: MifCommand) -> anyhow::Result<ExitCode> {
    match command {
        MifCommand::Sign {
            payload,
            card,
            nation,
            at,
            output,
        } => sign(
            &payload,
            card.as_deref(),
            &nation.unwrap_or_else(|| run_dir.nation()),
            at,
            output.as_deref(),
        ),
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
        } => {
            let snapshot = snapshot.unwrap_or_else(|| run_dir.nation().join("snapshot.json"));
            check(&files, &snapshot, at, station.as_deref())
        }
    }
}

fn now() -> Timestamp {
    Clock::system().0.legal_now()
}

fn sign(
    payload: &Path,
    card: Option<&str>,
    nation: &Path,
    at: Option<Timestamp>,
    target: Option<&Path>,
) -> anyhow::Result<ExitCode> {
    let bytes =
        std::fs::read(payload).with_context(|| format!("cannot read {}", payload.display()))?;
    let card = match card {
        Some(card) => card.to_owned(),
        None => card_named(&bytes).context("the payload names no card: name one with --card")?,
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
    let key = PrivatePkcs8KeyDer::from_pem_slice(credential.key_pem.as_bytes())?;
    let certificate = CertificateDer::from_pem_slice(credential.certificate_pem.as_bytes())?;
    let signer = SoftwareSigner::from_pkcs8(
        Algorithm::Es256,
        key.secret_pkcs8_der(),
        vec![certificate.to_vec()],
    )?;
    let message = sign_compact(&bytes, at.unwrap_or_else(now).as_second(), &signer)?;
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
        output::json(
            &json!({"file": format!("{name}.jws"), "expected": format!("{:?}", mif.expectation)}),
        )?;
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

fn check(
    files: &[PathBuf],
    snapshot: &Path,
    at: Option<Timestamp>,
    station: Option<&str>,
) -> anyhow::Result<ExitCode> {
    let bytes =
        std::fs::read(snapshot).with_context(|| format!("cannot read {}", snapshot.display()))?;
    let wire: SnapshotV1 = serde_json::from_slice(&bytes)?;
    let version = RegistryVersion {
        registry: to_registry(&wire)?,
        anchors: wire.anchors,
    };
    let station = station
        .map(|text| {
            cnt_contracts::hex32::Hex32::parse(text)
                .context("a station is named by 64 hexadecimal digits")
        })
        .transpose()?;
    let mut seen = Seen::default();
    let mut all_accepted = true;
    for file in messages(files)? {
        let bytes =
            std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let message = bytes.trim_ascii();
        let stamp = ReceptionStamp {
            reception: ReceptionId(ids::new_reception_id()),
            received_at: at.unwrap_or_else(now),
            registry_version: version.registry.version,
            station: station.map_or_else(|| any_station(message, &version), |station| station.0),
            submission: None,
        };
        let judgement = cnt_validation::check_bytes(message, &stamp, &version)?;
        let mut problems = judgement.problems.clone();
        let mut verdict = VerdictWord::from(Verdict::from_problems(&problems));
        if judgement.may_occupy
            && let (Some(mif), Some(hash)) = (&judgement.mif, judgement.payload_sha256)
        {
            match seen.take(mif, hash) {
                Duplicate::None => {}
                Duplicate::Replay => verdict = VerdictWord::Replayed,
                Duplicate::Conflict(code, pointer) => {
                    problems.push(Problem::at(code, pointer, ""));
                    verdict = VerdictWord::Rejected;
                }
            }
        }
        all_accepted &= verdict != VerdictWord::Rejected;
        output::json(&MifCheckLine {
            file: file.display().to_string(),
            verdict,
            problems: problems.iter().map(ProblemV1::from).collect(),
        })?;
    }
    Ok(if all_accepted {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// The files, directories taken as what they hold, in the order of their names.
fn messages(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut inside = Vec::new();
            for entry in std::fs::read_dir(path)? {
                let entry = entry?.path();
                if entry.is_file() {
                    inside.push(entry);
                }
            }
            inside.sort();
            files.extend(inside);
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

/// A station of the collectivity that the message names; none known gives zeros, which no station has.
fn any_station(message: &[u8], version: &RegistryVersion) -> [u8; 32] {
    let siren = peek_siren(message);
    version
        .registry
        .stations
        .values()
        .find(|station| siren.as_deref() == Some(station.siren.as_str()))
        .map(|station| station.fingerprint)
        .unwrap_or_default()
}

fn payload_of(message: &[u8]) -> Option<Vec<u8>> {
    let mut scratch = cnt_trust::Scratch::default();
    let parsed =
        cnt_trust::CompactJws::parse(message, &cnt_trust::Limits::default(), &mut scratch).ok()?;
    Some(parsed.payload().to_vec())
}

fn peek_siren(message: &[u8]) -> Option<String> {
    let payload: serde_json::Value = serde_json::from_slice(&payload_of(message)?).ok()?;
    Some(payload.pointer("/service/siren")?.as_str()?.to_owned())
}

/// What a message is to those before it.
enum Duplicate {
    None,
    Replay,
    Conflict(ProblemCode, &'static str),
}

/// The messages of this run that occupy their ids.
#[derive(Default)]
struct Seen {
    ids: HashMap<(String, Uuid), PayloadHash>,
    pv_numbers: HashSet<(String, i16, String)>,
}

impl Seen {
    fn take(&mut self, mif: &Mif, hash: PayloadHash) -> Duplicate {
        let id = (mif.siren.to_string(), mif.id.0);
        match self.ids.get(&id) {
            Some(known) if *known == hash => return Duplicate::Replay,
            Some(_) => {
                return Duplicate::Conflict(ProblemCode::DuplicateConflict, "/entete/id_mif");
            }
            None => {}
        }
        let number = (
            mif.service.to_string(),
            mif.offence.day.year(),
            mif.pv_number.to_string(),
        );
        if !self.pv_numbers.insert(number) {
            return Duplicate::Conflict(ProblemCode::DuplicatePvNumber, "/entete/numero_pv");
        }
        self.ids.insert(id, hash);
        Duplicate::None
    }
}
