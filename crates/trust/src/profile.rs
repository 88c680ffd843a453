//! Certificate profiles: what a certificate must say of itself besides being well issued.

use x509_cert::TbsCertificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::flagset::FlagSet;
use x509_cert::der::{Tag, Tagged};
use x509_cert::ext::pkix::{CertificatePolicies, ExtendedKeyUsage, KeyUsage, KeyUsages};

use crate::problem::{SubjectField, TrustProblem};

/// RGS annexes: a holder's certificate lives at most three years, one leap day included.
pub(crate) const VALIDITY_DAYS_MAX: i64 = 3 * 365 + 1;

/// Object identifiers of the simulated policies, under the arc kept for documentation
/// (RFC 5612): real ones belong to real authorities.
pub mod oid {
    /// Policy of agents' authentication certificates.
    pub const AGENT_AUTHENTICATION: &str = "1.3.6.1.4.1.32473.1.1.1.1";
    /// Policy of agents' signature certificates.
    pub const AGENT_SIGNATURE: &str = "1.3.6.1.4.1.32473.1.1.2.1";
    /// Policy of stations' connection certificates.
    pub const STATION_CONNECTION: &str = "1.3.6.1.4.1.32473.1.2.1.1";
    /// Policy of stations' seal certificates.
    pub const STATION_SEAL: &str = "1.3.6.1.4.1.32473.1.2.2.1";
    /// Policy of the signature certificates of officiers du ministère public.
    pub const OFFICER_SIGNATURE: &str = "1.3.6.1.4.1.32473.1.4.1.1";
    /// Policy of the authentication certificates of those who work for an OMP.
    pub const OPERATOR_AUTHENTICATION: &str = "1.3.6.1.4.1.32473.1.4.2.1";
    /// Policy of the CNT's own seal certificates.
    pub const SERVICE_SEAL: &str = "1.3.6.1.4.1.32473.1.3.1.1";
    /// Policy of the CNT's TLS server certificates.
    pub const TLS_SERVER: &str = "1.3.6.1.4.1.32473.1.3.2.1";
}

/// RFC 5280 §4.2.1.12: TLS client authentication.
const CLIENT_AUTH: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");

/// The profile certificates are held against.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CertificateProfile {
    usages: FlagSet<KeyUsages>,
    policy: ObjectIdentifier,
    /// The only extended key usage, if one is asked.
    extended_usage: Option<ObjectIdentifier>,
    has_agent_number: bool,
}

/// A text that is no object identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not an object identifier")]
pub struct PolicyError {
    text: String,
}

impl CertificateProfile {
    /// An agent's signature certificate, profile A05: keyUsage critical with nonRepudiation
    /// *alone* (RGS keeps authentication and signature apart), no extended key usage, the policy
    /// given, subject with the agent's number.
    ///
    /// # Errors
    /// When the policy is no object identifier.
    pub fn agent_signature(policy: &str) -> Result<Self, PolicyError> {
        Self::new(KeyUsages::NonRepudiation.into(), policy, true)
    }

    /// A station's seal certificate: keyUsage critical with digitalSignature and nonRepudiation,
    /// no extended key usage, the policy given.
    ///
    /// # Errors
    /// When the policy is no object identifier.
    pub fn station_seal(policy: &str) -> Result<Self, PolicyError> {
        Self::new(
            KeyUsages::DigitalSignature | KeyUsages::NonRepudiation,
            policy,
            false,
        )
    }

    /// The signature certificate of an officier du ministère public: keyUsage critical with nonRepudiation alone, no
    /// extended key usage, the policy given; `serialNumber` of the subject is the code of the OMP.
    ///
    /// # Errors
    /// When the policy is no object identifier.
    pub fn officer_signature(policy: &str) -> Result<Self, PolicyError> {
        Self::new(KeyUsages::NonRepudiation.into(), policy, false)
    }

    /// A certificate that opens connections: keyUsage critical with digitalSignature alone, the
    /// extended key usage clientAuth alone, the policy given.
    ///
    /// # Errors
    /// When the policy is no object identifier.
    pub fn connection(policy: &str) -> Result<Self, PolicyError> {
        let profile = Self::new(KeyUsages::DigitalSignature.into(), policy, false)?;
        Ok(Self {
            extended_usage: Some(CLIENT_AUTH),
            ..profile
        })
    }

    fn new(
        usages: FlagSet<KeyUsages>,
        policy: &str,
        has_agent_number: bool,
    ) -> Result<Self, PolicyError> {
        let oid = ObjectIdentifier::new(policy).map_err(|_| PolicyError {
            text: policy.to_owned(),
        })?;
        Ok(Self {
            usages,
            policy: oid,
            extended_usage: None,
            has_agent_number,
        })
    }

