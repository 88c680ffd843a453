//! Envelopes and the contestations they carry.

use std::collections::{HashMap, HashSet};

use cnt_domain::courrier::Undelivered;
use cnt_store::{PgConnection, StoreError, positions};
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Date as SqlDate, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use uuid::Uuid;

use crate::db::attachment::attachments_insert;
use crate::db::avis::Substitutes;
use crate::db::instants::{pg_date, pg_timestamp};
use crate::db::said::{addresses_answer, said_insert};
use crate::intake::{Envelope, Written};
use crate::step::Step;

/// Nobody has answered yet.
pub(super) const OPEN: &str = "open";
/// No answer is owed, for the reason that is kept.
pub(super) const NONE_NEEDED: &str = "none_needed";
/// It was answered.
pub(super) const ANSWERED: &str = "answered";

/// An envelope of a lot, with its place in the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CourrierRow {
    /// Partition.
    pub(crate) partition: i32,
    /// Offset in the partition.
    pub(crate) offset: i64,
    /// What was in it.
    pub(crate) envelope: Envelope,
}

/// What became of a lot of envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CourrierOutcome {
    /// Contestations that are new.
    pub(crate) contestations: usize,
    /// Envelopes that were known.
    pub(crate) duplicates: usize,
}

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

diesel::table! {
    courrier (topic_id, partition, record_offset) {
        topic_id -> Uuid,
        partition -> Integer,
        record_offset -> BigInt,
        id -> Uuid,
        contestation -> Nullable<Uuid>,
        kind -> Text,
        coded -> Text,
        channel -> Text,
        is_duplicate -> Bool,
        avis -> Nullable<BigInt>,
        received_at -> Timestamptz,
        received_day -> Date,
        posted_day -> Nullable<Date>,
        owner -> Text,
        outcome -> Text,
        outcome_detail -> Nullable<Text>,
        outcome_at -> Nullable<Timestamptz>,
        outcome_by -> Nullable<Text>,
        answer_until -> Nullable<Date>,
        undelivered -> Nullable<Text>,
        scan_lot -> Nullable<Bytea>,
        scan_sha256 -> Nullable<Bytea>,
        scan_bytes -> Nullable<Integer>,
        scan_media -> Nullable<Text>,
        lived -> Bool,
    }
}

#[derive(Insertable)]
#[diesel(table_name = courrier, treat_none_as_default_value = false)]
struct NewCourrier<'a> {
    topic_id: Uuid,
    partition: i32,
    record_offset: i64,
    id: Uuid,
    contestation: Option<Uuid>,
    kind: &'static str,
    coded: &'static str,
    channel: &'static str,
    is_duplicate: bool,
    avis: Option<i64>,
    received_at: PgTimestamp,
    received_day: PgDate,
    posted_day: Option<PgDate>,
    owner: &'static str,
    outcome: &'static str,
    outcome_detail: Option<&'static str>,
    outcome_at: Option<PgTimestamp>,
    outcome_by: Option<&'static str>,
    answer_until: Option<PgDate>,
    undelivered: Option<&'static str>,
    scan_lot: Option<&'a [u8]>,
    scan_sha256: Option<&'a [u8]>,
    scan_bytes: Option<i32>,
    scan_media: Option<&'a str>,
    lived: bool,
}

