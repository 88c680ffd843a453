//! Judging a run by the sender's own ledger and expectations, without asking the system's books.

use std::collections::{BTreeMap, HashMap};

use cnt_contracts::receipt::Receipt;
use cnt_contracts::verdict::{SeverityWord, VerdictWord};
use serde::Serialize;
use uuid::Uuid;

/// Examples shown at most.
const EXAMPLES_MAX: usize = 10;

/// Everything the receipts said.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// Verdicts by reception; more than one is a defect.
    pub(crate) verdicts: HashMap<Uuid, Vec<VerdictReceipt>>,
    /// Avis numbers by MIF; more than one is a defect.
    pub(crate) avis: HashMap<Uuid, Vec<String>>,
    /// Reasons why there is no avis, by MIF.
    pub(crate) not_transformed: HashMap<Uuid, Vec<String>>,
}

/// What a verdict receipt says.
#[derive(Debug, Clone)]
pub(crate) struct VerdictReceipt {
    pub(crate) id_mif: Option<Uuid>,
    pub(crate) verdict: VerdictWord,
    pub(crate) replayed_verdict: Option<VerdictWord>,
    pub(crate) error_codes: Vec<String>,
}

impl VerdictReceipt {
    /// The verdict that stands.
    pub(crate) fn standing(&self) -> VerdictWord {
        self.replayed_verdict.unwrap_or(self.verdict)
    }
}

impl Received {
    /// Takes a receipt in.
    pub(crate) fn take(&mut self, receipt: Receipt) {
        match receipt {
            Receipt::Verdict { reception, id_mif, verdict, replayed_verdict, problems, .. } => {
                let error_codes = problems
                    .into_iter()
                    .filter(|problem| problem.severity == SeverityWord::Error)
                    .map(|problem| problem.code)
                    .collect();
                let receipt = VerdictReceipt { id_mif, verdict, replayed_verdict, error_codes };
                self.verdicts.entry(reception).or_default().push(receipt);
            }
            Receipt::Avis { id_mif, avis, .. } => self.avis.entry(id_mif).or_default().push(avis),
            Receipt::NonTransforme { id_mif, reason, .. } => {
                self.not_transformed.entry(id_mif).or_default().push(reason);
            }
        }
    }

    /// Whether an acknowledged reception has reached its end: rejected, or accepted with avis or reason.
    pub(crate) fn has_ended(&self, reception: Uuid) -> bool {
        let Some(receipt) = self.verdicts.get(&reception).and_then(|receipts| receipts.first()) else {
            return false;
        };
        match (receipt.standing(), receipt.id_mif) {
            (VerdictWord::Accepted, Some(id)) => {
                self.avis.contains_key(&id) || self.not_transformed.contains_key(&id)
            }
            _ => true,
        }
    }

    /// Rejections by code, each reception counted once per code.
    pub(crate) fn rejected_by_code(&self) -> BTreeMap<String, u64> {
        let mut codes = BTreeMap::new();
        let rejected = self.verdicts.values().flatten().filter(|receipt| receipt.verdict == VerdictWord::Rejected);
        for code in rejected.flat_map(|receipt| &receipt.error_codes) {
            *codes.entry(code.clone()).or_insert(0) += 1;
        }
        codes
    }
}

/// What the sender expects of one MIF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Accepted.
    Accepted,
    /// Rejected with at least this code.
    Rejected(String),
    /// A replay of an earlier one.
    Replayed,
}

/// An acknowledged MIF.
#[derive(Debug, Clone)]
pub(crate) struct Acknowledged {
    pub(crate) reception: Uuid,
    pub(crate) index: u64,
}

/// The judgement.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Judged {
    /// Acknowledgements in the ledger.
    pub(crate) acknowledged: u64,
    /// Acknowledged, but without a verdict, or accepted and ended nowhere.
    pub(crate) lost: u64,
    /// Two verdicts for a reception, or two ends for a MIF.
    pub(crate) doubled: u64,
    /// Verdicts other than the sender expected.
    pub(crate) unexpected: u64,
    /// A few of them, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) examples: Vec<String>,
}

impl Judged {
    /// Nothing lost, nothing doubled, nothing unexpected.
    pub(crate) fn is_clean(&self) -> bool {
        self.lost == 0 && self.doubled == 0 && self.unexpected == 0
    }

