//! The whole hierarchy: generated from a seed, issuing to everybody.

use rcgen::{ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SubjectPublicKeyInfo};

use super::IssueError;
use super::authority::{Authority, AuthorityAlgorithm, AuthorityRole};
use super::identity::{AgentIdentity, CardUse, StationIdentity, StationUse, marked};
use super::keys::{AuthorityKey, KeyKind, Seed};
use super::leaf::{Issued, LeafSpec, subject};
use crate::path::TrustAnchors;
use crate::pkcs11::TokenAccess;
use crate::profile::{CertificateProfile, oid};

/// RGS: a holder's certificate lives at most three years.
pub(super) const HOLDER_SECONDS: i64 = 3 * 365 * 86_400 - 1;

/// The invented SIREN of the simulated centre itself.
const CENTRE_SIREN: &str = "000000000";

/// What a hierarchy is made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HierarchyParams {
    /// Decides serial numbers and P-256 keys.
    pub seed: [u8; 32],
    /// From when the authorities are valid, Unix seconds; for ten years.
    pub not_before: i64,
    /// The algorithm of the authorities' keys.
    pub algorithm: AuthorityAlgorithm,
}

impl HierarchyParams {
    /// Parameters with P-256 authorities and a seed drawn from a number.
    #[must_use]
    pub fn from_number(seed: u64, not_before: i64) -> Self {
        let mut bytes = [0; 32];
        if let Some(chunk) = bytes.first_chunk_mut() {
            *chunk = seed.to_be_bytes();
        }
        let seed = crate::codec::sha256(&bytes);
        Self {
            seed,
            not_before,
            algorithm: AuthorityAlgorithm::default(),
        }
    }
}

/// The simulated authorities, with their private keys.
#[derive(Debug)]
pub struct Hierarchy {
    pub(super) params: HierarchyParams,
    pub(super) authorities: [Authority; 5],
}

impl Hierarchy {
    /// Makes the five authorities.
    ///
    /// # Errors
    /// When a key or certificate cannot be made.
    pub fn generate(params: HierarchyParams) -> Result<Self, IssueError> {
        let algorithm = params.algorithm;
        Self::generate_with(params, |seed, label, _| {
            Ok(AuthorityKey::Software(algorithm.key(seed, label)?))
        })
    }

    /// Makes the five authorities with keys on a token, which never leave it: P-256 under the identifiers `10` to `14`.
    ///
    /// # Errors
    /// When the token cannot be opened or holds such keys already; when a certificate cannot be made.
    pub fn generate_on_token(
        params: HierarchyParams,
        access: &TokenAccess,
    ) -> Result<Self, IssueError> {
        let params = HierarchyParams {
            algorithm: AuthorityAlgorithm::P256,
            ..params
        };
        Self::generate_with(params, |_, label, role| {
            let id = match role {
                AuthorityRole::AgentsRoot => 0x10,
                AuthorityRole::AgentsSignature => 0x11,
                AuthorityRole::AgentsAuthentication => 0x12,
                AuthorityRole::Services => 0x13,
                AuthorityRole::Origin => 0x14,
            };
            AuthorityKey::make_on_token(access, id, label)
        })
    }

    fn generate_with(
        params: HierarchyParams,
        key: impl Fn(&Seed, &str, AuthorityRole) -> Result<AuthorityKey, IssueError>,
    ) -> Result<Self, IssueError> {
        let seed = Seed::new(&params.seed);
        let make = |role: AuthorityRole, above: Option<&Authority>| {
            let label = format!("authority/{}", role.slug());
            let key = key(&seed, &label, role)?;
            Authority::make(role, seed.serial(&label)?, key, params.not_before, above)
        };
        let root = make(AuthorityRole::AgentsRoot, None)?;
        let signature = make(AuthorityRole::AgentsSignature, Some(&root))?;
        let authentication = make(AuthorityRole::AgentsAuthentication, Some(&root))?;
        let services = make(AuthorityRole::Services, Some(&root))?;
        let origin = make(AuthorityRole::Origin, None)?;
        let authorities = [root, signature, authentication, services, origin];
        Ok(Self {
            params,
            authorities,
        })
    }

    /// What it was made from.
    #[must_use]
    pub fn params(&self) -> &HierarchyParams {
        &self.params
    }

    /// The authority of that role.
    #[must_use]
    pub fn authority(&self, role: AuthorityRole) -> &Authority {
        let [root, signature, authentication, services, origin] = &self.authorities;
        match role {
            AuthorityRole::AgentsRoot => root,
            AuthorityRole::AgentsSignature => signature,
            AuthorityRole::AgentsAuthentication => authentication,
            AuthorityRole::Services => services,
            AuthorityRole::Origin => origin,
        }
    }

    /// What verifies agents' signatures: the agents' root and AC Agents Signature.
    ///
    /// # Errors
    /// Never for a hierarchy made here; for one loaded, when its files are not authorities'.
    pub fn card_anchors(&self) -> Result<TrustAnchors, IssueError> {
        let root = self.authority(AuthorityRole::AgentsRoot).certificate_der();
        let signature = self
            .authority(AuthorityRole::AgentsSignature)
            .certificate_der();
        let profile = CertificateProfile::agent_signature(oid::AGENT_SIGNATURE)?;
        Ok(TrustAnchors::new(profile, &[root], &[signature])?)
    }

