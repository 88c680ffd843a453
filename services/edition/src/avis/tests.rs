//! From facts to print, and what the press makes of the hardest ones.

use cnt_contracts::law::{LawV1, to_law};
use cnt_domain::amounts::OffenceClass;
use cnt_domain::ids::MifId;
use cnt_domain::law::Article;
use cnt_domain::mif::{Licence, Offence, Person, PersonRole, Speed};
use cnt_domain::natinf::{NatInf, NatInfList};
use cnt_domain::plate::{Country, Plate};
use cnt_domain::registry::{AgentQuality, Period, PoliceService};
use cnt_domain::siv;
use jiff::civil::date;
use uuid::Uuid;

use super::*;
use crate::addressee::addressee;
use crate::press::{Press, is_of_address};

const NUMBER: u64 = 9_900_000_017;
const SENT: Date = date(2026, 11, 23);

fn issue() -> Issue<'static> {
    Issue {
        number: AvisNumber::new(NUMBER).unwrap(),
        date: SENT,
        portal_key: "K7M3XP9W",
    }
}

fn period() -> Period {
    Period {
        from: date(2020, 1, 1),
        to: None,
    }
}

fn natinf(code: u32, class: OffenceClass, reduced_fine: bool, article: &str) -> NatInfEntry {
    let defined_by = format!("ART.{article} C.ROUTE.");
    NatInfEntry {
        article: Article::first_of(&defined_by),
        family: None,
        supported: true,
        code: NatInf(code),
        qualification: format!("INFRACTION {code}"),
        punished_by: defined_by.clone(),
        defined_by,
        class,
        points: 0,
        fixed_fine: true,
        reduced_fine,
        from: date(2020, 1, 1),
        to: None,
    }
}

fn registry() -> Registry {
    let mut registry = Registry {
        version: 1,
        law: to_law(&LawV1::default()).unwrap(),
        natinf: NatInfList::new([
            natinf(31_089, OffenceClass::Fourth, false, "R.417-11"),
            natinf(7_535, OffenceClass::Fourth, true, "R.412-30"),
        ]),
        ..Registry::default()
    };
    let omp = Omp {
        code: "OMP-35-01".parse().unwrap(),
        court: "Tribunal de police de Rennes".to_owned(),
        address: vec!["BP 00000".to_owned(), "35000 RENNES".to_owned()],
    };
    let commune = Commune {
        insee: "35238".parse().unwrap(),
        name: "Rennes".to_owned(),
        postcode: "35000".to_owned(),
        period: period(),
        omp: omp.code.clone(),
        dated_omps: Vec::new(),
    };
    let service = PoliceService {
        code: "35PM001".parse().unwrap(),
        siren: "213502388".parse().unwrap(),
        label: "Police municipale de Rennes".to_owned(),
        territory: vec![(commune.insee.clone(), period())],
    };
    registry.omps.insert(omp.code.clone(), omp);
    registry.communes.insert(commune.insee.clone(), commune);
    registry.services.insert(service.code.clone(), service);
    registry
}

fn mif(natinf: u32, plate: &str, country: &str) -> Mif {
    Mif {
        id: MifId(Uuid::from_u128(1)),
        pv_number: "PV1".parse().unwrap(),
        siren: "213502388".parse().unwrap(),
        service: "35PM001".parse().unwrap(),
        matricule: "990017".parse().unwrap(),
        corps: AgentQuality::PoliceMunicipale,
        quality: None,
        card: "C1".parse().unwrap(),
        device: "D1".parse().unwrap(),
        offence: Offence {
            natinf: NatInf(natinf),
            at: "2026-11-20T13:35:00Z".parse().unwrap(),
            day: date(2026, 11, 20),
            clock_time: "14:35".to_owned(),
            intercepted: false,
            information_left: true,
            simultaneous: 1,
            others: Vec::new(),
            speed: None,
            place: Place {
                commune: "35238".parse().unwrap(),
                on_motorway: false,
                street: "RUE DE L’HÔTEL-DIEU".to_owned(),
                number: Some("27".to_owned()),
                detail: Some("FACE AU N° 27".to_owned()),
                direction: None,
            },
            removal_requested: true,
            above_20_m2: false,
            speed_device: None,
        },
        vehicle: Some(Vehicle {
            plate: Plate::parse(plate, Country::parse(country).unwrap()).unwrap(),
            genre: None,
            make: Some("CITROËN".to_owned()),
            model: None,
            colour: None,
            photos: Vec::new(),
        }),
        person: None,
    }
}

fn edited(mif: &Mif) -> AvisInput {
    let addressee = addressee(mif).unwrap().unwrap();
    avis(mif, &addressee, &registry(), &issue()).unwrap().input
}

/// Plates of the simulated SIV with a certain holder.
const PERSON: &str = "ZZ001ZZ";
const COMPANY: &str = "ZZ002ZZ";
const HIRER: &str = "ZZ003ZZ";
const BUYER: &str = "ZZ005ZZ";

