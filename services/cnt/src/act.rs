//! `cnt act`: the file of acts of the procedure. `cnt comptable`: what the comptable has to know.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::avis::user;
use crate::contestation::list_of;
use crate::payment::{Summary, cents};
use crate::system::RunDir;
use crate::{lines, output};

/// Acts in one request.
const CHUNK: usize = 300;

/// What can be done with acts.
#[derive(Subcommand)]
pub(crate) enum ActCommand {
    /// Import a file of acts. Each reference counts once, however often the file is imported.
    ///
    /// CSV with a header line, separated by semicolons: `reference;avis;date;acte;amende`. The act is `relaxe`,
    /// `condamnation`, `opposition` (CPP 527, 530-1) or `interruption` (an act of prosecution, CPP 9-2); the fine, in euros,
    /// goes with a condamnation alone. The file is read whole before anything is imported. Exit code 1 when an act was not
    /// applied.
    Import {
        /// The file.
        file: PathBuf,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What can be done for the comptable.
#[derive(Subcommand)]
pub(crate) enum ComptableCommand {
    /// List what the comptable has to know and has not had: titres annulled (CPP R49-8), money to give back or set off.
    Notices {
        /// Say that the comptable has what is listed; it is listed no more.
        #[arg(long)]
        take: bool,
        /// Answer as JSON, one line a notice.
        #[arg(long)]
        json: bool,
    },
}

/// A line of the file.
#[derive(Debug, Deserialize)]
struct Line {
    reference: String,
    avis: String,
    date: String,
    acte: String,
    amende: String,
}

/// An act as the service takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Act {
    reference: String,
    avis: String,
    day: Date,
    kind: &'static str,
    fine_cents: Option<i64>,
}

/// `cnt act`.
pub(crate) fn run(run_dir: &RunDir, command: ActCommand) -> anyhow::Result<ExitCode> {
    let ActCommand::Import { file, json } = command;
    let acts = read(&file)?;
    let base = crate::system::running_or_started(run_dir)?.url("contestation")?;
    let mut summary = Summary::default();
    for chunk in acts.chunks(CHUNK) {
        let answer: Summary = crate::http::post_json_as(
            &format!("{base}/v1/acts"),
            &[("CNT-User", user().as_str())],
            &json!({ "acts": chunk }),
        )?;
        summary.add(answer);
    }
    summary.tell("acts", json)
}

fn read(file: &Path) -> anyhow::Result<Vec<Act>> {
    lines::read(file, "reference", |line: &Line| &line.reference, act)
}

fn act(line: Line) -> anyhow::Result<Act> {
    let kind = match line.acte.as_str() {
        "relaxe" => "relaxe",
        "condamnation" => "conviction",
        "opposition" => "opposition",
        "interruption" => "interruption",
        other => anyhow::bail!("{other:?} is no act of the procedure"),
    };
    let fine_cents = match line.amende.as_str() {
        "" => None,
        text => Some(cents(text).with_context(|| format!("{text:?} is no amount"))?),
    };
    anyhow::ensure!(
        (kind == "conviction") == fine_cents.is_some(),
        "a condamnation, and nothing else, has a fine"
    );
    Ok(Act {
        day: line
            .date
            .parse()
            .with_context(|| format!("{:?} is no date", line.date))?,
        reference: line.reference,
        avis: line.avis,
        kind,
        fine_cents,
    })
}

/// `cnt comptable`.
pub(crate) fn comptable(run_dir: &RunDir, command: ComptableCommand) -> anyhow::Result<ExitCode> {
    let ComptableCommand::Notices { take, json } = command;
    let base = crate::system::running_or_started(run_dir)?.url("contestation")?;
    let url = format!("{base}/v1/comptable/notices");
    let user = user();
    let headers = [("CNT-User", user.as_str())];
    loop {
        let (status, body) = crate::http::get(&url, &headers)?;
        anyhow::ensure!(
            status == 200,
            "{}",
            crate::http::refusal(&url, status, &body)
        );
        let answer: Value = serde_json::from_slice(&body)?;
        let notices = list_of(&answer, "notices");
        for notice in notices {
            if json {
                output::json(notice)?;
            } else {
                output::line(&told(notice));
            }
        }
        if !take || notices.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        let ids: Vec<&Value> = notices
            .iter()
            .filter_map(|notice| notice.get("id"))
            .collect();
        let body = json!({ "ids": ids });
        let _taken: Value = crate::http::post_json_as(&format!("{url}/taken"), &headers, &body)?;
    }
}

fn told(notice: &Value) -> String {
    let word = |member: &str| notice.get(member).and_then(Value::as_str).unwrap_or("–");
    let cents = notice.get("cents").and_then(Value::as_i64);
    let what = match cents {
        Some(cents) => format!("{} {}", word("what"), cnt_domain::money::Cents(cents)),
        None => format!("{} {}", word("what"), word("titre")),
    };
    format!(
        "avis {} {} {what} ({})",
        word("avis"),
        word("day"),
        word("basis")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acts_are_read_or_refused_with_their_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("acts.csv");
        let read_text = |lines: &str| {
            let text = format!("reference;avis;date;acte;amende\n{lines}");
            std::fs::write(&file, text).unwrap();
            read(&file).map_err(|error| format!("{error:#}"))
        };
        let good = "J1;9900000001;2027-03-01;condamnation;150\nJ2;9900000002;2027-03-01;relaxe;\n";
        let acts = read_text(good).unwrap();
        assert_eq!(acts[0].fine_cents, Some(15_000));
        assert_eq!((acts[1].kind, acts[1].fine_cents), ("relaxe", None));
        for (bad, why) in [
            ("J3;9900000003;2027-03-01;relaxe;10\n", "has a fine"),
            ("J3;9900000003;2027-03-01;condamnation;\n", "has a fine"),
            ("J3;9900000003;2027-03-01;grâce;\n", "is no act"),
            ("J1;9900000003;2027-03-01;relaxe;\n", "line 2 too"),
        ] {
            let error = read_text(&format!("{good}{bad}")).unwrap_err();
            assert!(error.contains(why) && error.contains("line 4"), "{error}");
        }
    }
}
