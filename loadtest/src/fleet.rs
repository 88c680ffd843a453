//! The nation as a sender sees it: agents with their cards, stations, places, offences.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use cnt_contracts::mif::Corps;
use cnt_contracts::registry::{AgentQualityV1, CommuneV1, DateText, SnapshotV1};
use cnt_contracts::senders::{
    AgentSenderV1, AgentStanding, PlaceSenderV1, SendersV1, ServiceSenderV1, ServiceStanding,
};
use cnt_trust::issue::{AgentIdentity, CardUse, Hierarchy, Issued, KeyKind, doubles::Flaw};
use cnt_trust::{Algorithm, SoftwareSigner};
use jiff::civil::Date;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde::de::DeserializeOwned;

use crate::error::GeneratorError;
use crate::faults::Fault;
use crate::offences::Offences;

const DAY_SECONDS: i64 = 86_400;

/// A commune has joined so many days ago at most, if what was found before is to be sent within the limit of 90 days.
const JOINED_DAYS_MAX: i64 = 80;
/// Cards of each flaw that are made.
const FLAWED_MAX: usize = 8;

/// A place of a service's territory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) insee: String,
    pub(crate) name: String,
    pub(crate) postcode: String,
    /// First day covered, and first day no longer covered, where an amendment says so.
    pub(crate) joins: Option<Date>,
    pub(crate) leaves: Option<Date>,
}

impl Place {
    /// Whether offences of that day are covered by the convention.
    pub(crate) fn is_covered(&self, day: Date) -> bool {
        self.joins.is_none_or(|joins| joins <= day) && self.leaves.is_none_or(|leaves| day < leaves)
    }
}

/// A police service.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) code: String,
    pub(crate) siren: String,
    pub(crate) corps: Corps,
    pub(crate) seat: String,
    pub(crate) standing: ServiceStanding,
    pub(crate) places: Vec<Place>,
    pub(crate) stations: Vec<[u8; 32]>,
}

/// An agent with a card.
pub(crate) struct Agent {
    pub(crate) matricule: String,
    pub(crate) card: String,
    pub(crate) device: String,
    /// Index of the service.
    pub(crate) service: usize,
    pub(crate) quality: AgentQualityV1,
    pub(crate) signer: SoftwareSigner,
}

/// A card that is wrong, in the hands of a good agent.
pub(crate) struct WrongCard {
    /// Index of the agent among the good ones.
    pub(crate) agent: usize,
    /// Serial number to declare.
    pub(crate) serial: String,
    pub(crate) signer: SoftwareSigner,
}

/// Wrong cards by what is wrong with them.
#[derive(Default)]
pub(crate) struct WrongCards {
    pub(crate) rogue: Vec<WrongCard>,
    pub(crate) profile: Vec<WrongCard>,
    pub(crate) expired: Vec<WrongCard>,
    pub(crate) unregistered: Vec<WrongCard>,
}

/// Everybody who sends, loaded from a nation's directory. Keys stay in memory.
pub struct Fleet {
    pub(crate) start_s: i64,
    pub(crate) good: Vec<Agent>,
    /// The good ones who are no agents of surveillance, by index.
    pub(crate) officers: Vec<usize>,
    pub(crate) revoked: Vec<Agent>,
    /// Agents whose card is replaced, with the Unix second from which it is no longer good.
    replaced: Vec<(Agent, i64)>,
    pub(crate) departed: Vec<Agent>,
    /// Agents in good standing of services that may not send.
    pub(crate) barred: Vec<Agent>,
    pub(crate) services: Vec<Service>,
    pub(crate) offences: Offences,
    pub(crate) hierarchy: Hierarchy,
}

impl std::fmt::Debug for Fleet {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Fleet")
            .field("agents", &self.good.len())
            .field("services", &self.services.len())
            .finish_non_exhaustive()
    }
}

