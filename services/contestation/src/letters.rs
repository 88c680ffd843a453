//! Asking edition for letters: a request lot, and the event that names it.

use cnt_contracts::events::LetterRequestEvent;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{DriverV1, LetterRequestV1, LetterV1};
use cnt_contracts::topics::LETTER_REQUEST;
use cnt_flow::{event_record, lot_ref};
use cnt_store::{LotError, PgConnection, outbox};
use cnt_vault::{LotAbout, LotKind, LotWriter, MemberInput, SealedLot};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::NAME;
use crate::db::{self, LetterRow};

/// Version of the request for letters.
const EVENT_VERSION: u16 = 1;

/// What a letter needs to know of an avis.
pub(crate) fn row_of(conn: &mut PgConnection, avis: i64) -> Result<LetterRow, LotError> {
    db::letter_rows(conn, &[avis])?
        .pop()
        .ok_or_else(|| LotError::refused("a life without its avis"))
}

/// The verdict lot that holds the MIF of an avis.
fn verdict_lot_of(row: &LetterRow) -> Result<[u8; 32], LotError> {
    row.verdict_lot()
        .ok_or_else(|| LotError::refused("an avis whose verdict lot is not known"))
}

/// A letter about an avis, to be asked for.
pub(crate) struct Wanted {
    /// How many letters of the kind went before it.
    pub(crate) before: i64,
    /// Date printed on it.
    pub(crate) sent_on: Date,
    /// Who writes, where another OMP than that of the place may act.
    pub(crate) omp: Option<String>,
    /// Whom it goes to, where that is not the addressee of the MIF.
    pub(crate) addressee: Option<DriverV1>,
    /// Where it goes, where another address was declared since.
    pub(crate) address: Option<Vec<String>>,
    /// Whether it never goes by post.
    pub(crate) is_kept: bool,
    /// What it says.
    pub(crate) letter: LetterV1,
}

/// The member of a request lot that asks for a letter; its bytes are the signed decision that it tells, if any.
pub(crate) fn member(
    row: &LetterRow,
    wanted: Wanted,
    signed: &[u8],
) -> Result<MemberInput, LotError> {
    let request = request(row, wanted)?;
    let id = format!("{}/{}/{}", row.avis, request.letter.kind(), request.issue);
    MemberInput::new(id, signed.to_vec(), &request).map_err(LotError::refused)
}

/// A letter as it is asked for.
pub(crate) fn request(row: &LetterRow, wanted: Wanted) -> Result<LetterRequestV1, LotError> {
    let issue = u16::try_from(wanted.before.saturating_add(1)).map_err(LotError::refused)?;
    Ok(LetterRequestV1 {
        avis: row.avis.to_string(),
        issue,
        id_mif: row.id_mif,
        verdict_lot: Hex32(verdict_lot_of(row)?),
        avis_date: row.avis_date().to_string(),
        sent_on: wanted.sent_on.to_string(),
        omp: wanted.omp,
        addressee: wanted.addressee,
        address: wanted.address,
        is_kept: wanted.is_kept,
        letter: wanted.letter,
    })
}

/// A request lot of these members.
pub(crate) fn request_lot(at: Timestamp, members: Vec<MemberInput>) -> Result<SealedLot, LotError> {
    let about = LotAbout::new(at, &format!("cnt-{NAME}"), env!("CARGO_PKG_VERSION"));
    let mut writer = LotWriter::new(LotKind::Request, about).map_err(LotError::refused)?;
    writer.add_members(members).map_err(LotError::refused)?;
    writer.finish().map_err(LotError::refused)
}

/// Asks for the letters of a lot that is in the object store; the event leaves after the commit.
pub(crate) fn ask(conn: &mut PgConnection, lot: &SealedLot) -> Result<(), LotError> {
    let event = LetterRequestEvent {
        version: EVENT_VERSION,
        lot: lot_ref(lot),
    };
    let record = event_record(&LETTER_REQUEST, event.lot.id, &event).map_err(LotError::refused)?;
    db::letter_request_insert(conn, &event.lot.id.0, event.lot.members)?;
    outbox::put(conn, &[record])?;
    Ok(())
}
