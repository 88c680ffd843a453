//! A nation of two towns in a temporary directory, made by hand: what the registry's builder writes, in small.

use std::path::Path;

use cnt_contracts::hex32::Hex32;
use cnt_contracts::law::LawV1;
use cnt_contracts::mif::Corps;
use cnt_contracts::registry::{
    AgentQualityV1, AnchorsV1, CommuneV1, DateText, NatInfV1, PeriodV1, SnapshotV1,
};
use cnt_contracts::senders::{
    AgentSenderV1, AgentStanding, PlaceSenderV1, SendersV1, ServiceSenderV1, ServiceStanding,
    StationSenderV1,
};
use cnt_trust::issue::{AgentIdentity, CardUse, Hierarchy, HierarchyParams, KeyKind};
use jiff::Timestamp;
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

const TOWNS: [(&str, &str, &str, &str, &str); 2] = [
    ("213502388", "35PM0001", "35238", "Rennes", "35000"),
    ("212900195", "29PM0002", "29019", "Brest", "29200"),
];
const STANDINGS: [AgentStanding; 5] = [
    AgentStanding::Good,
    AgentStanding::Good,
    AgentStanding::Good,
    AgentStanding::CardRevoked,
    AgentStanding::Departed,
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
    for (town, (siren, service, insee, name, _)) in TOWNS.iter().enumerate() {
        for (rank, standing) in STANDINGS.iter().enumerate() {
            let number = u32::try_from(town * STANDINGS.len() + rank + 1).unwrap();
            let identity = AgentIdentity::simulated(number, siren, name);
            let card = hierarchy
                .issue_card(&identity, CardUse::Signature, KeyKind::P256, not_before)
                .unwrap();
            let path = |kind| format!("cards/{}.{kind}.pem", identity.card_number);
            std::fs::write(directory.path().join(path("crt")), card.certificate_pem()).unwrap();
            std::fs::write(directory.path().join(path("key")), card.key_pem()).unwrap();
            senders.agents.push(AgentSenderV1 {
                siren: (*siren).to_owned(),
                service: (*service).to_owned(),
                matricule: identity.agent_number.clone(),
                card: identity.card_number.clone(),
                device: format!("TVE-{number:06}"),
                quality: AgentQualityV1::PoliceMunicipale,
                standing: *standing,
                certificate: path("crt"),
                key: path("key"),
            });
        }
        senders.stations.push(StationSenderV1 {
            siren: (*siren).to_owned(),
            name: format!("STA-{town}"),
            fingerprint: Hex32([u8::try_from(town).unwrap() + 1; 32]),
            certificate: String::new(),
            key: String::new(),
        });
        senders.services.push(ServiceSenderV1 {
            siren: (*siren).to_owned(),
            code: (*service).to_owned(),
            corps: Corps::Pm,
            seat: (*insee).to_owned(),
            standing: ServiceStanding::Good,
            places: vec![PlaceSenderV1 {
                insee: (*insee).to_owned(),
                joins: None,
                leaves: None,
            }],
        });
    }
    let write = |name: &str, json: Vec<u8>| {
        std::fs::write(directory.path().join(name), json).unwrap();
    };
    write("senders.json", serde_json::to_vec(&senders).unwrap());
    write("snapshot.json", serde_json::to_vec(&snapshot()).unwrap());
    SmallNation {
        directory,
        hierarchy,
    }
}

fn since(day: &str, to: Option<&str>) -> PeriodV1 {
    PeriodV1 {
        from: DateText(day.to_owned()),
        to: to.map(|day| DateText(day.to_owned())),
    }
}

fn snapshot() -> SnapshotV1 {
    let communes = TOWNS.map(|(_, _, insee, name, postcode)| CommuneV1 {
        insee: insee.to_owned(),
        name: name.to_owned(),
        postcode: postcode.to_owned(),
        period: since("2015-01-01", None),
        omp: "OMP-35-01".to_owned(),
    });
    let entry = |code, qualification: &str, text: &str, class, fixed_fine, to| NatInfV1 {
        code,
        qualification: qualification.to_owned(),
        defined_by: text.to_owned(),
        punished_by: text.to_owned(),
        class,
        points: 0,
        fixed_fine,
        reduced_fine: false,
        family: None,
        supported: true,
        period: since("2015-01-01", to),
    };
    SnapshotV1 {
        version: 1,
        anchors: AnchorsV1::default(),
        collectivities: Vec::new(),
        services: Vec::new(),
        habilitations: Vec::new(),
        cards: Vec::new(),
        devices: Vec::new(),
        stations: Vec::new(),
        communes: communes.to_vec(),
        omps: Vec::new(),
        natinf: vec![
            entry(7576, "STATIONNEMENT", "ART.R.417-6 C.ROUTE.", 2, true, None),
            entry(
                31_096,
                "ARRET TRES GENANT",
                "ART.R.417-11 C.ROUTE.",
                4,
                true,
                None,
            ),
            entry(23_800, "TELEPHONE", "ART.R.412-6-1 C.ROUTE.", 4, true, None),
            entry(
                25_386,
                "EXCES DE VITESSE",
                "ART.R.413-14 C.ROUTE.",
                4,
                true,
                None,
            ),
            entry(98, "DEPOT D'ORDURE", "ART.R.635-8 C.PENAL.", 5, true, None),
            entry(6032, "ARRETE", "ART.R.610-5 C.PENAL.", 2, false, None),
            entry(
                7505,
                "NON PAYE",
                "ART.R.417-6 C.ROUTE.",
                1,
                true,
                Some("2017-12-31"),
            ),
        ],
        natinf_graver: Vec::new(),
        law: LawV1::default(),
    }
}
