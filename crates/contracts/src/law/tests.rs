//! A table per article of the law, against the edition compiled in: amounts and delays here.

mod offences;

use cnt_domain::amounts::{FineAmounts, OffenceClass};
use cnt_domain::law::{Article, Author, Law};
use cnt_domain::money::Cents;
use cnt_domain::natinf::{NatInf, NatInfEntry};
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::*;

const TODAY: Date = date(2026, 11, 20);

fn law() -> Law {
    to_law(&LawV1::default()).unwrap()
}

/// An offence vetted as open to both fines, punished by an article.
fn offence(class: u8, article: &str) -> NatInfEntry {
    NatInfEntry {
        code: NatInf(1),
        qualification: String::new(),
        defined_by: String::new(),
        punished_by: article.to_owned(),
        article: Article::first_of(article),
        family: None,
        supported: true,
        class: OffenceClass::from_number(class).unwrap(),
        points: 0,
        fixed_fine: true,
        reduced_fine: true,
        from: date(2000, 1, 1),
        to: None,
    }
}

fn road(class: u8, number: &str) -> NatInfEntry {
    offence(class, &format!("ART.{number} C.ROUTE."))
}

fn penal(class: u8, number: &str) -> NatInfEntry {
    offence(class, &format!("ART.{number} C.PENAL."))
}

fn euros(minoree: Option<i64>, forfaitaire: i64, majoree: i64) -> FineAmounts {
    FineAmounts {
        minoree: minoree.map(Cents::euros),
        forfaitaire: Cents::euros(forfaitaire),
        majoree: Cents::euros(majoree),
    }
}

#[test]
fn the_edition_compiled_in_is_read() {
    let read = read_law(LAW_TOML).unwrap();
    assert_eq!(read, LawV1::default());
    let json = serde_json::to_string(&read).unwrap();
    assert_eq!(serde_json::from_str::<LawV1>(&json).unwrap(), read);
    assert_eq!(
        toml::from_str::<LawV1>(&toml::to_string(&read).unwrap()).unwrap(),
        read
    );
}

#[test]
fn cpp_r49_r49_7_and_r49_9_amounts_by_class() {
    let table = [
        (road(1, "R.412-37"), euros(None, 4, 7)),
        (road(1, "R.417-7"), euros(None, 11, 33)),
        (road(2, "R.416-1"), euros(Some(22), 35, 75)),
        (road(3, "R.413-14"), euros(Some(45), 68, 180)),
        (road(4, "R.412-30"), euros(Some(90), 135, 375)),
        (road(5, "R.321-4-2"), euros(Some(150), 200, 450)),
        (penal(5, "R.635-8"), euros(None, 200, 450)),
    ];
    for (entry, amounts) in table {
        let found = law().amounts(&entry, Author::Natural, TODAY);
        assert_eq!(found, Some(amounts), "{}", entry.punished_by);
    }
}

#[test]
fn cp_131_13_maxima() {
    for (class, most) in [(1, 38), (2, 150), (3, 450), (4, 750), (5, 1_500)] {
        let class = OffenceClass::from_number(class).unwrap();
        assert_eq!(law().court_max(class, TODAY), Some(Cents::euros(most)));
    }
}

#[test]
fn cpp_529_7_and_r49_8_5_reduced_fine() {
    let table = [
        (road(2, "R.417-1"), false),
        (road(4, "R.417-9"), false),
        (road(4, "R.417-11"), false),
        (road(2, "R.417-13"), false),
        (road(4, "R.421-7"), false),
        (road(1, "R.412-49"), false),
        (penal(4, "R.634-2"), false),
        (offence(2, "ART.R.211-21-5 C.ASSURANCES."), false),
        (road(4, "R.421-6"), true),
        (road(4, "R.416-11"), true),
    ];
    for (entry, is_reduced) in table {
        let amounts = law().amounts(&entry, Author::Natural, TODAY).unwrap();
        assert_eq!(
            amounts.minoree.is_some(),
            is_reduced,
            "{}",
            entry.punished_by
        );
    }
    let mut vetted_without = road(4, "R.412-30");
    vetted_without.reduced_fine = false;
    let amounts = law()
        .amounts(&vetted_without, Author::Natural, TODAY)
        .unwrap();
    assert_eq!(amounts.minoree, None);
}

