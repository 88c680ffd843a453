//! Certificates that must be refused, each wrong in one way: for tests and for the load's bad part.

use rcgen::{
    CustomExtension, DnType, ExtendedKeyUsagePurpose, KeyUsagePurpose, SubjectPublicKeyInfo,
};

use super::IssueError;
use super::authority::{AUTHORITY_SECONDS, Authority, AuthorityRole};
use super::hierarchy::{HOLDER_SECONDS, Hierarchy, HierarchyParams};
use super::identity::{AgentIdentity, CardUse, StationIdentity};
use super::keys::{AuthorityKey, KeyKind, Seed, p384};
use super::leaf::{Issued, LeafSpec};
use crate::algorithm::Algorithm;
use crate::profile::oid;

/// What is wrong with a card's signature certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    /// Issued by authorities of the same names with other keys.
    RogueAuthority,
    /// Issued by an authority of another name.
    StrangeAuthority,
    /// Issued with an agent's signature key acting as an authority.
    LeafAsAuthority,
    /// Itself an authority's certificate.
    AuthorityAsSigner,
    /// The card's authentication certificate.
    AuthenticationCertificate,
    /// Issued by the right authority, but after the authority's own end.
    OutlivesAuthority,
    /// Valid only from three years after the date given.
    NotYetValid,
    /// Expired the second before the date given.
    Expired,
    /// Valid for four years.
    TooLong,
    /// The policy of authentication.
    WrongPolicy,
    /// No policy at all.
    NoPolicy,
    /// keyUsage digitalSignature and nonRepudiation.
    TwoUsages,
    /// keyUsage right but not critical.
    UsageNotCritical,
    /// An extended key usage.
    ExtendedUsage,
    /// A critical extension nobody knows.
    UnknownCriticalExtension,
    /// An RSA key of 1024 bits. Its private key is unknown: the one given belongs to nothing.
    Rsa1024,
    /// A P-384 key. The private key given cannot sign ES256.
    P384,
    /// No `OU` with a SIREN.
    NoSiren,
    /// No agent's number.
    NoAgentNumber,
}

impl Hierarchy {
    /// A signature card that is wrong in one way and right in all others, issued as of
    /// `not_before` (Unix seconds).
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_flawed_card(
        &self,
        agent: &AgentIdentity,
        flaw: Flaw,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let (spec, role) = self.card_spec(agent, CardUse::Signature, KeyKind::P256, not_before)?;
        let mut leaf = spec.leaf;
        let seed = Seed::new(&self.params.seed);
        let label = format!("flawed/{flaw:?}/{}", spec.label);
        let key = seed.p256(&label)?;
        leaf.serial = seed.serial(&label)?;
        match flaw {
            Flaw::RogueAuthority => {
                return self.rogue()?.issue(&leaf, &key, KeyKind::P256, role);
            }
            Flaw::StrangeAuthority => {
                return self.issue(&leaf, &key, KeyKind::P256, AuthorityRole::Origin);
            }
            Flaw::LeafAsAuthority => return self.issued_by_leaf(agent, &leaf, not_before),
            Flaw::AuthenticationCertificate => {
                return self.issue_card(agent, CardUse::Authentication, KeyKind::P256, not_before);
            }
            Flaw::Rsa1024 => return self.issue_weak(&leaf, role),
            Flaw::P384 => {
                let key = p384()?;
                return self.issue(&leaf, &key, KeyKind::P256, role);
            }
            Flaw::AuthorityAsSigner => {
                leaf.is_authority = true;
            }
            Flaw::OutlivesAuthority => {
                let end = self.params.not_before + AUTHORITY_SECONDS;
                leaf.not_before = end - HOLDER_SECONDS / 2;
                leaf.not_after = end + HOLDER_SECONDS / 2;
            }
            Flaw::NotYetValid => {
                leaf.not_before = not_before + HOLDER_SECONDS;
                leaf.not_after = leaf.not_before + HOLDER_SECONDS;
            }
            Flaw::Expired => {
                leaf.not_before = not_before - 1 - HOLDER_SECONDS;
                leaf.not_after = not_before - 1;
            }
            Flaw::TooLong => leaf.not_after = not_before + 4 * 365 * 86_400,
            Flaw::WrongPolicy => leaf.policy = Some(oid::AGENT_AUTHENTICATION),
            Flaw::NoPolicy => leaf.policy = None,
            Flaw::TwoUsages => leaf.key_usages.push(KeyUsagePurpose::DigitalSignature),
            Flaw::UsageNotCritical => {
                leaf.key_usages.clear();
                // BIT STRING with bit 1, nonRepudiation.
                let content = vec![0x03, 0x02, 0x06, 0x40];
                let usage = CustomExtension::from_oid_content(&[2, 5, 29, 15], content);
                leaf.more_extensions.push(usage);
            }
            Flaw::ExtendedUsage => {
                leaf.extended_key_usages
                    .push(ExtendedKeyUsagePurpose::EmailProtection);
            }
            Flaw::UnknownCriticalExtension => {
                let arc = [1, 3, 6, 1, 4, 1, 32473, 9, 9];
                let mut extension = CustomExtension::from_oid_content(&arc, vec![0x05, 0x00]);
                extension.set_criticality(true);
                leaf.more_extensions.push(extension);
            }
            Flaw::NoSiren => {
                leaf.subject
                    .retain(|(kind, _)| *kind != DnType::OrganizationalUnitName);
            }
            Flaw::NoAgentNumber => {
                leaf.subject.pop();
            }
        }
        self.issue(&leaf, &key, KeyKind::P256, role)
    }

