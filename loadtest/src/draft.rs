//! A good MIF, drawn from the seed.

use std::borrow::Cow;

use cnt_contracts::mif::{
    Adresse, Carte, Cliche, Entete, Infraction, Lieu, MifV1, Permis, Personne, Position,
    SignatureContrevenant, Terminal, Vehicule, Vitesse,
};
use cnt_contracts::mif::{Agent as AgentGroup, Service as ServiceGroup};
use cnt_contracts::registry::AgentQualityV1;
use cnt_domain::law::SpeedBand;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::fleet::{Agent, Fleet, Place, Service};
use crate::offences::Offence;
use crate::random::{Draw, id};
use crate::vocabulary as words;

type Text = Cow<'static, str>;

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
}

/// What drafts are drawn from.
pub(crate) struct Drafter {
    pub(crate) fleet: Fleet,
    pub(crate) seed: u64,
    pub(crate) now_s: i64,
    pub(crate) paris: TimeZone,
}

/// What was met on the road.
enum Scene {
    Parking,
    Road,
    Intercepted,
    NonRoad,
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
        Draw::new(self.seed, "agent", index).below(self.fleet.good.len())
    }

    /// An instant as the device writes it, in Paris.
    pub(crate) fn written(&self, seconds: i64) -> Result<String, jiff::Error> {
        let zoned = Timestamp::from_second(seconds)?.to_zoned(self.paris.clone());
        Ok(zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
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
        let scene = match draw.below(100) {
            // Agents of surveillance see to parking (code de la route R130-4).
            _ if author.quality == AgentQualityV1::Asvp => Scene::Parking,
            0..55 => Scene::Parking,
            55..90 => Scene::Road,
            90..98 => Scene::Intercepted,
            _ => Scene::NonRoad,
        };
        let infraction = self.infraction(&scene, offence_s, draw)?;
        let met = matches!(scene, Scene::Intercepted | Scene::NonRoad);
        let mif = MifV1 {
            entete: Entete {
                version_schema: "mif/1.0".into(),
                id_mif: self.id_mif(index),
                numero_pv: self.pv_number(index).into(),
                horodatage_emission: self.written(iat)?.into(),
            },
            service: service_group(service),
            agent: agent_group(author, draw),
            terminal: terminal(author, draw),
            infraction,
            lieu: lieu(place, draw),
            vehicule: (!matches!(scene, Scene::NonRoad)).then(|| vehicule(index, draw)),
            personne: met.then(|| personne(&scene, place, draw)),
            signature: met.then(|| SignatureContrevenant {
                contrevenant: draw
                    .pick(&["signe", "signe", "signe", "refuse", "absent"])
                    .into(),
                image_sha256: None,
            }),
        };
        Ok(Draft {
            mif,
            agent,
            station: *station,
            siren: service.siren.clone(),
            iat,
            offence_s,
        })
    }

    /// A place that the service's convention covers on the day of the offence.
    fn place<'s>(
        &self,
        service: &'s Service,
        offence_s: i64,
        draw: &mut Draw,
    ) -> Result<&'s Place, DraftError> {
        let day = Timestamp::from_second(offence_s)?
            .to_zoned(self.paris.clone())
            .date();
        let covered: Vec<&Place> = service
            .places
            .iter()
            .filter(|place| place.is_covered(day))
            .collect();
        let drawn = draw.below(covered.len());
        covered.get(drawn).copied().ok_or(DraftError::Agent)
    }

    fn infraction(
        &self,
        scene: &Scene,
        offence_s: i64,
        draw: &mut Draw,
    ) -> Result<Infraction<'static>, DraftError> {
        let offences = &self.fleet.offences;
        let group = match scene {
            Scene::Parking if draw.below(3) == 0 && !offences.grave_parking.is_empty() => {
                &offences.grave_parking
            }
            Scene::Parking => &offences.parking,
            Scene::NonRoad if !offences.other.is_empty() => &offences.other,
            Scene::Intercepted | Scene::NonRoad => &offences.met,
            Scene::Road => &offences.road,
        };
        let offence: &Offence = group
            .get(draw.below(group.len()))
            .ok_or(DraftError::Offence)?;
        let is_parking = matches!(scene, Scene::Parking);
        Ok(Infraction {
            natinf: offence.code,
            qualification_cas: "1".into(),
            date_heure: self.written(offence_s)?.into(),
            interception: matches!(scene, Scene::Intercepted | Scene::NonRoad),
            nombre_infractions_simultanees: if draw.percent(3) { 2 } else { 1 },
            infractions_simultanees: Vec::new(),
            avis_information: is_parking && draw.percent(70),
            vitesse: offence.speed.as_ref().map(|band| vitesse(band, draw)),
            observations: draw
                .percent(30)
                .then(|| draw.pick(&words::OBSERVATIONS).into()),
            enlevement_demande: is_parking && draw.percent(4),
            surface_20m2: false,
        })
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

