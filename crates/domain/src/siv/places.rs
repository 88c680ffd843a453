//! Where holders live: real localities with their postcodes, streets that could be there.

use std::sync::LazyLock;

use super::draw::Draw;
use super::vocabulary as words;
use crate::address::Address;
use crate::country::Country;

/// `35000 RENNES`, the most populous communes first (provenance in the file).
static LOCALITIES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    include_str!("localities.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .collect()
});

/// An address in France: two thirds in the larger communes.
pub(super) fn in_france(draw: &mut Draw) -> Address {
    let town = draw.pick_low(&LOCALITIES);
    let has_street = !draw.chance(300);
    let mut street = String::new();
    if has_street {
        street = format!("{} ", draw.low_below(240) + 1);
        if draw.chance(400) {
            street.push_str(draw.pick(&["BIS ", "BIS ", "BIS ", "TER "]));
        }
        street.push_str(draw.pick(&words::STREET_TYPES));
        street.push(' ');
        street.push_str(draw.pick(&words::STREET_NAMES));
    }
    let complement = draw.chance(1_500).then(|| flat(draw));
    let building = draw.chance(900).then(|| match draw.below(3) {
        0 => format!("BATIMENT {}", draw.pick(&["A", "B", "C", "D", "E"])),
        _ => format!("RESIDENCE {}", draw.pick(&words::RESIDENCES)),
    });
    let hamlet = (!has_street || draw.chance(300)).then(|| draw.pick(&words::HAMLETS).to_owned());
    Address {
        complement,
        building,
        street: has_street.then_some(street),
        hamlet,
        town: town.to_owned(),
        country: Country::FRANCE,
    }
}

fn flat(draw: &mut Draw) -> String {
    match draw.below(4) {
        0 => format!("CHEZ {}", draw.pick(&words::LAST_NAMES)),
        1 => format!("ESCALIER {}", draw.pick(&["A", "B", "C"])),
        _ => format!(
            "APPARTEMENT {} ETAGE {}",
            draw.below(60) + 1,
            draw.below(9) + 1
        ),
    }
}

/// Towns and streets of a country.
struct Abroad {
    country: &'static str,
    towns: &'static [&'static str],
    streets: &'static [&'static str],
    /// Whether the number stands before the street.
    number_first: bool,
}

#[rustfmt::skip]
const ABROAD: [Abroad; 9] = [
    Abroad { country: "BE", number_first: false, towns: &[
        "1000 BRUXELLES", "1050 IXELLES", "1060 SAINT GILLES", "1180 UCCLE", "4000 LIEGE", "5000 NAMUR", "6000 CHARLEROI",
        "7000 MONS", "7500 TOURNAI", "7700 MOUSCRON", "8500 KORTRIJK", "8900 IEPER", "9000 GENT", "2000 ANTWERPEN",
        "6700 ARLON", "6800 LIBRAMONT", "8000 BRUGGE", "3000 LEUVEN", "4800 VERVIERS", "1300 WAVRE",
    ], streets: &[
        "RUE ROYALE", "CHAUSSEE DE MONS", "RUE DE LA STATION", "AVENUE LOUISE", "RUE DU MARCHE", "STATIONSSTRAAT",
        "KERKSTRAAT", "RUE DES CARMES", "PLACE COMMUNALE", "RUE HAUTE", "MARKT", "RUE DU TILLEUL",
    ] },
    Abroad { country: "CH", number_first: false, towns: &[
        "1201 GENEVE", "1205 GENEVE", "1227 CAROUGE", "1260 NYON", "1003 LAUSANNE", "1400 YVERDON LES BAINS", "1700 FRIBOURG",
        "2000 NEUCHATEL", "2300 LA CHAUX DE FONDS", "2800 DELEMONT", "2900 PORRENTRUY", "1950 SION", "1870 MONTHEY",
        "4051 BASEL", "3011 BERN", "8001 ZURICH", "6900 LUGANO", "1110 MORGES", "1800 VEVEY", "2502 BIEL",
    ], streets: &[
        "RUE DU RHONE", "RUE DE LA GARE", "AVENUE DU LEMAN", "CHEMIN DES VIGNES", "RUE DU LAC", "BAHNHOFSTRASSE",
        "HAUPTSTRASSE", "ROUTE CANTONALE", "RUE DES ALPES", "DORFSTRASSE",
    ] },
    Abroad { country: "DE", number_first: false, towns: &[
        "66111 SAARBRUCKEN", "77652 OFFENBURG", "76133 KARLSRUHE", "79098 FREIBURG", "50667 KOLN", "10115 BERLIN",
        "80331 MUNCHEN", "70173 STUTTGART", "77694 KEHL", "54290 TRIER",
    ], streets: &["HAUPTSTRASSE", "BAHNHOFSTRASSE", "SCHULSTRASSE", "GARTENSTRASSE", "LINDENWEG", "KIRCHPLATZ"] },
    Abroad { country: "LU", number_first: true, towns: &[
        "L 1111 LUXEMBOURG", "L 4001 ESCH SUR ALZETTE", "L 3501 DUDELANGE", "L 4501 DIFFERDANGE", "L 9201 DIEKIRCH",
    ], streets: &["RUE DE LA LIBERATION", "RUE DE L ALZETTE", "ROUTE D ARLON", "RUE DU BRILL", "GRAND RUE"] },
    Abroad { country: "ES", number_first: false, towns: &[
        "20301 IRUN", "17600 FIGUERES", "08001 BARCELONA", "28013 MADRID", "31001 PAMPLONA", "46001 VALENCIA",
    ], streets: &["CALLE MAYOR", "AVENIDA DE LA CONSTITUCION", "CARRER NOU", "PASEO DE COLON", "PLAZA DE ESPANA"] },
    Abroad { country: "IT", number_first: false, towns: &[
        "18039 VENTIMIGLIA", "10121 TORINO", "20121 MILANO", "16121 GENOVA", "00184 ROMA", "12100 CUNEO",
    ], streets: &["VIA ROMA", "VIA GARIBALDI", "CORSO ITALIA", "VIA MAZZINI", "PIAZZA DEL DUOMO"] },
    Abroad { country: "GB", number_first: true, towns: &[
        "LONDON SW1A 1AA", "DOVER CT16 1LH", "BRISTOL BS1 4ST", "LEEDS LS1 4DY", "CANTERBURY CT1 2HX",
    ], streets: &["HIGH STREET", "STATION ROAD", "CHURCH LANE", "VICTORIA ROAD", "MILL LANE"] },
    Abroad { country: "NL", number_first: false, towns: &[
        "1012 JS AMSTERDAM", "3011 AD ROTTERDAM", "6211 CE MAASTRICHT", "5611 EM EINDHOVEN",
    ], streets: &["DORPSSTRAAT", "KERKSTRAAT", "STATIONSWEG", "MOLENWEG"] },
    Abroad { country: "PT", number_first: false, towns: &[
        "1100 148 LISBOA", "4000 322 PORTO", "4700 435 BRAGA", "3000 213 COIMBRA",
    ], streets: &["RUA DA IGREJA", "AVENIDA DA LIBERDADE", "RUA DIREITA", "LARGO DO ROSSIO"] },
];

