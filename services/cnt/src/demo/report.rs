//! The figures of a demo, as JSON and as a table one likes to look at.

use std::collections::BTreeMap;

use cnt_contracts::commands::books::Break;
use serde::Serialize;

use super::judge::Judged;
use crate::reconcile::Balance;

/// The figures.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) received: i64,
    pub(crate) accepted: i64,
    pub(crate) rejected: i64,
    pub(crate) replayed: i64,
    pub(crate) not_transformed: i64,
    pub(crate) avis: i64,
    pub(crate) archived: i64,
    pub(crate) dispatched: i64,
    pub(crate) contestations: i64,
    pub(crate) queued: i64,
    pub(crate) balanced: bool,
    pub(crate) in_progress: i64,
    pub(crate) rejected_by_code: BTreeMap<String, u64>,
    pub(crate) seconds: f64,
    /// Seconds spent on each step.
    pub(crate) steps: BTreeMap<&'static str, f64>,
    /// Kills by part.
    pub(crate) kills: BTreeMap<String, u32>,
    /// Judged by the sender's own ledger and expectations.
    pub(crate) ledger: Judged,
    pub(crate) breaks: Vec<Break>,
    pub(crate) mifs: u64,
    pub(crate) seed: u64,
}

impl Report {
    /// From the balance and the judgement.
    pub(crate) fn new(
        balance: Balance,
        ledger: Judged,
        rejected_by_code: BTreeMap<String, u64>,
    ) -> Self {
        let totals = balance.totals;
        Self {
            received: totals.received,
            accepted: totals.accepted,
            rejected: totals.rejected,
            replayed: totals.replayed,
            not_transformed: totals.not_transformed,
            avis: totals.avis,
            archived: totals.archived,
            dispatched: totals.dispatched,
            contestations: totals.contestations,
            queued: totals.queued,
            balanced: balance.balanced,
            in_progress: totals.in_progress,
            rejected_by_code,
            seconds: 0.0,
            steps: BTreeMap::new(),
            kills: BTreeMap::new(),
            ledger,
            breaks: balance.breaks,
            mifs: 0,
            seed: 0,
        }
    }

    /// Whether the demo showed what it should.
    pub(crate) fn is_good(&self) -> bool {
        self.balanced && self.in_progress == 0 && self.ledger.is_clean()
    }

    /// The last screen.
    pub(crate) fn table(&self) -> String {
        let rule = format!("  {}", "─".repeat(58));
        let row =
            |label: &str, value: i64, note: &str| format!("  {label:<34}{value:>10}   {note}");
        let mut lines = vec![
            String::new(),
            format!(
                "  {} offences through the whole chain, seed {}",
                self.mifs, self.seed
            ),
            rule.clone(),
            row("received by the gateway", self.received, ""),
            row("  accepted", self.accepted, ""),
            row("  rejected", self.rejected, ""),
            row("  replayed", self.replayed, "same ticket sent again"),
            rule.clone(),
            row("avis de contravention", self.avis, "PDF/A-2a + PDF/UA-1"),
            row(
                "not transformed",
                self.not_transformed,
                "stolen, unknown, no address, abroad",
            ),
            row("archived", self.archived, ""),
            row("spooled for the post", self.dispatched, ""),
            row("contestations", self.contestations, ""),
            row("  in the queue of their OMP", self.queued, ""),
            rule.clone(),
        ];
        if !self.rejected_by_code.is_empty() {
            lines.push("  rejected because of".to_owned());
            let mut codes: Vec<_> = self.rejected_by_code.iter().collect();
            codes.sort_by(|left, right| right.1.cmp(left.1).then(left.0.cmp(right.0)));
            lines.extend(
                codes
                    .into_iter()
                    .map(|(code, count)| format!("    {code:<32}{count:>10}")),
            );
            lines.push(rule.clone());
        }
        lines.extend(self.verdict());
        lines.join("\n")
    }

    /// What the run proved, or what is wrong.
    fn verdict(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.kills.is_empty() {
            let killed: Vec<_> = self.kills.keys().cloned().collect();
            lines.push(format!(
                "  killed with -9 in mid-run: {}",
                killed.join(", ")
            ));
        }
        lines.push(format!(
            "  acknowledged {}, without verdict {}, doubled {}, against expectation {}",
            self.ledger.acknowledged, self.ledger.lost, self.ledger.doubled, self.ledger.unexpected
        ));
        lines.push(if self.is_good() {
            format!(
                "  The books balance. Nothing lost, nothing doubled. {:.1} s",
                self.seconds
            )
        } else {
            format!(
                "  The books do NOT balance: in progress {}, breaks {}.",
                self.in_progress,
                self.breaks.len()
            )
        });
        lines.extend(
            self.breaks
                .iter()
                .take(20)
                .map(|b| format!("  ! {} {}: {}", b.book, b.key, b.detail)),
        );
        lines.extend(
            self.ledger
                .examples
                .iter()
                .map(|example| format!("  ! {example}")),
        );
        lines
    }
}
