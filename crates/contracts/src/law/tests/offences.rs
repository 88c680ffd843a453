//! A table per article: who may record what, who answers for it, what it needs.

use cnt_domain::law::{Competence, HolderLiability, Need};
use cnt_domain::natinf::{NatInf, NatInfEntry};
use cnt_domain::registry::AgentQuality;

use super::{TODAY, law, offence, penal, road};

fn competence(quality: AgentQuality, entry: &NatInfEntry) -> Competence {
    law().competence(quality, entry, false, TODAY)
}

#[test]
fn cr_r130_2_police_municipale() {
    let quality = AgentQuality::PoliceMunicipale;
    for number in [
        "R.121-1", "R.121-5", "R.221-18", "R.222-2", "R.234-1", "R.314-2", "R.411-32", "R.419-1",
        "R.412-51", "R.412-52", "R.413-15",
    ] {
        assert_eq!(
            competence(quality, &road(4, number)),
            Competence::No,
            "{number}"
        );
    }
    for number in [
        "R.121-6", "R.412-30", "R.413-14", "R.417-9", "R.419-2", "R.412-53",
    ] {
        assert_eq!(
            competence(quality, &road(4, number)),
            Competence::Yes,
            "{number}"
        );
    }
    for number in ["R.644-2", "R.653-1"] {
        assert_eq!(
            competence(quality, &penal(4, number)),
            Competence::Yes,
            "{number}"
        );
    }
    let on_motorway = |number| law().competence(quality, &road(4, number), true, TODAY);
    assert_eq!(
        on_motorway("R.412-30"),
        Competence::No,
        "1°: not on motorways"
    );
    assert_eq!(
        on_motorway("R.412-7"),
        Competence::Yes,
        "2°: reserved lanes"
    );
}

#[test]
fn cr_r130_3_gardes_champetres() {
    let quality = AgentQuality::GardeChampetre;
    assert_eq!(
        competence(quality, &road(5, "R.413-15")),
        Competence::Yes,
        "not excepted"
    );
    for number in ["R.121-3", "R.221-18", "R.234-1", "R.419-1", "R.412-52"] {
        assert_eq!(
            competence(quality, &road(4, number)),
            Competence::No,
            "{number}"
        );
    }
    assert_eq!(competence(quality, &penal(4, "R.653-1")), Competence::Yes);
    let on_motorway = law().competence(quality, &road(4, "R.412-7"), true, TODAY);
    assert_eq!(on_motorway, Competence::No);
}

#[test]
fn cr_r130_4_agents_of_the_public_way() {
    let quality = AgentQuality::SurveillanceVoiePublique;
    for number in [
        "R.417-1", "R.417-6", "R.417-10", "R.417-11", "R.417-13", "R.421-7",
    ] {
        assert_eq!(
            competence(quality, &road(2, number)),
            Competence::Yes,
            "{number}"
        );
    }
    for number in ["R.417-9", "R.417-7", "R.412-30", "R.412-7"] {
        assert_eq!(
            competence(quality, &road(4, number)),
            Competence::No,
            "{number}"
        );
    }
    let insurance = |number: &str| offence(2, &format!("ART.{number} C.ASSURANCES."));
    assert_eq!(
        competence(quality, &insurance("R.211-21-5")),
        Competence::Yes
    );
    assert_eq!(competence(quality, &insurance("R.211-14")), Competence::No);
    assert_eq!(competence(quality, &penal(4, "R.634-2")), Competence::No);
}

#[test]
fn cpp_r15_33_29_3_contraventions_of_the_code_penal() {
    let table = [
        ("R.622-2", Competence::Yes),
        ("R.623-2", Competence::Yes),
        ("R.623-3", Competence::Yes),
        ("R.632-1", Competence::Yes),
        ("R.634-2", Competence::Yes),
        ("R.635-8", Competence::Yes),
        ("R.644-2", Competence::Yes),
        ("R.654-1", Competence::Yes),
        ("R.644-3", Competence::Unverified),
        ("R.625-1", Competence::No),
        ("R.624-1", Competence::No),
    ];
    for (number, expected) in table {
        for quality in [AgentQuality::PoliceMunicipale, AgentQuality::GardeChampetre] {
            assert_eq!(competence(quality, &penal(4, number)), expected, "{number}");
        }
    }
}

#[test]
fn cr_l121_2_l121_3_and_r121_6_who_answers_for_a_vehicle() {
    use HolderLiability::{Liable, None, Responsible};
    let table = [
        (road(2, "R.417-10"), Responsible),
        (road(4, "R.417-11"), Responsible),
        (road(4, "R.419-1"), Responsible),
        // Suspension is possible: not « seule une peine d'amende ».
        (road(4, "R.417-9"), None),
        (penal(5, "R.635-8"), Responsible),
        (penal(3, "R.623-2"), None),
        (road(4, "R.412-30"), Liable),
        (road(4, "R.412-6-1"), Liable),
        (road(4, "R.412-7"), Liable),
        (road(4, "R.413-14"), Liable),
        (road(4, "R.317-8"), Liable),
        (road(4, "R.421-7"), Liable),
        (road(4, "R.415-5"), None),
        (road(2, "R.412-10"), None),
    ];
    for (entry, expected) in table {
        assert_eq!(
            law().holder(&entry, TODAY),
            expected,
            "{}",
            entry.punished_by
        );
    }
}

#[test]
fn what_offences_cannot_do_without() {
    let table = [
        (road(2, "R.417-10"), false, true),
        (road(1, "R.412-43"), true, false),
        (road(1, "R.233-1"), true, true),
        (road(4, "R.412-43-1"), true, false),
        (road(1, "R.412-49"), true, false),
        (penal(2, "R.622-2"), true, false),
        (penal(4, "R.634-2"), false, false),
        (offence(4, "ART.R.211-14 C.ASSURANCES."), true, false),
    ];
    for (entry, person, vehicle) in table {
        let needs = |need| law().needs(need, &entry, TODAY);
        assert_eq!(needs(Need::Person), person, "{}", entry.punished_by);
        assert_eq!(needs(Need::Vehicle), vehicle, "{}", entry.punished_by);
    }
    let mut cyclist = road(1, "R.313-5");
    cyclist.family = Some("cycle".to_owned());
    assert!(law().needs(Need::Person, &cyclist, TODAY));
    assert!(!law().needs(Need::Vehicle, &cyclist, TODAY));
}

#[test]
fn cr_r413_14_bands_of_speed() {
    let law = law();
    let fits = |natinf: u32, limit: u16, retained: u16| {
        let mut entry = road(4, "R.413-14");
        entry.code = NatInf(natinf);
        law.speed(&entry).unwrap().contains(limit, retained)
    };
    assert!(fits(25_386, 50, 51) && fits(25_386, 30, 49) && !fits(25_386, 50, 70));
    assert!(!fits(25_386, 80, 90) && fits(25_387, 80, 90) && !fits(25_387, 50, 60));
    assert!(fits(11_302, 50, 70) && fits(11_302, 80, 109) && !fits(11_302, 50, 80));
    assert!(fits(11_301, 50, 80) && !fits(11_301, 50, 90) && !fits(11_301, 50, 50));
}
