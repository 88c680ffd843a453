//! Blocks of receipts, and how far each partition was turned into them.

use std::collections::BTreeMap;

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Integer, Text};

use crate::cursor::{Cursor, Stream};
use crate::page::StoredBlock;

/// A block to be added.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewBlock<'a> {
    /// The collectivity.
    pub(crate) siren: i32,
    /// What it comes from.
    pub(crate) stream: Stream,
    /// Partition.
    pub(crate) partition: i32,
    /// Its place in the partition.
    pub(crate) offset: i64,
    /// How many receipts.
    pub(crate) n: i32,
    /// They.
    pub(crate) receipts: &'a [u8],
}

#[derive(QueryableByName)]
struct HeadRow {
    #[diesel(sql_type = Text)]
    stream: String,
    #[diesel(sql_type = Integer)]
    partition: i32,
    #[diesel(sql_type = BigInt)]
    last_offset: i64,
}

/// Locks partitions until the end of the transaction and says the last place used in each; −1 where there is none.
pub(crate) fn lock_heads(
    conn: &mut PgConnection,
    partitions: &[(Stream, i32)],
) -> Result<BTreeMap<(Stream, i32), i64>, StoreError> {
    let (streams, numbers): (Vec<&str>, Vec<i32>) = partitions
        .iter()
        .map(|(stream, partition)| (stream.topic(), *partition))
        .unzip();
    // The update changes nothing but takes the lock, and makes the row come back. In one order: no deadlock.
    let rows: Vec<HeadRow> = diesel::sql_query(
        "INSERT INTO stream_head (stream, partition, last_offset) \
         SELECT DISTINCT stream, partition, -1 FROM unnest($1, $2) AS asked(stream, partition) \
         ORDER BY stream, partition \
         ON CONFLICT (stream, partition) DO UPDATE SET last_offset = stream_head.last_offset \
         RETURNING stream, partition, last_offset",
    )
    .bind::<Array<Text>, _>(streams)
    .bind::<Array<Integer>, _>(numbers)
    .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| Some(((Stream::of(&row.stream)?, row.partition), row.last_offset)))
        .collect())
}

/// Writes the last places used.
pub(crate) fn move_heads(
    conn: &mut PgConnection,
    heads: &BTreeMap<(Stream, i32), i64>,
) -> Result<(), StoreError> {
    let keys = heads.keys();
    diesel::sql_query(
        "UPDATE stream_head SET last_offset = moved.last_offset \
         FROM unnest($1, $2, $3) AS moved(stream, partition, last_offset) \
         WHERE stream_head.stream = moved.stream AND stream_head.partition = moved.partition \
           AND stream_head.last_offset <> moved.last_offset",
    )
    .bind::<Array<Text>, _>(
        keys.clone()
            .map(|(stream, _)| stream.topic())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Integer>, _>(keys.map(|(_, partition)| *partition).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(heads.values().copied().collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// Adds blocks, all in one statement.
pub(crate) fn add_blocks(
    conn: &mut PgConnection,
    blocks: &[NewBlock<'_>],
) -> Result<(), StoreError> {
    if blocks.is_empty() {
        return Ok(());
    }
    let sirens: Vec<_> = blocks.iter().map(|block| block.siren).collect();
    let streams: Vec<_> = blocks.iter().map(|block| block.stream.topic()).collect();
    let partitions: Vec<_> = blocks.iter().map(|block| block.partition).collect();
    let offsets: Vec<_> = blocks.iter().map(|block| block.offset).collect();
    let counts: Vec<_> = blocks.iter().map(|block| block.n).collect();
    let receipts: Vec<_> = blocks.iter().map(|block| block.receipts).collect();
    diesel::sql_query(
        "INSERT INTO receipt_block (siren, stream, partition, event_offset, n, receipts) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Array<Integer>, _>(sirens)
    .bind::<Array<Text>, _>(streams)
    .bind::<Array<Integer>, _>(partitions)
    .bind::<Array<BigInt>, _>(offsets)
    .bind::<Array<Integer>, _>(counts)
    .bind::<Array<Binary>, _>(receipts)
    .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct BlockRow {
    #[diesel(sql_type = Text)]
    stream: String,
    #[diesel(sql_type = Integer)]
    partition: i32,
    #[diesel(sql_type = BigInt)]
    event_offset: i64,
    #[diesel(sql_type = Binary)]
    receipts: Vec<u8>,
}

/// Blocks of a collectivity from the cursor on, enough for `limit` receipts and one more: partitions take turns, and
/// stand in the order of their offsets. One statement, hence one snapshot.
pub(crate) fn receipts_after(
    conn: &mut PgConnection,
    siren: i32,
    cursor: &Cursor,
    limit: usize,
) -> Result<Vec<StoredBlock>, StoreError> {
    let (mut streams, mut partitions, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
    let mut wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    for (stream, partition, next) in cursor.entries() {
        streams.push(stream.topic());
        partitions.push(partition);
        offsets.push(next.offset);
        wanted = wanted.saturating_add(i64::from(next.index));
    }
    let rows: Vec<BlockRow> = diesel::sql_query(
        "SELECT stream, partition, event_offset, receipts FROM ( \
           SELECT turns.*, sum(n) OVER (ORDER BY turn, stream DESC, partition) - n AS before FROM ( \
             SELECT head.stream, head.partition, block.event_offset, block.n, block.receipts, \
                    row_number() OVER (PARTITION BY head.stream, head.partition ORDER BY block.event_offset) AS turn \
             FROM stream_head AS head \
             LEFT JOIN unnest($2, $3, $4) AS at(stream, partition, next_offset) \
               ON at.stream = head.stream AND at.partition = head.partition \
             CROSS JOIN LATERAL ( \
               SELECT event_offset, n, receipts FROM receipt_block \
               WHERE siren = $1 AND stream = head.stream AND partition = head.partition \
                 AND event_offset >= coalesce(at.next_offset, 0) \
               ORDER BY event_offset LIMIT $5 \
             ) AS block \
           ) AS turns \
         ) AS summed WHERE before < $5 ORDER BY turn, stream DESC, partition",
    )
    .bind::<Integer, _>(siren)
    .bind::<Array<Text>, _>(streams)
    .bind::<Array<Integer>, _>(partitions)
    .bind::<Array<BigInt>, _>(offsets)
    .bind::<BigInt, _>(wanted)
    .load(conn)?;
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            Some(StoredBlock {
                stream: Stream::of(&row.stream)?,
                partition: row.partition,
                offset: row.event_offset,
                receipts: row.receipts,
            })
        })
        .collect())
}
