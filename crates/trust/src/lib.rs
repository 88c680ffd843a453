#![doc = include_str!("../README.md")]

mod algorithm;
mod cache;
mod certificate;
mod codec;
mod connection;
mod ecdsa;
mod header;
pub mod issue;
mod jws;
mod path;
pub mod pkcs11;
mod problem;
mod profile;
mod revocation;
pub mod seal;
mod serial;
mod signer;
pub mod tls;
mod verifier;

pub use algorithm::Algorithm;
pub use certificate::{CertificateFacts, CertificateStatus, PrintedCertificate};
pub use codec::sha256;
pub use connection::{ConnectionAnchorsError, ConnectionError, ConnectionVerifier};
pub use jws::{CompactJws, JwsError, Limits, Scratch};
pub use path::{AnchorError, PathError, TrustAnchors};
pub use problem::{Family, Part, Severity, SubjectField, TrustProblem};
pub use profile::{CertificateProfile, PolicyError, oid};
pub use revocation::{
    Revocation, RevocationJudgement, RevocationReason, RevocationView, judge_revocation,
};
pub use serial::{SerialNumber, SerialNumberError};
pub use signer::{MessageSigner, SignError, SoftwareSigner, sign_compact};
pub use verifier::{CardVerifier, Checked, Verification, VerifierOptions};
