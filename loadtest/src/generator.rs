//! The stream of signed MIFs.

use std::ops::Range;
use std::path::Path;

use cnt_trust::{MessageSigner, sign_compact};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rayon::prelude::*;
use uuid::Uuid;

use crate::contest::{Contestation, contestation};
use crate::draft::{Draft, DraftError, Drafter};
use crate::error::GeneratorError;
use crate::expectation::Expectation;
use crate::faults::Fault;
use crate::fleet::{Fleet, WrongCards};
use crate::plan::{Plan, Planner, Shares};
use crate::returned::{ReturnedMail, returned_mail};
use cnt_domain::problem::{ProblemCode, Severity};

mod bad;
mod content;

/// What a stream is made from.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorParams {
    /// Decides ids, payloads and expectations.
    pub seed: u64,
    /// How many MIFs.
    pub count: u64,
    /// The legal instant at which the stream is sent; offences lie some hours before.
    pub now: Timestamp,
    /// Share of MIFs with a fault, 0 to 1.
    pub bad_share: f64,
    /// Share of replays, 0 to 1.
    pub replay_share: f64,
    /// Share of conflicts, 0 to 1.
    pub conflict_share: f64,
}

impl GeneratorParams {
    /// The usual shares: 4 % bad, 0.5 % replayed, 0.2 % conflicting.
    #[must_use]
    pub fn new(seed: u64, count: u64, now: Timestamp) -> Self {
        Self {
            seed,
            count,
            now,
            bad_share: 0.04,
            replay_share: 0.005,
            conflict_share: 0.002,
        }
    }
}

/// A signed MIF and what must become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GeneratedMif {
    /// Its place in the stream.
    pub index: u64,
    /// Its `id_mif`; a replay or conflict has that of an earlier one.
    pub id_mif: Uuid,
    /// Collectivity of the station it goes through, to which its receipt belongs.
    pub siren: String,
    /// SHA-256 of the connection certificate of that station.
    pub station: [u8; 32],
    /// The message: a compact JWS.
    pub compact: String,
    /// What must become of it.
    pub expectation: Expectation,
}

/// What a generated MIF is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OffenceSummary {
    /// NatInf number.
    pub natinf: u32,
    /// Civil day at the place.
    pub day: Option<Date>,
    /// Whether somebody was met.
    pub intercepted: bool,
    /// Plate and country of the vehicle.
    pub plate: Option<(String, String)>,
    /// Whether the law asks the holder who contests for a deposit.
    pub asks_deposit: bool,
}

/// Makes a stream. Any part of it can be made alone; memory is that of the chunk asked for.
pub struct Generator {
    drafter: Drafter,
    planner: Planner,
    wrong_cards: WrongCards,
    count: u64,
}

impl std::fmt::Debug for Generator {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Generator")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

impl Generator {
    /// A generator for the senders of a nation's directory.
    ///
    /// # Errors
    /// When the directory cannot be read, or the shares make no sense.
    pub fn new(directory: &Path, params: &GeneratorParams) -> Result<Self, GeneratorError> {
        Self::of_fleet(Fleet::load(directory)?, params)
    }

    /// A generator for a fleet loaded before.
    ///
    /// # Errors
    /// When wrong cards cannot be made, or the shares make no sense.
    pub fn of_fleet(fleet: Fleet, params: &GeneratorParams) -> Result<Self, GeneratorError> {
        let shares = [params.bad_share, params.replay_share, params.conflict_share];
        let in_range = shares.iter().all(|share| (0.0..=1.0).contains(share));
        if !in_range || shares.iter().sum::<f64>() > 1.0 {
            return Err(GeneratorError::Shares);
        }
        let now_s = params.now.as_second();
        let wrong_cards = fleet.wrong_cards(now_s)?;
        Ok(Self {
            planner: Planner {
                seed: params.seed,
                shares: Shares {
                    bad: params.bad_share,
                    replay: params.replay_share,
                    conflict: params.conflict_share,
                },
                faults: bad::possible(&fleet, now_s),
            },
            drafter: Drafter {
                fleet,
                seed: params.seed,
                now_s,
                paris: TimeZone::get("Europe/Paris")?,
            },
            wrong_cards,
            count: params.count,
        })
    }

    /// How many MIFs the stream has.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.count
    }

    /// What an index is. Only the ticket of a vehicle is told to be one drawn up before.
    fn plan(&self, index: u64) -> Plan {
        let planned = self.planner.plan(index);
        match planned {
            Plan::Bad {
                fault: Fault::DrawnUpTwice,
                of: Some(of),
            } if !self.has_vehicle(of) => Plan::Good,
            _ => planned,
        }
    }

    fn has_vehicle(&self, index: u64) -> bool {
        self.draft(index, self.drafter.agent_of(index))
            .is_ok_and(|draft| draft.mif.vehicule.is_some())
    }

    /// What must become of the MIF of an index, without making it.
    #[must_use]
    pub fn expectation(&self, index: u64) -> Expectation {
        match self.plan(index) {
            Plan::Good => Expectation::Accepted,
            Plan::Bad { fault, .. } => match fault.code().severity() {
                Severity::Warning => Expectation::Warned(fault.code()),
                Severity::Error => Expectation::Rejected(fault.code()),
            },
            Plan::Replay { .. } => Expectation::Replayed,
            Plan::Conflict { .. } => Expectation::Rejected(ProblemCode::DuplicateConflict),
        }
    }

    /// The fault of an index, if it has one.
    #[must_use]
    pub fn fault(&self, index: u64) -> Option<Fault> {
        match self.plan(index) {
            Plan::Bad { fault, .. } => Some(fault),
            _ => None,
        }
    }