impl Fleet {
    /// Loads `snapshot.json`, `senders.json`, `pki/` and the cards of a nation's directory.
    ///
    /// # Errors
    /// When a file is missing or does not hold what it should, or when nobody can send.
    pub fn load(directory: &Path) -> Result<Self, GeneratorError> {
        let snapshot: SnapshotV1 = json(&directory.join("snapshot.json"))?;
        let senders: SendersV1 = json(&directory.join("senders.json"))?;
        let mut fleet = Self {
            start_s: senders.start_s,
            good: Vec::new(),
            officers: Vec::new(),
            revoked: Vec::new(),
            replaced: Vec::new(),
            departed: Vec::new(),
            barred: Vec::new(),
            services: services(&snapshot, &senders)?,
            offences: Offences::of(&snapshot),
            hierarchy: Hierarchy::load(&directory.join("pki"))?,
        };
        let by_code: HashMap<String, usize> = fleet
            .services
            .iter()
            .enumerate()
            .map(|(index, service)| (service.code.clone(), index))
            .collect();
        for sender in &senders.agents {
            let Some(service) = by_code.get(&sender.service) else {
                continue;
            };
            let agent = agent(directory, sender, *service)?;
            let standing = fleet.services.get(*service).map(|service| service.standing);
            let is_good = standing == Some(ServiceStanding::Good);
            match sender.standing {
                AgentStanding::Good if is_good => fleet.good.push(agent),
                AgentStanding::CardRevoked if is_good => fleet.revoked.push(agent),
                AgentStanding::CardReplaced if is_good => {
                    let ends_s = card_ends(&snapshot, &agent.card);
                    fleet.replaced.extend(ends_s.map(|ends_s| (agent, ends_s)));
                }
                AgentStanding::Departed if is_good => fleet.departed.push(agent),
                AgentStanding::Good => fleet.barred.push(agent),
                AgentStanding::CardRevoked
                | AgentStanding::CardReplaced
                | AgentStanding::Departed => {}
            }
        }
        let good = fleet.good.iter().enumerate();
        fleet.officers = good
            .filter(|(_, agent)| agent.quality != AgentQualityV1::Asvp)
            .map(|(index, _)| index)
            .collect();
        fleet.check()?;
        Ok(fleet)
    }

    /// Agents whose card was replaced between a day and twelve weeks before an instant, with the second of it: what it
    /// signed just before is within the transmission limit.
    pub(crate) fn replaced_lately(&self, now_s: i64) -> Vec<&(Agent, i64)> {
        let is_lately =
            |(_, ends_s): &&(Agent, i64)| (1..85).contains(&((now_s - ends_s) / DAY_SECONDS));
        self.replaced.iter().filter(is_lately).collect()
    }

    /// Agents in good standing of services that may not send, for a reason.
    pub(crate) fn barred(&self, standing: ServiceStanding) -> impl Iterator<Item = &Agent> {
        let is_of = move |agent: &&Agent| {
            let service = self.services.get(agent.service);
            service.is_some_and(|service| service.standing == standing)
        };
        self.barred.iter().filter(is_of)
    }

    /// The good agents of a quality, by index.
    pub(crate) fn of_quality(&self, quality: AgentQualityV1) -> Vec<usize> {
        let agents = self.good.iter().enumerate();
        agents
            .filter(|(_, agent)| agent.quality == quality)
            .map(|(index, _)| index)
            .collect()
    }

    /// Places that a fault needs, with their service: joined lately enough that what was found before could still be
    /// sent, or left already.
    pub(crate) fn amended(&self, fault: Fault, now_s: i64) -> Vec<(usize, &Place)> {
        let day_s = |day: Date| {
            let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            Some(midnight.timestamp().as_second())
        };
        let is_wanted = |place: &Place| match fault {
            Fault::BeforeAmendment => place.joins.and_then(day_s).is_some_and(|joins| {
                let earliest = (now_s - JOINED_DAYS_MAX * 86_400).max(self.start_s + 2 * 86_400);
                (earliest..now_s).contains(&joins)
            }),
            _ => place
                .leaves
                .and_then(day_s)
                .is_some_and(|leaves| leaves < now_s - 2 * 86_400),
        };
        self.services
            .iter()
            .enumerate()
            .filter(|(_, service)| service.standing == ServiceStanding::Good)
            .flat_map(|(index, service)| service.places.iter().map(move |place| (index, place)))
            .filter(|(_, place)| is_wanted(place))
            .collect()
    }

    fn check(&self) -> Result<(), GeneratorError> {
        if self.good.is_empty() {
            return Err(GeneratorError::Nation("agent in good standing"));
        }
        let complete =
            |service: &Service| !service.places.is_empty() && !service.stations.is_empty();
        if !self.services.iter().all(complete) {
            return Err(GeneratorError::Nation("place or station for a service"));
        }
        if !self.offences.are_enough() {
            return Err(GeneratorError::Nation("offence that can be recorded"));
        }
        Ok(())
    }

