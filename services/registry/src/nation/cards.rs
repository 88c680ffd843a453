//! Issuing cards and stations' certificates, and the lists of revoked ones.

use cnt_contracts::hex32::Hex32;
use cnt_contracts::registry::AnchorsV1;
use cnt_trust::issue::{
    AgentIdentity, AuthorityRole, CardUse, CrlDates, Hierarchy, IssueError, Issued, KeyKind,
    StationIdentity, pem,
};
use cnt_trust::{Revocation, RevocationReason, SerialNumber, sha256};

use super::Credential;

/// The first CRLs of a nation hold for a year: where no registry holds the authorities' keys, nobody renews them.
const CRL_SECONDS: i64 = 366 * 86_400;

/// What was issued to one holder.
pub(super) struct Holder {
    pub(super) credential: Credential,
    pub(super) fingerprint: Hex32,
    pub(super) serial: SerialNumber,
}

impl From<Issued> for Holder {
    fn from(issued: Issued) -> Self {
        Self {
            credential: Credential {
                certificate_pem: issued.certificate_pem(),
                key_pem: issued.key_pem(),
            },
            fingerprint: Hex32(sha256(&issued.certificate_der)),
            serial: issued.serial,
        }
    }
}

pub(super) fn card(
    hierarchy: &Hierarchy,
    agent: &AgentIdentity,
    key: KeyKind,
    not_before: i64,
) -> Result<Holder, IssueError> {
    let issued = hierarchy.issue_card(agent, CardUse::Signature, key, not_before)?;
    Ok(issued.into())
}

pub(super) fn station(
    hierarchy: &Hierarchy,
    station: &StationIdentity,
    not_before: i64,
) -> Result<Holder, IssueError> {
    Ok(hierarchy
        .issue_station_connection(station, not_before)?
        .into())
}

pub(super) fn seal(
    hierarchy: &Hierarchy,
    station: &StationIdentity,
    not_before: i64,
) -> Result<Holder, IssueError> {
    Ok(hierarchy.issue_station_seal(station, not_before)?.into())
}

/// Certificates and revocation lists to verify with; `revoked` cards are revoked from `at` (Unix seconds).
pub(super) fn anchors(
    hierarchy: &Hierarchy,
    revoked: &[SerialNumber],
    at: i64,
) -> Result<AnchorsV1, IssueError> {
    let revocations: Vec<Revocation> = revoked
        .iter()
        .map(|serial| Revocation {
            serial: *serial,
            effective_at: at,
            reason: RevocationReason::Theft,
            known_from: at,
        })
        .collect();
    let dates = CrlDates {
        number: 1,
        this_update: at,
        next_update: at + CRL_SECONDS,
    };
    let crl = |role: AuthorityRole, revocations: &[Revocation]| {
        let der = hierarchy.authority(role).crl(dates, revocations)?;
        Ok::<_, IssueError>(crl_pem(&der))
    };
    let certificate = |role: AuthorityRole| hierarchy.authority(role).certificate_pem();
    Ok(AnchorsV1 {
        agents_root: certificate(AuthorityRole::AgentsRoot),
        agents_intermediates: vec![certificate(AuthorityRole::AgentsSignature)],
        agents_crls: vec![
            crl(AuthorityRole::AgentsRoot, &[])?,
            crl(AuthorityRole::AgentsSignature, &revocations)?,
        ],
        origin_root: certificate(AuthorityRole::Origin),
        origin_crls: vec![crl(AuthorityRole::Origin, &[])?],
    })
}

/// PEM of a CRL (RFC 7468 §6).
pub(crate) fn crl_pem(der: &[u8]) -> String {
    pem("X509 CRL", der)
}