impl<'a> NewCourrier<'a> {
    /// What is known of an envelope when it is taken in: who owns it, and whether an answer is owed.
    fn new(topic_id: Uuid, row: &'a CourrierRow, is_duplicate: bool) -> Self {
        let envelope = &row.envelope;
        let kind = envelope.kind;
        let none_needed = if is_duplicate {
            Some("the same envelope again")
        } else {
            kind.no_answer()
        };
        let at = pg_timestamp(envelope.received_at);
        let scan = envelope.scan.as_ref();
        let avis = avis_of(envelope);
        Self {
            topic_id,
            partition: row.partition,
            record_offset: row.offset,
            id: envelope.id,
            contestation: envelope.written.is_some().then_some(envelope.id),
            kind: kind.as_str(),
            coded: envelope.coded.as_str(),
            channel: envelope.channel,
            is_duplicate,
            avis,
            received_at: at,
            received_day: pg_date(envelope.received_day),
            posted_day: envelope.posted_day.map(pg_date),
            owner: kind.owner().as_str(),
            outcome: if none_needed.is_some() {
                NONE_NEEDED
            } else {
                OPEN
            },
            outcome_detail: none_needed,
            outcome_at: none_needed.map(|_| at),
            outcome_by: none_needed.map(|_| crate::NAME),
            answer_until: kind.answer_until(envelope.received_day).map(pg_date),
            undelivered: envelope.undelivered.map(Undelivered::as_str),
            scan_lot: scan.map(|scan| scan.lot.0.as_slice()),
            scan_sha256: scan.map(|scan| scan.sha256.0.as_slice()),
            scan_bytes: scan.map(|scan| i32::try_from(scan.bytes).unwrap_or(i32::MAX)),
            scan_media: scan.map(|scan| scan.media.as_str()),
            lived: is_duplicate || envelope.undelivered.is_none() || avis.is_none(),
        }
    }
}

pub(super) fn avis_of(envelope: &Envelope) -> Option<i64> {
    envelope
        .avis
        .and_then(|avis| i64::try_from(avis.get()).ok())
}

/// Writes a lot of envelopes: each is a courrier, each new id one that counts, with its contestation if it brings one,
/// which is routed at once if its avis is known.
pub(crate) fn courriers_insert(
    conn: &mut PgConnection,
    topic: &str,
    substitutes: Option<&Substitutes>,
    rows: &[CourrierRow],
) -> Result<CourrierOutcome, StoreError> {
    if rows.is_empty() {
        return Ok(CourrierOutcome::default());
    }
    let topic_ids = topic_ids(conn, topic, rows)?;
    let mut known = known_ids(conn, rows)?;
    // The first envelope of an id counts; the others repeat it.
    let is_duplicate: Vec<bool> = rows
        .iter()
        .map(|row| !known.insert(row.envelope.id))
        .collect();
    let mut new: Vec<&Envelope> = rows
        .iter()
        .zip(&is_duplicate)
        .filter_map(|(row, is)| (!is).then_some(&row.envelope))
        .collect();
    new.sort_by_key(|envelope| envelope.id);
    let contestations = contestations_insert(conn, substitutes, &new)?;
    attachments_insert(conn, &new)?;
    said_insert(conn, &new)?;
    let courriers: Vec<NewCourrier<'_>> = rows
        .iter()
        .zip(topic_ids)
        .zip(&is_duplicate)
        .map(|((row, topic_id), is)| NewCourrier::new(topic_id, row, *is))
        .collect();
    diesel::copy_from(courrier::table)
        .from_insertable(&courriers)
        .execute(conn)?;
    addresses_answer(conn, &new)?;
    Ok(CourrierOutcome {
        contestations,
        duplicates: is_duplicate.iter().filter(|is| **is).count(),
    })
}

/// The ids among these that are known. An overlapping transaction that brings the same id makes the insertion fail, and
/// the next attempt sees it.
fn known_ids(conn: &mut PgConnection, rows: &[CourrierRow]) -> Result<HashSet<Uuid>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.envelope.id).collect();
    let known: Vec<Inserted> =
        diesel::sql_query("SELECT id FROM courrier WHERE id = ANY($1) AND NOT is_duplicate")
            .bind::<Array<SqlUuid>, _>(ids)
            .load(conn)?;
    Ok(known.into_iter().map(|row| row.id).collect())
}

/// Whether a contestation is in time by the day of its postmark; where that cannot be read, the day of reception may prove
/// that it is, never that it is not: in doubt for the applicant.
pub(super) fn in_time_sql(of: &str, deadline: &str) -> String {
    format!(
        "CASE WHEN coalesce({of}.posted_day, {of}.received_day) <= {deadline} THEN true \
              WHEN {of}.posted_day IS NOT NULL AND {deadline} IS NOT NULL THEN false END"
    )
}

