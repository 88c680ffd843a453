//! The simulated SIV (registration system): a holder for each plate, computed, never stored.
//!
//! The answer depends on the plate alone, so that a verdict and its letter can be reproduced years later.
//! Names and addresses are invented; localities are real, streets are not numbers of anybody.

use sha2::{Digest, Sha256};

use crate::plate::{Plate, PlateSeries};
use crate::verdict::NotTransformed;

/// The holder of a certificat d'immatriculation.
#[derive(Clone, PartialEq, Eq)]
pub struct Holder {
    /// `M.`, `MME`, or nothing for a company.
    pub civility: Option<&'static str>,
    /// Family name, or company name.
    pub last_name: String,
    /// First name; empty for a company.
    pub first_name: String,
    /// Number and street, capitals without accents (NF Z10-011).
    pub street: String,
    /// Postcode.
    pub postcode: &'static str,
    /// Locality, capitals without accents.
    pub locality: &'static str,
    /// Country line for an address abroad (NF Z10-011, line 7).
    pub country: Option<&'static str>,
}

impl std::fmt::Debug for Holder {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Holder(***)")
    }
}

impl Holder {
    /// Whether the holder is a company, addressed « au représentant légal de … » (CR L121-2, L121-3).
    #[must_use]
    pub fn is_company(&self) -> bool {
        self.civility.is_none()
    }
}

const LAST_NAMES: [&str; 24] = [
    "MARTIN",
    "BERNARD",
    "LEFÈVRE",
    "GARCIA",
    "DUPONT",
    "PETIT",
    "ROUX",
    "LEROY",
    "MOREAU",
    "FOURNIER",
    "GIRARD",
    "MERCIER",
    "BLANC",
    "GUÉRIN",
    "BOYER",
    "CHEVALIER",
    "FRANÇOIS",
    "LE GOFF",
    "KERMARREC",
    "N'DIAYE",
    "NGUYEN",
    "DA SILVA",
    "MÜLLER",
    "D'HÉROUVILLE",
];
const FIRST_NAMES: [(&str, &str); 16] = [
    ("M.", "Jean"),
    ("MME", "Marie"),
    ("M.", "Loïc"),
    ("MME", "Zoé"),
    ("M.", "Hervé"),
    ("MME", "Françoise"),
    ("M.", "Karim"),
    ("MME", "Aïcha"),
    ("M.", "Côme"),
    ("MME", "Gaëlle"),
    ("M.", "André"),
    ("MME", "Chloé"),
    ("M.", "Noël"),
    ("MME", "Agnès"),
    ("M.", "Théo"),
    ("MME", "Maëlys"),
];
const STREETS: [&str; 16] = [
    "RUE DES LILAS",
    "RUE DE LA GARE",
    "AVENUE DU GENERAL LECLERC",
    "PLACE DE LA MAIRIE",
    "RUE VICTOR HUGO",
    "CHEMIN DES VIGNES",
    "ALLEE DES TILLEULS",
    "BOULEVARD DE LA LIBERTE",
    "IMPASSE DU MOULIN",
    "RUE PASTEUR",
    "QUAI DE LA FONTAINE",
    "RUE DES ECOLES",
    "ROUTE DE LA MER",
    "RUE JEAN JAURES",
    "COURS DE LA MARNE",
    "RUE DU FOUR",
];
const LOCALITIES: [(&str, &str); 20] = [
    ("35000", "RENNES"),
    ("59280", "ARMENTIERES"),
    ("75011", "PARIS"),
    ("13005", "MARSEILLE"),
    ("69003", "LYON"),
    ("31000", "TOULOUSE"),
    ("06000", "NICE"),
    ("44000", "NANTES"),
    ("67000", "STRASBOURG"),
    ("33000", "BORDEAUX"),
    ("59000", "LILLE"),
    ("29200", "BREST"),
    ("20000", "AJACCIO"),
    ("97400", "SAINT DENIS"),
    ("37000", "TOURS"),
    ("21000", "DIJON"),
    ("16440", "MOUTHIERS SUR BOEME"),
    ("86000", "POITIERS"),
    ("72000", "LE MANS"),
    ("14000", "CAEN"),
];
const COMPANIES: [&str; 8] = [
    "TRANSPORTS DU LITTORAL",
    "BOULANGERIE DES HALLES",
    "LOCATION OUEST AUTO",
    "CLIMATISATION ARMORIQUE",
    "AMBULANCES DU PARC",
    "MENUISERIE LE BOIS JOLI",
    "SERVICES INFORMATIQUES DU PONT",
    "PEPINIERES DE LA VALLEE",
];

