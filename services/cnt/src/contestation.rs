//! `cnt contestation`: the queue of an OMP, a file, a decision.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use cnt_contracts::officer::OfficerStatement;
use jiff::civil::Date;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::avis::user;
use crate::officer::{Officer, OfficerArgs};
use crate::output;
use crate::system::RunDir;

/// What can be done with contestations.
#[derive(Subcommand)]
pub(crate) enum ContestationCommand {
    /// List the queue of an OMP, oldest prescription first; without one, the OMP that have open files.
    List {
        /// The OMP.
        #[arg(long)]
        omp: Option<String>,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a file with the grounds of inadmissibility that the facts support; journalled.
    Show {
        /// The contestation.
        id: Uuid,
        /// The OMP.
        #[arg(long)]
        omp: String,
    },
    /// Put a file into the queue of another OMP, with the reason; exits with 1 when it cannot go.
    Transfer {
        /// The contestation.
        id: Uuid,
        /// The OMP that has it.
        #[arg(long)]
        omp: String,
        /// The version of the file that was read.
        #[arg(long)]
        version: i32,
        /// Whom it goes to.
        #[arg(long)]
        to: String,
        /// Why, at most 400 characters.
        reason: String,
    },
    /// Ask for a report of the agent or a piece of the applicant; the file shows it with its day.
    Ask {
        /// The contestation.
        id: Uuid,
        /// The OMP.
        #[arg(long)]
        omp: String,
        /// Whom.
        #[arg(long)]
        of: Whom,
        /// What, at most 600 characters.
        what: String,
    },
    /// Say what came back to a question, and on which day.
    Answered {
        /// The question, as the file shows it.
        id: Uuid,
        /// The OMP.
        #[arg(long)]
        omp: String,
        /// The day (YYYY-MM-DD).
        #[arg(long)]
        day: Date,
        /// What, at most 1,000 characters.
        answer: String,
    },
    /// Decide a file, signed with the officer's certificate. Whatever else waits about the avis is answered by the same
    /// decision, and its letter leaves.
    Decide(DecideArgs),
}

/// Whom something is asked of.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Whom {
    /// The agent: a report.
    Agent,
    /// The applicant: a piece.
    Applicant,
}

/// Arguments of `decide`.
#[derive(Args)]
pub(crate) struct DecideArgs {
    /// The contestation.
    id: Uuid,
    /// The OMP.
    #[arg(long)]
    omp: String,
    /// The version of the file that was read: a file that changed since is not decided.
    #[arg(long)]
    version: i32,
    #[command(flatten)]
    officer: OfficerArgs,
    #[command(subcommand)]
    decision: DecisionCommand,
}

/// The decision.
#[derive(Subcommand)]
pub(crate) enum DecisionCommand {
    /// It cannot be received: by its grounds alone, never on the merits (CPP 530-1).
    Inadmissible {
        /// One to three grounds: `IRR_DELAI`…
        #[arg(long = "ground", required = true)]
        grounds: Vec<String>,
    },
    /// Renunciation of the prosecution (CPP 530-1).
    Classement {
        /// Why.
        #[arg(long)]
        reason: Reason,
    },
    /// The réclamation is received: the titre is annulled and the comptable told (CPP 530, R49-8); the file still waits for
    /// its decision.
    Admit,
    /// The fine was paid: it stands (CPP 529).
    Maintain,
    /// To the tribunal de police (CPP 530-1).
    Prosecute {
        /// How it judges.
        #[arg(long)]
        court: Court,
    },
    /// Another driver is charged: the avis is closed, and they get one of their own (CPP 529-10).
    Redesignate {
        /// Last name.
        #[arg(long)]
        last_name: String,
        /// First names.
        #[arg(long)]
        first_names: String,
        /// A line of the address, in their order: complements, street, town with its postcode, code of the country if
        /// abroad.
        #[arg(long = "line", required = true)]
        address: Vec<String>,
        /// Day of birth (YYYY-MM-DD).
        #[arg(long)]
        birth: Option<Date>,
        /// Number of the driving licence; CPP 529-10 asks it (R49-16).
        #[arg(long)]
        licence: Option<String>,
    },
}

