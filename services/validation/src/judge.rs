//! The judge: every rule on one message, as of its reception.

use std::sync::Arc;

use cnt_contracts::mif::{MifReading, read_payload};
use cnt_contracts::registry::AnchorsV1;
use cnt_contracts::stamp::ReceptionStamp;
use cnt_domain::civil::paris_date;
use cnt_domain::codes::Siren;
use cnt_domain::ids::{MifId, PayloadHash};
use cnt_domain::mif::Mif;
use cnt_domain::problem::{Family, Problem, ProblemCode, Severity};
use cnt_domain::registry::Registry;
use cnt_domain::verdict::Verdict;
use cnt_flow::RegistryVersion;
use cnt_trust::{
    AnchorError, CardVerifier, CertificateProfile, CertificateStatus, PolicyError, RevocationView,
    Scratch, TrustAnchors, VerifierOptions, oid,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::Deserialize;
use uuid::Uuid;

use crate::checks::{self, Facts, TransmissionLimits};

/// A registry version whose authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// A certificate is not PEM.
    #[error("an authority of registry version {version} is not a certificate in PEM")]
    Pem {
        /// The version.
        version: u64,
        /// Why.
        #[source]
        source: rustls_pki_types::pem::Error,
    },
    /// A certificate is not an authority's.
    #[error("the authorities of registry version {version} cannot be trusted")]
    Anchors {
        /// The version.
        version: u64,
        /// Why.
        #[source]
        source: AnchorError,
    },
    /// The profile of the cards is malformed.
    #[error("the profile of the cards is malformed")]
    Profile(#[from] PolicyError),
}

/// What was found about one reception, duplicates apart: they are known to the database only.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// What the gateway stamped.
    pub stamp: ReceptionStamp,
    /// Collectivity of the station, to which the receipt belongs; none if the station is unknown.
    pub station_siren: Option<Siren>,
    /// Identity of the MIF, if it could be read, even out of a payload with other problems.
    pub id_mif: Option<MifId>,
    /// SHA-256 of the payload, if it could be decoded.
    pub payload_sha256: Option<PayloadHash>,
    /// The MIF, if all of it could be read.
    pub mif: Option<Mif>,
    /// Every problem found, families in the order of the documentation.
    pub problems: Vec<Problem>,
    /// Whether it may occupy its `id_mif` and PV number: it is a MIF, and certainly of the collectivity and service it
    /// names. A forgery must not block the genuine one.
    pub may_occupy: bool,
}

impl Judgement {
    /// The verdict, duplicates apart.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        Verdict::from_problems(&self.problems)
    }

    /// The rejection of a message that an operator gave up: nothing of it was judged.
    pub(crate) fn discarded(stamp: ReceptionStamp, registry: &Registry) -> Self {
        Self {
            station_siren: station_siren(registry, &stamp),
            stamp,
            id_mif: None,
            payload_sha256: None,
            mif: None,
            problems: vec![Problem::of_message(ProblemCode::OperationsDiscarded, "")],
            may_occupy: false,
        }
    }
}

/// Judges by one version of the registry. Shared by any number of threads.
#[derive(Debug, Clone)]
pub struct Judge {
    version: Arc<RegistryVersion>,
    verifier: CardVerifier,
    limits: TransmissionLimits,
}

impl Judge {
    /// A judge by a version, with an empty cache of certificates.
    ///
    /// # Errors
    /// When the version's authorities cannot be used.
    pub fn new(
        version: Arc<RegistryVersion>,
        limits: TransmissionLimits,
    ) -> Result<Self, JudgeError> {
        Ok(Self {
            verifier: verifier(&version)?,
            version,
            limits,
        })
    }

    /// A judge by another version; with the same authorities, certificates judged already are shared.
    ///
    /// # Errors
    /// As [`Judge::new`].
    pub fn at(&self, version: Arc<RegistryVersion>) -> Result<Self, JudgeError> {
        if !same_authorities(&self.version.anchors, &version.anchors) {
            return Self::new(version, self.limits);
        }
        Ok(Self {
            version,
            ..self.clone()
        })
    }

    /// The version it judges by.
    #[must_use]
    pub fn version(&self) -> &RegistryVersion {
        &self.version
    }

    /// Judges one message, reporting every problem that can be determined. `scratch` is the thread's own.
    #[must_use]
    pub fn judge(&self, bytes: &[u8], stamp: &ReceptionStamp, scratch: &mut Scratch) -> Judgement {
        let registry = &self.version.registry;
        judge(&self.verifier, registry, self.limits, bytes, stamp, scratch)
    }
}

/// Judges one message offline, with the usual limits: what `cnt mif check` does.
///
/// # Errors
/// When the version's authorities cannot be used.
pub fn check_bytes(
    bytes: &[u8],
    stamp: &ReceptionStamp,
    version: &RegistryVersion,
) -> Result<Judgement, JudgeError> {
    let verifier = verifier(version)?;
    let limits = TransmissionLimits::default();
    let mut scratch = Scratch::default();
    Ok(judge(
        &verifier,
        &version.registry,
        limits,
        bytes,
        stamp,
        &mut scratch,
    ))
}

