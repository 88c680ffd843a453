//! Making a good draft wrong in one way.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cnt_contracts::registry::AgentQualityV1;
use cnt_contracts::senders::ServiceStanding;
use cnt_trust::{MessageSigner, sha256, sign_compact};

use super::content::{OF_DOG_OWNERS, OF_DRIVERS, OF_THE_DRIVER_ALONE};
use super::{Generator, draft_error, sign};
use crate::draft::Draft;
use crate::error::GeneratorError;
use crate::faults::Fault;
use crate::fleet::{Agent, Fleet, WrongCard};
use crate::offences::{SPEEDING_BELOW_20, Scene};
use crate::random::Draw;

const DAY_SECONDS: i64 = 86_400;
/// Late enough to be warned, after 30 days.
const LATE_DAYS: i64 = 45;
/// Beyond the transmission limit of 90 days.
const TOO_LATE_DAYS: i64 = 95;
/// Beyond the prescription of a year (CPP 9).
const PRESCRIBED_DAYS: i64 = 400;

/// The faults that a nation and an instant allow.
pub(super) fn possible(fleet: &Fleet, now_s: i64) -> Vec<Fault> {
    let has_two = fleet.services.len() >= 2;
    let age_days = (now_s - fleet.start_s) / DAY_SECONDS;
    let is_recorded_by_pm = |code: u32| {
        let officers = fleet.of_quality(AgentQualityV1::PoliceMunicipale);
        fleet.offences.known.contains(&code) && !officers.is_empty()
    };
    let allowed = |fault: &Fault| match fault {
        Fault::RevokedCard => !fleet.revoked.is_empty() && age_days >= 1,
        Fault::ReplacedCard => !fleet.replaced_lately(now_s).is_empty(),
        Fault::DepartedAgent => !fleet.departed.is_empty() && age_days >= 2,
        Fault::NoAntaiConvention | Fault::LapsedConvention | Fault::SuspendedCollectivity => {
            standing_of(*fault).is_some_and(|standing| fleet.barred(standing).next().is_some())
        }
        Fault::BeforeAmendment | Fault::AfterLeaving => !fleet.amended(*fault, now_s).is_empty(),
        Fault::OtherAgent => fleet.good.len() >= 2,
        Fault::OtherStation | Fault::OtherService | Fault::OutsideTerritory => has_two,
        Fault::EndedNatInf => !fleet.offences.ended.is_empty(),
        Fault::OrdinaryNatInf => !fleet.offences.ordinary.is_empty(),
        Fault::GraverNatInf => !fleet.offences.graver.is_empty(),
        Fault::UnsupportedNatInf => !fleet.offences.unsupported.is_empty(),
        Fault::WithOrdinary => !fleet.offences.ordinary.is_empty(),
        Fault::OutsideQuality => !fleet.of_quality(AgentQualityV1::Asvp).is_empty(),
        Fault::NobodyMet => !fleet.offences.codes(Scene::Pedestrian).is_empty(),
        Fault::NoSpeed | Fault::OtherSpeed => fleet.offences.known.contains(&SPEEDING_BELOW_20),
        // Older than that, it would be time-barred as well.
        Fault::BeforeCard => age_days < 350,
        Fault::SentLate => age_days > LATE_DAYS + 2,
        Fault::NoLicence | Fault::OddLicence => is_recorded_by_pm(OF_DRIVERS),
        Fault::NobodyStopped => is_recorded_by_pm(OF_THE_DRIVER_ALONE),
        Fault::UnverifiedNatInf => is_recorded_by_pm(OF_DOG_OWNERS),
        // Before that, the card was not valid either, and the code could be another.
        Fault::SentTooLate => age_days > TOO_LATE_DAYS,
        _ => true,
    };
    Fault::ALL.iter().copied().filter(allowed).collect()
}

/// What is wrong with the collectivity of an agent with this fault.
fn standing_of(fault: Fault) -> Option<ServiceStanding> {
    match fault {
        Fault::NoAntaiConvention => Some(ServiceStanding::NoAntaiConvention),
        Fault::LapsedConvention => Some(ServiceStanding::ConventionLapsed),
        Fault::SuspendedCollectivity => Some(ServiceStanding::Suspended),
        _ => None,
    }
}

