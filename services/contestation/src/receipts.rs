//! The accusé d'enregistrement of what came through the portal: asked from edition in the transaction in which the life of
//! the avis learns of the contestation.

use std::collections::HashMap;

use cnt_contracts::courrier::GroundWord;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{ContestedV1, LetterV1, ReceiptLetterV1, ReceivedPieceV1};
use cnt_domain::avis::Ground;
use cnt_domain::life::{AvisLife, Stage};
use cnt_store::{LotError, PgConnection};
use cnt_vault::{Digest, MemberInput, ObjectStore};
use serde::Serialize;
use uuid::Uuid;

use crate::db::{self, LetterRow, NewReceipt, ReceivedRow};
use crate::decision::case_number;
use crate::letters::{self, Wanted};
use crate::life::recall;

/// What the SHA-256 on a receipt is taken of, as JSON without spaces.
#[derive(Serialize)]
struct Deposit<'a> {
    id: Uuid,
    avis: String,
    ground: &'a str,
    motivation: &'a str,
    received_at: String,
    attachments: Vec<Hex32>,
}

fn word_of(ground: &str) -> Result<GroundWord, LotError> {
    Ground::of_word(ground)
        .map(GroundWord::from)
        .ok_or_else(|| LotError::refused("a ground that no form knows"))
}

fn label(n: usize, media: &str) -> String {
    let kind = match media {
        "application/pdf" => "PDF",
        "image/tiff" => "TIFF",
        "image/jpeg" => "JPEG",
        "image/png" => "PNG",
        _ => "fichier",
    };
    format!("Pièce {n} ({kind})")
}

fn pieces(row: &ReceivedRow) -> Result<Vec<ReceivedPieceV1>, LotError> {
    row.media
        .iter()
        .zip(&row.sha256)
        .zip(1..)
        .map(|((media, sha256), n)| {
            let sha256: [u8; 32] = sha256
                .as_slice()
                .try_into()
                .map_err(|_| LotError::refused("a digest that is none"))?;
            Ok(ReceivedPieceV1 {
                label: label(n, media),
                sha256: Hex32(sha256),
            })
        })
        .collect()
}

fn receipt(row: &ReceivedRow, life: &AvisLife) -> Result<ReceiptLetterV1, LotError> {
    let is_reclamation = life.stage() == Stage::Majoree;
    let claim_until = life
        .majoree_deadlines()
        .map(|deadlines| deadlines.reclamation);
    let pieces = pieces(row)?;
    let deposit = Deposit {
        id: row.id,
        avis: row.avis.to_string(),
        ground: &row.ground,
        motivation: &row.motivation,
        received_at: row.received_at().to_string(),
        attachments: pieces.iter().map(|piece| piece.sha256).collect(),
    };
    let deposit = serde_json::to_vec(&deposit).map_err(LotError::refused)?;
    Ok(ReceiptLetterV1 {
        contested: ContestedV1 {
            case_number: case_number(row.avis),
            is_reclamation,
            is_online: true,
            sent_on: row.received_day().to_string(),
        },
        registered_at_us: row.received_at().as_microsecond(),
        ground: word_of(&row.ground)?,
        contest_until: claim_until
            .filter(|_| is_reclamation)
            .unwrap_or_else(|| life.deadlines().requete)
            .to_string(),
        pieces,
        deposit_sha256: Hex32(*Digest::of(&deposit).as_bytes()),
    })
}

/// Asks for the receipts of those of these contestations that came through the portal. Their lives are locked by the
/// caller and know of them. Of an avis whose verdict lot is not kept there is none.
pub(crate) fn ask(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    told: &[Uuid],
) -> Result<(), LotError> {
    let received = db::receipts_owed(conn, told)?;
    let Some(at) = received.iter().map(ReceivedRow::received_at).max() else {
        return Ok(());
    };
    let numbers: Vec<i64> = received.iter().map(|row| row.avis).collect();
    let lives: HashMap<i64, AvisLife> = db::lives_lock(conn, &numbers)?
        .into_iter()
        .map(|row| {
            let life = recall(&row.state, &row.memory).map_err(LotError::refused)?;
            Ok((row.avis, life))
        })
        .collect::<Result<_, LotError>>()?;
    let mut by_avis: HashMap<i64, Vec<&ReceivedRow>> = HashMap::new();
    for row in &received {
        by_avis.entry(row.avis).or_default().push(row);
    }
    let (mut members, mut receipts) = (Vec::new(), Vec::new());
    // Letters of one verdict lot stand together.
    for letter in db::letter_rows(conn, &numbers)? {
        let Some((_, life)) = letter.verdict_lot().zip(lives.get(&letter.avis)) else {
            continue;
        };
        for (n, row) in (1_i64..).zip(by_avis.remove(&letter.avis).unwrap_or_default()) {
            let issue = row.receipts.saturating_add(n);
            receipts.push(NewReceipt {
                contestation: row.id,
                avis: row.avis,
                issue: i16::try_from(issue).map_err(LotError::refused)?,
            });
            members.push(member(&letter, issue, row, life)?);
        }
    }
    if members.is_empty() {
        return Ok(());
    }
    // Dated by what it is about: the same contestations always make the same lot.
    let lot = letters::request_lot(at, members)?;
    objects.put(&lot).map_err(LotError::later)?;
    db::receipts_insert(conn, lot.id().as_bytes(), &receipts)?;
    letters::ask(conn, &lot)
}

fn member(
    letter: &LetterRow,
    issue: i64,
    row: &ReceivedRow,
    life: &AvisLife,
) -> Result<MemberInput, LotError> {
    let wanted = Wanted {
        before: issue.saturating_sub(1),
        sent_on: row.received_day(),
        omp: letter.acting.clone(),
        addressee: letter.driver(),
        address: letter.declared.clone(),
        is_kept: true,
        letter: LetterV1::Receipt(Box::new(receipt(row, life)?)),
    };
    letters::member(letter, wanted, &[])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ground_and_every_piece_has_its_words() {
        for ground in Ground::ALL {
            let word = word_of(ground.as_str()).unwrap();
            assert_eq!(Ground::from(word), ground);
        }
        assert!(word_of("x").is_err());
        assert_eq!(label(2, "image/jpeg"), "Pièce 2 (JPEG)");
        assert!(label(5, "application/pdf").chars().count() <= 40);
    }
}