#[test]
fn cpp_r48_1_what_is_open_to_the_fixed_fine() {
    let day = date(2026, 11, 20);
    let table = [
        (road(4, "R.412-30"), true),
        (penal(4, "R.634-2"), true),
        (penal(2, "R.632-1"), true),
        (penal(2, "R.622-2"), true),
        (penal(3, "R.623-2"), true),
        (penal(4, "R.644-2"), true),
        (penal(4, "R.644-3"), true),
        (penal(2, "R.610-5"), false),
        (penal(4, "R.634-1"), false),
        (penal(3, "R.653-1"), false),
        (offence(4, "ART.R.211-14 C.ASSURANCES."), true),
        (offence(4, "ART.R.215-2 C.RURAL."), true),
        (offence(4, "ART.R.3515-2 C.SANTE.PUB."), true),
        (offence(5, "ART.R.116-2 C.VOIRIE.R."), false),
        (offence(4, "ART.4 DECRET 2005-1766 DU 30/12/2005."), false),
        (road(5, "R.413-15"), true),
        (road(5, "R.221-18"), false),
        (penal(5, "R.635-8"), true),
        (penal(5, "R.635-1"), false),
    ];
    for (entry, is_open) in table {
        assert_eq!(
            law().is_fixed_fine(&entry, day),
            is_open,
            "{}",
            entry.punished_by
        );
    }
}

#[test]
fn the_fifth_class_opens_by_date() {
    let open = |entry: &NatInfEntry, day| law().amounts(entry, Author::Natural, day);
    let waste = penal(5, "R.635-8");
    assert_eq!(open(&waste, date(2020, 3, 28)), None);
    assert_eq!(open(&waste, date(2020, 3, 29)), Some(euros(None, 200, 450)));
    let device = road(5, "R.413-15");
    assert_eq!(open(&device, date(2024, 6, 11)), None);
    assert_eq!(
        open(&device, date(2024, 6, 12)),
        Some(euros(Some(150), 200, 450))
    );
}

#[test]
fn cpp_530_3_legal_persons_owe_five_times_as_authors_only() {
    let waste = penal(4, "R.634-2");
    let owed = |author| law().amounts(&waste, author, TODAY).unwrap();
    assert_eq!(owed(Author::Natural), euros(None, 135, 375));
    assert_eq!(owed(Author::Legal), euros(None, 675, 1_875));
    assert_eq!(
        owed(Author::Representative),
        euros(None, 135, 375),
        "L121-2 al. 4"
    );
    let light = law().amounts(&road(4, "R.412-30"), Author::Legal, TODAY);
    assert_eq!(light, Some(euros(Some(450), 675, 1_875)));
}

/// The dated switch: an edition may say otherwise from a day on.
#[test]
fn an_edition_changes_the_law_from_a_day_on() {
    let mut wire = LawV1::default();
    let mut row = wire.authors[1].clone();
    row.from = crate::registry::DateText("2027-01-01".to_owned());
    row.factor = 5;
    wire.authors.push(row);
    let law = to_law(&wire).unwrap();
    let owed = |day| {
        law.amounts(&penal(4, "R.634-2"), Author::Representative, day)
            .unwrap()
    };
    assert_eq!(owed(date(2026, 12, 31)).forfaitaire, Cents::euros(135));
    assert_eq!(owed(date(2027, 1, 1)).forfaitaire, Cents::euros(675));
}

#[test]
fn cpp_529_1_529_2_529_8_529_9_and_r49_3_1_delays() {
    // Monday 23 November 2026.
    let printed = law().deadlines(date(2026, 11, 23), false).unwrap();
    assert_eq!(printed.minoree_paper, date(2026, 12, 8), "529-8: 15 days");
    assert_eq!(
        printed.minoree_online,
        date(2026, 12, 23),
        "R49-3-1: 15 more"
    );
    assert_eq!(
        printed.forfaitaire_paper,
        date(2027, 1, 7),
        "529-9: 45 days"
    );
    assert_eq!(
        printed.forfaitaire_online,
        date(2027, 1, 22),
        "R49-3-1: 15 more"
    );
    assert_eq!(
        printed.requete,
        date(2027, 1, 7),
        "529-2: 45 days, online too"
    );
}

#[test]
fn cpp_530_2_1_a_month_more_from_abroad() {
    let printed = law().deadlines(date(2026, 11, 23), true).unwrap();
    // 8 January 2027 is a Friday; 7 February a Sunday.
    assert_eq!(printed.minoree_paper, date(2027, 1, 8));
    assert_eq!(printed.minoree_online, printed.minoree_paper);
    assert_eq!(printed.requete, date(2027, 2, 8));
    assert_eq!(printed.forfaitaire_online, printed.requete);
}

#[test]
fn cpp_801_days_of_rest_prolong() {
    // 45 days after 10 November 2026 is Christmas, a Friday: Monday 28 December.
    let printed = law().deadlines(date(2026, 11, 10), false).unwrap();
    assert_eq!(printed.requete, date(2026, 12, 28));
    // Easter Monday, Ascension, Whit Monday, and days of the year, in 2026.
    let feasts = [
        (1, 1),
        (4, 6),
        (5, 1),
        (5, 8),
        (5, 14),
        (5, 25),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    ];
    let calendar = law().calendar;
    let found: Vec<(i8, i8)> = date(2026, 1, 1)
        .series(jiff::Span::new().days(1))
        .take_while(|day| day.year() == 2026)
        .filter(|day| calendar.is_public_holiday(*day))
        .map(|day| (day.month(), day.day()))
        .collect();
    assert_eq!(found, feasts, "L3133-1");
}