#[test]
fn parking_has_no_reduced_fine_and_no_deposit() {
    let input = edited(&mif(31_089, PERSON, "FR"));
    assert_eq!(input.avis_number, "9900000017");
    assert_eq!(input.addressee, AddresseeRole::Holder);
    assert_eq!(input.amounts.minoree, None);
    assert_eq!(
        input.amounts.forfaitaire,
        AmountDue {
            cents: 13_500,
            until_paper: date(2027, 1, 7),
            until_remote: date(2027, 1, 22),
        }
    );
    assert_eq!(
        input.amounts.majoree,
        AmountFrom {
            cents: 37_500,
            from: date(2027, 1, 23),
        }
    );
    assert_eq!(input.contest.until, date(2027, 1, 7));
    assert_eq!(input.contest.consignation_cents, None);
    assert_eq!(input.liability, LiabilityRule::L1212);
    let parking = input.offence.parking.unwrap();
    assert!(parking.removal_requested && !parking.above_20_m2_in_tourist_zone);
    assert_eq!(input.portal_key, "K7M3XP9W");
    assert_eq!(
        input.contest.omp.name,
        "Officier du ministère public près le tribunal de police de Rennes"
    );
    assert_eq!(input.offence.time, Time::constant(14, 35, 0, 0));
    assert_eq!(
        input.offence.place.street.as_deref(),
        Some("27 RUE DE L’HÔTEL-DIEU")
    );
    let vehicle = input.vehicle.unwrap();
    assert_eq!(
        (&*vehicle.plate, &*vehicle.country),
        ("ZZ-001-ZZ", "FRANCE")
    );
}

#[test]
fn road_code_has_a_reduced_fine_and_the_liable_holder_a_deposit() {
    let input = edited(&mif(7_535, PERSON, "FR"));
    let minoree = input.amounts.minoree.unwrap();
    assert_eq!(
        (minoree.cents, minoree.until_paper, minoree.until_remote),
        (9_000, date(2026, 12, 8), date(2026, 12, 23))
    );
    assert_eq!(input.contest.consignation_cents, Some(13_500));
    for (plate, role) in [(HIRER, AddresseeRole::Hirer), (BUYER, AddresseeRole::Buyer)] {
        let input = edited(&mif(7_535, plate, "FR"));
        assert_eq!(input.addressee, role);
        assert_eq!(
            input.contest.consignation_cents,
            Some(13_500),
            "they stand in the holder's place"
        );
    }
    assert_eq!(
        (input.liability, input.offence.parking),
        (LiabilityRule::L1213, None)
    );
}

#[test]
fn a_hirer_or_buyer_deposits_like_a_holder_and_a_driver_does_not() {
    let with_deposit = [
        AddresseeRole::Holder,
        AddresseeRole::LegalRepresentative,
        AddresseeRole::Hirer,
        AddresseeRole::Buyer,
    ];
    for role in AddresseeRole::ALL {
        let is_expected = with_deposit.contains(&role);
        assert_eq!(
            is_deposit_due(LiabilityRule::L1213, role),
            is_expected,
            "{role:?}"
        );
        assert!(!is_deposit_due(LiabilityRule::L1212, role));
        assert!(!is_deposit_due(LiabilityRule::Author, role));
    }
}

#[test]
fn speeds_and_directions_are_printed() {
    let mut speeding = mif(7_535, PERSON, "FR");
    speeding.offence.place.direction = Some("VERS LE CENTRE".to_owned());
    speeding.offence.speed = Some(Speed {
        limit: 50,
        measured: 78,
        retained: 73,
    });
    speeding.offence.speed_device = Some("CINÉMOMÈTRE 12".to_owned());
    let input = edited(&speeding);
    let speed = input.offence.speed.unwrap();
    assert_eq!((speed.limit, speed.measured, speed.retained), (50, 78, 73));
    assert_eq!(speed.device, "CINÉMOMÈTRE 12");
    let direction = input.offence.place.direction;
    assert_eq!(direction.as_deref(), Some("VERS LE CENTRE"));
}

#[test]
fn a_licence_of_another_european_state_is_exchanged_by_whoever_lives_in_france() {
    let exchange = |country: &str, address: Option<&str>| {
        let mut lines = vec!["3 rue du Four".to_owned(), "35000 Rennes".to_owned()];
        lines.extend(address.map(str::to_owned));
        let met = intercepted(Person {
            role: PersonRole::Offender,
            birth: None,
            licence: Some(Licence {
                number: "B12345".to_owned(),
                country: Country::parse(country).unwrap(),
            }),
            legal: None,
            last_name: "MÜLLER".to_owned(),
            first_names: "Jan".to_owned(),
            address: lines,
        });
        assert!(!edited(&met).licence_exchange, "no point is withdrawn");
        must_exchange_licence(&met, &addressee(&met).unwrap().unwrap())
    };
    assert!(exchange("DE", None));
    assert!(!exchange("FR", None));
    assert!(!exchange("CH", None));
    assert!(!exchange("DE", Some("DE")));
}

#[test]
fn a_company_pays_the_ordinary_amount_through_its_representative() {
    let input = edited(&mif(31_089, COMPANY, "FR"));
    assert_eq!(input.addressee, AddresseeRole::LegalRepresentative);
    assert_eq!(input.recipient[0], "AU REPRESENTANT LEGAL DE");
    assert_eq!(input.amounts.forfaitaire.cents, 13_500);
}

