//! Records that could not be handled: kept with their raw bytes until somebody decides.
//!
//! ```text
//! waiting ──request_replay──▶ replay ──resolve──▶ replayed
//!    │  ▲                       │
//!    │  └───────resolve─────────┴──────────┐  (failed again)
//!    └────request_discard──▶ discard ──────┴─resolve──▶ discarded
//! ```

mod record;

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use serde_json::Value;
use uuid::Uuid;

use crate::error::StoreError;

pub use record::{QuarantineCounts, QuarantineEntry, QuarantineState, QuarantinedRecord, Request};

/// The most characters of a detail that are kept: a parser may quote its whole input.
const DETAIL_CHARS_MAX: usize = 4_000;

/// The id of a record: 128 bits of a digest over its coordinates, set in the database by the same text.
const ID: &str = "md5(topic_id || '/' || partition || '/' || record_offset)::uuid";

/// Quarantines records in the caller's transaction and returns how many are new; one that is there already stays as
/// it is.
///
/// # Errors
/// [`StoreError::Query`].
pub fn put(conn: &mut PgConnection, records: &[QuarantinedRecord]) -> Result<usize, StoreError> {
    if records.is_empty() {
        return Ok(0);
    }
    fn column<'a, T>(
        records: &'a [QuarantinedRecord],
        value: impl Fn(&'a QuarantinedRecord) -> T,
    ) -> Vec<T> {
        records.iter().map(value).collect()
    }
    let written = diesel::sql_query(format!(
        "INSERT INTO quarantine \
         (id, topic, topic_id, partition, record_offset, key, value, headers, reason, detail) \
         SELECT {ID}, r.* FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) \
         AS r(topic, topic_id, partition, record_offset, key, value, headers, reason, detail) \
         ORDER BY topic_id, partition, record_offset ON CONFLICT DO NOTHING"
    ))
    .bind::<Array<Text>, _>(column(records, |r| r.topic.as_str()))
    .bind::<Array<SqlUuid>, _>(column(records, |r| r.topic_id))
    .bind::<Array<Integer>, _>(column(records, |r| r.partition))
    .bind::<Array<BigInt>, _>(column(records, |r| r.record_offset))
    .bind::<Array<Nullable<Binary>>, _>(column(records, |r| r.key.as_deref()))
    .bind::<Array<Nullable<Binary>>, _>(column(records, |r| r.value.as_deref()))
    .bind::<Array<Jsonb>, _>(column(records, |r| headers_to_json(&r.headers)))
    .bind::<Array<Text>, _>(column(records, |r| storable(&r.reason)))
    .bind::<Array<Text>, _>(column(records, |r| storable(&r.detail)))
    .execute(conn)?;
    Ok(written)
}

/// PostgreSQL takes no NUL in text: a quarantine that refuses bad input would be its own poison.
fn storable(text: &str) -> String {
    text.chars()
        .take(DETAIL_CHARS_MAX)
        .map(|c| if c == '\0' { '\u{fffd}' } else { c })
        .collect()
}

/// `{"name": ["hex", …], …}`.
fn headers_to_json(headers: &[(String, Vec<u8>)]) -> Value {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        by_name
            .entry(storable(name))
            .or_default()
            .push(hex::encode(value));
    }
    by_name
        .into_iter()
        .map(|(name, values)| (name, Value::from(values)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn headers_from_json(json: &Value) -> Option<Vec<(String, Vec<u8>)>> {
    let mut headers = Vec::new();
    for (name, values) in json.as_object()? {
        for value in values.as_array()? {
            headers.push((name.clone(), hex::decode(value.as_str()?).ok()?));
        }
    }
    Some(headers)
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = SqlUuid)]
    topic_id: Uuid,
    #[diesel(sql_type = Integer)]
    partition: i32,
    #[diesel(sql_type = BigInt)]
    record_offset: i64,
    #[diesel(sql_type = Nullable<Binary>)]
    key: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    value: Option<Vec<u8>>,
    #[diesel(sql_type = Jsonb)]
    headers: Value,
    #[diesel(sql_type = Text)]
    reason: String,
    #[diesel(sql_type = Text)]
    detail: String,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    at_epoch_us: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    resolved_at_epoch_us: Option<i64>,
}

const COLUMNS: &str = "id, topic, topic_id, partition, record_offset, key, value, headers, reason, detail, state, \
     (extract(epoch FROM at) * 1000000)::bigint AS at_epoch_us, \
     (extract(epoch FROM resolved_at) * 1000000)::bigint AS resolved_at_epoch_us";

impl TryFrom<Row> for QuarantineEntry {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let Some(headers) = headers_from_json(&row.headers) else {
            return Err(StoreError::Refused {
                what: format!("headers of quarantined record {} are malformed", row.id),
            });
        };
        Ok(Self {
            id: row.id,
            record: QuarantinedRecord {
                topic: row.topic,
                topic_id: row.topic_id,
                partition: row.partition,
                record_offset: row.record_offset,
                key: row.key,
                value: row.value,
                headers,
                reason: row.reason,
                detail: row.detail,
            },
            state: row.state.parse()?,
            at_epoch_us: row.at_epoch_us,
            resolved_at_epoch_us: row.resolved_at_epoch_us,
        })
    }
}

