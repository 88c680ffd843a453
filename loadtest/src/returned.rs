//! Mail that comes back undelivered (NPAI), with the post's motives.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::contest::fate;
use crate::random::Draw;

/// Share of the letters that come back: an assumption, no figure is published (domain: 2 to 8 %).
pub const RETURNED_SHARE: f64 = 0.04;

/// Why a letter came back, in the post's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReturnReason {
    /// Destinataire inconnu à l'adresse.
    #[serde(rename = "PND_INCONNU")]
    Unknown,
    /// Défaut d'accès ou d'adressage.
    #[serde(rename = "PND_ADRESSAGE")]
    Addressing,
    /// Pli refusé par le destinataire.
    #[serde(rename = "PND_REFUSE")]
    Refused,
    /// Pli avisé et non réclamé; of recommended letters only.
    #[serde(rename = "PND_NON_RECLAME")]
    Unclaimed,
}

/// A letter that comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReturnedMail {
    /// The MIF whose avis it was.
    pub id_mif: Uuid,
    /// Why.
    pub reason: ReturnReason,
    /// Days after the deposit.
    pub days_after_deposit: u16,
}

/// Whether the avis of a MIF comes back.
pub(crate) fn returned_mail(seed: u64, id_mif: Uuid) -> Option<ReturnedMail> {
    let mut draw = Draw::of_digest(fate(seed, "returned", id_mif));
    if draw.share() >= RETURNED_SHARE {
        return None;
    }
    let reason = match draw.below(20) {
        0..14 => ReturnReason::Unknown,
        14..18 => ReturnReason::Addressing,
        18 => ReturnReason::Refused,
        _ => ReturnReason::Unclaimed,
    };
    let days = if reason == ReturnReason::Unclaimed {
        // The post keeps it for fifteen days.
        draw.between(17, 24)
    } else {
        draw.between(3, 12)
    };
    Some(ReturnedMail {
        id_mif,
        reason,
        days_after_deposit: u16::try_from(days).unwrap_or(0),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::id;

    #[test]
    fn four_in_a_hundred_for_every_reason() {
        let returned: Vec<_> = (0..20_000)
            .filter_map(|index| returned_mail(7, id(7, "id", index)))
            .collect();
        assert!((650..950).contains(&returned.len()), "{}", returned.len());
        let reasons: HashSet<_> = returned.iter().map(|it| it.reason).collect();
        assert_eq!(reasons.len(), 4);
    }
}
