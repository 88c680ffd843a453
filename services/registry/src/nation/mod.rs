//! A simulated nation: real communes with an invented municipal police, everything else made from a seed.
//!
//! The same parameters give the same nation, but for the bytes of certificates (the library randomises ECDSA), hence
//! for their fingerprints. Keys, numbers, dates and names are the same.

mod agreements;
mod build;
pub(crate) mod cards;
mod cast;
mod competence;
mod intercommunalities;
mod places;
mod plan;
mod storage;

pub(crate) use storage::load_snapshot;

use cnt_contracts::registry::SnapshotV1;
use cnt_contracts::senders::SendersV1;
use cnt_trust::issue::{Hierarchy, IssueError};
use jiff::civil::Date;

pub use competence::Competence;
pub use storage::officer_files;

use crate::reference::ReferenceError;

/// Collectivities of a nation when nothing else is asked for.
pub const COLLECTIVITIES_DEFAULT: usize = 54;

/// What a nation is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NationParams {
    /// Decides everything that is not said otherwise.
    pub seed: u64,
    /// How many collectivities, at most about 3,000: nine that every nation has, then more.
    pub collectivities: usize,
    /// Agents in good standing of each. Each collectivity has one more: whose card is revoked, who has left, or whose
    /// card is replaced after a time, a third each.
    pub agents_per_collectivity: usize,
    /// First civil day (Paris) of habilitations, devices and stations. Cards begin the day before; conventions are
    /// older, and amended after it.
    pub start: Date,
}

impl NationParams {
    /// Fifty-four collectivities of five agents.
    #[must_use]
    pub fn new(seed: u64, start: Date) -> Self {
        Self {
            seed,
            collectivities: COLLECTIVITIES_DEFAULT,
            agents_per_collectivity: 5,
            start,
        }
    }
}

/// A nation: what is public of it, and what its people hold.
#[derive(Debug)]
pub struct Nation {
    /// The registry's first version.
    pub snapshot: SnapshotV1,
    /// Keys and authorities.
    pub secrets: NationSecrets,
}

/// Private keys of a nation.
#[derive(Debug)]
pub struct NationSecrets {
    /// The authorities.
    pub hierarchy: Hierarchy,
    /// Who sends, with the paths of the files below.
    pub senders: SendersV1,
    /// Signature certificates and keys, in the order of `senders.agents`.
    pub cards: Vec<Credential>,
    /// Connection certificates and keys, in the order of `senders.stations`.
    pub stations: Vec<Credential>,
    /// Seal certificates and keys of stations, in the same order.
    pub seals: Vec<Credential>,
}

/// A certificate with its private key.
#[derive(Clone, PartialEq, Eq)]
pub struct Credential {
    /// Certificate, PEM.
    pub certificate_pem: String,
    /// Private key, PKCS#8 PEM.
    pub key_pem: String,
}

impl std::fmt::Debug for Credential {
    /// Keys never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Credential(***)")
    }
}

/// Why a nation could not be made, written or read.
#[derive(Debug, thiserror::Error)]
pub enum NationError {
    /// The compiled-in data cannot be read.
    #[error("the reference data cannot be read")]
    Reference(#[from] ReferenceError),
    /// A certificate or key could not be made.
    #[error("the nation's certificates cannot be made")]
    Issue(#[from] IssueError),
    /// There are not so many communes.
    #[error("{wanted} collectivities wanted, there are communes for {available}")]
    TooManyCollectivities {
        /// Asked for.
        wanted: usize,
        /// Available.
        available: usize,
    },
    /// The start cannot be an instant.
    #[error("the nation cannot start on {start}")]
    Start {
        /// The day.
        start: Date,
        /// Why.
        #[source]
        source: jiff::Error,
    },
    /// A file could not be written or read.
    #[error("cannot {action} {path}")]
    File {
        /// What was tried.
        action: &'static str,
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
        /// Why.
        #[source]
        source: serde_json::Error,
    },
}
