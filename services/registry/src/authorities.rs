//! The authorities whose keys the registry holds: they certify keys and sign revocation lists.

use std::path::Path;
use std::sync::Arc;

use cnt_contracts::registry::SnapshotV1;
use cnt_trust::issue::{AuthorityRole, CrlDates, Hierarchy, IssueError};
use cnt_trust::{Revocation, RevocationReason, SerialNumber};

use crate::nation::cards::crl_pem;

const HOUR_SECONDS: i64 = 3_600;
/// A list holds for so long; RGS *** asks for at most 36 hours.
const LIST_SECONDS: i64 = 36 * HOUR_SECONDS;

/// Now, on both clocks, Unix seconds: cards follow the legal clock, stations' connections the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Instants {
    pub(crate) legal_s: i64,
    pub(crate) real_s: i64,
}

impl Instants {
    /// Whether these instants have come, on either clock.
    pub(crate) fn is_reached(self, now: Self) -> bool {
        self.legal_s <= now.legal_s || self.real_s <= now.real_s
    }
}

/// Why authorities cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthoritiesError {
    #[error("this registry holds no authority's keys")]
    None,
    #[error("{role:?} is not the authority that the registry's snapshot names")]
    Foreign { role: AuthorityRole },
    #[error("the interval between revocation lists is 1 to 24 hours, not {0}")]
    Interval(u8),
    #[error("{holder} has a certificate whose serial number is none")]
    Number { holder: String },
    #[error("the authorities cannot be read or cannot sign")]
    Issue(#[from] IssueError),
}

/// The authorities, with their keys.
#[derive(Debug)]
pub(crate) struct Authorities {
    hierarchy: Hierarchy,
    lists_every_s: i64,
}

impl Authorities {
    /// Reads them; `None` when no directory is configured.
    pub(crate) fn load(
        directory: &Path,
        lists_every_h: u8,
    ) -> Result<Option<Arc<Self>>, AuthoritiesError> {
        if directory.as_os_str().is_empty() {
            return Ok(None);
        }
        if !(1..=24).contains(&lists_every_h) {
            return Err(AuthoritiesError::Interval(lists_every_h));
        }
        Ok(Some(Arc::new(Self {
            hierarchy: Hierarchy::load(directory)?,
            lists_every_s: i64::from(lists_every_h) * HOUR_SECONDS,
        })))
    }

    pub(crate) fn hierarchy(&self) -> &Hierarchy {
        &self.hierarchy
    }

    /// Puts lists of all that is revoked now into a snapshot, numbered by its version; returns when they are due again:
    /// when they are old, or when a revocation dated ahead takes effect.
    pub(crate) fn sign_lists(
        &self,
        snapshot: &mut SnapshotV1,
        now: Instants,
    ) -> Result<Instants, AuthoritiesError> {
        self.check_ours(snapshot)?;
        let mut due = Instants {
            legal_s: now.legal_s + self.lists_every_s,
            real_s: now.real_s + self.lists_every_s,
        };
        let (mut signature, mut authentication, mut origin) = (Vec::new(), Vec::new(), Vec::new());
        for card in &snapshot.cards {
            let Some(revocation) = &card.revocation else {
                continue;
            };
            let at = revocation.effective_at_s;
            if at > now.legal_s {
                due.legal_s = due.legal_s.min(at);
            }
            for (number, list) in [
                (&card.signature_number, &mut signature),
                (&card.authentication_number, &mut authentication),
            ] {
                list.extend(revoked(&card.serial, number.as_deref(), at)?);
            }
        }
        for station in &snapshot.stations {
            let Some(at) = station.cut_at_s else {
                continue;
            };
            for number in [&station.connection_number, &station.seal_number] {
                origin.extend(revoked(&station.name, number.as_deref(), at)?);
            }
        }
        let version = snapshot.version;
        let sign = |role: AuthorityRole, at: i64, revocations: &[Revocation]| {
            let dates = CrlDates {
                number: version,
                this_update: at,
                next_update: at + LIST_SECONDS,
            };
            let der = self.hierarchy.authority(role).crl(dates, revocations)?;
            Ok::<_, IssueError>(crl_pem(&der))
        };
        snapshot.anchors.agents_crls = vec![
            sign(AuthorityRole::AgentsRoot, now.legal_s, &[])?,
            sign(AuthorityRole::AgentsSignature, now.legal_s, &signature)?,
            sign(
                AuthorityRole::AgentsAuthentication,
                now.legal_s,
                &authentication,
            )?,
        ];
        snapshot.anchors.origin_crls = vec![sign(AuthorityRole::Origin, now.real_s, &origin)?];
        Ok(due)
    }

