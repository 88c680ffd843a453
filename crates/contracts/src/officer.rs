//! What an officier du ministère public signs with the key of their certificate: the payload of a compact JWS.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A statement of an officer. `D` is the decision as the contestation service takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", deny_unknown_fields)]
pub enum OfficerStatement<D> {
    /// A decision on a file, in the version that was read.
    #[serde(rename = "cnt/decision/1")]
    Decision {
        /// The contestation.
        contestation: Uuid,
        /// Code of the OMP.
        omp: String,
        /// Version of the file.
        version: i32,
        /// The decision.
        decision: D,
    },
    /// The key with which the OMP signs its titres (CPP R49-5).
    #[serde(rename = "cnt/omp-key/1")]
    Key {
        /// Code of the OMP.
        omp: String,
        /// The key as a C2SP verifier key.
        verifier: String,
    },
}
