//! `cnt quarantine`: messages that a service could not digest. They count as in progress until they are replayed or
//! discarded; the service carries out what is asked here.

use std::process::ExitCode;

use clap::Subcommand;
use cnt_contracts::commands::QuarantinedLine;
use cnt_contracts::services;
use cnt_store::quarantine::{self, QuarantineEntry, QuarantineState, Request};
use cnt_store::{DatabaseConfig, Session};
use serde_json::json;
use uuid::Uuid;

use crate::output;
use crate::system::{RunDir, SystemRecord};

/// Entries shown at most.
const SHOWN_MAX: i32 = 1000;

/// What can be asked about the quarantine.
#[derive(Subcommand)]
pub(crate) enum QuarantineCommand {
    /// List what waits, of every service.
    List {
        /// One line of JSON per message.
        #[arg(long)]
        json: bool,
        /// Also what was resolved.
        #[arg(long)]
        all: bool,
    },
    /// Show one message with its raw bytes.
    Show {
        /// Its id.
        id: Uuid,
    },
    /// Have it worked on again.
    Replay {
        /// Its id.
        id: Uuid,
    },
    /// Give it up: its sender gets a rejection.
    Discard {
        /// Its id.
        id: Uuid,
    },
}

/// `cnt quarantine`.
pub(crate) fn run(run_dir: &RunDir, command: QuarantineCommand) -> anyhow::Result<ExitCode> {
    let record = crate::system::running_or_started(run_dir)?;
    match command {
        QuarantineCommand::List { json, all } => list(&record, json, all),
        QuarantineCommand::Show { id } => show(&record, id),
        QuarantineCommand::Replay { id } => request(&record, id, true),
        QuarantineCommand::Discard { id } => request(&record, id, false),
    }
}

fn session(record: &SystemRecord, service: &str) -> anyhow::Result<Session> {
    Ok(Session::new(DatabaseConfig::new(
        record.conninfo_of(service)?,
        "cnt-quarantine",
    )))
}

fn summary(service: &str, entry: &QuarantineEntry) -> QuarantinedLine {
    QuarantinedLine {
        id: entry.id,
        service: service.to_owned(),
        topic: entry.record.topic.clone(),
        partition: entry.record.partition,
        offset: entry.record.record_offset,
        state: entry.state.as_str().to_owned(),
        reason: entry.record.reason.clone(),
        detail: entry.record.detail.clone(),
    }
}

fn list(record: &SystemRecord, as_json: bool, all: bool) -> anyhow::Result<ExitCode> {
    let mut shown = 0;
    for service in services::ALL {
        let mut session = session(record, service)?;
        for entry in quarantine::list(session.connection()?, None, SHOWN_MAX)? {
            if !all && !entry.state.is_open() {
                continue;
            }
            shown += 1;
            if as_json {
                output::json(&summary(service, &entry))?;
            } else {
                output::line(&format!(
                    "{}  {service:<13} {:<9} {}: {}",
                    entry.id,
                    entry.state.as_str(),
                    entry.record.reason,
                    entry.record.detail
                ));
            }
        }
    }
    if shown == 0 && !as_json {
        output::say("The quarantine is empty.");
    }
    Ok(ExitCode::SUCCESS)
}

fn show(record: &SystemRecord, id: Uuid) -> anyhow::Result<ExitCode> {
    let Some((service, entry)) = find(record, id)? else {
        return unknown();
    };
    let mut shown = serde_json::to_value(summary(service, &entry))?;
    let headers: Vec<_> = entry
        .record
        .headers
        .iter()
        .map(|(name, value)| json!({"name": name, "hex": hex::encode(value)}))
        .collect();
    let value = entry.record.value.unwrap_or_default();
    if let Some(object) = shown.as_object_mut() {
        object.insert("headers".to_owned(), headers.into());
        object.insert("value".to_owned(), String::from_utf8_lossy(&value).into());
    }
    output::line(&serde_json::to_string_pretty(&shown)?);
    Ok(ExitCode::SUCCESS)
}

fn find(
    record: &SystemRecord,
    id: Uuid,
) -> anyhow::Result<Option<(&'static str, QuarantineEntry)>> {
    for service in services::ALL {
        let mut session = session(record, service)?;
        if let Some(entry) = quarantine::get(session.connection()?, id)? {
            return Ok(Some((service, entry)));
        }
    }
    Ok(None)
}

fn unknown() -> anyhow::Result<ExitCode> {
    output::say("There is no such message in quarantine.");
    Ok(ExitCode::from(1))
}

fn request(record: &SystemRecord, id: Uuid, replay: bool) -> anyhow::Result<ExitCode> {
    let Some((service, _)) = find(record, id)? else {
        return unknown();
    };
    let mut session = session(record, service)?;
    let connection = session.connection()?;
    let outcome = if replay {
        quarantine::request_replay(connection, id)?
    } else {
        quarantine::request_discard(connection, id)?
    };
    match outcome {
        Request::Recorded => {
            output::say(&format!("Asked for; {service} carries it out."));
            Ok(ExitCode::SUCCESS)
        }
        Request::NotWaiting(QuarantineState::Replayed | QuarantineState::Discarded) => {
            output::say("It was resolved already.");
            Ok(ExitCode::from(1))
        }
        Request::NotWaiting(state) => {
            output::say(&format!("It is not waiting but {state}."));
            Ok(ExitCode::from(1))
        }
        Request::Unknown => unknown(),
    }
}
