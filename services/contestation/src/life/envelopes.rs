//! Envelopes that the broker has acknowledged and that were not taken in yet: nobody is judged before they are.

use cnt_bus::{Admin, BusConfig, BusError, PartitionOffsets};
use cnt_contracts::topics::COURRIER_INBOUND;
use cnt_store::{PgConnection, StoreError, positions};
use uuid::Uuid;

/// Where the topic of envelopes ended at some moment.
pub(crate) struct Tail {
    topic: Uuid,
    ends: Vec<PartitionOffsets>,
}

impl Tail {
    /// Where it ends now.
    pub(crate) fn now(bus: &BusConfig) -> Result<Self, BusError> {
        let admin = Admin::new(bus)?;
        Ok(Self {
            topic: admin.topic_id(COURRIER_INBOUND.name)?,
            ends: admin.offsets(COURRIER_INBOUND.name)?,
        })
    }

    /// Whether everything before it was taken in.
    pub(crate) fn is_taken_in(&self, conn: &mut PgConnection) -> Result<bool, StoreError> {
        let done = positions::all(conn)?;
        Ok(self.ends.iter().all(|end| {
            end.records() == 0
                || done.iter().any(|position| {
                    position.topic_id == self.topic
                        && position.partition == end.partition
                        && position.next_offset >= end.high
                })
        }))
    }
}
