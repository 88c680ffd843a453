//! What is made for each collectivity: its service's code, agents with their cards and devices, stations.

use cnt_contracts::mif::Corps;
use cnt_contracts::registry::{AgentQualityV1, DateText};
use cnt_contracts::senders::{
    AgentSenderV1, AgentStanding, PlaceSenderV1, SendersV1, ServiceSenderV1, StationSenderV1,
};
use cnt_trust::issue::{AgentIdentity, StationIdentity};

use super::cards::Holder;
use super::cast::Member;

/// An agent to be given a card.
pub(super) struct AgentPlan {
    pub(super) identity: AgentIdentity,
    pub(super) service: String,
    pub(super) device: String,
    pub(super) quality: AgentQualityV1,
    pub(super) standing: AgentStanding,
}

/// A collectivity with the code of its service.
pub(super) struct ServicePlan<'a> {
    pub(super) code: String,
    pub(super) member: Member<'a>,
}

/// Everything that is made.
pub(super) struct Plan<'a> {
    pub(super) services: Vec<ServicePlan<'a>>,
    pub(super) agents: Vec<AgentPlan>,
    pub(super) stations: Vec<StationIdentity>,
}

impl<'a> Plan<'a> {
    /// Plans for so many agents in good standing of each collectivity.
    pub(super) fn new(members: Vec<Member<'a>>, agents_each: usize) -> Self {
        let mut plan = Self {
            services: Vec::with_capacity(members.len()),
            agents: Vec::new(),
            stations: Vec::new(),
        };
        for (index, member) in members.into_iter().enumerate() {
            let code = service_code(&member, index);
            plan.add_agents(&member, &code, index, agents_each);
            // The first has two, so that a collectivity with several stations is always there.
            for rank in 1..=if index == 0 { 2 } else { 1 } {
                plan.stations.push(StationIdentity {
                    number: format!("STA-{}-{rank}", member.siren),
                    siren: member.siren.clone(),
                    organisation: member.name.clone(),
                });
            }
            plan.services.push(ServicePlan { code, member });
        }
        plan
    }

    /// Each collectivity has one agent more: in one of three their card is revoked, in another they have left, in the
    /// last their card is replaced after a time.
    fn add_agents(&mut self, member: &Member<'_>, code: &str, index: usize, agents_each: usize) {
        let extra = match index % 3 {
            0 => AgentStanding::CardRevoked,
            1 => AgentStanding::Departed,
            _ => AgentStanding::CardReplaced,
        };
        let good = std::iter::repeat_n(AgentStanding::Good, agents_each);
        for (rank, standing) in good.chain([extra]).enumerate() {
            let number = u32::try_from(self.agents.len() + 1).unwrap_or(u32::MAX);
            self.agents.push(AgentPlan {
                identity: AgentIdentity::simulated(number, &member.siren, &member.name),
                service: code.to_owned(),
                device: format!("TVE-{number:06}"),
                quality: quality(member, rank),
                standing,
            });
        }
    }

    /// Who sends, for the load generator.
    pub(super) fn senders(&self, start_s: i64, stations: &[Holder]) -> SendersV1 {
        let agents = self.agents.iter().map(|agent| AgentSenderV1 {
            siren: agent.identity.siren.clone(),
            service: agent.service.clone(),
            matricule: agent.identity.agent_number.clone(),
            card: agent.identity.card_number.clone(),
            device: agent.device.clone(),
            quality: agent.quality,
            standing: agent.standing,
            certificate: format!("cards/{}.crt.pem", agent.identity.card_number),
            key: format!("cards/{}.key.pem", agent.identity.card_number),
        });
        let issued = self.stations.iter().zip(stations);
        let stations = issued.map(|(station, holder)| StationSenderV1 {
            siren: station.siren.clone(),
            name: station.number.clone(),
            fingerprint: holder.fingerprint,
            certificate: format!("stations/{}.crt.pem", station.number),
            key: format!("stations/{}.key.pem", station.number),
        });
        SendersV1 {
            version: 1,
            start_s,
            agents: agents.collect(),
            stations: stations.collect(),
            services: self.services.iter().map(service_sender).collect(),
        }
    }
}

fn service_sender(planned: &ServicePlan<'_>) -> ServiceSenderV1 {
    let member = &planned.member;
    let day = |day: jiff::civil::Date| DateText(day.to_string());
    ServiceSenderV1 {
        siren: member.siren.clone(),
        code: planned.code.clone(),
        corps: member.corps,
        seat: seat(member).to_owned(),
        standing: member.standing,
        places: member
            .places
            .iter()
            .map(|place| PlaceSenderV1 {
                insee: place.commune.insee.as_str().to_owned(),
                joins: place.joins.map(day),
                leaves: place.leaves.map(day),
            })
            .collect(),
    }
}

fn seat<'a>(member: &Member<'a>) -> &'a str {
    member.seat().map_or("", |seat| seat.insee.as_str())
}

/// Two digits of the département (Corsica counts as 20, overseas as 97), the corps, a number.
fn service_code(member: &Member<'_>, index: usize) -> String {
    let departement = member.seat().map_or("00", |seat| &seat.departement);
    let departement = match departement {
        "2A" | "2B" => "20",
        other => other.get(..2).unwrap_or("00"),
    };
    let number = index + 1;
    match member.corps {
        Corps::Pm => format!("{departement}PM{number:04}"),
        Corps::Gc => format!("{departement}GC{number:04}"),
        Corps::Asvp => format!("{departement}SV{number:04}"),
    }
}

/// A police municipale of several communes has a garde champêtre, and each has an agent of surveillance.
fn quality(member: &Member<'_>, rank: usize) -> AgentQualityV1 {
    match member.corps {
        Corps::Gc => AgentQualityV1::GardeChampetre,
        Corps::Asvp => AgentQualityV1::Asvp,
        Corps::Pm => match rank % 5 {
            3 => AgentQualityV1::Asvp,
            4 if member.places.len() > 1 => AgentQualityV1::GardeChampetre,
            _ => AgentQualityV1::PoliceMunicipale,
        },
    }
}
