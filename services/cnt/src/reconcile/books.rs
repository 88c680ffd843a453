//! The equations of the books (design: "what must always hold", 1).

use std::collections::{BTreeMap, HashMap};

use cnt_contracts::commands::books::{Break, Reconciliation, Totals};

use super::tails::Tails;
use crate::db::{Books, EditionLotRow, LotCountRow, LotKeys, WordCountRow};

/// Something to look into by keys: a lot of which a service keeps another number of rows than the lot has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Suspicion {
    pub(crate) book: &'static str,
    pub(crate) keys: LotKeys,
    pub(crate) lot: Vec<u8>,
    pub(crate) seq: i64,
    pub(crate) expected: i64,
    pub(crate) found: i64,
}

/// The result.
#[derive(Debug, Clone, Default)]
pub(crate) struct Balance {
    /// The figures.
    pub(crate) totals: Totals,
    /// Whether every equation holds.
    pub(crate) balanced: bool,
    /// Every break by its key.
    pub(crate) breaks: Vec<Break>,
    /// Lots to be looked into.
    pub(crate) suspicions: Vec<Suspicion>,
}

impl Balance {
    fn broken(&mut self, book: &'static str, key: impl Into<String>, detail: impl Into<String>) {
        self.breaks.push(Break {
            book: book.to_owned(),
            key: key.into(),
            detail: detail.into(),
        });
    }

    fn equal(&mut self, book: &'static str, left: i64, right: i64) {
        if left != right {
            self.broken(
                book,
                "total",
                format!("{left} on one side, {right} on the other"),
            );
        }
    }

    /// What is published of it.
    pub(crate) fn published(&self) -> Reconciliation {
        Reconciliation {
            totals: self.totals.clone(),
            balanced: self.balanced,
            breaks: self.breaks.clone(),
        }
    }

    /// A table for people.
    pub(crate) fn table(&self) -> String {
        let totals = &self.totals;
        let mut lines = vec![
            format!("  received         {:>9}", totals.received),
            format!("    accepted       {:>9}", totals.accepted),
            format!("    rejected       {:>9}", totals.rejected),
            format!("    replayed       {:>9}", totals.replayed),
            format!("  avis             {:>9}", totals.avis),
            format!("  not transformed  {:>9}", totals.not_transformed),
            format!("  letters          {:>9}", totals.letters),
            format!("  archived         {:>9}", totals.archived),
        ];
        lines.extend(
            totals
                .folds
                .iter()
                .map(|(state, count)| format!("  folds {state:<10} {count:>9}")),
        );
        lines.push(format!("  courriers        {:>9}", totals.courriers));
        lines.extend(
            totals
                .courriers_by_kind
                .iter()
                .map(|(kind, count)| format!("    {kind:<15} {count:>8}")),
        );
        lines.extend(
            totals
                .courriers_open
                .iter()
                .map(|(owner, count)| format!("  open, {owner:<12} {count:>8}")),
        );
        lines.push(format!("  contestations    {:>9}", totals.contestations));
        lines.extend(
            totals
                .contestations_by_state
                .iter()
                .map(|(state, count)| format!("    {state:<14} {count:>9}")),
        );
        lines.extend(
            totals
                .lives_by_state
                .iter()
                .map(|(state, count)| format!("  lives {state:<14} {count:>6}")),
        );
        lines.extend(
            totals
                .designations
                .iter()
                .map(|(place, count)| format!("  designated, {place:<9} {count:>5}")),
        );
        lines.extend(
            totals
                .notices_pending
                .iter()
                .map(|(what, count)| format!("  notices {what:<14} {count:>4}")),
        );
        lines.push(format!("  in progress      {:>9}", totals.in_progress));
        lines.push(if self.balanced {
            "  The books balance.".to_owned()
        } else {
            format!("  The books do NOT balance: {} breaks.", self.breaks.len())
        });
        lines.extend(
            self.breaks
                .iter()
                .map(|b| format!("  ! {} {}: {}", b.book, b.key, b.detail)),
        );
        lines.join("\n")
    }
}

fn words(rows: &[WordCountRow]) -> BTreeMap<String, i64> {
    rows.iter()
        .map(|row| (row.word.clone(), row.rows))
        .collect()
}

/// Balances the books.
pub(crate) fn balance(books: &Books, tails: &Tails) -> Balance {
    let mut balance = Balance::default();
    receptions(books, tails, &mut balance);
    editions(books, tails, &mut balance);
    letters(books, tails, &mut balance);
    documents(books, tails, &mut balance);
    contestations(books, tails, &mut balance);
    balance.balanced = balance.breaks.is_empty() && balance.suspicions.is_empty();
    balance
}