/// Why the prosecution is renounced.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Reason {
    /// The offence is not sufficiently established.
    NotEstablished,
    /// The addressee is not its author.
    NotTheAuthor,
    /// A fault of the procedure.
    Procedure,
    /// The circumstances that the addressee made known.
    Circumstances,
}

/// The procedure before the tribunal de police.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Court {
    /// Without a hearing (CPP 524).
    OrdonnancePenale,
    /// With a hearing (CPP 531).
    Hearing,
}

/// `cnt contestation`.
pub(crate) fn run(run_dir: &RunDir, command: ContestationCommand) -> anyhow::Result<ExitCode> {
    let base = crate::system::running_or_started(run_dir)?.url("contestation")?;
    match command {
        ContestationCommand::List { omp, json } => list(&base, omp.as_deref(), json),
        ContestationCommand::Show { id, omp } => show(&base, id, &omp),
        ContestationCommand::Transfer {
            id,
            omp,
            version,
            to,
            reason,
        } => {
            let body = json!({"version": version, "omp": to, "reason": reason});
            told(
                &format!("{base}/v1/contestations/{id}/transfer"),
                &omp,
                &body,
            )
        }
        ContestationCommand::Decide(args) => decide(run_dir, &base, &args),
        ContestationCommand::Ask { id, omp, of, what } => {
            let kind = match of {
                Whom::Agent => "report",
                Whom::Applicant => "piece",
            };
            // The same question about the same file is one, however often it is asked.
            let question = crate::courrier::id_of(&format!("{id}\n{kind}\n{what}"));
            let body = json!({"id": question, "kind": kind, "what": what});
            told(
                &format!("{base}/v1/contestations/{id}/inquiries"),
                &omp,
                &body,
            )
        }
        ContestationCommand::Answered {
            id,
            omp,
            day,
            answer,
        } => {
            let body = json!({"answer": answer, "day": day});
            told(&format!("{base}/v1/inquiries/{id}/answer"), &omp, &body)
        }
    }
}

/// A POST that answers nothing; a conflict is a no.
fn told(url: &str, omp: &str, body: &Value) -> anyhow::Result<ExitCode> {
    let user = user();
    let headers = [("CNT-User", user.as_str()), ("CNT-Omp", omp)];
    let (status, answer) = crate::http::post_any(url, &headers, body)?;
    match status {
        204 => Ok(ExitCode::SUCCESS),
        409 => Ok(refused(&crate::http::refusal(url, status, &answer))),
        _ => anyhow::bail!("{}", crate::http::refusal(url, status, &answer)),
    }
}

/// The answer of a GET, or what refused it.
fn asked(url: &str, omp: Option<&str>) -> anyhow::Result<Result<Value, String>> {
    let user = user();
    let mut headers = vec![("CNT-User", user.as_str())];
    headers.extend(omp.map(|omp| ("CNT-Omp", omp)));
    let (status, body) = crate::http::get(url, &headers)?;
    if status == 404 {
        return Ok(Err(crate::http::refusal(url, status, &body)));
    }
    anyhow::ensure!(
        status == 200,
        "{}",
        crate::http::refusal(url, status, &body)
    );
    Ok(Ok(serde_json::from_slice(&body)?))
}

fn refused(why: &str) -> ExitCode {
    output::say(why);
    ExitCode::from(1)
}