fn service_group(service: &Service) -> ServiceGroup<'static> {
    ServiceGroup {
        siren: service.siren.clone().into(),
        code_service: service.code.clone().into(),
        corps: service.corps,
        insee_rattachement: service.seat.clone().into(),
    }
}

fn agent_group(author: &Agent, draw: &mut Draw) -> AgentGroup<'static> {
    AgentGroup {
        matricule: author.matricule.clone().into(),
        qualite: match author.quality {
            AgentQualityV1::PoliceMunicipale => "APJA",
            AgentQualityV1::GardeChampetre => "GARDE CHAMPETRE",
            AgentQualityV1::Asvp => "ASVP",
        }
        .into(),
        grade: draw.pick(&words::RANKS).into(),
        carte: Carte {
            numero_serie: author.card.clone().into(),
            emetteur: "ANTS (simulation)".into(),
            profil: "A05".into(),
        },
    }
}

fn terminal(author: &Agent, draw: &mut Draw) -> Terminal<'static> {
    Terminal {
        kind: draw.pick(&["PDA", "PDA", "TABLETTE", "TIE"]).into(),
        identifiant: author.device.clone().into(),
        version_logiciel: draw.pick(&["VERB-5.2.1", "VERB-5.3.0", "MUNI 12.4"]).into(),
        version_natinf: "2026.1".into(),
    }
}

/// Speeds within the band of the offence; the margin of the device is 5 km/h up to 100 km/h, beyond 5 percent (arrêté du
/// 4 juin 2009).
fn vitesse(band: &SpeedBand, draw: &mut Draw) -> Vitesse<'static> {
    let limits: Vec<u16> = [30, 50, 80]
        .into_iter()
        .filter(|limit| (band.limit_min..=band.limit_max).contains(limit))
        .collect();
    let limit = limits.get(draw.below(limits.len())).copied();
    let limit = limit.unwrap_or(band.limit_min);
    let over = draw.between(i64::from(band.over_min), i64::from(band.over_below) - 1);
    let retained = limit + u16::try_from(over).unwrap_or(band.over_min);
    let margin = (retained / 19).max(5);
    Vitesse {
        limite: limit,
        mesuree: retained + margin,
        retenue: retained,
        appareil: "JUMELLES TRUSPEED n° 4127".into(),
    }
}

fn lieu(place: &Place, draw: &mut Draw) -> Lieu<'static> {
    let optional = |percent: usize, draw: &mut Draw| draw.percent(percent);
    Lieu {
        insee_commune: place.insee.clone().into(),
        type_voie: Some(draw.pick(&words::STREET_KINDS).into()),
        libelle_voie: draw.pick(&words::STREETS).into(),
        numero: optional(85, draw).then(|| {
            let number = draw.between(1, 240);
            let suffix = if draw.percent(6) { " bis" } else { "" };
            Text::from(format!("{number}{suffix}"))
        }),
        complement: optional(35, draw).then(|| draw.pick(&words::POSITIONS).into()),
        sens: optional(10, draw).then(|| "vers le centre-ville".into()),
        pr_pk: None,
        position: optional(60, draw).then(|| Position {
            // Somewhere in France: the position is informative.
            lat: f64::from(i32::try_from(draw.between(43_000, 50_000)).unwrap_or(46_000)) / 1_000.0,
            lon: f64::from(i32::try_from(draw.between(-1_000, 6_000)).unwrap_or(2_000)) / 1_000.0,
        }),
    }
}

