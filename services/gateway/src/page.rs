//! A page of receipts, cut out of blocks.

use crate::cursor::{Cursor, Next, Stream};
use crate::receipts::{ReceiptError, unpack};

/// A block as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredBlock {
    /// What it comes from.
    pub(crate) stream: Stream,
    /// Partition.
    pub(crate) partition: i32,
    /// Its place in the partition.
    pub(crate) offset: i64,
    /// Zstd of JSON lines.
    pub(crate) receipts: Vec<u8>,
}

/// Receipts, and where to go on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Page {
    /// How many.
    pub(crate) count: usize,
    /// A `ReceiptPage` as JSON. Receipts are stored as they are sent: nothing is parsed on the way.
    pub(crate) json: String,
}

/// Gives at most `limit` receipts of `blocks`, which stand in the order of their offsets within each partition.
pub(crate) fn cut(
    cursor: &Cursor,
    blocks: &[StoredBlock],
    limit: usize,
) -> Result<Page, ReceiptError> {
    let mut reached = cursor.clone();
    let mut json = String::from(r#"{"receipts":["#);
    let mut count = 0;
    let mut more = false;
    for block in blocks {
        if count == limit {
            more = true;
            break;
        }
        let text = unpack(&block.receipts)?;
        let given = cursor.given(block.stream, block.partition, block.offset);
        let mut index = given;
        let mut lines = text
            .lines()
            .skip(usize::try_from(given).unwrap_or(usize::MAX));
        for line in lines.by_ref().take(limit - count) {
            if count > 0 {
                json.push(',');
            }
            json.push_str(line);
            count += 1;
            index = index.saturating_add(1);
        }
        let next = if lines.next().is_some() {
            more = true;
            Next {
                offset: block.offset,
                index,
            }
        } else {
            Next {
                offset: block.offset.saturating_add(1),
                index: 0,
            }
        };
        reached.set(block.stream, block.partition, next);
        if more {
            break;
        }
    }
    json.push_str(r#"],"cursor":""#);
    json.push_str(&reached.encode());
    json.push_str(if more {
        r#"","more":true}"#
    } else {
        r#"","more":false}"#
    });
    Ok(Page { count, json })
}

#[cfg(test)]
mod tests {
    use cnt_contracts::receipt::{Receipt, ReceiptPage};
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn block(partition: i32, offset: i64, receptions: &[u128]) -> StoredBlock {
        let mut text = String::new();
        for reception in receptions {
            let receipt = Receipt::NonTransforme {
                reception: Uuid::from_u128(*reception),
                id_mif: Uuid::nil(),
                reason: "VOLE".to_owned(),
                message: String::new(),
            };
            text.push_str(&serde_json::to_string(&receipt).unwrap());
            text.push('\n');
        }
        StoredBlock {
            stream: Stream::Document,
            partition,
            offset,
            receipts: zstd::bulk::compress(text.as_bytes(), 1).unwrap(),
        }
    }

    proptest! {
        /// Pages of any sizes give each receipt once, and say whether there is more.
        #[test]
        fn pages_give_each_receipt_once(
            sizes in prop::collection::vec((0..3i32, 1..9u32), 0..12),
            limits in prop::collection::vec(1..8usize, 1..5),
        ) {
            let mut next = 0u128;
            let blocks: Vec<_> = sizes.iter().enumerate().map(|(offset, (partition, size))| {
                let receptions: Vec<u128> = (0..*size).map(|_| { next += 1; next }).collect();
                block(*partition, i64::try_from(offset).unwrap() * 3, &receptions)
            }).collect();
            let mut cursor = Cursor::default();
            let mut seen = Vec::new();
            for limit in limits.iter().cycle() {
                let left: Vec<_> = blocks.iter().filter(|block| {
                    cursor.entries().find(|(_, partition, _)| *partition == block.partition)
                        .is_none_or(|(_, _, next)| block.offset >= next.offset)
                }).cloned().collect();
                let page = cut(&cursor, &left, *limit).unwrap();
                let parsed: ReceiptPage = serde_json::from_str(&page.json).unwrap();
                prop_assert_eq!(parsed.receipts.len(), page.count);
                prop_assert!(page.count <= *limit);
                for receipt in parsed.receipts {
                    if let Receipt::NonTransforme { reception, .. } = receipt {
                        seen.push(reception.as_u128());
                    }
                }
                prop_assert_eq!(parsed.more, seen.len() < usize::try_from(next).unwrap());
                cursor = Cursor::decode(&parsed.cursor).unwrap();
                if !parsed.more {
                    break;
                }
            }
            prop_assert_eq!(seen, (1..=next).collect::<Vec<_>>());
        }
    }
}