    fn example(&mut self, text: String) {
        if self.examples.len() < EXAMPLES_MAX {
            self.examples.push(text);
        }
    }
}

/// Judges a run. After kills a sender repeats what was not acknowledged, so that an accepted or rejected MIF may come
/// as a replay: `repeats` allows it.
pub(crate) fn judge(
    ledger: &[Acknowledged],
    received: &Received,
    expected: impl Fn(u64) -> Option<Expected>,
    repeats: bool,
) -> Judged {
    let mut judged = Judged { acknowledged: ledger.len().try_into().unwrap_or(u64::MAX), ..Judged::default() };
    for entry in ledger {
        if !received.has_ended(entry.reception) {
            judged.lost += 1;
            judged.example(format!("MIF {} was acknowledged and ended nowhere", entry.index));
            continue;
        }
        let Some(receipt) = received.verdicts.get(&entry.reception).and_then(|receipts| receipts.first()) else {
            continue;
        };
        let is_expected = match expected(entry.index) {
            None => false,
            Some(Expected::Accepted) => {
                receipt.verdict == VerdictWord::Accepted
                    || (repeats && receipt.standing() == VerdictWord::Accepted)
            }
            Some(Expected::Replayed) => receipt.verdict == VerdictWord::Replayed,
            Some(Expected::Rejected(code)) => {
                (receipt.verdict == VerdictWord::Rejected && receipt.error_codes.contains(&code))
                    || (repeats && receipt.standing() == VerdictWord::Rejected)
            }
        };
        if !is_expected {
            judged.unexpected += 1;
            judged.example(format!(
                "MIF {}: expected {:?}, got {:?} {:?}",
                entry.index,
                expected(entry.index),
                receipt.verdict,
                receipt.error_codes
            ));
        }
    }
    doubles(received, &mut judged);
    judged
}

fn doubles(received: &Received, judged: &mut Judged) {
    for (reception, receipts) in &received.verdicts {
        if receipts.len() > 1 {
            judged.doubled += 1;
            judged.example(format!("reception {reception} has {} verdicts", receipts.len()));
        }
    }
    for (id, avis) in &received.avis {
        let ends = avis.len() + received.not_transformed.get(id).map_or(0, Vec::len);
        if ends > 1 {
            judged.doubled += 1;
            judged.example(format!("MIF {id} has {ends} ends"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(reception: u128, id: u128, verdict: VerdictWord) -> Receipt {
        Receipt::Verdict {
            reception: Uuid::from_u128(reception),
            id_mif: Some(Uuid::from_u128(id)),
            verdict,
            replay_of: None,
            replayed_verdict: None,
            problems: Vec::new(),
        }
    }

    fn avis(reception: u128, id: u128, number: &str) -> Receipt {
        Receipt::Avis {
            reception: Uuid::from_u128(reception),
            id_mif: Uuid::from_u128(id),
            avis: number.to_owned(),
            avis_date: "2026-11-23".to_owned(),
        }
    }

    fn judged(receipts: Vec<Receipt>) -> Judged {
        let mut received = Received::default();
        for receipt in receipts {
            received.take(receipt);
        }
        let ledger = [Acknowledged { reception: Uuid::from_u128(1), index: 0 }];
        judge(&ledger, &received, |_| Some(Expected::Accepted), false)
    }

    #[test]
    fn an_accepted_mif_with_its_avis_is_clean() {
        assert!(judged(vec![verdict(1, 9, VerdictWord::Accepted), avis(1, 9, "9900000017")]).is_clean());
    }

    #[test]
    fn losses_and_doubles_are_seen() {
        assert_eq!(judged(vec![]).lost, 1);
        assert_eq!(judged(vec![verdict(1, 9, VerdictWord::Accepted)]).lost, 1);
        let twice = vec![
            verdict(1, 9, VerdictWord::Accepted),
            verdict(1, 9, VerdictWord::Accepted),
            avis(1, 9, "9900000017"),
        ];
        assert_eq!(judged(twice).doubled, 1);
        let two_avis = vec![
            verdict(1, 9, VerdictWord::Accepted),
            avis(1, 9, "9900000017"),
            avis(1, 9, "9900000018"),
        ];
        assert_eq!(judged(two_avis).doubled, 1);
        assert_eq!(judged(vec![verdict(1, 9, VerdictWord::Rejected)]).unexpected, 1);
    }
}
