//! A hierarchy in a directory: PEM files and the parameters.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::IssueError;
use super::authority::{Authority, AuthorityAlgorithm, AuthorityRole};
use super::hierarchy::{Hierarchy, HierarchyParams};
use super::keys::{AuthorityKey, read_pkcs8};
use crate::serial::SerialNumber;

const PARAMS_FILE: &str = "hierarchy.json";
/// What says on which token the key of an authority is, after its name.
const TOKEN_FILE: &str = "token.json";

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct StoredParams {
    /// Hexadecimal. As secret as a private key: keys are drawn from it.
    seed: String,
    not_before: i64,
    algorithm: AuthorityAlgorithm,
}

impl Hierarchy {
    /// Writes the hierarchy into a directory, which is made if need be: `<authority>.crt.pem`,
    /// `<authority>.key.pem`, or `<authority>.token.json` for a key on a token, and `hierarchy.json`. Keys and seed are readable by their owner only.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn save(&self, directory: &Path) -> Result<(), IssueError> {
        fs::create_dir_all(directory).map_err(|source| file(directory, source))?;
        for authority in &self.authorities {
            let slug = authority.role().slug();
            let certificate = authority.certificate_pem();
            write(
                &directory.join(format!("{slug}.crt.pem")),
                0o644,
                &certificate,
            )?;
            match authority.key() {
                AuthorityKey::Software(key) => {
                    let key = pem("PRIVATE KEY", &key.serialize_der());
                    write(&directory.join(format!("{slug}.key.pem")), 0o600, &key)?;
                }
                AuthorityKey::Token { place, .. } => {
                    let path = directory.join(format!("{slug}.{TOKEN_FILE}"));
                    let json = serde_json::to_string_pretty(place).map_err(|_| content(&path))?;
                    write(&path, 0o644, &json)?;
                }
            }
        }
        let params = StoredParams {
            seed: hex::encode(self.params.seed),
            not_before: self.params.not_before,
            algorithm: self.params.algorithm,
        };
        let path = directory.join(PARAMS_FILE);
        let json = serde_json::to_string_pretty(&params).map_err(|_| content(&path))?;
        write(&path, 0o600, &json)
    }

    /// Reads a hierarchy that [`Self::save`] wrote.
    ///
    /// # Errors
    /// When a file is missing or does not hold what it should.
    pub fn load(directory: &Path) -> Result<Self, IssueError> {
        let path = directory.join(PARAMS_FILE);
        let json = read(&path)?;
        let stored: StoredParams = serde_json::from_slice(&json).map_err(|_| content(&path))?;
        let mut params = HierarchyParams {
            seed: [0; 32],
            not_before: stored.not_before,
            algorithm: stored.algorithm,
        };
        hex::decode_to_slice(&stored.seed, &mut params.seed).map_err(|_| content(&path))?;
        let load = |role| load_authority(directory, role, params.algorithm);
        let authorities = [
            load(AuthorityRole::AgentsRoot)?,
            load(AuthorityRole::AgentsSignature)?,
            load(AuthorityRole::AgentsAuthentication)?,
            load(AuthorityRole::Services)?,
            load(AuthorityRole::Origin)?,
        ];
        Ok(Self {
            params,
            authorities,
        })
    }
}

fn load_authority(
    directory: &Path,
    role: AuthorityRole,
    algorithm: AuthorityAlgorithm,
) -> Result<Authority, IssueError> {
    let path = directory.join(format!("{}.crt.pem", role.slug()));
    let der = CertificateDer::from_pem_slice(&read(&path)?).map_err(|_| content(&path))?;
    let certificate = Certificate::from_der(&der).map_err(|_| content(&path))?;
    let serial = certificate.tbs_certificate().serial_number();
    let serial = SerialNumber::from_bytes(serial.as_bytes()).map_err(|_| content(&path))?;
    let path = directory.join(format!("{}.{TOKEN_FILE}", role.slug()));
    if path.exists() {
        let place = serde_json::from_slice(&read(&path)?).map_err(|_| content(&path))?;
        let key = AuthorityKey::on_token(place)?;
        return Authority::read(role, serial, der.to_vec(), key);
    }
    let path = directory.join(format!("{}.key.pem", role.slug()));
    let key = PrivatePkcs8KeyDer::from_pem_slice(&read(&path)?).map_err(|_| content(&path))?;
    let key = read_pkcs8(key.secret_pkcs8_der(), algorithm.algorithm())?;
    Authority::read(role, serial, der.to_vec(), AuthorityKey::Software(key))
}

fn read(path: &Path) -> Result<Vec<u8>, IssueError> {
    fs::read(path).map_err(|source| file(path, source))
}

/// Writes a file anew; the mode counts from its first byte.
fn write(path: &Path, mode: u32, text: &str) -> Result<(), IssueError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => return Err(file(path, source)),
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)
        .and_then(|mut open| open.write_all(text.as_bytes()))
        .map_err(|source| file(path, source))
}

fn file(path: &Path, source: io::Error) -> IssueError {
    IssueError::File {
        path: path.to_owned(),
        source,
    }
}

fn content(path: &Path) -> IssueError {
    IssueError::Content {
        path: path.to_owned(),
    }
}

/// PEM (RFC 7468): 64 characters a line.
#[must_use]
pub fn pem(label: &str, der: &[u8]) -> String {
    let base64 = crate::codec::encode_padded(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for (index, character) in base64.chars().enumerate() {
        if index > 0 && index % 64 == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str(&format!("\n-----END {label}-----\n"));
    text
}
