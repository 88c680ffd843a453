//! Judging a run by the sender's own ledger and expectations, without asking the system's books.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cnt_contracts::commands::books::LedgerJudgement;
use cnt_contracts::receipt::Receipt;
use cnt_contracts::verdict::{SeverityWord, VerdictWord};
use cnt_loadtest::{Expectation, LedgerEntry};
use uuid::Uuid;

/// Examples shown at most.
const EXAMPLES_MAX: usize = 10;

/// Everything the receipts said.
#[derive(Debug, Default)]
pub(crate) struct Received {
    /// Verdicts by reception; more than one is a defect.
    pub(crate) verdicts: HashMap<Uuid, Vec<Receipt>>,
    /// Avis numbers by MIF; more than one is a defect.
    pub(crate) avis: HashMap<Uuid, Vec<String>>,
    /// Reasons why there is no avis, by MIF.
    pub(crate) not_transformed: HashMap<Uuid, Vec<String>>,
}

impl Received {
    /// Takes a receipt in.
    pub(crate) fn take(&mut self, receipt: Receipt) {
        match receipt {
            Receipt::Verdict { reception, .. } => {
                self.verdicts.entry(reception).or_default().push(receipt)
            }
            Receipt::Avis { id_mif, avis, .. } => self.avis.entry(id_mif).or_default().push(avis),
            Receipt::NonTransforme { id_mif, reason, .. } => {
                self.not_transformed.entry(id_mif).or_default().push(reason);
            }
            // No MIF ends by a warning or a question.
            Receipt::PhotoMissing { .. } | Receipt::ReportAsked { .. } => {}
        }
    }

    /// Whether an acknowledged reception has reached its end: rejected, or accepted with avis or reason.
    pub(crate) fn has_ended(&self, reception: Uuid) -> bool {
        let first = self
            .verdicts
            .get(&reception)
            .and_then(|receipts| receipts.first());
        let Some(Receipt::Verdict {
            id_mif,
            verdict,
            replayed_verdict,
            ..
        }) = first
        else {
            return false;
        };
        match (replayed_verdict.unwrap_or(*verdict), id_mif) {
            (VerdictWord::Accepted, Some(id)) => {
                self.avis.contains_key(id) || self.not_transformed.contains_key(id)
            }
            _ => true,
        }
    }

    /// Rejections by code, each reception counted once per code.
    pub(crate) fn rejected_by_code(&self) -> BTreeMap<String, u64> {
        self.by_code(VerdictWord::Rejected, SeverityWord::Error)
    }

    /// Warnings on accepted MIFs by code, each reception counted once per code.
    pub(crate) fn warnings_by_code(&self) -> BTreeMap<String, u64> {
        self.by_code(VerdictWord::Accepted, SeverityWord::Warning)
    }

    fn by_code(&self, wanted: VerdictWord, severity: SeverityWord) -> BTreeMap<String, u64> {
        let mut codes = BTreeMap::new();
        for receipt in self.verdicts.values().flatten() {
            let Receipt::Verdict {
                verdict, problems, ..
            } = receipt
            else {
                continue;
            };
            if *verdict != wanted {
                continue;
            }
            let found: BTreeSet<&str> = problems
                .iter()
                .filter(|problem| problem.severity == severity)
                .map(|problem| problem.code.as_str())
                .collect();
            for code in found {
                *codes.entry(code.to_owned()).or_insert(0) += 1;
            }
        }
        codes
    }

    /// MIFs without an avis by reason.
    pub(crate) fn not_transformed_by_reason(&self) -> BTreeMap<String, u64> {
        let mut reasons = BTreeMap::new();
        for reason in self.not_transformed.values().flatten() {
            *reasons.entry(reason.clone()).or_insert(0) += 1;
        }
        reasons
    }
}

/// Adds to the examples, of which only a few are kept.
fn example(judged: &mut LedgerJudgement, text: String) {
    if judged.examples.len() < EXAMPLES_MAX {
        judged.examples.push(text);
    }
}

/// Judges a run by its ledger and by what the sender expected of each MIF.
pub(crate) fn judge(
    ledger: &[LedgerEntry],
    received: &Received,
    expected: impl Fn(u64) -> Expectation,
) -> LedgerJudgement {
    let mut judged = LedgerJudgement {
        acknowledged: ledger.len().try_into().unwrap_or(u64::MAX),
        ..LedgerJudgement::default()
    };
    for entry in ledger {
        let first = received
            .verdicts
            .get(&entry.reception)
            .and_then(|receipts| receipts.first());
        let Some(receipt) = first.filter(|_| received.has_ended(entry.reception)) else {
            judged.lost += 1;
            example(
                &mut judged,
                format!("MIF {} was acknowledged and ended nowhere", entry.index),
            );
            continue;
        };
        let expectation = expected(entry.index);
        if !expectation.is_met_by(receipt) {
            judged.unexpected += 1;
            example(
                &mut judged,
                format!(
                    "MIF {}: expected {expectation:?}, got {}",
                    entry.index,
                    words(receipt)
                ),
            );
        }
    }
    doubles(received, &mut judged);
    judged
}

/// A verdict receipt in a few words, without personal data.
fn words(receipt: &Receipt) -> String {
    let Receipt::Verdict {
        verdict, problems, ..
    } = receipt
    else {
        return String::new();
    };
    let problems: Vec<_> = problems
        .iter()
        .map(|problem| format!("{} {}", problem.code, problem.pointer))
        .collect();
    format!("{verdict:?} {}", problems.join(", "))
}

fn doubles(received: &Received, judged: &mut LedgerJudgement) {
    for (reception, receipts) in &received.verdicts {
        if receipts.len() > 1 {
            judged.doubled += 1;
            example(
                judged,
                format!("reception {reception} has {} verdicts", receipts.len()),
            );
        }
    }
    for (id, avis) in &received.avis {
        let ends = avis.len() + received.not_transformed.get(id).map_or(0, Vec::len);
        if ends > 1 {
            judged.doubled += 1;
            example(judged, format!("MIF {id} has {ends} ends"));
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

    fn judged(receipts: Vec<Receipt>) -> LedgerJudgement {
        let mut received = Received::default();
        for receipt in receipts {
            received.take(receipt);
        }
        let ledger = [LedgerEntry {
            index: 0,
            id_mif: Uuid::from_u128(9),
            reception: Uuid::from_u128(1),
        }];
        judge(&ledger, &received, |_| Expectation::Accepted)
    }

    #[test]
    fn an_accepted_mif_with_its_avis_is_clean() {
        let judged = judged(vec![
            verdict(1, 9, VerdictWord::Accepted),
            avis(1, 9, "9900000017"),
        ]);
        let clean = LedgerJudgement {
            acknowledged: 1,
            ..LedgerJudgement::default()
        };
        assert_eq!(judged, clean);
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
        assert_eq!(
            judged(vec![verdict(1, 9, VerdictWord::Rejected)]).unexpected,
            1
        );
    }
}
