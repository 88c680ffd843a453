//! Asking edition for letters: a request lot, and the event that names it.

use cnt_contracts::events::LetterRequestEvent;
use cnt_contracts::letter::LetterRequestV1;
use cnt_contracts::topics::LETTER_REQUEST;
use cnt_flow::{event_record, lot_ref};
use cnt_store::{LotError, PgConnection, outbox};
use cnt_vault::{LotAbout, LotKind, LotWriter, MemberInput, SealedLot};
use jiff::Timestamp;

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
pub(crate) fn verdict_lot_of(row: &LetterRow) -> Result<[u8; 32], LotError> {
    row.verdict_lot()
        .ok_or_else(|| LotError::refused("an avis whose verdict lot is not known"))
}

/// Where a request stands in its lot.
pub(crate) fn member_id(request: &LetterRequestV1) -> String {
    let kind = request.letter.kind();
    format!("{}/{kind}/{}", request.avis, request.issue)
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
    outbox::put(conn, &[record])?;
    Ok(())
}
