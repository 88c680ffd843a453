//! A station's seal: a detached JWS over the hashes of the MIFs of one submission.
//!
//! Same header and same judgement as a message; the payload `{"mif":["hex",…]}` travels as the
//! submission itself (RFC 7515 appendix F).

use std::fmt::Write as _;

use crate::codec;
use crate::jws::{Limits, Scratch};
use crate::problem::{Part, TrustProblem};
use crate::signer::{MessageSigner, SignError, sign_compact};
use crate::verifier::{CardVerifier, Verification};

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

/// Judges a seal over these hashes. The verifier's profile is
/// [`CertificateProfile::station_seal`](crate::CertificateProfile::station_seal).
#[must_use]
pub fn verify(seal: &[u8], mif_hashes: &[[u8; 32]], verifier: &CardVerifier) -> Verification {
    let refused = |problem| Verification {
        certificate: None,
        problems: vec![problem],
    };
    let limit_bytes = verifier.limits().size_bytes_max;
    if seal.len() > limit_bytes {
        return refused(TrustProblem::TooLarge {
            size_bytes: seal.len(),
            limit_bytes,
        });
    }
    let Ok(seal) = std::str::from_utf8(seal) else {
        return refused(TrustProblem::BadBase64 { part: Part::Header });
    };
    let mut parts = seal.split('.');
    let (Some(header), Some(middle), Some(signature), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return refused(TrustProblem::NotThreeParts {
            parts: seal.split('.').count(),
        });
    };
    if !middle.is_empty() {
        return refused(TrustProblem::PayloadAttached);
    }
    let mut attached = format!("{header}.");
    codec::encode_url_to(payload(mif_hashes).as_bytes(), &mut attached);
    attached.push('.');
    attached.push_str(signature);
    let limits = Limits {
        size_bytes_max: usize::MAX,
    };
    verifier
        .check_within(attached.as_bytes(), &limits, &mut Scratch::default())
        .verification
}
