//! What the services of a system are told by their environment.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use cnt_contracts::services;
use cnt_service_kit::ids;
use cnt_stack::Stack;

use super::RunDir;
use crate::nation::{CONSOLE, GATEWAY};

/// What one service alone is told.
pub(super) fn own_setting(
    service: &str,
    preview: SocketAddr,
    log_key: &Path,
) -> Option<(String, String)> {
    let (key, value) = match service {
        cnt_edition::NAME => ("EDITION__PREVIEW__LISTEN", preview.to_string()),
        cnt_archive::NAME => (
            "ARCHIVE__EVIDENCE__KEY_FILE",
            log_key.to_string_lossy().into_owned(),
        ),
        _ => return None,
    };
    Some((format!("CNT_{key}"), value))
}

/// What portal and console are told: plain HTTP on loopback addresses, TLS for cards, the officers' keys of the simulated
/// nation.
pub(super) fn contestation_environment(
    run_dir: &RunDir,
    stack: &Stack,
    [portal, console, card, preview]: [SocketAddr; 4],
) -> Vec<(String, String)> {
    let key = |name: &str| format!("CNT_CONTESTATION__CONSOLE__{name}");
    let portal_key = |name: &str| format!("CNT_CONTESTATION__PORTAL__{name}");
    let nation = run_dir.nation();
    let path = |file: &str| nation.join(file).to_string_lossy().into_owned();
    vec![
        (portal_key("LISTEN"), portal.to_string()),
        (portal_key("SECURE_COOKIE"), "false".to_owned()),
        (key("LISTEN"), console.to_string()),
        (
            key("CONNINFO"),
            stack.postgres().conninfo(services::CONSOLE_ROLE),
        ),
        (key("SECURE_COOKIE"), "false".to_owned()),
        (key("PREVIEW_URL"), format!("http://{preview}")),
        (key("SIGNATURES"), path("officers")),
        (key("CARD__LISTEN"), card.to_string()),
        (key("CARD__CERTIFICATE"), path(CONSOLE.certificate)),
        (key("CARD__KEY"), path(CONSOLE.key)),
    ]
}

/// The secret from which the keys printed on avis are derived; made once per system, readable by its owner only.
pub(super) fn portal_secret(run_dir: &RunDir) -> anyhow::Result<String> {
    let path = run_dir.path().join("portal.secret");
    if let Ok(secret) = std::fs::read_to_string(&path) {
        return Ok(secret);
    }
    let secret = format!(
        "{}{}",
        ids::new_random().simple(),
        ids::new_random().simple()
    );
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)?;
    file.write_all(secret.as_bytes())?;
    Ok(secret)
}

/// What a service is told when it starts, besides its defaults.
pub(super) fn environment(
    run_dir: &RunDir,
    stack: &Stack,
    service: &str,
    http: Option<SocketAddr>,
    ops: SocketAddr,
    portal_secret: &str,
) -> Vec<(String, String)> {
    let key = |name: &str| format!("CNT_{}__{name}", service.to_uppercase());
    let path = |path: PathBuf| path.to_string_lossy().into_owned();
    let mut environment = vec![
        (
            key("DATABASE__CONNINFO"),
            stack.postgres().conninfo(service),
        ),
        (
            key("BROKER__BOOTSTRAP"),
            stack.kafka().bootstrap().to_owned(),
        ),
        (key("BROKER__SASL__USERNAME"), service.to_owned()),
        (
            key("BROKER__SASL__PASSWORD_FILE"),
            path(stack.kafka().password_file(service)),
        ),
        // The broker listens on a loopback address.
        (key("BROKER__SASL__TLS"), "false".to_owned()),
        (key("OBJECTS__DIR"), path(run_dir.objects())),
        (key("OPS__LISTEN"), ops.to_string()),
        (key("SIMULATION__ENABLED"), "true".to_owned()),
    ];
    if let Some(http) = http {
        environment.push((key("HTTP__LISTEN"), http.to_string()));
    }
    if service == "validation" {
        // Small lots, so that both instances of edition get their share of a short run.
        environment.push((key("LOT__RECORDS_MAX"), "200".to_owned()));
    }
    if service == "edition" {
        environment.push((key("PORTAL__SECRET"), portal_secret.to_owned()));
        environment.push((key("FORMES__DIR"), path(run_dir.formes())));
    }
    if service == "gateway" {
        let nation = run_dir.nation();
        environment.push((
            key("TLS__CERTIFICATE"),
            path(nation.join(GATEWAY.certificate)),
        ));
        environment.push((key("TLS__KEY"), path(nation.join(GATEWAY.key))));
    }
    if service == "registry" {
        environment.push((
            key("SEED__SNAPSHOT"),
            path(run_dir.nation().join("snapshot.json")),
        ));
        environment.push((
            key("AUTHORITIES__DIRECTORY"),
            path(run_dir.nation().join("pki")),
        ));
    }
    environment
}
