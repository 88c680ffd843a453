//! The compact JWS: three parts, decoded into buffers that are used again.

use crate::algorithm::Algorithm;
use crate::codec;
use crate::header::Header;
use crate::problem::{Part, TrustProblem};

/// What a message may cost before anything is known of its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Size of the whole compact serialization, in bytes.
    pub size_bytes_max: usize,
}

impl Default for Limits {
    /// 64 KiB: a MIF with its certificate is 2 to 5 kB, photos travel as hashes.
    fn default() -> Self {
        Self {
            size_bytes_max: 64 * 1024,
        }
    }
}

/// Buffers for decoded parts. Keep one per thread; they grow to the largest message seen.
#[derive(Debug, Default)]
pub struct Scratch {
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Why bytes are not a message of the profile: every reason that could be determined.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a compact JWS of the profile, {} problem(s)", problems.len())]
pub struct JwsError {
    /// All of family FORMAT, never empty.
    pub problems: Vec<TrustProblem>,
}

/// The parts of a message as far as they can be read.
#[derive(Debug)]
pub(crate) struct RawJws<'a> {
    pub(crate) signing_input: &'a [u8],
    pub(crate) header: Header<'a>,
    pub(crate) payload: Option<&'a [u8]>,
    pub(crate) signature: Option<&'a [u8]>,
}

/// A well-formed message of the profile, not yet verified.
///
/// It borrows the received bytes and a [`Scratch`]. What it says is only its sender's word until
/// [`CardVerifier::check`](crate::CardVerifier::check) has judged it. The base64 of `x5c[0]` is
/// judged there too: it is decoded once per certificate, not once per message.
#[derive(Debug)]
pub struct CompactJws<'a> {
    pub(crate) raw: RawJws<'a>,
    algorithm: Algorithm,
    signing_time: i64,
    thumbprint: [u8; 32],
    payload: &'a [u8],
}

impl<'a> CompactJws<'a> {
    /// Reads a compact JWS with the closed header `alg, typ, cty, x5c, x5t#S256, iat`
    /// (RFC 7515 §7.1, ETSI TS 119 182-1).
    ///
    /// # Errors
    /// Every problem of form that can be determined.
    pub fn parse(
        bytes: &'a [u8],
        limits: &Limits,
        scratch: &'a mut Scratch,
    ) -> Result<Self, JwsError> {
        let mut problems = Vec::new();
        let raw = RawJws::parse(bytes, limits, scratch, &mut problems);
        match raw.filter(|_| problems.is_empty()).and_then(Self::complete) {
            Some(message) => Ok(message),
            None => Err(JwsError { problems }),
        }
    }

    pub(crate) fn complete(raw: RawJws<'a>) -> Option<Self> {
        raw.signature?;
        raw.header.signer()?;
        Some(Self {
            algorithm: raw.header.algorithm?,
            signing_time: raw.header.signing_time?,
            thumbprint: raw.header.thumbprint?,
            payload: raw.payload?,
            raw,
        })
    }

    /// The algorithm named by the header.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// `iat`: when the device says it signed, in Unix seconds.
    #[must_use]
    pub fn signing_time(&self) -> i64 {
        self.signing_time
    }

    /// `x5t#S256`: the SHA-256 of the signer's certificate, as claimed.
    #[must_use]
    pub fn thumbprint(&self) -> &[u8; 32] {
        &self.thumbprint
    }

    /// What the signer's certificate says of itself, for print: nothing of it is judged here. `None` when it cannot be
    /// read.
    #[must_use]
    pub fn printed_certificate(&self) -> Option<crate::PrintedCertificate> {
        crate::certificate::printed(&codec::decode_padded(self.raw.header.signer()?)?)
    }

    /// The decoded payload. It lives as long as the message's buffers, not only the message.
    #[must_use]
    pub fn payload(&self) -> &'a [u8] {
        self.payload
    }

    /// SHA-256 of the decoded payload: what tells a replay from a conflict, for signing again
    /// changes the signature but not this.
    #[must_use]
    pub fn payload_hash(&self) -> [u8; 32] {
        codec::sha256(self.payload)
    }
}

