//! `cnt mif check`: judging files as the system would, with a memory over the files in their order.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use cnt_contracts::commands::MifCheckLine;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::registry::{SnapshotV1, to_registry};
use cnt_contracts::stamp::ReceptionStamp;
use cnt_contracts::verdict::{ProblemV1, VerdictWord};
use cnt_domain::ids::{PayloadHash, ReceptionId};
use cnt_domain::mif::Mif;
use cnt_domain::problem::{Problem, ProblemCode};
use cnt_domain::verdict::Verdict;
use cnt_flow::RegistryVersion;
use cnt_service_kit::ids;
use cnt_validation::{DOUBLE_TICKETING_S, Ticket, Tickets};
use jiff::Timestamp;
use uuid::Uuid;

use super::cases::{MANIFEST, Manifest, Role, SNAPSHOT};
use super::{now, payload_of};
use crate::output;

/// What was asked for.
pub(super) struct Asked {
    pub(super) files: Vec<PathBuf>,
    pub(super) snapshot: Option<PathBuf>,
    pub(super) default_snapshot: PathBuf,
    pub(super) at: Option<Timestamp>,
    pub(super) station: Option<String>,
    pub(super) table: bool,
}

/// One message to judge.
struct Item {
    file: PathBuf,
    /// How it was received, where a directory of cases says so.
    received_at: Option<Timestamp>,
    station: Option<[u8; 32]>,
    /// What a case is for.
    case: Option<(ProblemCode, Role)>,
}

/// `cnt mif check`. A directory of cases is judged by its own registry and instants, and the answer is no when a case
/// does not show what it is for; of other files it is no when one is rejected.
pub(super) fn run(asked: &Asked) -> anyhow::Result<ExitCode> {
    let items = items(&asked.files)?;
    let of_cases = asked.files.iter().find(|path| path.join(MANIFEST).exists());
    let snapshot = match (&asked.snapshot, of_cases) {
        (Some(snapshot), _) => snapshot.clone(),
        (None, Some(directory)) => directory.join(SNAPSHOT),
        (None, None) => asked.default_snapshot.clone(),
    };
    let version = version(&snapshot)?;
    let station = asked
        .station
        .as_deref()
        .map(|text| Hex32::parse(text).context("a station is named by 64 hexadecimal digits"))
        .transpose()?;
    let mut seen = Seen::default();
    let mut is_good = true;
    for item in &items {
        let bytes = std::fs::read(&item.file)
            .with_context(|| format!("cannot read {}", item.file.display()))?;
        let message = bytes.trim_ascii();
        let named = station.map(|station| station.0).or(item.station);
        let stamp = ReceptionStamp {
            reception: ReceptionId(ids::new_reception_id()),
            received_at: asked.at.or(item.received_at).unwrap_or_else(now),
            registry_version: version.registry.version,
            station: named.unwrap_or_else(|| any_station(message, &version)),
            submission: None,
        };
        let (verdict, problems) = judged(message, &stamp, &version, &mut seen)?;
        is_good &= match item.case {
            Some((code, role)) => role.is_shown_by(code, verdict, &problems),
            None => verdict != VerdictWord::Rejected,
        };
        if asked.table {
            output::line(&row(item, verdict, &problems));
        } else {
            output::json(&MifCheckLine {
                file: item.file.display().to_string(),
                verdict,
                problems: problems.iter().map(ProblemV1::from).collect(),
            })?;
        }
    }
    Ok(ExitCode::from(u8::from(!is_good)))
}

fn version(snapshot: &Path) -> anyhow::Result<RegistryVersion> {
    let bytes =
        std::fs::read(snapshot).with_context(|| format!("cannot read {}", snapshot.display()))?;
    let wire: SnapshotV1 = serde_json::from_slice(&bytes)?;
    Ok(RegistryVersion {
        registry: to_registry(&wire)?,
        anchors: wire.anchors,
    })
}

fn judged(
    message: &[u8],
    stamp: &ReceptionStamp,
    version: &RegistryVersion,
    seen: &mut Seen,
) -> anyhow::Result<(VerdictWord, Vec<Problem>)> {
    let judgement = cnt_validation::check_bytes(message, stamp, version)?;
    let mut problems = judgement.problems.clone();
    let mut verdict = VerdictWord::from(Verdict::from_problems(&problems));
    if judgement.may_occupy
        && let (Some(mif), Some(hash)) = (&judgement.mif, judgement.payload_sha256)
    {
        match seen.take(mif, hash) {
            Duplicate::None => {
                let ticket = Ticket::of(mif).filter(|_| verdict == VerdictWord::Accepted);
                if ticket.is_some_and(|ticket| seen.tickets.take(ticket, DOUBLE_TICKETING_S)) {
                    problems.push(Ticket::doubled());
                }
            }
            Duplicate::Replay => verdict = VerdictWord::Replayed,
            Duplicate::Conflict(code, pointer) => {
                problems.push(Problem::at(code, pointer, ""));
                verdict = VerdictWord::Rejected;
            }
        }
    }
    Ok((verdict, problems))
}

/// Code, case, what it showed, verdict, and every code found.
fn row(item: &Item, verdict: VerdictWord, problems: &[Problem]) -> String {
    let name = item.file.file_name().unwrap_or_default().to_string_lossy();
    let verdict_word = match verdict {
        VerdictWord::Accepted => "acceptée",
        VerdictWord::Rejected => "rejetée",
        VerdictWord::Replayed => "rejouée",
    };
    let mut codes: Vec<&str> = problems.iter().map(|found| found.code.as_str()).collect();
    codes.dedup();
    let codes = codes.join(" ");
    let Some((code, role)) = item.case else {
        return format!("{:<30} {name:<40} {verdict_word:<9} {codes}", "");
    };
    let mark = if role.is_shown_by(code, verdict, problems) {
        "ok"
    } else {
        "KO"
    };
    format!(
        "{:<30} {name:<40} {mark} {verdict_word:<9} {codes}",
        code.as_str()
    )
}

/// The messages: directories of cases in the order of their manifest, others in the order of their files' names.
fn items(paths: &[PathBuf]) -> anyhow::Result<Vec<Item>> {
    let plain = |file: PathBuf| Item {
        file,
        received_at: None,
        station: None,
        case: None,
    };
    let mut items = Vec::new();
    for path in paths {
        if path.join(MANIFEST).exists() {
            items.extend(of_cases(path)?);
        } else if path.is_dir() {
            let mut inside = Vec::new();
            for entry in std::fs::read_dir(path)? {
                let entry = entry?.path();
                if entry.is_file() {
                    inside.push(entry);
                }
            }
            inside.sort();
            items.extend(inside.into_iter().map(plain));
        } else {
            items.push(plain(path.clone()));
        }
    }
    Ok(items)
}

fn of_cases(directory: &Path) -> anyhow::Result<Vec<Item>> {
    let file = directory.join(MANIFEST);
    let bytes = std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .with_context(|| format!("{} is no list of cases", file.display()))?;
    manifest
        .cases
        .iter()
        .map(|case| {
            Ok(Item {
                file: directory.join(&case.file),
                received_at: Some(case.received_at.parse()?),
                station: Some(case.station.0),
                case: Some((case.code.parse()?, case.role)),
            })
        })
        .collect()
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
    tickets: Tickets,
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
