//! Base64 into reusable buffers, and SHA-256.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::GeneralPurpose;
#[cfg(target_arch = "x86_64")]
use base64::engine::general_purpose::{NO_PAD, PAD};
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

#[cfg(target_arch = "x86_64")]
type FastEngine = base64::engine::Simd;
#[cfg(not(target_arch = "x86_64"))]
type FastEngine = GeneralPurpose;

/// Unpadded canonical base64url (RFC 7515 §2).
static URL_SAFE: LazyLock<FastEngine> = LazyLock::new(|| {
    #[cfg(target_arch = "x86_64")]
    return FastEngine::url_safe(NO_PAD);
    #[cfg(not(target_arch = "x86_64"))]
    return URL_SAFE_NO_PAD;
});

/// Padded canonical base64, the form of `x5c` (RFC 7515 §4.1.6).
static PADDED: LazyLock<FastEngine> = LazyLock::new(|| {
    #[cfg(target_arch = "x86_64")]
    return FastEngine::standard(PAD);
    #[cfg(not(target_arch = "x86_64"))]
    return STANDARD;
});

/// A 32-byte hash in unpadded base64url is 43 characters: too short for the wide engine.
const SHORT_URL_SAFE: GeneralPurpose = URL_SAFE_NO_PAD;

fn decode_into<'b>(engine: &impl Engine, text: &[u8], buffer: &'b mut Vec<u8>) -> Option<&'b [u8]> {
    let needed = base64::decoded_len_estimate(text.len());
    if buffer.len() < needed {
        buffer.resize(needed, 0);
    }
    let length = engine.decode_slice(text, buffer.as_mut_slice()).ok()?;
    buffer.get(..length)
}

/// Decodes unpadded base64url into the buffer, which only ever grows.
pub(crate) fn decode_url<'b>(text: &[u8], buffer: &'b mut Vec<u8>) -> Option<&'b [u8]> {
    decode_into(&*URL_SAFE, text, buffer)
}

/// Decodes the padded base64 of one element of `x5c`.
pub(crate) fn decode_padded(text: &str) -> Option<Vec<u8>> {
    PADDED.decode(text).ok()
}

/// Decodes the base64url of a SHA-256.
pub(crate) fn decode_hash(text: &str) -> Option<[u8; 32]> {
    let mut hash = [0; 32];
    if text.len() != 43 {
        return None;
    }
    match SHORT_URL_SAFE.decode_slice(text, &mut hash) {
        Ok(32) => Some(hash),
        _ => None,
    }
}

pub(crate) fn encode_url_to(bytes: &[u8], text: &mut String) {
    URL_SAFE.encode_string(bytes, text);
}

pub(crate) fn encode_padded(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// SHA-256 of the bytes.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    hash.copy_from_slice(digest.as_ref());
    hash
}
