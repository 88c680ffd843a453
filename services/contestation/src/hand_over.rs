//! The file handed over to the tribunal de police (CPP 45, 530-1): once the notice to the addressee and the procès-verbal
//! are edited, every piece is gathered and edition is asked for the bordereau that holds them.

use std::collections::HashMap;

use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{HandOverLetterV1, LetterV1, PieceV1, PlaceV1};
use cnt_flow::{WorkError, lot_id};
use cnt_store::{LotError, PgConnection};
use cnt_trust::sha256;
use cnt_vault::{LotId, LotKind, LotReader, ObjectStore};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::db::{self, CaseRow, HandOverRow, PieceRow};
use crate::decision::case_number;
use crate::inquiries::{PIECE, REPORT};
use crate::letters::{self, Wanted};
use crate::life::recall;
use crate::photos;

/// Files handed over in one transaction.
const LOT_MAX: i64 = 20;
/// The detail of a decision that asks for a hearing.
const HEARING: &str = "hearing";
/// Media type of our own documents.
const PDF: &str = "application/pdf";
/// Media type of what was written into a form.
const TEXT: &str = "text/plain";

/// Hands files over whose documents are there; returns how many.
pub(crate) fn hand_over(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    day: Date,
    at: Timestamp,
) -> Result<usize, LotError> {
    let due = db::hand_overs_claim(conn, LOT_MAX)?;
    if due.is_empty() {
        return Ok(0);
    }
    let avis: Vec<i64> = due.iter().map(|row| row.avis).collect();
    let lives = by_avis(db::lives_lock(conn, &avis)?, |life| life.avis);
    let cases = by_avis(db::cases(conn, &avis)?, |case| case.avis);
    let by_number = by_avis(&due, |row| row.avis);
    let mut rows: HashMap<i64, Vec<PieceRow>> = HashMap::new();
    for row in db::file_pieces(conn, &avis)? {
        rows.entry(row.avis).or_default().push(row);
    }
    let mut members = Vec::with_capacity(due.len());
    // Letters of one verdict lot stand together.
    for letter in db::letter_rows(conn, &avis)? {
        let number = letter.avis;
        let row = by_number
            .get(&number)
            .ok_or_else(|| missing("prosecution"))?;
        let life = lives.get(&number).ok_or_else(|| missing("life"))?;
        let life = recall(&life.state, &life.memory).map_err(LotError::refused)?;
        let case = cases.get(&number).ok_or_else(|| missing("case"))?;
        let pieces = pieces(objects, &rows.remove(&number).unwrap_or_default(), case)?;
        let wanted = Wanted {
            before: i64::from(row.before),
            sent_on: day,
            omp: letter.acting.clone(),
            addressee: letter.driver(),
            address: letter.declared.clone(),
            is_kept: true,
            letter: LetterV1::HandOver(Box::new(HandOverLetterV1 {
                bordereau: format!("B{}-{}", row.avis, row.before.saturating_add(1)),
                case_number: case_number(row.avis),
                has_hearing: row.detail.as_deref() == Some(HEARING),
                prescribed_on: life.prescription().to_string(),
                pieces,
            })),
        };
        let signed = row.signature.as_deref().unwrap_or_default();
        members.push(letters::member(&letter, wanted, signed.as_bytes())?);
    }
    if members.len() != due.len() {
        return Err(missing("avis"));
    }
    let lot = letters::request_lot(at, members)?;
    objects.put(&lot).map_err(LotError::later)?;
    letters::ask(conn, &lot)?;
    let rows: Vec<&HandOverRow> = due.iter().collect();
    db::hand_overs_insert(conn, &rows, lot.id().as_bytes(), at)?;
    Ok(due.len())
}

fn missing(what: &str) -> LotError {
    LotError::refused(format!("a file handed over without its {what}"))
}

fn by_avis<R>(rows: impl IntoIterator<Item = R>, avis: impl Fn(&R) -> i64) -> HashMap<i64, R> {
    rows.into_iter().map(|row| (avis(&row), row)).collect()
}

