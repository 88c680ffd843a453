//! Certification paths: the authorities we trust, and the way from a certificate to them.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    CertRevocationList, EndEntityCert, Error as WebpkiError, ExpirationPolicy,
    ExtendedKeyUsageValidator, KeyPurposeIdIter, RevocationCheckDepth, RevocationOptions,
    RevocationOptionsBuilder, UnknownStatusPolicy,
};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage};

use crate::problem::TrustProblem;
use crate::profile::CertificateProfile;
use crate::serial::SerialNumber;

/// Signature algorithms that authorities may sign certificates and CRLs with. ECDSA P-384 is left
/// out: OpenSSL 3.0 verifies it ten times slower, and no authority of the scheme uses it.
static CERTIFICATE_ALGORITHMS: &[&dyn rustls_pki_types::SignatureVerificationAlgorithm] = &[
    webpki::aws_lc_rs::ECDSA_P256_SHA256,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA256,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA384,
    webpki::aws_lc_rs::RSA_PKCS1_2048_8192_SHA512,
];

/// An authority that cannot be trusted as configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// There is no root.
    #[error("a trust store needs at least one root")]
    NoRoot,
    /// The certificate cannot be read.
    #[error("authority {index} of the trust store is not a well-formed certificate")]
    Malformed {
        /// Its place, roots first.
        index: usize,
    },
    /// The certificate is not an authority's.
    #[error("authority {index} of the trust store may not sign certificates and CRLs")]
    NotAnAuthority {
        /// Its place, roots first.
        index: usize,
    },
}

/// One authority of the store.
#[derive(Debug)]
struct Authority {
    der: CertificateDer<'static>,
    serial: SerialNumber,
    not_before: i64,
    not_after: i64,
}

/// The authorities that may vouch for the certificates of one profile.
///
/// Only these build paths: certificates that a message brings along are never used, so that what
/// one sender adds cannot change what is concluded about a certificate.
#[derive(Debug)]
pub struct TrustAnchors {
    profile: CertificateProfile,
    roots: Vec<Authority>,
    anchors: Vec<TrustAnchor<'static>>,
    issuing: Vec<Authority>,
    issuing_der: Vec<CertificateDer<'static>>,
}

/// What a valid path says about a certificate besides that it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathFacts {
    /// Serial numbers of the intermediate authorities.
    pub(crate) authorities: Vec<SerialNumber>,
    /// From when all authorities of the path are valid.
    pub(crate) not_before: i64,
    /// Until when they all are.
    pub(crate) not_after: i64,
}

/// Why no path was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no valid certification path")]
pub struct PathError(#[source] pub(crate) WebpkiError);

impl PathError {
    /// Whether a certificate of the path is on its issuer's CRL.
    #[must_use]
    pub fn is_revoked(&self) -> bool {
        self.0 == WebpkiError::CertRevoked
    }

    /// Whether a CRL is missing, past its `nextUpdate`, or not its issuer's.
    #[must_use]
    pub fn is_status_unknown(&self) -> bool {
        matches!(
            self.0,
            WebpkiError::UnknownRevocationStatus
                | WebpkiError::CrlExpired { .. }
                | WebpkiError::InvalidCrlSignatureForPublicKey
                | WebpkiError::IssuerNotCrlSigner
        )
    }

    /// Whether a certificate of the path has expired.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        matches!(self.0, WebpkiError::CertExpired { .. })
    }

    pub(crate) fn problem(&self) -> TrustProblem {
        match &self.0 {
            WebpkiError::UnknownIssuer => TrustProblem::UnknownIssuer,
            WebpkiError::InvalidSignatureForPublicKey => TrustProblem::CertificateSignatureInvalid,
            WebpkiError::CaUsedAsEndEntity => TrustProblem::AuthorityAsSigner,
            WebpkiError::BadDer
            | WebpkiError::BadDerTime
            | WebpkiError::TrailingData(_)
            | WebpkiError::UnsupportedCertVersion => TrustProblem::CertificateMalformed,
            other => TrustProblem::PathRefused {
                detail: other.to_string(),
            },
        }
    }
}

/// Extended key usages are judged by the profile, not by the path.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), WebpkiError> {
        Ok(())
    }
}

impl TrustAnchors {
    /// Trusts `roots` and the authorities `issuing` under them to issue certificates of the
    /// profile. All are DER. When a root issues directly, `issuing` is empty.
    ///
    /// # Errors
    /// When a certificate cannot be read or is not an authority's.
    pub fn new(
        profile: CertificateProfile,
        roots: &[&[u8]],
        issuing: &[&[u8]],
    ) -> Result<Self, AnchorError> {
        if roots.is_empty() {
            return Err(AnchorError::NoRoot);
        }
        let read = |(index, der): (usize, &&[u8])| Authority::read(index, der);
        let root_count = roots.len();
        let roots = roots
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<Vec<_>, _>>()?;
        let issuing = issuing
            .iter()
            .enumerate()
            .map(|(index, der)| read((root_count + index, der)))
            .collect::<Result<Vec<_>, _>>()?;
        let mut anchors = Vec::with_capacity(root_count);
        for (index, root) in roots.iter().enumerate() {
            let anchor = webpki::anchor_from_trusted_cert(&root.der)
                .map_err(|_| AnchorError::Malformed { index })?;
            anchors.push(anchor.to_owned());
        }
        let issuing_der = issuing
            .iter()
            .map(|authority| authority.der.clone())
            .collect();
        Ok(Self {
            profile,
            roots,
            anchors,
            issuing,
            issuing_der,
        })
    }

