//! A good MIF, drawn from the seed.

use cnt_contracts::mif::{Entete, Infraction, MifV1, Personne, SignatureContrevenant};
use cnt_contracts::registry::AgentQualityV1;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::GeneratorError;
use crate::fleet::{Agent, Fleet, Place, Service};
use crate::offences::{OF_PARKING, Offence, Scene};
use crate::random::{Draw, id};
use crate::vocabulary as words;

mod parts;

pub(crate) use parts::quality_word;

/// A MIF before it is signed.
pub(crate) struct Draft {
    pub(crate) mif: MifV1<'static>,
    /// Index of the agent among the good ones.
    pub(crate) agent: usize,
    /// The station it goes through.
    pub(crate) station: [u8; 32],
    /// Collectivity of that station.
    pub(crate) siren: String,
    /// When it is signed, Unix seconds.
    pub(crate) iat: i64,
    /// When the offence was found, Unix seconds.
    pub(crate) offence_s: i64,
    /// Whether the law asks the holder who contests for a deposit: offences of L121-3, nobody having been stopped.
    pub(crate) asks_deposit: bool,
}

/// What drafts are drawn from.
pub(crate) struct Drafter {
    pub(crate) fleet: Fleet,
    pub(crate) seed: u64,
    pub(crate) now_s: i64,
    pub(crate) paris: TimeZone,
}

/// Who draws a MIF up, about what, when.
struct Moment<'a> {
    author: &'a Agent,
    service: &'a Service,
    place: &'a Place,
    scene: Scene,
    offence: Offence,
    offence_s: i64,
}

impl Drafter {
    /// The id of an index.
    pub(crate) fn id_mif(&self, index: u64) -> uuid::Uuid {
        id(self.seed, "id", index)
    }

    /// The number of the procès-verbal of an index: of the seed too, so that two streams do not clash.
    pub(crate) fn pv_number(&self, index: u64) -> String {
        let mark = id(self.seed, "pv", 0).as_u128() >> 104;
        format!("L{mark:06X}{index:010}")
    }

    /// The agent of an index.
    pub(crate) fn agent_of(&self, index: u64) -> usize {
        let mut draw = Draw::new(self.seed, "agent", index);
        let agent = draw.below(self.fleet.good.len());
        let is_of_surveillance = |agent: usize| {
            let agent = self.fleet.good.get(agent);
            agent.is_some_and(|agent| agent.quality == AgentQualityV1::Asvp)
        };
        if self.drawn_scene(index) < OF_PARKING || !is_of_surveillance(agent) {
            return agent;
        }
        // Somebody who may record it, so that the mix of the whole is that of a year.
        let others = &self.fleet.officers;
        others
            .get(draw.below(others.len()))
            .copied()
            .unwrap_or(agent)
    }

    /// The number from 0 to 999 that decides about the scene of an index.
    fn drawn_scene(&self, index: u64) -> usize {
        Draw::new(self.seed, "scene", index).below(1_000)
    }

    /// An instant as the device writes it, in Paris.
    pub(crate) fn written(&self, seconds: i64) -> Result<String, jiff::Error> {
        let zoned = Timestamp::from_second(seconds)?.to_zoned(self.paris.clone());
        Ok(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    }

    /// The civil day of an instant, in Paris.
    pub(crate) fn day(&self, seconds: i64) -> Result<Date, jiff::Error> {
        Ok(Timestamp::from_second(seconds)?
            .to_zoned(self.paris.clone())
            .date())
    }

    /// A good MIF of an index, drawn up by an agent.
    pub(crate) fn draft(&self, index: u64, agent: usize) -> Result<Draft, DraftError> {
        let mut draw = Draw::new(self.seed, "payload", index);
        let author = self.fleet.good.get(agent).ok_or(DraftError::Agent)?;
        self.draft_of(index, agent, author, &mut draw)
    }

    /// A MIF of any agent, good or not.
    pub(crate) fn draft_of(
        &self,
        index: u64,
        agent: usize,
        author: &Agent,
        draw: &mut Draw,
    ) -> Result<Draft, DraftError> {
        let services = &self.fleet.services;
        let service = services.get(author.service).ok_or(DraftError::Agent)?;
        let station = service
            .stations
            .get(draw.below(service.stations.len()))
            .ok_or(DraftError::Agent)?;
        let iat = self.now_s - draw.between(60, 3 * 3_600);
        let offence_s = iat - draw.between(30, 4 * 3_600);
        let place = self.place(service, offence_s, draw)?;
        let offences = &self.fleet.offences;
        let scene = offences.scene(self.drawn_scene(index), author.quality);
        let open = offences.open_to(scene, author.quality);
        let offence = *open
            .get(draw.below(open.len()))
            .ok_or(DraftError::Offence)?;
        let moment = Moment {
            author,
            service,
            place,
            scene,
            offence,
            offence_s,
        };
        Ok(Draft {
            mif: self.mif(index, &moment, iat, draw)?,
            agent,
            station: *station,
            siren: service.siren.clone(),
            iat,
            offence_s,
            asks_deposit: scene == Scene::Road,
        })
    }

    fn mif(
        &self,
        index: u64,
        moment: &Moment<'_>,
        iat: i64,
        draw: &mut Draw,
    ) -> Result<MifV1<'static>, DraftError> {
        let is_met = moment.is_met();
        let home = self.home(moment.place, draw);
        let year = i64::from(self.day(moment.offence_s)?.year());
        Ok(MifV1 {
            entete: Entete {
                version_schema: "mif/1.0".into(),
                id_mif: self.id_mif(index),
                numero_pv: self.pv_number(index).into(),
                horodatage_emission: self.written(iat)?.into(),
            },
            service: parts::service(moment.service),
            agent: parts::agent(moment.author, draw),
            terminal: parts::terminal(moment.author, draw),
            infraction: self.infraction(moment, draw)?,
            lieu: parts::lieu(moment.place, moment.scene, draw),
            vehicule: moment
                .has_vehicle()
                .then(|| parts::vehicule(index, moment.offence.genre(), moment.scene, draw)),
            personne: is_met.then(|| parts::personne(moment.scene, home, year, draw)),
            signature: is_met.then(|| signature(draw)),
        })
    }

