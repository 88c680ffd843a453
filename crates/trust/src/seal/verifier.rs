//! The gateway's judge of seals: who sealed, whether they may, and whether it is the station that is connected.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use webpki::CertRevocationList;

use super::{Judged, judge};
use crate::certificate::{CertificateFacts, CertificateStatus};
use crate::codec;
use crate::connection::{ConnectionAnchorsError, revocation_lists};
use crate::jws::Limits;
use crate::path::TrustAnchors;
use crate::problem::{Family, TrustProblem};
use crate::profile::{CertificateProfile, oid};
use crate::revocation::RevocationView;
use crate::verifier::{CardVerifier, VerifierOptions};

/// Largest seal in bytes. One with a certificate of the origin authority has 3 kB.
const SEAL_BYTES_MAX: usize = 16 * 1_024;
/// How many certificates of stations are kept; a nation has a few thousand.
const CERTIFICATES_KEPT: usize = 8_192;

/// Why a seal does not cover a submission.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It is no detached JWS of the profile.
    #[error("the seal cannot be read: {0}")]
    Malformed(TrustProblem),
    /// Its certificate is not one that seals, or was not valid.
    #[error("the seal's certificate is refused: {0}")]
    Certificate(TrustProblem),
    /// Its certificate is on the origin authority's list.
    #[error("the seal's certificate is revoked")]
    Revoked,
    /// It is another station's.
    #[error("the seal's certificate is not of the station that is connected")]
    OtherStation,
    /// It was not made at a plausible time.
    #[error(
        "the seal was made at {signed_at} s, which is not between {earliest} and {latest} s since the epoch"
    )]
    Time {
        /// When it says it was made, Unix seconds.
        signed_at: i64,
        /// The earliest time accepted, Unix seconds.
        earliest: i64,
        /// The latest time accepted, Unix seconds.
        latest: i64,
    },
    /// It does not verify over these MIFs.
    #[error("the seal does not verify over these MIFs: {0}")]
    Signature(TrustProblem),
}

/// A submission's seal that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// The seal with its payload: a compact JWS, which proves the submission alone.
    pub attached: String,
    /// When it was made, Unix seconds.
    pub signed_at: i64,
}

/// Judges seals by one version of the origin authority's lists. Shared by any number of threads.
///
/// As for connections, a list past its `nextUpdate` still revokes what it names and refuses nobody else.
#[derive(Debug)]
pub struct SealVerifier {
    verifier: CardVerifier,
    lists: Vec<CertRevocationList<'static>>,
    /// Whether a certificate with a path is on the lists: asked once for each, for it costs two RSA verifications.
    listed: Mutex<HashMap<[u8; 32], bool>>,
}

impl SealVerifier {
    /// Trusts the origin authority and its lists; all DER.
    ///
    /// # Errors
    /// When one of them cannot be read or the certificate is no authority's.
    pub fn new(origin_root: &[u8], lists: &[&[u8]]) -> Result<Self, ConnectionAnchorsError> {
        let profile = CertificateProfile::station_seal(oid::STATION_SEAL)?;
        let anchors = TrustAnchors::new(profile, &[origin_root], &[])?;
        let options = VerifierOptions {
            limits: Limits {
                size_bytes_max: SEAL_BYTES_MAX,
            },
            certificates_kept: CERTIFICATES_KEPT,
        };
        Ok(Self {
            verifier: CardVerifier::new(anchors, RevocationView::default(), options),
            lists: revocation_lists(lists)?,
            listed: Mutex::default(),
        })
    }

    /// Judges a seal over the MIFs of these hashes that came in over a connection of this station, `received_at` (Unix
    /// seconds). It was made between `earliest` and `latest`, and its certificate was valid then and at reception.
    ///
    /// # Errors
    /// The first of: form, certificate, revocation, station, time, signature.
    pub fn verify(
        &self,
        seal: &[u8],
        mif_hashes: &[[u8; 32]],
        connection: &CertificateFacts,
        received_at: i64,
        (earliest, latest): (i64, i64),
    ) -> Result<Sealed, SealError> {
        let Judged {
            verification,
            signed_at,
            attached,
        } = judge(seal, mif_hashes, &self.verifier);
        let problems = verification.problems;
        let first = |family| problems.iter().find(|found| found.family() == family);
        if let Some(problem) = first(Family::Format) {
            return Err(SealError::Malformed(problem.clone()));
        }
        if let Some(problem) = first(Family::Card) {
            return Err(SealError::Certificate(problem.clone()));
        }
        let missing = |name| SealError::Malformed(TrustProblem::MissingMember { name });
        let status = verification.certificate.ok_or_else(|| missing("x5c"))?;
        let signed_at = signed_at.ok_or_else(|| missing("iat"))?;
        let mut dated = Vec::new();
        status.check_signing_time(received_at, &mut dated);
        if let Some(problem) = dated.pop() {
            return Err(SealError::Certificate(problem));
        }
        if self.is_listed(&status, received_at)? {
            return Err(SealError::Revoked);
        }
        let facts = status.facts();
        if (&facts.card_number, &facts.siren) != (&connection.card_number, &connection.siren) {
            return Err(SealError::OtherStation);
        }
        if !(earliest..=latest).contains(&signed_at) {
            return Err(SealError::Time {
                signed_at,
                earliest,
                latest,
            });
        }
        match problems.first() {
            Some(problem) => Err(SealError::Signature(problem.clone())),
            None => Ok(Sealed {
                attached,
                signed_at,
            }),
        }
    }

    fn is_listed(&self, status: &CertificateStatus, at: i64) -> Result<bool, SealError> {
        let fingerprint = status.facts().fingerprint;
        // What is inside is only ever added to.
        let known = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(is_listed) = known.get(&fingerprint) {
            return Ok(*is_listed);
        }
        drop(known);
        let der = codec::decode_padded(status.text())
            .ok_or(SealError::Certificate(TrustProblem::CertificateMalformed))?;
        let anchors = self.verifier.anchors();
        let is_listed = match anchors.verify_unless_listed(&der, &self.lists, at) {
            Ok(()) => false,
            Err(error) if error.is_revoked() => true,
            Err(error) => return Err(SealError::Certificate(error.problem())),
        };
        let mut known = self.listed.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(fingerprint, is_listed);
        Ok(is_listed)
    }
}
