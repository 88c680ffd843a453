//! The groups of a MIF.

use std::borrow::Cow;

use cnt_contracts::mif::{
    Adresse, Agent as AgentGroup, Carte, Cliche, Lieu, Permis, Personne, Position,
    Service as ServiceGroup, Terminal, Vehicule, Vitesse,
};
use cnt_contracts::registry::AgentQualityV1;

use super::ranks;
use crate::fleet::{Agent, Place, Service};
use crate::offences::Scene;
use crate::plates::plate;
use crate::random::Draw;
use crate::vocabulary::{self as words, words};

type Text = Cow<'static, str>;

/// Longest line of an address (NF Z10-011).
const LINE_CHARACTERS_MAX: usize = 38;
/// Longest locality beside a postcode.
const LOCALITY_CHARACTERS_MAX: usize = 32;

pub(super) fn service(service: &Service) -> ServiceGroup<'static> {
    ServiceGroup {
        siren: service.siren.clone().into(),
        code_service: service.code.clone().into(),
        corps: service.corps,
        insee_rattachement: service.seat.clone().into(),
    }
}

pub(super) fn agent(author: &Agent, draw: &mut Draw) -> AgentGroup<'static> {
    AgentGroup {
        matricule: author.matricule.clone().into(),
        qualite: quality_word(author.quality).into(),
        grade: draw.pick(ranks(author.quality)).into(),
        carte: Carte {
            numero_serie: author.card.clone().into(),
            emetteur: "ANTS (simulation)".into(),
            profil: "A05".into(),
        },
    }
}

/// What MIFs call a quality.
pub(crate) const fn quality_word(quality: AgentQualityV1) -> &'static str {
    match quality {
        AgentQualityV1::PoliceMunicipale => "APJA",
        AgentQualityV1::GardeChampetre => "GARDE CHAMPETRE",
        AgentQualityV1::Asvp => "ASVP",
    }
}

pub(super) fn terminal(author: &Agent, draw: &mut Draw) -> Terminal<'static> {
    Terminal {
        kind: draw.pick(&["PDA", "PDA", "TABLETTE", "TIE"]).into(),
        identifiant: author.device.clone().into(),
        version_logiciel: draw.pick(&["VERB-5.2.1", "VERB-5.3.0", "MUNI 12.4"]).into(),
        version_natinf: "2026.1".into(),
    }
}

/// A measured speed: the margin is 5 km/h up to 100 km/h, else 5 % (arrêté du 4 juin 2009).
pub(super) fn vitesse(
    (least, greatest, above_fifty): (i64, i64, Option<bool>),
    draw: &mut Draw,
) -> Vitesse<'static> {
    let fast = above_fifty.unwrap_or_else(|| draw.percent(50));
    let limit = match (fast, draw.percent(40)) {
        (true, true) => 70,
        (true, false) => 80,
        (false, true) => 30,
        (false, false) => 50,
    };
    let retained = u16::try_from(limit + draw.between(least, greatest)).unwrap_or(u16::MAX);
    let measured = if retained <= 95 {
        retained + 5
    } else {
        // The least whole speed of which 95 % is not less than what is retained.
        u16::try_from((u32::from(retained) * 100).div_ceil(95)).unwrap_or(u16::MAX)
    };
    Vitesse {
        limite: u16::try_from(limit).unwrap_or(50),
        mesuree: measured,
        retenue: retained,
        appareil: "JUMELLES TRUSPEED n° 4127".into(),
    }
}

pub(super) fn lieu(place: &Place, scene: Scene, draw: &mut Draw) -> Lieu<'static> {
    let is_parked = matches!(scene, Scene::Parking | Scene::GraveParking);
    let number = draw.percent(if is_parked { 92 } else { 60 }).then(|| {
        let number = draw.between(1, 240);
        let suffix = if draw.percent(6) { " bis" } else { "" };
        Text::from(format!("{number}{suffix}"))
    });
    Lieu {
        insee_commune: place.insee.clone().into(),
        type_voie: Some(draw.pick(&words::STREET_KINDS).into()),
        libelle_voie: draw.pick(&words().streets).into(),
        numero: number,
        complement: draw
            .percent(35)
            .then(|| draw.pick(&words::POSITIONS).into()),
        sens: (!is_parked && draw.percent(50)).then(|| "vers le centre-ville".into()),
        pr_pk: None,
        position: draw.percent(60).then(|| position(place, draw)).flatten(),
    }
}

