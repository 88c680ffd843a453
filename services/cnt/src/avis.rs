//! `cnt avis`: the life of an avis. `cnt life`: the table that every life follows.

use std::process::ExitCode;

use clap::Subcommand;
use cnt_domain::ids::AvisNumber;
use cnt_domain::life::ARROWS;
use serde_json::{Value, json};

use crate::output;
use crate::system::RunDir;

/// What can be asked of an avis.
#[derive(Subcommand)]
pub(crate) enum AvisCommand {
    /// Tell its whole life, each step with its article; journalled.
    Show {
        /// Avis number, ten digits.
        avis: AvisNumber,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// What can be asked of the lives in general.
#[derive(Subcommand)]
pub(crate) enum LifeCommand {
    /// Print every step that an avis may take: state, event, next state, article.
    Table {
        /// Answer as JSON, one line a step.
        #[arg(long)]
        json: bool,
    },
}

/// Who an operator's command acts for.
pub(crate) fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "operator".to_owned())
}

/// `cnt avis`.
pub(crate) fn run(run_dir: &RunDir, command: AvisCommand) -> anyhow::Result<ExitCode> {
    let AvisCommand::Show { avis, json } = command;
    let base = crate::system::running_or_started(run_dir)?.url("contestation")?;
    let url = format!("{base}/v1/avis/{avis}");
    let (status, body) = crate::http::get(&url, &[("CNT-User", user().as_str())])?;
    if status == 404 {
        output::say(&crate::http::refusal(&url, status, &body));
        return Ok(ExitCode::from(1));
    }
    anyhow::ensure!(
        status == 200,
        "{}",
        crate::http::refusal(&url, status, &body)
    );
    if json {
        output::line(&String::from_utf8_lossy(&body));
        return Ok(ExitCode::SUCCESS);
    }
    let life: Value = serde_json::from_slice(&body)?;
    for line in told(&life) {
        output::line(&line);
    }
    Ok(ExitCode::SUCCESS)
}

/// `cnt life`.
pub(crate) fn life(command: LifeCommand) -> anyhow::Result<ExitCode> {
    let LifeCommand::Table { json } = command;
    for arrow in ARROWS {
        let (from, event, to) = (arrow.from.as_str(), arrow.event.as_str(), arrow.to.as_str());
        let basis = arrow.basis;
        if json {
            output::json(&json!({"from": from, "event": event, "to": to, "basis": basis}))?;
        } else {
            output::line(&format!("{from:<15} {event:<18} {to:<15} {basis}"));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or("–")
}

fn euros(cents: &Value) -> String {
    cnt_domain::money::Cents(cents.as_i64().unwrap_or_default()).to_string()
}

/// A life in lines for people.
fn told(life: &Value) -> Vec<String> {
    let deadlines = &life["deadlines"];
    let mut lines = vec![
        format!(
            "avis {}: {} ({})",
            text(life, "avis"),
            text(life, "state"),
            text(life, "omp")
        ),
        format!(
            "  offence {}, sent {} (CPP R49-1){}",
            text(life, "offence_day"),
            text(life, "sent"),
            if life["abroad"] == true {
                ", abroad (CPP 530-2-1)"
            } else {
                ""
            }
        ),
        format!(
            "  fixed fine until {}, by télépaiement {}; requête until {}; titre from {}; prescribed after {}",
            text(deadlines, "forfaitaire_paper"),
            text(deadlines, "forfaitaire_remote"),
            text(deadlines, "requete"),
            text(life, "titre_day"),
            text(life, "prescription")
        ),
        format!(
            "  paid {}, consigned {}",
            euros(&life["received_cents"]),
            euros(&life["consigned_cents"])
        ),
    ];
    if let Some(owed) = life["owed_remote"].as_object() {
        lines.push(format!(
            "  owed today by télépaiement {} ({})",
            euros(&owed["cents"]),
            text(&life["owed_remote"], "tariff")
        ));
    }
    for step in life["steps"].as_array().into_iter().flatten() {
        let basis = step["basis"].as_str().map_or_else(
            || format!("refused: {}", text(step, "refusal")),
            |basis| format!("({basis})"),
        );
        let duties: Vec<&str> = step["duties"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let duties = if duties.is_empty() {
            String::new()
        } else {
            format!(" → {}", duties.join(", "))
        };
        lines.push(format!(
            "  {} {}: {} → {} {basis} [{}]{duties}",
            text(step, "day"),
            text(step, "event"),
            text(step, "before"),
            text(step, "after"),
            text(step, "cause")
        ));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_event_says_why() {
        let life = json!({
            "avis": "9900000001", "state": "paid", "omp": "OMP-35-01", "abroad": true,
            "received_cents": 13_500, "consigned_cents": 0, "deadlines": {},
            "steps": [{
                "n": 1, "day": "2026-12-01", "event": "payment", "before": "paid", "after": "paid",
                "cause": "payment T1", "refusal": "an avis that is paid knows no payment", "duties": [],
            }],
        });
        let lines = told(&life);
        assert_eq!(lines[0], "avis 9900000001: paid (OMP-35-01)");
        assert!(lines[1].ends_with("abroad (CPP 530-2-1)"));
        let last = "  2026-12-01 payment: paid → paid refused: an avis that is paid knows no payment [payment T1]";
        assert_eq!(lines.last().unwrap(), last);
    }
}