    /// Makes wrong cards for the first good agents, expired ones as of `now_s` (Unix seconds).
    pub(crate) fn wrong_cards(&self, now_s: i64) -> Result<WrongCards, GeneratorError> {
        let not_before = self.hierarchy.params().not_before;
        let mut cards = WrongCards::default();
        for (index, agent) in self.good.iter().enumerate().take(FLAWED_MAX) {
            let identity = AgentIdentity {
                card_number: agent.card.clone(),
                agent_number: agent.matricule.clone(),
                siren: self.siren_of(agent).to_owned(),
                organisation: "Collectivité".to_owned(),
                name: agent.matricule.clone(),
            };
            let flawed = |flaw, not_before| -> Result<WrongCard, GeneratorError> {
                let issued = self
                    .hierarchy
                    .issue_flawed_card(&identity, flaw, not_before)?;
                wrong(index, &identity, &issued)
            };
            cards.rogue.push(flawed(Flaw::RogueAuthority, not_before)?);
            cards.profile.push(flawed(Flaw::TwoUsages, not_before)?);
            cards
                .expired
                .push(flawed(Flaw::Expired, now_s - 4 * 3_600)?);
            let stranger = AgentIdentity {
                card_number: format!("{}X", agent.card),
                ..identity.clone()
            };
            let issued = self.hierarchy.issue_card(
                &stranger,
                CardUse::Signature,
                KeyKind::P256,
                not_before,
            )?;
            cards.unregistered.push(wrong(index, &stranger, &issued)?);
        }
        Ok(cards)
    }

    pub(crate) fn siren_of(&self, agent: &Agent) -> &str {
        self.services
            .get(agent.service)
            .map_or("", |service| &service.siren)
    }
}

fn wrong(
    agent: usize,
    identity: &AgentIdentity,
    issued: &Issued,
) -> Result<WrongCard, GeneratorError> {
    Ok(WrongCard {
        agent,
        serial: identity.card_number.clone(),
        signer: issued.signer()?,
    })
}

fn services(snapshot: &SnapshotV1, senders: &SendersV1) -> Result<Vec<Service>, GeneratorError> {
    let communes: HashMap<&str, &CommuneV1> = snapshot
        .communes
        .iter()
        .map(|commune| (commune.insee.as_str(), commune))
        .collect();
    let place = |sender: &PlaceSenderV1| {
        let commune = communes.get(sender.insee.as_str());
        let commune = commune.ok_or(GeneratorError::Nation("commune of a service's place"))?;
        Ok(Place {
            insee: commune.insee.clone(),
            name: commune.name.clone(),
            postcode: commune.postcode.clone(),
            joins: sender.joins.as_ref().map(day).transpose()?,
            leaves: sender.leaves.as_ref().map(day).transpose()?,
        })
    };
    let read = |service: &ServiceSenderV1| {
        let stations = senders.stations.iter();
        Ok(Service {
            code: service.code.clone(),
            siren: service.siren.clone(),
            corps: service.corps,
            seat: service.seat.clone(),
            standing: service.standing,
            places: service
                .places
                .iter()
                .map(place)
                .collect::<Result<_, GeneratorError>>()?,
            stations: stations
                .filter(|station| station.siren == service.siren)
                .map(|station| station.fingerprint.0)
                .collect(),
        })
    };
    senders.services.iter().map(read).collect()
}

fn day(text: &DateText) -> Result<Date, GeneratorError> {
    Ok(text.0.parse()?)
}

/// From when a card is revoked, Unix seconds.
fn card_ends(snapshot: &SnapshotV1, serial: &str) -> Option<i64> {
    let card = snapshot.cards.iter().find(|card| card.serial == serial)?;
    Some(card.revocation.as_ref()?.effective_at_s)
}

fn agent(
    directory: &Path,
    sender: &AgentSenderV1,
    service: usize,
) -> Result<Agent, GeneratorError> {
    let pem = |name: &str| {
        let path = directory.join(name);
        fs::read(&path).map_err(|source| GeneratorError::File { path, source })
    };
    let wrong = |name: &str| GeneratorError::Pem {
        path: directory.join(name),
    };
    let certificate = CertificateDer::from_pem_slice(&pem(&sender.certificate)?)
        .map_err(|_| wrong(&sender.certificate))?;
    let key =
        PrivatePkcs8KeyDer::from_pem_slice(&pem(&sender.key)?).map_err(|_| wrong(&sender.key))?;
    let signer = |algorithm| {
        let chain = vec![certificate.to_vec()];
        SoftwareSigner::from_pkcs8(algorithm, key.secret_pkcs8_der(), chain)
    };
    // A card has a key of one kind or the other.
    let signer = signer(Algorithm::Es256).or_else(|_| signer(Algorithm::Rs256))?;
    Ok(Agent {
        matricule: sender.matricule.clone(),
        card: sender.card.clone(),
        device: sender.device.clone(),
        service,
        quality: sender.quality,
        signer,
    })
}

pub(crate) fn json<T: DeserializeOwned>(path: &Path) -> Result<T, GeneratorError> {
    let bytes = fs::read(path).map_err(|source| GeneratorError::File {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| GeneratorError::Json {
        path: path.to_owned(),
        source,
    })
}