    /// A hierarchy of the same names and serial numbers with other keys.
    ///
    /// # Errors
    /// When a key or certificate cannot be made.
    pub fn rogue(&self) -> Result<Self, IssueError> {
        let mut rogue = Self::generate(HierarchyParams {
            seed: crate::codec::sha256(&self.params.seed),
            ..self.params.clone()
        })?;
        rogue.params.seed = self.params.seed;
        Ok(rogue)
    }

    fn issued_by_leaf(
        &self,
        agent: &AgentIdentity,
        leaf: &LeafSpec,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let colleague = AgentIdentity {
            card_number: format!("{}-A", agent.card_number),
            ..agent.clone()
        };
        let (spec, role) =
            self.card_spec(&colleague, CardUse::Signature, KeyKind::P256, not_before)?;
        let seed = Seed::new(&self.params.seed);
        let issuer_key = seed.p256(&spec.label)?;
        let issuer_der = spec.leaf.issue(&issuer_key, self.authority(role))?;
        // The library asks an issuer for keyCertSign only when it makes CRLs.
        let issuer = Authority::read(
            role,
            spec.leaf.serial,
            issuer_der,
            AuthorityKey::Software(issuer_key),
        )?;
        let key = seed.p256(&format!("by-leaf/{}", agent.card_number))?;
        Ok(Issued {
            certificate_der: leaf.issue(&key, &issuer)?,
            key_pkcs8: key.serialize_der(),
            serial: leaf.serial,
            algorithm: Algorithm::Es256,
        })
    }

    fn issue_weak(&self, leaf: &LeafSpec, role: AuthorityRole) -> Result<Issued, IssueError> {
        let public_key = SubjectPublicKeyInfo::from_der(include_bytes!("rsa1024.spki.der"))?;
        let unrelated = Seed::new(&self.params.seed).p256("unrelated")?;
        Ok(Issued {
            certificate_der: leaf.issue(&public_key, self.authority(role))?,
            key_pkcs8: unrelated.serialize_der(),
            serial: leaf.serial,
            algorithm: Algorithm::Rs256,
        })
    }

    /// A station's seal certificate of the right profile, issued by the wrong authority.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_seal_of_wrong_authority(
        &self,
        station: &StationIdentity,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        self.rogue()?.issue_station_seal(station, not_before)
    }
}
