//! `cnt titre`: the titres exécutoires that wait for an OMP, and its signature.
//!
//! The key of an OMP lies in the run directory, where the simulation keeps what a card would hold; the service knows the
//! verifying half only.

use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};
use cnt_contracts::officer::OfficerStatement;
use cnt_evidence::SigningKey;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::avis::user;
use crate::officer::{Officer, OfficerArgs};
use crate::output;
use crate::system::RunDir;

/// Times that a titre is asked for again when what waits changes meanwhile.
const ATTEMPTS_MAX: usize = 5;

/// What can be done with titres.
#[derive(Subcommand)]
pub(crate) enum TitreCommand {
    /// List avis that wait for a titre, by OMP, and the titres signed last.
    List {
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Sign what waits (CPP R49-5): the fines are majorées, and their letters leave.
    Sign(SignArgs),
}

/// Arguments of `sign`.
#[derive(Args)]
pub(crate) struct SignArgs {
    /// For this OMP.
    #[arg(long, required_unless_present = "all", conflicts_with = "all")]
    omp: Option<String>,
    /// For every OMP that has something to sign.
    #[arg(long)]
    all: bool,
    /// Answer as JSON, one line a titre.
    #[arg(long)]
    json: bool,
}

/// What waits, and what was signed.
#[derive(Deserialize)]
struct Titres {
    lived_until: Date,
    waiting: Vec<Waiting>,
    signed: Vec<SignedTitre>,
}

#[derive(Serialize, Deserialize)]
struct SignedTitre {
    number: String,
    omp: String,
    day: String,
    avis: u64,
    total_cents: i64,
    note: String,
    signed_by: String,
    signed_at: String,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    omp: String,
    avis: i64,
}

/// A titre given out for signature, or signed.
#[derive(Deserialize)]
struct Titre {
    number: String,
    omp: String,
    day: String,
    avis: u64,
    total_cents: i64,
    text: String,
}

/// `cnt titre`.
pub(crate) fn run(run_dir: &RunDir, command: TitreCommand) -> anyhow::Result<ExitCode> {
    let base = crate::system::running_or_started(run_dir)?.url("contestation")?;
    match command {
        TitreCommand::List { json } => list(&base, json),
        TitreCommand::Sign(args) => {
            let omps = match args.omp {
                Some(omp) => vec![omp],
                None => waiting(&base)?
                    .waiting
                    .into_iter()
                    .map(|row| row.omp)
                    .collect(),
            };
            for omp in omps {
                sign(run_dir, &base, &omp, |titre| told(titre, args.json))?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// The latest day up to which every delay was applied.
pub(crate) fn lived_until(base: &str) -> anyhow::Result<Date> {
    Ok(waiting(base)?.lived_until)
}

/// Signs everything that waits, for every OMP; gives the number of avis.
pub(crate) fn sign_all(run_dir: &RunDir, base: &str) -> anyhow::Result<u64> {
    let mut avis = 0;
    for row in waiting(base)?.waiting {
        sign(run_dir, base, &row.omp, |titre| {
            avis += titre.avis;
            Ok(())
        })?;
    }
    Ok(avis)
}

fn waiting(base: &str) -> anyhow::Result<Titres> {
    let url = format!("{base}/v1/titres");
    let (status, body) = crate::http::get(&url, &[("CNT-User", user().as_str())])?;
    anyhow::ensure!(
        status == 200,
        "{}",
        crate::http::refusal(&url, status, &body)
    );
    Ok(serde_json::from_slice(&body)?)
}

fn list(base: &str, json: bool) -> anyhow::Result<ExitCode> {
    let titres = waiting(base)?;
    if json {
        output::json(&json!({"waiting": titres.waiting, "signed": titres.signed}))?;
        return Ok(ExitCode::SUCCESS);
    }
    for row in titres.waiting {
        output::line(&format!(
            "{}: {} avis wait for a signature",
            row.omp, row.avis
        ));
    }
    for titre in titres.signed {
        output::line(&format!(
            "{} signed by {}: {} avis, {}",
            titre.number,
            titre.signed_by,
            titre.avis,
            cnt_domain::money::Cents(titre.total_cents)
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Signs every titre of an OMP that waits.
fn sign(
    run_dir: &RunDir,
    base: &str,
    omp: &str,
    mut signed_titre: impl FnMut(&Titre) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let key = key(run_dir, omp)?;
    let user = user();
    let headers = [("CNT-User", user.as_str()), ("CNT-Omp", omp)];
    let url = format!("{base}/v1/omp/{omp}/titre");
    let verifier = key.verifier().to_string();
    let vouched =
        Officer::of(run_dir, omp, &OfficerArgs::default())?.sign(&OfficerStatement::Key {
            omp: omp.to_owned(),
            verifier: verifier.clone(),
        })?;
    crate::http::put_json_as(
        &format!("{base}/v1/omp/{omp}/signer"),
        &headers,
        &json!({"verifier": verifier, "signature": vouched}),
    )?;
    let mut attempts = 0;
    loop {
        let (status, body) = crate::http::get(&url, &headers)?;
        if status == 204 {
            return Ok(());
        }
        anyhow::ensure!(
            status == 200,
            "{}",
            crate::http::refusal(&url, status, &body)
        );
        let titre: Titre = serde_json::from_slice(&body)?;
        let note = key.sign(&titre.text)?;
        let signed = crate::http::post_json_as::<Titre>(
            &format!("{url}/sign"),
            &headers,
            &json!({ "note": note }),
        );
        match signed {
            Ok(titre) => signed_titre(&titre)?,
            // A payment or a letter came in between: what waits is another list.
            Err(_) if attempts < ATTEMPTS_MAX => attempts += 1,
            Err(error) => return Err(error),
        }
    }
}

fn told(titre: &Titre, json: bool) -> anyhow::Result<()> {
    if json {
        return output::json(&json!({
            "number": titre.number, "omp": titre.omp, "day": titre.day, "avis": titre.avis,
            "total_cents": titre.total_cents,
        }));
    }
    output::line(&format!(
        "{} signed: {} avis, {}",
        titre.number,
        titre.avis,
        cnt_domain::money::Cents(titre.total_cents)
    ));
    Ok(())
}

/// The key of an OMP, made when it signs for the first time.
fn key(run_dir: &RunDir, omp: &str) -> anyhow::Result<SigningKey> {
    let is_code = omp
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    anyhow::ensure!(is_code && !omp.is_empty(), "{omp:?} is no code of an OMP");
    let directory = run_dir.omp_keys();
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("cannot make {}", directory.display()))?;
    crate::system::kept_key(&directory.join(format!("{omp}.key")), omp)
}
