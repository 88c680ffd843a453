//! The topics as the broker is asked for them.

use std::time::Duration;

use cnt_bus::{Cleanup, TopicSpec};
use cnt_contracts::topics;

/// Largest record batch the broker takes, in bytes.
const BATCH_BYTES_MAX: u32 = 4 << 20;

/// Every topic of the chain.
#[must_use]
pub fn topic_specs() -> Vec<TopicSpec> {
    topics::ALL
        .iter()
        .map(|topic| TopicSpec {
            name: topic.name.to_owned(),
            partitions: i32::from(topic.partitions),
            retention: topic
                .retention_hours
                .map(|hours| Duration::from_secs(u64::from(hours) * 3_600)),
            max_message_bytes: BATCH_BYTES_MAX,
            cleanup: Cleanup::Delete,
        })
        .collect()
}
