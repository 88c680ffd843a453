//! The figures of a demo, as JSON and as a table one likes to look at.

use std::collections::BTreeMap;

use cnt_contracts::commands::books::{DemoReport, LedgerJudgement};

use crate::reconcile::Balance;

/// The figures.
#[derive(Debug)]
pub(crate) struct Report(pub(crate) DemoReport);

impl Report {
    /// From the balance and the judgement.
    pub(crate) fn new(
        balance: &Balance,
        ledger: LedgerJudgement,
        rejected_by_code: BTreeMap<String, u64>,
    ) -> Self {
        Self(DemoReport {
            books: balance.published(),
            rejected_by_code,
            ledger,
            ..DemoReport::default()
        })
    }

    /// Whether the demo showed what it should.
    pub(crate) fn is_good(&self) -> bool {
        let Self(figures) = self;
        figures.books.balanced && figures.books.totals.in_progress == 0 && is_clean(&figures.ledger)
    }

    /// The last screen.
    pub(crate) fn table(&self) -> String {
        let Self(figures) = self;
        let totals = &figures.books.totals;
        let rule = format!("  {}", "─".repeat(58));
        let row =
            |label: &str, value: i64, note: &str| format!("  {label:<34}{value:>10}   {note}");
        let mut lines = vec![
            String::new(),
            format!(
                "  {} offences through the whole chain, seed {}",
                figures.mifs, figures.seed
            ),
            rule.clone(),
            row("received by the gateway", totals.received, ""),
            row("  accepted", totals.accepted, ""),
            row("  rejected", totals.rejected, ""),
            row("  replayed", totals.replayed, "same ticket sent again"),
            rule.clone(),
            row("avis de contravention", totals.avis, "PDF/A-2a + PDF/UA-1"),
            row(
                "not transformed",
                totals.not_transformed,
                "stolen, unknown, no address, abroad",
            ),
            row("archived", totals.archived, ""),
            row("spooled for the post", totals.dispatched, ""),
            row("contestations", totals.contestations, ""),
            row("  in the queue of their OMP", totals.queued, ""),
            rule.clone(),
        ];
        if !figures.rejected_by_code.is_empty() {
            lines.push("  rejected because of".to_owned());
            let mut codes: Vec<_> = figures.rejected_by_code.iter().collect();
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
        let Self(figures) = self;
        let DemoReport { books, ledger, .. } = figures;
        let mut lines = Vec::new();
        if !figures.kills.is_empty() {
            let killed: Vec<_> = figures.kills.keys().cloned().collect();
            lines.push(format!(
                "  killed with -9 in mid-run: {}",
                killed.join(", ")
            ));
        }
        lines.push(format!(
            "  acknowledged {}, without verdict {}, doubled {}, against expectation {}",
            ledger.acknowledged, ledger.lost, ledger.doubled, ledger.unexpected
        ));
        lines.push(if self.is_good() {
            format!(
                "  The books balance. Nothing lost, nothing doubled. {:.1} s",
                figures.seconds
            )
        } else {
            format!(
                "  The books do NOT balance: in progress {}, breaks {}.",
                books.totals.in_progress,
                books.breaks.len()
            )
        });
        lines.extend(
            books
                .breaks
                .iter()
                .take(20)
                .map(|b| format!("  ! {} {}: {}", b.book, b.key, b.detail)),
        );
        lines.extend(
            ledger
                .examples
                .iter()
                .map(|example| format!("  ! {example}")),
        );
        lines
    }
}

/// Nothing lost, nothing doubled, nothing unexpected.
fn is_clean(ledger: &LedgerJudgement) -> bool {
    ledger.lost == 0 && ledger.doubled == 0 && ledger.unexpected == 0
}