/// The records in one state, or all, oldest first, `limit` at most.
///
/// # Errors
/// [`StoreError::Query`].
pub fn list(
    conn: &mut PgConnection,
    state: Option<QuarantineState>,
    limit: i32,
) -> Result<Vec<QuarantineEntry>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM quarantine WHERE $1 IS NULL OR state = $1 \
         ORDER BY at, topic_id, partition, record_offset LIMIT $2"
    ))
    .bind::<Nullable<Text>, _>(state.map(QuarantineState::as_str))
    .bind::<Integer, _>(limit)
    .load(conn)?;
    rows.into_iter().map(QuarantineEntry::try_from).collect()
}

/// One record.
///
/// # Errors
/// [`StoreError::Query`].
pub fn get(conn: &mut PgConnection, id: Uuid) -> Result<Option<QuarantineEntry>, StoreError> {
    let row: Option<Row> =
        diesel::sql_query(format!("SELECT {COLUMNS} FROM quarantine WHERE id = $1"))
            .bind::<SqlUuid, _>(id)
            .get_result(conn)
            .optional()?;
    row.map(QuarantineEntry::try_from).transpose()
}

/// Asks the service to handle a waiting record again.
///
/// # Errors
/// [`StoreError::Query`].
pub fn request_replay(conn: &mut PgConnection, id: Uuid) -> Result<Request, StoreError> {
    request(conn, id, QuarantineState::Replay)
}

/// Asks the service to give a waiting record up; the service then issues a rejection.
///
/// # Errors
/// [`StoreError::Query`].
pub fn request_discard(conn: &mut PgConnection, id: Uuid) -> Result<Request, StoreError> {
    request(conn, id, QuarantineState::Discard)
}

fn request(
    conn: &mut PgConnection,
    id: Uuid,
    state: QuarantineState,
) -> Result<Request, StoreError> {
    let moved =
        diesel::sql_query("UPDATE quarantine SET state = $2 WHERE id = $1 AND state = 'waiting'")
            .bind::<SqlUuid, _>(id)
            .bind::<Text, _>(state.as_str())
            .execute(conn)?;
    if moved > 0 {
        return Ok(Request::Recorded);
    }
    Ok(get(conn, id)?.map_or(Request::Unknown, |entry| Request::NotWaiting(entry.state)))
}

/// The oldest records in state `replay` or `discard`, `limit` at most, locked until the end of the caller's
/// transaction; another instance that asks meanwhile gets others.
///
/// # Errors
/// [`StoreError::Query`].
pub fn take_requested(
    conn: &mut PgConnection,
    limit: i32,
) -> Result<Vec<QuarantineEntry>, StoreError> {
    let rows: Vec<Row> = diesel::sql_query(format!(
        "SELECT {COLUMNS} FROM quarantine WHERE state IN ('replay', 'discard') \
         ORDER BY at, topic_id, partition, record_offset LIMIT $1 FOR UPDATE SKIP LOCKED"
    ))
    .bind::<Integer, _>(limit)
    .load(conn)?;
    rows.into_iter().map(QuarantineEntry::try_from).collect()
}

/// Ends requests in the transaction that carried them out: `replay` becomes `replayed`, `discard` becomes
/// `discarded`, and either becomes `waiting` again when it failed.
///
/// # Errors
/// [`StoreError::Refused`] when a record is not in a state from which that one is reached: roll back.
pub fn resolve(
    conn: &mut PgConnection,
    ids: &[Uuid],
    state: QuarantineState,
) -> Result<(), StoreError> {
    let moved = diesel::sql_query(
        "UPDATE quarantine SET state = $2, \
         resolved_at = CASE WHEN $2 = 'waiting' THEN NULL ELSE clock_timestamp() END \
         WHERE id = ANY($1) AND ((state = 'replay' AND $2 IN ('replayed', 'waiting')) \
         OR (state = 'discard' AND $2 IN ('discarded', 'waiting')))",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Text, _>(state.as_str())
    .execute(conn)?;
    if moved == ids.len() {
        return Ok(());
    }
    Err(StoreError::Refused {
        what: format!(
            "{} of {} quarantined records cannot become {state}",
            ids.len().saturating_sub(moved),
            ids.len()
        ),
    })
}

#[derive(QueryableByName)]
struct StateCount {
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many records are in each state.
///
/// # Errors
/// [`StoreError::Query`].
pub fn counts(conn: &mut PgConnection) -> Result<QuarantineCounts, StoreError> {
    let rows: Vec<StateCount> =
        diesel::sql_query("SELECT state, count(*) AS count FROM quarantine GROUP BY state")
            .load(conn)?;
    let mut counts = QuarantineCounts::default();
    for row in rows {
        let slot = match row.state.parse()? {
            QuarantineState::Waiting => &mut counts.waiting,
            QuarantineState::Replay => &mut counts.replay,
            QuarantineState::Replayed => &mut counts.replayed,
            QuarantineState::Discard => &mut counts.discard,
            QuarantineState::Discarded => &mut counts.discarded,
        };
        *slot = row.count;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn headers_come_back_ordered_by_name(
            mut headers in prop::collection::vec(("[a-z]{0,3}", prop::collection::vec(any::<u8>(), 0..4)), 0..6)
        ) {
            let read = headers_from_json(&headers_to_json(&headers));
            headers.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert_eq!(read, Some(headers));
        }
    }
}
