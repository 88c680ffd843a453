//! Between records, events and lot objects.

use cnt_bus::Record;
use cnt_contracts::events::LotRef;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::Topic;
use cnt_store::outbox::OutboxEvent;
use cnt_vault::{LotId, SealedLot};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::work::{Poison, WorkError};

/// The event that a record carries; a record that carries none is poison.
///
/// # Errors
/// The poison to report.
pub fn event_of<E: DeserializeOwned>(index: usize, record: &Record) -> Result<E, Poison> {
    serde_json::from_slice(&record.value).map_err(|error| Poison {
        index,
        reason: "event_unreadable",
        detail: format!("line {}, column {}", error.line(), error.column()),
    })
}

/// An event for the outbox, its key spreading lots over partitions.
///
/// # Errors
/// When the event cannot be written as JSON.
pub fn event_record<E: Serialize>(
    topic: &Topic,
    key: Hex32,
    event: &E,
) -> Result<OutboxEvent, WorkError> {
    Ok(OutboxEvent {
        topic: topic.name.to_owned(),
        partition: None,
        key: key.0.to_vec(),
        payload: serde_json::to_vec(event).map_err(WorkError::never)?,
    })
}

/// How events name a sealed lot.
#[must_use]
pub fn lot_ref(lot: &SealedLot) -> LotRef {
    LotRef {
        kind: lot.kind().as_str().to_owned(),
        id: Hex32(*lot.id().as_bytes()),
        bytes: u64::try_from(lot.bytes().len()).unwrap_or(u64::MAX),
        members: u32::try_from(lot.locations().len()).unwrap_or(u32::MAX),
    }
}

/// The object store's name of a lot that an event names.
#[must_use]
pub fn lot_id(name: Hex32) -> LotId {
    LotId::from_bytes(name.0)
}