impl Generator {
    pub(super) fn bad(
        &self,
        index: u64,
        fault: Fault,
        of: Option<u64>,
    ) -> Result<(Draft, String), GeneratorError> {
        match fault {
            Fault::RogueCard => self.with_wrong_card(index, &self.wrong_cards.rogue),
            Fault::WrongProfile => self.with_wrong_card(index, &self.wrong_cards.profile),
            Fault::ExpiredCard => self.with_wrong_card(index, &self.wrong_cards.expired),
            Fault::UnregisteredCard => self.with_wrong_card(index, &self.wrong_cards.unregistered),
            Fault::RevokedCard => self.of_other(index, &self.drafter.fleet.revoked),
            Fault::ReplacedCard => self.with_replaced_card(index),
            Fault::DepartedAgent => self.of_other(index, &self.drafter.fleet.departed),
            Fault::NoAntaiConvention | Fault::LapsedConvention | Fault::SuspendedCollectivity => {
                self.of_barred(index, fault)
            }
            Fault::BeforeAmendment | Fault::AfterLeaving => self.at_amended_place(index, fault),
            _ => self.with_changed_draft(index, fault, of),
        }
    }

    fn with_wrong_card(
        &self,
        index: u64,
        cards: &[WrongCard],
    ) -> Result<(Draft, String), GeneratorError> {
        let drawn = Draw::new(self.drafter.seed, "wrong-card", index).below(cards.len());
        let card = cards
            .get(drawn)
            .ok_or(GeneratorError::Nation("wrong card"))?;
        let mut draft = self.draft(index, card.agent)?;
        draft.mif.agent.carte.numero_serie = card.serial.clone().into();
        let compact = sign(&draft, &card.signer)?;
        Ok((draft, compact))
    }

    fn of_other(&self, index: u64, agents: &[Agent]) -> Result<(Draft, String), GeneratorError> {
        let drawn = Draw::new(self.drafter.seed, "other", index).below(agents.len());
        let agent = agents.get(drawn);
        self.of_agent(index, agent.ok_or(GeneratorError::Nation("such agent"))?)
    }

    /// What was signed an hour before the card was replaced.
    fn with_replaced_card(&self, index: u64) -> Result<(Draft, String), GeneratorError> {
        let replaced = self.drafter.fleet.replaced_lately(self.drafter.now_s);
        let drawn = Draw::new(self.drafter.seed, "other", index).below(replaced.len());
        let (agent, ends_s) = replaced
            .get(drawn)
            .ok_or(GeneratorError::Nation("agent with a replaced card"))?;
        let mut draw = Draw::new(self.drafter.seed, "payload", index);
        let drawn = self.drafter.draft_of(index, 0, agent, &mut draw);
        let mut draft = drawn.map_err(draft_error)?;
        self.sign_at(&mut draft, ends_s - 3_600)?;
        let compact = sign(&draft, &agent.signer)?;
        Ok((draft, compact))
    }

    /// Moves a draft in time, offence included.
    fn sign_at(&self, draft: &mut Draft, iat: i64) -> Result<(), GeneratorError> {
        let length = draft.iat - draft.offence_s;
        draft.iat = iat;
        draft.offence_s = draft.iat - length;
        // Where no amendment has changed anything since.
        draft.mif.lieu.insee_commune = draft.mif.service.insee_rattachement.clone();
        self.write_times(draft)
    }

    fn of_barred(&self, index: u64, fault: Fault) -> Result<(Draft, String), GeneratorError> {
        let none = GeneratorError::Nation("agent of such a collectivity");
        let Some(standing) = standing_of(fault) else {
            return Err(none);
        };
        let agents: Vec<&Agent> = self.drafter.fleet.barred(standing).collect();
        let drawn = Draw::new(self.drafter.seed, "other", index).below(agents.len());
        self.of_agent(index, agents.get(drawn).ok_or(none)?)
    }

