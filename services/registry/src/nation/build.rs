//! Making a nation.

use cnt_contracts::registry::{
    CardV1, CollectivityV1, CommuneV1, DateText, DeviceV1, HabilitationV1, PeriodV1, ReasonV1,
    RevocationV1, ServiceV1, SnapshotV1, StationV1, TerritoryV1,
};
use cnt_contracts::senders::{
    AgentSenderV1, AgentStanding, SendersV1, ServiceSenderV1, StationSenderV1,
};
use cnt_domain::civil::paris;
use cnt_trust::issue::{AgentIdentity, Hierarchy, HierarchyParams, StationIdentity};
use jiff::civil::Date;
use rayon::prelude::*;

use super::cards::{self, Holder};
use super::places::{Territory, of_place, territories};
use super::{Competence, Nation, NationError, NationParams, NationSecrets};
use crate::reference;

const DAY_SECONDS: i64 = 86_400;
/// Communes and territories hold since long before the nation's start, so that old offences have a place.
const PLACES_SINCE: &str = "2015-01-01";

struct AgentPlan {
    identity: AgentIdentity,
    service: String,
    device: String,
    standing: AgentStanding,
}

struct StationPlan {
    identity: StationIdentity,
    name: String,
}

struct Plan<'a> {
    territories: Vec<(String, Territory<'a>)>,
    agents: Vec<AgentPlan>,
    stations: Vec<StationPlan>,
}

impl Nation {
    /// Makes a nation. Twelve collectivities take milliseconds, 2,000 agents about a second on two cores.
    ///
    /// # Errors
    /// See [`NationError`].
    pub fn build(params: &NationParams) -> Result<Self, NationError> {
        let communes = reference::communes()?;
        let competence = Competence::new(&reference::courts()?, &communes);
        let chosen = territories(params.seed, params.collectivities, &communes, |commune| {
            competence.omp_of(commune).is_some()
        })?;
        let plan = plan(params, chosen);
        let start_s = params
            .start
            .to_zoned(paris())
            .map_err(|source| NationError::Start {
                start: params.start,
                source,
            })?
            .timestamp()
            .as_second();
        let not_before = start_s - DAY_SECONDS;
        let hierarchy = Hierarchy::generate(HierarchyParams::from_number(params.seed, not_before))?;
        let cards: Vec<Holder> = plan
            .agents
            .par_iter()
            .map(|agent| cards::card(&hierarchy, &agent.identity, not_before))
            .collect::<Result<_, _>>()?;
        let stations: Vec<Holder> = plan
            .stations
            .par_iter()
            .map(|station| cards::station(&hierarchy, &station.identity, not_before))
            .collect::<Result<_, _>>()?;
        let revoked: Vec<_> = plan
            .agents
            .iter()
            .zip(&cards)
            .filter(|(agent, _)| agent.standing == AgentStanding::CardRevoked)
            .map(|(_, card)| card.serial)
            .collect();
        let mut snapshot = SnapshotV1 {
            version: 1,
            anchors: cards::anchors(&hierarchy, &revoked, start_s)?,
            collectivities: Vec::new(),
            services: Vec::new(),
            habilitations: Vec::new(),
            cards: Vec::new(),
            devices: Vec::new(),
            stations: Vec::new(),
            communes: Vec::new(),
            omps: competence.omps(),
            natinf: reference::natinf()?,
        };
        put_places(&mut snapshot, &plan, params.start, &competence);
        put_people(&mut snapshot, &plan, params.start, start_s, &cards);
        put_stations(&mut snapshot, &plan, params.start, &stations);
        let senders = senders(&plan, start_s, &stations);
        let credentials = |holders: Vec<Holder>| {
            holders
                .into_iter()
                .map(|holder| holder.credential)
                .collect()
        };
        Ok(Self {
            snapshot,
            secrets: NationSecrets {
                hierarchy,
                senders,
                cards: credentials(cards),
                stations: credentials(stations),
            },
        })
    }
}

fn plan<'a>(params: &NationParams, chosen: Vec<Territory<'a>>) -> Plan<'a> {
    let mut plan = Plan {
        territories: Vec::new(),
        agents: Vec::new(),
        stations: Vec::new(),
    };
    for (index, territory) in chosen.into_iter().enumerate() {
        let siren = siren_of(&territory);
        let service = service_code(&territory, index);
        let organisation = format!("Commune {}", of_place(&territory.seat.name));
        let extra = match index % 3 {
            0 => Some(AgentStanding::CardRevoked),
            1 => Some(AgentStanding::Departed),
            _ => None,
        };
        let good = std::iter::repeat_n(AgentStanding::Good, params.agents_per_collectivity);
        for standing in good.chain(extra) {
            let number = u32::try_from(plan.agents.len() + 1).unwrap_or(u32::MAX);
            plan.agents.push(AgentPlan {
                identity: AgentIdentity::simulated(number, &siren, &organisation),
                service: service.clone(),
                device: format!("TVE-{number:06}"),
                standing,
            });
        }
        // The first has two, so that a collectivity with several stations is always there.
        for rank in 1..=if index == 0 { 2 } else { 1 } {
            let number = format!("STA-{siren}-{rank}");
            plan.stations.push(StationPlan {
                identity: StationIdentity {
                    number: number.clone(),
                    siren: siren.clone(),
                    organisation: organisation.clone(),
                },
                name: number,
            });
        }
        plan.territories.push((service, territory));
    }
    plan
}

