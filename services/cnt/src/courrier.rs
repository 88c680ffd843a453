//! `cnt courrier`: the mail room's lots, and what becomes of envelopes.

mod index;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand, ValueEnum};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::avis::user;
use crate::contestation::list_of;
use crate::output;
use crate::system::RunDir;
pub(crate) use index::{Line, id_of, read};

/// Envelopes in one request.
const CHUNK_ENVELOPES: usize = 100;
/// Bytes of scans in one request, unless one scan alone is larger.
const CHUNK_BYTES: usize = 12 << 20;

/// What can be done with envelopes.
#[derive(Subcommand)]
pub(crate) enum CourrierCommand {
    /// Import a lot of the mail room. Each envelope counts once, however often the lot is imported.
    ///
    /// DIR holds `courrier.csv` and the scans that it names (PDF, TIFF, JPEG or PNG). One envelope a line, separated by
    /// semicolons, with a header:
    ///
    /// `enveloppe;nature;avis;recu_le;poste_le;scan;cas;texte;pieces;consignation;motif`
    ///
    /// `enveloppe` is the mail room's own number; `nature` is requete, reclamation, designation, npai, photo, pv, adresse,
    /// paiement, delais, donnees or inconnu; `avis` the number as it was read; `recu_le` and `poste_le` days (YYYY-MM-DD),
    /// the second empty where the postmark cannot be read. Of a contestation: `cas` 1, 2 or 3, `texte`, `pieces` of avis,
    /// formulaire, recommande, motif, preuve, conducteur, destinataire with spaces between, `consignation` in euros. Of a
    /// letter that came back: `motif` inconnu, adressage, refuse or `non_reclame`. The lot is read whole before anything is
    /// imported.
    Import {
        /// The directory.
        dir: PathBuf,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the envelopes that wait for an owner, oldest first.
    List {
        /// Whose.
        #[arg(long)]
        owner: OwnerWord,
        /// Also those that were answered or need no answer.
        #[arg(long)]
        all: bool,
        /// Answer as JSON, one line an envelope.
        #[arg(long)]
        json: bool,
    },
    /// Show an envelope; journalled.
    Show {
        /// The envelope.
        id: Uuid,
    },
    /// Fetch the scan of an envelope; journalled.
    Scan {
        /// The envelope.
        id: Uuid,
        /// File to write.
        #[arg(short, long)]
        output: PathBuf,
    },
    /// Say how an envelope was answered, or why it need not be.
    Answer(AnswerArgs),
    /// Say what an unidentifiable envelope is, and about which avis.
    Identify {
        /// The envelope.
        id: Uuid,
        /// Avis number; left out when the kind needs none.
        #[arg(long)]
        avis: Option<String>,
        /// What it is, such as `requete` or `data_protection`; left out when that was known.
        #[arg(long)]
        kind: Option<String>,
        /// Of a contestation that was not known to be one: `vehicule`, `designation` or `autre`.
        #[arg(long)]
        ground: Option<String>,
        /// What it says.
        #[arg(long, default_value = "")]
        text: String,
    },
}

/// Arguments of `answer`.
#[derive(Args)]
pub(crate) struct AnswerArgs {
    /// The envelope.
    id: Uuid,
    #[command(flatten)]
    how: How,
}

/// How.
#[derive(Args)]
#[group(required = true, multiple = false)]
struct How {
    /// It was answered so; nothing of the person.
    #[arg(long)]
    answered: Option<String>,
    /// No answer is needed, for this reason; nothing of the person.
    #[arg(long)]
    none_needed: Option<String>,
    /// The new address was declared on that day, and that is proved: the majoration falls (CPP 530, R49-6-1).
    #[arg(long)]
    address_declared: Option<Date>,
}

/// Who owes answers.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum OwnerWord {
    /// The officers.
    Omp,
    /// The CNT.
    Cnt,
    /// The comptable public.
    Comptable,
    /// The data protection officer.
    Dpo,
    /// The mail room.
    MailRoom,
}

impl OwnerWord {
    const fn word(self) -> &'static str {
        match self {
            OwnerWord::Omp => "omp",
            OwnerWord::Cnt => "cnt",
            OwnerWord::Comptable => "comptable",
            OwnerWord::Dpo => "dpo",
            OwnerWord::MailRoom => "mail_room",
        }
    }
}

/// `cnt courrier`.
pub(crate) fn run(run_dir: &RunDir, command: CourrierCommand) -> anyhow::Result<ExitCode> {
    let base = || crate::system::running_or_started(run_dir)?.url("contestation");
    match command {
        CourrierCommand::Import { dir, json } => {
            // What cannot be read is said before anything is asked of the system.
            let lines = read(&dir)?;
            import(&base()?, &dir, &lines, json)
        }
        CourrierCommand::List { owner, all, json } => list(&base()?, owner, all, json),
        CourrierCommand::Show { id } => show(&base()?, id),
        CourrierCommand::Scan { id, output } => scan(&base()?, id, &output),
        CourrierCommand::Answer(args) => {
            let how = args.how;
            let body = if let Some(how) = how.answered {
                json!({"kind": "answered", "how": how})
            } else if let Some(why) = how.none_needed {
                json!({"kind": "none_needed", "why": why})
            } else {
                json!({"kind": "address_declared", "declared_on": how.address_declared})
            };
            told(
                &format!("{}/v1/courriers/{}/answer", base()?, args.id),
                &body,
            )
        }
        CourrierCommand::Identify {
            id,
            avis,
            kind,
            ground,
            text,
        } => {
            let body = json!({"avis": avis, "kind": kind, "ground": ground, "text": text});
            told(&format!("{}/v1/courriers/{id}/identify", base()?), &body)
        }
    }
}

