//! `cnt operator`: who works at the console. Passwords and secrets of the simulation's accounts lie in the run directory,
//! readable by its owner alone.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Subcommand;
use cnt_service_kit::clock::Clock;
use cnt_service_kit::ids;
use cnt_trust::issue::Hierarchy;
use serde::{Deserialize, Serialize};
use serde_json::json;
use totp_rs::Builder;

use crate::avis::user;
use crate::nation::write_key;
use crate::output;
use crate::system::{CONSOLE, CONSOLE_CARD, RunDir, SystemRecord};

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
    /// Write the card of an operator, certificate and key, as a PKCS#12 file that a browser imports; its password is printed.
    Card {
        /// Whose.
        login: String,
        /// The file.
        #[arg(short, long)]
        output: PathBuf,
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

/// Files of an operator's card: the certificate and its key, PEM.
fn card_files(run_dir: &RunDir, login: &str) -> (PathBuf, PathBuf) {
    let directory = run_dir.path().join("operators");
    let file = |kind: &str| directory.join(format!("{login}.{kind}.pem"));
    (file("crt"), file("key"))
}

/// Issues the authentication certificate of an operator's card, under the simulated nation's authority.
fn issue_card(run_dir: &RunDir, who: (&str, &str), omp: &str) -> anyhow::Result<String> {
    let hierarchy = Hierarchy::load(&run_dir.nation().join("pki"))?;
    let issued = hierarchy.issue_operator(who, omp, hierarchy.params().not_before)?;
    let (certificate, key) = card_files(run_dir, who.0);
    if let Some(directory) = key.parent() {
        std::fs::create_dir_all(directory)?;
    }
    match std::fs::remove_file(&key) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    std::fs::write(&certificate, issued.certificate_pem())
        .with_context(|| format!("cannot write {}", certificate.display()))?;
    write_key(&key, &issued.key_pem())?;
    Ok(issued.certificate_pem())
}

/// Writes an operator's card for a browser, under a password of its own.
fn export_card(run_dir: &RunDir, login: &str, to: &Path) -> anyhow::Result<String> {
    let (certificate, key) = card_files(run_dir, login);
    anyhow::ensure!(
        key.is_file(),
        "{login} has no card from this run directory: `cnt operator add` makes one"
    );
    let password: String = ids::new_random()
        .simple()
        .to_string()
        .chars()
        .take(12)
        .collect();
    let exported = Command::new("openssl")
        .args([
            "pkcs12",
            "-export",
            "-passout",
            "env:CNT_CARD_PASSWORD",
            "-inkey",
        ])
        .arg(&key)
        .arg("-in")
        .arg(&certificate)
        .arg("-name")
        .arg(login)
        .arg("-out")
        .arg(to)
        .env("CNT_CARD_PASSWORD", &password)
        .output()
        .context("openssl cannot be started")?;
    anyhow::ensure!(
        exported.status.success(),
        "openssl: {}",
        String::from_utf8_lossy(&exported.stderr).trim()
    );
    Ok(password)
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
        OperatorCommand::Card { login, output: to } => {
            let password = export_card(run_dir, &login, &to)?;
            output::line(&format!(
                "{} written; its password: {password}",
                to.display()
            ));
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
    let card = issue_card(run_dir, (login, name), omp)?;
    crate::http::put_json_as(
        &format!("{}/v1/operators/{login}", record.url("contestation")?),
        &[("CNT-User", user().as_str())],
        &json!({
            "name": name, "omp": omp, "role": role, "password": account.password,
            "totp_secret": account.totp_secret, "certificate": card,
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

/// Sets an operator up and opens their session with password and code; its cookie.
pub(crate) fn enter(
    run_dir: &RunDir,
    record: &SystemRecord,
    who: (&str, &str, &str),
    omp: &str,
) -> anyhow::Result<String> {
    let account = add(run_dir, record, who, omp)?;
    let agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .build()
        .new_agent();
    let form = [
        ("identifiant", account.login.as_str()),
        ("mot_de_passe", account.password.as_str()),
        ("code", &code(&account)?),
        ("suite", "/file"),
    ];
    let answer = agent
        .post(&format!("{}/connexion", record.url(CONSOLE)?))
        .send_form(form)?;
    let cookie = answer.headers().get("set-cookie");
    let cookie = cookie.and_then(|cookie| cookie.to_str().ok()?.split(';').next());
    cookie.map(str::to_owned).with_context(|| {
        format!(
            "{} was not let in: status {}",
            account.login,
            answer.status()
        )
    })
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
    let command = format!("./dev cnt --run-dir {} operator", run_dir.path().display());
    output::line(&format!("  console of {omp}  {address}"));
    output::line(&format!(
        "  with a card           {}",
        record.url(CONSOLE_CARD)?
    ));
    output::line("  accounts              officier, greffe, chef, controle");
    output::line(&format!("    their passwords     {command} list"));
    output::line(&format!("    a one-time code     {command} code officier"));
    output::line(&format!(
        "    a card              {command} card officier -o officier.p12"
    ));
    Ok(())
}