/// received = accepted + rejected + replayed + in progress.
fn receptions(books: &Books, tails: &Tails, balance: &mut Balance) {
    let sum = |of: fn(&crate::db::VerdictLotRow) -> i32| {
        books
            .verdict_lots
            .iter()
            .map(|lot| i64::from(of(lot)))
            .sum::<i64>()
    };
    let accepted = sum(|lot| lot.accepted);
    let (rejected, replayed) = (sum(|lot| lot.rejected), sum(|lot| lot.replayed));
    let quarantined = quarantined(books, "validation", "mif.inbound");
    let totals = &mut balance.totals;
    totals.received = tails.inbound_written;
    (totals.accepted, totals.rejected, totals.replayed) = (accepted, rejected, replayed);
    totals.in_progress += tails.inbound_unread + quarantined;
    balance.equal(
        "received = accepted + rejected + replayed + in progress",
        tails.inbound_written,
        accepted + rejected + replayed + tails.inbound_unread + quarantined,
    );
    for lot in &books.verdict_lots {
        if i64::from(lot.accepted) != lot.accepted_rows {
            balance.suspicions.push(Suspicion {
                book: "accepted MIFs",
                keys: LotKeys::Mif,
                lot: lot.lot_id.clone(),
                seq: lot.seq,
                expected: i64::from(lot.accepted),
                found: lot.accepted_rows,
            });
        }
    }
    for key in &books.stray_mifs {
        balance.broken("accepted MIFs", key.clone(), "its lot is unknown");
    }
}

