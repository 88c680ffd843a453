//! The authorities of the hierarchy.

use rcgen::{
    BasicConstraints, CertificateParams, CrlDistributionPoint, DistinguishedName, DnType, DnValue,
    IsCa, Issuer, KeyPair, KeyUsagePurpose, RsaKeySize,
};
use rustls_pki_types::CertificateDer;

use super::IssueError;
use super::identity::marked;
use super::keys::{AuthorityKey, Seed, rsa};
use super::leaf::{instant, policies, printable};
use crate::algorithm::Algorithm;
use crate::profile::oid;
use crate::serial::SerialNumber;

/// RGS: an authority lives at most ten years; counted as 3652 days.
pub(super) const AUTHORITY_SECONDS: i64 = 3652 * 86_400 - 1;

/// The place of an authority in the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AuthorityRole {
    /// AC Racine Agents: the root above the cards.
    AgentsRoot,
    /// AC Agents Signature.
    AgentsSignature,
    /// AC Agents Authentification.
    AgentsAuthentication,
    /// AC Services CNT.
    Services,
    /// AC Origine CNT: the root that issues to stations.
    Origin,
}

impl AuthorityRole {
    /// All roles, issuers before those they issue to.
    pub const ALL: [Self; 5] = [
        Self::AgentsRoot,
        Self::AgentsSignature,
        Self::AgentsAuthentication,
        Self::Services,
        Self::Origin,
    ];

    /// The name used for files, CRLs and labels.
    #[must_use]
    pub const fn slug(self) -> &'static str {
        match self {
            Self::AgentsRoot => "agents-root",
            Self::AgentsSignature => "agents-signature",
            Self::AgentsAuthentication => "agents-authentication",
            Self::Services => "services",
            Self::Origin => "origin",
        }
    }

    /// Who signs its certificate; `None` for a root.
    #[must_use]
    pub const fn issued_by(self) -> Option<Self> {
        match self {
            Self::AgentsRoot | Self::Origin => None,
            Self::AgentsSignature | Self::AgentsAuthentication | Self::Services => {
                Some(Self::AgentsRoot)
            }
        }
    }

    /// Where its CRL would be published; the name resolves nowhere (RFC 2606).
    #[must_use]
    pub fn crl_url(self) -> String {
        format!("http://crl.simulation.invalid/{}.crl", self.slug())
    }

    const fn common_name(self) -> &'static str {
        match self {
            Self::AgentsRoot => "AC Racine Agents",
            Self::AgentsSignature => "AC Agents Signature",
            Self::AgentsAuthentication => "AC Agents Authentification",
            Self::Services => "AC Services CNT",
            Self::Origin => "AC Origine CNT",
        }
    }

    const fn organisation(self) -> &'static str {
        match self {
            Self::AgentsRoot | Self::AgentsSignature | Self::AgentsAuthentication => {
                "Titres sécurisés"
            }
            Self::Services | Self::Origin => "Centre national de traitement",
        }
    }

    const fn policy(self) -> Option<&'static str> {
        match self {
            Self::AgentsSignature => Some(oid::AGENT_SIGNATURE),
            Self::AgentsAuthentication => Some(oid::AGENT_AUTHENTICATION),
            Self::AgentsRoot | Self::Services | Self::Origin => None,
        }
    }
}

/// The algorithm of the authorities' keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AuthorityAlgorithm {
    /// ECDSA P-256: made from the seed in microseconds, certificates 400 bytes smaller than under
    /// RSA-4096. Checking a path costs more than with RSA, but only once per certificate.
    #[default]
    P256,
    /// RSA-3072, random.
    Rsa3072,
    /// RSA-4096, random: seconds to make.
    Rsa4096,
}

impl AuthorityAlgorithm {
    pub(super) const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::Es256,
            Self::Rsa3072 | Self::Rsa4096 => Algorithm::Rs256,
        }
    }

    pub(super) fn key(self, seed: &Seed, label: &str) -> Result<KeyPair, IssueError> {
        match self {
            Self::P256 => seed.p256(label),
            Self::Rsa3072 => rsa(RsaKeySize::_3072),
            Self::Rsa4096 => rsa(RsaKeySize::_4096),
        }
    }
}

/// One authority: its certificate and its key.
pub struct Authority {
    role: AuthorityRole,
    certificate_der: Vec<u8>,
    serial: SerialNumber,
    issuer: Issuer<'static, AuthorityKey>,
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Authority")
            .field("role", &self.role)
            .field("serial", &self.serial)
            .finish_non_exhaustive()
    }
}

impl Authority {
    /// Makes the authority of that role, valid from `not_before`, signed by `above` or itself.
    pub(super) fn make(
        role: AuthorityRole,
        serial: SerialNumber,
        key: AuthorityKey,
        not_before: i64,
        above: Option<&Self>,
    ) -> Result<Self, IssueError> {
        let mut params = CertificateParams::default();
        params.not_before = instant!(not_before);
        params.not_after = instant!(not_before + AUTHORITY_SECONDS);
        params.serial_number = Some(serial.as_bytes().to_vec().into());
        params.distinguished_name = DistinguishedName::new();
        for (kind, value) in [
            (DnType::CountryName, printable("C", "FR")?),
            (
                DnType::OrganizationName,
                DnValue::Utf8String(marked(role.organisation())),
            ),
            (
                DnType::CommonName,
                DnValue::Utf8String(marked(role.common_name())),
            ),
        ] {
            params.distinguished_name.push(kind, value);
        }
        // Only the agents' root has an authority below it.
        let path_length = u8::from(role == AuthorityRole::AgentsRoot);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(path_length));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        if let Some(above) = above {
            params.use_authority_key_identifier_extension = true;
            let uris = vec![above.role.crl_url()];
            params.crl_distribution_points = vec![CrlDistributionPoint { uris }];
        }
        if let Some(policy) = role.policy() {
            params.custom_extensions.push(policies(policy)?);
        }
        let certificate = match above {
            Some(above) => params.signed_by(&key, above.issuer())?,
            None => params.self_signed(&key)?,
        };
        Self::read(role, serial, certificate.der().to_vec(), key)
    }

    /// An authority of a certificate and key made before.
    pub(super) fn read(
        role: AuthorityRole,
        serial: SerialNumber,
        certificate_der: Vec<u8>,
        key: AuthorityKey,
    ) -> Result<Self, IssueError> {
        let der = CertificateDer::from(certificate_der.as_slice());
        let issuer = Issuer::from_ca_cert_der(&der, key)?;
        Ok(Self {
            role,
            certificate_der,
            serial,
            issuer,
        })
    }

    /// Its place in the hierarchy.
    #[must_use]
    pub fn role(&self) -> AuthorityRole {
        self.role
    }

    /// Its certificate, DER.
    #[must_use]
    pub fn certificate_der(&self) -> &[u8] {
        &self.certificate_der
    }

    /// Its certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        super::storage::pem("CERTIFICATE", &self.certificate_der)
    }

    /// The serial number of its certificate.
    #[must_use]
    pub fn serial(&self) -> SerialNumber {
        self.serial
    }

    pub(super) fn issuer(&self) -> &Issuer<'static, AuthorityKey> {
        &self.issuer
    }

    pub(super) fn key(&self) -> &AuthorityKey {
        self.issuer.key()
    }
}
