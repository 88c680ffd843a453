//! A submission on its way to the broker.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use bytes::Bytes;
use cnt_bus::{OutRecord, Producer, SendError};
use cnt_contracts::receipt::Acknowledgement;
use cnt_contracts::stamp::{ReceptionStamp, SEAL};
use cnt_contracts::topics::MIF_INBOUND;
use cnt_domain::codes::Siren;
use cnt_domain::ids::ReceptionId;
use cnt_service_kit::ids::new_reception_id;
use jiff::Timestamp;
use uuid::Uuid;

use crate::key::service_code;

/// After so many records the worker may serve somebody else.
const RECORDS_AT_ONCE: usize = 64;
/// The least a record counts in the bound of what is in flight: headers, and the broker client's own books.
const RECORD_BYTES_LEAST: usize = 1_024;

/// What all MIFs of a submission share.
#[derive(Debug, Clone)]
pub(crate) struct Reception {
    /// Instant on the legal clock, to the microsecond.
    pub(crate) received_at: Timestamp,
    /// Version of the registry by which the station was let in.
    pub(crate) registry_version: u64,
    /// The station's connection certificate.
    pub(crate) station: [u8; 32],
    /// Its collectivity.
    pub(crate) siren: Siren,
    /// The submission that the station's seal covers.
    pub(crate) submission: Uuid,
}

/// Records to be sent, and what will be said of them.
#[derive(Debug)]
pub(crate) struct Stamped {
    /// One per MIF, in order.
    pub(crate) records: Vec<OutRecord>,
    /// One per MIF, in order.
    pub(crate) acknowledgements: Vec<Acknowledgement>,
    /// What they count in the bound of bytes in flight.
    pub(crate) weight: usize,
}

/// Gives each MIF its reception id, stamp and key; the first carries the seal of all.
pub(crate) fn stamp(mifs: Vec<Bytes>, seal: String, reception: &Reception) -> Stamped {
    let topic: Arc<str> = Arc::from(MIF_INBOUND.name);
    let mut stamped = Stamped {
        records: Vec::with_capacity(mifs.len()),
        acknowledgements: Vec::with_capacity(mifs.len()),
        weight: seal.len(),
    };
    for mif in mifs {
        let id = new_reception_id();
        let stamp = ReceptionStamp {
            reception: ReceptionId(id),
            received_at: reception.received_at,
            registry_version: reception.registry_version,
            station: reception.station,
            submission: Some(reception.submission),
        };
        let key = service_code(&mif).map_or_else(
            || Bytes::copy_from_slice(reception.siren.as_str().as_bytes()),
            |code| Bytes::copy_from_slice(code.as_str().as_bytes()),
        );
        stamped.weight += mif.len().max(RECORD_BYTES_LEAST);
        let mut record = OutRecord::new(Arc::clone(&topic), key, mif);
        record.headers = stamp.to_headers();
        stamped.records.push(record);
        stamped
            .acknowledgements
            .push(Acknowledgement { reception: id });
    }
    if let Some(first) = stamped.records.first_mut() {
        first.headers.push((SEAL, seal.into_bytes()));
    }
    stamped
}

/// Sends all records at once and waits until the broker has every one of them, on all replicas.
///
/// On an error some may be there all the same: the station sends all again, and validation recognises replays.
pub(crate) async fn send_together(
    producer: &Producer,
    records: Vec<OutRecord>,
) -> Result<(), SendError> {
    let mut sending = Vec::with_capacity(records.len());
    for (index, record) in records.into_iter().enumerate() {
        if index > 0 && index.is_multiple_of(RECORDS_AT_ONCE) {
            tokio::task::yield_now().await;
        }
        let mut one = Box::pin(producer.send(record));
        // The first poll puts the record into the producer's queue.
        match poll_once(one.as_mut()).await {
            Poll::Ready(outcome) => drop(outcome?),
            Poll::Pending => sending.push(one),
        }
    }
    for one in sending {
        one.await?;
    }
    Ok(())
}

async fn poll_once<F: Future + ?Sized>(mut future: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mif_has_its_own_stamp_and_its_bytes() {
        let reception = Reception {
            received_at: "2026-11-23T08:00:00.123456Z".parse().unwrap(),
            registry_version: 7,
            station: [9; 32],
            siren: "100000001".parse().unwrap(),
            submission: Uuid::from_u128(5),
        };
        let mifs = vec![Bytes::from_static(b"junk"); 2];
        let stamped = stamp(mifs, "h.p.s".to_owned(), &reception);
        assert_eq!(stamped.weight, 2 * RECORD_BYTES_LEAST + 5);
        for (record, acknowledged) in stamped.records.iter().zip(&stamped.acknowledgements) {
            assert_eq!(
                (&record.key[..], &record.value[..]),
                (&b"100000001"[..], &b"junk"[..])
            );
            let find = |name: &str| {
                let found = record.headers.iter().find(|(header, _)| *header == name);
                found.map(|(_, value)| value.as_slice())
            };
            let read = ReceptionStamp::from_headers(find).unwrap();
            assert_eq!(read.reception.0, acknowledged.reception);
            assert_eq!(read.received_at, reception.received_at);
            assert_eq!((read.registry_version, read.station), (7, [9; 32]));
            assert_eq!(read.submission, Some(reception.submission));
        }
        let seals = stamped.records.iter().map(|record| {
            let mut headers = record.headers.iter();
            headers
                .find(|(name, _)| *name == SEAL)
                .map(|(_, seal)| seal.as_slice())
        });
        assert_eq!(seals.collect::<Vec<_>>(), [Some(&b"h.p.s"[..]), None]);
        assert_ne!(
            stamped.acknowledgements[0].reception,
            stamped.acknowledgements[1].reception
        );
    }
}
