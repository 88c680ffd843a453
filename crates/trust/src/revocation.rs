//! Revocation by dated list: what was known at reception, judged as of then.

use std::collections::HashMap;
use std::fmt;

use crate::problem::TrustProblem;
use crate::serial::SerialNumber;

/// Why a certificate was revoked. The registry knows it; CRLs carry no reasons (RGS).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RevocationReason {
    /// The card was lost.
    Loss,
    /// The card was stolen.
    Theft,
    /// The key or its code is known to others, or the authority's key is.
    Compromise,
    /// The agent left the service.
    Departure,
    /// The collectivity left the scheme.
    CollectivityLeaving,
    /// The certificate states something that is not so.
    WrongData,
    /// Another card has replaced it.
    Superseded,
    /// Suspended for a time (`certificateHold` of RFC 5280): the only one that can be lifted.
    Suspension,
}

impl RevocationReason {
    /// Whether somebody else may hold the key, so that the device's word on the time of signing
    /// is worth nothing.
    #[must_use]
    pub const fn is_hostile(self) -> bool {
        matches!(self, Self::Loss | Self::Theft | Self::Compromise)
    }
}

impl fmt::Display for RevocationReason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Loss => "loss",
            Self::Theft => "theft",
            Self::Compromise => "compromise",
            Self::Departure => "departure",
            Self::CollectivityLeaving => "collectivity leaving",
            Self::WrongData => "wrong data",
            Self::Superseded => "superseded",
            Self::Suspension => "suspension",
        })
    }
}

/// One revocation, as the registry dates it. Instants are Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Revocation {
    /// The certificate revoked.
    pub serial: SerialNumber,
    /// From when the certificate no longer counts.
    pub effective_at: i64,
    /// Why.
    pub reason: RevocationReason,
    /// From when the registry knew of it; never before, so that a verdict can be reproduced.
    pub known_from: i64,
}

/// What revocations mean for one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationJudgement {
    /// Nothing known at reception stands against the certificate.
    Ok,
    /// Revoked between signing and reception, for a reason that does not touch what was signed.
    Warn(Revocation),
    /// The message is refused.
    Refuse(Revocation),
}

impl RevocationJudgement {
    /// The same as a problem to report.
    #[must_use]
    pub fn problem(&self) -> Option<TrustProblem> {
        match self {
            Self::Ok => None,
            Self::Warn(revocation) => Some(TrustProblem::revoked_after_signing(revocation)),
            Self::Refuse(revocation) => Some(TrustProblem::revoked(revocation)),
        }
    }
}

/// Judges a message signed at `iat` (the device's word) and received at `reception`.
///
/// A revocation effective at or before `iat` refuses. One effective between `iat` and reception,
/// reception included, refuses for loss, theft or compromise and warns otherwise. One that the
/// registry did not yet know at reception, or that takes effect later, changes nothing. Of several
/// the gravest counts, then the earliest.
#[must_use]
pub fn judge_revocation<'r>(
    iat: i64,
    reception: i64,
    revocations: impl IntoIterator<Item = &'r Revocation>,
) -> RevocationJudgement {
    let mut refusal: Option<Revocation> = None;
    let mut warning: Option<Revocation> = None;
    for revocation in revocations {
        if revocation.known_from > reception {
            continue;
        }
        let found = if revocation.effective_at <= iat {
            &mut refusal
        } else if revocation.effective_at > reception {
            continue;
        } else if revocation.reason.is_hostile() {
            &mut refusal
        } else {
            &mut warning
        };
        if found.is_none_or(|earlier| revocation.effective_at < earlier.effective_at) {
            *found = Some(*revocation);
        }
    }
    match (refusal, warning) {
        (Some(revocation), _) => RevocationJudgement::Refuse(revocation),
        (None, Some(revocation)) => RevocationJudgement::Warn(revocation),
        (None, None) => RevocationJudgement::Ok,
    }
}

/// All revocations of one version of the registry, of cards and of authorities alike. Immutable:
/// a new version is a new view.
///
/// Certificates are told apart by serial number alone, across all authorities of the scheme:
/// their serial numbers carry at least 64 unpredictable bits. A chance collision could only
/// refuse, never accept.
#[derive(Debug, Default)]
pub struct RevocationView {
    version: u64,
    by_serial: HashMap<SerialNumber, Vec<Revocation>>,
}

