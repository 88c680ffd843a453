//! `cnt card` and `cnt station`: agents' cards and collectivities' stations, at the running registry.
//!
//! Keys are made here and written to files, or on a token; only requests for certificates leave.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use cnt_trust::issue::HolderKey;
use cnt_trust::pkcs11::TokenAccess;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};

use crate::output;
use crate::system::RunDir;
use crate::token::{AUTHENTICATION_ID, SIGNATURE_ID, TokenArgs};

/// What can be asked about cards.
#[derive(Subcommand)]
pub(crate) enum CardCommand {
    /// Issue a card to an agent: two keys (signature, authentication) and their certificates, as files.
    ///
    /// The collectivity must have a convention with the ANTS in force, the agent an habilitation and no card that is
    /// not revoked. Exit code 1: the registry refuses.
    Issue {
        /// SIREN of the collectivity.
        #[arg(long)]
        siren: String,
        /// The agent's number (matricule).
        #[arg(long)]
        agent: String,
        /// Directory to write, made if need be: `signature.key.pem`, `signature.crt.pem` and the same of
        /// `authentication`. Nothing is overwritten; keys are readable by their owner only. With a token, which makes and
        /// keeps the keys, the certificates alone, which are put on the token too.
        #[arg(short, long)]
        output: PathBuf,
        #[command(flatten)]
        token: TokenArgs,
        #[command(flatten)]
        how: How,
    },
    /// Suspend a card from now on, or end its suspension.
    Suspend {
        /// Serial number of the card.
        serial: String,
        /// End the suspension.
        #[arg(long)]
        lift: bool,
        #[command(flatten)]
        how: How,
    },
    /// Revoke a card, for good.
    Revoke {
        /// Serial number of the card.
        serial: String,
        /// Why; after loss, theft and compromise, what was signed before but received after is refused too.
        #[arg(long)]
        reason: Reason,
        /// Instant from which it holds (RFC 3339), also past or future; now on the legal clock when absent.
        #[arg(long)]
        effective: Option<Timestamp>,
        #[command(flatten)]
        how: How,
    },
    /// Show a card: its state, its certificates, and who did what to it.
    Show {
        /// Serial number of the card.
        serial: String,
        /// One line of JSON, certificates included.
        #[arg(long)]
        json: bool,
    },
}

/// What can be asked about stations.
#[derive(Subcommand)]
pub(crate) enum StationCommand {
    /// Issue a station to a collectivity: two keys (connection, seal) and their certificates, as files.
    ///
    /// The collectivity must have a convention with the ANTAI in force. Exit code 1: the registry refuses.
    Issue {
        /// SIREN of the collectivity.
        #[arg(long)]
        siren: String,
        /// Name of the station: at most twenty-four letters, digits, `-` or `.`.
        #[arg(long)]
        name: String,
        /// Directory to write, made if need be: `connection.key.pem`, `connection.crt.pem` and the same of `seal`.
        /// Nothing is overwritten; keys are readable by their owner only.
        #[arg(short, long)]
        output: PathBuf,
        #[command(flatten)]
        how: How,
    },
    /// Cut a station off at once: both its certificates are revoked, and it may send no more.
    Cut {
        /// Name of the station.
        name: String,
        /// Why.
        #[arg(long)]
        reason: Reason,
        #[command(flatten)]
        how: How,
    },
}

/// What all acts have in common.
#[derive(Args)]
pub(crate) struct How {
    /// Who acts, for the journal.
    #[arg(
        long,
        env = "CNT_OPERATOR",
        hide_env_values = true,
        default_value = "operator"
    )]
    by: String,
    /// One line of JSON.
    #[arg(long)]
    json: bool,
}

/// Why a card is revoked, or a station cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reason {
    /// It was lost.
    Loss,
    /// It was stolen.
    Theft,
    /// A key or its code is known to others.
    Compromise,
    /// The agent left.
    Departure,
    /// The collectivity left.
    CollectivityLeaving,
    /// It states something that is not so.
    WrongData,
    /// Another has replaced it.
    Superseded,
}

impl Reason {
    /// As the registry writes it.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Loss => "loss",
            Self::Theft => "theft",
            Self::Compromise => "compromise",
            Self::Departure => "departure",
            Self::CollectivityLeaving => "collectivity_leaving",
            Self::WrongData => "wrong_data",
            Self::Superseded => "superseded",
        }
    }
}