/// An address outside France; in a country if one is asked for that is known, else mostly with a neighbour.
pub(super) fn abroad(country: Option<Country>, draw: &mut Draw) -> Address {
    let known =
        country.and_then(|country| ABROAD.iter().find(|place| place.country == country.code()));
    let place = known.unwrap_or_else(|| {
        let index = usize::try_from(draw.low_below(9)).unwrap_or(0);
        let [first, ..] = &ABROAD;
        ABROAD.get(index).unwrap_or(first)
    });
    let (number, street) = (draw.low_below(180) + 1, draw.pick(place.streets));
    Address {
        complement: None,
        building: None,
        street: Some(if place.number_first {
            format!("{number} {street}")
        } else {
            format!("{street} {number}")
        }),
        hamlet: None,
        town: draw.pick(place.towns).to_owned(),
        country: Country::parse(place.country).unwrap_or(Country::BELGIUM),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::address::{AddressProblem, PostalAddress};
    use crate::latin::postal;

    #[test]
    fn localities_are_as_the_post_writes_them() {
        assert!(LOCALITIES.len() > 4_000);
        for line in LOCALITIES.iter() {
            assert_eq!(postal(line).as_deref(), Some(*line));
            let (postcode, _) = line.split_once(' ').unwrap();
            assert!(postcode.len() == 5 && line.len() <= 38, "{line}");
        }
        for town in [
            "35000 RENNES",
            "59280 ARMENTIERES",
            "75011 PARIS",
            "20000 AJACCIO",
            "97400 SAINT DENIS",
        ] {
            assert!(LOCALITIES.contains(&town), "{town}");
        }
    }

    /// Nobody the register knows is refused by the norm.
    #[test]
    fn every_address_can_be_written() {
        let mut draw = Draw::of(&["addresses"]);
        for number in 0..20_000 {
            let address = if number % 4 == 0 {
                abroad(None, &mut draw)
            } else {
                in_france(&mut draw)
            };
            let written =
                PostalAddress::normalise(&["AU REPRESENTANT LEGAL DE"], &address).map(drop);
            assert_eq!(written, Ok(()) as Result<(), AddressProblem>);
        }
    }

    #[test]
    fn a_country_can_be_asked_for() {
        let mut draw = Draw::of(&["abroad"]);
        for code in ["BE", "CH", "DE", "LU", "ES", "IT", "GB", "NL", "PT"] {
            let country = Country::parse(code).unwrap();
            assert_eq!(abroad(Some(country), &mut draw).country, country);
        }
    }
}
