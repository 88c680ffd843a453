//! The verdict lot: one member per reception.

use bytes::Bytes;
use cnt_contracts::events::{LotRef, OffsetRange, VerdictLotEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::verdict::{ProblemV1, VerdictMeta};
use cnt_domain::problem::Problem;
use cnt_domain::verdict::Verdict;
use cnt_vault::{LotAbout, LotKind, LotWriter, MemberInput, SealedLot, WriteError};
use jiff::Timestamp;
use rayon::prelude::*;

use crate::judge::Judgement;
use crate::settle::Ruling;

/// What the writer of verdict lots is called in them.
const PRODUCER: &str = "cnt-validation";
/// Version of the event's shape.
const EVENT_VERSION: u16 = 1;

/// One reception, judged.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) judgement: Judgement,
    /// The record's value, as received.
    pub(crate) value: Bytes,
    /// The seal that the record carries, if it is the first of its submission.
    pub(crate) seal: Option<String>,
    /// What became of its wish to occupy its ids, if it had one.
    pub(crate) ruling: Option<Ruling>,
    /// The warning that its ticket doubles another, if it does.
    pub(crate) double: Option<Problem>,
}

impl Member {
    /// The final verdict.
    pub(crate) fn verdict(&self) -> Verdict {
        match &self.ruling {
            Some(Ruling::Replayed { .. }) => Verdict::Replayed,
            Some(Ruling::Refused(_)) => Verdict::Rejected,
            Some(Ruling::Occupies) | None => self.judgement.verdict(),
        }
    }

    /// The problems to report: none of a replay, whose earlier verdict had its own.
    pub(crate) fn problems(&self) -> impl Iterator<Item = &Problem> {
        let (own, more) = match &self.ruling {
            Some(Ruling::Replayed { .. }) => (&[][..], None),
            Some(Ruling::Refused(problem)) => (&self.judgement.problems[..], Some(problem)),
            Some(Ruling::Occupies) | None => (&self.judgement.problems[..], self.double.as_ref()),
        };
        own.iter().chain(more)
    }

    fn meta(&self) -> VerdictMeta {
        let judgement = &self.judgement;
        let stamp = &judgement.stamp;
        let (replay_of, replayed_verdict) = match &self.ruling {
            Some(Ruling::Replayed { reception, verdict }) => {
                (Some(*reception), Some((*verdict).into()))
            }
            _ => (None, None),
        };
        VerdictMeta {
            reception: stamp.reception.0,
            received_at_us: stamp.received_at.as_microsecond(),
            registry_version: stamp.registry_version,
            station: Hex32(stamp.station),
            submission: stamp.submission,
            seal: self.seal.clone(),
            station_siren: judgement.station_siren.as_ref().map(ToString::to_string),
            id_mif: judgement.id_mif.map(|id| id.0),
            payload_sha256: judgement.payload_sha256.map(|hash| Hex32(hash.0)),
            verdict: self.verdict().into(),
            replay_of,
            replayed_verdict,
            problems: self.problems().map(ProblemV1::from).collect(),
            photos: self.photos().collect(),
        }
    }

    /// The photographs of an accepted MIF: they are waited for.
    fn photos(&self) -> impl Iterator<Item = Hex32> + '_ {
        let accepted = (self.verdict() == Verdict::Accepted).then_some(&self.judgement.mif);
        let vehicle = accepted
            .and_then(Option::as_ref)
            .and_then(|mif| mif.vehicle.as_ref());
        vehicle
            .into_iter()
            .flat_map(|vehicle| &vehicle.photos)
            .map(|photo| Hex32(photo.0))
    }
}

/// How many members have which verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) accepted: u32,
    pub(crate) rejected: u32,
    pub(crate) replayed: u32,
}

impl Counts {
    pub(crate) fn of(members: &[Member]) -> Self {
        let mut counts = Self::default();
        for member in members {
            let slot = match member.verdict() {
                Verdict::Accepted => &mut counts.accepted,
                Verdict::Rejected => &mut counts.rejected,
                Verdict::Replayed => &mut counts.replayed,
            };
            *slot += 1;
        }
        counts
    }

    pub(crate) fn event(self, lot: LotRef, source: Vec<OffsetRange>) -> VerdictLotEvent {
        VerdictLotEvent {
            version: EVENT_VERSION,
            lot,
            accepted: self.accepted,
            rejected: self.rejected,
            replayed: self.replayed,
            source,
        }
    }
}

/// Seals the lot of these members, in their order. Its bytes follow from the members alone: it is dated by the latest
/// reception. To be called on a CPU pool.
pub(crate) fn seal(members: &[Member]) -> Result<SealedLot, WriteError> {
    let created_at = members
        .iter()
        .map(|member| member.judgement.stamp.received_at)
        .max()
        .unwrap_or(Timestamp::UNIX_EPOCH);
    let about = LotAbout::new(created_at, PRODUCER, env!("CARGO_PKG_VERSION"));
    let inputs = members
        .par_iter()
        .map(|member| {
            let meta = member.meta();
            MemberInput::new(meta.reception.to_string(), member.value.clone(), &meta)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let mut writer = LotWriter::new(LotKind::Verdict, about)?;
    writer.add_members(inputs)?;
    writer.finish()
}
