//! The judge: certificate work once per certificate, the rest once per message.

use std::sync::Arc;

use crate::cache::CertificateCache;
use crate::certificate::CertificateStatus;
use crate::codec;
use crate::header::Header;
use crate::jws::{CompactJws, Limits, RawJws, Scratch};
use crate::path::TrustAnchors;
use crate::problem::{Severity, TrustProblem};
use crate::revocation::{RevocationJudgement, RevocationView, judge_revocation};

/// How many judged certificates are kept by default, at 2 to 3 kB each: more than the agents of
/// all municipal police forces who sign in a day.
const CERTIFICATES_KEPT: usize = 32_768;

/// How many certificates without a path are kept, apart from the others: so that a sender who
/// repeats one costs little, and one who invents many pushes out only their own.
const STRANGERS_KEPT: usize = 1_024;

/// What a verifier may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifierOptions {
    /// Limits of a message.
    pub limits: Limits,
    /// About how many judged certificates to keep.
    pub certificates_kept: usize,
}

impl Default for VerifierOptions {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            certificates_kept: CERTIFICATES_KEPT,
        }
    }
}

/// Judges signed messages against authorities and one version of the revocations.
///
/// Shared by any number of threads; cloning is cheap. Judged certificates are kept across
/// versions, since nothing kept depends on revocations or on the time.
#[derive(Debug, Clone)]
pub struct CardVerifier {
    anchors: Arc<TrustAnchors>,
    cache: Arc<CertificateCache>,
    strangers: Arc<CertificateCache>,
    revocations: Arc<RevocationView>,
    options: VerifierOptions,
}

/// The judgement on one message: facts about its certificate, and every problem found.
///
/// Dates beyond the certificate's own are the caller's: whether `iat` is plausible for the
/// reception, and [`CardVerifier::judge_revocation`].
#[derive(Debug)]
pub struct Verification {
    /// The signer's certificate; `None` when the message has none that can be read.
    pub certificate: Option<Arc<CertificateStatus>>,
    /// All problems found, in the order FORMAT, CARD, SIGNATURE.
    pub problems: Vec<TrustProblem>,
}

impl Verification {
    /// Whether no problem refuses the message.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity() == Severity::Warning)
    }
}

/// Received bytes read and judged in one go.
#[derive(Debug)]
pub struct Checked<'a> {
    /// The message, when it is complete enough to be used; not yet a reason to believe it.
    pub message: Option<CompactJws<'a>>,
    /// The judgement, problems of form included.
    pub verification: Verification,
}

impl CardVerifier {
    /// A verifier with an empty cache.
    #[must_use]
    pub fn new(
        anchors: TrustAnchors,
        revocations: RevocationView,
        options: VerifierOptions,
    ) -> Self {
        Self {
            anchors: Arc::new(anchors),
            cache: Arc::new(CertificateCache::new(options.certificates_kept)),
            strangers: Arc::new(CertificateCache::new(STRANGERS_KEPT)),
            revocations: Arc::new(revocations),
            options,
        }
    }

    /// The same verifier at another version of the revocations; judged certificates are shared.
    #[must_use]
    pub fn with_revocations(&self, revocations: RevocationView) -> Self {
        Self {
            revocations: Arc::new(revocations),
            ..self.clone()
        }
    }

    /// The revocations this verifier judges by.
    #[must_use]
    pub fn revocations(&self) -> &RevocationView {
        &self.revocations
    }

    /// The limits of a message.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.options.limits
    }

    pub(crate) fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// How many judged certificates with a valid path are kept now.
    #[must_use]
    pub fn certificates_kept(&self) -> usize {
        self.cache.len()
    }

    /// Reads and judges received bytes, reporting every problem that can be determined: a message
    /// with a faulty header still has its signature and certificate judged where it can be.
    #[must_use]
    pub fn check_bytes<'a>(&self, bytes: &'a [u8], scratch: &'a mut Scratch) -> Checked<'a> {
        self.check_within(bytes, &self.options.limits, scratch)
    }

    pub(crate) fn check_within<'a>(
        &self,
        bytes: &'a [u8],
        limits: &Limits,
        scratch: &'a mut Scratch,
    ) -> Checked<'a> {
        let mut problems = Vec::new();
        let raw = RawJws::parse(bytes, limits, scratch, &mut problems);
        let certificate = raw
            .as_ref()
            .and_then(|raw| self.check_raw(raw, &mut problems));
        let verification = Verification {
            certificate,
            problems,
        };
        Checked {
            message: raw.and_then(CompactJws::complete),
            verification,
        }
    }

    /// Judges a message that is well-formed.
    #[must_use]
    pub fn check(&self, message: &CompactJws<'_>) -> Verification {
        let mut problems = Vec::new();
        let certificate = self.check_raw(&message.raw, &mut problems);
        Verification {
            certificate,
            problems,
        }
    }

    /// Judges the revocations of the certificate and of its authorities for a message signed at
    /// `iat` and received at `reception`, both Unix seconds.
    #[must_use]
    pub fn judge_revocation(
        &self,
        certificate: &CertificateStatus,
        iat: i64,
        reception: i64,
    ) -> RevocationJudgement {
        let revocations = certificate
            .serials()
            .flat_map(|serial| self.revocations.of(serial));
        judge_revocation(iat, reception, revocations)
    }

    fn check_raw(
        &self,
        raw: &RawJws<'_>,
        problems: &mut Vec<TrustProblem>,
    ) -> Option<Arc<CertificateStatus>> {
        let header = &raw.header;
        let status = match self.status(header)? {
            Ok(status) => status,
            Err(problem) => {
                problems.push(problem);
                return None;
            }
        };
        problems.extend_from_slice(status.problems());
        if let Some(iat) = header.signing_time {
            status.check_signing_time(iat, problems);
        }
        if header
            .thumbprint
            .is_some_and(|claimed| claimed != *status.fingerprint())
        {
            problems.push(TrustProblem::ThumbprintMismatch);
        }
        if let (Some(algorithm), Some(signature)) = (header.algorithm, raw.signature)
            && let Err(problem) = status.verify(algorithm, raw.signing_input, signature)
        {
            problems.push(problem);
        }
        Some(status)
    }

    /// The judged certificate of `x5c[0]`. The claimed thumbprint is only where to look: a kept
    /// certificate is taken when its text is the message's.
    fn status(&self, header: &Header<'_>) -> Option<Result<Arc<CertificateStatus>, TrustProblem>> {
        let text = header.signer()?;
        let claimed = header.thumbprint.as_ref();
        let kept = claimed.and_then(|claimed| self.kept(claimed, text));
        Some(kept.map_or_else(|| self.judge(text), Ok))
    }

    fn kept(&self, fingerprint: &[u8; 32], text: &str) -> Option<Arc<CertificateStatus>> {
        let kept = self
            .cache
            .get(fingerprint)
            .or_else(|| self.strangers.get(fingerprint));
        kept.filter(|status| status.text() == text)
    }

    fn judge(&self, text: &str) -> Result<Arc<CertificateStatus>, TrustProblem> {
        let der =
            codec::decode_padded(text).ok_or(TrustProblem::CertificateNotBase64 { index: 0 })?;
        // The claim may have been wrong where the certificate is known.
        if let Some(status) = self.kept(&codec::sha256(&der), text) {
            return Ok(status);
        }
        let status = CertificateStatus::judge(text, der, &self.anchors)
            .ok_or(TrustProblem::CertificateMalformed)?;
        let status = Arc::new(status);
        if status.has_path() {
            self.cache.insert(&status);
        } else {
            self.strangers.insert(&status);
        }
        Ok(status)
    }
}