fn quarantined(books: &Books, service: &str, topic: &str) -> i64 {
    let count = books
        .quarantines
        .iter()
        .filter(|row| row.service == service && row.topic == topic)
        .count();
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// accepted = first avis + not transformed + in progress.
fn editions(books: &Books, tails: &Tails, balance: &mut Balance) {
    let by_lot: HashMap<&[u8], &EditionLotRow> = books
        .edition_lots
        .iter()
        .map(|row| (row.verdict_lot.as_slice(), row))
        .collect();
    let mut in_progress = 0;
    for lot in &books.verdict_lots {
        let accepted = i64::from(lot.accepted);
        let key = hex::encode(&lot.lot_id);
        match by_lot.get(lot.lot_id.as_slice()).filter(|row| row.is_done) {
            Some(row) => {
                let ended = i64::from(row.avis) + i64::from(row.not_transformed);
                if ended != accepted || row.accepted != lot.accepted {
                    balance.broken(
                        "accepted = avis + not transformed",
                        key,
                        format!("{accepted} accepted, {ended} ended"),
                    );
                }
            }
            None if tails
                .on_the_way
                .contains(&("edition".to_owned(), lot.lot_id.clone())) =>
            {
                in_progress += accepted
            }
            None => balance.broken(
                "verdict lot → edition",
                key,
                "neither edited nor on its way",
            ),
        }
    }
    let done = || books.edition_lots.iter().filter(|row| row.is_done);
    balance.totals.avis = done().map(|row| i64::from(row.avis)).sum();
    balance.totals.not_transformed = done().map(|row| i64::from(row.not_transformed)).sum();
    balance.totals.in_progress += in_progress;
    balance.equal(
        "accepted = avis + not transformed + in progress",
        balance.totals.accepted,
        balance.totals.avis + balance.totals.not_transformed + in_progress,
    );
}

/// letters asked for = letters edited + in progress.
fn letters(books: &Books, tails: &Tails, balance: &mut Balance) {
    for row in &books.letter_lots {
        balance.totals.letters += i64::from(row.edited.unwrap_or(0));
        let is_on_the_way = || {
            let key = ("edition".to_owned(), row.request_lot.clone());
            tails.on_the_way.contains(&key)
        };
        match (row.asked, row.edited) {
            (asked, Some(edited)) if asked == Some(edited) => {}
            (Some(asked), None) if is_on_the_way() => {
                balance.totals.in_progress += i64::from(asked);
            }
            (asked, edited) => balance.broken(
                "letters asked for = letters edited",
                hex::encode(&row.request_lot),
                format!(
                    "{} asked for, {} edited",
                    asked.unwrap_or(0),
                    edited.unwrap_or(0)
                ),
            ),
        }
    }
}

/// documents = archived + in progress; current documents = waiting + spooled + deposited + e-mailed + withdrawn + kept.
fn documents(books: &Books, tails: &Tails, balance: &mut Balance) {
    let readers: [(&str, &'static str, LotKeys, &[LotCountRow]); 3] = [
        (
            "archive",
            "documents = archived",
            LotKeys::Document,
            &books.archive_rows,
        ),
        (
            "dispatch",
            "documents = folds",
            LotKeys::Fold,
            &books.fold_rows,
        ),
        (
            "contestation",
            "documents = avis followed",
            LotKeys::Avis,
            &books.avis_rows,
        ),
    ];
    for (service, book, keys, rows) in readers {
        let by_lot: HashMap<&[u8], i64> = rows
            .iter()
            .map(|row| (row.lot_id.as_slice(), row.rows))
            .collect();
        let avis = books.edition_lots.iter().filter(|row| row.is_done);
        let avis = avis.map(|row| (row.document_lot.as_ref(), Some(row.avis)));
        let letters = books.letter_lots.iter();
        let letters = letters.map(|row| (row.document_lot.as_ref(), row.edited));
        // Contestation follows the avis, not the letters.
        let letters = letters.filter(|_| keys != LotKeys::Avis);
        for (lot, documents) in avis.chain(letters) {
            let (Some(lot), Some(documents)) = (lot, documents) else {
                continue;
            };
            let (expected, found) = (
                i64::from(documents),
                by_lot.get(lot.as_slice()).copied().unwrap_or(0),
            );
            if found == expected {
                continue;
            }
            if found == 0
                && tails
                    .on_the_way
                    .contains(&(service.to_owned(), lot.clone()))
            {
                balance.totals.in_progress += expected;
            } else {
                balance.suspicions.push(Suspicion {
                    book,
                    keys,
                    lot: lot.clone(),
                    seq: 0,
                    expected,
                    found,
                });
            }
        }
    }
    folds(books, balance);
}

/// folds = waiting + spooled + deposited + e-mailed + withdrawn + kept, and their spools.
fn folds(books: &Books, balance: &mut Balance) {
    balance.totals.archived = books.archive_rows.iter().map(|row| row.rows).sum();
    balance.totals.folds = words(&books.folds_by_state);
    let folds = |state: &str| balance.totals.folds.get(state).copied().unwrap_or(0);
    let (waiting, dispatched) = (
        folds("waiting"),
        folds("spooled") + folds("deposited") + folds("emailed") + folds("kept"),
    );
    balance.totals.in_progress += waiting;
    balance.totals.dispatched = dispatched;
    for key in &books.spool_breaks {
        balance.broken("folds = spools", key.clone(), "spool and folds disagree");
    }
}

/// courriers = contestations + others + duplicates; contestations = awaiting routing + queued + claimed + decided.
fn contestations(books: &Books, tails: &Tails, balance: &mut Balance) {
    balance.totals.lives_by_state = words(&books.lives_by_state);
    for key in &books.stray_lives {
        balance.broken("avis = lives", key.clone(), "avis and life disagree");
    }
    for key in &books.torn_lives {
        balance.broken("lives = journals", key.clone(), "life and steps disagree");
    }
    let by_state = words(&books.contestations_by_state);
    let contestations: i64 = by_state.values().sum();
    let quarantined = quarantined(books, "contestation", "courrier.inbound");
    balance.totals.courriers = tails.courriers_written;
    balance.totals.contestations = contestations;
    balance.totals.queued = by_state.get("queued").copied().unwrap_or(0);
    balance.totals.contestations_by_state = by_state;
    balance.totals.in_progress += tails.courriers_unread + quarantined + books.returned_untold;
    balance.totals.courriers_by_kind = words(&books.courriers_by_kind);
    balance.totals.courriers_open = words(&books.courriers_open);
    balance.equal(
        "courriers received = handled + in progress",
        tails.courriers_written,
        books.courriers + tails.courriers_unread + quarantined,
    );
    balance.equal(
        "courriers = contestations + others + duplicates",
        books.courriers,
        contestations + books.courriers_other + books.courriers_duplicate,
    );
    balance.totals.designations = words(&books.designations);
    let redesignated = balance.totals.lives_by_state.get("redesignated");
    balance.equal(
        "redesignated = designations",
        redesignated.copied().unwrap_or(0),
        balance.totals.designations.values().sum(),
    );
    balance.totals.in_progress += books.designations_waiting;
    balance.totals.notices_pending = words(&books.notices_pending);
    for key in &books.notices_torn {
        balance.broken(
            "duties = notices",
            key.clone(),
            "steps and notices to the comptable disagree",
        );
    }
    for key in &books.unanswered {
        balance.broken(
            "decided = answered",
            key.clone(),
            "courrier and contestation disagree",
        );
    }
    for key in &books.stray_contestations {
        balance.broken(
            "contestations",
            key.clone(),
            "contestation and courrier disagree",
        );
    }
}
