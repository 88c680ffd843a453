//! One certificate, judged once: facts, problems, and its key made ready.

use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use rustls_pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::TbsCertificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Tag, Tagged};
use x509_cert::ext::pkix::{CertificatePolicies, SubjectKeyIdentifier};
use x509_cert::time::Time;

use crate::algorithm::Algorithm;
use crate::ecdsa;
use crate::path::{PathFacts, TrustAnchors};
use crate::problem::TrustProblem;
use crate::profile::VALIDITY_DAYS_MAX;
use crate::serial::SerialNumber;

const SECONDS_PER_DAY: i64 = 86_400;

/// What a certificate says. Its holder's name is left out on purpose: nothing downstream needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateFacts {
    /// SHA-256 of the certificate's DER.
    pub fingerprint: [u8; 32],
    /// The certificate's own serial number, what revocations name.
    pub serial: SerialNumber,
    /// The card's or device's number: `serialNumber` of the subject.
    pub card_number: Option<String>,
    /// The collectivity's SIREN, nine digits.
    pub siren: Option<String>,
    /// The agent's number: `UID` of the subject. Stations have none.
    pub agent_number: Option<String>,
    /// Valid from, Unix seconds, inclusive.
    pub not_before: i64,
    /// Valid until, Unix seconds, inclusive.
    pub not_after: i64,
    /// The algorithm that goes with its key; `None` when the key is refused.
    pub algorithm: Option<Algorithm>,
}

/// What is printed of the certificate of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrintedCertificate {
    /// SHA-256 of the certificate's DER.
    pub fingerprint: [u8; 32],
    /// Its serial number.
    pub serial: SerialNumber,
    /// Common name of the authority that issued it; empty if it has none.
    pub issuer: String,
    /// Its first policy, as dotted numbers; empty if it names none.
    pub policy: String,
}

/// Reads what is printed of a certificate.
pub(crate) fn printed(der: &[u8]) -> Option<PrintedCertificate> {
    let certificate = Certificate::from_der(der).ok()?;
    let tbs = certificate.tbs_certificate();
    let policies = tbs.get_extension::<CertificatePolicies>().ok().flatten();
    let policy = policies.and_then(|(_, CertificatePolicies(policies))| {
        let first = policies.into_iter().next()?;
        Some(first.policy_identifier.to_string())
    });
    Some(PrintedCertificate {
        fingerprint: crate::codec::sha256(der),
        serial: SerialNumber::from_bytes(tbs.serial_number().as_bytes()).ok()?,
        issuer: crate::profile::common_name(tbs.issuer()).unwrap_or_default(),
        policy: policy.unwrap_or_default(),
    })
}

/// A certificate with everything about it that does not depend on a message.
#[derive(Debug)]
pub struct CertificateStatus {
    /// The base64 it came in: an equal text is the same certificate.
    text: Box<str>,
    facts: CertificateFacts,
    problems: Vec<TrustProblem>,
    path: Option<PathFacts>,
    key: Option<VerifyingKey>,
}

impl CertificateStatus {
    /// Judges a certificate; `None` when it cannot be read at all.
    pub(crate) fn judge(text: &str, der: Vec<u8>, anchors: &TrustAnchors) -> Option<Self> {
        let certificate = Certificate::from_der(&der).ok()?;
        let tbs = certificate.tbs_certificate();
        let not_before = unix_seconds(tbs.validity().not_before);
        let not_after = unix_seconds(tbs.validity().not_after);
        let fingerprint = crate::codec::sha256(&der);
        let mut problems = Vec::new();

        let path = match anchors.path(&CertificateDer::from(der), not_before, not_after) {
            Ok(path) => Some(path),
            Err(error) => {
                problems.push(error.problem());
                None
            }
        };
        let profile = anchors.profile();
        profile.check_extensions(tbs, &mut problems);
        let days = (not_after - not_before) / SECONDS_PER_DAY;
        if days > VALIDITY_DAYS_MAX {
            problems.push(TrustProblem::ValidityTooLong {
                days,
                limit_days: VALIDITY_DAYS_MAX,
            });
        }
        let subject = profile.read_subject(tbs, &mut problems);
        // Not used here, but others read it: what one reader refuses the other must not accept.
        if tbs.get_extension::<SubjectKeyIdentifier>().is_err() {
            problems.push(TrustProblem::CertificateMalformed);
        }
        let key = match VerifyingKey::read(tbs) {
            Ok(key) => Some(key),
            Err(problem) => {
                problems.push(problem);
                None
            }
        };
        let facts = CertificateFacts {
            fingerprint,
            serial: SerialNumber::from_bytes(tbs.serial_number().as_bytes()).ok()?,
            card_number: subject.card_number,
            siren: subject.siren,
            agent_number: subject.agent_number,
            not_before,
            not_after,
            algorithm: key.as_ref().map(|key| key.algorithm),
        };
        Some(Self {
            text: text.into(),
            facts,
            problems,
            path,
            key,
        })
    }

    /// What the certificate says.
    #[must_use]
    pub fn facts(&self) -> &CertificateFacts {
        &self.facts
    }