impl<'a> RawJws<'a> {
    /// Reads what can be read, adding what is wrong to `problems`.
    pub(crate) fn parse(
        bytes: &'a [u8],
        limits: &Limits,
        scratch: &'a mut Scratch,
        problems: &mut Vec<TrustProblem>,
    ) -> Option<Self> {
        if bytes.len() > limits.size_bytes_max {
            problems.push(TrustProblem::TooLarge {
                size_bytes: bytes.len(),
                limit_bytes: limits.size_bytes_max,
            });
            return None;
        }
        let (signing_input, [header, payload, signature]) = match split(bytes) {
            Ok(parts) => parts,
            Err(parts) => {
                problems.push(TrustProblem::NotThreeParts { parts });
                return None;
            }
        };
        let mut decode = |part, text, buffer| {
            let decoded = codec::decode_url(text, buffer);
            if decoded.is_none() {
                problems.push(TrustProblem::BadBase64 { part });
            }
            decoded
        };
        let header = decode(Part::Header, header, &mut scratch.header);
        let payload = decode(Part::Payload, payload, &mut scratch.payload);
        let signature = decode(Part::Signature, signature, &mut scratch.signature);
        if payload.is_some_and(<[u8]>::is_empty) {
            problems.push(TrustProblem::PayloadMissing);
        }
        let header = Header::parse(header?, problems)?;
        check_further_certificates(&header, problems);
        Some(Self {
            signing_input,
            header,
            payload: payload.filter(|payload| !payload.is_empty()),
            signature,
        })
    }
}

/// The signing input (header, dot, payload) and the three parts, or how many parts there are.
fn split(bytes: &[u8]) -> Result<(&[u8], [&[u8]; 3]), usize> {
    let count = || bytes.split(|byte| *byte == b'.').count();
    // Text is searched several bytes at a time; other bytes are split too, so that what is
    // reported is the part that is no base64.
    let Ok(text) = std::str::from_utf8(bytes) else {
        return split_bytes(bytes).ok_or_else(count);
    };
    let parts = text
        .rsplit_once('.')
        .and_then(|(signing_input, signature)| {
            let (header, payload) = signing_input.split_once('.')?;
            (!payload.contains('.')).then_some((signing_input, [header, payload, signature]))
        });
    let (signing_input, parts) = parts.ok_or_else(count)?;
    Ok((signing_input.as_bytes(), parts.map(str::as_bytes)))
}

fn split_bytes(bytes: &[u8]) -> Option<(&[u8], [&[u8]; 3])> {
    let dot = |bytes: &[u8]| bytes.iter().position(|byte| *byte == b'.');
    let (header, rest) = bytes.split_at_checked(dot(bytes)?)?;
    let (_, rest) = rest.split_first()?;
    let (payload, rest) = rest.split_at_checked(dot(rest)?)?;
    let (_, signature) = rest.split_first()?;
    let signing_input = bytes.get(..header.len() + 1 + payload.len())?;
    (!signature.contains(&b'.')).then_some((signing_input, [header, payload, signature]))
}

/// Certificates beyond the signer's take no part in the judgement (the authorities we trust are
/// our own), but rubbish is refused.
fn check_further_certificates(header: &Header<'_>, problems: &mut Vec<TrustProblem>) {
    for (index, text) in header.x5c.iter().enumerate().take(header.x5c_count).skip(1) {
        if !codec::decode_padded(text).is_some_and(|der| is_one_sequence(&der)) {
            problems.push(TrustProblem::CertificateNotBase64 { index });
        }
    }
}

/// Whether the bytes are exactly one DER SEQUENCE.
fn is_one_sequence(der: &[u8]) -> bool {
    use x509_cert::der::{AnyRef, Decode, Tag, Tagged};
    AnyRef::from_der(der).is_ok_and(|any| any.tag() == Tag::Sequence)
}
