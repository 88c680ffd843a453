//! Building a spool: the documents are read from their lots and written in print order.

use std::collections::HashMap;

use cnt_vault::{
    Digest, Forme, FormeRef, LotAbout, LotId, LotKind, LotReader, LotWriter, MAX_FORMES,
    MemberInput, MemberLocation, ObjectRead, ObjectStore, Part, ReadError, SealedLot, StoreError,
    WriteError,
};
use rayon::prelude::*;

use super::manifest::{Balance, MANIFEST_MEMBER, SpoolFold, SpoolManifest};
use crate::db::{FoldRow, instant_of};
use crate::franking;

/// Documents held plain at a time.
const CHUNK_FOLDS: usize = 128;
/// Lots kept open from one chunk to the next.
const OPEN_LOTS_MAX: usize = 64;
/// Formes kept prepared from one spool to the next.
const PREPARED_FORMES_MAX: usize = 64;

type Reader = LotReader<Box<dyn ObjectRead>>;

/// Why a spool could not be built.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    /// A lot, or one of its members, is not what it was: what it holds must be held back.
    #[error("a document lot is damaged")]
    Damaged {
        /// The lot.
        lot_id: Vec<u8>,
        /// The member; none when the whole lot cannot be read.
        member_id: Option<String>,
        /// What is wrong.
        #[source]
        source: Box<ReadError>,
    },
    /// The object store failed.
    #[error("a document lot cannot be read")]
    Objects(#[source] Box<StoreError>),
    /// A damaged lot that the store itself refuses.
    #[error("a document lot is refused by the object store")]
    Refused {
        /// The lot.
        lot_id: Vec<u8>,
        /// What is wrong.
        #[source]
        source: Box<StoreError>,
    },
    /// Reading failed; it may succeed later.
    #[error("a document lot cannot be read")]
    Source(#[source] Box<ReadError>),
    /// The spool could not be written.
    #[error("the spool cannot be written")]
    Write(#[from] WriteError),
    /// The manifest could not be written as JSON.
    #[error("the manifest cannot be written")]
    Manifest(#[from] serde_json::Error),
    /// A row does not hold what rows hold.
    #[error("a fold's row cannot be understood")]
    Row,
}

/// Where a spool goes.
pub(crate) struct Destination<'a> {
    pub(crate) plant: &'a str,
    pub(crate) plant_name: &'a str,
    pub(crate) day: String,
}

/// A spool, built and not yet stored.
pub(crate) struct Built {
    pub(crate) lot: SealedLot,
    pub(crate) balance: Balance,
}

/// Builds spools; keeps prepared formes from one to the next.
#[derive(Default)]
pub(crate) struct Builder {
    prepared: HashMap<(Digest, i32), Forme>,
}

impl Builder {
    /// Builds the spool of folds that are in print order. The same folds give the same bytes.
    pub(crate) fn build(
        &mut self,
        objects: &dyn ObjectStore,
        folds: &[FoldRow],
        destination: &Destination<'_>,
    ) -> Result<Built, BuildError> {
        let newest = folds
            .iter()
            .map(|fold| fold.waiting_since)
            .max()
            .ok_or(BuildError::Row)?;
        let lines: Vec<SpoolFold> = (1..)
            .zip(folds)
            .map(|(position, fold)| line_of(position, fold, destination))
            .collect();
        let balance = Balance::of(&lines);
        let mut about = LotAbout::new(
            instant_of(newest),
            "cnt-dispatch",
            env!("CARGO_PKG_VERSION"),
        );
        about.about = serde_json::json!({
            "plant": destination.plant, "day": destination.day, "balance": balance,
        });
        let mut spool = Spool {
            objects,
            writer: LotWriter::new(LotKind::Spool, about)?,
            readers: HashMap::new(),
            formes: HashMap::new(),
            prepared: &mut self.prepared,
        };
        for (folds, lines) in folds.chunks(CHUNK_FOLDS).zip(lines.chunks(CHUNK_FOLDS)) {
            spool.add(folds, lines)?;
        }
        let mut writer = spool.writer;
        let manifest = SpoolManifest {
            version: 1,
            plant: destination.plant.to_owned(),
            plant_name: destination.plant_name.to_owned(),
            day: destination.day.clone(),
            balance,
            folds: lines,
        };
        writer.add_member(MemberInput::new(
            MANIFEST_MEMBER,
            serde_json::to_vec(&manifest)?,
            &(),
        )?)?;
        let lot = writer.finish()?;
        if self.prepared.len() > PREPARED_FORMES_MAX {
            self.prepared.clear();
        }
        Ok(Built { lot, balance })
    }
}

fn line_of(position: u32, fold: &FoldRow, destination: &Destination<'_>) -> SpoolFold {
    SpoolFold {
        position,
        avis: format!("{:010}", fold.avis),
        kind: fold.kind.clone(),
        issue: fold.issue,
        postcode: fold.postcode.clone(),
        sheets: fold.sheets,
        weight_g: fold.weight_g,
        tariff_cents: fold.tariff_cents,
        franking_mark: franking::mark(
            destination.plant,
            &destination.day,
            fold.tariff_cents,
            fold.recommended.as_deref(),
        ),
        recommended: fold.recommended.clone(),
        sha256: hex::encode(&fold.sha256),
    }
}

/// A spool that is being written.
struct Spool<'a> {
    objects: &'a dyn ObjectStore,
    writer: LotWriter,
    readers: HashMap<LotId, Reader>,
    formes: HashMap<(Digest, i32), FormeRef>,
    prepared: &'a mut HashMap<(Digest, i32), Forme>,
}

impl Spool<'_> {
    /// Adds folds with their lines of the manifest.
    fn add(&mut self, folds: &[FoldRow], lines: &[SpoolFold]) -> Result<(), BuildError> {
        if self.readers.len() > OPEN_LOTS_MAX {
            self.readers.clear();
        }
        for fold in folds {
            self.open(fold)?;
        }
        let readers = &self.readers;
        let documents = folds
            .par_iter()
            .map(|fold| {
                let location = location_of(fold)?;
                let reader = readers.get(&lot_of(fold)?).ok_or(BuildError::Row)?;
                reader
                    .read_at(&fold.member_id, &location)
                    .map(|bytes| (bytes, location))
                    .map_err(|error| damaged(fold, error))
            })
            .collect::<Result<Vec<_>, BuildError>>()?;
        let mut members = Vec::with_capacity(folds.len());
        for ((fold, line), (bytes, location)) in folds.iter().zip(lines).zip(documents) {
            let member =
                MemberInput::new(line.member_id(), bytes, line)?.with_sha256(location.sha256);
            members.push(match self.forme(fold, &location)? {
                Some(forme) => member.with_forme(forme),
                None => member,
            });
        }
        Ok(self.writer.add_members(members)?)
    }

    fn open(&mut self, fold: &FoldRow) -> Result<(), BuildError> {
        let id = lot_of(fold)?;
        if self.readers.contains_key(&id) {
            return Ok(());
        }
        let source = self
            .objects
            .open(LotKind::Document, id)
            .map_err(|error| match error {
                StoreError::Corrupt { .. } => BuildError::Refused {
                    lot_id: fold.lot_id.clone(),
                    source: Box::new(error),
                },
                _ => BuildError::Objects(Box::new(error)),
            })?;
        let reader = LotReader::open_at(source).map_err(|error| damaged(fold, error))?;
        self.readers.insert(id, reader);
        Ok(())
    }

    /// The forme of the document's lot, put into the spool; none when it has none or the spool has too many.
    fn forme(
        &mut self,
        fold: &FoldRow,
        location: &MemberLocation,
    ) -> Result<Option<FormeRef>, BuildError> {
        let Some(number) = location.forme else {
            return Ok(None);
        };
        let reader = self.readers.get(&lot_of(fold)?).ok_or(BuildError::Row)?;
        let place = usize::try_from(number).map_err(|_| BuildError::Row)?;
        let entry = reader.manifest().formes.get(place).ok_or(BuildError::Row)?;
        let key = (entry.sha256, entry.level);
        if let Some(known) = self.formes.get(&key) {
            return Ok(Some(*known));
        }
        if self.formes.len() >= MAX_FORMES {
            return Ok(None);
        }
        let forme = match self.prepared.get(&key) {
            Some(forme) => forme.clone(),
            None => {
                let plain = reader.forme(number).map_err(|error| damaged(fold, error))?;
                let forme = Forme::prepare_at_level(&entry.name, plain, entry.level)?;
                self.prepared.insert(key, forme.clone());
                forme
            }
        };
        let reference = self.writer.add_forme(&forme)?;
        self.formes.insert(key, reference);
        Ok(Some(reference))
    }
}

