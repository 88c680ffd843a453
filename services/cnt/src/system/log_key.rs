//! Keys of the simulation that are made once per system: that with which the archive signs its checkpoints, those of OMP.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cnt_evidence::SigningKey;

use super::RunDir;

/// Name of the simulation's log: the origin of its checkpoints.
const ORIGIN: &str = "cnt.invalid/archive";

/// The file of the archive's private key; the public key lies beside it.
pub(super) fn ensure(run_dir: &RunDir) -> anyhow::Result<PathBuf> {
    let file = run_dir.path().join("archive.key");
    let key = kept_key(&file, ORIGIN)?;
    fs::write(run_dir.archive_verifier(), format!("{}\n", key.verifier()))?;
    Ok(file)
}

/// The private key in a file, made under that name if there is none, and readable by its owner only.
pub(crate) fn kept_key(file: &Path, name: &str) -> anyhow::Result<SigningKey> {
    if !file.exists() {
        let mut seed = [0; 32];
        aws_lc_rs::rand::fill(&mut seed)
            .ok()
            .context("the system gives no random bytes")?;
        let text = SigningKey::encode(name, &seed)?;
        let unfinished = file.with_extension("unfinished");
        if unfinished.exists() {
            fs::remove_file(&unfinished)?;
        }
        let mut key = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)?;
        key.write_all(text.as_bytes())?;
        key.sync_all()?;
        fs::rename(&unfinished, file)?;
    }
    SigningKey::parse(fs::read_to_string(file)?.trim_end())
        .with_context(|| format!("{} holds no signing key", file.display()))
}
