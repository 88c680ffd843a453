//! Registering announced lots.

use std::sync::Arc;

use cnt_bus::Record;
use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_contracts::events::{DocumentLotEvent, LotRef, VerdictLotEvent};
use cnt_contracts::topics::{DOCUMENT_LOT, MIF_VERDICT};
use cnt_evidence::{Commitment, Hash, Salt};
use cnt_flow::{LotWork, Poison, Prepared, WorkError, event_of, lot_id};
use cnt_service_kit::failpoint;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{PgConnection, Session, done_lots};
use cnt_vault::{LotKind, LotReader, MemberEntry, ObjectRead, ObjectStore};

use crate::db::{self, Appended, DocumentRow, LotEvidence, NewLot};
use crate::keys;
use crate::metrics::Metrics;
use crate::tiles::TileFiles;

/// The work of both flows: which one a record belongs to is told by its topic, so that an operator's replay of a
/// quarantined record is done right whichever flow takes it up.
#[derive(Clone)]
pub(crate) struct ArchiveWork {
    objects: Arc<dyn ObjectStore>,
    tiles: TileFiles,
    metrics: Metrics,
}

/// An opened lot, ready to be registered.
pub(crate) struct OpenedLot {
    stream: &'static str,
    id: [u8; 32],
    lot: NewLot,
    documents: Vec<DocumentRow>,
    evidence: LotEvidence,
}

/// What [`LotWork::apply`] registers, and what it found to be new.
pub(crate) struct Effect {
    lots: Vec<OpenedLot>,
    registered_lots: usize,
    registered_documents: usize,
}

/// What an event announces.
struct Announced {
    stream: &'static str,
    kind: LotKind,
    lot: LotRef,
    documents: Option<u32>,
}

impl ArchiveWork {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, tiles: TileFiles, metrics: Metrics) -> Self {
        Self {
            objects,
            tiles,
            metrics,
        }
    }

    fn open(
        &self,
        index: usize,
        announced: &Announced,
    ) -> Result<Result<OpenedLot, Poison>, WorkError> {
        let id = lot_id(announced.lot.id);
        let source = self.objects.open(announced.kind, id)?;
        let bytes = source.size();
        let reader = LotReader::open_at(source)?;
        let manifest = reader.manifest();
        let found = (manifest.kind, bytes, manifest.member_count);
        let expected = (
            announced.kind,
            announced.lot.bytes,
            u64::from(announced.lot.members),
        );
        let mismatch = |detail| {
            Ok(Err(Poison {
                index,
                reason: "lot_mismatch",
                detail,
            }))
        };
        if found != expected {
            return mismatch(format!("announced {expected:?}, found {found:?}"));
        }
        let (documents, evidence) = match announced.documents {
            None => (Vec::new(), LotEvidence::default()),
            Some(count) => {
                let documents = documents_of(reader.members()?, id.as_bytes())?;
                if u32::try_from(documents.len()) != Ok(count) {
                    return mismatch(format!(
                        "announced {count} documents, found {}",
                        documents.len()
                    ));
                }
                let evidence = self.evidence_of(&documents, id.as_bytes())?;
                (documents, evidence)
            }
        };
        Ok(Ok(OpenedLot {
            stream: announced.stream,
            id: *id.as_bytes(),
            lot: NewLot {
                lot_id: id.as_bytes().to_vec(),
                kind: announced.kind.as_str().to_owned(),
                members: i32::try_from(announced.lot.members).map_err(WorkError::never)?,
                bytes: i64::try_from(bytes).map_err(WorkError::never)?,
            },
            documents,
            evidence,
        }))
    }
}

impl ArchiveWork {
    /// Salts and the commitment of each document. Fresh salts go to the objects before they are used; those that are there
    /// already were made by a run that did not commit, or by one that does so now. They count from the commit on.
    fn evidence_of(
        &self,
        documents: &[DocumentRow],
        lot: &[u8; 32],
    ) -> Result<LotEvidence, WorkError> {
        let mut random = vec![[0_u8; 32]; documents.len()];
        aws_lc_rs::rand::fill(random.as_flattened_mut())
            .map_err(|_| WorkError::later("the system gives no random bytes"))?;
        let fresh: Vec<_> = random.into_iter().map(Salt::from_bytes).collect();
        let salts = self
            .tiles
            .keep_salts(lot, &fresh)
            .map_err(WorkError::later)?;
        failpoint::hit("archive.salts_kept").map_err(WorkError::later)?;
        if salts.len() != documents.len() {
            return Err(WorkError::never("the lot has another number of salts"));
        }
        Ok(LotEvidence {
            commitments: commitments(&salts, documents)?,
            salts,
        })
    }
}

/// The lot that a record announces.
fn announced(index: usize, record: &Record) -> Result<Announced, Poison> {
    let announced = if *record.topic == *MIF_VERDICT.name {
        let event: VerdictLotEvent = event_of(index, record)?;
        Announced {
            stream: MIF_VERDICT.name,
            kind: LotKind::Verdict,
            lot: event.lot,
            documents: None,
        }
    } else {
        let event: DocumentLotEvent = event_of(index, record)?;
        Announced {
            stream: DOCUMENT_LOT.name,
            kind: LotKind::Document,
            lot: event.lot,
            documents: Some(event.documents),
        }
    };
    if announced.lot.kind == announced.kind.as_str() {
        Ok(announced)
    } else {
        let detail = format!(
            "a lot of kind {:?} on {}",
            announced.lot.kind, announced.stream
        );
        Err(Poison {
            index,
            reason: "lot_mismatch",
            detail,
        })
    }
}