/// Within some kilometres of the chef-lieu: informative, as the device's own.
fn position(place: &Place, draw: &mut Draw) -> Option<Position> {
    let (latitude, longitude) = words().position_near(&place.insee)?;
    // Ten-thousandths of a degree: about eleven metres.
    let mut offset = || i32::try_from(draw.between(-2_500, 2_500)).map(f64::from);
    let round = |degrees: f64| (degrees * 10_000.0).round() / 10_000.0;
    Some(Position {
        lat: round(latitude + offset().ok()? / 10_000.0),
        lon: round(longitude + offset().ok()? / 10_000.0),
    })
}

pub(super) fn vehicule(
    index: u64,
    genre: Option<&'static str>,
    scene: Scene,
    draw: &mut Draw,
) -> Vehicule<'static> {
    let vehicle = words().vehicle(genre, draw);
    let (plate, country) = plate(vehicle.genre, draw);
    let photos = match (scene, draw.below(100)) {
        (Scene::Parking | Scene::GraveParking, 0..60) => 1,
        (Scene::Parking | Scene::GraveParking, 60..85) => 2,
        (Scene::Parking | Scene::GraveParking, 85..92) => 4,
        _ => 0,
    };
    let photo = |rank: i64| Cliche {
        sha256: hex::encode(cnt_trust::sha256(
            format!("photo-{index}-{rank}").as_bytes(),
        ))
        .into(),
        media: "image/jpeg".into(),
        taille: 180_000,
    };
    Vehicule {
        immatriculation: plate.into(),
        pays: country.into(),
        genre: Some(vehicle.genre.into()),
        marque: Some(vehicle.make.into()),
        modele: draw.percent(70).then(|| vehicle.model.into()),
        couleur: draw.percent(60).then(|| draw.pick(&words::COLOURS).into()),
        cliche: (0..photos).map(photo).collect(),
    }
}

pub(super) fn personne(
    scene: Scene,
    home: &Place,
    year: i64,
    draw: &mut Draw,
) -> Personne<'static> {
    let is_driver = scene == Scene::Intercepted;
    let (sex, first_names) = words().first_names(draw);
    let last_name = words().last_name(draw);
    let birth = format!(
        "{}-{:02}-{:02}",
        year - draw.between(19, 81),
        draw.between(1, 12),
        draw.between(1, 28)
    );
    let has_email = draw.percent(25);
    Personne {
        role: if scene == Scene::Pedestrian {
            "PIETON"
        } else {
            "CONTREVENANT"
        }
        .into(),
        nom: last_name.into(),
        prenoms: first_names.into(),
        nom_usage: None,
        sexe: Some(sex.into()),
        naissance: Some(birth.into()),
        lieu_naissance: draw.percent(80).then(|| home.name.clone().into()),
        pays_naissance: Some("FR".into()),
        courriel: has_email.then(|| {
            let mailbox = draw.between(1, 999_999);
            format!("usager.{mailbox:06}@courriel.example").into()
        }),
        telephone: None,
        personne_morale: None,
        adresse: adresse(home, draw),
        permis: is_driver.then(|| Permis {
            numero: format!("{:012}", draw.between(1, 999_999_999_999)).into(),
            pays: "FR".into(),
        }),
    }
}

fn adresse(home: &Place, draw: &mut Draw) -> Adresse<'static> {
    let (number, kind) = (draw.between(1, 180), draw.pick(&words::STREET_KINDS));
    let street = format!("{number} {kind} {}", draw.pick(&words().streets));
    Adresse {
        voie: cut(&street, LINE_CHARACTERS_MAX).into(),
        complement: draw
            .percent(15)
            .then(|| draw.pick(&words::COMPLEMENTS).into()),
        code_postal: home.postcode.clone().into(),
        localite: locality(&home.name).into(),
        pays: "FR".into(),
    }
}

/// The name of a commune, or as much of it as fits.
fn locality(name: &str) -> String {
    name.chars().take(LOCALITY_CHARACTERS_MAX).collect()
}

/// The first words of a text that fit.
fn cut(text: &str, max: usize) -> String {
    let mut cut = String::new();
    for word in text.split(' ') {
        let length = cut.chars().count() + usize::from(!cut.is_empty()) + word.chars().count();
        if length > max {
            break;
        }
        if !cut.is_empty() {
            cut.push(' ');
        }
        cut.push_str(word);
    }
    cut
}
