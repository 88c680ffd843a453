//! SIGNATURE, and what else `cnt_trust` finds: each of its problems has one published code.

use cnt_domain::problem::{Problem, ProblemCode};
use cnt_trust::TrustProblem;

/// The published code of a problem found by the judges of signatures and certificates.
#[must_use]
pub fn code_of(problem: &TrustProblem) -> ProblemCode {
    match problem {
        TrustProblem::TooLarge { .. } => ProblemCode::FormatSize,
        TrustProblem::AlgorithmNotAllowed { .. } => ProblemCode::FormatAlgorithm,
        TrustProblem::NotThreeParts { .. }
        | TrustProblem::BadBase64 { .. }
        | TrustProblem::HeaderNotJson
        | TrustProblem::DuplicateMember { .. }
        | TrustProblem::ForbiddenMember { .. }
        | TrustProblem::UnknownMember { .. }
        | TrustProblem::MissingMember { .. }
        | TrustProblem::WrongType { .. }
        | TrustProblem::WrongMediaType { .. }
        | TrustProblem::SigningTimeMalformed
        | TrustProblem::CertificateCount { .. }
        | TrustProblem::CertificateNotBase64 { .. }
        | TrustProblem::ThumbprintMalformed
        | TrustProblem::PayloadMissing
        | TrustProblem::PayloadAttached => ProblemCode::FormatJws,
        TrustProblem::SignatureInvalid => ProblemCode::SignatureInvalid,
        TrustProblem::ThumbprintMismatch | TrustProblem::AlgorithmKeyMismatch => {
            ProblemCode::SignatureCertificate
        }
        TrustProblem::UnknownIssuer
        | TrustProblem::CertificateSignatureInvalid
        | TrustProblem::PathRefused { .. } => ProblemCode::CardChain,
        TrustProblem::CertificateMalformed
        | TrustProblem::AuthorityAsSigner
        | TrustProblem::KeyUsageWrong
        | TrustProblem::ExtendedKeyUsagePresent
        | TrustProblem::PolicyMissing { .. }
        | TrustProblem::KeySizeRefused { .. }
        | TrustProblem::KeyNotSupported
        | TrustProblem::SubjectFieldInvalid { .. }
        | TrustProblem::ValidityTooLong { .. } => ProblemCode::CardProfile,
        TrustProblem::CertificateNotYetValid { .. }
        | TrustProblem::CertificateExpired { .. }
        | TrustProblem::AuthorityNotValid { .. } => ProblemCode::CardValidity,
        TrustProblem::Revoked { .. } => ProblemCode::CardRevoked,
        TrustProblem::RevokedAfterSigning { .. } => ProblemCode::CardRevokedLater,
    }
}

/// The same as a problem of the message as a whole. The detail is the judge's own sentence: it names header members
/// and dates, never what the payload holds.
pub(super) fn problem(found: &TrustProblem) -> Problem {
    Problem::of_message(code_of(found), found.to_string())
}

#[cfg(test)]
mod tests {
    use cnt_domain::problem::{Family, Severity};

    use super::*;

    /// Family and severity of a code are those of the trust problem, whatever the mapping says.
    #[test]
    fn families_and_severities_agree() {
        use cnt_trust::{Part, RevocationReason, Severity as TrustSeverity};
        let reason = RevocationReason::Loss;
        let samples = [
            TrustProblem::HeaderNotJson,
            TrustProblem::BadBase64 {
                part: Part::Payload,
            },
            TrustProblem::AlgorithmNotAllowed {
                algorithm: "none".to_owned(),
            },
            TrustProblem::ThumbprintMismatch,
            TrustProblem::SignatureInvalid,
            TrustProblem::UnknownIssuer,
            TrustProblem::KeyUsageWrong,
            TrustProblem::AuthorityNotValid { iat: 1 },
            TrustProblem::Revoked {
                effective_at: 1,
                reason,
            },
            TrustProblem::RevokedAfterSigning {
                effective_at: 1,
                reason,
            },
        ];
        for sample in samples {
            let code = code_of(&sample);
            let family = match sample.family() {
                cnt_trust::Family::Format => Family::Format,
                cnt_trust::Family::Signature => Family::Signature,
                cnt_trust::Family::Card => Family::Card,
            };
            assert_eq!(code.family(), family, "{sample}");
            let is_warning = sample.severity() == TrustSeverity::Warning;
            assert_eq!(code.severity() == Severity::Warning, is_warning, "{sample}");
        }
    }
}