/// The rows of a document lot; a MIF that ended without an avis is no document.
pub(crate) fn documents_of(
    members: &[MemberEntry],
    lot: &[u8; 32],
) -> Result<Vec<DocumentRow>, WorkError> {
    let mut rows = Vec::with_capacity(members.len());
    for member in members {
        if let DocumentMeta::Document(facts) = member.meta()? {
            rows.push(row_of(member, &facts, lot)?);
        }
    }
    Ok(rows)
}

/// The commitment of each document, under its salt.
pub(crate) fn commitments(
    salts: &[Salt],
    documents: &[DocumentRow],
) -> Result<Vec<Commitment>, WorkError> {
    let commit = |(salt, row): (&Salt, &DocumentRow)| {
        let sha256 = row.sha256.as_slice().try_into().map_err(WorkError::never)?;
        let document = Hash::from_bytes(sha256);
        Ok(Commitment::new(salt, &document, &row.member_id))
    };
    salts.iter().zip(documents).map(commit).collect()
}

fn row_of(
    member: &MemberEntry,
    facts: &DocumentFacts,
    lot: &[u8; 32],
) -> Result<DocumentRow, WorkError> {
    if member.id != format!("{}/{}/{}", facts.avis, facts.kind, facts.issue) {
        return Err(WorkError::never(
            "a member's id does not agree with its facts",
        ));
    }
    let day = |text: &str| text.parse().map(db::date_to).map_err(WorkError::never);
    let place = |value: u64| i64::try_from(value).map_err(WorkError::never);
    Ok(DocumentRow {
        avis: facts.avis.parse().map_err(WorkError::never)?,
        kind: facts.kind.clone(),
        issue: i16::try_from(facts.issue).map_err(WorkError::never)?,
        lot_id: lot.to_vec(),
        member_id: member.id.clone(),
        frame_offset: place(member.frame_offset)?,
        frame_length: place(member.frame_length)?,
        frame_size: place(member.frame_size)?,
        inner_offset: place(member.inner_offset)?,
        size: place(member.size)?,
        forme: member
            .forme
            .map(i32::try_from)
            .transpose()
            .map_err(WorkError::never)?,
        sha256: member.sha256.as_bytes().to_vec(),
        id_mif: facts.id_mif,
        siren: facts.siren.parse().map_err(WorkError::never)?,
        plate: facts.plate.clone(),
        addressee: facts.addressee.clone(),
        offence_day: day(&facts.offence_day)?,
        avis_date: day(&facts.avis_date)?,
        natinf: i32::try_from(facts.natinf).map_err(WorkError::never)?,
        commune: facts.commune.clone(),
        postcode: facts.postcode.clone(),
        leaf: None,
        plate_key: facts.plate.as_deref().and_then(keys::plate_key),
        names: keys::words(&facts.addressee),
        omp: facts.omp.clone(),
        service: facts.service.clone(),
        replaces: facts.replaces.clone(),
    })
}

impl LotWork for ArchiveWork {
    type Effect = Effect;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Effect>, WorkError> {
        let mut lots = Vec::with_capacity(records.len());
        let mut poison = Vec::new();
        for (index, record) in records.iter().enumerate() {
            let opened = match announced(index, record) {
                Ok(announced) => self.open(index, &announced)?,
                Err(poison) => Err(poison),
            };
            match opened {
                Ok(lot) => lots.push(lot),
                Err(unfit) => poison.push(unfit),
            }
        }
        let effect = Effect {
            lots,
            registered_lots: 0,
            registered_documents: 0,
        };
        Ok(Prepared { effect, poison })
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let mut is_new = vec![false; effect.lots.len()];
        for stream in [MIF_VERDICT.name, DOCUMENT_LOT.name] {
            let (ids, flags): (Vec<_>, Vec<_>) = effect
                .lots
                .iter()
                .zip(&mut is_new)
                .filter(|(lot, _)| lot.stream == stream)
                .map(|(lot, flag)| (lot.id, flag))
                .unzip();
            let new = done_lots::claim(conn, stream, &ids)?;
            flags
                .into_iter()
                .zip(new)
                .for_each(|(flag, new)| *flag = new);
        }
        let fresh = effect.lots.iter_mut().zip(&is_new).filter(|(_, new)| **new);
        let mut leaves: Vec<_> = fresh
            .map(|(lot, _)| Appended {
                lot: &lot.id,
                evidence: &lot.evidence,
                documents: &mut lot.documents,
            })
            .collect();
        db::append(conn, &mut leaves)?;
        let fresh = effect.lots.iter().zip(&is_new).filter(|(_, new)| **new);
        let (lots, documents): (Vec<_>, Vec<_>) = fresh
            .map(|(lot, _)| (lot.lot.clone(), lot.documents.iter()))
            .unzip();
        let documents: Vec<_> = documents.into_iter().flatten().collect();
        db::register(conn, &lots, &documents)?;
        (effect.registered_lots, effect.registered_documents) = (lots.len(), documents.len());
        failpoint::hit("archive.before_commit").map_err(WorkError::later)?;
        Ok(Vec::new())
    }

    fn committed(&mut self, effect: Effect) {
        let count = |value: usize| u64::try_from(value).unwrap_or(u64::MAX);
        self.metrics
            .lots_registered_total
            .inc_by(count(effect.registered_lots));
        self.metrics
            .documents_registered_total
            .inc_by(count(effect.registered_documents));
    }
}
