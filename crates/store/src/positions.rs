//! Where a consumer stands in each partition, moved by compare-and-swap in the transaction of the lot.

use std::collections::BTreeSet;
use std::fmt;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid as SqlUuid};
use thiserror::Error;
use uuid::Uuid;

use crate::error::StoreError;

/// One step of one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionMove {
    /// The broker's id of the topic: a topic created anew under the same name has another.
    pub topic_id: Uuid,
    /// The topic's name, for the reader.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset of the lot's first record: where the position must stand now. If there is no row yet, the row is created.
    pub expected: i64,
    /// The offset after the lot's last record.
    pub next: i64,
}

/// A stored position.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Position {
    /// The broker's id of the topic.
    #[diesel(sql_type = SqlUuid)]
    pub topic_id: Uuid,
    /// The topic's name.
    #[diesel(sql_type = Text)]
    pub topic: String,
    /// The partition.
    #[diesel(sql_type = Integer)]
    pub partition: i32,
    /// Where the last lot began.
    #[diesel(sql_type = BigInt)]
    pub previous_offset: i64,
    /// The first offset that was not handled yet.
    #[diesel(sql_type = BigInt)]
    pub next_offset: i64,
}

/// Positions that another consumer moved: this one is a zombie, or an earlier commit of its own went through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PositionLost {
    /// Topic and partition of each.
    pub partitions: Vec<(String, i32)>,
}

impl fmt::Display for PositionLost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("position moved by another consumer:")?;
        for (topic, partition) in &self.partitions {
            write!(f, " {topic}/{partition}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PositionLost {}

/// Why positions were not advanced.
#[derive(Debug, Error)]
pub enum AdvanceError {
    /// Roll back: nothing of this lot may be committed.
    #[error(transparent)]
    Lost(#[from] PositionLost),
    /// The database failed, or the moves contradict themselves.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<diesel::result::Error> for AdvanceError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(StoreError::Query(error))
    }
}

#[derive(QueryableByName)]
struct Loaded {
    #[diesel(sql_type = Nullable<BigInt>)]
    next_offset: Option<i64>,
}

/// The next offset of each `(topic id, partition)`, in the order asked; `None` where nothing was ever committed.
///
/// # Errors
/// [`StoreError::Query`].
pub fn load(
    conn: &mut PgConnection,
    partitions: &[(Uuid, i32)],
) -> Result<Vec<Option<i64>>, StoreError> {
    let (topic_ids, numbers): (Vec<Uuid>, Vec<i32>) = partitions.iter().copied().unzip();
    let rows: Vec<Loaded> = diesel::sql_query(
        "SELECT p.next_offset \
         FROM unnest($1, $2) WITH ORDINALITY AS asked(topic_id, partition, nth) \
         LEFT JOIN position p USING (topic_id, partition) ORDER BY nth",
    )
    .bind::<Array<SqlUuid>, _>(topic_ids)
    .bind::<Array<Integer>, _>(numbers)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.next_offset).collect())
}

/// Every position, by topic and partition.
///
/// # Errors
/// [`StoreError::Query`].
pub fn all(conn: &mut PgConnection) -> Result<Vec<Position>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT topic_id, topic, partition, previous_offset, next_offset \
         FROM position ORDER BY topic, topic_id, partition",
    )
    .load(conn)?)
}

#[derive(QueryableByName)]
struct Moved {
    #[diesel(sql_type = SqlUuid)]
    topic_id: Uuid,
    #[diesel(sql_type = Integer)]
    partition: i32,
}

/// Moves every position from `expected` to `next`, in one statement, inside the caller's transaction.
///
/// A second consumer that tries the same waits for the first one's commit and then loses. Call it first in the
/// transaction to fail early, or last to hold the row's lock as briefly as possible; both are right.
///
/// # Errors
/// [`AdvanceError::Lost`] when a position does not stand where expected: **roll back**, for the others of the
/// statement did move. [`StoreError::Refused`] when a partition is named twice or a step does not go forward.
pub fn advance(conn: &mut PgConnection, moves: &[PositionMove]) -> Result<(), AdvanceError> {
    check(moves)?;
    if moves.is_empty() {
        return Ok(());
    }
    // In the order of the key, so that two consumers never wait for each other in a circle.
    let moved: Vec<Moved> = diesel::sql_query(
        "INSERT INTO position AS p (topic_id, partition, topic, previous_offset, next_offset) \
         SELECT * FROM unnest($1, $2, $3, $4, $5) AS m(topic_id, partition, topic, expected, next) \
         ORDER BY topic_id, partition \
         ON CONFLICT (topic_id, partition) DO UPDATE \
         SET topic = excluded.topic, previous_offset = excluded.previous_offset, next_offset = excluded.next_offset \
         WHERE p.next_offset = excluded.previous_offset \
         RETURNING topic_id, partition",
    )
    .bind::<Array<SqlUuid>, _>(moves.iter().map(|m| m.topic_id).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(moves.iter().map(|m| m.partition).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(moves.iter().map(|m| m.topic.as_str()).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(moves.iter().map(|m| m.expected).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(moves.iter().map(|m| m.next).collect::<Vec<_>>())
    .load(conn)?;
    if moved.len() == moves.len() {
        return Ok(());
    }
    let moved: BTreeSet<(Uuid, i32)> = moved.iter().map(|m| (m.topic_id, m.partition)).collect();
    let partitions = moves
        .iter()
        .filter(|m| !moved.contains(&(m.topic_id, m.partition)))
        .map(|m| (m.topic.clone(), m.partition))
        .collect();
    Err(PositionLost { partitions }.into())
}

fn check(moves: &[PositionMove]) -> Result<(), StoreError> {
    let mut seen = BTreeSet::new();
    for step in moves {
        let what = if step.expected < 0 || step.next <= step.expected {
            "does not go forward"
        } else if !seen.insert((step.topic_id, step.partition)) {
            "is named twice"
        } else {
            continue;
        };
        return Err(StoreError::Refused {
            what: format!("position of {}/{} {what}", step.topic, step.partition),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(partition: i32, expected: i64, next: i64) -> PositionMove {
        PositionMove {
            topic_id: Uuid::from_u128(1),
            topic: "t".to_owned(),
            partition,
            expected,
            next,
        }
    }

    #[test]
    fn moves_that_contradict_themselves_are_refused() {
        assert!(check(&[step(0, 0, 1), step(1, 0, 1)]).is_ok());
        assert!(check(&[]).is_ok());
        for bad in [
            vec![step(0, 5, 5)],
            vec![step(0, 5, 4)],
            vec![step(0, -1, 4)],
            vec![step(0, 0, 1), step(0, 1, 2)],
        ] {
            assert!(check(&bad).is_err(), "{bad:?}");
        }
    }
}
