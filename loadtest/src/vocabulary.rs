//! Words of believable places and people; nobody's in particular.
//!
//! 320 family names with 320 first names make 102,400 people; one in ten more has a compound name or a particle.

use std::sync::LazyLock;

use crate::random::Draw;

/// A vehicle type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct VehicleType {
    /// Genre of the certificat d'immatriculation.
    pub(crate) genre: &'static str,
    pub(crate) make: &'static str,
    pub(crate) model: &'static str,
}

/// All the words.
#[derive(Debug)]
pub(crate) struct Words {
    pub(crate) last_names: Vec<&'static str>,
    pub(crate) first_names_f: Vec<&'static str>,
    pub(crate) first_names_m: Vec<&'static str>,
    pub(crate) streets: Vec<&'static str>,
    pub(crate) vehicles: Vec<VehicleType>,
    /// Département, latitude, longitude of its chef-lieu, roughly.
    positions: Vec<(&'static str, f64, f64)>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    let words = |text: &'static str| text.split_whitespace().collect();
    let lines = |text: &'static str| text.lines().filter(|line| !line.is_empty());
    let vehicle = |line: &'static str| {
        let mut parts = line.splitn(3, ';');
        Some(VehicleType {
            genre: parts.next()?,
            make: parts.next()?,
            model: parts.next()?,
        })
    };
    let position = |line: &'static str| {
        let mut parts = line.split(' ');
        let departement = parts.next()?;
        let latitude = parts.next()?.parse().ok()?;
        Some((departement, latitude, parts.next()?.parse().ok()?))
    };
    Words {
        last_names: words(include_str!("../data/last_names.txt")),
        first_names_f: words(include_str!("../data/first_names_f.txt")),
        first_names_m: words(include_str!("../data/first_names_m.txt")),
        streets: lines(include_str!("../data/streets.txt")).collect(),
        vehicles: lines(include_str!("../data/vehicles.txt"))
            .filter_map(vehicle)
            .collect(),
        positions: lines(include_str!("../data/departements.txt"))
            .filter_map(position)
            .collect(),
    }
});

/// The words, read once.
pub(crate) fn words() -> &'static Words {
    &WORDS
}

impl Words {
    /// Latitude and longitude somewhere in the département of a commune.
    pub(crate) fn position_near(&self, insee: &str) -> Option<(f64, f64)> {
        let departement = match insee.as_bytes() {
            [b'2', b'A' | b'B', ..] => "20",
            [b'9', b'7', ..] => insee.get(..3)?,
            _ => insee.get(..2)?,
        };
        let found = self.positions.iter().find(|entry| entry.0 == departement)?;
        Some((found.1, found.2))
    }

    /// A family name: plain, doubled, or with a particle.
    pub(crate) fn last_name(&self, draw: &mut Draw) -> String {
        let name = draw.pick(&self.last_names);
        match draw.below(100) {
            0..5 => format!("{name}-{}", draw.pick(&self.last_names)),
            5..7 => format!("LE {name}"),
            7..9 => {
                let elides = name.starts_with(['A', 'E', 'É', 'H', 'O']);
                if elides {
                    format!("D'{name}")
                } else {
                    format!("DE {name}")
                }
            }
            9 => format!("DE LA {name}"),
            _ => name.to_owned(),
        }
    }

    /// `F` or `M`, and one or two first names.
    pub(crate) fn first_names(&self, draw: &mut Draw) -> (&'static str, String) {
        let (sex, names) = if draw.percent(48) {
            ("F", &self.first_names_f)
        } else {
            ("M", &self.first_names_m)
        };
        let first = draw.pick(names);
        if draw.percent(35) {
            let second = draw.pick(names);
            if second != first {
                return (sex, format!("{first} {second}"));
            }
        }
        (sex, first.to_owned())
    }

    /// A vehicle of a genre, or of any.
    pub(crate) fn vehicle(&self, genre: Option<&str>, draw: &mut Draw) -> VehicleType {
        const OTHERWISE: VehicleType = VehicleType {
            genre: "VP",
            make: "RENAULT",
            model: "CLIO",
        };
        let genre = genre.unwrap_or(match draw.below(100) {
            0..78 => "VP",
            78..92 => "CTTE",
            92..98 => "MTL",
            98 => "TM",
            _ => "CL",
        });
        let of_genre: Vec<&VehicleType> = self
            .vehicles
            .iter()
            .filter(|vehicle| vehicle.genre == genre)
            .collect();
        let drawn = draw.below(of_genre.len());
        of_genre.get(drawn).map_or(OTHERWISE, |vehicle| **vehicle)
    }
}

