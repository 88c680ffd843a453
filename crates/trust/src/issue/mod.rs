//! The simulated authorities: they issue cards, stations' and services' certificates, and CRLs.
//!
//! Everything a hierarchy makes says `SIMULATION (fictif)` in its names and uses object identifiers
//! of the arc kept for documentation. The tree is that of the real scheme as far as it is known:
//!
//! ```text
//! AC Racine Agents
//! ├─ AC Agents Signature          → agents' signature certificates
//! ├─ AC Agents Authentification   → agents' authentication certificates
//! └─ AC Services CNT              → the CNT's seal and TLS server certificates
//! AC Origine CNT (a root)         → stations' connection and seal certificates
//! ```
//!
//! With P-256 authorities, the default, every key, name, serial number and date follows from the
//! seed; only the signatures on certificates differ from one generation to the next, because the
//! library randomises ECDSA. Two hierarchies of one seed therefore vouch for each other's cards,
//! although the certificates' fingerprints differ. RSA keys cannot be drawn from a seed with this
//! library: RSA authorities are new at each generation, so such a hierarchy is kept on disk.

mod authority;
mod certify;
mod crl;
pub mod doubles;
mod hierarchy;
mod identity;
mod keys;
mod leaf;
mod storage;

pub use authority::{Authority, AuthorityAlgorithm, AuthorityRole};
pub use certify::{Certified, HolderKey, KeyRequest};
pub use crl::CrlDates;
pub use hierarchy::{Hierarchy, HierarchyParams};
pub use identity::{AgentIdentity, CardUse, StationIdentity, StationUse};
pub use keys::KeyKind;
pub use leaf::Issued;
pub use storage::pem;

/// What stands in every name that the simulation issues.
pub const SIMULATION_MARK: &str = "SIMULATION (fictif)";

/// Why something could not be issued, written or read.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The library that encodes certificates refused.
    #[error("the certificate or CRL cannot be made")]
    Certificate(#[from] rcgen::Error),
    /// A name does not fit its encoding.
    #[error("{field} cannot be written into a certificate")]
    Name {
        /// The field.
        field: &'static str,
    },
    /// A key could not be made or read.
    #[error("the key for {label:?} cannot be made")]
    Key {
        /// What the key is for.
        label: String,
    },
    /// A token cannot be used.
    #[error(transparent)]
    Token(#[from] crate::pkcs11::TokenError),
    /// A request for a certificate cannot be read, or its signature does not prove possession of its key.
    #[error("the request is no PKCS#10 request signed with its own key")]
    Request,
    /// A key that no certificate is issued for.
    #[error("the key is neither P-256 nor RSA of 2048 to 4096 bits")]
    KeyRefused,
    /// An instant lies before 1970.
    #[error("{seconds} is no instant a certificate can carry")]
    Instant {
        /// Unix seconds.
        seconds: i64,
    },
    /// A file could not be written or read.
    #[error("{path}")]
    File {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file does not hold what it should.
    #[error("{path} does not hold what it should")]
    Content {
        /// The file.
        path: std::path::PathBuf,
    },
    /// The signer made of what was issued is refused.
    #[error("the issued key cannot sign")]
    Signer(#[from] crate::SignError),
    /// The trust store made of the hierarchy is refused.
    #[error("the hierarchy cannot be trusted")]
    Anchors(#[from] crate::AnchorError),
    /// A policy is no object identifier.
    #[error("a policy of the hierarchy is malformed")]
    Policy(#[from] crate::PolicyError),
}