/// Takes successive small numbers out of a digest.
struct Draw {
    digest: [u8; 32],
    next: usize,
}

impl Draw {
    fn number(&mut self, below: usize) -> usize {
        let byte = |index: usize| usize::from(self.digest.get(index % 32).copied().unwrap_or(0));
        let value = byte(self.next) * 256 + byte(self.next + 1);
        self.next += 2;
        value % below.max(1)
    }

    fn pick<T: Copy>(&mut self, choices: &[T], otherwise: T) -> T {
        let index = self.number(choices.len());
        choices.get(index).copied().unwrap_or(otherwise)
    }
}

/// Looks a plate up.
///
/// Of a thousand French plates about four are unknown, two stolen, two destroyed and two without usable address;
/// one in twelve belongs to a company. Belgian and Swiss plates have a holder there; other foreign plates none.
///
/// # Errors
/// Why the MIF cannot be transformed into an avis.
pub fn look_up(plate: &Plate) -> Result<Holder, NotTransformed> {
    if !plate.country().is_traceable() {
        return Err(NotTransformed::Foreign);
    }
    let digest = Sha256::digest([b"cnt-siv-1:", plate.as_str().as_bytes()].concat());
    let mut draw = Draw {
        digest: digest.into(),
        next: 0,
    };
    match draw.number(1000) {
        0..4 => return Err(NotTransformed::Unknown),
        4..6 => return Err(NotTransformed::Stolen),
        6..8 => return Err(NotTransformed::Destroyed),
        8..10 => return Err(NotTransformed::NoAddress),
        _ => {}
    }
    let street = format!(
        "{} {}",
        draw.number(180) + 1,
        draw.pick(&STREETS, "RUE DU FOUR")
    );
    let (postcode, locality, country) = if plate.series() == PlateSeries::Foreign {
        match plate.country().to_string().as_str() {
            "BE" => ("1000", "BRUXELLES", Some("BELGIQUE")),
            _ => ("1201", "GENEVE", Some("SUISSE")),
        }
    } else {
        let (postcode, locality) = draw.pick(&LOCALITIES, ("35000", "RENNES"));
        (postcode, locality, None)
    };
    let company = draw.number(12) == 0;
    let (civility, last_name, first_name) = if company {
        (
            None,
            format!("SARL {}", draw.pick(&COMPANIES, "LOCATION OUEST AUTO")),
            String::new(),
        )
    } else {
        let (civility, first) = draw.pick(&FIRST_NAMES, ("M.", "Jean"));
        (
            Some(civility),
            draw.pick(&LAST_NAMES, "MARTIN").to_owned(),
            first.to_owned(),
        )
    };
    Ok(Holder {
        civility,
        last_name,
        first_name,
        street,
        postcode,
        locality,
        country,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plate::Country;

    #[test]
    fn the_answer_depends_on_the_plate_alone() {
        let plate = Plate::parse("AB123CD", Country::FRANCE).unwrap();
        assert_eq!(look_up(&plate), look_up(&plate));
    }

    #[test]
    fn foreign_plates_other_than_belgian_and_swiss_have_no_holder() {
        let german = Plate::parse("BXY1234", Country::parse("DE").unwrap()).unwrap();
        assert_eq!(look_up(&german).unwrap_err(), NotTransformed::Foreign);
        let belgian = Plate::parse("1ABC234", Country::parse("BE").unwrap()).unwrap();
        assert_eq!(look_up(&belgian).unwrap().country, Some("BELGIQUE"));
    }

    #[test]
    fn about_one_plate_in_a_hundred_cannot_be_transformed() {
        let refused = (1..1000)
            .flat_map(|n| ["AA", "BC", "FG", "XY"].map(|letters| format!("{letters}{n:03}ZZ")))
            .filter(|text| look_up(&Plate::parse(text, Country::FRANCE).unwrap()).is_err())
            .count();
        assert!((15..80).contains(&refused), "{refused} of 3996");
    }
}
