//! `cnt operator`: who works at the console. Passwords and secrets of the simulation's accounts lie in the run directory,
//! readable by its owner alone.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Subcommand;
use cnt_service_kit::clock::Clock;
use cnt_service_kit::ids;
use serde::{Deserialize, Serialize};
use serde_json::json;
use totp_rs::Builder;

use crate::avis::user;
use crate::output;
use crate::system::{CONSOLE, RunDir, SystemRecord};

/// The accounts of a demonstration: login, name, role.
const DEMO: [(&str, &str, &str); 4] = [
    ("officier", "Claude Essai", "officer"),
    ("greffe", "Dominique Essai", "clerk"),
    ("chef", "Camille Essai", "supervisor"),
    ("controle", "Maxime Essai", "auditor"),
];
/// Whose queue they see where none has files.
const DEMO_OMP: &str = "OMP-35-01";

/// What can be done with operators.
#[derive(Subcommand)]
pub(crate) enum OperatorCommand {
    /// Set an operator up, or anew, with a password and a secret of one-time codes of their own; both are printed once.
    Add {
        /// A lower-case letter, then letters, digits, dots, dashes.
        login: String,
        /// Their name.
        #[arg(long)]
        name: String,
        /// Their OMP.
        #[arg(long)]
        omp: String,
        /// `officer`, `clerk`, `supervisor` or `auditor`.
        #[arg(long, value_parser = ["officer", "clerk", "supervisor", "auditor"])]
        role: String,
    },
    /// List the operators that were set up from this run directory, with their passwords.
    List {
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
    /// The one-time code of an operator, as their telephone would show it.
    Code {
        /// Whose.
        login: String,
    },
}

/// An operator, as the run directory keeps them.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Account {
    login: String,
    name: String,
    omp: String,
    role: String,
    password: String,
    totp_secret: String,
}

/// `cnt operator`.
pub(crate) fn run(run_dir: &RunDir, command: OperatorCommand) -> anyhow::Result<ExitCode> {
    match command {
        OperatorCommand::Add {
            login,
            name,
            omp,
            role,
        } => {
            let record = crate::system::running_or_started(run_dir)?;
            let account = add(run_dir, &record, (&login, &name, &role), &omp)?;
            output::line(&format!(
                "{} may enter at {}",
                account.login,
                record.url(CONSOLE)?
            ));
            output::line(&format!("  password              {}", account.password));
            output::line(&format!("  secret of the codes   {}", account.totp_secret));
        }
        OperatorCommand::List { json } => {
            let accounts = read(run_dir)?;
            if json {
                output::json(&accounts)?;
            } else {
                for account in &accounts {
                    output::line(&format!(
                        "{:<12} {:<11} {}  {}",
                        account.login, account.role, account.omp, account.password
                    ));
                }
            }
            return Ok(ExitCode::from(u8::from(accounts.is_empty())));
        }
        OperatorCommand::Code { login } => {
            let accounts = read(run_dir)?;
            let account = accounts
                .iter()
                .find(|account| account.login == login)
                .with_context(|| format!("{login} was not set up from this run directory"))?;
            output::line(&code(account)?);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn code(account: &Account) -> anyhow::Result<String> {
    let secret = hex::decode(&account.totp_secret)?;
    let codes = Builder::new().with_secret(secret).build()?;
    let now = Clock::system().0.real_now().as_second();
    Ok(codes.generate(u64::try_from(now)?).to_string())
}

fn file(run_dir: &RunDir) -> PathBuf {
    run_dir.path().join("operators.json")
}

fn read(run_dir: &RunDir) -> anyhow::Result<Vec<Account>> {
    match std::fs::read(file(run_dir)) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

/// Sets an operator up and keeps them in the run directory.
fn add(
    run_dir: &RunDir,
    record: &SystemRecord,
    (login, name, role): (&str, &str, &str),
    omp: &str,
) -> anyhow::Result<Account> {
    let random = || ids::new_random().simple().to_string();
    let account = Account {
        login: login.to_owned(),
        name: name.to_owned(),
        omp: omp.to_owned(),
        role: role.to_owned(),
        password: random().chars().take(16).collect(),
        totp_secret: format!(
            "{}{}",
            random(),
            random().chars().take(8).collect::<String>()
        ),
    };
    crate::http::put_json_as(
        &format!("{}/v1/operators/{login}", record.url("contestation")?),
        &[("CNT-User", user().as_str())],
        &json!({
            "name": name, "omp": omp, "role": role, "password": account.password,
            "totp_secret": account.totp_secret,
        }),
    )?;
    let mut accounts = read(run_dir)?;
    accounts.retain(|other| other.login != login);
    accounts.push(account.clone());
    let new = file(run_dir).with_extension("new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(&new)?
        .write_all(&serde_json::to_vec_pretty(&accounts)?)?;
    std::fs::rename(new, file(run_dir))?;
    Ok(account)
}

#[derive(Deserialize)]
struct Omps {
    omps: Vec<Omp>,
}

#[derive(Deserialize)]
struct Omp {
    omp: String,
    queued: i64,
}

/// Sets the accounts of a demonstration up, for the OMP with the longest queue, unless they are there; says where to go.
pub(crate) fn show_console(run_dir: &RunDir, record: &SystemRecord) -> anyhow::Result<()> {
    let address = record.url(CONSOLE)?;
    let accounts = read(run_dir)?;
    let has_demo = accounts.iter().any(|account| account.login == DEMO[0].0);
    let omp = match accounts.iter().find(|account| account.login == DEMO[0].0) {
        Some(account) => account.omp.clone(),
        None => {
            let url = format!("{}/v1/omps", record.url("contestation")?);
            let (status, body) = crate::http::get(&url, &[("CNT-User", user().as_str())])?;
            anyhow::ensure!(
                status == 200,
                "{}",
                crate::http::refusal(&url, status, &body)
            );
            let omps: Omps = serde_json::from_slice(&body)?;
            let longest = omps.omps.into_iter().max_by_key(|omp| omp.queued);
            longest.map_or_else(|| DEMO_OMP.to_owned(), |omp| omp.omp)
        }
    };
    if !has_demo {
        for (login, name, role) in DEMO {
            add(run_dir, record, (login, name, role), &omp)?;
        }
    }
    output::line(&format!("  console of {omp}  {address}"));
    output::line(
        "  accounts              officier, greffe, chef, controle: `cnt operator list`, `cnt operator code officier`",
    );
    Ok(())
}
