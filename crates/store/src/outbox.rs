//! Events that leave after the commit: written in the transaction of the lot, published, then deleted.

use std::error::Error;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Double, Integer, Nullable, Text};
use thiserror::Error;

use crate::error::StoreError;

/// One event, about one lot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxEvent {
    /// The topic.
    pub topic: String,
    /// The partition; `None` lets the key choose.
    pub partition: Option<i32>,
    /// The record's key.
    pub key: Vec<u8>,
    /// The record's value.
    pub payload: Vec<u8>,
}

/// The broker did not acknowledge every event.
#[derive(Debug, Error)]
#[error("events were not acknowledged")]
pub struct PublishError(#[source] pub Box<dyn Error + Send + Sync>);

/// Why a relay published nothing, or cannot tell.
#[derive(Debug, Error)]
pub enum RelayError {
    /// The broker failed; the rows stay.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The database failed. If it failed after the acknowledgement, the events will be published again.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for RelayError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::Query(error))
    }
}

/// What waits in the outbox.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pending {
    /// How many events.
    pub count: i64,
    /// The age of the oldest in seconds; 0 when there is none.
    pub oldest_age_seconds: f64,
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// Writes events in the caller's transaction; returns their ids, in the order given.
///
/// # Errors
/// [`StoreError::Query`].
pub fn put(conn: &mut PgConnection, events: &[OutboxEvent]) -> Result<Vec<i64>, StoreError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Id> = diesel::sql_query(
        "INSERT INTO outbox (topic, partition, key, payload) \
         SELECT topic, partition, key, payload FROM unnest($1, $2, $3, $4) \
         WITH ORDINALITY AS e(topic, partition, key, payload, nth) ORDER BY nth \
         RETURNING id",
    )
    .bind::<Array<Text>, _>(events.iter().map(|e| e.topic.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Integer>>, _>(events.iter().map(|e| e.partition).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(events.iter().map(|e| e.key.as_slice()).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(
        events
            .iter()
            .map(|e| e.payload.as_slice())
            .collect::<Vec<_>>(),
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct PendingRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
    #[diesel(sql_type = Double)]
    oldest_age_seconds: f64,
}

/// How many events wait, and how long the oldest has waited.
///
/// # Errors
/// [`StoreError::Query`].
pub fn pending(conn: &mut PgConnection) -> Result<Pending, StoreError> {
    let row: PendingRow = diesel::sql_query(
        "SELECT count(*) AS count, \
         greatest(coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0), 0)::float8 \
         AS oldest_age_seconds FROM outbox",
    )
    .get_result(conn)?;
    Ok(Pending {
        count: row.count,
        oldest_age_seconds: row.oldest_age_seconds,
    })
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Text)]
    topic: String,
    #[diesel(sql_type = Nullable<Integer>)]
    partition: Option<i32>,
    #[diesel(sql_type = Binary)]
    key: Vec<u8>,
    #[diesel(sql_type = Binary)]
    payload: Vec<u8>,
}

/// Publishes what was committed, at least once.
///
/// A row is claimed by deleting it in a transaction that commits only after the broker's acknowledgement: whoever else
/// looks skips it meanwhile, and it is back at once when the process dies. The relay asks for rows
/// it was told of or for the oldest ones, never for those after some id: ids commit out of order.
///
/// The publisher must give up well within the two minutes after which the server ends a session that idles in a
/// transaction: set the broker client's delivery timeout accordingly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relay {
    /// The most events that one [`Relay::sweep`] claims.
    pub batch_max: i32,
    /// How long the sweeper leaves a fresh row to the instance that wrote it, in milliseconds.
    pub grace_ms: i32,
}

impl Default for Relay {
    /// 500 events; two seconds, far longer than the way from a commit to its publication.
    fn default() -> Self {
        Self {
            batch_max: 500,
            grace_ms: 2_000,
        }
    }
}

impl Relay {
    /// Publishes the rows that [`put`] returned, right after their commit. Returns how many were published: fewer than
    /// given when another relay had taken some.
    ///
    /// `publish` is called once at most, with the events in the order of their ids; it returns when the broker has
    /// acknowledged all of them, or fails.
    ///
    /// # Errors
    /// [`RelayError`]; the rows stay for [`Relay::sweep`].
    pub fn publish_fresh(
        &self,
        conn: &mut PgConnection,
        ids: &[i64],
        publish: impl FnMut(&[OutboxEvent]) -> Result<(), PublishError>,
    ) -> Result<usize, RelayError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let claim = diesel::sql_query(
            "WITH taken AS MATERIALIZED \
             (SELECT id FROM outbox WHERE id = ANY($1) FOR UPDATE SKIP LOCKED) \
             DELETE FROM outbox o USING taken WHERE o.id = taken.id \
             RETURNING o.id, o.topic, o.partition, o.key, o.payload",
        )
        .bind::<Array<BigInt>, _>(ids);
        relay(conn, |conn| claim.load(conn), publish)
    }

    /// Publishes the oldest rows that nobody holds and whose grace is over: what a crash or a failed publication
    /// left. Returns how many; call it again while it returns `batch_max`.
    ///
    /// # Errors
    /// [`RelayError`]; the rows stay.
    pub fn sweep(
        &self,
        conn: &mut PgConnection,
        publish: impl FnMut(&[OutboxEvent]) -> Result<(), PublishError>,
    ) -> Result<usize, RelayError> {
        let claim = diesel::sql_query(
            "WITH taken AS MATERIALIZED \
             (SELECT id FROM outbox \
              WHERE created_at <= clock_timestamp() - $1 * interval '1 millisecond' \
              ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED) \
             DELETE FROM outbox o USING taken WHERE o.id = taken.id \
             RETURNING o.id, o.topic, o.partition, o.key, o.payload",
        )
        .bind::<Integer, _>(self.grace_ms)
        .bind::<Integer, _>(self.batch_max);
        relay(conn, |conn| claim.load(conn), publish)
    }
}

fn relay(
    conn: &mut PgConnection,
    claim: impl FnOnce(&mut PgConnection) -> QueryResult<Vec<Row>>,
    mut publish: impl FnMut(&[OutboxEvent]) -> Result<(), PublishError>,
) -> Result<usize, RelayError> {
    conn.transaction(|conn| {
        let mut rows = claim(conn)?;
        if rows.is_empty() {
            return Ok(0);
        }
        rows.sort_unstable_by_key(|row| row.id);
        let events: Vec<OutboxEvent> = rows
            .into_iter()
            .map(|row| OutboxEvent {
                topic: row.topic,
                partition: row.partition,
                key: row.key,
                payload: row.payload,
            })
            .collect();
        publish(&events)?;
        // If the server crashes before this commit is on disk, the rows are back and go out again, which is allowed:
        // it need not wait for the disk.
        diesel::sql_query("SET LOCAL synchronous_commit TO off").execute(conn)?;
        Ok(events.len())
    })
}