/// `cnt card`.
pub(crate) fn card(run_dir: &RunDir, command: CardCommand) -> anyhow::Result<ExitCode> {
    let registry = crate::system::running_or_started(run_dir)?.url("registry")?;
    match command {
        CardCommand::Issue {
            siren,
            agent,
            output,
            token,
            how,
        } => {
            let body = json!({"siren": siren, "matricule": agent, "by": how.by});
            let url = format!("{registry}/v1/cards");
            match token.access() {
                Some(access) => issue_on_token(&url, body, &access, &output, &how),
                None => issue(&url, body, &CARD_PAIR, &output, &how),
            }
        }
        CardCommand::Suspend { serial, lift, how } => {
            let act = if lift { "resumption" } else { "suspension" };
            let url = format!("{registry}/v1/cards/{serial}/{act}");
            done(&url, &json!({"by": how.by}), &how)
        }
        CardCommand::Revoke {
            serial,
            reason,
            effective,
            how,
        } => {
            let url = format!("{registry}/v1/cards/{serial}/revocation");
            let body = json!({
                "reason": reason.as_str(),
                "effective_at_s": effective.map(Timestamp::as_second),
                "by": how.by,
            });
            done(&url, &body, &how)
        }
        CardCommand::Show { serial, json } => show(&format!("{registry}/v1/cards/{serial}"), json),
    }
}

/// `cnt station`.
pub(crate) fn station(run_dir: &RunDir, command: StationCommand) -> anyhow::Result<ExitCode> {
    let registry = crate::system::running_or_started(run_dir)?.url("registry")?;
    match command {
        StationCommand::Issue {
            siren,
            name,
            output,
            how,
        } => {
            let body = json!({"siren": siren, "name": name, "by": how.by});
            let pair = ["connection", "seal"];
            issue(
                &format!("{registry}/v1/stations"),
                body,
                &pair,
                &output,
                &how,
            )
        }
        StationCommand::Cut { name, reason, how } => {
            let url = format!("{registry}/v1/stations/{name}/cut");
            done(
                &url,
                &json!({"reason": reason.as_str(), "by": how.by}),
                &how,
            )
        }
    }
}

/// The two keys of a card.
const CARD_PAIR: [&str; 2] = ["signature", "authentication"];

/// What the registry answered: done, or refused in its own words.
enum Answer {
    Done(Value),
    Refused(String),
}

fn answer(url: &str, status: u16, body: &[u8]) -> anyhow::Result<Answer> {
    match status {
        200..300 => Ok(Answer::Done(serde_json::from_slice(body)?)),
        400..500 => Ok(Answer::Refused(crate::http::refusal(url, status, body))),
        _ => anyhow::bail!(crate::http::refusal(url, status, body)),
    }
}

/// A member of an answer; null when there is none.
fn field<'v>(value: &'v Value, key: &str) -> &'v Value {
    value.get(key).unwrap_or(&Value::Null)
}

fn post(url: &str, body: &Value) -> anyhow::Result<Answer> {
    let sent = crate::http::agent().post(url).send_json(body);
    let mut response = sent.with_context(|| format!("no answer from {url}"))?;
    let status = response.status().as_u16();
    answer(url, status, &response.body_mut().read_to_vec()?)
}

fn refused(why: &str) -> ExitCode {
    output::say(&format!("cnt: {why}"));
    ExitCode::from(1)
}

