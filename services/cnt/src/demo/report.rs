//! The figures of a demo, as JSON and as a table one likes to look at.

use std::collections::BTreeMap;

use cnt_contracts::commands::books::{DemoReport, LedgerJudgement};

use crate::reconcile::Balance;

/// Width of the table.
const WIDTH: usize = 70;

/// The figures.
#[derive(Debug)]
pub(crate) struct Report(pub(crate) DemoReport);

impl Report {
    /// From the balance and the judgement.
    pub(crate) fn new(balance: &Balance, ledger: LedgerJudgement) -> Self {
        Self(DemoReport {
            books: balance.published(),
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
        let mut lines = vec![
            String::new(),
            format!(
                "  {} offences of {} collectivities through the whole chain, seed {}",
                grouped(figures.mifs.try_into().unwrap_or(i64::MAX)),
                figures.collectivities,
                figures.seed
            ),
            rule(),
        ];
        lines.extend(self.way());
        lines.extend(counts("rejected because of", &figures.rejected_by_code));
        lines.extend(counts("accepted with a warning", &figures.warnings_by_code));
        lines.extend(self.letters());
        lines.extend(self.verdict());
        lines.join("\n")
    }

    /// How many got how far.
    fn way(&self) -> Vec<String> {
        let Self(figures) = self;
        let totals = &figures.books.totals;
        let of_received = |value: i64| share(value, totals.received);
        let reasons = figures.not_transformed_by_reason.iter();
        let reasons: Vec<_> = reasons
            .map(|(reason, count)| format!("{reason} {count}"))
            .collect();
        let grounds = figures.contestations_by_ground.iter();
        let grounds = grounds.map(|(ground, count)| {
            let count = i64::try_from(*count).unwrap_or(i64::MAX);
            row(&format!("    {}", ground.replace('_', " ")), count, "")
        });
        let kept = totals.folds.get("kept").copied().unwrap_or(0);
        let mut lines = vec![
            row("received by the gateway", totals.received, ""),
            row("  accepted", totals.accepted, &of_received(totals.accepted)),
            row("  rejected", totals.rejected, &of_received(totals.rejected)),
            row("  replayed", totals.replayed, "the same ticket sent again"),
            rule(),
            row("avis de contravention", totals.avis, "PDF/A-2a + PDF/UA-1"),
            row(
                "not transformed",
                totals.not_transformed,
                &reasons.join(", "),
            ),
            row("archived, bit-identical", totals.archived, ""),
            row(
                "spooled for the post",
                totals.dispatched - kept,
                &match kept {
                    0 => String::new(),
                    kept => format!("and {kept} given without it"),
                },
            ),
            rule(),
            row("contestations", totals.contestations, ""),
            row("  in the queue of their OMP", totals.queued, ""),
        ];
        lines.extend(grounds);
        lines.push(rule());
        lines.extend(self.days());
        lines
    }

    /// What was done in the days after the avis.
    fn days(&self) -> Vec<String> {
        let Self(figures) = self;
        let totals = &figures.books.totals;
        if figures.payments + figures.majorees == 0 {
            return Vec::new();
        }
        let counted = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let mut lines = vec![
            row("payments", counted(figures.payments), ""),
            row("decisions", counted(figures.decisions), ""),
            row(
                "fines majorées",
                counted(figures.majorees),
                "titres signed by the OMP",
            ),
            row("réclamations", counted(figures.reclamations), ""),
            row(
                "  received by an officer",
                counted(figures.admissions),
                "the titre annulled",
            ),
            row("envelopes of the mail room", counted(figures.mailed), ""),
        ];
        let kinds = totals.courriers_by_kind.iter();
        lines.extend(
            kinds.map(|(kind, count)| row(&format!("  {}", kind.replace('_', " ")), *count, "")),
        );
        lines.extend([
            row(
                "drivers designated",
                totals.designations.values().sum(),
                "each with an avis of their own",
            ),
            row("addresses declared in time", counted(figures.addresses), ""),
            row("acts of the tribunal", counted(figures.acts), ""),
            row("notices to the comptable", counted(figures.notices), ""),
            row("letters after the avis", totals.letters, ""),
        ]);
        let lives = totals.lives_by_state.iter();
        lines.extend(lives.map(|(state, count)| row(&format!("  {state}"), *count, "")));
        lines.push(rule());
        lines
    }

    fn letters(&self) -> Vec<String> {
        let Self(figures) = self;
        if figures.samples.is_empty() {
            return Vec::new();
        }
        let mut lines = vec!["  letters to look at".to_owned()];
        for letter in &figures.samples {
            lines.push(format!("    {}", letter.what));
            lines.push(format!("      {}", letter.path));
        }
        lines.push(rule());
        lines
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
        } else if is_clean(ledger) {
            format!(
                "  The books do NOT balance: in progress {}, breaks {}.",
                books.totals.in_progress,
                books.breaks.len()
            )
        } else {
            "  The sender's ledger and expectations are NOT met.".to_owned()
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

fn rule() -> String {
    format!("  {}", "─".repeat(WIDTH))
}

fn row(label: &str, value: i64, note: &str) -> String {
    let line = format!("  {label:<32}{:>9}   {note}", grouped(value));
    line.trim_end().to_owned()
}

/// `12 345`, with thin spaces as in French.
fn grouped(value: i64) -> String {
    let digits = value.to_string();
    let mut grouped = String::with_capacity(digits.len() + 4);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) && digit.is_ascii_digit() {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A share in percent, to a tenth.
fn share(part: i64, whole: i64) -> String {
    let thousandths = (part * 1_000 + whole / 2).checked_div(whole).unwrap_or(0);
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

/// Counts by code, the largest first, in two columns.
fn counts(title: &str, by_code: &BTreeMap<String, u64>) -> Vec<String> {
    if by_code.is_empty() {
        return Vec::new();
    }
    let mut codes: Vec<_> = by_code.iter().collect();
    codes.sort_by(|left, right| right.1.cmp(left.1).then(left.0.cmp(right.0)));
    let cells: Vec<String> = codes
        .into_iter()
        .map(|(code, count)| format!("{code:<28}{count:>5}"))
        .collect();
    let height = cells.len().div_ceil(2);
    let (left, right) = cells.split_at_checked(height).unwrap_or((&cells, &[]));
    let mut lines = vec![format!("  {title}: {} codes", cells.len())];
    lines.extend(left.iter().enumerate().map(|(line, cell)| {
        let beside = right.get(line).map_or("", String::as_str);
        format!("    {cell}   {beside}").trim_end().to_owned()
    }));
    lines.push(rule());
    lines
}

/// Nothing lost, nothing doubled, nothing unexpected.
fn is_clean(ledger: &LedgerJudgement) -> bool {
    ledger.lost == 0 && ledger.doubled == 0 && ledger.unexpected == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_grouped_and_shares_rounded() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1\u{202f}000");
        assert_eq!(grouped(12_345_678), "12\u{202f}345\u{202f}678");
        assert_eq!(share(1, 3), "33.3 %");
        assert_eq!(share(0, 0), "0.0 %");
    }

    #[test]
    fn the_table_names_codes_grounds_and_letters() {
        let mut figures = DemoReport {
            mifs: 5_000,
            collectivities: 54,
            ..DemoReport::default()
        };
        figures.rejected_by_code.insert("CARD_CHAIN".to_owned(), 7);
        figures
            .contestations_by_ground
            .insert("theft".to_owned(), 3);
        let table = Report(figures).table();
        for wanted in ["54 collectivities", "CARD_CHAIN", "theft", "1 codes"] {
            assert!(table.contains(wanted), "{wanted}: {table}");
        }
    }
}
