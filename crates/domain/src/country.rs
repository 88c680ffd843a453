//! Countries: the code a MIF carries, the name the post reads, the sign on the vehicle.

use std::fmt;

use crate::InvalidValue;

/// Two-letter country code (ISO 3166-1 alpha-2), in capitals; one that ISO has assigned, or `XK` (Kosovo).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country([u8; 2]);

impl Country {
    /// France.
    pub const FRANCE: Country = Country(*b"FR");
    /// Belgium.
    pub const BELGIUM: Country = Country(*b"BE");
    /// Switzerland.
    pub const SWITZERLAND: Country = Country(*b"CH");

    /// Reads a code of two capitals. `UK`, which ISO reserves for the United Kingdom, reads as `GB`.
    ///
    /// # Errors
    /// When it is anything else, or no country has that code.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let text = if text == "UK" { "GB" } else { text };
        match text.as_bytes() {
            [first, second] if index(text).is_ok() => Ok(Self([*first, *second])),
            _ => Err(InvalidValue {
                what: "country",
                expected: "two capitals (ISO 3166-1 alpha-2)",
            }),
        }
    }

    /// The country of a distinguishing sign of vehicles (Vienna convention on road traffic, annex 3): `D`, `I`, `GB`,
    /// `UK`, `CH`. Signs are no codes: `SY` is the Seychelles on a vehicle and Syria in a MIF.
    #[must_use]
    pub fn of_distinguishing_sign(sign: &str) -> Option<Self> {
        let (_, code) = SIGNS.iter().find(|(known, _)| *known == sign)?;
        Self::parse(code).ok()
    }

    /// Whether a vehicle registered there can be traced without interception: France, Belgium, Switzerland.
    #[must_use]
    pub fn is_traceable(self) -> bool {
        matches!(&self.0, b"FR" | b"BE" | b"CH")
    }

    /// The code.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("??")
    }

    /// The French name in capitals without accents, at most 24 characters (NF Z10-011, line 7).
    #[must_use]
    pub fn postal_name(self) -> &'static str {
        index(self.code())
            .ok()
            .and_then(|index| COUNTRIES.get(index))
            .map_or("", |(_, name)| name)
    }

    /// Every country.
    pub fn all() -> impl Iterator<Item = Self> {
        COUNTRIES
            .iter()
            .filter_map(|(code, _)| Self::parse(code).ok())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

fn index(code: &str) -> Result<usize, usize> {
    COUNTRIES.binary_search_by(|(known, _)| known.cmp(&code))
}

/// Signs that differ from the code, and those of our neighbours that do not.
const SIGNS: [(&str, &str); 46] = [
    ("A", "AT"),
    ("AL", "AL"),
    ("AND", "AD"),
    ("B", "BE"),
    ("BG", "BG"),
    ("BIH", "BA"),
    ("BY", "BY"),
    ("CDN", "CA"),
    ("CH", "CH"),
    ("CY", "CY"),
    ("CZ", "CZ"),
    ("D", "DE"),
    ("DK", "DK"),
    ("DZ", "DZ"),
    ("E", "ES"),
    ("EST", "EE"),
    ("F", "FR"),
    ("FIN", "FI"),
    ("FL", "LI"),
    ("GB", "GB"),
    ("GR", "GR"),
    ("H", "HU"),
    ("HR", "HR"),
    ("I", "IT"),
    ("IRL", "IE"),
    ("IS", "IS"),
    ("L", "LU"),
    ("LT", "LT"),
    ("LV", "LV"),
    ("M", "MT"),
    ("MA", "MA"),
    ("MC", "MC"),
    ("MNE", "ME"),
    ("N", "NO"),
    ("NL", "NL"),
    ("NMK", "MK"),
    ("P", "PT"),
    ("PL", "PL"),
    ("RO", "RO"),
    ("RSM", "SM"),
    ("S", "SE"),
    ("SLO", "SI"),
    ("SRB", "RS"),
    ("TN", "TN"),
    ("UK", "GB"),
    ("V", "VA"),
];

/// Code and name, in the order of codes.
#[rustfmt::skip]
const COUNTRIES: [(&str, &str); 250] = [
    ("AD", "ANDORRE"), ("AE", "EMIRATS ARABES UNIS"), ("AF", "AFGHANISTAN"), ("AG", "ANTIGUA ET BARBUDA"),
    ("AI", "ANGUILLA"), ("AL", "ALBANIE"), ("AM", "ARMENIE"), ("AO", "ANGOLA"), ("AQ", "ANTARCTIQUE"),
    ("AR", "ARGENTINE"), ("AS", "SAMOA AMERICAINES"), ("AT", "AUTRICHE"), ("AU", "AUSTRALIE"), ("AW", "ARUBA"),
    ("AX", "ILES ALAND"), ("AZ", "AZERBAIDJAN"), ("BA", "BOSNIE HERZEGOVINE"), ("BB", "BARBADE"), ("BD", "BANGLADESH"),
    ("BE", "BELGIQUE"), ("BF", "BURKINA FASO"), ("BG", "BULGARIE"), ("BH", "BAHREIN"), ("BI", "BURUNDI"),
    ("BJ", "BENIN"), ("BL", "SAINT BARTHELEMY"), ("BM", "BERMUDES"), ("BN", "BRUNEI"), ("BO", "BOLIVIE"),
    ("BQ", "BONAIRE"), ("BR", "BRESIL"), ("BS", "BAHAMAS"), ("BT", "BHOUTAN"), ("BV", "ILE BOUVET"), ("BW", "BOTSWANA"),
    ("BY", "BELARUS"), ("BZ", "BELIZE"), ("CA", "CANADA"), ("CC", "ILES COCOS"), ("CD", "CONGO REP DEM"),
    ("CF", "REP CENTRAFRICAINE"), ("CG", "CONGO"), ("CH", "SUISSE"), ("CI", "COTE D IVOIRE"), ("CK", "ILES COOK"),
    ("CL", "CHILI"), ("CM", "CAMEROUN"), ("CN", "CHINE"), ("CO", "COLOMBIE"), ("CR", "COSTA RICA"), ("CU", "CUBA"),
    ("CV", "CAP VERT"), ("CW", "CURACAO"), ("CX", "ILE CHRISTMAS"), ("CY", "CHYPRE"), ("CZ", "TCHEQUIE"),
    ("DE", "ALLEMAGNE"), ("DJ", "DJIBOUTI"), ("DK", "DANEMARK"), ("DM", "DOMINIQUE"), ("DO", "REP DOMINICAINE"),
    ("DZ", "ALGERIE"), ("EC", "EQUATEUR"), ("EE", "ESTONIE"), ("EG", "EGYPTE"), ("EH", "SAHARA OCCIDENTAL"),
    ("ER", "ERYTHREE"), ("ES", "ESPAGNE"), ("ET", "ETHIOPIE"), ("FI", "FINLANDE"), ("FJ", "FIDJI"),
    ("FK", "ILES FALKLAND"), ("FM", "MICRONESIE"), ("FO", "ILES FEROE"), ("FR", "FRANCE"), ("GA", "GABON"),
    ("GB", "ROYAUME UNI"), ("GD", "GRENADE"), ("GE", "GEORGIE"), ("GF", "GUYANE FRANCAISE"), ("GG", "GUERNESEY"),
    ("GH", "GHANA"), ("GI", "GIBRALTAR"), ("GL", "GROENLAND"), ("GM", "GAMBIE"), ("GN", "GUINEE"), ("GP", "GUADELOUPE"),
    ("GQ", "GUINEE EQUATORIALE"), ("GR", "GRECE"), ("GS", "GEORGIE DU SUD"), ("GT", "GUATEMALA"), ("GU", "GUAM"),
    ("GW", "GUINEE BISSAU"), ("GY", "GUYANA"), ("HK", "HONG KONG"), ("HM", "ILES HEARD ET MCDONALD"),
    ("HN", "HONDURAS"), ("HR", "CROATIE"), ("HT", "HAITI"), ("HU", "HONGRIE"), ("ID", "INDONESIE"), ("IE", "IRLANDE"),
    ("IL", "ISRAEL"), ("IM", "ILE DE MAN"), ("IN", "INDE"), ("IO", "OCEAN INDIEN BRIT"), ("IQ", "IRAK"), ("IR", "IRAN"),
    ("IS", "ISLANDE"), ("IT", "ITALIE"), ("JE", "JERSEY"), ("JM", "JAMAIQUE"), ("JO", "JORDANIE"), ("JP", "JAPON"),
    ("KE", "KENYA"), ("KG", "KIRGHIZISTAN"), ("KH", "CAMBODGE"), ("KI", "KIRIBATI"), ("KM", "COMORES"),
    ("KN", "SAINT KITTS ET NEVIS"), ("KP", "COREE DU NORD"), ("KR", "COREE DU SUD"), ("KW", "KOWEIT"),
    ("KY", "ILES CAIMANS"), ("KZ", "KAZAKHSTAN"), ("LA", "LAOS"), ("LB", "LIBAN"), ("LC", "SAINTE LUCIE"),
    ("LI", "LIECHTENSTEIN"), ("LK", "SRI LANKA"), ("LR", "LIBERIA"), ("LS", "LESOTHO"), ("LT", "LITUANIE"),
    ("LU", "LUXEMBOURG"), ("LV", "LETTONIE"), ("LY", "LIBYE"), ("MA", "MAROC"), ("MC", "MONACO"), ("MD", "MOLDAVIE"),
    ("ME", "MONTENEGRO"), ("MF", "SAINT MARTIN"), ("MG", "MADAGASCAR"), ("MH", "ILES MARSHALL"),
    ("MK", "MACEDOINE DU NORD"), ("ML", "MALI"), ("MM", "BIRMANIE"), ("MN", "MONGOLIE"), ("MO", "MACAO"),
    ("MP", "MARIANNES DU NORD"), ("MQ", "MARTINIQUE"), ("MR", "MAURITANIE"), ("MS", "MONTSERRAT"), ("MT", "MALTE"),
    ("MU", "MAURICE"), ("MV", "MALDIVES"), ("MW", "MALAWI"), ("MX", "MEXIQUE"), ("MY", "MALAISIE"),
    ("MZ", "MOZAMBIQUE"), ("NA", "NAMIBIE"), ("NC", "NOUVELLE CALEDONIE"), ("NE", "NIGER"), ("NF", "ILE NORFOLK"),
    ("NG", "NIGERIA"), ("NI", "NICARAGUA"), ("NL", "PAYS BAS"), ("NO", "NORVEGE"), ("NP", "NEPAL"), ("NR", "NAURU"),
    ("NU", "NIUE"), ("NZ", "NOUVELLE ZELANDE"), ("OM", "OMAN"), ("PA", "PANAMA"), ("PE", "PEROU"),
    ("PF", "POLYNESIE FRANCAISE"), ("PG", "PAPOUASIE NLLE GUINEE"), ("PH", "PHILIPPINES"), ("PK", "PAKISTAN"),
    ("PL", "POLOGNE"), ("PM", "ST PIERRE ET MIQUELON"), ("PN", "PITCAIRN"), ("PR", "PORTO RICO"), ("PS", "PALESTINE"),
    ("PT", "PORTUGAL"), ("PW", "PALAOS"), ("PY", "PARAGUAY"), ("QA", "QATAR"), ("RE", "LA REUNION"), ("RO", "ROUMANIE"),
    ("RS", "SERBIE"), ("RU", "RUSSIE"), ("RW", "RWANDA"), ("SA", "ARABIE SAOUDITE"), ("SB", "ILES SALOMON"),
    ("SC", "SEYCHELLES"), ("SD", "SOUDAN"), ("SE", "SUEDE"), ("SG", "SINGAPOUR"), ("SH", "SAINTE HELENE"),
    ("SI", "SLOVENIE"), ("SJ", "SVALBARD ET JAN MAYEN"), ("SK", "SLOVAQUIE"), ("SL", "SIERRA LEONE"),
    ("SM", "SAINT MARIN"), ("SN", "SENEGAL"), ("SO", "SOMALIE"), ("SR", "SURINAME"), ("SS", "SOUDAN DU SUD"),
    ("ST", "SAO TOME ET PRINCIPE"), ("SV", "SALVADOR"), ("SX", "SINT MAARTEN"), ("SY", "SYRIE"), ("SZ", "ESWATINI"),
    ("TC", "ILES TURQUES"), ("TD", "TCHAD"), ("TF", "TERRES AUSTRALES FR"), ("TG", "TOGO"), ("TH", "THAILANDE"),
    ("TJ", "TADJIKISTAN"), ("TK", "TOKELAU"), ("TL", "TIMOR ORIENTAL"), ("TM", "TURKMENISTAN"), ("TN", "TUNISIE"),
    ("TO", "TONGA"), ("TR", "TURQUIE"), ("TT", "TRINITE ET TOBAGO"), ("TV", "TUVALU"), ("TW", "TAIWAN"),
    ("TZ", "TANZANIE"), ("UA", "UKRAINE"), ("UG", "OUGANDA"), ("UM", "ILES MINEURES US"), ("US", "ETATS UNIS"),
    ("UY", "URUGUAY"), ("UZ", "OUZBEKISTAN"), ("VA", "VATICAN"), ("VC", "SAINT VINCENT"), ("VE", "VENEZUELA"),
    ("VG", "ILES VIERGES BRIT"), ("VI", "ILES VIERGES US"), ("VN", "VIETNAM"), ("VU", "VANUATU"),
    ("WF", "WALLIS ET FUTUNA"), ("WS", "SAMOA"), ("XK", "KOSOVO"), ("YE", "YEMEN"), ("YT", "MAYOTTE"),
    ("ZA", "AFRIQUE DU SUD"), ("ZM", "ZAMBIE"), ("ZW", "ZIMBABWE"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_and_named() {
        for (code, name) in [
            ("FR", "FRANCE"),
            ("DE", "ALLEMAGNE"),
            ("GB", "ROYAUME UNI"),
            ("XK", "KOSOVO"),
        ] {
            let country = Country::parse(code).unwrap();
            assert_eq!(
                (country.to_string().as_str(), country.postal_name()),
                (code, name)
            );
        }
        assert_eq!(Country::parse("UK"), Country::parse("GB"));
        for text in ["", "F", "fr", "XX", "ZZ", "EU", "FRA", "F R", "ÉT"] {
            assert!(Country::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_fit_the_line_and_are_read_by_sorting_machines() {
        assert_eq!(Country::all().count(), 250, "249 of ISO 3166-1 and Kosovo");
        for country in Country::all() {
            let name = country.postal_name();
            assert!((3..=24).contains(&name.len()), "{country}");
            assert!(
                name.bytes()
                    .all(|byte| byte.is_ascii_uppercase() || byte == b' '),
                "{country}"
            );
        }
    }

    #[test]
    fn signs_of_vehicles_are_no_codes() {
        let of = |sign| Country::of_distinguishing_sign(sign).map(|country| country.to_string());
        for (sign, code) in [
            ("D", "DE"),
            ("E", "ES"),
            ("I", "IT"),
            ("GB", "GB"),
            ("UK", "GB"),
            ("NL", "NL"),
            ("B", "BE"),
            ("CH", "CH"),
            ("L", "LU"),
            ("F", "FR"),
            ("P", "PT"),
            ("IRL", "IE"),
            ("FL", "LI"),
        ] {
            assert_eq!(of(sign).as_deref(), Some(code), "{sign}");
        }
        assert_eq!(of("X"), None);
        for (sign, _) in SIGNS {
            assert!(of(sign).is_some(), "{sign}");
        }
    }

    #[test]
    fn three_countries_can_be_traced_without_interception() {
        let traceable: Vec<_> = Country::all()
            .filter(|country| country.is_traceable())
            .collect();
        assert_eq!(
            traceable,
            [Country::BELGIUM, Country::SWITZERLAND, Country::FRANCE]
        );
    }
}