    /// Adds what is wrong with the extensions.
    pub(crate) fn check_extensions(
        &self,
        certificate: &TbsCertificate,
        problems: &mut Vec<TrustProblem>,
    ) {
        let usage = certificate.get_extension::<KeyUsage>();
        if !matches!(usage, Ok(Some((true, KeyUsage(usages)))) if usages == self.usages) {
            problems.push(TrustProblem::KeyUsageWrong);
        }
        match (
            self.extended_usage,
            certificate.get_extension::<ExtendedKeyUsage>(),
        ) {
            (None, Ok(None)) => {}
            (Some(only), Ok(Some((_, ExtendedKeyUsage(found))))) if found == [only] => {}
            (None, _) => problems.push(TrustProblem::ExtendedKeyUsagePresent),
            (Some(_), _) => problems.push(TrustProblem::KeyUsageWrong),
        }
        let policies = certificate.get_extension::<CertificatePolicies>();
        let found = matches!(policies, Ok(Some((_, CertificatePolicies(policies))))
            if policies.iter().any(|policy| policy.policy_identifier == self.policy));
        if !found {
            problems.push(TrustProblem::PolicyMissing {
                expected: self.policy.to_string(),
            });
        }
    }

    /// Reads the subject, adding what is wrong with it.
    pub(crate) fn read_subject(
        &self,
        certificate: &TbsCertificate,
        problems: &mut Vec<TrustProblem>,
    ) -> Subject {
        let subject = SubjectReader { certificate };
        let country = subject
            .one(attribute::COUNTRY)
            .filter(|text| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()));
        let siren = subject
            .all(attribute::ORGANISATIONAL_UNIT)
            .find_map(|text| siren_of(&text));
        let card_number = subject.one(attribute::SERIAL_NUMBER);
        let agent_number = subject.one(attribute::USER_ID);
        let has_agent_number = agent_number.is_some() || !self.has_agent_number;
        let fields = [
            (SubjectField::Country, country.is_some()),
            (
                SubjectField::Organisation,
                subject.one(attribute::ORGANISATION).is_some(),
            ),
            (SubjectField::OrganisationId, siren.is_some()),
            (
                SubjectField::CommonName,
                subject.one(attribute::COMMON_NAME).is_some(),
            ),
            (SubjectField::SerialNumber, card_number.is_some()),
            (SubjectField::AgentNumber, has_agent_number),
        ];
        let wrong = fields.into_iter().filter(|(_, right)| !right);
        problems.extend(wrong.map(|(field, _)| TrustProblem::SubjectFieldInvalid { field }));
        Subject {
            card_number,
            siren,
            agent_number,
        }
    }
}

/// What a subject says of its holder.
pub(crate) struct Subject {
    pub(crate) card_number: Option<String>,
    pub(crate) siren: Option<String>,
    pub(crate) agent_number: Option<String>,
}

/// The common name in a name of X.509.
pub(crate) fn common_name(name: &x509_cert::name::Name) -> Option<String> {
    name.iter()
        .find(|found| found.oid == attribute::COMMON_NAME)
        .and_then(|found| text_of(&found.value))
}

/// A text in one of the encodings that RFC 5280 §4.1.2.4 allows anew; none if it is empty.
fn text_of(value: &x509_cert::der::Any) -> Option<String> {
    if !matches!(value.tag(), Tag::Utf8String | Tag::PrintableString) {
        return None;
    }
    let text = std::str::from_utf8(value.value()).ok()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Attribute types of X.520 and RFC 4519.
mod attribute {
    use x509_cert::der::asn1::ObjectIdentifier;

    pub(super) const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
    pub(super) const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");
    pub(super) const COUNTRY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.6");
    pub(super) const ORGANISATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.10");
    pub(super) const ORGANISATIONAL_UNIT: ObjectIdentifier =
        ObjectIdentifier::new_unwrap("2.5.4.11");
    pub(super) const USER_ID: ObjectIdentifier =
        ObjectIdentifier::new_unwrap("0.9.2342.19200300.100.1.1");
}

struct SubjectReader<'c> {
    certificate: &'c TbsCertificate,
}

impl<'c> SubjectReader<'c> {
    /// The non-empty values of that type; only the encodings RFC 5280 §4.1.2.4 allows anew.
    fn all(&self, kind: ObjectIdentifier) -> impl Iterator<Item = String> + use<'c> {
        let attributes = self.certificate.subject().iter();
        attributes
            .filter(move |attribute| attribute.oid == kind)
            .filter_map(|attribute| text_of(&attribute.value))
    }

    /// The value of that type, when there is exactly one.
    fn one(&self, kind: ObjectIdentifier) -> Option<String> {
        let mut values = self.all(kind);
        let value = values.next()?;
        values.next().is_none().then_some(value)
    }
}

/// The SIREN in `0002 <SIREN or SIRET>`: a SIRET begins with its SIREN.
fn siren_of(organisational_unit: &str) -> Option<String> {
    let number = organisational_unit.strip_prefix("0002 ")?;
    let well_formed =
        matches!(number.len(), 9 | 14) && number.bytes().all(|byte| byte.is_ascii_digit());
    if !well_formed {
        return None;
    }
    number.get(..9).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::siren_of;

    #[test]
    fn a_siren_comes_from_siren_or_siret() {
        assert_eq!(siren_of("0002 123456789").as_deref(), Some("123456789"));
        assert_eq!(
            siren_of("0002 12345678900011").as_deref(),
            Some("123456789")
        );
        for wrong in [
            "123456789",
            "0002 12345678",
            "0002 1234567890",
            "0002 12345678é",
            "0002 ",
        ] {
            assert_eq!(siren_of(wrong), None, "{wrong}");
        }
    }
}
