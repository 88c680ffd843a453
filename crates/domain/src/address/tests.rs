//! Addresses: rules of NF Z10-011 case by case, and what holds for any text.

use proptest::prelude::*;

use super::*;

fn address(street: &str, town: &str) -> Address {
    Address {
        complement: None,
        building: None,
        street: Some(street.to_owned()),
        hamlet: None,
        town: town.to_owned(),
        country: Country::FRANCE,
    }
}

fn lines(identity: &[&str], address: &Address) -> Result<Vec<String>, AddressProblem> {
    PostalAddress::normalise(identity, address)
        .map(|address| address.lines().into_iter().map(str::to_owned).collect())
}

#[test]
fn a_whole_address_in_its_order() {
    let whole = Address {
        complement: Some("chez Mme Œuvrard, 2e étage".to_owned()),
        building: Some("Résidence « Les Lilas » – bât. B".to_owned()),
        street: Some("12 bis, rue de l’Église".to_owned()),
        hamlet: Some("Le Bois-Joli".to_owned()),
        town: "35000 Rennes".to_owned(),
        country: Country::FRANCE,
    };
    let postal = PostalAddress::normalise(&["MME Zoé D'HÉROUVILLE"], &whole).unwrap();
    assert_eq!(
        postal.lines(),
        [
            "MME Zoé D'HÉROUVILLE",
            "chez Mme Œuvrard, 2e étage",
            "Résidence « Les Lilas » – bât. B",
            "12 BIS RUE DE L EGLISE",
            "LE BOIS JOLI",
            "35000 RENNES"
        ]
    );
    assert_eq!((postal.postcode(), postal.locality()), ("35000", "RENNES"));
    assert!(!postal.is_abroad());
    assert_eq!(
        format!("{postal:?} {whole:?}"),
        "PostalAddress(***) Address(***)"
    );
}

#[test]
fn abroad_the_country_ends_the_address() {
    for (town, country, last) in [
        ("10115 Berlin", "DE", ["10115 BERLIN", "ALLEMAGNE"]),
        ("1201 Genève", "CH", ["1201 GENEVE", "SUISSE"]),
        ("London SW1A 1AA", "GB", ["LONDON SW1A 1AA", "ROYAUME UNI"]),
        (
            "1012 AB 's-Gravenhage",
            "NL",
            ["1012 AB S GRAVENHAGE", "PAYS BAS"],
        ),
    ] {
        let abroad = Address {
            country: Country::parse(country).unwrap(),
            ..address("3, Bahnhofstraße", town)
        };
        let postal = PostalAddress::normalise(&["Jean Müller"], &abroad).unwrap();
        assert_eq!(postal.lines()[1], "3 BAHNHOFSTRASSE");
        assert_eq!(postal.lines()[2..], last);
        assert_eq!((postal.postcode(), postal.locality()), ("", last[1]));
        assert!(postal.is_abroad());
    }
}

#[test]
fn cedex_ends_the_line() {
    let firm = Address {
        street: None,
        hamlet: Some("BP 90001".to_owned()),
        ..address("", "35042 Rennes Cedex 9")
    };
    assert_eq!(
        lines(&["SARL DU PONT"], &firm).unwrap(),
        ["SARL DU PONT", "BP 90001", "35042 RENNES CEDEX 9"]
    );
    let town = |town: &str| lines(&["X"], &address("1 RUE X", town)).map(drop);
    assert_eq!(town("35042 RENNES CEDEX"), Ok(()));
    assert_eq!(town("75379 PARIS CEDEX 08"), Ok(()));
    for wrong in [
        "35042 CEDEX RENNES",
        "35042 CEDEX",
        "35042 RENNES CEDEX 123",
        "35042 RENNES CEDEX 9 BIS",
    ] {
        assert_eq!(town(wrong), Err(AddressProblem::Cedex), "{wrong}");
    }
}

/// Types of streets are abbreviated beyond 32 characters, then titles; never before, never the last word.
#[test]
fn streets_are_abbreviated_only_when_they_must() {
    for (street, line) in [
        // 31 and 32 characters of name stay whole.
        (
            "12 AVENUE DU GENERAL DE GAULLE ABCD",
            "12 AVENUE DU GENERAL DE GAULLE ABCD",
        ),
        (
            "1234 AVENUE DU GENERAL DE GAULLE ABCD",
            "1234 AVENUE DU GENERAL DE GAULLE ABCD",
        ),
        // 34 characters: the type alone suffices.
        (
            "7 AVENUE DU GENERAL DE GAULLE ABCDE F",
            "7 AV DU GENERAL DE GAULLE ABCDE F",
        ),
        (
            "7 BIS BOULEVARD DU PROFESSEUR JEAN LOUIS FAURE",
            "7 BIS BD DU PR JEAN LOUIS FAURE",
        ),
        (
            "7 ROND POINT DU MARECHAL DE LATTRE DE TASSIGNY",
            "7 RPT DU MAL DE LATTRE DE TASSIGNY",
        ),
        // The number counts in the line of 38: name of 32 and a number of seven.
        (
            "1000 12 AVENUE DU GENERAL DE GAULLE ABCD",
            "1000 12 AV DU GENERAL DE GAULLE ABCD",
        ),
        // A type that is the whole name stays.
        ("12 RUE DE LA PLACE", "12 RUE DE LA PLACE"),
    ] {
        assert_eq!(
            lines(&["X"], &address(street, "35000 RENNES")).unwrap()[1],
            line,
            "{street}"
        );
    }
}

