//! `cnt nation`: test collectivities with agents, cards, devices and stations, from a seed.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use cnt_registry::nation::{COLLECTIVITIES_DEFAULT, Nation, NationParams};
use cnt_trust::issue::{AuthorityRole, Hierarchy};
use cnt_trust::pkcs11::TokenAccess;
use jiff::civil::Date;
use jiff::{Span, ToSpan as _};

use crate::output;
use crate::token::TokenArgs;

/// Agents of each collectivity.
const AGENTS_PER_COLLECTIVITY: usize = 5;

/// How long before today a nation begins: offences of the recent past must find agents and cards in force.
fn lead() -> Span {
    120.days()
}

/// What can be asked about nations.
#[derive(Subcommand)]
pub(crate) enum NationCommand {
    /// Make one. With a token, its authorities' keys are made there: whoever starts the centre sets the variable with
    /// the token's personal code.
    Make {
        /// Directory to write.
        #[arg(short, long)]
        output: PathBuf,
        /// Decides everything.
        #[arg(long, default_value_t = 7)]
        seed: u64,
        /// Collectivities.
        #[arg(long, default_value_t = COLLECTIVITIES_DEFAULT)]
        collectivities: usize,
        /// Agents of each.
        #[arg(long, default_value_t = AGENTS_PER_COLLECTIVITY)]
        agents: usize,
        /// First day of habilitations, devices and stations (default: 120 days ago).
        #[arg(long)]
        start: Option<Date>,
        #[command(flatten)]
        token: TokenArgs,
    },
}

/// `cnt nation`.
pub(crate) fn run(command: NationCommand) -> anyhow::Result<ExitCode> {
    let NationCommand::Make {
        output,
        seed,
        collectivities,
        agents,
        start,
        token,
    } = command;
    let start = start.map_or_else(default_start, Ok)?;
    make(
        &output,
        &NationParams {
            seed,
            collectivities,
            agents_per_collectivity: agents,
            start,
        },
        token.access().as_ref(),
    )?;
    output::say(&format!(
        "{collectivities} collectivities written to {}",
        output.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Makes a nation in a directory unless there is one.
pub(crate) fn ensure(directory: &Path, seed: u64, collectivities: usize) -> anyhow::Result<()> {
    if directory.join("snapshot.json").is_file() {
        return server_certificates(directory);
    }
    let params = NationParams {
        seed,
        collectivities,
        agents_per_collectivity: AGENTS_PER_COLLECTIVITY,
        start: default_start()?,
    };
    make(directory, &params, None)
}

fn make(
    directory: &Path,
    params: &NationParams,
    token: Option<&TokenAccess>,
) -> anyhow::Result<()> {
    let nation = match token {
        Some(access) => Nation::build_on_token(params, access)?,
        None => Nation::build(params)?,
    };
    nation.save(directory)?;
    server_certificates(directory)
}

/// A server whose certificate lies in a nation's directory.
pub(crate) struct TlsServer {
    name: &'static str,
    /// File of its certificate and of its authority's.
    pub(crate) certificate: &'static str,
    /// File of its private key.
    pub(crate) key: &'static str,
}

/// Where tickets are taken.
pub(crate) const GATEWAY: TlsServer = TlsServer {
    name: "gateway",
    certificate: "gateway.crt.pem",
    key: "gateway.key.pem",
};
/// Where operators come in with their cards.
pub(crate) const CONSOLE: TlsServer = TlsServer {
    name: "console",
    certificate: "console.crt.pem",
    key: "console.key.pem",
};

/// Writes the servers' certificates, for this machine alone, issued by the nation's AC Services CNT, unless they are there.
fn server_certificates(directory: &Path) -> anyhow::Result<()> {
    // A key is written last: both are there, or both are made again.
    let missing: Vec<&TlsServer> = [&GATEWAY, &CONSOLE]
        .into_iter()
        .filter(|server| !directory.join(server.key).is_file())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let hierarchy = Hierarchy::load(&directory.join("pki"))?;
    let services = hierarchy.authority(AuthorityRole::Services);
    let since = hierarchy.params().not_before;
    for server in missing {
        let names = ["localhost", "127.0.0.1"];
        let issued = hierarchy.issue_tls_server(server.name, &names, since)?;
        let chain = format!("{}{}", issued.certificate_pem(), services.certificate_pem());
        let certificate = directory.join(server.certificate);
        std::fs::write(&certificate, chain)
            .with_context(|| format!("cannot write {}", certificate.display()))?;
        write_key(&directory.join(server.key), &issued.key_pem())?;
    }
    Ok(())
}

/// Writes a private key, readable by its owner only.
pub(crate) fn write_key(path: &Path, pem: &str) -> anyhow::Result<()> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(pem.as_bytes()))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn default_start() -> anyhow::Result<Date> {
    let (clock, _) = cnt_service_kit::clock::Clock::system();
    Ok(clock.legal_today_paris().checked_sub(lead())?)
}