/// Every piece of the file of an avis: the procès-verbal first, then what was sent and what came, by day, and the
/// photographs.
fn pieces(
    objects: &dyn ObjectStore,
    rows: &[PieceRow],
    case: &CaseRow,
) -> Result<Vec<PieceV1>, LotError> {
    let of_rows = rows.iter().map(|row| piece(objects, row).map_err(in_store));
    let mut pieces: Vec<PieceV1> = of_rows.collect::<Result<_, _>>()?;
    let day = case_day(&pieces);
    for (rank, hash) in (1..).zip(photos::named(objects, case).map_err(in_store)?) {
        let id = LotId::from_bytes(hash);
        // What was named and never handed in is no piece.
        if !objects
            .exists(LotKind::Photo, id)
            .map_err(LotError::later)?
        {
            continue;
        }
        let bytes = objects.get(LotKind::Photo, id).map_err(LotError::later)?;
        let media = cnt_domain::photo::PhotoMedia::of(&bytes);
        pieces.push(PieceV1 {
            label: format!("Photographie n° {rank}"),
            day: day.clone(),
            place: PlaceV1::Object {
                kind: LotKind::Photo.as_str().to_owned(),
                id: Hex32(hash),
            },
            sha256: Hex32(hash),
            media: media
                .map_or("application/octet-stream", |media| media.as_str())
                .to_owned(),
        });
    }
    Ok(pieces)
}

/// What the bordereau calls a piece.
fn label(row: &PieceRow) -> String {
    let label = match row.what.as_str() {
        "PVE" => "Procès-verbal",
        "ACO" => "Avis de contravention",
        "ACD" => "Avis au conducteur désigné",
        "AFM" => "Avis d’amende majorée",
        "ACE" => "Accusé d’enregistrement",
        "IRR" => "Avis d’irrecevabilité",
        "CSS" => "Classement sans suite",
        "TTP" => "Avis de transmission",
        "DEP" => "Demande de pièce",
        "RAP" => "Demande de rapport",
        "MAI" => "Amende maintenue",
        "scan" => "Contestation reçue",
        "online" => "Contestation en ligne",
        "joined" => return format!("Pièce jointe n° {}", row.n),
        REPORT => "Rapport de l’agent",
        PIECE => "Réponse à la demande de pièce",
        other => other,
    };
    label.to_owned()
}

/// A photograph bears no day of its own: that of the procès-verbal, the first piece.
fn case_day(pieces: &[PieceV1]) -> String {
    pieces
        .first()
        .map(|piece| piece.day.clone())
        .unwrap_or_default()
}

fn in_store(error: WorkError) -> LotError {
    match error.class() {
        cnt_store::FailureClass::Permanent => LotError::refused(error.to_string()),
        _ => LotError::later(error),
    }
}

fn piece(objects: &dyn ObjectStore, row: &PieceRow) -> Result<PieceV1, WorkError> {
    let (label, day) = (label(row), row.day().to_string());
    if let Some(text) = &row.text {
        return Ok(PieceV1 {
            label,
            day,
            place: PlaceV1::Text { text: text.clone() },
            sha256: Hex32(sha256(text.as_bytes())),
            media: TEXT.to_owned(),
        });
    }
    let lot = row
        .lot()
        .ok_or_else(|| WorkError::never("a piece without its lot"))?;
    let kind = LotKind::ALL
        .into_iter()
        .find(|kind| kind.as_str() == row.kind)
        .ok_or_else(|| WorkError::never("a piece in a lot of no kind"))?;
    // Of our own documents the row keeps no digest: the lot does.
    let digest = match row.sha256() {
        Some(digest) => digest,
        None => {
            let reader = LotReader::open_at(objects.open(kind, lot_id(Hex32(lot)))?)?;
            let member = reader
                .find(&row.member)?
                .ok_or_else(|| WorkError::never("a lot without the piece"))?;
            *member.sha256.as_bytes()
        }
    };
    Ok(PieceV1 {
        label,
        day,
        place: PlaceV1::Member {
            kind: kind.as_str().to_owned(),
            lot: Hex32(lot),
            member: row.member.clone(),
        },
        sha256: Hex32(digest),
        media: row.media.clone().unwrap_or_else(|| PDF.to_owned()),
    })
}