#[test]
fn a_belgian_holder_has_a_month_more() {
    let plate = (100..999)
        .map(|n| format!("1ABC{n}"))
        .find(|text| siv::look_up(&Plate::parse(text, Country::BELGIUM).unwrap(), SENT).is_ok())
        .unwrap();
    let input = edited(&mif(31_089, &plate, "BE"));
    assert_eq!(input.contest.until, date(2027, 2, 8));
    assert_eq!(input.amounts.forfaitaire.until_remote, date(2027, 2, 8));
    assert_eq!(input.recipient.last().unwrap(), "BELGIQUE");
    let vehicle = input.vehicle.unwrap();
    assert_eq!(
        (vehicle.plate, vehicle.country.as_str()),
        (plate, "BELGIQUE")
    );
}

fn intercepted(person: Person) -> Mif {
    let mut mif = mif(7_535, "AB123CD", "FR");
    mif.offence.intercepted = true;
    mif.person = Some(person);
    mif
}

#[test]
fn the_person_intercepted_is_addressed_without_deposit() {
    let mut met = intercepted(Person {
        role: PersonRole::Offender,
        birth: None,
        licence: None,
        legal: None,
        last_name: "LEFÈVRE".to_owned(),
        first_names: "Zoé".to_owned(),
        address: vec!["3 rue du Four".to_owned(), "35000 Rennes".to_owned()],
    });
    let input = edited(&met);
    assert_eq!(input.addressee, AddresseeRole::InterceptedDriver);
    assert_eq!(
        input.recipient,
        ["Zoé LEFÈVRE", "3 RUE DU FOUR", "35000 RENNES"]
    );
    assert_eq!(input.contest.consignation_cents, None);
    met.vehicle = None;
    let input = edited(&met);
    assert_eq!(input.addressee, AddresseeRole::PersonMet);
    assert_eq!(input.vehicle, None);
}

#[test]
fn what_the_registry_lacks_is_named() {
    let mif = mif(31_090, PERSON, "FR");
    let addressee = addressee(&mif).unwrap().unwrap();
    assert_eq!(
        avis(&mif, &addressee, &registry(), &issue()),
        Err(MissingFact("NatInf in force"))
    );
}

#[test]
fn the_press_prints_the_hardest_texts_and_keeps_every_name() {
    let press = Press::new(None).unwrap();
    let latin: String = (0x100..=0x17e_u32)
        .filter_map(char::from_u32)
        .filter(|letter| letter.is_alphabetic())
        .collect();
    let letters: Vec<char> = latin.chars().collect();
    for name in letters.chunks(34) {
        let met = intercepted(Person {
            role: PersonRole::Offender,
            birth: None,
            licence: None,
            legal: None,
            last_name: name.iter().collect(),
            first_names: "Œ".to_owned(),
            address: vec!["1 rue x".to_owned(), "35000 Rennes".to_owned()],
        });
        assert!(press.print(edited(&met)).is_ok(), "{name:?}");
    }

    let mut met = intercepted(Person {
        role: PersonRole::Offender,
        birth: None,
        licence: None,
        legal: None,
        last_name: "W".repeat(20),
        first_names: "MMM".to_owned(),
        address: vec!["W".repeat(38), format!("35000 {}", "W".repeat(32))],
    });
    met.offence.place.street = "BOULEVARD WWWWWWWWWW WWWWWWWWWW WWWWWWWWWW WWWWWWWWWW WWWWWWWWWW"
        .chars()
        .take(60)
        .collect();
    met.offence.place.number = Some("1234567890".to_owned());
    met.offence.place.detail = Some("W".repeat(160));
    met.offence.place.direction = Some("W".repeat(60));
    met.offence.speed = Some(Speed {
        limit: 50,
        measured: 78,
        retained: 73,
    });
    met.offence.speed_device = Some("W".repeat(40));
    if let Some(vehicle) = &mut met.vehicle {
        vehicle.make = Some("W".repeat(30));
    }
    let printed = press.print(edited(&met)).unwrap();
    assert!(printed.is_adapted);
    assert_eq!(press.print(edited(&met)).unwrap(), printed);
    if let Some(person) = &mut met.person {
        person.last_name = "W".repeat(38);
    }
    assert!(is_of_address(&press.print(edited(&met)).unwrap_err()));
    for magic in siv::MAGIC_PLATES {
        let mif = mif(7_535, magic.plate, "FR");
        if addressee(&mif).unwrap().is_ok() {
            assert!(press.print(edited(&mif)).is_ok(), "{}", magic.plate);
        }
    }

    let plain = edited(&intercepted(Person {
        role: PersonRole::Offender,
        birth: None,
        licence: None,
        legal: None,
        last_name: "MARTIN".to_owned(),
        first_names: "Jean".to_owned(),
        address: vec!["1 rue x".to_owned(), "35000 Rennes".to_owned()],
    }));
    assert!(!press.print(plain).unwrap().is_adapted);
}