/// Inserts the contestations that new envelopes bring. Returns how many.
fn contestations_insert(
    conn: &mut PgConnection,
    substitutes: Option<&Substitutes>,
    envelopes: &[&Envelope],
) -> Result<usize, StoreError> {
    let (awaiting, queued) = (Step::ROUTE.from(), Step::ROUTE.to());
    let in_time = in_time_sql("e", "a.requete_deadline");
    let brought: Vec<(&Envelope, &Written)> = envelopes
        .iter()
        .filter_map(|envelope| Some((*envelope, envelope.written.as_ref()?)))
        .collect();
    if brought.is_empty() {
        return Ok(0);
    }
    let of = || brought.iter().map(|(envelope, _)| *envelope);
    let written = || brought.iter().map(|(_, written)| *written);
    // Arrays of arrays have one width: the words of each go as one text.
    let pieces = written().map(|written| written.pieces.as_ref().map(|words| words.join(" ")));
    Ok(diesel::sql_query(format!(
        "INSERT INTO contestation (id, avis, avis_number, ground, motivation, received_at, received_day, \
             posted_day, pieces, consigned_cents, state, omp, prescription, admissible_deadline_ok) \
         SELECT e.id, e.avis, e.avis_number, e.ground, e.motivation, e.received_at, e.received_day, \
             e.posted_day, string_to_array(e.pieces, ' '), e.consigned_cents, \
             CASE WHEN a.avis IS NULL THEN '{awaiting}' ELSE '{queued}' END, \
             coalesce(s.acting, a.omp), a.prescription, {in_time} \
         FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) \
             AS e(id, avis, avis_number, ground, motivation, received_at, received_day, posted_day, \
                  pieces, consigned_cents) \
         LEFT JOIN avis a ON a.avis = e.avis_number AND $13 \
         LEFT JOIN unnest($11, $12) AS s(omp, acting) ON s.omp = a.omp ORDER BY e.id"
    ))
    .bind::<Array<SqlUuid>, _>(of().map(|e| e.id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(of().map(|e| e.avis_text.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(of().map(avis_of).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(written().map(|w| w.ground.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(written().map(|w| w.text.as_str()).collect::<Vec<_>>())
    .bind::<Array<Timestamptz>, _>(of().map(|e| pg_timestamp(e.received_at)).collect::<Vec<_>>())
    .bind::<Array<SqlDate>, _>(of().map(|e| pg_date(e.received_day)).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlDate>>, _>(of().map(|e| e.posted_day.map(pg_date)).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(pieces.collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(written().map(|w| w.consigned_cents).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(substitutes.map(|own| own.omps.as_slice()).unwrap_or_default())
    .bind::<Array<Text>, _>(substitutes.map(|own| own.by.as_slice()).unwrap_or_default())
    .bind::<Bool, _>(substitutes.is_some())
    .execute(conn)?)
}

/// The broker's id of the topic for each row: the position of its partition was moved over it in this transaction, or in
/// an earlier one if it comes out of quarantine.
fn topic_ids(
    conn: &mut PgConnection,
    topic: &str,
    rows: &[CourrierRow],
) -> Result<Vec<Uuid>, StoreError> {
    let mut by_partition: HashMap<i32, Vec<positions::Position>> = HashMap::new();
    for position in positions::all(conn)? {
        if position.topic == topic {
            by_partition
                .entry(position.partition)
                .or_default()
                .push(position);
        }
    }
    rows.iter()
        .map(|row| {
            let known = by_partition
                .get(&row.partition)
                .map_or(&[][..], Vec::as_slice);
            known
                .iter()
                .find(|position| {
                    (position.previous_offset..position.next_offset).contains(&row.offset)
                })
                .or_else(|| {
                    known
                        .iter()
                        .find(|position| position.next_offset > row.offset)
                })
                .map(|position| position.topic_id)
                .ok_or_else(|| StoreError::Refused {
                    what: format!(
                        "no position of {topic}/{} passed offset {}",
                        row.partition, row.offset
                    ),
                })
        })
        .collect()
}