/// Kinds of street, weighted by repetition.
pub(crate) const STREET_KINDS: [&str; 16] = [
    "RUE",
    "RUE",
    "RUE",
    "RUE",
    "RUE",
    "RUE",
    "AVENUE",
    "AVENUE",
    "BOULEVARD",
    "PLACE",
    "CHEMIN",
    "IMPASSE",
    "ALLÉE",
    "QUAI",
    "COURS",
    "ROUTE",
];
/// Where exactly.
pub(crate) const POSITIONS: [&str; 10] = [
    "face au numéro",
    "devant l'école",
    "à l'angle de la place",
    "sur le trottoir",
    "devant l'entrée du parking",
    "à hauteur du passage piéton",
    "devant la pharmacie",
    "au droit de l'arrêt de bus",
    "sortie du parking couvert",
    "côté pair",
];
/// Complements of addresses.
pub(crate) const COMPLEMENTS: [&str; 6] = [
    "Bâtiment B, 2e étage",
    "Appartement 12",
    "Résidence Les Mimosas",
    "Chez M. Lenoir",
    "Escalier C, porte 4",
    "Lotissement du Clos-Fleuri",
];
/// Colours.
pub(crate) const COLOURS: [&str; 9] = [
    "GRIS", "BLANC", "NOIR", "BLEU", "ROUGE", "VERT", "BEIGE", "ORANGE", "MARRON",
];
/// Ranks of municipal police.
pub(crate) const RANKS_PM: [&str; 4] = [
    "Gardien-brigadier",
    "Brigadier-chef principal",
    "Chef de service",
    "Directeur",
];
/// Ranks of gardes champêtres.
pub(crate) const RANKS_GC: [&str; 2] = ["Garde champêtre chef", "Garde champêtre chef principal"];
/// Ranks of agents of surveillance.
pub(crate) const RANKS_ASVP: [&str; 3] = [
    "Adjoint technique",
    "Adjoint administratif",
    "Adjoint technique principal",
];
/// Free texts about parked vehicles.
pub(crate) const OBSERVATIONS_PARKING: [&str; 8] = [
    "Véhicule inoccupé, feux de détresse éteints.",
    "Gêne la circulation des piétons et des poussettes.",
    "Disque de stationnement non apposé ; pare-brise dégagé.",
    "Passage d'un bus empêché pendant 5 minutes.",
    "Panneau B6a1 visible et en bon état.",
    "Marquage au sol jaune continu, visible et non effacé.",
    "Aucune carte mobilité inclusion apposée.",
    "Véhicule toujours en place 25 minutes plus tard.",
];
/// Free texts about vehicles seen in traffic.
pub(crate) const OBSERVATIONS_ROAD: [&str; 6] = [
    "Interception impossible : circulation dense.",
    "Constaté en présence du brigadier de patrouille.",
    "Véhicule seul, visibilité dégagée, chaussée sèche.",
    "Feu rouge fixe depuis 3 secondes au moins.",
    "Constaté depuis le trottoir opposé, à 15 mètres.",
    "Ligne continue apparente et en bon état.",
];
/// Free texts about people met.
pub(crate) const OBSERVATIONS_MET: [&str; 5] = [
    "Le conducteur reconnaît les faits.",
    "L'intéressé déclare : « Je n'en ai que pour deux minutes. »",
    "L'intéressée conteste et refuse de signer.",
    "Identité vérifiée sur présentation du permis.",
    "Propos courtois, aucun incident.",
];
/// Letters of the SIV: no I, O, U.
pub(crate) const SIV_LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTVWXYZ";
/// All capitals.
pub(crate) const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn plain_names_alone_make_a_hundred_thousand_people() {
        let words = words();
        let distinct = |names: &[&'static str]| names.iter().collect::<HashSet<_>>().len();
        let first = distinct(&words.first_names_f) + distinct(&words.first_names_m);
        assert!(distinct(&words.last_names) * first >= 100_000);
    }

    #[test]
    fn names_come_with_accents_hyphens_and_particles() {
        let mut draw = Draw::new(7, "names", 0);
        let names: Vec<_> = (0..2_000).map(|_| words().last_name(&mut draw)).collect();
        for wanted in ["-", "'", "DE ", "LE ", "È", "Ç"] {
            assert!(names.iter().any(|name| name.contains(wanted)), "{wanted}");
        }
        assert!(names.iter().all(|name| name.chars().count() <= 60));
    }

    #[test]
    fn every_genre_has_vehicles_and_every_departement_a_position() {
        let mut draw = Draw::new(7, "vehicles", 0);
        for genre in ["VP", "CTTE", "MTL", "TM", "CL"] {
            assert_eq!(words().vehicle(Some(genre), &mut draw).genre, genre);
        }
        for insee in ["59017", "2A004", "97411", "01001", "95051"] {
            assert!(words().position_near(insee).is_some(), "{insee}");
        }
    }
}