#[test]
fn cpp_r49_6_a_fifth_less_within_a_month_and_530_delays() {
    let law = law();
    let sent = date(2026, 3, 10);
    for (majoree, reduced) in [
        (3_300, 2_640),
        (7_500, 6_000),
        (18_000, 14_400),
        (37_500, 30_000),
        (45_000, 36_000),
    ] {
        assert_eq!(
            law.majoree_reduced(Cents(majoree), sent),
            Some(Cents(reduced))
        );
    }
    let last = law.majoree_deadlines(sent, false).unwrap();
    assert_eq!(last.reduced_paper, date(2026, 4, 10));
    // 25 April is a Saturday: Monday 27.
    assert_eq!(last.reduced_remote, date(2026, 4, 27));
    assert_eq!(last.reclamation, date(2026, 4, 9), "30 days");
    let abroad = law.majoree_deadlines(sent, true).unwrap();
    // 9 May is a Saturday.
    assert_eq!(abroad.reclamation, date(2026, 5, 11));
    assert_eq!(
        abroad.reduced_paper, last.reduced_paper,
        "530-2-1 does not list it"
    );
}

#[test]
fn cpp_9_prescription_is_one_year_day_for_day() {
    let law = law();
    assert_eq!(
        law.prescription(date(2025, 11, 20)),
        Some(date(2026, 11, 20))
    );
    assert_eq!(law.prescription(date(2024, 2, 29)), Some(date(2025, 2, 28)));
}

#[test]
fn a_wrong_row_is_named() {
    let error = |from: &str, to: &str| {
        let text = LAW_TOML.replacen(from, to, 1);
        assert_ne!(text, LAW_TOML);
        read_law(&text).unwrap_err().to_string()
    };
    assert_eq!(
        error("majoree_cents = 700", "majoree_cents = 300"),
        "the law's table \"amounts\" is wrong in row 1"
    );
    assert_eq!(
        error("\"R417-1 à R417-13\", \"R421-7\"", "\"R417-13 à R417-1\""),
        "the law's table \"reduced_fine\" is wrong in row 1"
    );
    assert_eq!(
        error("day = \"05-08\"", "day = \"05-32\""),
        "the law's table \"holidays\" is wrong in row 4"
    );
    assert!(error("factor = 5", "faktor = 5").contains("shape"));
}

proptest! {
    /// Whatever the offence and the author: amounts ascend, and are whole multiples of a natural person's.
    #[test]
    fn amounts_ascend_and_multiply(class in 1u8..=5, major in 100u16..700, minor in 1u16..60, day in 0i64..9_000) {
        let on = date(2004, 1, 1).saturating_add(jiff::Span::new().days(day));
        let entry = road(class, &format!("R.{major}-{minor}"));
        let law = law();
        let natural = law.amounts(&entry, Author::Natural, on);
        let legal = law.amounts(&entry, Author::Legal, on);
        prop_assert_eq!(natural.is_some(), legal.is_some());
        if let (Some(natural), Some(legal)) = (natural, legal) {
            prop_assert!(natural.minoree.is_none_or(|minoree| minoree < natural.forfaitaire));
            prop_assert!(natural.forfaitaire < natural.majoree);
            prop_assert_eq!(natural.forfaitaire.times(5), Some(legal.forfaitaire));
            prop_assert_eq!(natural.minoree.is_some(), legal.minoree.is_some());
        }
    }

    /// Deadlines come in their order, never on a day of rest, and never later for a later avis than for an earlier one.
    #[test]
    fn deadlines_keep_their_order(day in 0i64..9_000, abroad: bool) {
        let law = law();
        let sent = date(2004, 1, 1).saturating_add(jiff::Span::new().days(day));
        let printed = law.deadlines(sent, abroad).unwrap();
        prop_assert!(sent < printed.minoree_paper && printed.minoree_paper <= printed.minoree_online);
        prop_assert!(printed.minoree_online < printed.forfaitaire_online);
        prop_assert!(printed.forfaitaire_paper <= printed.forfaitaire_online);
        prop_assert_eq!(printed.requete, printed.forfaitaire_paper);
        for last in [printed.minoree_paper, printed.minoree_online, printed.requete, printed.forfaitaire_online] {
            prop_assert_eq!(law.calendar.prolonged(last), last);
        }
        let later = law.deadlines(sent.tomorrow().unwrap(), abroad).unwrap();
        prop_assert!(printed.requete <= later.requete && printed.minoree_paper <= later.minoree_paper);
    }
}
