//! The bordereau to the tribunal: what the file holds.

use jiff::civil::Date;

use super::{SHA256_DIGITS, SHA256_GROUP, offence, omp, piece, referral, tribunal};
use crate::charset::Coverage;
use crate::facts::{Facts, FactsWriter, invalid};
use crate::input::Printed;
use crate::resources::KindFiles;
use crate::{BordereauInput, BordereauPieceInput, RenditionError};

/// Most pieces of one bordereau: as many rows as there is room for on its recto.
const PIECES_MAX: usize = 14;

/// Templates, boxes and specimen.
pub(crate) const FILES: KindFiles = KindFiles {
    main: (
        "/bordereau.typ",
        include_str!("../../templates/bordereau.typ"),
    ),
    parts: &[(
        "/bordereau/texts.typ",
        include_str!("../../templates/bordereau/texts.typ"),
    )],
    boxes: include_str!("../../templates/bordereau/boxes.json"),
    specimen: include_bytes!("../../templates/specimen/bordereau.json"),
};

impl Printed for BordereauInput {
    fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError> {
        facts(self, coverage)
    }
    fn number(&self) -> &str {
        &self.avis_number
    }
    fn date(&self) -> Date {
        self.sent_on
    }
}

/// Checks a bordereau and writes out what is printed on it.
fn facts(input: &BordereauInput, coverage: &Coverage) -> Result<Facts, RenditionError> {
    let mut facts = FactsWriter::new(coverage);
    facts.code("bordereau_number", &input.bordereau_number, 20)?;
    facts.avis_number("avis_number", &input.avis_number)?;
    facts.code("pv_number", &input.pv_number, 20)?;
    facts.code("case_number", &input.case_number, 20)?;
    facts.date("sent_on", input.sent_on)?;
    omp(&mut facts, "omp", &input.omp)?;
    tribunal(&mut facts, &input.tribunal)?;
    referral(&mut facts, input.referral)?;
    facts.text("person", &input.person, 145)?;
    offence(&mut facts, "offence", &input.offence)?;
    facts.date("prescribed_on", input.prescribed_on)?;
    pieces(&mut facts, &input.pieces)?;
    let counted: u64 = input
        .pieces
        .iter()
        .map(|piece| u64::from(piece.pages))
        .sum();
    if counted != u64::from(input.pages_total) {
        return Err(invalid("pages_total", "is not the sum of the pages"));
    }
    facts.slot("pages_total", input.pages_total.to_string());
    let digits = SHA256_DIGITS..=SHA256_DIGITS;
    facts.hexadecimal("file_sha256", &input.file_sha256, digits, SHA256_GROUP)?;
    Ok(facts.finish())
}

/// Each piece has slots of its own, so each number of pieces is a variant.
fn pieces(
    facts: &mut FactsWriter<'_>,
    pieces: &[BordereauPieceInput],
) -> Result<(), RenditionError> {
    if !(1..=PIECES_MAX).contains(&pieces.len()) {
        return Err(invalid("pieces", "are none, or more than fourteen"));
    }
    for (rank, given) in (1..).zip(pieces) {
        let field = format!("pieces.{rank}");
        let (label, sha256) = piece(facts, &field, &given.piece)?;
        facts.slot(format!("{field}.label"), label);
        facts.slot(format!("{field}.sha256"), sha256);
        let pages = format!("{field}.pages");
        if !(1..=9_999).contains(&given.pages) {
            return Err(invalid(&pages, "is not between 1 and 9999"));
        }
        facts.slot(pages, given.pages.to_string());
    }
    let count = pieces.len().to_string();
    facts.choose("pieces", count.clone());
    facts.slot("pieces_total", count);
    Ok(())
}
