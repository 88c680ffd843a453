//! A station's seal: a detached JWS over the hashes of the MIFs of one submission.
//!
//! Same header and same judgement as a message; the payload `{"mif":["hex",…]}` travels as the
//! submission itself (RFC 7515 appendix F).

mod verifier;

use std::fmt::Write as _;

use crate::codec;
use crate::jws::{Limits, Scratch};
use crate::problem::{Part, TrustProblem};
use crate::signer::{MessageSigner, SignError, sign_compact};
use crate::verifier::{CardVerifier, Verification};

pub use verifier::{SealError, SealVerifier, Sealed};

/// The payload a seal covers: lower-case SHA-256 of each MIF's compact serialization, in order.
#[must_use]
pub fn payload(mif_hashes: &[[u8; 32]]) -> String {
    let mut json = String::with_capacity(10 + mif_hashes.len() * 67);
    json.push_str(r#"{"mif":["#);
    for (index, hash) in mif_hashes.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        // Writing to a String cannot fail.
        let _written = write!(json, "{comma}\"{}\"", hex::encode(hash));
    }
    json.push_str("]}");
    json
}

/// Seals a submission at `iat` (Unix seconds): `header..signature`.
///
/// # Errors
/// When the signer cannot sign.
pub fn sign(
    mif_hashes: &[[u8; 32]],
    iat: i64,
    signer: &dyn MessageSigner,
) -> Result<String, SignError> {
    let attached = sign_compact(payload(mif_hashes).as_bytes(), iat, signer)?;
    let mut parts = attached.split('.');
    let header = parts.next().unwrap_or_default();
    let signature = parts.next_back().unwrap_or_default();
    Ok(format!("{header}..{signature}"))
}

/// A detached seal with its payload put back: an ordinary compact JWS, which proves the submission alone.
///
/// # Errors
/// When the seal is not of three parts or not detached.
pub fn attached(seal: &[u8], mif_hashes: &[[u8; 32]]) -> Result<String, TrustProblem> {
    let bad_base64 = |_| TrustProblem::BadBase64 { part: Part::Header };
    let seal = std::str::from_utf8(seal).map_err(bad_base64)?;
    let mut parts = seal.split('.');
    let (Some(header), Some(middle), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(TrustProblem::NotThreeParts {
            parts: seal.split('.').count(),
        });
    };
    if !middle.is_empty() {
        return Err(TrustProblem::PayloadAttached);
    }
    let mut attached = format!("{header}.");
    codec::encode_url_to(payload(mif_hashes).as_bytes(), &mut attached);
    attached.push('.');
    attached.push_str(signature);
    Ok(attached)
}

/// Judges a seal over these hashes. The verifier's profile is
/// [`CertificateProfile::station_seal`](crate::CertificateProfile::station_seal).
#[must_use]
pub fn verify(seal: &[u8], mif_hashes: &[[u8; 32]], verifier: &CardVerifier) -> Verification {
    judge(seal, mif_hashes, verifier).verification
}

struct Judged {
    verification: Verification,
    signed_at: Option<i64>,
    attached: String,
}

fn judge(seal: &[u8], mif_hashes: &[[u8; 32]], verifier: &CardVerifier) -> Judged {
    let limit_bytes = verifier.limits().size_bytes_max;
    let whole = if seal.len() > limit_bytes {
        Err(TrustProblem::TooLarge {
            size_bytes: seal.len(),
            limit_bytes,
        })
    } else {
        attached(seal, mif_hashes)
    };
    let attached = match whole {
        Ok(attached) => attached,
        Err(problem) => {
            return Judged {
                verification: Verification {
                    certificate: None,
                    problems: vec![problem],
                },
                signed_at: None,
                attached: String::new(),
            };
        }
    };
    let limits = Limits {
        size_bytes_max: usize::MAX,
    };
    let mut scratch = Scratch::default();
    let checked = verifier.check_within(attached.as_bytes(), &limits, &mut scratch);
    Judged {
        signed_at: checked.message.map(|message| message.signing_time()),
        verification: checked.verification,
        attached,
    }
}