    /// What an agent sends from a commune that an amendment does not cover yet, or no longer.
    fn at_amended_place(
        &self,
        index: u64,
        fault: Fault,
    ) -> Result<(Draft, String), GeneratorError> {
        let none = || GeneratorError::Nation("commune that an amendment adds or removes");
        let amended = self.drafter.fleet.amended(fault, self.drafter.now_s);
        let mut draw = Draw::new(self.drafter.seed, "amended", index);
        let (service, place) = *amended.get(draw.below(amended.len())).ok_or_else(none)?;
        let good = self.drafter.fleet.good.iter().enumerate();
        let agents: Vec<usize> = good
            .filter(|(_, agent)| agent.service == service)
            .map(|(agent, _)| agent)
            .collect();
        let agent = *agents.get(draw.below(agents.len())).ok_or_else(none)?;
        let mut draft = self.draft(index, agent)?;
        draft.mif.lieu.insee_commune = place.insee.clone().into();
        if let (Fault::BeforeAmendment, Some(joins)) = (fault, place.joins) {
            // On the eve of the amendment; signed some minutes later.
            let midnight = joins.to_zoned(self.drafter.paris.clone())?.timestamp();
            draft.offence_s = midnight.as_second() - draw.between(2 * 3_600, 20 * 3_600);
            draft.iat = draft.offence_s + 600;
            self.write_times(&mut draft)?;
        }
        let compact = self.sign(&draft)?;
        Ok((draft, compact))
    }

    fn of_agent(&self, index: u64, agent: &Agent) -> Result<(Draft, String), GeneratorError> {
        let mut draw = Draw::new(self.drafter.seed, "payload", index);
        let draft = self
            .drafter
            .draft_of(index, 0, agent, &mut draw)
            .map_err(draft_error)?;
        let compact = sign(&draft, &agent.signer)?;
        Ok((draft, compact))
    }

    fn agent_of_quality(
        &self,
        index: u64,
        quality: AgentQualityV1,
    ) -> Result<usize, GeneratorError> {
        let agents = self.drafter.fleet.of_quality(quality);
        let drawn = Draw::new(self.drafter.seed, "agent", index).below(agents.len());
        let agent = agents.get(drawn).copied();
        agent.ok_or(GeneratorError::Nation("agent of such a quality"))
    }

