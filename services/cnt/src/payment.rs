//! `cnt payment`: the Treasury's file of payments.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::avis::user;
use crate::system::RunDir;
use crate::{lines, output};

/// Payments in one request.
const CHUNK: usize = 300;

/// What can be done with payments.
#[derive(Subcommand)]
pub(crate) enum PaymentCommand {
    /// Import a file of the Treasury. Each reference counts once, however often the file is imported.
    ///
    /// CSV with a header line, separated by semicolons: `reference;avis;date;montant;moyen`. The date (`YYYY-MM-DD`) is
    /// the day that counts, the amount is in euros (`90` or `22,50`), the means `cheque`, `virement`, `telepaiement`,
    /// `timbre` or `consignation` (by télépaiement, for what was written). The file is read whole before anything is imported. Exit code 1 when a payment was not applied.
    Import {
        /// The file.
        file: PathBuf,
        /// Answer as JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A line of the file.
#[derive(Debug, Deserialize)]
struct Line {
    reference: String,
    avis: String,
    date: String,
    montant: String,
    moyen: String,
}

/// A payment as the service takes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Payment {
    reference: String,
    avis: String,
    day: Date,
    amount_cents: i64,
    means: &'static str,
}

/// Something that was not applied.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct NotApplied {
    reference: String,
    avis: String,
    why: String,
}

/// What became of a file, or of a part of it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    applied: u64,
    known: u64,
    unknown: Vec<NotApplied>,
    refused: Vec<NotApplied>,
    conflicting: Vec<NotApplied>,
}

/// `cnt payment`.
pub(crate) fn run(run_dir: &RunDir, command: PaymentCommand) -> anyhow::Result<ExitCode> {
    let PaymentCommand::Import { file, json } = command;
    let payments = read(&file)?;
    let base = crate::system::running_or_started(run_dir)?.url("contestation")?;
    let mut summary = Summary::default();
    for chunk in payments.chunks(CHUNK) {
        let answer: Summary = crate::http::post_json_as(
            &format!("{base}/v1/payments"),
            &[("CNT-User", user().as_str())],
            &json!({ "payments": chunk }),
        )?;
        summary.add(answer);
    }
    summary.tell("payments", json)
}

impl Summary {
    /// Tells what became of a file of such things. Exit code 1 when one was not applied.
    pub(crate) fn tell(&self, things: &str, json: bool) -> anyhow::Result<ExitCode> {
        if json {
            output::json(self)?;
        } else {
            output::line(&format!(
                "{} {things} applied, {} imported before",
                self.applied, self.known
            ));
            for (what, not_applied) in self.not_applied() {
                for one in not_applied {
                    output::line(&format!(
                        "{what}: {} for avis {}: {}",
                        one.reference, one.avis, one.why
                    ));
                }
            }
        }
        let all_applied = self.not_applied().iter().all(|(_, list)| list.is_empty());
        Ok(if all_applied {
            ExitCode::SUCCESS
        } else {
            ExitCode::from(1)
        })
    }

    pub(crate) fn add(&mut self, part: Summary) {
        self.applied += part.applied;
        self.known += part.known;
        self.unknown.extend(part.unknown);
        self.refused.extend(part.refused);
        self.conflicting.extend(part.conflicting);
    }

    fn not_applied(&self) -> [(&'static str, &[NotApplied]); 3] {
        [
            ("unknown", &self.unknown),
            ("refused", &self.refused),
            ("conflicting", &self.conflicting),
        ]
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<Payment>> {
    lines::read(file, "reference", |line: &Line| &line.reference, payment)
}

fn payment(line: Line) -> anyhow::Result<Payment> {
    let means = match line.moyen.as_str() {
        "cheque" | "virement" => "paper",
        "telepaiement" | "timbre" => "remote",
        "consignation" => "consignation",
        other => anyhow::bail!("{other:?} is no means of payment"),
    };
    Ok(Payment {
        day: line
            .date
            .parse()
            .with_context(|| format!("{:?} is no date", line.date))?,
        amount_cents: cents(&line.montant)
            .with_context(|| format!("{:?} is no amount", line.montant))?,
        reference: line.reference,
        avis: line.avis,
        means,
    })
}

/// `90`, `22,5` or `22,50` euros in cents; a point does as well as a comma.
pub(crate) fn cents(text: &str) -> Option<i64> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let (euros, cents) = text.split_once([',', '.']).unwrap_or((text, "0"));
    if !digits(euros) || !digits(cents) || cents.len() > 2 {
        return None;
    }
    let tenfold = if cents.len() == 1 { 10 } else { 1 };
    let cents = cents.parse::<i64>().ok()?.checked_mul(tenfold)?;
    euros
        .parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_to_the_cent() {
        assert_eq!(cents("90"), Some(9_000));
        assert_eq!(cents("22,5"), Some(2_250));
        assert_eq!(cents("22.05"), Some(2_205));
        for bad in [
            "",
            "-1",
            "1,234",
            "1 000",
            ",5",
            "1,",
            "1e3",
            "9".repeat(30).as_str(),
        ] {
            assert_eq!(cents(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_file_is_refused_whole_with_its_line() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("payments.csv");
        let header = "reference;avis;date;montant;moyen\n";
        let read_text = |lines: &str| {
            std::fs::write(&file, format!("{header}{lines}")).unwrap();
            read(&file).map_err(|error| format!("{error:#}"))
        };
        let good = "T1;9900000001;2026-12-01;135;telepaiement\n";
        let payments = read_text(&format!("{good}T2; 9900000002 ;2026-12-02;22,50;cheque\n"));
        let payments = payments.unwrap();
        assert_eq!(payments[0].means, "remote");
        assert_eq!(
            (payments[1].avis.as_str(), payments[1].amount_cents),
            ("9900000002", 2_250)
        );
        for (bad, why) in [
            ("T2;9900000002;2026-13-01;1;cheque\n", "is no date"),
            ("T2;9900000002;2026-12-01;x;cheque\n", "is no amount"),
            ("T2;9900000002;2026-12-01;1;or\n", "is no means of payment"),
            (
                "T1;9900000002;2026-12-01;1;cheque\n",
                "stands in line 2 too",
            ),
            ("T2;9900000002;2026-12-01\n", "line 3"),
        ] {
            let error = read_text(&format!("{good}{bad}")).unwrap_err();
            assert!(error.contains(why) && error.contains("line 3"), "{error}");
        }
    }
}
