//! Receiving: each station reads its receipts until everything it sent has ended, and offenders contest.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cnt_loadtest::{ClientConfig, GatewayClient, Generator, LedgerEntry, PortalClient, Stations};
use uuid::Uuid;

use super::judge::Received;

/// Receipts asked for at a time.
const PAGE_RECEIPTS: u32 = 5_000;

/// Offenders who write at the same time.
const OFFENDERS: usize = 4;

/// How long the chain may give no receipt at all before the demo gives up.
const SILENCE_MAX: Duration = Duration::from_secs(90);

/// Reads receipts until every acknowledged reception has ended; `ended` is told how many have.
pub(crate) fn receive_all(
    (gateway, credentials): (&str, &Stations),
    stations: &[[u8; 32]],
    ledger: &[LedgerEntry],
    mut ended: impl FnMut(u64),
) -> anyhow::Result<Received> {
    let mut received = Received::default();
    let mut readers: Vec<(GatewayClient, Option<String>)> = stations
        .iter()
        .map(|station| {
            let client = credentials.client(ClientConfig::new(gateway), *station)?;
            Ok((client, None))
        })
        .collect::<anyhow::Result<_>>()?;
    let mut open: Vec<&LedgerEntry> = ledger.iter().collect();
    let mut last_receipt = Instant::now();
    while !open.is_empty() {
        let mut taken = 0;
        for (client, cursor) in &mut readers {
            let page = client.receipts(cursor.as_deref(), PAGE_RECEIPTS, 0)?;
            taken += page.receipts.len();
            *cursor = Some(page.cursor);
            page.receipts
                .into_iter()
                .for_each(|receipt| received.take(receipt));
        }
        open.retain(|entry| !received.has_ended(entry.reception));
        ended(u64::try_from(ledger.len() - open.len()).unwrap_or(0));
        if taken > 0 {
            last_receipt = Instant::now();
        } else if last_receipt.elapsed() > SILENCE_MAX {
            // What is missing is counted as lost by the judgement.
            break;
        } else {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
    Ok(received)
}

/// Files the contestations of those who do not agree, some at a time; returns how many on which ground.
pub(crate) fn contest(
    portal: &str,
    generator: &Generator,
    received: &Received,
    indices: &BTreeMap<u64, Uuid>,
) -> anyhow::Result<BTreeMap<String, u64>> {
    let mut contestations = Vec::new();
    for (index, id) in indices {
        let Some(avis) = received.avis.get(id).and_then(|numbers| numbers.first()) else {
            continue;
        };
        contestations.extend(generator.contestation(*index, avis)?);
    }
    let next = AtomicUsize::new(0);
    let work = || -> anyhow::Result<()> {
        let client = PortalClient::new(ClientConfig::new(portal));
        while let Some(filed) = contestations.get(next.fetch_add(1, Ordering::Relaxed)) {
            client.contest(&filed.request)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let offenders: Vec<_> = (0..OFFENDERS).map(|_| scope.spawn(work)).collect();
        for offender in offenders {
            offender
                .join()
                .map_err(|_| anyhow::anyhow!("an offender panicked"))??;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let mut by_ground = BTreeMap::new();
    for filed in &contestations {
        let ground = filed.ground.as_str().to_owned();
        *by_ground.entry(ground).or_insert(0) += 1;
    }
    Ok(by_ground)
}
