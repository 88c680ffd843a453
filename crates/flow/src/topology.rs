//! The topics, and who may use them, as the broker is asked for them.

use std::time::Duration;

use cnt_bus::{Access, AccessRule, Cleanup, TopicSpec};
use cnt_contracts::topics::{self, Grant};

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

/// All that the principals may do; see [`topics::grants`].
#[must_use]
pub fn access_rules() -> Vec<AccessRule> {
    topics::grants()
        .into_iter()
        .map(|(principal, grant)| AccessRule {
            principal: principal.to_owned(),
            access: match grant {
                Grant::Read(topic) => Access::ReadTopic(topic.to_owned()),
                Grant::Write(topic) => Access::WriteTopic(topic.to_owned()),
                Grant::Producer => Access::BecomeProducer,
                Grant::Groups(prefix) => Access::JoinGroups(prefix.to_owned()),
            },
        })
        .collect()
}
