//! Envelopes and the contestations they carry.

use std::collections::{HashMap, HashSet};

use cnt_store::{PgConnection, StoreError, positions};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Date as SqlDate, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use uuid::Uuid;

use crate::db::instants::{pg_date, pg_timestamp};
use crate::intake::Envelope;
use crate::step::Step;

/// An envelope of a lot, with its place in the topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CourrierRow {
    /// Partition.
    pub(crate) partition: i32,
    /// Offset in the partition.
    pub(crate) offset: i64,
    /// `requete` or `unidentifiable`.
    pub(crate) kind: &'static str,
    /// What was in it.
    pub(crate) envelope: Envelope,
}

/// What became of a lot of envelopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CourrierOutcome {
    /// Contestations that are new.
    pub(crate) contestations: usize,
    /// Envelopes whose contestation was known.
    pub(crate) duplicates: usize,
}

#[derive(QueryableByName)]
struct Inserted {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Writes a lot of envelopes: each is a courrier, each new id a contestation, routed at once if its avis is known.
pub(crate) fn courriers_insert(
    conn: &mut PgConnection,
    topic: &str,
    rows: &[CourrierRow],
) -> Result<CourrierOutcome, StoreError> {
    if rows.is_empty() {
        return Ok(CourrierOutcome::default());
    }
    let topic_ids = topic_ids(conn, topic, rows)?;
    let mut new = contestations_insert(conn, &first_of_each(rows))?;
    let contestations = new.len();
    // The first envelope of a new contestation brought it; the others of the lot repeat it.
    let is_duplicate: Vec<bool> = rows
        .iter()
        .map(|row| !new.remove(&row.envelope.request.id))
        .collect();
    let duplicates = is_duplicate.iter().filter(|is| **is).count();
    let envelopes = || rows.iter().map(|row| &row.envelope);
    diesel::sql_query(
        "INSERT INTO courrier (topic_id, partition, record_offset, contestation, kind, channel, \
                               is_duplicate, received_at) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind::<Array<SqlUuid>, _>(topic_ids)
    .bind::<Array<Integer>, _>(rows.iter().map(|row| row.partition).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(rows.iter().map(|row| row.offset).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(envelopes().map(|e| e.request.id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(rows.iter().map(|row| row.kind).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(envelopes().map(|e| e.channel).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(is_duplicate)
    .bind::<Array<Timestamptz>, _>(
        envelopes()
            .map(|e| pg_timestamp(e.received_at))
            .collect::<Vec<_>>(),
    )
    .execute(conn)?;
    Ok(CourrierOutcome {
        contestations,
        duplicates,
    })
}

/// The first envelope of each contestation, by id.
fn first_of_each(rows: &[CourrierRow]) -> Vec<&Envelope> {
    let mut seen = HashSet::new();
    let mut first: Vec<&Envelope> = rows
        .iter()
        .map(|row| &row.envelope)
        .filter(|envelope| seen.insert(envelope.request.id))
        .collect();
    first.sort_by_key(|envelope| envelope.request.id);
    first
}

/// Inserts contestations that are not known yet and returns their ids.
fn contestations_insert(
    conn: &mut PgConnection,
    envelopes: &[&Envelope],
) -> Result<HashSet<Uuid>, StoreError> {
    let (awaiting, queued) = (Step::ROUTE.from(), Step::ROUTE.to());
    let requests = || envelopes.iter().map(|envelope| &envelope.request);
    let numbers: Vec<Option<i64>> = envelopes
        .iter()
        .map(|e| e.avis.and_then(|avis| i64::try_from(avis.get()).ok()))
        .collect();
    let inserted: Vec<Inserted> = diesel::sql_query(format!(
        "INSERT INTO contestation (id, avis, avis_number, ground, motivation, received_at, \
             received_day, state, omp, prescription, admissible_deadline_ok) \
         SELECT e.id, e.avis, e.avis_number, e.ground, e.motivation, e.received_at, \
             e.received_day, CASE WHEN a.avis IS NULL THEN '{awaiting}' ELSE '{queued}' END, \
             a.omp, a.prescription, e.received_day <= a.requete_deadline \
         FROM unnest($1, $2, $3, $4, $5, $6, $7) \
             AS e(id, avis, avis_number, ground, motivation, received_at, received_day) \
         LEFT JOIN avis a ON a.avis = e.avis_number ORDER BY e.id \
         ON CONFLICT (id) DO NOTHING RETURNING id"
    ))
    .bind::<Array<SqlUuid>, _>(requests().map(|request| request.id).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(
        requests()
            .map(|request| request.avis.as_str())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Nullable<BigInt>>, _>(numbers)
    .bind::<Array<Text>, _>(
        requests()
            .map(|request| cnt_domain::avis::Ground::from(request.ground).as_str())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(
        requests()
            .map(|request| request.motivation.as_str())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Timestamptz>, _>(
        envelopes
            .iter()
            .map(|e| pg_timestamp(e.received_at))
            .collect::<Vec<_>>(),
    )
    .bind::<Array<SqlDate>, _>(
        envelopes
            .iter()
            .map(|e| pg_date(e.received_day))
            .collect::<Vec<_>>(),
    )
    .load(conn)?;
    Ok(inserted.into_iter().map(|row| row.id).collect())
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
