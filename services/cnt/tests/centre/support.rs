//! A centre in a directory of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// A station of every nation.
pub(crate) const STATION: &str = "STA-215900176-1";

/// What it said, if it succeeded.
pub(crate) fn succeeded(output: &Output) -> String {
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{complained}");
    said.into_owned()
}

/// A centre, stopped at the end whatever happened.
pub(crate) struct Centre {
    directory: PathBuf,
    environment: Vec<(String, String)>,
}

impl Centre {
    /// One whose commands have these variables too.
    pub(crate) fn in_directory(directory: &Path, environment: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            directory: directory.to_owned(),
            environment: environment.iter().map(owned).collect(),
        }
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// A file of its nation.
    pub(crate) fn nation(&self, file: &str) -> PathBuf {
        self.directory.join("nation").join(file)
    }

    /// `cnt` with these arguments, whatever comes of it.
    pub(crate) fn tried(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_cnt"))
            .args(arguments)
            .env("CNT_RUN_DIR", &self.directory)
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .output()
            .unwrap()
    }

    /// `cnt` with these arguments, which must succeed.
    pub(crate) fn cnt(&self, arguments: &[&str]) -> String {
        succeeded(&self.tried(arguments))
    }

    /// curl to the gateway as the station; what it said.
    pub(crate) fn door(&self, path: &str, arguments: &[&str]) -> String {
        let url = self.cnt(&["url", "gateway"]);
        let station = |kind: &str| self.nation(&format!("stations/{STATION}.{kind}.pem"));
        let answer = Command::new("curl")
            .args(["-sS", "--fail-with-body", "--cert"])
            .arg(station("crt"))
            .arg("--key")
            .arg(station("key"))
            .arg("--cacert")
            .arg(self.nation("pki/agents-root.crt.pem"))
            .args(arguments)
            .arg(format!("{}{path}", url.trim()))
            .output()
            .unwrap();
        succeeded(&answer)
    }

    /// Hands in the MIF in a file, sealed by the station; what was acknowledged.
    pub(crate) fn hand_in(&self, file: &Path) -> Value {
        let name = file.to_str().unwrap();
        let seal = self.cnt(&["mif", "seal", name, "--station", STATION]);
        let seal = format!("CNT-Seal: {}", seal.trim());
        let body = format!("@{name}");
        let media = "Content-Type: application/jose";
        let said = self.door(
            "/v1/mifs",
            &["-H", media, "-H", &seal, "--data-binary", &body],
        );
        serde_json::from_str(&said).unwrap()
    }

    /// The receipt with which a reception ends: its avis, why there is none, or its rejection.
    pub(crate) fn end_of(&self, reception: &Value) -> Value {
        let mut cursor = String::new();
        cnt_testkit::wait_for("the end of a MIF", || {
            let page = self.door(&format!("/v1/receipts?wait_s=5{cursor}"), &[]);
            let page: Value = serde_json::from_str(&page)?;
            cursor = format!("&cursor={}", page["cursor"].as_str().unwrap());
            let receipts = page["receipts"].as_array().unwrap();
            let ends = |receipt: &&Value| {
                let goes_on = receipt["type"] == "verdict" && receipt["verdict"] == "accepted";
                receipt["reception"] == *reception && !goes_on
            };
            Ok(receipts.iter().find(ends).cloned())
        })
        .unwrap()
    }
}

impl Drop for Centre {
    fn drop(&mut self) {
        let stopped = self.tried(&["down", "--purge"]);
        if !std::thread::panicking() {
            succeeded(&stopped);
        }
    }
}
