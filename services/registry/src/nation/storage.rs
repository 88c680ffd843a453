//! A nation in a directory.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use cnt_contracts::registry::SnapshotV1;
use cnt_contracts::senders::SendersV1;
use cnt_trust::issue::Hierarchy;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Credential, Nation, NationError, NationSecrets};

const SNAPSHOT_FILE: &str = "snapshot.json";
const SENDERS_FILE: &str = "senders.json";
const PKI_DIRECTORY: &str = "pki";

impl Nation {
    /// Writes `snapshot.json`, `senders.json`, `pki/`, `cards/`, `stations/` and `officers/` into a directory, which is made if
    /// need be. Private keys are readable by their owner only.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn save(&self, directory: &Path) -> Result<(), NationError> {
        for part in ["", "cards", "stations", "officers"] {
            let path = directory.join(part);
            fs::create_dir_all(&path).map_err(file("create", &path))?;
        }
        self.secrets
            .hierarchy
            .save(&directory.join(PKI_DIRECTORY))?;
        let senders = &self.secrets.senders;
        for (agent, card) in senders.agents.iter().zip(&self.secrets.cards) {
            save_credential(directory, &agent.certificate, &agent.key, card)?;
        }
        for (station, credential) in senders.stations.iter().zip(&self.secrets.stations) {
            save_credential(directory, &station.certificate, &station.key, credential)?;
        }
        for (station, seal) in senders.stations.iter().zip(&self.secrets.seals) {
            let (certificate, key) = seal_files(&station.name);
            save_credential(directory, &certificate, &key, seal)?;
        }
        self.save_officers(directory)?;
        save_json(&directory.join(SENDERS_FILE), senders)?;
        save_json(&directory.join(SNAPSHOT_FILE), &self.snapshot)
    }

    /// The signature certificate and key of the officer of each OMP.
    fn save_officers(&self, directory: &Path) -> Result<(), NationError> {
        let hierarchy = &self.secrets.hierarchy;
        for omp in &self.snapshot.omps {
            let since = hierarchy.params().not_before;
            let issued = hierarchy.issue_officer(&omp.code, &omp.court, since)?;
            let (certificate, key) = officer_files(&omp.code);
            let credential = Credential {
                certificate_pem: issued.certificate_pem(),
                key_pem: issued.key_pem(),
            };
            save_credential(directory, &certificate, &key, &credential)?;
        }
        Ok(())
    }

    /// Reads what [`Self::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not hold what it should.
    pub fn load(directory: &Path) -> Result<Self, NationError> {
        let snapshot = load_snapshot(&directory.join(SNAPSHOT_FILE))?;
        let senders: SendersV1 = load_json(&directory.join(SENDERS_FILE))?;
        let cards = senders
            .agents
            .iter()
            .map(|agent| load_credential(directory, &agent.certificate, &agent.key))
            .collect::<Result<_, _>>()?;
        let stations = senders
            .stations
            .iter()
            .map(|station| load_credential(directory, &station.certificate, &station.key))
            .collect::<Result<_, _>>()?;
        let seals = senders
            .stations
            .iter()
            .map(|station| {
                let (certificate, key) = seal_files(&station.name);
                load_credential(directory, &certificate, &key)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            snapshot,
            secrets: NationSecrets {
                hierarchy: Hierarchy::load(&directory.join(PKI_DIRECTORY))?,
                senders,
                cards,
                stations,
                seals,
            },
        })
    }
}

/// Reads a snapshot file.
///
/// # Errors
/// When the file is missing or is no snapshot.
pub(crate) fn load_snapshot(path: &Path) -> Result<SnapshotV1, NationError> {
    load_json(path)
}

fn file<'p>(action: &'static str, path: &'p Path) -> impl FnOnce(io::Error) -> NationError + 'p {
    move |source| NationError::File {
        action,
        path: path.to_owned(),
        source,
    }
}

/// Where an officer's certificate and key are, in the directory of a nation.
#[must_use]
pub fn officer_files(omp: &str) -> (String, String) {
    let file = |kind: &str| format!("officers/{omp}.{kind}.pem");
    (file("crt"), file("key"))
}

/// Where a station's seal certificate and its key are.
fn seal_files(station: &str) -> (String, String) {
    let file = |kind: &str| format!("stations/{station}.seal.{kind}.pem");
    (file("crt"), file("key"))
}

fn save_credential(
    directory: &Path,
    certificate: &str,
    key: &str,
    credential: &Credential,
) -> Result<(), NationError> {
    write(
        &directory.join(certificate),
        0o644,
        credential.certificate_pem.as_bytes(),
    )?;
    write(&directory.join(key), 0o600, credential.key_pem.as_bytes())
}

fn load_credential(
    directory: &Path,
    certificate: &str,
    key: &str,
) -> Result<Credential, NationError> {
    let read = |name: &str| {
        let path = directory.join(name);
        fs::read_to_string(&path).map_err(file("read", &path))
    };
    Ok(Credential {
        certificate_pem: read(certificate)?,
        key_pem: read(key)?,
    })
}

fn save_json<T: Serialize>(path: &Path, value: &T) -> Result<(), NationError> {
    let json = serde_json::to_vec_pretty(value).map_err(|source| NationError::Content {
        path: path.to_owned(),
        source,
    })?;
    write(path, 0o644, &json)
}

fn load_json<T: DeserializeOwned>(path: &Path) -> Result<T, NationError> {
    let json = fs::read(path).map_err(file("read", path))?;
    serde_json::from_slice(&json).map_err(|source| NationError::Content {
        path: path.to_owned(),
        source,
    })
}

/// Writes a file anew; the mode counts from its first byte.
fn write(path: &Path, mode: u32, bytes: &[u8]) -> Result<(), NationError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(file("replace", path)(error));
        }
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut open| open.write_all(bytes))
        .map_err(file("write", path))
}