    fn with_changed_draft(
        &self,
        index: u64,
        fault: Fault,
        of: Option<u64>,
    ) -> Result<(Draft, String), GeneratorError> {
        let agent = match fault {
            Fault::OutsideQuality => self.agent_of_quality(index, AgentQualityV1::Asvp)?,
            Fault::NoLicence
            | Fault::OddLicence
            | Fault::NobodyStopped
            | Fault::UnverifiedNatInf => {
                self.agent_of_quality(index, AgentQualityV1::PoliceMunicipale)?
            }
            _ => self.drafter.agent_of(of.unwrap_or(index)),
        };
        let mut draft = self.draft(index, agent)?;
        self.change(&mut draft, fault, index, of)?;
        let signer = self.signer_of(&draft)?;
        let payload = serde_json::to_vec(&draft.mif)?;
        let compact = match fault {
            Fault::BrokenJson => {
                let half = payload.get(..payload.len() / 2).unwrap_or_default();
                sign_compact(half, draft.iat, signer)?
            }
            Fault::UnknownMember => {
                let open = payload.get(1..).unwrap_or_default();
                let payload = [br#"{"entete_bis":true,"#.as_slice(), open].concat();
                sign_compact(&payload, draft.iat, signer)?
            }
            Fault::TwoParts => {
                let whole = sign_compact(&payload, draft.iat, signer)?;
                whole
                    .rsplit_once('.')
                    .map(|(start, _)| start.to_owned())
                    .unwrap_or_default()
            }
            Fault::ChangedPayload => {
                let whole = sign_compact(&payload, draft.iat, signer)?;
                draft.mif.infraction.observations = Some("Modifié après signature.".into());
                replace_payload(&whole, &serde_json::to_vec(&draft.mif)?)
            }
            Fault::OtherAlgorithm => {
                let whole = sign_compact(&payload, draft.iat, signer)?;
                with_header(&whole, signer, |header| {
                    header.replacen("\"ES256\"", "\"HS256\"", 1)
                })?
            }
            Fault::OtherThumbprint => {
                let whole = sign_compact(&payload, draft.iat, signer)?;
                with_header(&whole, signer, other_thumbprint)?
            }
            _ => sign_compact(&payload, draft.iat, signer)?,
        };
        Ok((draft, compact))
    }

    /// Changes of the payload and of its times.
    fn change(
        &self,
        draft: &mut Draft,
        fault: Fault,
        index: u64,
        of: Option<u64>,
    ) -> Result<(), GeneratorError> {
        let mut draw = Draw::new(self.drafter.seed, "change", index);
        let mif = &mut draft.mif;
        match fault {
            Fault::OtherVersion => mif.entete.version_schema = "mif/9.9".into(),
            Fault::BadValue => mif.agent.matricule = mif.agent.matricule.to_lowercase().into(),
            Fault::BadDate => mif.infraction.date_heure = "2026-02-30T10:00:00+01:00".into(),
            Fault::BadPlate => {
                let vehicle = mif.vehicule.get_or_insert_with(placeholder_vehicle);
                vehicle.immatriculation = "OI000UU".into();
                vehicle.pays = "FR".into();
            }
            Fault::NoPerson => {
                mif.infraction.interception = true;
                mif.personne = None;
            }
            Fault::UnknownDevice => mif.terminal.identifiant = "TVE-ABSENT".into(),
            Fault::UnknownCommune => mif.lieu.insee_commune = "99999".into(),
            Fault::UnknownNatInf | Fault::EndedNatInf | Fault::OrdinaryNatInf => {
                mif.infraction.natinf = self.wrong_natinf(fault, &mut draw);
                mif.infraction.vitesse = None;
            }
            Fault::OtherAgent
            | Fault::OtherStation
            | Fault::OtherService
            | Fault::OutsideTerritory => self.change_sender(draft, fault, &mut draw)?,
            Fault::FutureOffence
            | Fault::SignedBefore
            | Fault::SentTooLate
            | Fault::SentLate
            | Fault::BeforeCard
            | Fault::Prescribed => {
                self.change_times(draft, fault)?;
            }
            Fault::SamePvNumber => self.take_pv_number(draft, of.unwrap_or(index))?,
            Fault::DrawnUpTwice => self.draw_up_again(draft, of.unwrap_or(index))?,
            _ => return self.change_content(draft, fault, &mut draw),
        }
        Ok(())
    }

    fn wrong_natinf(&self, fault: Fault, draw: &mut Draw) -> u32 {
        let offences = &self.drafter.fleet.offences;
        let group: &[u32] = match fault {
            Fault::EndedNatInf => &offences.ended,
            Fault::OrdinaryNatInf => &offences.ordinary,
            // Far above the nomenclature of today.
            _ => {
                let unknown = (90_000..99_999).find(|code| !offences.known.contains(code));
                return unknown.unwrap_or(99_999);
            }
        };
        group
            .get(draw.below(group.len()))
            .copied()
            .unwrap_or(99_999)
    }

    fn change_sender(
        &self,
        draft: &mut Draft,
        fault: Fault,
        draw: &mut Draw,
    ) -> Result<(), GeneratorError> {
        let fleet = &self.drafter.fleet;
        let none = GeneratorError::Nation("other agent or service");
        let own = fleet.good.get(draft.agent);
        let own = own.ok_or(GeneratorError::Nation("such agent"))?;
        if fault == Fault::OtherAgent {
            // A colleague of the same service where there is one.
            let others = || {
                let all = fleet.good.iter();
                all.filter(|other| other.matricule != own.matricule)
            };
            let colleague = others().find(|other| other.service == own.service);
            let other = colleague.or_else(|| others().next()).ok_or(none)?;
            draft.mif.agent.matricule = other.matricule.clone().into();
            return Ok(());
        }
        let count = fleet.services.len();
        let other = (own.service + 1 + draw.below(count.saturating_sub(1))) % count.max(1);
        let other = fleet.services.get(other).ok_or(none)?;
        match fault {
            Fault::OtherService => draft.mif.service.code_service = other.code.clone().into(),
            Fault::OutsideTerritory => {
                let place = other.places.first();
                let place = place.ok_or(GeneratorError::Nation("other place"))?;
                draft.mif.lieu.insee_commune = place.insee.clone().into();
            }
            _ => {
                let station = other.stations.first();
                draft.station = *station.ok_or(GeneratorError::Nation("other station"))?;
                draft.siren.clone_from(&other.siren);
            }
        }
        Ok(())
    }

    fn change_times(&self, draft: &mut Draft, fault: Fault) -> Result<(), GeneratorError> {
        let now = self.drafter.now_s;
        match fault {
            Fault::FutureOffence => draft.offence_s = now + 2 * DAY_SECONDS,
            Fault::SignedBefore => draft.offence_s = draft.iat + 3_600,
            Fault::SentTooLate | Fault::SentLate => {
                let days = match fault {
                    Fault::SentLate => LATE_DAYS,
                    _ => TOO_LATE_DAYS,
                };
                return self.sign_at(draft, now - days * DAY_SECONDS);
            }
            Fault::BeforeCard => {
                draft.offence_s = self.drafter.fleet.start_s - 2 * DAY_SECONDS;
            }
            _ => draft.offence_s = now - PRESCRIBED_DAYS * DAY_SECONDS,
        }
        if fault == Fault::SignedBefore && draft.offence_s > now {
            // Both lie in the past: the order alone is wrong.
            draft.offence_s = now - 60;
            draft.iat = now - 3 * 3_600;
        }
        self.write_times(draft)
    }

    fn write_times(&self, draft: &mut Draft) -> Result<(), GeneratorError> {
        draft.mif.infraction.date_heure = self.drafter.written(draft.offence_s)?.into();
        draft.mif.entete.horodatage_emission = self.drafter.written(draft.iat)?.into();
        Ok(())
    }

    /// Takes number and date of an earlier MIF of the same agent, hence of the same service and year.
    /// The same facts under an id and a PV number of their own.
    fn draw_up_again(&self, draft: &mut Draft, of: u64) -> Result<(), GeneratorError> {
        let mut earlier = self.draft(of, draft.agent)?;
        earlier.mif.entete.id_mif = draft.mif.entete.id_mif;
        earlier.mif.entete.numero_pv = draft.mif.entete.numero_pv.clone();
        *draft = earlier;
        Ok(())
    }

    fn take_pv_number(&self, draft: &mut Draft, of: u64) -> Result<(), GeneratorError> {
        let earlier = self.draft(of, draft.agent)?;
        draft.mif.entete.numero_pv = earlier.mif.entete.numero_pv;
        draft.mif.infraction.date_heure = earlier.mif.infraction.date_heure;
        draft.mif.entete.horodatage_emission = earlier.mif.entete.horodatage_emission;
        draft.iat = earlier.iat;
        draft.offence_s = earlier.offence_s;
        draft.station = earlier.station;
        Ok(())
    }
}

pub(super) fn placeholder_vehicle() -> cnt_contracts::mif::Vehicule<'static> {
    cnt_contracts::mif::Vehicule {
        immatriculation: "AB123CD".into(),
        pays: "FR".into(),
        genre: None,
        marque: None,
        modele: None,
        couleur: None,
        cliche: Vec::new(),
    }
}