fn done(url: &str, body: &Value, how: &How) -> anyhow::Result<ExitCode> {
    let answered = match post(url, body)? {
        Answer::Refused(why) => return Ok(refused(&why)),
        Answer::Done(answered) => answered,
    };
    if how.json {
        output::json(&answered)?;
    } else {
        output::line(&format!(
            "Done: version {} of the registry.",
            field(&answered, "version")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes both keys of a card on a token, has them certified, and puts the certificates on the token and into files.
fn issue_on_token(
    url: &str,
    mut body: Value,
    access: &TokenAccess,
    directory: &Path,
    how: &How,
) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let [signature, authentication] = CARD_PAIR;
    let keys = [
        (signature, SIGNATURE_ID),
        (authentication, AUTHENTICATION_ID),
    ];
    // Both are looked for first: a refusal leaves nothing behind.
    let token = access.open()?;
    for (_, id) in keys {
        anyhow::ensure!(
            !token.has_key(&[id])?,
            "the token holds a key {id:02x} already: it is somebody's card"
        );
    }
    drop(token);
    for (usage, id) in keys {
        let token = access.open()?;
        token.generate_p256(&[id], &usage.to_uppercase())?;
        let request = token.into_key(&[id])?.request_pem()?;
        if let Some(body) = body.as_object_mut() {
            body.insert(format!("{usage}_request"), request.into());
        }
    }
    let answered = match post(url, &body)? {
        Answer::Refused(why) => {
            // Keys that nobody certified are good for nothing.
            let token = access.open()?;
            for (_, id) in keys {
                token.destroy(&[id])?;
            }
            return Ok(refused(&why));
        }
        Answer::Done(answered) => answered,
    };
    let token = access.open()?;
    let mut files = Vec::with_capacity(keys.len());
    for (usage, id) in keys {
        let pem = field(&answered, usage).as_str();
        let pem = pem.context("no certificate came back")?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes())?;
        token.store_certificate(&[id], &der)?;
        let file = directory.join(format!("{usage}.crt.pem"));
        write(&file, 0o644, pem)?;
        files.push(file);
    }
    let serial = field(&answered, "serial").as_str().unwrap_or_default();
    if how.json {
        let version = field(&answered, "version");
        output::json(&json!({"holder": serial, "version": version, "files": files}))?;
    } else {
        output::line(&format!(
            "{serial} was issued (version {} of the registry) on the token {}; its certificates are in {} too.",
            field(&answered, "version"),
            access.token,
            directory.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes two keys, has them certified and writes all four files. The keys are on disk before anybody certifies them.
fn issue(
    url: &str,
    mut body: Value,
    pair: &[&str; 2],
    directory: &Path,
    how: &How,
) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    let file = |usage: &str, kind: &str| directory.join(format!("{usage}.{kind}.pem"));
    for usage in pair {
        let certificate = file(usage, "crt");
        anyhow::ensure!(
            !certificate.exists(),
            "{} is there already",
            certificate.display()
        );
    }
    let mut keys = Vec::with_capacity(pair.len());
    for usage in pair {
        let key = HolderKey::generate()?;
        let path = file(usage, "key");
        write(&path, 0o600, &key.key_pem())?;
        keys.push(path);
        if let Some(body) = body.as_object_mut() {
            body.insert(format!("{usage}_request"), key.request_pem()?.into());
        }
    }
    let answered = match post(url, &body)? {
        Answer::Refused(why) => {
            // Keys that nobody certified are good for nothing.
            for key in &keys {
                std::fs::remove_file(key)?;
            }
            return Ok(refused(&why));
        }
        Answer::Done(answered) => answered,
    };
    for usage in pair {
        let pem = field(&answered, usage).as_str();
        write(
            &file(usage, "crt"),
            0o644,
            pem.context("no certificate came back")?,
        )?;
    }
    let holder = answered.get("serial").or_else(|| answered.get("name"));
    let holder = holder.and_then(Value::as_str).unwrap_or_default();
    if how.json {
        let files: Vec<_> = pair
            .iter()
            .flat_map(|usage| [file(usage, "crt"), file(usage, "key")])
            .collect();
        output::json(
            &json!({"holder": holder, "version": field(&answered, "version"), "files": files}),
        )?;
    } else {
        output::line(&format!(
            "{holder} was issued (version {} of the registry); its keys and certificates are in {}.",
            field(&answered, "version"),
            directory.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn show(url: &str, json: bool) -> anyhow::Result<ExitCode> {
    let (status, body) = crate::http::get(url, &[])?;
    let card = match answer(url, status, &body)? {
        Answer::Refused(why) => return Ok(refused(&why)),
        Answer::Done(card) => card,
    };
    if json {
        output::json(&card)?;
        return Ok(ExitCode::SUCCESS);
    }
    let text = |value: &Value| value.as_str().unwrap_or("–").to_owned();
    output::line(&format!(
        "{} of agent {} of {}: {}",
        text(field(&card, "serial")),
        text(field(&card, "matricule")),
        text(field(&card, "siren")),
        text(field(&card, "status")).replace('_', " ")
    ));
    if let Some(revocation) = field(&card, "revocation").as_object() {
        let of = |key: &str| revocation.get(key).map(text).unwrap_or_default();
        output::line(&format!("  {} from {}", of("reason"), of("effective_at")));
    }
    let list = |key: &str| field(&card, key).as_array().cloned().unwrap_or_default();
    for certificate in list("certificates") {
        output::line(&format!(
            "  {} certificate {} until {}",
            text(field(&certificate, "usage")),
            text(field(&certificate, "number")),
            text(field(&certificate, "not_after"))
        ));
    }
    for entry in list("journal") {
        output::line(&format!(
            "  {} {} by {}, version {}",
            text(field(&entry, "at")),
            text(field(&entry, "act")),
            text(field(&entry, "by")),
            field(&entry, "version")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn write(path: &Path, mode: u32, text: &str) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut open| {
            open.write_all(text.as_bytes())?;
            open.sync_all()
        })
        .with_context(|| format!("cannot write {}", path.display()))
}
