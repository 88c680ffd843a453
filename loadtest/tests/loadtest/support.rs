//! A nation of five towns in a temporary directory, made by hand: what the registry's builder writes, in small.

use std::path::Path;

use cnt_contracts::hex32::Hex32;
use cnt_contracts::law::LawV1;
use cnt_contracts::mif::Corps;
use cnt_contracts::registry::{
    AgentQualityV1, AnchorsV1, CardV1, CommuneV1, DateText, NatInfV1, PeriodV1, ReasonV1,
    RevocationV1, SnapshotV1,
};
use cnt_contracts::senders::{
    AgentSenderV1, AgentStanding, PlaceSenderV1, SendersV1, ServiceSenderV1, ServiceStanding,
    StationSenderV1,
};
use cnt_trust::issue::{AgentIdentity, CardUse, Hierarchy, HierarchyParams, KeyKind};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;

pub(crate) struct SmallNation {
    directory: TempDir,
    hierarchy: Hierarchy,
}

impl SmallNation {
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn hierarchy(&self) -> &Hierarchy {
        &self.hierarchy
    }
}

pub(crate) fn now() -> Timestamp {
    "2026-11-23T10:00:00Z".parse().unwrap()
}

struct Town {
    siren: &'static str,
    service: &'static str,
    insee: &'static str,
    name: &'static str,
    postcode: &'static str,
    standing: ServiceStanding,
}

const fn town(
    siren: &'static str,
    service: &'static str,
    insee: &'static str,
    name: &'static str,
    postcode: &'static str,
    standing: ServiceStanding,
) -> Town {
    Town {
        siren,
        service,
        insee,
        name,
        postcode,
        standing,
    }
}

/// Two that may send, three that may not, each for its reason.
const TOWNS: [Town; 5] = [
    town(
        "213502388",
        "35PM0001",
        "35238",
        "Rennes",
        "35000",
        ServiceStanding::Good,
    ),
    town(
        "212900195",
        "29PM0002",
        "29019",
        "Brest",
        "29200",
        ServiceStanding::Good,
    ),
    town(
        "211602362",
        "16PM0003",
        "16236",
        "Mouthiers-sur-Boëme",
        "16440",
        ServiceStanding::NoAntaiConvention,
    ),
    town(
        "211600150",
        "16PM0004",
        "16015",
        "Angoulême",
        "16000",
        ServiceStanding::ConventionLapsed,
    ),
    town(
        "215704636",
        "57PM0005",
        "57463",
        "Metz",
        "57000",
        ServiceStanding::Suspended,
    ),
];
/// Communes that Rennes polices by amendments: one since thirty days, one until ten days ago.
const AMENDED: [(&str, &str, &str); 2] = [
    ("35001", "Acigné", "35690"),
    ("35051", "Cesson-Sévigné", "35510"),
];
const STANDINGS: [AgentStanding; 6] = [
    AgentStanding::Good,
    AgentStanding::Good,
    AgentStanding::Good,
    AgentStanding::CardRevoked,
    AgentStanding::Departed,
    AgentStanding::CardReplaced,
];

pub(crate) fn nation() -> SmallNation {
    let directory = tempfile::tempdir().unwrap();
    let start_s = now().as_second() - 300 * 86_400;
    let not_before = start_s - 86_400;
    let hierarchy = Hierarchy::generate(HierarchyParams::from_number(3, not_before)).unwrap();
    hierarchy.save(&directory.path().join("pki")).unwrap();
    std::fs::create_dir(directory.path().join("cards")).unwrap();
    let mut senders = SendersV1 {
        version: 1,
        start_s,
        agents: Vec::new(),
        stations: Vec::new(),
        services: Vec::new(),
    };
    for (number, town) in TOWNS.iter().enumerate() {
        let Town {
            siren,
            service,
            insee,
            ..
        } = town;
        let first = number * STANDINGS.len() + 1;
        let path = directory.path();
        senders.agents.extend(agents(path, &hierarchy, town, first));
        senders.stations.push(StationSenderV1 {
            siren: (*siren).to_owned(),
            name: format!("STA-{number}"),
            fingerprint: Hex32([u8::try_from(number).unwrap() + 1; 32]),
            certificate: String::new(),
            key: String::new(),
        });
        senders.services.push(ServiceSenderV1 {
            siren: (*siren).to_owned(),
            code: (*service).to_owned(),
            corps: Corps::Pm,
            seat: (*insee).to_owned(),
            standing: town.standing,
            places: places(number, insee),
        });
    }
    let write = |name: &str, json: Vec<u8>| {
        std::fs::write(directory.path().join(name), json).unwrap();
    };
    write("senders.json", serde_json::to_vec(&senders).unwrap());
    write(
        "snapshot.json",
        serde_json::to_vec(&snapshot(&senders)).unwrap(),
    );
    SmallNation {
        directory,
        hierarchy,
    }
}

