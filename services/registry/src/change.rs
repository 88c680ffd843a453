//! Changes: each writes a whole new version, or moves the clock, with its event in the same transaction.

use std::sync::Arc;

use cnt_contracts::events::{LegalClockEvent, RegistryVersionEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::law::LawV1;
use cnt_contracts::registry::{SnapshotError, SnapshotV1, to_registry};
use cnt_contracts::topics::{LEGAL_CLOCK, REGISTRY_VERSION};
use cnt_flow::{WorkError, event_record};
use cnt_service_kit::clock::Clock;
use cnt_service_kit::failpoint::{self, FailpointError};
use cnt_store::outbox::{self, OutboxEvent};
use cnt_store::{PgConnection, StoreError};
use cnt_vault::{LotAbout, LotKind, LotWriter, MemberInput, ObjectStore, SealedLot};

use crate::authorities::{Authorities, AuthoritiesError, Instants};
use crate::db;
use crate::db::cards::CertificateRow;
use crate::reference::{CompetenceMerge, Merge};

/// The legal clock may be moved by at most ten years at once: beyond lies a typing error.
pub(crate) const ADVANCE_SECONDS_MAX: i64 = 3_653 * 86_400;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChangeError {
    #[error("the registry is empty")]
    Empty,
    #[error("no card has the serial number {serial}")]
    UnknownCard { serial: String },
    #[error("card {serial} is revoked already")]
    AlreadyRevoked { serial: String },
    #[error("card {serial} is suspended already")]
    AlreadySuspended { serial: String },
    #[error("card {serial} is not suspended")]
    NotSuspended { serial: String },
    #[error("card {serial} is suspended: a revocation dated ahead would let it be used until then")]
    WouldResume { serial: String },
    #[error("{0}")]
    Refused(#[from] crate::issuing::Refusal),
    #[error(transparent)]
    Authorities(#[from] AuthoritiesError),
    #[error("the law names {0}, an OMP that the registry does not hold")]
    UnknownOmp(String),
    #[error("the change changes nothing")]
    Same,
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the snapshot is not a registry")]
    Snapshot(#[from] SnapshotError),
    #[error("the snapshot cannot be read or written as JSON")]
    Json(#[from] serde_json::Error),
    #[error("the snapshot cannot be written as a lot")]
    Lot(#[from] cnt_vault::WriteError),
    #[error("the snapshot cannot be put into the object store")]
    Object(#[from] cnt_vault::StoreError),
    #[error("the event cannot be written")]
    Event(#[from] WorkError),
    #[error("stopped on purpose")]
    Failpoint(#[from] FailpointError),
    #[error("version {0} is out of range")]
    Range(i64),
}

/// What a committed change left to publish.
pub(crate) struct Changed<T> {
    pub(crate) value: T,
    pub(crate) fresh: Vec<i64>,
}

/// Makes changes.
#[derive(Clone)]
pub(crate) struct Registrar {
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) clock: Clock,
    /// Absent where this registry certifies nobody.
    pub(crate) authorities: Option<Arc<Authorities>>,
}

/// What a change is journalled as.
pub(crate) struct Entry {
    /// What was done: `card_issued`, `card_revoked`, `card_suspended`, `card_resumed`, `station_issued`, `station_cut`.
    pub(crate) act: &'static str,
    /// Serial number of the card, name of the station.
    pub(crate) subject: String,
    /// Further facts; no personal data.
    pub(crate) detail: serde_json::Value,
    /// Certificates that the change issued.
    pub(crate) certificates: Vec<CertificateRow>,
}

impl Registrar {
    /// Takes a snapshot in as version 1 if the registry is empty; `None` if it is not.
    pub(crate) fn import(
        &self,
        conn: &mut PgConnection,
        mut snapshot: SnapshotV1,
    ) -> Result<Option<Changed<i64>>, ChangeError> {
        db::transaction(conn, |conn| {
            db::lock_versions(conn)?;
            if db::newest(conn)?.is_some() {
                return Ok(None);
            }
            snapshot.version = 1;
            self.write(conn, &snapshot, "import").map(Some)
        })
    }

    /// Replaces the law's tables: a new version, unless they are the same.
    pub(crate) fn import_law(
        &self,
        conn: &mut PgConnection,
        law: LawV1,
    ) -> Result<Changed<i64>, ChangeError> {
        self.amend(conn, "law", |snapshot| {
            if snapshot.law == law {
                return Err(ChangeError::Same);
            }
            let held = |code: &String| snapshot.omps.iter().any(|omp| omp.code == *code);
            let special = law.special_competence.iter().map(|row| &row.omp);
            let substitutes = law.substitutions.iter().flat_map(|row| [&row.omp, &row.by]);
            if let Some(unknown) = special.chain(substitutes).find(|code| !held(code)) {
                return Err(ChangeError::UnknownOmp(unknown.clone()));
            }
            snapshot.law = law;
            Ok(())
        })
    }

    /// Takes the ministry's table of communes and courts in: a new version, unless it changes nothing.
    pub(crate) fn import_competence(
        &self,
        conn: &mut PgConnection,
        merge: impl FnOnce(&SnapshotV1) -> CompetenceMerge,
    ) -> Result<Changed<i64>, ChangeError> {
        self.amend(conn, "competence", |snapshot| {
            let merged = merge(snapshot);
            if merged.changed.is_empty() {
                return Err(ChangeError::Same);
            }
            snapshot.communes = merged.communes;
            Ok(())
        })
    }

    /// Takes a list of the ministry in: a new version, unless it changes nothing.
    pub(crate) fn import_natinf(
        &self,
        conn: &mut PgConnection,
        merge: impl FnOnce(&SnapshotV1) -> Merge,
    ) -> Result<Changed<i64>, ChangeError> {
        self.amend(conn, "natinf", |snapshot| {
            let merged = merge(snapshot);
            if merged.natinf == snapshot.natinf && merged.graver == snapshot.natinf_graver {
                return Err(ChangeError::Same);
            }
            snapshot.natinf = merged.natinf;
            snapshot.natinf_graver = merged.graver;
            Ok(())
        })
    }

    /// Writes the version that follows when the newest snapshot is changed.
    fn amend(
        &self,
        conn: &mut PgConnection,
        cause: &str,
        change: impl FnOnce(&mut SnapshotV1) -> Result<(), ChangeError>,
    ) -> Result<Changed<i64>, ChangeError> {
        db::transaction(conn, |conn| {
            db::lock_versions(conn)?;
            let body = db::snapshot(conn)?.ok_or(ChangeError::Empty)?;
            let mut snapshot: SnapshotV1 = serde_json::from_slice(&body)?;
            change(&mut snapshot)?;
            snapshot.version += 1;
            self.write(conn, &snapshot, cause)
        })
    }

    /// Writes the version that follows a change of cards or stations, with revocation lists signed anew, and its entry
    /// in the journal, in one transaction.
    pub(crate) fn amend_journalled<T>(
        &self,
        conn: &mut PgConnection,
        by: &str,
        cause: &str,
        change: impl FnOnce(&mut SnapshotV1) -> Result<(T, Entry), ChangeError>,
    ) -> Result<Changed<(i64, T)>, ChangeError> {
        db::transaction(conn, |conn| {
            db::lock_versions(conn)?;
            let body = db::snapshot(conn)?.ok_or(ChangeError::Empty)?;
            let mut snapshot: SnapshotV1 = serde_json::from_slice(&body)?;
            let (value, entry) = change(&mut snapshot)?;
            let changed = self.write_with_lists(conn, &mut snapshot, cause)?;
            db::cards::put_certificates(conn, &entry.certificates)?;
            db::cards::journal(
                conn,
                &db::cards::NewEntry {
                    legal_at: self.clock.legal_now(),
                    by,
                    version: changed.value,
                    entry: &entry,
                },
            )?;
            Ok(Changed {
                value: (changed.value, value),
                fresh: changed.fresh,
            })
        })
    }

    /// Signs the revocation lists anew if they are due; `None` if they are not.
    pub(crate) fn renew_lists(
        &self,
        conn: &mut PgConnection,
    ) -> Result<Option<Changed<i64>>, ChangeError> {
        db::transaction(conn, |conn| {
            db::lock_versions(conn)?;
            let due = db::cards::lists_due(conn)?;
            if due.is_some_and(|due| !due.is_reached(self.instants())) {
                return Ok(None);
            }
            let Some(body) = db::snapshot(conn)? else {
                return Ok(None);
            };
            let mut snapshot: SnapshotV1 = serde_json::from_slice(&body)?;
            self.write_with_lists(conn, &mut snapshot, "lists")
                .map(Some)
        })
    }

    /// Now, on both clocks.
    pub(crate) fn instants(&self) -> Instants {
        Instants {
            legal_s: self.clock.legal_now().as_second(),
            real_s: self.clock.real_now().as_second(),
        }
    }

    fn write_with_lists(
        &self,
        conn: &mut PgConnection,
        snapshot: &mut SnapshotV1,
        cause: &str,
    ) -> Result<Changed<i64>, ChangeError> {
        snapshot.version += 1;
        if let Some(authorities) = &self.authorities {
            let due = authorities.sign_lists(snapshot, self.instants())?;
            db::cards::put_lists_due(conn, due)?;
        }
        self.write(conn, snapshot, cause)
    }

    /// Moves the legal clock forward; returns the new offset in seconds.
    pub(crate) fn advance_clock(
        conn: &mut PgConnection,
        seconds: i64,
    ) -> Result<Changed<i64>, ChangeError> {
        db::transaction(conn, |conn| {
            let offset_seconds = db::clock_advance(conn, seconds)?;
            let fresh = outbox::put(conn, &[clock_event(offset_seconds)?])?;
            failpoint::hit("registry.before_commit")?;
            Ok(Changed {
                value: offset_seconds,
                fresh,
            })
        })
    }

    /// Announces again where the registry stands: the newest version and the clock. Readers ignore what they know.
    pub(crate) fn announce(&self, conn: &mut PgConnection) -> Result<Vec<i64>, ChangeError> {
        db::transaction(conn, |conn| {
            let mut events = Vec::with_capacity(2);
            if let Some(newest) = db::newest(conn)? {
                let lot_id = newest.lot_id.as_slice().try_into();
                let lot_id = lot_id.map_err(|_| ChangeError::Range(newest.version))?;
                events.push(version_event(newest.version, Hex32(lot_id))?);
            }
            match db::clock_offset(conn)? {
                0 => {}
                offset_seconds => events.push(clock_event(offset_seconds)?),
            }
            Ok(outbox::put(conn, &events)?)
        })
    }

    /// Writes object, rows and event of a version. The snapshot is proved to be a registry first: what is announced
    /// can be read by all.
    fn write(
        &self,
        conn: &mut PgConnection,
        snapshot: &SnapshotV1,
        cause: &str,
    ) -> Result<Changed<i64>, ChangeError> {
        to_registry(snapshot)?;
        let version = i64::try_from(snapshot.version).map_err(|_| ChangeError::Range(i64::MAX))?;
        let legal_at = self.clock.legal_now();
        let body = serde_json::to_vec(snapshot)?;
        let lot = lot(legal_at, body.clone())?;
        self.objects.put(&lot)?;
        failpoint::hit("registry.after_object")?;
        db::put_version(conn, version, lot.id().as_bytes(), cause, legal_at, &body)?;
        let event = version_event(version, Hex32(*lot.id().as_bytes()))?;
        let fresh = outbox::put(conn, &[event])?;
        failpoint::hit("registry.before_commit")?;
        Ok(Changed {
            value: version,
            fresh,
        })
    }
}

fn lot(created_at: jiff::Timestamp, body: Vec<u8>) -> Result<SealedLot, ChangeError> {
    let about = LotAbout::new(created_at, "cnt-registry", env!("CARGO_PKG_VERSION"));
    let mut writer = LotWriter::new(LotKind::Registry, about)?;
    writer.add_member(MemberInput::new(
        "snapshot",
        body,
        &serde_json::Value::Null,
    )?)?;
    Ok(writer.finish()?)
}

fn version_event(version: i64, snapshot: Hex32) -> Result<OutboxEvent, ChangeError> {
    let version = u64::try_from(version).map_err(|_| ChangeError::Range(version))?;
    let event = RegistryVersionEvent { version, snapshot };
    Ok(event_record(&REGISTRY_VERSION, snapshot, &event)?)
}

fn clock_event(offset_seconds: i64) -> Result<OutboxEvent, ChangeError> {
    let event = LegalClockEvent { offset_seconds };
    Ok(event_record(&LEGAL_CLOCK, Hex32::default(), &event)?)
}