#[derive(Deserialize)]
struct Registered {
    envelopes: u64,
}

/// Sends the lines in requests of a size that the service takes. Returns how many envelopes it acknowledged.
pub(crate) fn send(base: &str, dir: &Path, lines: &[Line]) -> anyhow::Result<u64> {
    let (mut chunk, mut bytes, mut sent) = (Vec::new(), 0, 0);
    for line in lines {
        let path = dir.join(&line.scan);
        let scan =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        if chunk.len() >= CHUNK_ENVELOPES || (bytes + scan.len() > CHUNK_BYTES && !chunk.is_empty())
        {
            sent += post(base, std::mem::take(&mut chunk))?;
            bytes = 0;
        }
        bytes += scan.len();
        chunk.push(json!({"envelope": line.envelope, "scan": STANDARD.encode(scan)}));
    }
    if !chunk.is_empty() {
        sent += post(base, chunk)?;
    }
    Ok(sent)
}

fn post(base: &str, envelopes: Vec<Value>) -> anyhow::Result<u64> {
    let answer: Registered = crate::http::post_json_as(
        &format!("{base}/v1/courriers"),
        &[("CNT-User", user().as_str())],
        &json!({ "envelopes": envelopes }),
    )?;
    Ok(answer.envelopes)
}

fn import(base: &str, dir: &Path, lines: &[Line], json: bool) -> anyhow::Result<ExitCode> {
    let envelopes = send(base, dir, lines)?;
    let mut by_kind: BTreeMap<&str, u64> = BTreeMap::new();
    for line in lines {
        *by_kind.entry(line.nature.as_str()).or_default() += 1;
    }
    if json {
        output::json(&json!({"envelopes": envelopes, "by_kind": by_kind}))?;
    } else {
        output::line(&format!("{envelopes} envelopes registered"));
        for (kind, count) in by_kind {
            output::line(&format!("  {kind:<12} {count:>6}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The bytes of a GET; nothing when there is no such thing, which has been said.
fn asked(url: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let (status, body) = crate::http::get(url, &[("CNT-User", user().as_str())])?;
    match status {
        200 => Ok(Some(body)),
        404 => {
            output::say(&crate::http::refusal(url, status, &body));
            Ok(None)
        }
        _ => anyhow::bail!("{}", crate::http::refusal(url, status, &body)),
    }
}

fn list(base: &str, owner: OwnerWord, all: bool, json: bool) -> anyhow::Result<ExitCode> {
    let mut after = String::new();
    loop {
        let owner = owner.word();
        let url = format!("{base}/v1/courriers?owner={owner}&all={all}{after}");
        let Some(body) = asked(&url)? else {
            return Ok(ExitCode::from(1));
        };
        let page: Value = serde_json::from_slice(&body)?;
        for entry in list_of(&page, "entries") {
            if json {
                output::json(entry)?;
            } else {
                let word = |member: &str| entry[member].as_str().unwrap_or("–");
                output::line(&format!(
                    "{} {:<15} avis {} received {} {}{}",
                    word("id"),
                    word("kind"),
                    word("avis"),
                    word("received_on"),
                    word("outcome"),
                    entry["outcome_detail"]
                        .as_str()
                        .map(|detail| format!(": {detail}"))
                        .unwrap_or_default()
                ));
            }
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn show(base: &str, id: Uuid) -> anyhow::Result<ExitCode> {
    let Some(body) = asked(&format!("{base}/v1/courriers/{id}"))? else {
        return Ok(ExitCode::from(1));
    };
    output::line(&String::from_utf8_lossy(&body));
    Ok(ExitCode::SUCCESS)
}

fn scan(base: &str, id: Uuid, file: &Path) -> anyhow::Result<ExitCode> {
    let Some(body) = asked(&format!("{base}/v1/courriers/{id}/scan"))? else {
        return Ok(ExitCode::from(1));
    };
    std::fs::write(file, &body).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(ExitCode::SUCCESS)
}

/// A POST that answers nothing: 404 and 409 are a no.
fn told(url: &str, body: &Value) -> anyhow::Result<ExitCode> {
    let (status, answer) = crate::http::post_any(url, &[("CNT-User", user().as_str())], body)?;
    match status {
        204 => Ok(ExitCode::SUCCESS),
        404 | 409 => {
            output::say(&crate::http::refusal(url, status, &answer));
            Ok(ExitCode::from(1))
        }
        _ => anyhow::bail!("{}", crate::http::refusal(url, status, &answer)),
    }
}
