//! Reading a verdict lot: its accepted MIFs, and what becomes of each.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_contracts::events::VerdictLotEvent;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::mif::read_payload;
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_domain::ids::PayloadHash;
use cnt_domain::mif::Mif;
use cnt_domain::verdict::NotTransformed;
use cnt_flow::{RegistryVersion, RegistryView, WorkError, lot_id};
use cnt_vault::{LotKind, LotReader, ObjectStore};
use rayon::prelude::*;
use uuid::Uuid;

use crate::addressee::{Addressee, NobodyToAddress, addressee};

/// An accepted MIF, and to whom its avis goes, or why there is none.
#[derive(Debug)]
pub struct AcceptedMif {
    /// Its reception.
    pub reception: Uuid,
    /// Version of the registry it was judged by, and is edited by.
    pub registry_version: u64,
    /// The MIF.
    pub mif: Mif,
    /// The transformation.
    pub addressee: Result<Addressee, NotTransformed>,
}

/// The accepted MIFs of a verdict lot, in its order.
#[derive(Debug)]
pub struct AcceptedMifs {
    /// The verdict lot.
    pub verdict_lot: Hex32,
    /// The MIFs.
    pub mifs: Vec<AcceptedMif>,
    /// The latest reception among them, microseconds since the epoch.
    pub received_at_us: i64,
}

impl AcceptedMifs {
    /// How many get an avis.
    #[must_use]
    pub fn avis(&self) -> usize {
        self.mifs.iter().filter(|mif| mif.addressee.is_ok()).count()
    }
}

/// A verdict lot that is not what its event or its own index says. Messages name receptions, never persons.
#[derive(Debug, thiserror::Error)]
pub enum BadLot {
    /// The lot holds another number of accepted MIFs than the event says.
    #[error("the event names {announced} accepted MIFs, the lot holds {found}")]
    Count {
        /// By the event.
        announced: u32,
        /// In the lot.
        found: usize,
    },
    /// An accepted member is no MIF.
    #[error("accepted reception {reception} is no readable MIF: {problem}")]
    Unreadable {
        /// The reception.
        reception: Uuid,
        /// What is wrong.
        problem: &'static str,
    },
    /// An accepted MIF addresses nobody.
    #[error("accepted reception {reception} cannot be transformed")]
    Nobody {
        /// The reception.
        reception: Uuid,
        /// Why.
        #[source]
        source: NobodyToAddress,
    },
}

/// Reads the lot that an event names, on the rayon pool this is called from.
///
/// # Errors
/// See [`WorkError`]: a lot that is not in the store yet may come.
pub fn read(objects: &dyn ObjectStore, event: &VerdictLotEvent) -> Result<AcceptedMifs, WorkError> {
    let object = objects.get(LotKind::Verdict, lot_id(event.lot.id))?;
    let reader = LotReader::open(object)?;
    let mut accepted = Vec::new();
    for content in reader.contents()? {
        let (member, bytes) = content?;
        let meta: VerdictMeta = member.meta()?;
        if meta.verdict == VerdictWord::Accepted {
            accepted.push((meta, bytes));
        }
    }
    if u32::try_from(accepted.len()) != Ok(event.accepted) {
        return Err(WorkError::never(BadLot::Count {
            announced: event.accepted,
            found: accepted.len(),
        }));
    }
    let mifs: Vec<AcceptedMif> = accepted
        .par_iter()
        .map(|(meta, bytes)| accepted_mif(meta, bytes))
        .collect::<Result<_, _>>()
        .map_err(WorkError::never)?;
    Ok(AcceptedMifs {
        verdict_lot: event.lot.id,
        mifs,
        received_at_us: accepted
            .iter()
            .map(|(meta, _)| meta.received_at_us)
            .max()
            .unwrap_or(0),
    })
}

/// An accepted MIF with its message as received.
#[derive(Debug)]
pub struct KeptMif {
    /// The MIF.
    pub accepted: AcceptedMif,
    /// The compact JWS.
    pub message: Vec<u8>,
    /// Instant of reception, microseconds since the epoch.
    pub received_at_us: i64,
}

/// Some accepted MIFs of a verdict lot, in its order; those that it does not hold are left out.
///
/// # Errors
/// See [`WorkError`]: a lot that is not in the store yet may come.
pub fn accepted_of(
    objects: &dyn ObjectStore,
    verdict_lot: Hex32,
    wanted: &HashSet<Uuid>,
) -> Result<Vec<KeptMif>, WorkError> {
    let reader = LotReader::open(objects.get(LotKind::Verdict, lot_id(verdict_lot))?)?;
    let mut found = Vec::with_capacity(wanted.len());
    for member in reader.members()? {
        let meta: VerdictMeta = member.meta()?;
        let is_wanted = meta.id_mif.is_some_and(|id| wanted.contains(&id));
        if is_wanted && meta.verdict == VerdictWord::Accepted {
            let message = reader.read(member)?;
            found.push(KeptMif {
                accepted: accepted_mif(&meta, &message).map_err(WorkError::never)?,
                message: message.into(),
                received_at_us: meta.received_at_us,
            });
        }
    }
    Ok(found)
}

fn accepted_mif(meta: &VerdictMeta, message: &[u8]) -> Result<AcceptedMif, BadLot> {
    let reception = meta.reception;
    let unreadable = |problem| BadLot::Unreadable { reception, problem };
    let payload = payload(message).ok_or_else(|| unreadable("no compact JWS"))?;
    if meta
        .payload_sha256
        .is_some_and(|hash| hash.0 != PayloadHash::of(&payload).0)
    {
        return Err(unreadable("not the payload that was judged"));
    }
    let mif = read_payload(&payload)
        .mif
        .ok_or_else(|| unreadable("not the schema"))?;
    let addressee = addressee(&mif).map_err(|source| BadLot::Nobody { reception, source })?;
    Ok(AcceptedMif {
        reception,
        registry_version: meta.registry_version,
        mif,
        addressee,
    })
}

/// The decoded second part of a compact JWS (RFC 7515 §7.1).
fn payload(message: &[u8]) -> Option<Vec<u8>> {
    let encoded = message.split(|byte| *byte == b'.').nth(1)?;
    URL_SAFE_NO_PAD.decode(encoded).ok()
}

/// Every version of the registry that some MIFs were judged by.
///
/// # Errors
/// [`WorkError::Later`] when a version did not come within `wait`, or its object cannot be read.
pub fn registries<'a>(
    view: &RegistryView,
    mifs: impl IntoIterator<Item = &'a AcceptedMif>,
    wait: Duration,
) -> Result<BTreeMap<u64, Arc<RegistryVersion>>, WorkError> {
    let mut found = BTreeMap::new();
    for mif in mifs {
        if found.contains_key(&mif.registry_version) {
            continue;
        }
        let number = mif.registry_version;
        let version = view
            .version(number, wait)
            .map_err(WorkError::later)?
            .ok_or_else(|| {
                WorkError::later(format!("version {number} of the registry is not here yet"))
            })?;
        found.insert(number, version);
    }
    Ok(found)
}
