//! Making the index anew from the objects and the log.

use std::path::Path;

use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT};
use cnt_evidence::VerifierKey;
use cnt_store::{DatabaseConfig, PgConnection, connect, done_lots, migrate};
use cnt_vault::{LotId, LotKind, LotReader, ObjectRead as _, ObjectStore};
use rayon::prelude::*;
use serde::Serialize;

use crate::db::{self, Appended, LotEvidence, NewLot, PlacedLot, RebuildError};
use crate::log_book::{self, LogError, LoggedLot, ReadLot};
use crate::tiles::TileFiles;

/// Lots read and registered together.
const LOTS_AT_ONCE: usize = 16;

/// What a rebuilt index holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RebuildReport {
    /// Lots of every kind.
    pub lots: u64,
    /// Documents.
    pub documents: u64,
    /// Leaves of the tree.
    pub leaves: u64,
    /// Lots that are not in the index, or not as the log has them, and why.
    pub problems: Vec<String>,
}

/// Empties the archive's index and makes it anew: lots, documents, salts, tree and latest checkpoint, in one transaction.
/// Leaves are where the log has them; lots that were registered and that no checkpoint covers get the leaves after.
/// The journal of consultations stays, and so does what the database says of events and positions. The service may
/// run: it waits meanwhile. `progress` is told how many lots were looked at.
///
/// # Errors
/// [`RebuildError`]; the index is then as it was.
pub fn rebuild(
    database: &DatabaseConfig,
    objects: &dyn ObjectStore,
    objects_dir: &Path,
    verifier: &VerifierKey,
    progress: &mut dyn FnMut(u64),
) -> Result<RebuildReport, RebuildError> {
    let tiles = TileFiles::new(objects_dir);
    let mut conn = connect(database)?;
    migrate(&mut conn, &db::MIGRATIONS)?;
    db::transaction(&mut conn, |conn| {
        db::clear(conn)?;
        let book = log_book::read(objects, &tiles, verifier, progress)?;
        if !book.broken.is_empty() {
            return Err(RebuildError::Damaged(book.broken));
        }
        let mut report = RebuildReport {
            problems: book.disagreeing,
            ..RebuildReport::default()
        };
        for lots in book.lots.chunks(LOTS_AT_ONCE) {
            logged(conn, objects, &tiles, lots, &mut report)?;
        }
        db::set_tree(conn, &book.frontier)?;
        report.leaves = book.frontier.size();
        if let Some(note) = &book.checkpoint {
            db::keep_checkpoint(conn, book.frontier.size(), note)?;
        }
        for id in book.empty.iter().chain(&book.unlogged) {
            unlogged(conn, objects, &tiles, *id, &mut report)?;
        }
        verdicts(conn, objects, &mut report)?;
        Ok(report)
    })
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

/// A lot that could be read a moment ago.
fn read_again(
    objects: &dyn ObjectStore,
    tiles: &TileFiles,
    id: LotId,
) -> Result<ReadLot, RebuildError> {
    match log_book::read_lot(objects, tiles, id) {
        Ok(Some(lot)) => Ok(lot),
        Ok(None) => Err(RebuildError::Changed(format!(
            "{id}, whose salts are gone,"
        ))),
        Err(error) => Err(RebuildError::Changed(format!("{id} ({error})"))),
    }
}

fn new_lot(id: LotId, kind: LotKind, members: u64, bytes: u64) -> Result<NewLot, RebuildError> {
    let too_large = |_| RebuildError::Changed(id.to_string());
    Ok(NewLot {
        lot_id: id.as_bytes().to_vec(),
        kind: kind.as_str().to_owned(),
        members: i32::try_from(members).map_err(too_large)?,
        bytes: i64::try_from(bytes).map_err(too_large)?,
    })
}

fn logged(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    tiles: &TileFiles,
    lots: &[LoggedLot],
    report: &mut RebuildReport,
) -> Result<(), RebuildError> {
    let placed = lots.par_iter().map(|lot| {
        let read = read_again(objects, tiles, lot.id)?;
        Ok(PlacedLot {
            lot: new_lot(lot.id, LotKind::Document, read.members, read.bytes)?,
            first: lot.first,
            salts: read.salts,
            commitments: read.commitments,
            documents: read.rows,
        })
    });
    let placed: Vec<PlacedLot> = placed.collect::<Result<_, RebuildError>>()?;
    report.lots += count(placed.len());
    report.documents += placed
        .iter()
        .map(|lot| count(lot.documents.len()))
        .sum::<u64>();
    db::place(conn, placed)?;
    let ids: Vec<[u8; 32]> = lots.iter().map(|lot| *lot.id.as_bytes()).collect();
    done_lots::claim(conn, DOCUMENT_LOT.name, &ids)?;
    Ok(())
}

fn unlogged(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    tiles: &TileFiles,
    id: LotId,
    report: &mut RebuildReport,
) -> Result<(), RebuildError> {
    let read = read_again(objects, tiles, id)?;
    let lot = new_lot(id, LotKind::Document, read.members, read.bytes)?;
    let evidence = LotEvidence {
        salts: read.salts,
        commitments: read.commitments,
    };
    let mut documents = read.rows;
    let is_new = db::unless_known(conn, |conn| {
        let appended = Appended {
            lot: id.as_bytes(),
            evidence: &evidence,
            documents: &mut documents,
        };
        db::append(conn, &mut [appended])?;
        db::register(conn, &[lot], &documents.iter().collect::<Vec<_>>())?;
        done_lots::claim(conn, DOCUMENT_LOT.name, &[*id.as_bytes()])?;
        Ok(())
    })?;
    if is_new {
        report.lots += 1;
        report.documents += count(documents.len());
        report.leaves += count(documents.len());
    } else {
        let told = format!("document lot {id}: another lot has documents of the same names");
        report.problems.push(told);
    }
    Ok(())
}

/// Verdict lots are registered as a whole.
fn verdicts(
    conn: &mut PgConnection,
    objects: &dyn ObjectStore,
    report: &mut RebuildReport,
) -> Result<(), RebuildError> {
    let ids = objects.list(LotKind::Verdict).map_err(LogError::from)?;
    let ids: Vec<LotId> = ids.collect::<Result<_, _>>().map_err(LogError::from)?;
    for ids in ids.chunks(LOTS_AT_ONCE * 16) {
        let (mut lots, mut done) = (Vec::new(), Vec::new());
        for id in ids {
            let source = objects
                .open(LotKind::Verdict, *id)
                .map_err(LogError::from)?;
            let bytes = source.size();
            match LotReader::open_at(source) {
                Ok(reader) => {
                    let members = reader.manifest().member_count;
                    lots.push(new_lot(*id, LotKind::Verdict, members, bytes)?);
                    done.push(*id.as_bytes());
                }
                Err(error) => report.problems.push(format!("verdict lot {id}: {error}")),
            }
        }
        report.lots += count(lots.len());
        db::register(conn, &lots, &[])?;
        done_lots::claim(conn, MIF_VERDICT.name, &done)?;
    }
    Ok(())
}