    /// The profile these authorities issue.
    #[must_use]
    pub fn profile(&self) -> &CertificateProfile {
        &self.profile
    }

    /// Finds a path irrespective of the present: at an instant when certificate and authorities
    /// were all valid. Validity at signing is judged per message from the facts returned,
    /// revocation from the registry's dated list.
    pub(crate) fn path(
        &self,
        der: &CertificateDer<'_>,
        not_before: i64,
        not_after: i64,
    ) -> Result<PathFacts, PathError> {
        let first = self.verify(der, not_before, None);
        match first {
            Err(PathError(
                WebpkiError::CertNotValidYet { .. } | WebpkiError::CertExpired { .. },
            )) => self.verify(der, not_after, None),
            other => other,
        }
    }

    /// Judges a certificate as of one instant by CRLs alone, in the strictest way: every
    /// certificate of the path needs a CRL (RFC 5280 §6.3) that has not expired at `at` (Unix
    /// seconds). For checks as of now; the verdict on a MIF goes by dates and reasons instead.
    ///
    /// # Errors
    /// When there is no path, or a certificate of it is revoked or of unknown status.
    pub fn verify_with_crls(
        &self,
        certificate_der: &[u8],
        crls_der: &[&[u8]],
        at: i64,
    ) -> Result<(), PathError> {
        let mut crls = Vec::with_capacity(crls_der.len());
        for der in crls_der {
            let crl = webpki::OwnedCertRevocationList::from_der(der).map_err(PathError)?;
            crls.push(CertRevocationList::from(crl));
        }
        let crls: Vec<&CertRevocationList<'_>> = crls.iter().collect();
        let revocation = RevocationOptionsBuilder::new(&crls)
            .map_err(|_| PathError(WebpkiError::UnknownRevocationStatus))?
            .with_depth(RevocationCheckDepth::Chain)
            .with_status_policy(UnknownStatusPolicy::Deny)
            .with_expiration_policy(ExpirationPolicy::Enforce)
            .build();
        self.verify(&CertificateDer::from(certificate_der), at, Some(revocation))?;
        Ok(())
    }

    /// Judges a certificate as of one instant; these lists revoke what they name, whatever their age.
    pub(crate) fn verify_unless_listed(
        &self,
        certificate_der: &[u8],
        lists: &[CertRevocationList<'static>],
        at: i64,
    ) -> Result<(), PathError> {
        let lists: Vec<&CertRevocationList<'_>> = lists.iter().collect();
        // Without any list there is nothing to ask.
        let revocation = RevocationOptionsBuilder::new(&lists).ok().map(|builder| {
            builder
                .with_depth(RevocationCheckDepth::Chain)
                .with_status_policy(UnknownStatusPolicy::Allow)
                .with_expiration_policy(ExpirationPolicy::Ignore)
                .build()
        });
        self.verify(&CertificateDer::from(certificate_der), at, revocation)?;
        Ok(())
    }

    fn verify(
        &self,
        der: &CertificateDer<'_>,
        at: i64,
        revocation: Option<RevocationOptions<'_>>,
    ) -> Result<PathFacts, PathError> {
        let certificate = EndEntityCert::try_from(der).map_err(PathError)?;
        let at = Duration::from_secs(u64::try_from(at).unwrap_or_default());
        let path = certificate
            .verify_for_usage(
                CERTIFICATE_ALGORITHMS,
                &self.anchors,
                &self.issuing_der,
                UnixTime::since_unix_epoch(at),
                AnyUsage,
                revocation,
                None,
            )
            .map_err(PathError)?;
        let mut facts = PathFacts {
            authorities: Vec::new(),
            not_before: i64::MIN,
            not_after: i64::MAX,
        };
        for intermediate in path.intermediate_certificates() {
            let der = intermediate.der();
            for authority in self.issuing.iter().filter(|known| known.der == der) {
                facts.authorities.push(authority.serial);
                facts.narrow(authority);
            }
        }
        let roots = self.anchors.iter().zip(&self.roots);
        for (_, root) in roots.filter(|(anchor, _)| *anchor == path.anchor()) {
            facts.narrow(root);
        }
        Ok(facts)
    }
}

impl PathFacts {
    fn narrow(&mut self, authority: &Authority) {
        self.not_before = self.not_before.max(authority.not_before);
        self.not_after = self.not_after.min(authority.not_after);
    }
}

impl Authority {
    fn read(index: usize, der: &[u8]) -> Result<Self, AnchorError> {
        let malformed = AnchorError::Malformed { index };
        let certificate = Certificate::from_der(der).map_err(|_| malformed.clone())?;
        let tbs = certificate.tbs_certificate();
        let constraints = tbs
            .get_extension::<BasicConstraints>()
            .map_err(|_| malformed.clone())?;
        let usage = tbs
            .get_extension::<KeyUsage>()
            .map_err(|_| malformed.clone())?;
        let signs = constraints.is_some_and(|(_, constraints)| constraints.ca)
            && usage.is_some_and(|(_, usage)| usage.key_cert_sign() && usage.crl_sign());
        if !signs {
            return Err(AnchorError::NotAnAuthority { index });
        }
        let validity = tbs.validity();
        Ok(Self {
            der: CertificateDer::from(der.to_vec()),
            serial: SerialNumber::from_bytes(tbs.serial_number().as_bytes())
                .map_err(|_| malformed)?,
            not_before: crate::certificate::unix_seconds(validity.not_before),
            not_after: crate::certificate::unix_seconds(validity.not_after),
        })
    }
}