    /// The id of the MIF that an index makes its own; a replay or conflict carries another.
    #[must_use]
    pub fn id_mif(&self, index: u64) -> Uuid {
        self.drafter.id_mif(index)
    }

    /// The contestation of the avis of an index, if it is to be accepted and contested. It does not depend on the
    /// number of the avis, so that two runs of one stream contest the same.
    ///
    /// # Errors
    /// When the MIF cannot be drafted.
    pub fn contestation(
        &self,
        index: u64,
        avis: &str,
    ) -> Result<Option<Contestation>, GeneratorError> {
        if self.plan(index) != Plan::Good {
            return Ok(None);
        }
        let (seed, id_mif) = (self.drafter.seed, self.id_mif(index));
        if contestation(seed, id_mif, avis, false).is_none() {
            return Ok(None);
        }
        let draft = self.draft(index, self.drafter.agent_of(index))?;
        Ok(contestation(seed, id_mif, avis, draft.asks_deposit))
    }

    /// What a good MIF of an index is about; none for those that replay, conflict or are wrong.
    ///
    /// # Errors
    /// When the MIF cannot be drafted.
    pub fn offence(&self, index: u64) -> Result<Option<OffenceSummary>, GeneratorError> {
        if self.plan(index) != Plan::Good {
            return Ok(None);
        }
        let draft = self.draft(index, self.drafter.agent_of(index))?;
        let vehicle = draft.mif.vehicule.as_ref();
        Ok(Some(OffenceSummary {
            natinf: draft.mif.infraction.natinf,
            day: draft
                .mif
                .infraction
                .date_heure
                .get(..10)
                .and_then(|day| day.parse().ok()),
            intercepted: draft.mif.infraction.interception,
            plate: vehicle.map(|vehicle| {
                let plate = vehicle.immatriculation.as_ref();
                (plate.to_owned(), vehicle.pays.as_ref().to_owned())
            }),
            asks_deposit: draft.asks_deposit,
        }))
    }

    /// Whether the letter of an index comes back, and why.
    #[must_use]
    pub fn returned_mail(&self, index: u64) -> Option<ReturnedMail> {
        let is_good = self.plan(index) == Plan::Good;
        is_good
            .then(|| returned_mail(self.drafter.seed, self.id_mif(index)))
            .flatten()
    }

    /// The MIF of an index.
    ///
    /// # Errors
    /// When it cannot be written or signed.
    pub fn item(&self, index: u64) -> Result<GeneratedMif, GeneratorError> {
        let (draft, compact) = match self.plan(index) {
            Plan::Good => self.good(index)?,
            Plan::Replay { of } => self.good(of)?,
            Plan::Conflict { of } => {
                let mut draft = self.draft(index, self.drafter.agent_of(of))?;
                draft.mif.entete.id_mif = self.drafter.id_mif(of);
                let compact = self.sign(&draft)?;
                (draft, compact)
            }
            Plan::Bad { fault, of } => self.bad(index, fault, of)?,
        };
        Ok(GeneratedMif {
            index,
            id_mif: draft.mif.entete.id_mif,
            siren: draft.siren,
            station: draft.station,
            compact,
            expectation: self.expectation(index),
        })
    }

    /// The MIFs of a range, made on all threads of the current rayon pool, in order. The range is cut to the stream.
    ///
    /// # Errors
    /// When one cannot be written or signed.
    pub fn chunk(&self, range: Range<u64>) -> Result<Vec<GeneratedMif>, GeneratorError> {
        let range = range.start.min(self.count)..range.end.min(self.count);
        range
            .into_par_iter()
            .map(|index| self.item(index))
            .collect()
    }

    /// The whole stream in chunks of at most `size`.
    pub fn chunks(
        &self,
        size: u64,
    ) -> impl Iterator<Item = Result<Vec<GeneratedMif>, GeneratorError>> + '_ {
        let size = size.max(1);
        (0..self.count.div_ceil(size)).map(move |nth| self.chunk(nth * size..(nth + 1) * size))
    }

    fn draft(&self, index: u64, agent: usize) -> Result<Draft, GeneratorError> {
        self.drafter.draft(index, agent).map_err(draft_error)
    }

    fn good(&self, index: u64) -> Result<(Draft, String), GeneratorError> {
        let draft = self.draft(index, self.drafter.agent_of(index))?;
        let compact = self.sign(&draft)?;
        Ok((draft, compact))
    }

    /// Signs with the own card of the draft's agent.
    fn sign(&self, draft: &Draft) -> Result<String, GeneratorError> {
        sign(draft, self.signer_of(draft)?)
    }

    fn signer_of(&self, draft: &Draft) -> Result<&dyn MessageSigner, GeneratorError> {
        let agent = self.drafter.fleet.good.get(draft.agent);
        let agent = agent.ok_or(GeneratorError::Nation("such agent"))?;
        Ok(&agent.signer)
    }
}

fn sign(draft: &Draft, signer: &dyn MessageSigner) -> Result<String, GeneratorError> {
    let payload = serde_json::to_vec(&draft.mif)?;
    Ok(sign_compact(&payload, draft.iat, signer)?)
}

fn draft_error(error: DraftError) -> GeneratorError {
    match error {
        DraftError::Agent => GeneratorError::Nation("such agent, place or station"),
        DraftError::Offence => GeneratorError::Nation("offence that can be recorded"),
        DraftError::Instant(error) => GeneratorError::Instant(error),
    }
}