fn judge(
    verifier: &CardVerifier,
    registry: &Registry,
    limits: TransmissionLimits,
    bytes: &[u8],
    stamp: &ReceptionStamp,
    scratch: &mut Scratch,
) -> Judgement {
    let checked = verifier.check_bytes(bytes, scratch);
    let message = checked.message.as_ref();
    let reading = message.map_or_else(MifReading::default, |message| {
        read_payload(message.payload())
    });
    let trust = &checked.verification.problems;
    let certificate = checked.verification.certificate.as_deref();
    let read = reading.mif.as_ref().or(reading.draft.as_ref());
    let id_mif = match read {
        Some(mif) => Some(mif.id),
        None => message.and_then(|message| lone_id(message.payload())),
    };
    let mut problems = checks::format_problems(trust, reading.problems);
    let habilitation = read.and_then(|mif| {
        let key = (mif.service.clone(), mif.matricule.clone());
        registry.habilitations.get(&key)
    });
    let facts = Facts {
        is_whole: reading.mif.is_some(),
        habilitation,
        registry,
        stamp,
        reception_day: paris_date(stamp.received_at),
        mif: read,
        signer: certificate.map(CertificateStatus::facts),
        signed_at: message.map(|message| message.signing_time()),
        limits,
    };
    checks::check_all(&facts, trust, &mut problems);
    Judgement {
        stamp: *stamp,
        station_siren: station_siren(registry, stamp),
        id_mif,
        payload_sha256: message.map(|message| PayloadHash(message.payload_hash())),
        may_occupy: reading.mif.is_some() && !problems.iter().any(bars_occupation),
        mif: reading.mif,
        problems,
    }
}

/// Whether a problem keeps a MIF from occupying its ids: it may not be a MIF, may not be its sender's, or names numbers
/// that belong to another collectivity's service.
fn bars_occupation(problem: &Problem) -> bool {
    let bars = match problem.code.family() {
        Family::Format | Family::Signature | Family::Card | Family::Origin => true,
        Family::Authority => problem.code == ProblemCode::AuthorityService,
        Family::Natinf
        | Family::Person
        | Family::Territory
        | Family::Time
        | Family::Duplicate
        | Family::Operations => false,
    };
    bars && problem.code.severity() == Severity::Error
}

fn station_siren(registry: &Registry, stamp: &ReceptionStamp) -> Option<Siren> {
    registry
        .stations
        .get(&stamp.station)
        .map(|station| station.siren.clone())
}

/// The id out of a payload that is no MIF, so that its sender can tell which message a receipt is about.
fn lone_id(payload: &[u8]) -> Option<MifId> {
    #[derive(Deserialize)]
    struct Payload {
        entete: Entete,
    }
    #[derive(Deserialize)]
    struct Entete {
        id_mif: Uuid,
    }
    let payload: Payload = serde_json::from_slice(payload).ok()?;
    Some(MifId(payload.entete.id_mif))
}

fn same_authorities(one: &AnchorsV1, other: &AnchorsV1) -> bool {
    one.agents_root == other.agents_root && one.agents_intermediates == other.agents_intermediates
}

/// Revocations are the registry's, card by card, so the verifier itself knows of none.
fn verifier(version: &RegistryVersion) -> Result<CardVerifier, JudgeError> {
    let number = version.registry.version;
    let der = |pem: &String| {
        CertificateDer::from_pem_slice(pem.as_bytes()).map_err(|source| JudgeError::Pem {
            version: number,
            source,
        })
    };
    let root = der(&version.anchors.agents_root)?;
    let issuing = version
        .anchors
        .agents_intermediates
        .iter()
        .map(der)
        .collect::<Result<Vec<_>, _>>()?;
    let issuing: Vec<&[u8]> = issuing.iter().map(AsRef::as_ref).collect();
    let profile = CertificateProfile::agent_signature(oid::AGENT_SIGNATURE)?;
    let anchors = TrustAnchors::new(profile, &[root.as_ref()], &issuing).map_err(|source| {
        JudgeError::Anchors {
            version: number,
            source,
        }
    })?;
    Ok(CardVerifier::new(
        anchors,
        RevocationView::default(),
        VerifierOptions::default(),
    ))
}

/// Judges kept: the newest versions and those that messages in flight still name.
const JUDGES_KEPT: usize = 4;

/// The judges in use, the last used last.
#[derive(Debug)]
pub(crate) struct Judges {
    limits: TransmissionLimits,
    kept: Vec<Arc<Judge>>,
}

impl Judges {
    pub(crate) fn new(limits: TransmissionLimits) -> Self {
        Self {
            limits,
            kept: Vec::new(),
        }
    }

    /// The judge by a version, made if need be.
    pub(crate) fn get(&mut self, version: &Arc<RegistryVersion>) -> Result<Arc<Judge>, JudgeError> {
        let number = version.registry.version;
        let found = self
            .kept
            .iter()
            .position(|judge| judge.version.registry.version == number);
        let judge = match (found, self.kept.last()) {
            (Some(index), _) => self.kept.remove(index),
            (None, Some(last)) => Arc::new(last.at(Arc::clone(version))?),
            (None, None) => Arc::new(Judge::new(Arc::clone(version), self.limits)?),
        };
        self.kept.push(Arc::clone(&judge));
        if self.kept.len() > JUDGES_KEPT {
            self.kept.remove(0);
        }
        Ok(judge)
    }
}
