//! A registry, MIFs and verdict lots made by hand.

use cnt_bus::{Headers, Lot, LotRange, Record};
use cnt_contracts::events::{RegistryVersionEvent, VerdictLotEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::law::LawV1;
use cnt_contracts::registry::{
    AnchorsV1, CommuneV1, NatInfV1, OmpV1, PeriodV1, ServiceV1, SnapshotV1,
};
use cnt_contracts::topics::MIF_VERDICT;
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_flow::lot_ref;
use cnt_trust::issue::{AgentIdentity, CardUse, Hierarchy, HierarchyParams, KeyKind};
use cnt_trust::{Algorithm, SoftwareSigner};
use cnt_vault::{LotAbout, LotKind, LotWriter, MemberInput, ObjectStore, SealedLot};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// When the messages were received.
const RECEIVED: &str = "2026-11-21T09:00:00Z";

fn since_2020() -> PeriodV1 {
    serde_json::from_value(json!({"from": "2020-01-01"})).unwrap()
}

fn lot(kind: LotKind, members: Vec<MemberInput>) -> SealedLot {
    let created_at: Timestamp = RECEIVED.parse().unwrap();
    let mut writer = LotWriter::new(kind, LotAbout::new(created_at, "test", "0")).unwrap();
    writer.add_members(members).unwrap();
    writer.finish().unwrap()
}

/// Writes a registry of one commune and gives its announcement.
pub(crate) fn registry(objects: &dyn ObjectStore) -> RegistryVersionEvent {
    let snapshot = SnapshotV1 {
        version: 1,
        anchors: AnchorsV1::default(),
        collectivities: vec![],
        services: vec![ServiceV1 {
            code: "35PM001".to_owned(),
            siren: "213502388".to_owned(),
            label: "POLICE MUNICIPALE DE RENNES".to_owned(),
            territory: vec![],
        }],
        habilitations: vec![],
        cards: vec![],
        devices: vec![],
        stations: vec![],
        communes: vec![CommuneV1 {
            insee: "35238".to_owned(),
            name: "RENNES".to_owned(),
            postcode: "35000".to_owned(),
            period: since_2020(),
            omp: "OMP-35-01".to_owned(),
            dated_omps: Vec::new(),
        }],
        omps: vec![OmpV1 {
            code: "OMP-35-01".to_owned(),
            court: "Tribunal de police de Rennes".to_owned(),
            address: vec!["BP 00000".to_owned(), "35000 RENNES".to_owned()],
        }],
        natinf: vec![NatInfV1 {
            code: 31_089,
            qualification: "STATIONNEMENT TRES GENANT SUR UN TROTTOIR".to_owned(),
            defined_by: "ART.R.417-11 §I C.ROUTE.".to_owned(),
            punished_by: "ART.R.417-11 §II C.ROUTE.".to_owned(),
            class: 4,
            points: 0,
            fixed_fine: true,
            reduced_fine: false,
            family: None,
            supported: true,
            period: since_2020(),
        }],
        natinf_graver: vec![],
        law: LawV1::default(),
    };
    let bytes = serde_json::to_vec(&snapshot).unwrap();
    let sealed = lot(
        LotKind::Registry,
        vec![MemberInput::new("snapshot", bytes, &()).unwrap()],
    );
    objects.put(&sealed).unwrap();
    RegistryVersionEvent {
        version: 1,
        snapshot: Hex32(*sealed.id().as_bytes()),
    }
}

/// A member of a verdict lot.
#[derive(Clone)]
pub(crate) struct Judged {
    pub(crate) plate: String,
    pub(crate) country: &'static str,
    pub(crate) verdict: VerdictWord,
    /// Whether it bears a real signature, which the procès-verbal prints.
    pub(crate) is_signed: bool,
}

impl Judged {
    pub(crate) fn signed(plate: impl Into<String>) -> Self {
        Self {
            is_signed: true,
            ..Self::accepted(plate)
        }
    }

    pub(crate) fn accepted(plate: impl Into<String>) -> Self {
        Self {
            plate: plate.into(),
            country: "FR",
            verdict: VerdictWord::Accepted,
            is_signed: false,
        }
    }
}

fn payload(judged: &Judged, id_mif: Uuid) -> Vec<u8> {
    let wire = json!({
        "entete": {"version_schema": "mif/1.0", "id_mif": id_mif, "numero_pv": "PV1",
            "horodatage_emission": "2026-11-20T14:40:00+01:00"},
        "service": {"siren": "213502388", "code_service": "35PM001", "corps": "PM", "insee_rattachement": "35238"},
        "agent": {"matricule": "990017", "qualite": "APJA", "grade": "BRIGADIER",
            "carte": {"numero_serie": "C1", "emetteur": "ANTS", "profil": "A05"}},
        "terminal": {"type": "PDA", "identifiant": "D1", "version_logiciel": "1", "version_natinf": "1"},
        "infraction": {"natinf": 31089, "qualification_cas": "1", "date_heure": "2026-11-20T14:35:00+01:00",
            "interception": false, "nombre_infractions_simultanees": 1, "avis_information": true},
        "lieu": {"insee_commune": "35238", "type_voie": "RUE", "libelle_voie": "DE LA GARE", "numero": "5"},
        "vehicule": {"immatriculation": judged.plate, "pays": judged.country, "marque": "RENAULT"},
    });
    serde_json::to_vec(&wire).unwrap()
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// A simulated agent's card.
fn card() -> SoftwareSigner {
    let since = 1_767_225_600;
    let hierarchy = Hierarchy::generate(HierarchyParams::from_number(1, since)).unwrap();
    let agent = AgentIdentity::simulated(1, "213502388", "VILLE DE RENNES");
    let issued = hierarchy
        .issue_card(&agent, CardUse::Signature, KeyKind::P256, since)
        .unwrap();
    let chain = vec![issued.certificate_der];
    SoftwareSigner::from_pkcs8(Algorithm::Es256, &issued.key_pkcs8, chain).unwrap()
}

/// Writes a verdict lot; `salt` makes its members differ from those of other lots.
pub(crate) fn verdict_lot(
    objects: &dyn ObjectStore,
    salt: u128,
    judged: &[Judged],
) -> VerdictLotEvent {
    let received: Timestamp = RECEIVED.parse().unwrap();
    let members = judged.iter().zip(0u128..).map(|(judged, index)| {
        let reception = Uuid::from_u128((salt << 64) + index);
        let id_mif = Uuid::from_u128((salt << 64) + (1 << 32) + index);
        let payload = payload(judged, id_mif);
        let meta = VerdictMeta {
            reception,
            received_at_us: received.as_microsecond(),
            registry_version: 1,
            station: Hex32::default(),
            submission: None,
            seal: None,
            station_siren: Some("213502388".to_owned()),
            id_mif: Some(id_mif),
            payload_sha256: Some(Hex32(cnt_domain::ids::PayloadHash::of(&payload).0)),
            verdict: judged.verdict,
            replay_of: None,
            replayed_verdict: None,
            problems: vec![],
            photos: vec![],
        };
        let message = if judged.is_signed {
            cnt_trust::sign_compact(&payload, received.as_second(), &card()).unwrap()
        } else {
            format!("e30.{}.c2ln", base64url(&payload))
        };
        MemberInput::new(reception.to_string(), message.into_bytes(), &meta).unwrap()
    });
    let sealed = lot(LotKind::Verdict, members.collect());
    objects.put(&sealed).unwrap();
    let count = |word| {
        let found = judged
            .iter()
            .filter(|judged| judged.verdict == word)
            .count();
        u32::try_from(found).unwrap()
    };
    VerdictLotEvent {
        version: 1,
        lot: lot_ref(&sealed),
        accepted: count(VerdictWord::Accepted),
        rejected: count(VerdictWord::Rejected),
        replayed: count(VerdictWord::Replayed),
        source: vec![],
    }
}

/// A lot of `mif.verdict` with these values, at one place of a partition.
pub(crate) fn poll(topic_id: Uuid, first_offset: i64, values: &[Vec<u8>]) -> Lot {
    poll_of(MIF_VERDICT.name, topic_id, first_offset, values)
}

/// A lot of a topic.
pub(crate) fn poll_of(topic: &str, topic_id: Uuid, first_offset: i64, values: &[Vec<u8>]) -> Lot {
    let records: Vec<Record> = values
        .iter()
        .zip(first_offset..)
        .map(|(value, offset)| Record {
            topic: topic.into(),
            partition: 0,
            offset,
            timestamp_ms: 0,
            key: None,
            value: value.clone().into(),
            headers: Headers::default(),
        })
        .collect();
    let next_offset = first_offset + i64::try_from(records.len()).unwrap();
    Lot {
        ranges: vec![LotRange {
            topic: topic.into(),
            topic_id,
            partition: 0,
            first_offset,
            next_offset,
        }],
        records,
    }
}