    /// What verifies stations' seals: AC Origine CNT.
    ///
    /// # Errors
    /// As for [`Self::card_anchors`].
    pub fn seal_anchors(&self) -> Result<TrustAnchors, IssueError> {
        let origin = self.authority(AuthorityRole::Origin).certificate_der();
        let profile = CertificateProfile::station_seal(oid::STATION_SEAL)?;
        Ok(TrustAnchors::new(profile, &[origin], &[])?)
    }

    /// Issues one of the two certificates of an agent's card, valid for three years from
    /// `not_before` (Unix seconds). The same card, use, kind and date give the same
    /// serial number and, for P-256, the same key.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_card(
        &self,
        agent: &AgentIdentity,
        card_use: CardUse,
        kind: KeyKind,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let (spec, role) = self.card_spec(agent, card_use, kind, not_before)?;
        let key = Seed::new(&self.params.seed).key(kind, &spec.label)?;
        self.issue(&spec.leaf, &key, kind, role)
    }

    /// Issues the certificate of a card whose key was made elsewhere, on the card itself above all:
    /// `public_key` is its `SubjectPublicKeyInfo`, DER. Returns the certificate, DER.
    ///
    /// # Errors
    /// When the public key cannot be read or a name does not fit its encoding.
    pub fn certify_card(
        &self,
        agent: &AgentIdentity,
        card_use: CardUse,
        public_key: &[u8],
        not_before: i64,
    ) -> Result<Vec<u8>, IssueError> {
        let public_key_info = SubjectPublicKeyInfo::from_der(public_key)?;
        let (spec, role) = self.card_spec(agent, card_use, KeyKind::P256, not_before)?;
        let mut leaf = spec.leaf;
        let fingerprint = hex::encode(crate::codec::sha256(public_key));
        let label = format!("{}/{fingerprint}", spec.label);
        leaf.serial = Seed::new(&self.params.seed).serial(&label)?;
        leaf.issue(&public_key_info, self.authority(role))
    }

    /// Issues a station's TLS client certificate, P-256, valid for three years.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_station_connection(
        &self,
        station: &StationIdentity,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let spec = self.station_use_spec(StationUse::Connection, station, not_before)?;
        self.issue_p256(&spec, AuthorityRole::Origin)
    }

    /// Issues a station's seal certificate, P-256, valid for three years.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_station_seal(
        &self,
        station: &StationIdentity,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let spec = self.station_use_spec(StationUse::Seal, station, not_before)?;
        self.issue_p256(&spec, AuthorityRole::Origin)
    }

    /// What verifies officers' signatures: AC Origine CNT.
    ///
    /// # Errors
    /// As for [`Self::card_anchors`].
    pub fn officer_anchors(&self) -> Result<TrustAnchors, IssueError> {
        let origin = self.authority(AuthorityRole::Origin).certificate_der();
        let profile = CertificateProfile::officer_signature(oid::OFFICER_SIGNATURE)?;
        Ok(TrustAnchors::new(profile, &[origin], &[])?)
    }

    /// Issues the signature certificate of an officier du ministère public, P-256, valid for three years. `omp` is their
    /// code, `court` the tribunal before which they act.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_officer(
        &self,
        omp: &str,
        court: &str,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let office = StationIdentity {
            number: omp.to_owned(),
            siren: CENTRE_SIREN.to_owned(),
            organisation: court.to_owned(),
        };
        let mut spec = self.station_spec("officer", &office, not_before)?;
        spec.leaf.key_usages = vec![KeyUsagePurpose::ContentCommitment];
        spec.leaf.policy = Some(oid::OFFICER_SIGNATURE);
        self.issue_p256(&spec, AuthorityRole::Origin)
    }

    /// Issues the authentication certificate of somebody who works for an OMP, P-256, valid for three years: login and
    /// name of the operator, code of the OMP.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_operator(
        &self,
        (login, name): (&str, &str),
        omp: &str,
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let office = StationIdentity {
            number: login.to_owned(),
            siren: CENTRE_SIREN.to_owned(),
            organisation: omp.to_owned(),
        };
        let mut spec = self.client_spec("operator", &office, not_before)?;
        spec.leaf.subject = subject(&marked(omp), CENTRE_SIREN, &marked(name), login, None)?;
        spec.leaf.policy = Some(oid::OPERATOR_AUTHENTICATION);
        self.issue_p256(&spec, AuthorityRole::Origin)
    }

    /// Issues the seal certificate of one of the CNT's services, P-256, valid for three years.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_service_seal(&self, service: &str, not_before: i64) -> Result<Issued, IssueError> {
        let mut spec = self.station_spec("service-seal", &centre(service), not_before)?;
        spec.leaf.policy = Some(oid::SERVICE_SEAL);
        self.issue_p256(&spec, AuthorityRole::Services)
    }

    /// Issues a TLS server certificate for these DNS names and addresses, P-256, valid for three years.
    ///
    /// # Errors
    /// When a name does not fit its encoding.
    pub fn issue_tls_server(
        &self,
        service: &str,
        server_names: &[&str],
        not_before: i64,
    ) -> Result<Issued, IssueError> {
        let mut spec = self.station_spec("tls", &centre(service), not_before)?;
        spec.leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        spec.leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        spec.leaf.policy = Some(oid::TLS_SERVER);
        spec.leaf.server_names = server_names.iter().map(|name| (*name).to_owned()).collect();
        self.issue_p256(&spec, AuthorityRole::Services)
    }

    pub(super) fn card_spec(
        &self,
        agent: &AgentIdentity,
        card_use: CardUse,
        kind: KeyKind,
        not_before: i64,
    ) -> Result<(LabelledSpec, AuthorityRole), IssueError> {
        let (slug, usage, extended, policy, role) = match card_use {
            CardUse::Signature => (
                "signature",
                KeyUsagePurpose::ContentCommitment,
                vec![],
                oid::AGENT_SIGNATURE,
                AuthorityRole::AgentsSignature,
            ),
            CardUse::Authentication => (
                "authentication",
                KeyUsagePurpose::DigitalSignature,
                vec![ExtendedKeyUsagePurpose::ClientAuth],
                oid::AGENT_AUTHENTICATION,
                AuthorityRole::AgentsAuthentication,
            ),
        };
        let label = format!("card/{slug}/{kind:?}/{}/{not_before}", agent.card_number);
        let leaf = LeafSpec {
            subject: subject(
                &marked(&agent.organisation),
                &agent.siren,
                &marked(&agent.name),
                &agent.card_number,
                Some(&agent.agent_number),
            )?,
            not_before,
            not_after: not_before + HOLDER_SECONDS,
            serial: Seed::new(&self.params.seed).serial(&label)?,
            key_usages: vec![usage],
            extended_key_usages: extended,
            policy: Some(policy),
            server_names: Vec::new(),
            is_authority: false,
            more_extensions: Vec::new(),
        };
        Ok((LabelledSpec { leaf, label }, role))
    }

    pub(super) fn station_use_spec(
        &self,
        station_use: StationUse,
        station: &StationIdentity,
        not_before: i64,
    ) -> Result<LabelledSpec, IssueError> {
        match station_use {
            StationUse::Connection => {
                let mut spec = self.client_spec("connection", station, not_before)?;
                spec.leaf.policy = Some(oid::STATION_CONNECTION);
                Ok(spec)
            }
            StationUse::Seal => {
                let mut spec = self.station_spec("seal", station, not_before)?;
                spec.leaf.policy = Some(oid::STATION_SEAL);
                Ok(spec)
            }
        }
    }

    /// A certificate that opens connections: digitalSignature alone, clientAuth.
    fn client_spec(
        &self,
        slug: &str,
        client: &StationIdentity,
        not_before: i64,
    ) -> Result<LabelledSpec, IssueError> {
        let mut spec = self.station_spec(slug, client, not_before)?;
        spec.leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        spec.leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Ok(spec)
    }

    /// A certificate of a machine: digitalSignature and nonRepudiation, as for a seal.
    fn station_spec(
        &self,
        slug: &str,
        station: &StationIdentity,
        not_before: i64,
    ) -> Result<LabelledSpec, IssueError> {
        let label = format!("{slug}/{}/{not_before}", station.number);
        let leaf = LeafSpec {
            subject: subject(
                &marked(&station.organisation),
                &station.siren,
                &marked(&station.number),
                &station.number,
                None,
            )?,
            not_before,
            not_after: not_before + HOLDER_SECONDS,
            serial: Seed::new(&self.params.seed).serial(&label)?,
            key_usages: vec![
                KeyUsagePurpose::DigitalSignature,
                KeyUsagePurpose::ContentCommitment,
            ],
            extended_key_usages: Vec::new(),
            policy: None,
            server_names: Vec::new(),
            is_authority: false,
            more_extensions: Vec::new(),
        };
        Ok(LabelledSpec { leaf, label })
    }

    fn issue_p256(&self, spec: &LabelledSpec, role: AuthorityRole) -> Result<Issued, IssueError> {
        let key = Seed::new(&self.params.seed).p256(&spec.label)?;
        self.issue(&spec.leaf, &key, KeyKind::P256, role)
    }

    pub(super) fn issue(
        &self,
        spec: &LeafSpec,
        key: &KeyPair,
        kind: KeyKind,
        role: AuthorityRole,
    ) -> Result<Issued, IssueError> {
        Ok(Issued {
            certificate_der: spec.issue(key, self.authority(role))?,
            key_pkcs8: key.serialize_der(),
            serial: spec.serial,
            algorithm: kind.algorithm(),
        })
    }
}

/// A specification and the label its key and serial number are drawn under.
pub(super) struct LabelledSpec {
    pub(super) leaf: LeafSpec,
    pub(super) label: String,
}

fn centre(service: &str) -> StationIdentity {
    StationIdentity {
        number: service.to_owned(),
        siren: CENTRE_SIREN.to_owned(),
        organisation: "Centre national de traitement".to_owned(),
    }
}
