//! Connection certificates: whether a station, or an operator with their card, may open a connection now.

use webpki::{CertRevocationList, OwnedCertRevocationList};

use crate::certificate::{CertificateFacts, CertificateStatus};
use crate::path::{AnchorError, PathError, TrustAnchors};
use crate::problem::TrustProblem;
use crate::profile::{CertificateProfile, PolicyError, oid};

/// Authorities or lists that connections cannot be judged by.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionAnchorsError {
    /// The policy is no object identifier.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The origin authority cannot be trusted as configured.
    #[error(transparent)]
    Anchor(#[from] AnchorError),
    /// A revocation list cannot be read.
    #[error("revocation list {index} of the origin authority cannot be read")]
    RevocationList {
        /// Its place.
        index: usize,
        /// Why.
        #[source]
        source: PathError,
    },
}

/// Why a certificate opens no connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionError {
    /// It is no certificate.
    #[error("the certificate cannot be read")]
    Unreadable,
    /// It does not lead to the origin authority, is out of its validity, or is revoked.
    #[error(transparent)]
    Path(#[from] PathError),
    /// It was issued for something else: a seal, a card.
    #[error("the certificate was not issued for this connection: {0}")]
    Profile(TrustProblem),
}

/// Reads lists, DER.
pub(crate) fn revocation_lists(
    lists: &[&[u8]],
) -> Result<Vec<CertRevocationList<'static>>, ConnectionAnchorsError> {
    let read = |(index, der): (usize, &&[u8])| {
        OwnedCertRevocationList::from_der(der)
            .map(CertRevocationList::from)
            .map_err(|error| ConnectionAnchorsError::RevocationList {
                index,
                source: PathError(error),
            })
    };
    lists.iter().enumerate().map(read).collect()
}

/// Judges certificates of connections: path to AC Origine CNT, profile, revocation lists.
///
/// A list past its `nextUpdate` still revokes what it names, but refuses nobody else: who may connect today is told by
/// the registry too, and a list that is late must not shut out every collectivity.
#[derive(Debug)]
pub struct ConnectionVerifier {
    anchors: TrustAnchors,
    lists: Vec<CertRevocationList<'static>>,
}

impl ConnectionVerifier {
    /// Lets stations in. Trusts the origin authority and its lists; all DER.
    ///
    /// # Errors
    /// When one of them cannot be read or the certificate is no authority's.
    pub fn of_stations(
        origin_root: &[u8],
        lists: &[&[u8]],
    ) -> Result<Self, ConnectionAnchorsError> {
        Self::new(oid::STATION_CONNECTION, origin_root, lists)
    }

    /// Lets those in who work for an OMP, with their card; their login is the `card_number`. Trusts as for stations.
    ///
    /// # Errors
    /// When one of them cannot be read or the certificate is no authority's.
    pub fn of_operators(
        origin_root: &[u8],
        lists: &[&[u8]],
    ) -> Result<Self, ConnectionAnchorsError> {
        Self::new(oid::OPERATOR_AUTHENTICATION, origin_root, lists)
    }

    fn new(
        policy: &str,
        origin_root: &[u8],
        lists: &[&[u8]],
    ) -> Result<Self, ConnectionAnchorsError> {
        let profile = CertificateProfile::connection(policy)?;
        let anchors = TrustAnchors::new(profile, &[origin_root], &[])?;
        let lists = revocation_lists(lists)?;
        Ok(Self { anchors, lists })
    }