#[test]
fn what_is_still_too_long_moves_up() {
    let street = "123 CHEMIN VICINAL ORDINAIRE NUMERO QUATRE DIT DES ANCIENNES CARRIERES BLANCHES";
    assert_eq!(
        lines(&["X"], &address(street, "35000 RENNES")).unwrap(),
        [
            "X",
            "123 CHE VICINAL ORDINAIRE NUMERO",
            "QUATRE DIT",
            "DES ANCIENNES CARRIERES BLANCHES",
            "35000 RENNES"
        ]
    );
    let full = Address {
        complement: Some("CHEZ Y".to_owned()),
        building: Some("BATIMENT B".to_owned()),
        ..address(street, "35000 RENNES")
    };
    assert_eq!(lines(&["X"], &full), Err(AddressProblem::TooManyLines));
}

#[test]
fn names_go_on_in_the_next_line() {
    let name = "MME Marie-Charlotte Victoire DE LA TOUR DU PIN CHAMBLY";
    assert_eq!(
        lines(&[name], &address("1 RUE X", "35000 RENNES")).unwrap(),
        [
            "MME Marie-Charlotte Victoire DE LA",
            "TOUR DU PIN CHAMBLY",
            "1 RUE X",
            "35000 RENNES"
        ]
    );
    let company = [
        "AU REPRESENTANT LEGAL DE",
        "SARL SERVICES INFORMATIQUES DU PONT ET DE LA RIVE GAUCHE",
    ];
    assert_eq!(
        lines(&company, &address("1 RUE X", "35000 RENNES")).unwrap()[..3],
        [
            "AU REPRESENTANT LEGAL DE",
            "SARL SERVICES INFORMATIQUES DU PONT ET",
            "DE LA RIVE GAUCHE"
        ]
    );
}

#[test]
fn refusals_name_their_line() {
    use AddressLine::{Building, Complement, Hamlet, Identity, Street, Town};
    use AddressProblem::{Letter, Missing, Postcode, TooLong, TooManyLines};
    let good = || address("1 RUE X", "35000 RENNES");
    let long = "N".repeat(39);
    let some = |text: &str| Some(text.to_owned());
    for (identity, address, problem) in [
        ("李", good(), Letter(Identity)),
        ("", good(), Missing(Identity)),
        (long.as_str(), good(), TooLong(Identity)),
        (
            "X",
            Address {
                complement: some("улица"),
                ..good()
            },
            Letter(Complement),
        ),
        (
            "X",
            Address {
                building: some(&long),
                ..good()
            },
            TooLong(Building),
        ),
        ("X", address("улица 1", "35000 RENNES"), Letter(Street)),
        ("X", address(&long, "35000 RENNES"), TooLong(Street)),
        ("X", address("  ", "35000 RENNES"), Missing(Street)),
        (
            "X",
            Address {
                hamlet: some(&long),
                ..good()
            },
            TooLong(Hamlet),
        ),
        ("X", address("1 RUE X", ""), Missing(Town)),
        (
            "X",
            address("1 RUE X", &format!("35000 {}", "N".repeat(33))),
            TooLong(Town),
        ),
        ("X", address("1 RUE X", "RENNES"), Postcode),
        ("X", address("1 RUE X", "3500 RENNES"), Postcode),
        ("X", address("1 RUE X", "35000"), Postcode),
        ("X", address("1 RUE X", "35000 35"), Postcode),
        (
            "X",
            Address {
                complement: some(&"NN ".repeat(26)),
                building: some("Y"),
                ..good()
            },
            TooManyLines,
        ),
    ] {
        assert_eq!(
            lines(&[identity], &address),
            Err(problem),
            "{identity} {problem}"
        );
        assert!(!problem.french().is_empty() && problem.to_string().is_ascii());
    }
}

#[test]
fn abbreviations_are_shorter_and_never_abbreviated_again() {
    let shorts: Vec<&str> = abbreviations::TYPES
        .iter()
        .map(|(_, short)| *short)
        .collect();
    for (name, short) in abbreviations::TYPES {
        assert!(
            short.len() < name.join(" ").len()
                && short.bytes().all(|byte| byte.is_ascii_uppercase()),
            "{short}"
        );
        assert!(!shorts.contains(&name[0]), "{short}");
    }
    for (title, short) in abbreviations::TITLES {
        assert!(short.len() < title.len(), "{short}");
        assert!(
            abbreviations::TITLES
                .iter()
                .all(|(other, _)| *other != short),
            "{short}"
        );
    }
}

