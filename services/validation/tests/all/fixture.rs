//! A small world: one collectivity with its agents and their cards, one stranger, a nomenclature of three entries.

use cnt_contracts::registry::{SnapshotV1, to_registry};
use cnt_contracts::stamp::ReceptionStamp;
use cnt_domain::ids::ReceptionId;
use cnt_flow::RegistryVersion;
use cnt_trust::issue::{
    AgentIdentity, AuthorityRole, CardUse, Hierarchy, HierarchyParams, Issued, KeyKind,
};
use cnt_trust::{SoftwareSigner, sha256, sign_compact};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

pub(crate) const DAY: i64 = 86_400;
/// When MIFs are received: 20 November 2026, eleven o'clock in Paris.
pub(crate) const RECEPTION: i64 = 1_795_168_800;
/// When they are signed: an hour before.
pub(crate) const SIGNED: i64 = RECEPTION - 3_600;
/// From when cards are valid.
pub(crate) const CARDS_START: i64 = RECEPTION - 200 * DAY;
pub(crate) const SIREN: &str = "213502388";
pub(crate) const OTHER_SIREN: &str = "210100012";
pub(crate) const SERVICE: &str = "35PM001";
pub(crate) const OTHER_SERVICE: &str = "01PM001";

/// An agent with a card.
pub(crate) struct Agent {
    pub(crate) identity: AgentIdentity,
    pub(crate) card: Issued,
    pub(crate) signer: SoftwareSigner,
}

/// Authorities, agents, and the registry that knows them.
pub(crate) struct World {
    pub(crate) hierarchy: Hierarchy,
    pub(crate) agents: Vec<Agent>,
    /// The snapshot as JSON, to be changed by tests.
    pub(crate) snapshot: Value,
}

/// The station's connection certificate is never looked into: a hash stands for it.
pub(crate) fn station(name: &str) -> [u8; 32] {
    sha256(name.as_bytes())
}

/// Thirty-two bytes as the wire writes them.
pub(crate) fn hex(bytes: [u8; 32]) -> String {
    cnt_contracts::hex32::Hex32(bytes).to_string()
}

impl World {
    /// A world with so many agents, the first of whom has the number `S000000`.
    pub(crate) fn new(agents: u32) -> anyhow::Result<Self> {
        let params = HierarchyParams::from_number(7, RECEPTION - 400 * DAY);
        let hierarchy = Hierarchy::generate(params)?;
        let agents = (0..agents)
            .map(|index| agent(&hierarchy, index))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let snapshot = snapshot(&hierarchy, &agents);
        Ok(Self {
            hierarchy,
            agents,
            snapshot,
        })
    }

    /// The payload of the `number`-th MIF of an agent: every check passes.
    pub(crate) fn payload(agent: &Agent, number: u32) -> Value {
        let id = Uuid::from_u128(0x018f_4e9a_7c3b_7d2a_9f00_0000_0000_0000 + u128::from(number));
        let identity = &agent.identity;
        json!({
            "entete": {"version_schema": "mif/1.0", "id_mif": id, "numero_pv": format!("PV{number:08}"),
                       "horodatage_emission": "2026-11-20T10:00:00+01:00"},
            "service": {"siren": identity.siren, "code_service": SERVICE, "corps": "PM", "insee_rattachement": "35238"},
            "agent": {"matricule": identity.agent_number, "qualite": "APJA", "grade": "Brigadier",
                      "carte": {"numero_serie": identity.card_number, "emetteur": "AC Agents", "profil": "A05"}},
            "terminal": {"type": "PDA", "identifiant": "T-35-0001", "version_logiciel": "4.2",
                         "version_natinf": "2026-10"},
            "infraction": {"natinf": 31088, "qualification_cas": "1", "date_heure": "2026-11-20T09:58:00+01:00",
                           "interception": false, "nombre_infractions_simultanees": 1, "avis_information": true},
            "lieu": {"insee_commune": "35238", "type_voie": "RUE", "libelle_voie": "DE L'ÉGLISE", "numero": number.to_string()},
            "vehicule": {"immatriculation": "AB123CD", "pays": "FR", "marque": "RENAULT"}
        })
    }

    /// The `number`-th MIF of the `agent`-th agent, signed.
    pub(crate) fn mif(&self, agent: usize, number: u32) -> anyhow::Result<String> {
        let agent = self
            .agents
            .get(agent)
            .ok_or_else(|| anyhow::anyhow!("no such agent"))?;
        let payload = Self::payload(agent, number).to_string();
        Ok(sign_compact(payload.as_bytes(), SIGNED, &agent.signer)?)
    }
}

/// The registry of a snapshot in JSON.
pub(crate) fn version_of(snapshot: &Value) -> anyhow::Result<RegistryVersion> {
    let wire: SnapshotV1 = serde_json::from_value(snapshot.clone())?;
    Ok(RegistryVersion {
        registry: to_registry(&wire)?,
        anchors: wire.anchors,
    })
}

/// The stamp of the `number`-th reception.
pub(crate) fn stamp(number: u128) -> anyhow::Result<ReceptionStamp> {
    Ok(ReceptionStamp {
        reception: ReceptionId(Uuid::from_u128(
            0x0199_0000_0000_7000_8000_0000_0000_0000 + number,
        )),
        received_at: Timestamp::from_second(RECEPTION)?,
        registry_version: 1,
        station: station("STATION-1"),
        submission: None,
    })
}