    /// Judges a certificate (DER) as of `at`, Unix seconds of the real clock.
    ///
    /// # Errors
    /// [`ConnectionError`], the path first.
    pub fn check(&self, der: &[u8], at: i64) -> Result<CertificateFacts, ConnectionError> {
        let status = CertificateStatus::judge("", der.to_vec(), &self.anchors)
            .ok_or(ConnectionError::Unreadable)?;
        self.anchors.verify_unless_listed(der, &self.lists, at)?;
        if let Some(problem) = status.problems().first() {
            return Err(ConnectionError::Profile(problem.clone()));
        }
        Ok(status.facts().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issue::{
        AgentIdentity, AuthorityRole, CardUse, CrlDates, Hierarchy, HierarchyParams, KeyKind,
        StationIdentity,
    };
    use crate::{Revocation, RevocationReason};

    const START: i64 = 1_750_000_000;
    const NOW: i64 = START + 100 * 86_400;

    fn hierarchy(seed: u64) -> Hierarchy {
        Hierarchy::generate(HierarchyParams::from_number(seed, START)).unwrap()
    }

    fn station() -> StationIdentity {
        StationIdentity {
            number: "ST000001".to_owned(),
            siren: "100000001".to_owned(),
            organisation: "Commune de Fictive".to_owned(),
        }
    }

    fn verifier(hierarchy: &Hierarchy, lists: &[&[u8]]) -> ConnectionVerifier {
        let root = hierarchy.authority(AuthorityRole::Origin).certificate_der();
        ConnectionVerifier::of_stations(root, lists).unwrap()
    }

    #[test]
    fn a_connection_certificate_opens_in_its_validity_and_nothing_else_does() {
        let ours = hierarchy(7);
        let verifier = verifier(&ours, &[]);
        let connection = ours.issue_station_connection(&station(), START).unwrap();
        let der = &connection.certificate_der;
        let facts = verifier.check(der, NOW).unwrap();
        assert_eq!(facts.siren.as_deref(), Some("100000001"));
        assert_eq!(facts.fingerprint, crate::sha256(der));
        let expired = verifier.check(der, facts.not_after + 1).unwrap_err();
        assert!(matches!(&expired, ConnectionError::Path(path) if path.is_expired()));

        let seal = ours.issue_station_seal(&station(), START).unwrap();
        let refused = verifier.check(&seal.certificate_der, NOW).unwrap_err();
        assert_eq!(
            refused,
            ConnectionError::Profile(TrustProblem::KeyUsageWrong)
        );
        let agent = AgentIdentity::simulated(1, "100000001", "Commune de Fictive");
        let card = ours.issue_card(&agent, CardUse::Authentication, KeyKind::P256, START);
        let others = hierarchy(8).issue_station_connection(&station(), START);
        for stranger in [card.unwrap(), others.unwrap()] {
            let refused = verifier.check(&stranger.certificate_der, NOW);
            assert!(matches!(refused, Err(ConnectionError::Path(_))));
        }
        assert_eq!(verifier.check(b"0", NOW), Err(ConnectionError::Unreadable));
    }

    #[test]
    fn an_operator_s_card_opens_the_operators_door_alone() {
        let ours = hierarchy(7);
        let root = ours.authority(AuthorityRole::Origin).certificate_der();
        let operators = ConnectionVerifier::of_operators(root, &[]).unwrap();
        let card = ours
            .issue_operator(("officier", "Claude Essai"), "OMP-35-01", START)
            .unwrap();
        let facts = operators.check(&card.certificate_der, NOW).unwrap();
        assert_eq!(facts.card_number.as_deref(), Some("officier"));
        let wrong = |verifier: &ConnectionVerifier, der: &[u8]| {
            matches!(
                verifier.check(der, NOW),
                Err(ConnectionError::Profile(TrustProblem::PolicyMissing { .. }))
            )
        };
        assert!(wrong(&verifier(&ours, &[]), &card.certificate_der));
        let station = ours.issue_station_connection(&station(), START).unwrap();
        assert!(wrong(&operators, &station.certificate_der));
    }

    #[test]
    fn a_list_revokes_also_when_it_is_late() {
        let ours = hierarchy(7);
        let issued = ours.issue_station_connection(&station(), START).unwrap();
        let dates = CrlDates {
            number: 1,
            this_update: START,
            next_update: START + 86_400,
        };
        let list = |revocations: &[Revocation]| {
            let authority = ours.authority(AuthorityRole::Origin);
            authority.crl(dates, revocations).unwrap()
        };
        let named = list(&[Revocation {
            serial: issued.serial,
            effective_at: START,
            reason: RevocationReason::Theft,
            known_from: START,
        }]);
        let refused = verifier(&ours, &[&named]).check(&issued.certificate_der, NOW);
        assert!(
            matches!(&refused, Err(ConnectionError::Path(path)) if path.is_revoked()),
            "{refused:?}"
        );
        let empty = verifier(&ours, &[&list(&[])]);
        assert!(empty.check(&issued.certificate_der, NOW).is_ok());
    }
}