    /// Lists signed by authorities that nobody trusts would revoke nothing.
    fn check_ours(&self, snapshot: &SnapshotV1) -> Result<(), AuthoritiesError> {
        let anchors = &snapshot.anchors;
        let is_signature = |role| {
            let ours = self.hierarchy.authority(role).certificate_pem();
            anchors.agents_intermediates.contains(&ours)
        };
        let is = |role, pem: &String| self.hierarchy.authority(role).certificate_pem() == *pem;
        for (role, is_ours) in [
            (
                AuthorityRole::AgentsRoot,
                is(AuthorityRole::AgentsRoot, &anchors.agents_root),
            ),
            (
                AuthorityRole::AgentsSignature,
                is_signature(AuthorityRole::AgentsSignature),
            ),
            (
                AuthorityRole::Origin,
                is(AuthorityRole::Origin, &anchors.origin_root),
            ),
        ] {
            if !is_ours {
                return Err(AuthoritiesError::Foreign { role });
            }
        }
        Ok(())
    }
}

/// An authority's list in a snapshot (PEM), by the name of its file; `None` when no authority has that name.
pub(crate) fn list_of(snapshot: &SnapshotV1, name: &str) -> Option<String> {
    let anchors = &snapshot.anchors;
    let list = match name {
        "agents-root" => anchors.agents_crls.first(),
        "agents-signature" => anchors.agents_crls.get(1),
        "agents-authentication" => anchors.agents_crls.get(2),
        "origin" => anchors.origin_crls.first(),
        _ => None,
    };
    list.cloned()
}

fn revoked(
    holder: &str,
    number: Option<&str>,
    at: i64,
) -> Result<Option<Revocation>, AuthoritiesError> {
    let Some(number) = number else {
        return Ok(None);
    };
    let serial: SerialNumber = number.parse().map_err(|_| AuthoritiesError::Number {
        holder: holder.to_owned(),
    })?;
    Ok(Some(Revocation {
        serial,
        effective_at: at,
        // Lists carry no reasons.
        reason: RevocationReason::WrongData,
        known_from: at,
    }))
}

#[cfg(test)]
mod tests {
    use cnt_contracts::registry::{ReasonV1, RevocationV1};

    use super::*;
    use crate::nation::{Nation, NationParams};

    fn nation(seed: u64) -> Nation {
        Nation::build(&NationParams {
            collectivities: 9,
            agents_per_collectivity: 1,
            ..NationParams::new(seed, "2026-01-01".parse().unwrap())
        })
        .unwrap()
    }

    fn authorities(nation: Nation) -> (Authorities, SnapshotV1) {
        let authorities = Authorities {
            hierarchy: nation.secrets.hierarchy,
            lists_every_s: 12 * HOUR_SECONDS,
        };
        (authorities, nation.snapshot)
    }

    const NOW: Instants = Instants {
        legal_s: 1_780_000_000,
        real_s: 1_779_000_000,
    };

    #[test]
    fn lists_are_due_again_when_old_or_when_a_revocation_takes_effect() {
        let (authorities, mut snapshot) = authorities(nation(7));
        snapshot.cards.retain(|card| card.revocation.is_none());
        let due = authorities.sign_lists(&mut snapshot, NOW).unwrap();
        assert_eq!(due.legal_s, NOW.legal_s + 43_200);
        assert_eq!(due.real_s, NOW.real_s + 43_200);
        snapshot.cards[0].revocation = Some(RevocationV1 {
            effective_at_s: NOW.legal_s + 60,
            reason: ReasonV1::Departure,
        });
        let due = authorities.sign_lists(&mut snapshot, NOW).unwrap();
        assert_eq!(due.legal_s, NOW.legal_s + 60);
        assert!(!due.is_reached(NOW));
        let later = Instants {
            legal_s: NOW.legal_s + 60,
            ..NOW
        };
        assert!(due.is_reached(later));
        assert!(list_of(&snapshot, "agents-authentication").is_some());
        assert!(list_of(&snapshot, "services").is_none());
    }

    #[test]
    fn strangers_lists_are_not_signed_into_a_registry() {
        let (_, mut snapshot) = authorities(nation(7));
        let (strangers, _) = authorities(nation(8));
        let refused = strangers.sign_lists(&mut snapshot, NOW);
        assert!(matches!(refused, Err(AuthoritiesError::Foreign { .. })));
    }
}