/// Every word of the declared address, in order, as the post reads it.
fn folded(texts: &[&str]) -> Vec<String> {
    texts
        .iter()
        .filter_map(|text| postal(text))
        .flat_map(|text| text.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Whether `printed` says the words of `declared`, each whole or as its abbreviation.
fn says(declared: &[String], printed: &[String]) -> bool {
    let Some((first, rest)) = printed.split_first() else {
        return declared.is_empty();
    };
    if declared.first() == Some(first) && says(&declared[1..], rest) {
        return true;
    }
    let types = abbreviations::TYPES
        .iter()
        .filter(|(_, short)| short == first)
        .map(|(name, _)| name.to_vec());
    let titles = abbreviations::TITLES
        .iter()
        .filter(|(_, short)| short == first)
        .map(|(title, _)| vec![*title]);
    types.chain(titles).any(|name| {
        declared.len() >= name.len()
            && declared[..name.len()] == name
            && says(&declared[name.len()..], rest)
    })
}

fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-zA-Zéèçœ]{1,12}".prop_map(String::from),
        2 => proptest::sample::select(vec![
            "avenue", "boulevard", "rond point", "zone artisanale", "chemin", "place", "du général", "saint", "docteur",
            "maréchal", "de la", "bis", "12", "7", "cedex", "grande rue",
        ])
        .prop_map(str::to_owned),
        1 => "[A-Z]{30,40}".prop_map(String::from),
        1 => "[-,.' ]{1,3}".prop_map(String::from),
    ];
    proptest::collection::vec(word, 0..9).prop_map(|words| words.join(" "))
}

prop_compose! {
    fn declared()(
        complement in proptest::option::of(words()),
        building in proptest::option::of(words()),
        street in proptest::option::of(words()),
        hamlet in proptest::option::of(words()),
        postcode in "[0-9]{5}",
        locality in words(),
        country in proptest::sample::select(vec!["FR", "FR", "FR", "DE"]),
    ) -> Address {
        let town = format!("{postcode} {locality}");
        Address { complement, building, street, hamlet, town, country: Country::parse(country).unwrap() }
    }
}

fn check(identity: &str, address: &Address) -> Result<(), TestCaseError> {
    let Ok(postal) = PostalAddress::normalise(&[identity], address) else {
        return Ok(());
    };
    let lines = postal.lines();
    prop_assert!((3..=LINES_MAX).contains(&lines.len()));
    for line in &lines {
        prop_assert!(
            (1..=LINE_LENGTH_MAX).contains(&line.chars().count()),
            "{line}"
        );
        prop_assert!(
            !line.starts_with(' ') && !line.ends_with(' ') && !line.contains("  "),
            "{line}"
        );
    }
    let lower = lines
        .iter()
        .rev()
        .take(if postal.is_abroad() { 3 } else { 2 });
    for line in lower {
        prop_assert!(
            line.bytes()
                .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b' ')),
            "{line}"
        );
    }
    // No word is lost.
    let parts = [
        Some(identity),
        address.complement.as_deref(),
        address.building.as_deref(),
        address.street.as_deref(),
        address.hamlet.as_deref(),
        Some(&address.town),
        postal.is_abroad().then(|| address.country.postal_name()),
    ];
    let said = folded(&parts.into_iter().flatten().collect::<Vec<_>>());
    prop_assert!(says(&said, &folded(&lines)), "{said:?} {lines:?}");
    // What is normalised stays as it is.
    let (identity, again) = postal.as_declared();
    prop_assert_eq!(
        PostalAddress::normalise(&[identity], &again),
        Ok(postal.clone())
    );
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn normalised_addresses_hold(identity in words(), address in declared()) {
        check(&identity, &address)?;
    }

    #[test]
    fn no_text_panics(identity in "\\PC{0,60}", street in "\\PC{0,60}", town in "\\PC{0,50}", hamlet in "\\PC{0,40}") {
        let address = Address { hamlet: Some(hamlet), ..address(&street, &town) };
        let german = Address { country: Country::parse("DE").unwrap(), ..address.clone() };
        for address in [address, german] {
            if let Ok(lines) = lines(&[&identity], &address) {
                prop_assert!(lines.iter().all(|line| line.chars().count() <= LINE_LENGTH_MAX));
            }
        }
    }

    /// Every street of ordinary length has its line.
    #[test]
    fn ordinary_addresses_are_never_refused(street in "[1-9][0-9]{0,2} (RUE|AVENUE|PLACE) [A-Z]{3,12} [A-Z]{3,12}", locality in "[A-Z]{3,20}") {
        let ordinary = address(&street, &format!("35000 {locality}"));
        prop_assert!(lines(&["M. Jean MARTIN"], &ordinary).is_ok());
    }
}