fn siren_of(territory: &Territory<'_>) -> String {
    let siren = territory.seat.siren.as_ref();
    siren.map_or_else(String::new, |siren| siren.as_str().to_owned())
}

/// Two digits of the département (Corsica counts as 20, overseas as 97), `PM`, a number.
fn service_code(territory: &Territory<'_>, index: usize) -> String {
    let departement = match territory.seat.departement.as_str() {
        "2A" | "2B" => "20",
        other => other.get(..2).unwrap_or("00"),
    };
    format!("{departement}PM{:04}", index + 1)
}

fn since(day: &str) -> PeriodV1 {
    PeriodV1 {
        from: DateText(day.to_owned()),
        to: None,
    }
}

fn put_places(snapshot: &mut SnapshotV1, plan: &Plan<'_>, start: Date, competence: &Competence) {
    let started = since(&start.to_string());
    for (service, territory) in &plan.territories {
        let siren = siren_of(territory);
        snapshot.collectivities.push(CollectivityV1 {
            siren: siren.clone(),
            name: format!("Commune {}", of_place(&territory.seat.name)),
            convention: Some(started.clone()),
            suspensions: Vec::new(),
        });
        snapshot.services.push(ServiceV1 {
            code: service.clone(),
            siren,
            label: format!("Police municipale {}", of_place(&territory.seat.name)),
            territory: territory
                .communes()
                .map(|commune| TerritoryV1 {
                    insee: commune.insee.as_str().to_owned(),
                    period: since(PLACES_SINCE),
                })
                .collect(),
        });
        snapshot
            .communes
            .extend(territory.communes().map(|commune| CommuneV1 {
                insee: commune.insee.as_str().to_owned(),
                name: commune.name.clone(),
                postcode: commune.postcode.clone().unwrap_or_default(),
                period: since(PLACES_SINCE),
                omp: competence.omp_of(commune).unwrap_or_default().to_owned(),
            }));
    }
}

fn put_people(
    snapshot: &mut SnapshotV1,
    plan: &Plan<'_>,
    start: Date,
    start_s: i64,
    cards: &[Holder],
) {
    let started = since(&start.to_string());
    for (agent, card) in plan.agents.iter().zip(cards) {
        let mut habilitation = started.clone();
        if agent.standing == AgentStanding::Departed {
            habilitation.to = Some(habilitation.from.clone());
        }
        snapshot.habilitations.push(HabilitationV1 {
            service: agent.service.clone(),
            matricule: agent.identity.agent_number.clone(),
            period: habilitation,
        });
        let revocation = (agent.standing == AgentStanding::CardRevoked).then_some(RevocationV1 {
            effective_at_s: start_s,
            reason: ReasonV1::Theft,
        });
        snapshot.cards.push(CardV1 {
            serial: agent.identity.card_number.clone(),
            siren: agent.identity.siren.clone(),
            matricule: agent.identity.agent_number.clone(),
            certificate: card.fingerprint,
            revocation,
        });
        snapshot.devices.push(DeviceV1 {
            serial: agent.device.clone(),
            siren: agent.identity.siren.clone(),
            period: started.clone(),
        });
    }
}

fn put_stations(snapshot: &mut SnapshotV1, plan: &Plan<'_>, start: Date, stations: &[Holder]) {
    let issued = plan.stations.iter().zip(stations);
    snapshot
        .stations
        .extend(issued.map(|(station, holder)| StationV1 {
            fingerprint: holder.fingerprint,
            siren: station.identity.siren.clone(),
            name: station.name.clone(),
            period: since(&start.to_string()),
        }));
}

fn senders(plan: &Plan<'_>, start_s: i64, stations: &[Holder]) -> SendersV1 {
    let agents = plan.agents.iter().map(|agent| AgentSenderV1 {
        siren: agent.identity.siren.clone(),
        service: agent.service.clone(),
        matricule: agent.identity.agent_number.clone(),
        card: agent.identity.card_number.clone(),
        device: agent.device.clone(),
        standing: agent.standing,
        certificate: format!("cards/{}.crt.pem", agent.identity.card_number),
        key: format!("cards/{}.key.pem", agent.identity.card_number),
    });
    let issued = plan.stations.iter().zip(stations);
    let stations = issued.map(|(station, holder)| StationSenderV1 {
        siren: station.identity.siren.clone(),
        name: station.name.clone(),
        fingerprint: holder.fingerprint,
        certificate: format!("stations/{}.crt.pem", station.name),
        key: format!("stations/{}.key.pem", station.name),
    });
    let services = plan
        .territories
        .iter()
        .map(|(code, territory)| ServiceSenderV1 {
            siren: siren_of(territory),
            code: code.clone(),
            seat: territory.seat.insee.as_str().to_owned(),
            communes: territory
                .communes()
                .map(|commune| commune.insee.as_str().to_owned())
                .collect(),
        });
    SendersV1 {
        version: 1,
        start_s,
        agents: agents.collect(),
        stations: stations.collect(),
        services: services.collect(),
    }
}
