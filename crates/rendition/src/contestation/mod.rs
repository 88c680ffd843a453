//! The slots and choices of the letters that follow a contestation, and of the bordereau to the tribunal.

pub(crate) mod accuse_enregistrement;
pub(crate) mod bordereau;
pub(crate) mod classement;
pub(crate) mod demande_piece;
pub(crate) mod demande_rapport;
pub(crate) mod irrecevabilite;
pub(crate) mod maintien;
pub(crate) mod transmission;

use crate::facts::{FactsWriter, hexadecimal, invalid};
use crate::resources::Template;
use crate::{
    ContestedOffenceInput, HearingInput, LetterInput, OmpInput, PieceInput, Referral,
    RenditionError, TribunalInput,
};

/// The layout that the letters share.
const LAYOUT: Template = (
    "/letter/layout.typ",
    include_str!("../../templates/letter/layout.typ"),
);
/// What every letter says.
const TEXTS: Template = (
    "/letter/texts.typ",
    include_str!("../../templates/letter/texts.typ"),
);

/// The files of a letter, and what is asked of its input. Its module writes out the facts, in a function of that name.
macro_rules! letter_kind {
    ($name:literal, $input:ty) => {
        /// Templates, boxes and specimen.
        pub(crate) const FILES: crate::resources::KindFiles = crate::resources::KindFiles {
            main: (
                concat!("/", $name, ".typ"),
                include_str!(concat!("../../templates/", $name, ".typ")),
            ),
            parts: &[
                super::LAYOUT,
                super::TEXTS,
                (
                    concat!("/", $name, "/texts.typ"),
                    include_str!(concat!("../../templates/", $name, "/texts.typ")),
                ),
            ],
            boxes: include_str!("../../templates/letter/boxes.json"),
            specimen: include_bytes!(concat!("../../templates/specimen/", $name, ".json")),
        };

        impl crate::input::Printed for $input {
            fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError> {
                facts(self, coverage)
            }
            fn number(&self) -> &str {
                &self.letter.avis_number
            }
            fn date(&self) -> jiff::civil::Date {
                self.letter.letter_date
            }
        }
    };
}
use letter_kind;

/// Most characters of what an officer asks.
const WANTED_MAX: usize = 600;
/// Digits of a SHA-256 in hexadecimal.
const SHA256_DIGITS: usize = 64;
/// Digits of a fingerprint that are printed together.
const SHA256_GROUP: usize = 8;
/// Most characters of what a piece is called.
const PIECE_LABEL_MAX: usize = 40;

/// What every letter says.
fn letter(facts: &mut FactsWriter<'_>, letter: &LetterInput) -> Result<(), RenditionError> {
    facts.avis_number("letter.avis_number", &letter.avis_number)?;
    facts.date("letter.avis_date", letter.avis_date)?;
    facts.code("letter.case_number", &letter.case_number, 20)?;
    facts.date("letter.letter_date", letter.letter_date)?;
    facts.address("letter.recipient", &letter.recipient, 7)?;
    offence(facts, "letter.offence", &letter.offence)?;
    facts.choose("procedure", letter.contestation.procedure.as_str());
    facts.choose("channel", letter.contestation.channel.as_str());
    facts.date("letter.contestation.sent_on", letter.contestation.sent_on)?;
    omp(facts, "letter.omp", &letter.omp)
}

fn offence(
    facts: &mut FactsWriter<'_>,
    field: &str,
    offence: &ContestedOffenceInput,
) -> Result<(), RenditionError> {
    facts.date(format!("{field}.date"), offence.date)?;
    facts.time(format!("{field}.time"), offence.time);
    facts.text(format!("{field}.commune"), &offence.commune, 50)?;
    let natinf = format!("{field}.natinf");
    if !(1..=99_999).contains(&offence.natinf) {
        return Err(invalid(&natinf, "is not between 1 and 99999"));
    }
    facts.slot(natinf, offence.natinf.to_string());
    let qualification = format!("{field}.qualification");
    facts.text(qualification, &offence.qualification, 250)
}

fn omp(facts: &mut FactsWriter<'_>, field: &str, omp: &OmpInput) -> Result<(), RenditionError> {
    facts.text(format!("{field}.name"), &omp.name, 100)?;
    facts.address(format!("{field}.address"), &omp.address, 4)
}

fn tribunal(facts: &mut FactsWriter<'_>, tribunal: &TribunalInput) -> Result<(), RenditionError> {
    facts.text("tribunal.name", &tribunal.name, 100)?;
    facts.address("tribunal.address", &tribunal.address, 4)
}

/// What a piece is called, and its fingerprint as printed.
fn piece(
    facts: &FactsWriter<'_>,
    field: &str,
    piece: &PieceInput,
) -> Result<(String, String), RenditionError> {
    let label = facts.checked(&format!("{field}.label"), &piece.label, PIECE_LABEL_MAX)?;
    let digits = SHA256_DIGITS..=SHA256_DIGITS;
    let sha256 = hexadecimal(
        &format!("{field}.sha256"),
        &piece.sha256,
        digits,
        SHA256_GROUP,
    )?;
    Ok((label, sha256))
}

/// How the tribunal is to judge, and when where a hearing is fixed.
fn referral(facts: &mut FactsWriter<'_>, referral: Referral) -> Result<(), RenditionError> {
    facts.choose("referral", referral.as_str());
    let Referral::Citation {
        hearing: Some(HearingInput { date, time }),
    } = referral
    else {
        return Ok(());
    };
    facts.choose("hearing", "yes");
    facts.date("referral.hearing.date", date)?;
    facts.time("referral.hearing.time", time);
    Ok(())
}
