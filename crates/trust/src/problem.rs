//! What can be wrong with a signed message, one variant for each cause.

use std::fmt;

use crate::revocation::{Revocation, RevocationReason};

/// The family of checks a problem belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// The shape of the message: JWS, header, sizes.
    Format,
    /// The signature bytes and what the header says of them.
    Signature,
    /// The certificate of the card, its path and its status.
    Card,
}

/// Whether a problem refuses the message or only accompanies its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Severity {
    /// The message is refused.
    Refusal,
    /// The message is accepted; the problem is reported with it.
    Warning,
}

/// One of the three parts of a compact JWS (RFC 7515 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// The protected header.
    Header,
    /// The payload.
    Payload,
    /// The signature.
    Signature,
}

impl fmt::Display for Part {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Header => "header",
            Self::Payload => "payload",
            Self::Signature => "signature",
        })
    }
}

/// A field of the certificate's subject that the profile requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SubjectField {
    /// `C`, two capital letters.
    Country,
    /// `O`, the name of the organisation.
    Organisation,
    /// `OU`, `0002 ` and a SIREN (9 digits) or SIRET (14 digits).
    OrganisationId,
    /// `CN`, the holder's name.
    CommonName,
    /// `serialNumber`, the number of the card or device.
    SerialNumber,
    /// `UID`, the agent's number (RFC 4519 §2.39).
    AgentNumber,
}

impl fmt::Display for SubjectField {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Country => "C",
            Self::Organisation => "O",
            Self::OrganisationId => "OU",
            Self::CommonName => "CN",
            Self::SerialNumber => "serialNumber",
            Self::AgentNumber => "UID",
        })
    }
}