/// A failure to read a fold's document: damage of the one member, of its lot, or a store that fails.
fn damaged(fold: &FoldRow, error: ReadError) -> BuildError {
    let member_id = match error.part() {
        None if matches!(error, ReadError::Source(_)) => {
            return BuildError::Source(Box::new(error));
        }
        Some(Part::Member { .. }) => Some(fold.member_id.clone()),
        _ => None,
    };
    BuildError::Damaged {
        lot_id: fold.lot_id.clone(),
        member_id,
        source: Box::new(error),
    }
}

fn lot_of(fold: &FoldRow) -> Result<LotId, BuildError> {
    let bytes: [u8; 32] = fold
        .lot_id
        .as_slice()
        .try_into()
        .map_err(|_| BuildError::Row)?;
    Ok(LotId::from_bytes(bytes))
}

fn location_of(fold: &FoldRow) -> Result<MemberLocation, BuildError> {
    let place = |value: i64| u64::try_from(value).map_err(|_| BuildError::Row);
    let sha256: [u8; 32] = fold
        .sha256
        .as_slice()
        .try_into()
        .map_err(|_| BuildError::Row)?;
    Ok(MemberLocation {
        frame_offset: place(fold.frame_offset)?,
        frame_length: place(fold.frame_length)?,
        frame_size: place(fold.frame_size)?,
        inner_offset: place(fold.inner_offset)?,
        size: place(fold.size)?,
        forme: fold
            .forme
            .map(u32::try_from)
            .transpose()
            .map_err(|_| BuildError::Row)?,
        sha256: Digest::from_bytes(sha256),
    })
}
