//! The accusé d'enregistrement of a contestation.

use super::{SHA256_DIGITS, SHA256_GROUP, letter, letter_kind, piece};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid};
use crate::{AccuseEnregistrementInput, Claim, RenditionError};

/// Most pieces that one lists.
const PIECES_MAX: usize = 6;

letter_kind!("accuse_enregistrement", AccuseEnregistrementInput);

/// Checks an accusé d'enregistrement and writes out what is printed on it.
fn facts(input: &AccuseEnregistrementInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    letter(&mut facts, &input.letter)?;
    facts.instant("registered_at", input.registered_at)?;
    facts.choose("claim", input.claim.as_str());
    facts.date("contest_until", input.contest_until)?;
    if let Some(cents) = input.consignation_cents {
        if input.claim != Claim::OtherReason {
            return Err(invalid("consignation_cents", "goes only with case 3"));
        }
        facts.choose("consignation", "yes");
        facts.money("consignation_cents", cents)?;
    }
    if input.pieces.len() > PIECES_MAX {
        return Err(invalid("pieces", "has more than six"));
    }
    let mut lines = Vec::with_capacity(input.pieces.len());
    for (rank, given) in input.pieces.iter().enumerate() {
        let (label, sha256) = piece(&facts, &format!("pieces.{rank}"), given)?;
        lines.push(format!("{label} – {sha256}"));
    }
    if lines.is_empty() {
        lines.push("Aucune pièce".to_owned());
    }
    facts.slot("pieces", lines.join("\n"));
    let digits = SHA256_DIGITS..=SHA256_DIGITS;
    facts.hexadecimal(
        "deposit_sha256",
        &input.deposit_sha256,
        digits,
        SHA256_GROUP,
    )?;
    Ok(facts.finish())
}
