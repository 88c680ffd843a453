//! Sending: each station sends its MIFs in order, some stations at a time, and books every acknowledgement.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use cnt_loadtest::{ClientConfig, GeneratedMif, Ledger, LedgerEntry, Stations};

/// Stations that send at the same time.
const SENDERS: usize = 4;

/// MIFs in one submission.
const SUBMISSION_MIFS: usize = 100;

/// The MIFs of one station, in the order in which it sends them.
pub(crate) struct Station {
    pub(crate) fingerprint: [u8; 32],
    pub(crate) mifs: Vec<GeneratedMif>,
}

/// What a station's own clock shows, Unix seconds.
pub(crate) fn now_s() -> i64 {
    cnt_service_kit::clock::Clock::system()
        .0
        .legal_now()
        .as_second()
}

/// Sorts MIFs by the station they go through; the order within a station stays.
pub(crate) fn by_station(mifs: Vec<GeneratedMif>) -> Vec<Station> {
    let mut stations: BTreeMap<[u8; 32], Vec<GeneratedMif>> = BTreeMap::new();
    for mif in mifs {
        stations.entry(mif.station).or_default().push(mif);
    }
    stations
        .into_iter()
        .map(|(fingerprint, mifs)| Station { fingerprint, mifs })
        .collect()
}

/// One station of each collectivity: any of its stations reads all its receipts.
pub(crate) fn one_per_collectivity(stations: &[Station]) -> Vec<[u8; 32]> {
    let mut readers = BTreeMap::new();
    for station in stations {
        if let Some(mif) = station.mifs.first() {
            readers
                .entry(mif.siren.as_str())
                .or_insert(station.fingerprint);
        }
    }
    readers.into_values().collect()
}

/// Sends everything; `sent` counts the acknowledged MIFs.
pub(crate) fn send_all(
    (gateway, credentials): (&str, &Stations),
    stations: &[Station],
    ledger: &Path,
    sent: &AtomicU64,
) -> anyhow::Result<()> {
    let ledger = Mutex::new(Ledger::open(ledger)?);
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<()> {
        while let Some(station) = stations.get(next.fetch_add(1, Ordering::Relaxed)) {
            send_station((gateway, credentials), station, &ledger, sent)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS).map(|_| scope.spawn(work)).collect();
        for sender in senders {
            sender
                .join()
                .map_err(|_| anyhow::anyhow!("a sender panicked"))??;
        }
        Ok(())
    })
}

fn send_station(
    (gateway, credentials): (&str, &Stations),
    station: &Station,
    ledger: &Mutex<Ledger>,
    sent: &AtomicU64,
) -> anyhow::Result<()> {
    let client = credentials.client(ClientConfig::new(gateway), station.fingerprint)?;
    for submission in station.mifs.chunks(SUBMISSION_MIFS) {
        let lines: Vec<&str> = submission.iter().map(|mif| mif.compact.as_str()).collect();
        let answer = client.submit(&lines)?;
        anyhow::ensure!(
            answer.acknowledgements.len() == submission.len(),
            "{} MIFs sent, {} acknowledged",
            submission.len(),
            answer.acknowledgements.len()
        );
        let entries: Vec<LedgerEntry> = submission
            .iter()
            .zip(&answer.acknowledgements)
            .map(|(mif, acknowledgement)| LedgerEntry {
                index: mif.index,
                id_mif: mif.id_mif,
                reception: acknowledgement.reception,
            })
            .collect();
        ledger
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .append(&entries)?;
        sent.fetch_add(u64::try_from(entries.len()).unwrap_or(0), Ordering::Relaxed);
    }
    Ok(())
}
