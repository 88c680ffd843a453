//! What can go wrong when MIFs are generated.

use std::path::PathBuf;

/// Why MIFs cannot be generated.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorError {
    /// A file of the nation cannot be read.
    #[error("cannot read {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the nation is not what it should be.
    #[error("{path} does not hold what it should")]
    Json {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A certificate or key of the nation is not PEM.
    #[error("{path} holds no certificate or key")]
    Pem {
        /// The file.
        path: PathBuf,
    },
    /// The authorities of the nation cannot be used.
    #[error("the nation's authorities cannot be used")]
    Authority(#[from] cnt_trust::issue::IssueError),
    /// A card cannot sign.
    #[error("a card cannot sign")]
    Sign(#[from] cnt_trust::SignError),
    /// The nation lacks something without which nothing can be generated.
    #[error("the nation has no {0}")]
    Nation(&'static str),
    /// A payload cannot be written as JSON.
    #[error("a payload cannot be written")]
    Payload(#[from] serde_json::Error),
    /// The instant is out of range.
    #[error("an instant is out of range")]
    Instant(#[from] jiff::Error),
    /// A share is not between 0 and 1.
    #[error("the shares of bad, replayed and conflicting MIFs must lie between 0 and 1 together")]
    Shares,
}