impl RevocationView {
    /// The view of these revocations under the registry's version.
    pub fn new(version: u64, revocations: impl IntoIterator<Item = Revocation>) -> Self {
        let mut by_serial: HashMap<SerialNumber, Vec<Revocation>> = HashMap::new();
        for revocation in revocations {
            by_serial
                .entry(revocation.serial)
                .or_default()
                .push(revocation);
        }
        Self { version, by_serial }
    }

    /// The registry's version this view was made of.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The revocations of one certificate, usually none.
    #[must_use]
    pub fn of(&self, serial: &SerialNumber) -> &[Revocation] {
        self.by_serial.get(serial).map_or(&[], Vec::as_slice)
    }

    /// How many certificates have at least one revocation.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_serial.len()
    }

    /// Whether nothing is revoked.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_serial.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::RevocationJudgement::{Ok, Refuse, Warn};
    use super::*;

    const IAT: i64 = 1_000;
    const RECEPTION: i64 = 2_000;

    fn revocation(effective_at: i64, reason: RevocationReason, known_from: i64) -> Revocation {
        let serial = SerialNumber::from_bytes(&[7]).unwrap();
        Revocation {
            serial,
            effective_at,
            reason,
            known_from,
        }
    }

    #[test]
    fn table_of_dates_and_reasons() {
        use RevocationReason::*;
        let hostile = [Loss, Theft, Compromise];
        let benign = [
            Departure,
            CollectivityLeaving,
            WrongData,
            Superseded,
            Suspension,
        ];
        // effective at, known from, hostile verdict, benign verdict: 0 ok, 1 warn, 2 refuse
        let table = [
            (IAT - 1, 0, 2, 2),
            (IAT, 0, 2, 2),
            (IAT, RECEPTION, 2, 2),
            (IAT, RECEPTION + 1, 0, 0),
            (IAT + 1, 0, 2, 1),
            (RECEPTION, 0, 2, 1),
            (RECEPTION, RECEPTION, 2, 1),
            (RECEPTION, RECEPTION + 1, 0, 0),
            (RECEPTION + 1, 0, 0, 0),
        ];
        for (effective_at, known_from, hostile_verdict, benign_verdict) in table {
            let cases = hostile
                .iter()
                .map(|reason| (*reason, hostile_verdict))
                .chain(benign.iter().map(|reason| (*reason, benign_verdict)));
            for (reason, verdict) in cases {
                let case = revocation(effective_at, reason, known_from);
                let expected = [Ok, Warn(case), Refuse(case)][verdict];
                let judged = judge_revocation(IAT, RECEPTION, &[case]);
                assert_eq!(judged, expected, "{effective_at} {reason} {known_from}");
            }
        }
    }

    #[test]
    fn a_clock_slightly_ahead_does_not_open_a_gap() {
        let between = revocation(RECEPTION + 30, RevocationReason::Departure, RECEPTION);
        let judged = judge_revocation(RECEPTION + 60, RECEPTION, &[between]);
        assert_eq!(judged, Refuse(between));
    }

    #[test]
    fn the_gravest_then_the_earliest_counts() {
        let benign = revocation(IAT + 1, RevocationReason::Departure, 0);
        let theft = revocation(IAT + 9, RevocationReason::Theft, 0);
        let loss = revocation(IAT + 5, RevocationReason::Loss, 0);
        assert_eq!(
            judge_revocation(IAT, RECEPTION, &[benign, theft, loss]),
            Refuse(loss)
        );
        assert_eq!(judge_revocation(IAT, RECEPTION, &[benign]), Warn(benign));
        assert_eq!(judge_revocation(IAT, RECEPTION, &[]), Ok);
    }

    #[test]
    fn a_view_groups_by_serial() {
        let one = revocation(1, RevocationReason::Loss, 1);
        let two = revocation(2, RevocationReason::Superseded, 2);
        let view = RevocationView::new(42, [one, two]);
        assert_eq!((view.version(), view.len()), (42, 1));
        assert_eq!(view.of(&one.serial), [one, two]);
        assert!(view.of(&SerialNumber::from_bytes(&[8]).unwrap()).is_empty());
    }
}
