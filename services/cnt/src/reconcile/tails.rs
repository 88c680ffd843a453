//! What the topics hold beyond the positions of their readers.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use cnt_bus::{Admin, BusConfig, read_range};
use cnt_contracts::events::{DocumentLotEvent, LetterRequestEvent, VerdictLotEvent};
use cnt_contracts::topics::{
    COURRIER_INBOUND, DOCUMENT_LOT, LETTER_REQUEST, MIF_INBOUND, MIF_VERDICT, Topic,
};

use crate::db::Books;

/// How long the broker may be silent.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is on its way between services.
#[derive(Debug, Default)]
pub(crate) struct Tails {
    /// Records ever written to `mif.inbound`.
    pub(crate) inbound_written: i64,
    /// Of them, not handled by validation yet.
    pub(crate) inbound_unread: i64,
    /// Records ever written to `courrier.inbound`.
    pub(crate) courriers_written: i64,
    /// Of them, not handled yet.
    pub(crate) courriers_unread: i64,
    /// Lots on their way to a service: `(service, lot id)`.
    pub(crate) on_the_way: HashSet<(String, Vec<u8>)>,
}

/// Reads the tails.
pub(crate) fn read(bus: &BusConfig, books: &Books) -> anyhow::Result<Tails> {
    let admin = Admin::new(bus)?;
    let mut tails = Tails::default();
    (tails.inbound_written, tails.inbound_unread) =
        written_and_unread(&admin, books, &MIF_INBOUND, "validation")?;
    (tails.courriers_written, tails.courriers_unread) =
        written_and_unread(&admin, books, &COURRIER_INBOUND, "contestation")?;
    lots_on_the_way(bus, &admin, books, &MIF_VERDICT, &["edition"], &mut tails)?;
    lots_on_the_way(
        bus,
        &admin,
        books,
        &DOCUMENT_LOT,
        &["archive", "dispatch", "contestation"],
        &mut tails,
    )?;
    lots_on_the_way(
        bus,
        &admin,
        books,
        &LETTER_REQUEST,
        &["edition"],
        &mut tails,
    )?;
    Ok(tails)
}

fn positions(
    books: &Books,
    admin: &Admin,
    topic: &Topic,
    service: &str,
) -> anyhow::Result<HashMap<i32, i64>> {
    let id = admin.topic_id(topic.name)?;
    Ok(books
        .positions
        .iter()
        .filter(|row| row.service == service && row.topic_id == id && row.topic == topic.name)
        .map(|row| (row.partition, row.next_offset))
        .collect())
}

fn written_and_unread(
    admin: &Admin,
    books: &Books,
    topic: &Topic,
    service: &str,
) -> anyhow::Result<(i64, i64)> {
    let positions = positions(books, admin, topic, service)?;
    let mut written = 0;
    let mut unread = 0;
    for offsets in admin.offsets(topic.name)? {
        written += offsets.high;
        unread += offsets.high - positions.get(&offsets.partition).copied().unwrap_or(0);
    }
    Ok((written, unread))
}

/// The lot that an event names, whichever event it is.
fn lot_of(payload: &[u8]) -> Option<Vec<u8>> {
    let verdict = serde_json::from_slice::<VerdictLotEvent>(payload).map(|event| event.lot.id);
    let lot = verdict
        .or_else(|_| serde_json::from_slice::<DocumentLotEvent>(payload).map(|event| event.lot.id))
        .or_else(|_| {
            serde_json::from_slice::<LetterRequestEvent>(payload).map(|event| event.lot.id)
        });
    lot.ok().map(|id| id.0.to_vec())
}

fn lots_on_the_way(
    bus: &BusConfig,
    admin: &Admin,
    books: &Books,
    topic: &Topic,
    readers: &[&str],
    tails: &mut Tails,
) -> anyhow::Result<()> {
    // Not published yet: on the way to every reader. In a reader's quarantine: on the way to that one.
    for lot in books
        .outboxes
        .iter()
        .filter(|row| row.topic == topic.name)
        .filter_map(|row| lot_of(row.payload.as_deref()?))
    {
        for reader in readers {
            tails.on_the_way.insert(((*reader).to_owned(), lot.clone()));
        }
    }
    for row in books
        .quarantines
        .iter()
        .filter(|row| row.topic == topic.name)
    {
        if let Some(lot) = row.payload.as_deref().and_then(lot_of) {
            tails.on_the_way.insert((row.service.clone(), lot));
        }
    }
    for reader in readers {
        let positions = positions(books, admin, topic, reader)?;
        for offsets in admin.offsets(topic.name)? {
            let from = positions.get(&offsets.partition).copied().unwrap_or(0);
            if from >= offsets.high {
                continue;
            }
            read_range(
                bus,
                topic.name,
                offsets.partition,
                from..offsets.high,
                PATIENCE,
                |record| {
                    if let Some(lot) = lot_of(&record.value) {
                        tails.on_the_way.insert(((*reader).to_owned(), lot));
                    }
                    Ok::<(), std::convert::Infallible>(())
                },
            )?;
        }
    }
    Ok(())
}