    /// A place that the service's convention covers on the day of the offence.
    fn place<'s>(
        &self,
        service: &'s Service,
        offence_s: i64,
        draw: &mut Draw,
    ) -> Result<&'s Place, DraftError> {
        let day = self.day(offence_s)?;
        let covered: Vec<&Place> = service
            .places
            .iter()
            .filter(|place| place.is_covered(day))
            .collect();
        let drawn = draw.below(covered.len());
        covered.get(drawn).copied().ok_or(DraftError::Agent)
    }

    /// Where somebody who is met lives: there, or in any other place of the nation.
    fn home<'s>(&'s self, here: &'s Place, draw: &mut Draw) -> &'s Place {
        if draw.percent(60) {
            return here;
        }
        let services = &self.fleet.services;
        let service = services.get(draw.below(services.len()));
        service
            .and_then(|service| service.places.get(draw.below(service.places.len())))
            .unwrap_or(here)
    }

    /// A driver whom an agent meets, who signs or not.
    pub(crate) fn somebody(
        &self,
        offence_s: i64,
        draw: &mut Draw,
    ) -> Result<(Personne<'static>, SignatureContrevenant<'static>), GeneratorError> {
        let year = i64::from(self.day(offence_s)?.year());
        let first = self.fleet.services.first();
        let here = first.and_then(|service| service.places.first());
        let here = here.ok_or(GeneratorError::Nation("place"))?;
        let home = self.home(here, draw);
        let person = parts::personne(Scene::Intercepted, home, year, draw);
        Ok((person, signature(draw)))
    }

    fn infraction(
        &self,
        moment: &Moment<'_>,
        draw: &mut Draw,
    ) -> Result<Infraction<'static>, DraftError> {
        let is_parked = matches!(moment.scene, Scene::Parking | Scene::GraveParking);
        let remarks: &[&'static str] = match moment.scene {
            Scene::Parking | Scene::GraveParking => &words::OBSERVATIONS_PARKING,
            Scene::Road => &words::OBSERVATIONS_ROAD,
            Scene::Intercepted | Scene::Pedestrian | Scene::NonRoad => &words::OBSERVATIONS_MET,
        };
        Ok(Infraction {
            natinf: moment.offence.code,
            qualification_cas: "1".into(),
            date_heure: self.written(moment.offence_s)?.into(),
            interception: moment.is_met(),
            nombre_infractions_simultanees: 1,
            infractions_simultanees: Vec::new(),
            avis_information: is_parked && draw.percent(70),
            vitesse: moment
                .offence
                .speed()
                .map(|band| parts::vitesse(band, draw)),
            observations: draw.percent(30).then(|| draw.pick(remarks).into()),
            enlevement_demande: is_parked && draw.percent(4),
            surface_20m2: false,
        })
    }
}

impl Moment<'_> {
    fn is_met(&self) -> bool {
        matches!(
            self.scene,
            Scene::Intercepted | Scene::Pedestrian | Scene::NonRoad
        )
    }

    fn has_vehicle(&self) -> bool {
        !matches!(self.scene, Scene::Pedestrian | Scene::NonRoad)
    }
}

fn signature(draw: &mut Draw) -> SignatureContrevenant<'static> {
    SignatureContrevenant {
        contrevenant: draw
            .pick(&["signe", "signe", "signe", "refuse", "absent"])
            .into(),
        image_sha256: None,
    }
}

/// Rank of an agent of a quality.
fn ranks(quality: AgentQualityV1) -> &'static [&'static str] {
    match quality {
        AgentQualityV1::PoliceMunicipale => &words::RANKS_PM,
        AgentQualityV1::GardeChampetre => &words::RANKS_GC,
        AgentQualityV1::Asvp => &words::RANKS_ASVP,
    }
}

/// Why a draft could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DraftError {
    #[error("no such agent, service, place or station")]
    Agent,
    #[error("no offence to record")]
    Offence,
    #[error("an instant is out of range")]
    Instant(#[from] jiff::Error),
}