/// The message with another payload under the old signature.
fn replace_payload(whole: &str, payload: &[u8]) -> String {
    let mut parts = whole.split('.');
    let (header, _, signature) = (parts.next(), parts.next(), parts.next());
    format!(
        "{}.{}.{}",
        header.unwrap_or_default(),
        URL_SAFE_NO_PAD.encode(payload),
        signature.unwrap_or_default()
    )
}

/// The message with another header, signed anew.
fn with_header(
    whole: &str,
    signer: &dyn MessageSigner,
    edit: impl FnOnce(String) -> String,
) -> Result<String, GeneratorError> {
    let mut parts = whole.split('.');
    let header = parts.next().unwrap_or_default();
    let payload = parts.next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).unwrap_or_default();
    let header = edit(String::from_utf8(header).unwrap_or_default());
    let input = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header));
    let signature = signer.sign(input.as_bytes())?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn other_thumbprint(header: String) -> String {
    const NAME: &str = "\"x5t#S256\":\"";
    let Some((start, rest)) = header.split_once(NAME) else {
        return header;
    };
    let end = rest.split_once('"').map_or("", |(_, end)| end);
    let other = URL_SAFE_NO_PAD.encode(sha256(b"another certificate"));
    format!("{start}{NAME}{other}\"{end}")
}