    /// What is wrong with it whatever the message: path, profile, key.
    #[must_use]
    pub fn problems(&self) -> &[TrustProblem] {
        &self.problems
    }

    /// Serial numbers to look for in revocations: its own, then its authorities'.
    pub(crate) fn serials(&self) -> impl Iterator<Item = &SerialNumber> {
        let authorities = self.path.iter().flat_map(|path| &path.authorities);
        std::iter::once(&self.facts.serial).chain(authorities)
    }

    pub(crate) fn fingerprint(&self) -> &[u8; 32] {
        &self.facts.fingerprint
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    pub(crate) fn has_path(&self) -> bool {
        self.path.is_some()
    }

    /// Adds what is wrong with signing at `iat`.
    pub(crate) fn check_signing_time(&self, iat: i64, problems: &mut Vec<TrustProblem>) {
        let CertificateFacts {
            not_before,
            not_after,
            ..
        } = self.facts;
        if iat < not_before {
            problems.push(TrustProblem::CertificateNotYetValid { iat, not_before });
        } else if iat > not_after {
            problems.push(TrustProblem::CertificateExpired { iat, not_after });
        }
        let outside = |path: &PathFacts| iat < path.not_before || iat > path.not_after;
        if self.path.as_ref().is_some_and(outside) {
            problems.push(TrustProblem::AuthorityNotValid { iat });
        }
    }

    /// Verifies a signature with the certificate's key.
    pub(crate) fn verify(
        &self,
        algorithm: Algorithm,
        signing_input: &[u8],
        signature: &[u8],
    ) -> Result<(), TrustProblem> {
        match &self.key {
            // The key was refused; that problem stands already.
            None => Ok(()),
            Some(key) if key.algorithm != algorithm => Err(TrustProblem::AlgorithmKeyMismatch),
            Some(key) if key.verify(signing_input, signature) => Ok(()),
            Some(_) => Err(TrustProblem::SignatureInvalid),
        }
    }
}

/// A public key parsed once, ready to verify.
#[derive(Debug)]
pub(crate) struct VerifyingKey {
    algorithm: Algorithm,
    key: ParsedPublicKey,
}

const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

impl VerifyingKey {
    pub(crate) fn read(certificate: &TbsCertificate) -> Result<Self, TrustProblem> {
        let info = certificate.subject_public_key_info();
        let parameters = info.algorithm.parameters.as_ref();
        let bytes = info
            .subject_public_key
            .as_bytes()
            .ok_or(TrustProblem::KeyNotSupported)?;
        let (algorithm, verification): (
            _,
            &'static dyn aws_lc_rs::signature::VerificationAlgorithm,
        ) = if info.algorithm.oid == EC_PUBLIC_KEY {
            let curve = parameters.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
            if curve != Some(P256) {
                return Err(TrustProblem::KeyNotSupported);
            }
            (Algorithm::Es256, &ECDSA_P256_SHA256_ASN1)
        } else if info.algorithm.oid == RSA_ENCRYPTION
            && parameters.is_some_and(|any| any.tag() == Tag::Null)
        {
            let bits = modulus_bits(bytes).ok_or(TrustProblem::KeyNotSupported)?;
            if !(2048..=4096).contains(&bits) {
                return Err(TrustProblem::KeySizeRefused { bits });
            }
            (Algorithm::Rs256, &RSA_PKCS1_2048_8192_SHA256)
        } else {
            return Err(TrustProblem::KeyNotSupported);
        };
        let key =
            ParsedPublicKey::new(verification, bytes).map_err(|_| TrustProblem::KeyNotSupported)?;
        Ok(Self { algorithm, key })
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match self.algorithm {
            Algorithm::Es256 => ecdsa::der_from_raw(signature)
                .is_some_and(|der| self.key.verify_sig(message, der.as_bytes()).is_ok()),
            Algorithm::Rs256 => self.key.verify_sig(message, signature).is_ok(),
        }
    }
}

/// Whether a signature verifies with the key of a certificate, nothing else of it looked at.
pub(crate) fn verifies(
    certificate_der: &[u8],
    algorithm: Algorithm,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let certificate = Certificate::from_der(certificate_der).ok();
    let key = certificate.and_then(|read| VerifyingKey::read(read.tbs_certificate()).ok());
    key.is_some_and(|key| key.algorithm == algorithm && key.verify(message, signature))
}

/// The size of an RSA modulus in an `RSAPublicKey` (RFC 8017 §A.1.1), in bits.
fn modulus_bits(rsa_public_key: &[u8]) -> Option<usize> {
    use x509_cert::der::{Reader, SliceReader, asn1::UintRef};
    let mut reader = SliceReader::new(rsa_public_key).ok()?;
    let modulus = reader
        .sequence(|sequence| {
            let modulus = UintRef::decode(sequence)?;
            UintRef::decode(sequence)?;
            Ok::<_, x509_cert::der::Error>(modulus)
        })
        .ok()?;
    let bytes = modulus.as_bytes();
    let zeros = usize::try_from(bytes.first()?.leading_zeros()).ok()?;
    Some(bytes.len() * 8 - zeros)
}

pub(crate) fn unix_seconds(time: Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}
