//! Making a nation.

use cnt_contracts::law::LawV1;
use cnt_contracts::registry::{
    CardV1, CommuneV1, DeviceV1, HabilitationV1, ReasonV1, RevocationV1, ServiceV1, SnapshotV1,
    StationV1, TerritoryV1,
};
use cnt_contracts::senders::AgentStanding;
use cnt_domain::civil::paris;
use cnt_trust::issue::{Hierarchy, HierarchyParams, IssueError, KeyKind};
use cnt_trust::pkcs11::TokenAccess;
use jiff::civil::{Date, date};
use rayon::prelude::*;

use super::agreements::{collectivity, period};
use super::cards::{self, Holder};
use super::cast::assemble;
use super::places::Choice;
use super::plan::Plan;
use super::{Competence, Nation, NationError, NationParams, NationSecrets};
use crate::reference;

const DAY_SECONDS: i64 = 86_400;
/// Replaced cards are good for so many days after the nation's start.
const CARD_REPLACED_AFTER_DAYS: i64 = 60;
/// Communes exist, and are policed, since long before the nation's start, so that old offences have a place.
const PLACES_SINCE: Date = date(2015, 1, 1);

impl Nation {
    /// Makes a nation: about 0.3 s for fifty collectivities of five agents.
    ///
    /// # Errors
    /// See [`NationError`].
    pub fn build(params: &NationParams) -> Result<Self, NationError> {
        Self::build_with_cards(params, KeyKind::P256)
    }

    /// As [`Nation::build`], with cards of this kind. RSA keys are random, and take 0.1 s each.
    ///
    /// # Errors
    /// See [`NationError`].
    pub fn build_with_cards(params: &NationParams, key: KeyKind) -> Result<Self, NationError> {
        Self::build_by(params, key, Hierarchy::generate)
    }

    /// As [`Nation::build`], with the authorities' keys on a token.
    ///
    /// # Errors
    /// See [`NationError`]; when the token holds such keys already.
    pub fn build_on_token(
        params: &NationParams,
        access: &TokenAccess,
    ) -> Result<Self, NationError> {
        Self::build_by(params, KeyKind::P256, |params| {
            Hierarchy::generate_on_token(params, access)
        })
    }

    fn build_by(
        params: &NationParams,
        key: KeyKind,
        authorities: impl FnOnce(HierarchyParams) -> Result<Hierarchy, IssueError>,
    ) -> Result<Self, NationError> {
        let communes = reference::communes()?;
        let competence = Competence::new(&reference::courts()?, &communes);
        let choice = Choice::new(params.seed, &communes, |commune| {
            competence.omp_of(commune).is_some()
        });
        let members = assemble(choice, params.collectivities, params.start)?;
        let plan = Plan::new(members, params.agents_per_collectivity);
        let start_s = start_second(params.start)?;
        let not_before = start_s - DAY_SECONDS;
        let hierarchy = authorities(HierarchyParams::from_number(params.seed, not_before))?;
        let cards: Vec<Holder> = plan
            .agents
            .par_iter()
            .map(|agent| cards::card(&hierarchy, &agent.identity, key, not_before))
            .collect::<Result<_, _>>()?;
        let stations: Vec<Holder> = plan
            .stations
            .par_iter()
            .map(|station| cards::station(&hierarchy, station, not_before))
            .collect::<Result<_, _>>()?;
        let seals: Vec<Holder> = plan
            .stations
            .par_iter()
            .map(|station| cards::seal(&hierarchy, station, not_before))
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
            natinf_graver: Vec::new(),
            law: LawV1::default(),
        };
        put_places(&mut snapshot, &plan, params, &competence)?;
        put_people(&mut snapshot, &plan, params.start, start_s, &cards);
        put_stations(&mut snapshot, &plan, params.start, &stations, &seals);
        let senders = plan.senders(start_s, &stations);
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
                seals: credentials(seals),
            },
        })
    }
}

/// The first instant of the nation.
fn start_second(start: Date) -> Result<i64, NationError> {
    let instant = start.to_zoned(paris());
    Ok(instant
        .map_err(|source| NationError::Start { start, source })?
        .timestamp()
        .as_second())
}

fn put_places(
    snapshot: &mut SnapshotV1,
    plan: &Plan<'_>,
    params: &NationParams,
    competence: &Competence,
) -> Result<(), NationError> {
    for (index, planned) in plan.services.iter().enumerate() {
        let member = &planned.member;
        snapshot
            .collectivities
            .push(collectivity(params.seed, index, member, params.start)?);
        let communes = member.places.iter().map(|place| place.commune);
        snapshot.services.push(ServiceV1 {
            code: planned.code.clone(),
            siren: member.siren.clone(),
            label: member.label.clone(),
            territory: communes
                .clone()
                .map(|commune| TerritoryV1 {
                    insee: commune.insee.as_str().to_owned(),
                    period: period(PLACES_SINCE, None),
                })
                .collect(),
        });
        snapshot.communes.extend(communes.map(|commune| CommuneV1 {
            insee: commune.insee.as_str().to_owned(),
            name: commune.name.clone(),
            postcode: commune.postcode.clone().unwrap_or_default(),
            period: period(PLACES_SINCE, None),
            omp: competence.omp_of(commune).unwrap_or_default().to_owned(),
            dated_omps: Vec::new(),
        }));
    }
    Ok(())
}

fn put_people(
    snapshot: &mut SnapshotV1,
    plan: &Plan<'_>,
    start: Date,
    start_s: i64,
    cards: &[Holder],
) {
    for (agent, card) in plan.agents.iter().zip(cards) {
        let last_day = (agent.standing == AgentStanding::Departed).then_some(start);
        snapshot.habilitations.push(HabilitationV1 {
            service: agent.service.clone(),
            matricule: agent.identity.agent_number.clone(),
            quality: agent.quality,
            period: period(start, last_day),
        });
        let revocation = match agent.standing {
            AgentStanding::CardRevoked => Some((start_s, ReasonV1::Theft)),
            AgentStanding::CardReplaced => Some((
                start_s + CARD_REPLACED_AFTER_DAYS * DAY_SECONDS,
                ReasonV1::Superseded,
            )),
            AgentStanding::Good | AgentStanding::Departed => None,
        };
        snapshot.cards.push(CardV1 {
            serial: agent.identity.card_number.clone(),
            siren: agent.identity.siren.clone(),
            matricule: agent.identity.agent_number.clone(),
            certificate: card.fingerprint,
            signature_number: Some(card.serial.to_string()),
            authentication_number: None,
            revocation: revocation.map(|(effective_at_s, reason)| RevocationV1 {
                effective_at_s,
                reason,
            }),
        });
        snapshot.devices.push(DeviceV1 {
            serial: agent.device.clone(),
            siren: agent.identity.siren.clone(),
            period: period(start, None),
        });
    }
}

fn put_stations(
    snapshot: &mut SnapshotV1,
    plan: &Plan<'_>,
    start: Date,
    stations: &[Holder],
    seals: &[Holder],
) {
    let issued = plan.stations.iter().zip(stations).zip(seals);
    snapshot
        .stations
        .extend(issued.map(|((station, holder), seal)| StationV1 {
            fingerprint: holder.fingerprint,
            connection_number: Some(holder.serial.to_string()),
            seal_number: Some(seal.serial.to_string()),
            cut_at_s: None,
            siren: station.siren.clone(),
            name: station.number.clone(),
            period: period(start, None),
        }));
}
