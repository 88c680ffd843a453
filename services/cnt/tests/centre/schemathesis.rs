//! The gateway's API tried against its own description by schemathesis: nothing that the description forbids is
//! accepted, nothing is answered that it does not tell.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::{Centre, STATION, succeeded};

/// Tests run in their package's folder.
const DEPLOY: &str = "../../deploy/schemathesis";
const DESCRIPTION: &str = "../../schemas/openapi/gateway.json";

fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(cache) = set("CNT_CACHE") {
        return PathBuf::from(cache);
    }
    match set("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache).join("cnt"),
        None => PathBuf::from(set("HOME").unwrap()).join(".cache/cnt"),
    }
}

/// The programs of a virtual environment with what `requirements.txt` names; another for every change of that.
fn programs() -> PathBuf {
    let requirements = Path::new(DEPLOY).join("requirements.txt");
    let version = cnt_trust::sha256(&std::fs::read(&requirements).unwrap());
    let parent = cache().join("schemathesis");
    let folder = parent.join(hex::encode(version));
    let finished = folder.join("finished");
    if !finished.exists() {
        std::fs::create_dir_all(&parent).unwrap();
        // Made in its place, for its programs name it.
        let venv = Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .output()
            .unwrap();
        succeeded(&venv);
        let pip = Command::new(folder.join("bin/pip"))
            .args([
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--requirement",
            ])
            .arg(&requirements)
            .output()
            .unwrap();
        succeeded(&pip);
        std::fs::write(finished, "").unwrap();
    }
    folder.join("bin")
}

#[test]
fn the_gateway_does_what_its_description_says() {
    let st = programs().join("st");
    let directory = tempfile::tempdir().unwrap();
    let centre = Centre::in_directory(&directory.path().join("centre"), &[]);
    centre.cnt(&["up", "--detach"]);
    let url = centre.cnt(&["url", "gateway"]);
    // There is a receipt, and nobody waits for the first.
    let mif = directory.path().join("mif.jose");
    std::fs::write(&mif, "e.y.J").unwrap();
    centre.hand_in(&mif);
    let is_full = std::env::var_os("CNT_TEST_FULL").is_some();
    let hooks = std::fs::canonicalize(DEPLOY).unwrap();
    let output = Command::new(st)
        .current_dir(directory.path())
        .arg("run")
        .arg(std::fs::canonicalize(DESCRIPTION).unwrap())
        .args(["--url", url.trim(), "--seed", "7"])
        .args(["--max-examples", if is_full { "300" } else { "30" }])
        // No schema can describe a signature, the hash of a body or a cursor that was given out.
        .args(["--exclude-checks", "positive_data_acceptance"])
        // Readers at the end of the receipts may wait for half a minute.
        .args(["--request-timeout", "60", "--no-color"])
        .arg("--request-cert")
        .arg(centre.nation(&format!("stations/{STATION}.crt.pem")))
        .arg("--request-cert-key")
        .arg(centre.nation(&format!("stations/{STATION}.key.pem")))
        .arg("--tls-verify")
        .arg(centre.nation("pki/agents-root.crt.pem"))
        .env("SCHEMATHESIS_HOOKS", "hooks")
        .env("PYTHONPATH", hooks)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let summary = said
        .split_once("SUMMARY")
        .map_or("", |(_, summary)| summary);
    // Straight to standard error: the summary is part of what the test says, not only of failures.
    std::io::Write::write_all(&mut std::io::stderr(), summary.as_bytes()).unwrap();
    assert!(output.status.success(), "{said}");
    let description: Value = serde_json::from_slice(&std::fs::read(DESCRIPTION).unwrap()).unwrap();
    let operations: usize = description["paths"]
        .as_object()
        .unwrap()
        .values()
        .map(|path| path.as_object().unwrap().len())
        .sum();
    assert!(
        summary.contains(&format!("Tested: {operations}")),
        "{summary}"
    );
}