/// A list of an answer; nothing where it has none.
pub(crate) fn list_of<'a>(answer: &'a Value, member: &str) -> &'a [Value] {
    let list = answer.get(member).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn list(base: &str, omp: Option<&str>, json: bool) -> anyhow::Result<ExitCode> {
    let Some(omp) = omp else {
        let found = asked(&format!("{base}/v1/omps"), None)?;
        let omps = match found {
            Ok(omps) => omps,
            Err(why) => return Ok(refused(&why)),
        };
        if json {
            output::json(&omps)?;
        } else {
            for omp in list_of(&omps, "omps") {
                output::line(&format!(
                    "{}: {} queued, {} claimed, first prescription {}",
                    omp["omp"].as_str().unwrap_or("–"),
                    omp["queued"],
                    omp["claimed"],
                    omp["oldest_prescription"].as_str().unwrap_or("–")
                ));
            }
        }
        return Ok(ExitCode::SUCCESS);
    };
    let mut after = String::new();
    loop {
        let page = match asked(&format!("{base}/v1/omp/{omp}/queue{after}"), Some(omp))? {
            Ok(page) => page,
            Err(why) => return Ok(refused(&why)),
        };
        for entry in list_of(&page, "entries") {
            if json {
                output::json(entry)?;
            } else {
                output::line(&format!(
                    "{} avis {} {} version {} received {} prescription {}{}",
                    entry["id"].as_str().unwrap_or("–"),
                    entry["avis"].as_str().unwrap_or("–"),
                    entry["ground"].as_str().unwrap_or("–"),
                    entry["version"],
                    entry["received_at"].as_str().unwrap_or("–"),
                    entry["prescription"].as_str().unwrap_or("–"),
                    if entry["admissible_deadline_ok"] == false {
                        " (late)"
                    } else {
                        ""
                    }
                ));
            }
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = format!("?after={next}"),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn show(base: &str, id: Uuid, omp: &str) -> anyhow::Result<ExitCode> {
    let url = format!("{base}/v1/contestations/{id}");
    let file = match asked(&url, Some(omp))? {
        Ok(file) => file,
        Err(why) => return Ok(refused(&why)),
    };
    let admissibility = match asked(&format!("{url}/admissibility"), Some(omp))? {
        Ok(admissibility) => admissibility,
        Err(why) => return Ok(refused(&why)),
    };
    output::json(&json!({"file": file, "admissibility": admissibility}))?;
    Ok(ExitCode::SUCCESS)
}

fn decision_of(decision: &DecisionCommand) -> Value {
    match decision {
        DecisionCommand::Inadmissible { grounds } => {
            json!({"kind": "inadmissible", "grounds": grounds})
        }
        DecisionCommand::Classement { reason } => {
            let reason = match reason {
                Reason::NotEstablished => "not_established",
                Reason::NotTheAuthor => "not_the_author",
                Reason::Procedure => "procedure",
                Reason::Circumstances => "circumstances",
            };
            json!({"kind": "classement", "reason": reason})
        }
        DecisionCommand::Admit => json!({"kind": "admission"}),
        DecisionCommand::Maintain => json!({"kind": "fine_maintained"}),
        DecisionCommand::Prosecute { court } => {
            let court = match court {
                Court::OrdonnancePenale => "ordonnance_penale",
                Court::Hearing => "hearing",
            };
            json!({"kind": "prosecution", "court": court})
        }
        DecisionCommand::Redesignate {
            last_name,
            first_names,
            address,
            birth,
            licence,
        } => json!({
            "kind": "redesignation", "last_name": last_name, "first_names": first_names,
            "address": address, "birth": birth, "licence": licence,
        }),
    }
}

fn decide(run_dir: &RunDir, base: &str, args: &DecideArgs) -> anyhow::Result<ExitCode> {
    let decision = decision_of(&args.decision);
    let officer = Officer::of(run_dir, &args.omp, &args.officer)?;
    let signature = officer.sign(&OfficerStatement::Decision {
        contestation: args.id,
        omp: args.omp.clone(),
        version: args.version,
        decision: decision.clone(),
    })?;
    let answer: Value = crate::http::post_json_as(
        &format!("{base}/v1/contestations/{}/decide", args.id),
        &[
            ("CNT-User", user().as_str()),
            ("CNT-Omp", args.omp.as_str()),
        ],
        &json!({"version": args.version, "decision": decision, "signature": signature}),
    )?;
    output::json(&answer)?;
    Ok(ExitCode::SUCCESS)
}