/// Everything that can be wrong with a signed message. Instants are Unix seconds.
///
/// Texts taken from the message are cut to 40 characters and hold no control character.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant says what it is")]
pub enum TrustProblem {
    // --- FORMAT ---
    #[error("message of {size_bytes} bytes, at most {limit_bytes} are accepted")]
    TooLarge {
        size_bytes: usize,
        limit_bytes: usize,
    },
    #[error("a compact JWS has three parts, this one has {parts}")]
    NotThreeParts { parts: usize },
    #[error("the {part} is not unpadded canonical base64url")]
    BadBase64 { part: Part },
    #[error("the protected header is not a JSON object")]
    HeaderNotJson,
    #[error("header member {name:?} occurs more than once")]
    DuplicateMember { name: String },
    #[error("header member {name:?} is forbidden by the profile")]
    ForbiddenMember { name: String },
    #[error("header member {name:?} is unknown to the profile")]
    UnknownMember { name: String },
    #[error("header member {name:?} is missing")]
    MissingMember { name: &'static str },
    #[error("header member {name:?} has the wrong JSON type")]
    WrongType { name: &'static str },
    #[error("header member {name:?} holds a media type other than the profile's")]
    WrongMediaType { name: &'static str },
    #[error("algorithm {algorithm:?} is not allowed, only ES256 and RS256 are")]
    AlgorithmNotAllowed { algorithm: String },
    #[error("iat is not an integer number of seconds between 1970 and 9999")]
    SigningTimeMalformed,
    #[error("x5c holds {count} certificates, one to three are accepted")]
    CertificateCount { count: usize },
    #[error("x5c[{index}] is not canonical base64 of one DER structure")]
    CertificateNotBase64 { index: usize },
    #[error("x5t#S256 is not the base64url of 32 bytes")]
    ThumbprintMalformed,
    #[error("the payload is empty")]
    PayloadMissing,
    #[error("a detached signature carries a payload")]
    PayloadAttached,

    // --- SIGNATURE ---
    #[error("x5t#S256 is not the hash of x5c[0]")]
    ThumbprintMismatch,
    #[error("the algorithm of the header does not go with the key of the certificate")]
    AlgorithmKeyMismatch,
    #[error("the signature does not verify")]
    SignatureInvalid,

    // --- CARD ---
    #[error("x5c[0] is not a well-formed X.509 v3 certificate")]
    CertificateMalformed,
    #[error("no path leads from the certificate to a trusted root")]
    UnknownIssuer,
    #[error("the certificate names a known issuer but is not signed by it")]
    CertificateSignatureInvalid,
    #[error("the certificate is a certification authority's")]
    AuthorityAsSigner,
    #[error("the certification path is refused: {detail}")]
    PathRefused { detail: String },
    #[error("signed at {iat}, before the certificate became valid at {not_before}")]
    CertificateNotYetValid { iat: i64, not_before: i64 },
    #[error("signed at {iat}, after the certificate expired at {not_after}")]
    CertificateExpired { iat: i64, not_after: i64 },
    #[error("signed at {iat}, when an authority above the certificate was not valid")]
    AuthorityNotValid { iat: i64 },
    #[error("keyUsage is not critical with exactly the usages of the profile")]
    KeyUsageWrong,
    #[error("the certificate has an extended key usage")]
    ExtendedKeyUsagePresent,
    #[error("the certificate does not carry the policy {expected}")]
    PolicyMissing { expected: String },
    #[error("RSA key of {bits} bits, 2048 to 4096 are accepted")]
    KeySizeRefused { bits: usize },
    #[error("the public key is neither P-256 nor RSA")]
    KeyNotSupported,
    #[error("subject field {field} is missing or malformed")]
    SubjectFieldInvalid { field: SubjectField },
    #[error("the certificate is valid for {days} days, at most {limit_days} are accepted")]
    ValidityTooLong { days: i64, limit_days: i64 },
    #[error("revoked at {effective_at} ({reason})")]
    Revoked {
        effective_at: i64,
        reason: RevocationReason,
    },
    #[error("revoked at {effective_at} ({reason}), after it was signed")]
    RevokedAfterSigning {
        effective_at: i64,
        reason: RevocationReason,
    },
}

impl TrustProblem {
    /// The family of checks this problem belongs to.
    #[must_use]
    pub fn family(&self) -> Family {
        match self {
            Self::TooLarge { .. }
            | Self::NotThreeParts { .. }
            | Self::BadBase64 { .. }
            | Self::HeaderNotJson
            | Self::DuplicateMember { .. }
            | Self::ForbiddenMember { .. }
            | Self::UnknownMember { .. }
            | Self::MissingMember { .. }
            | Self::WrongType { .. }
            | Self::WrongMediaType { .. }
            | Self::AlgorithmNotAllowed { .. }
            | Self::SigningTimeMalformed
            | Self::CertificateCount { .. }
            | Self::CertificateNotBase64 { .. }
            | Self::ThumbprintMalformed
            | Self::PayloadMissing
            | Self::PayloadAttached => Family::Format,
            Self::ThumbprintMismatch | Self::AlgorithmKeyMismatch | Self::SignatureInvalid => {
                Family::Signature
            }
            Self::CertificateMalformed
            | Self::UnknownIssuer
            | Self::CertificateSignatureInvalid
            | Self::AuthorityAsSigner
            | Self::PathRefused { .. }
            | Self::CertificateNotYetValid { .. }
            | Self::CertificateExpired { .. }
            | Self::AuthorityNotValid { .. }
            | Self::KeyUsageWrong
            | Self::ExtendedKeyUsagePresent
            | Self::PolicyMissing { .. }
            | Self::KeySizeRefused { .. }
            | Self::KeyNotSupported
            | Self::SubjectFieldInvalid { .. }
            | Self::ValidityTooLong { .. }
            | Self::Revoked { .. }
            | Self::RevokedAfterSigning { .. } => Family::Card,
        }
    }

    /// Whether this problem refuses the message. Only [`Self::RevokedAfterSigning`] does not.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::RevokedAfterSigning { .. } => Severity::Warning,
            _ => Severity::Refusal,
        }
    }

    /// A stable name in capitals, unique to the variant: what codes of refusal are mapped from.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "TOO_LARGE",
            Self::NotThreeParts { .. } => "NOT_THREE_PARTS",
            Self::BadBase64 { .. } => "BAD_BASE64",
            Self::HeaderNotJson => "HEADER_NOT_JSON",
            Self::DuplicateMember { .. } => "DUPLICATE_MEMBER",
            Self::ForbiddenMember { .. } => "FORBIDDEN_MEMBER",
            Self::UnknownMember { .. } => "UNKNOWN_MEMBER",
            Self::MissingMember { .. } => "MISSING_MEMBER",
            Self::WrongType { .. } => "WRONG_TYPE",
            Self::WrongMediaType { .. } => "WRONG_MEDIA_TYPE",
            Self::AlgorithmNotAllowed { .. } => "ALGORITHM_NOT_ALLOWED",
            Self::SigningTimeMalformed => "SIGNING_TIME_MALFORMED",
            Self::CertificateCount { .. } => "CERTIFICATE_COUNT",
            Self::CertificateNotBase64 { .. } => "CERTIFICATE_NOT_BASE64",
            Self::ThumbprintMalformed => "THUMBPRINT_MALFORMED",
            Self::PayloadMissing => "PAYLOAD_MISSING",
            Self::PayloadAttached => "PAYLOAD_ATTACHED",
            Self::ThumbprintMismatch => "THUMBPRINT_MISMATCH",
            Self::AlgorithmKeyMismatch => "ALGORITHM_KEY_MISMATCH",
            Self::SignatureInvalid => "SIGNATURE_INVALID",
            Self::CertificateMalformed => "CERTIFICATE_MALFORMED",
            Self::UnknownIssuer => "UNKNOWN_ISSUER",
            Self::CertificateSignatureInvalid => "CERTIFICATE_SIGNATURE_INVALID",
            Self::AuthorityAsSigner => "AUTHORITY_AS_SIGNER",
            Self::PathRefused { .. } => "PATH_REFUSED",
            Self::CertificateNotYetValid { .. } => "CERTIFICATE_NOT_YET_VALID",
            Self::CertificateExpired { .. } => "CERTIFICATE_EXPIRED",
            Self::AuthorityNotValid { .. } => "AUTHORITY_NOT_VALID",
            Self::KeyUsageWrong => "KEY_USAGE_WRONG",
            Self::ExtendedKeyUsagePresent => "EXTENDED_KEY_USAGE_PRESENT",
            Self::PolicyMissing { .. } => "POLICY_MISSING",
            Self::KeySizeRefused { .. } => "KEY_SIZE_REFUSED",
            Self::KeyNotSupported => "KEY_NOT_SUPPORTED",
            Self::SubjectFieldInvalid { .. } => "SUBJECT_FIELD_INVALID",
            Self::ValidityTooLong { .. } => "VALIDITY_TOO_LONG",
            Self::Revoked { .. } => "REVOKED",
            Self::RevokedAfterSigning { .. } => "REVOKED_AFTER_SIGNING",
        }
    }

    pub(crate) fn revoked(revocation: &Revocation) -> Self {
        Self::Revoked {
            effective_at: revocation.effective_at,
            reason: revocation.reason,
        }
    }

    pub(crate) fn revoked_after_signing(revocation: &Revocation) -> Self {
        Self::RevokedAfterSigning {
            effective_at: revocation.effective_at,
            reason: revocation.reason,
        }
    }
}

/// Cuts a text of a stranger's to what may stand in a report.
pub(crate) fn quoted(text: &str) -> String {
    text.chars()
        .take(40)
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}
