//! Holders' certificates: everything that is not an authority.

use rcgen::{
    CertificateParams, CrlDistributionPoint, CustomExtension, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, PublicKeyData, SanType,
};
use x509_cert::der::Encode;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::ext::pkix::CertificatePolicies;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;

use super::IssueError;
use super::authority::Authority;
use crate::algorithm::Algorithm;
use crate::serial::SerialNumber;
use crate::signer::SoftwareSigner;

/// An instant for rcgen, whose time type this crate does not name.
macro_rules! instant {
    ($seconds:expr) => {{
        let seconds: i64 = $seconds;
        let elapsed =
            u64::try_from(seconds).map_err(|_| $crate::issue::IssueError::Instant { seconds })?;
        rcgen::date_time_ymd(1970, 1, 1) + std::time::Duration::from_secs(elapsed)
    }};
}
pub(super) use instant;

/// A certificate and the private key that goes with it.
#[derive(Clone)]
pub struct Issued {
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
    /// The private key, PKCS#8.
    pub key_pkcs8: Vec<u8>,
    /// The certificate's serial number.
    pub serial: SerialNumber,
    /// The algorithm of the key.
    pub algorithm: Algorithm,
}

impl std::fmt::Debug for Issued {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Issued")
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

impl Issued {
    /// A signer with the certificate alone in its chain, as the profile wants it.
    ///
    /// # Errors
    /// When key and certificate do not belong together.
    pub fn signer(&self) -> Result<SoftwareSigner, IssueError> {
        let chain = vec![self.certificate_der.clone()];
        Ok(SoftwareSigner::from_pkcs8(
            self.algorithm,
            &self.key_pkcs8,
            chain,
        )?)
    }

    /// The certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        super::storage::pem("CERTIFICATE", &self.certificate_der)
    }

    /// The private key in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        super::storage::pem("PRIVATE KEY", &self.key_pkcs8)
    }
}

/// What a certificate is to say; the fields are free so that wrong ones can be made too.
#[derive(Debug, Clone)]
pub(super) struct LeafSpec {
    pub(super) subject: Vec<(DnType, DnValue)>,
    pub(super) not_before: i64,
    pub(super) not_after: i64,
    pub(super) serial: SerialNumber,
    pub(super) key_usages: Vec<KeyUsagePurpose>,
    pub(super) extended_key_usages: Vec<ExtendedKeyUsagePurpose>,
    pub(super) policy: Option<&'static str>,
    pub(super) server_names: Vec<String>,
    pub(super) is_authority: bool,
    pub(super) more_extensions: Vec<CustomExtension>,
}

impl LeafSpec {
    /// Issues the certificate for a public key.
    pub(super) fn issue(
        &self,
        public_key: &impl PublicKeyData,
        issuer: &Authority,
    ) -> Result<Vec<u8>, IssueError> {
        let mut params = CertificateParams::default();
        params.not_before = instant!(self.not_before);
        params.not_after = instant!(self.not_after);
        params.serial_number = Some(self.serial.as_bytes().to_vec().into());
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in &self.subject {
            params.distinguished_name.push(kind.clone(), value.clone());
        }
        params.key_usages.clone_from(&self.key_usages);
        params
            .extended_key_usages
            .clone_from(&self.extended_key_usages);
        params.use_authority_key_identifier_extension = true;
        params.is_ca = if self.is_authority {
            IsCa::Ca(rcgen::BasicConstraints::Constrained(0))
        } else {
            IsCa::ExplicitNoCa
        };
        params.crl_distribution_points = vec![CrlDistributionPoint {
            uris: vec![issuer.role().crl_url()],
        }];
        for name in &self.server_names {
            params.subject_alt_names.push(subject_alt_name(name)?);
        }
        params.custom_extensions.clone_from(&self.more_extensions);
        if let Some(policy) = self.policy {
            params.custom_extensions.push(policies(policy)?);
        }
        let certificate = params.signed_by(public_key, issuer.issuer())?;
        Ok(certificate.der().to_vec())
    }
}

/// A server's name as it is connected to: an address of the Internet protocol, or else a DNS name (RFC 5280 §4.2.1.6).
fn subject_alt_name(name: &str) -> Result<SanType, IssueError> {
    if let Ok(address) = name.parse() {
        return Ok(SanType::IpAddress(address));
    }
    let name = name
        .try_into()
        .map_err(|_| IssueError::Name { field: "dNSName" })?;
    Ok(SanType::DnsName(name))
}

/// The certificatePolicies extension (RFC 5280 §4.2.1.4), not critical.
pub(super) fn policies(policy: &str) -> Result<CustomExtension, IssueError> {
    let wrong = |_| IssueError::Name {
        field: "certificatePolicies",
    };
    let policy_identifier = ObjectIdentifier::new(policy).map_err(|_| IssueError::Name {
        field: "certificatePolicies",
    })?;
    let policy = PolicyInformation {
        policy_identifier,
        policy_qualifiers: None,
    };
    let content = CertificatePolicies(vec![policy]).to_der().map_err(wrong)?;
    Ok(CustomExtension::from_oid_content(&[2, 5, 29, 32], content))
}

/// `C=FR, O, OU=0002 <SIREN>, CN` and what else is given, in the encodings of RGS.
pub(super) fn subject(
    organisation: &str,
    siren: &str,
    name: &str,
    number: &str,
    agent_number: Option<&str>,
) -> Result<Vec<(DnType, DnValue)>, IssueError> {
    let mut subject = vec![
        (DnType::CountryName, printable("C", "FR")?),
        (
            DnType::OrganizationName,
            DnValue::Utf8String(organisation.to_owned()),
        ),
        (
            DnType::OrganizationalUnitName,
            DnValue::Utf8String(format!("0002 {siren}")),
        ),
        (DnType::CommonName, DnValue::Utf8String(name.to_owned())),
        (
            DnType::CustomDnType(vec![2, 5, 4, 5]),
            printable("serialNumber", number)?,
        ),
    ];
    if let Some(agent_number) = agent_number {
        let kind = DnType::CustomDnType(vec![0, 9, 2342, 19_200_300, 100, 1, 1]);
        subject.push((kind, DnValue::Utf8String(agent_number.to_owned())));
    }
    Ok(subject)
}

pub(super) fn printable(field: &'static str, text: &str) -> Result<DnValue, IssueError> {
    let text = text.try_into().map_err(|_| IssueError::Name { field })?;
    Ok(DnValue::PrintableString(text))
}