fn vehicule(index: u64, draw: &mut Draw) -> Vehicule<'static> {
    let (plate, country) = plate(draw);
    let (make, model) = words::VEHICLES
        .get(draw.below(words::VEHICLES.len()))
        .copied()
        .unwrap_or(("RENAULT", "CLIO"));
    let photos = match draw.below(100) {
        0..60 => 1,
        60..80 => 2,
        _ => 0,
    };
    let photo = |rank: i64| {
        let hash = cnt_trust::sha256(format!("photo-{index}-{rank}").as_bytes());
        Cliche {
            sha256: hex::encode(hash).into(),
            media: "image/jpeg".into(),
            taille: 180_000,
        }
    };
    Vehicule {
        immatriculation: plate.into(),
        pays: country.into(),
        genre: Some(draw.pick(&words::GENRES).into()),
        marque: Some(make.into()),
        modele: draw.percent(70).then(|| model.into()),
        couleur: draw.percent(60).then(|| draw.pick(&words::COLOURS).into()),
        cliche: (0..photos).map(photo).collect(),
    }
}

/// A plate and its country: the SIV mostly, FNI, Belgian, German, Swiss.
fn plate(draw: &mut Draw) -> (String, &'static str) {
    match draw.below(1_000) {
        0..905 => (siv(draw), "FR"),
        905..960 => {
            let (number, departement) = (draw.between(1, 9_999), draw.between(1, 95));
            let letters = [
                draw.letter(words::SIV_LETTERS),
                draw.letter(words::SIV_LETTERS),
            ];
            let letters = String::from_iter(letters);
            (format!("{number}{letters}{departement:02}"), "FR")
        }
        960..980 => {
            let letters: String = (0..3).map(|_| draw.letter(words::LETTERS)).collect();
            let (first, number) = (draw.between(1, 2), draw.between(1, 999));
            (format!("{first}{letters}{number:03}"), "BE")
        }
        980..995 => {
            let letters: String = (0..3).map(|_| draw.letter(words::LETTERS)).collect();
            (format!("{letters}{}", draw.between(100, 9_999)), "DE")
        }
        _ => (format!("GE{}", draw.between(10_000, 399_999)), "CH"),
    }
}

/// A plate of the SIV: never `SS`, never `WW` on the left, never `000`.
fn siv(draw: &mut Draw) -> String {
    let pair = |forbidden: &[&str], draw: &mut Draw| loop {
        let letters = [
            draw.letter(words::SIV_LETTERS),
            draw.letter(words::SIV_LETTERS),
        ];
        let letters = String::from_iter(letters);
        if !forbidden.contains(&letters.as_str()) {
            return letters;
        }
    };
    let left = pair(&["SS", "WW"], draw);
    let right = pair(&["SS"], draw);
    format!("{left}{:03}{right}", draw.between(1, 999))
}

fn personne(scene: &Scene, place: &Place, draw: &mut Draw) -> Personne<'static> {
    let on_foot = matches!(scene, Scene::NonRoad);
    let (number, kind) = (draw.between(1, 180), draw.pick(&words::STREET_KINDS));
    let street = format!("{number} {kind} {}", draw.pick(&words::STREETS));
    let birth = format!(
        "{}-{:02}-{:02}",
        draw.between(1945, 2007),
        draw.between(1, 12),
        draw.between(1, 28)
    );
    Personne {
        role: if on_foot { "PIETON" } else { "CONTREVENANT" }.into(),
        nom: draw.pick(&words::LAST_NAMES).into(),
        prenoms: draw.pick(&words::FIRST_NAMES).into(),
        nom_usage: None,
        sexe: None,
        naissance: Some(birth.into()),
        lieu_naissance: None,
        pays_naissance: None,
        courriel: None,
        telephone: None,
        personne_morale: None,
        adresse: Adresse {
            voie: cut(&street, 38).into(),
            complement: draw.percent(15).then(|| "Bâtiment B, 2e étage".into()),
            code_postal: place.postcode.clone().into(),
            localite: cut(&place.name, 32).into(),
            pays: "FR".into(),
        },
        permis: (!on_foot).then(|| Permis {
            numero: format!("{:012}", draw.between(1, 999_999_999_999)).into(),
            pays: "FR".into(),
        }),
    }
}

/// The first characters of a text.
fn cut(text: &str, max: usize) -> String {
    text.chars()
        .take(max)
        .collect::<String>()
        .trim_end()
        .to_owned()
}