/// The agents of a town, with their cards in the directory.
fn agents(
    directory: &Path,
    hierarchy: &Hierarchy,
    town: &Town,
    first: usize,
) -> Vec<AgentSenderV1> {
    let not_before = hierarchy.params().not_before;
    let agent = |(rank, standing): (usize, &AgentStanding)| {
        let number = u32::try_from(first + rank).unwrap();
        let identity = AgentIdentity::simulated(number, town.siren, town.name);
        let card = hierarchy
            .issue_card(&identity, CardUse::Signature, KeyKind::P256, not_before)
            .unwrap();
        let path = |kind| format!("cards/{}.{kind}.pem", identity.card_number);
        std::fs::write(directory.join(path("crt")), card.certificate_pem()).unwrap();
        std::fs::write(directory.join(path("key")), card.key_pem()).unwrap();
        AgentSenderV1 {
            siren: town.siren.to_owned(),
            service: town.service.to_owned(),
            matricule: identity.agent_number.clone(),
            card: identity.card_number.clone(),
            device: format!("TVE-{number:06}"),
            quality: match rank {
                2 => AgentQualityV1::Asvp,
                _ => AgentQualityV1::PoliceMunicipale,
            },
            standing: *standing,
            certificate: path("crt"),
            key: path("key"),
        }
    };
    STANDINGS.iter().enumerate().map(agent).collect()
}

fn places(town: usize, seat: &str) -> Vec<PlaceSenderV1> {
    let day = |ago: i64| {
        let day = now().as_second() - ago * 86_400;
        let day = Timestamp::from_second(day).unwrap().to_zoned(TimeZone::UTC);
        Some(DateText(day.date().to_string()))
    };
    let mut places = vec![PlaceSenderV1 {
        insee: seat.to_owned(),
        joins: None,
        leaves: None,
    }];
    if town == 0 {
        let [joined, left] = AMENDED.map(|(insee, _, _)| insee.to_owned());
        places.push(PlaceSenderV1 {
            insee: joined,
            joins: day(30),
            leaves: None,
        });
        places.push(PlaceSenderV1 {
            insee: left,
            joins: None,
            leaves: day(10),
        });
    }
    places
}

fn since(day: &str, to: Option<&str>) -> PeriodV1 {
    PeriodV1 {
        from: DateText(day.to_owned()),
        to: to.map(|day| DateText(day.to_owned())),
    }
}

/// Only the cards that were replaced are told: twenty days ago.
fn replaced_cards(senders: &SendersV1) -> Vec<CardV1> {
    let replaced = senders
        .agents
        .iter()
        .filter(|agent| agent.standing == AgentStanding::CardReplaced);
    let card = |agent: &AgentSenderV1| CardV1 {
        serial: agent.card.clone(),
        siren: agent.siren.clone(),
        matricule: agent.matricule.clone(),
        certificate: Hex32([0; 32]),
        signature_number: None,
        authentication_number: None,
        revocation: Some(RevocationV1 {
            effective_at_s: now().as_second() - 20 * 86_400,
            reason: ReasonV1::Superseded,
        }),
    };
    replaced.map(card).collect()
}

fn snapshot(senders: &SendersV1) -> SnapshotV1 {
    let seats = TOWNS.map(|town| (town.insee, town.name, town.postcode));
    let communes = seats
        .iter()
        .chain(&AMENDED)
        .map(|(insee, name, postcode)| CommuneV1 {
            insee: (*insee).to_owned(),
            name: (*name).to_owned(),
            postcode: (*postcode).to_owned(),
            period: since("2015-01-01", None),
            omp: "OMP-35-01".to_owned(),
            dated_omps: Vec::new(),
        });
    SnapshotV1 {
        version: 1,
        anchors: AnchorsV1::default(),
        collectivities: Vec::new(),
        services: Vec::new(),
        habilitations: Vec::new(),
        cards: replaced_cards(senders),
        devices: Vec::new(),
        stations: Vec::new(),
        communes: communes.collect(),
        omps: Vec::new(),
        natinf: natinf(),
        natinf_graver: vec![13],
        law: LawV1::default(),
    }
}

fn natinf() -> Vec<NatInfV1> {
    let entry = |code, qualification: &str, article: &str, class| NatInfV1 {
        code,
        qualification: qualification.to_owned(),
        defined_by: article.to_owned(),
        punished_by: article.to_owned(),
        class,
        points: 0,
        fixed_fine: true,
        reduced_fine: false,
        family: None,
        supported: true,
        period: since("2015-01-01", None),
    };
    vec![
        entry(7576, "STATIONNEMENT", "ART.R.417-6 C.ROUTE.", 2),
        entry(31_096, "ARRET TRES GENANT", "ART.R.417-11 C.ROUTE.", 4),
        entry(23_800, "TELEPHONE", "ART.R.412-6-1 C.ROUTE.", 4),
        entry(25_386, "EXCES DE VITESSE", "ART.R.413-14 C.ROUTE.", 4),
        entry(1086, "DEPOT D'ORDURE", "ART.R.634-2 C.PENAL.", 4),
        entry(210, "FEU ROUGE", "ART.R.412-30 C.ROUTE.", 4),
        entry(207, "PRIORITE A DROITE", "ART.R.415-5 C.ROUTE.", 4),
        entry(22_161, "CHIEN", "ART.R.215-2 C.RURAL.", 2),
        entry(22_788, "PIETON", "ART.R.412-43 C.ROUTE.", 1),
        NatInfV1 {
            supported: false,
            ..entry(11, "AUTRE", "ART.R.1 C.ROUTE.", 4)
        },
        NatInfV1 {
            fixed_fine: false,
            ..entry(6032, "ARRETE", "ART.R.610-5 C.PENAL.", 2)
        },
        NatInfV1 {
            period: since("2015-01-01", Some("2017-12-31")),
            ..entry(7505, "NON PAYE", "ART.R.417-6 C.ROUTE.", 1)
        },
    ]
}