fn agent(hierarchy: &Hierarchy, index: u32) -> anyhow::Result<Agent> {
    let identity = AgentIdentity::simulated(index, SIREN, "Commune de Fictive");
    let card = hierarchy.issue_card(&identity, CardUse::Signature, KeyKind::P256, CARDS_START)?;
    let signer = card.signer()?;
    Ok(Agent {
        identity,
        card,
        signer,
    })
}

fn snapshot(hierarchy: &Hierarchy, agents: &[Agent]) -> Value {
    let pem = |role| hierarchy.authority(role).certificate_pem();
    let always = json!({"from": "2020-01-01"});
    let ended = json!({"from": "2015-01-01", "to": "2026-11-19"});
    let cards: Vec<Value> = agents
        .iter()
        .map(|agent| {
            json!({"serial": agent.identity.card_number, "siren": agent.identity.siren,
                   "matricule": agent.identity.agent_number,
                   "certificate": hex(sha256(&agent.card.certificate_der))})
        })
        .collect();
    let habilitations: Vec<Value> = agents
        .iter()
        .map(|agent| {
            json!({"service": SERVICE, "matricule": agent.identity.agent_number, "period": always})
        })
        .collect();
    let commune = |insee: &str, period: &Value| json!({"insee": insee, "name": "FICTIVE", "postcode": "35000", "period": period, "omp": "OMP-35-01"});
    json!({
        "version": 1,
        "anchors": {"agents_root": pem(AuthorityRole::AgentsRoot),
                    "agents_intermediates": [pem(AuthorityRole::AgentsSignature)],
                    "agents_crls": [], "origin_root": pem(AuthorityRole::Origin), "origin_crls": []},
        "collectivities": [
            {"siren": SIREN, "name": "FICTIVE", "kind": "shared_police", "conventions": [
                {"kind": "antai", "number": "ANTAI-2020-0001", "period": {"from": "2014-01-01"},
                 "communes": ["35238", "35240", "35243"], "amendments": [
                    {"number": 1, "from": "2026-11-01", "adds": ["35242"]},
                    {"number": 2, "from": "2026-11-20", "removes": ["35243"]}]}]},
            {"siren": OTHER_SIREN, "name": "AUTRE", "kind": "commune", "conventions": [
                {"kind": "antai", "number": "ANTAI-2020-0002", "period": always, "communes": ["35238"]}]}],
        "services": [
            {"code": SERVICE, "siren": SIREN, "label": "PM DE FICTIVE", "territory": [
                {"insee": "35238", "period": always}, {"insee": "35240", "period": ended},
                {"insee": "35242", "period": always}, {"insee": "35243", "period": always}]},
            {"code": OTHER_SERVICE, "siren": OTHER_SIREN, "label": "PM D'AUTRE", "territory": [
                {"insee": "35238", "period": always}]}],
        "habilitations": habilitations,
        "cards": cards,
        "devices": [
            {"serial": "T-35-0001", "siren": SIREN, "period": always},
            {"serial": "T-01-0001", "siren": OTHER_SIREN, "period": always}],
        "stations": [
            {"fingerprint": hex(station("STATION-1")), "siren": SIREN, "name": "STATION-1", "period": always},
            {"fingerprint": hex(station("STATION-2")), "siren": OTHER_SIREN, "name": "STATION-2", "period": always}],
        "communes": [commune("35238", &always), commune("35240", &always), commune("35241", &ended),
                     commune("35242", &always), commune("35243", &always)],
        "omps": [{"code": "OMP-35-01", "court": "TP DE FICTIVE", "address": ["1 PLACE DU TRIBUNAL"]}],
        "natinf": nomenclature(&always, &ended),
        "natinf_graver": [40_001]
    })
}

fn nomenclature(always: &Value, ended: &Value) -> Value {
    let entry_of = |code: u32,
                    article: &str,
                    class: u8,
                    points: u8,
                    fixed_fine: bool,
                    period: &Value,
                    supported: bool| {
        json!({"code": code, "qualification": "INFRACTION D'ESSAI", "defined_by": article, "punished_by": article,
               "class": class, "points": points, "fixed_fine": fixed_fine, "reduced_fine": true,
               "supported": supported, "period": period})
    };
    let entry =
        |code, article, class, points| entry_of(code, article, class, points, true, always, true);
    let natinf = |code, fixed_fine, period| {
        entry_of(
            code,
            "ART.R.417-11 §II C.ROUTE.",
            4,
            0,
            fixed_fine,
            period,
            true,
        )
    };
    let unsupported = entry_of(40_000, "ART.R.412-30 C.ROUTE.", 4, 0, true, always, false);
    json!([
        natinf(31_088, true, always),
        natinf(31_089, true, ended),
        natinf(31_090, false, always),
        unsupported,
        entry(210, "ART.R.412-30 AL.5 C.ROUTE.", 4, 4),
        entry(6_175, "ART.R.411-28 C.ROUTE.", 4, 0),
        entry(25_386, "ART.R.413-14 §I C.ROUTE.", 4, 1),
        entry(6_068, "ART.R.623-2 C.PENAL.", 3, 0),
        entry(33_386, "ART.R.644-3 C.PENAL.", 4, 0)
    ])
}
