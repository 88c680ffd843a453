//! The small world of the cases: three collectivities, a service each, agents whose cards differ in one thing, the
//! nomenclature and the law as compiled in.

use anyhow::Context;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::law::LawV1;
use cnt_contracts::registry::{AgentQualityV1, DateText, NatInfV1, PeriodV1, SnapshotV1};
use cnt_registry::reference;
use cnt_trust::issue::doubles::Flaw;
use cnt_trust::issue::{
    AgentIdentity, AuthorityRole, CardUse, Hierarchy, HierarchyParams, Issued, KeyKind,
};
use cnt_trust::{sha256, sign_compact};
use serde_json::{Value, json};
use uuid::Uuid;

const DAY: i64 = 86_400;
/// When cases are received: 20 November 2026, eleven o'clock in Paris.
pub(super) const RECEPTION: i64 = 1_795_168_800;
/// When they are signed: an hour before.
pub(super) const SIGNED: i64 = RECEPTION - 3_600;
/// From when cards are valid.
const CARDS_START: i64 = RECEPTION - 200 * DAY;

/// The collectivity that sends the cases, and others with one fault each.
const SIREN: &str = "213502388";
pub(super) const OTHER_SIREN: &str = "210100012";
pub(super) const WITHOUT_CONVENTION: &str = "211602362";
pub(super) const SUSPENDED: &str = "215900176";
const SERVICE: &str = "35PM001";
pub(super) const OTHER_SERVICE: &str = "01PM001";

/// Agents, by what is particular about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Who {
    /// Police municipale, nothing particular.
    Usual,
    /// A colleague.
    Colleague,
    /// Agent of surveillance de la voie publique.
    Asvp,
    /// Whose card was stolen before signing.
    Stolen,
    /// Whose card was replaced between signing and reception.
    Replaced,
    /// Whose card the registry does not know.
    Unregistered,
    /// Whose certificate has two key usages.
    TwoUsages,
    /// Whose card was issued by authorities of the same names with other keys.
    Rogue,
    /// Whose card becomes valid a second after signing.
    Early,
    /// Who left the service.
    Departed,
    /// Of the collectivity without a convention with the ANTAI.
    WithoutConvention,
    /// Of the suspended collectivity.
    Suspended,
}

const ALL: [Who; 12] = [
    Who::Usual,
    Who::Colleague,
    Who::Asvp,
    Who::Stolen,
    Who::Replaced,
    Who::Unregistered,
    Who::TwoUsages,
    Who::Rogue,
    Who::Early,
    Who::Departed,
    Who::WithoutConvention,
    Who::Suspended,
];

impl Who {
    fn siren(self) -> &'static str {
        match self {
            Self::WithoutConvention => WITHOUT_CONVENTION,
            Self::Suspended => SUSPENDED,
            _ => SIREN,
        }
    }

    fn service(self) -> &'static str {
        match self {
            Self::WithoutConvention => "16PM001",
            Self::Suspended => "59PM001",
            _ => SERVICE,
        }
    }

    fn place(self) -> &'static str {
        match self {
            Self::WithoutConvention => "16236",
            Self::Suspended => "59017",
            _ => "35238",
        }
    }

    /// The device that the collectivity has.
    fn device(self) -> String {
        format!("TVE-{}", self.siren())
    }

    /// The station that the collectivity has.
    pub(super) fn station(self) -> [u8; 32] {
        station(self.siren())
    }
}

/// The station of a collectivity; its certificate is never looked into: a hash stands for it.
pub(super) fn station(siren: &str) -> [u8; 32] {
    sha256(format!("station of {siren}").as_bytes())
}

struct Holder {
    who: Who,
    identity: AgentIdentity,
    card: Issued,
}

/// Agents with their cards, and the registry that knows them.
pub(super) struct World {
    holders: Vec<Holder>,
    pub(super) snapshot: SnapshotV1,
}

/// A case before it is signed.
pub(super) struct Draft {
    pub(super) payload: Value,
    pub(super) who: Who,
    pub(super) signed_at: i64,
    pub(super) received_at: i64,
    pub(super) station: [u8; 32],
    /// What is done to the signed message.
    pub(super) edit: fn(&str) -> String,
}

impl World {
    pub(super) fn new() -> anyhow::Result<Self> {
        let params = HierarchyParams::from_number(7, RECEPTION - 400 * DAY);
        let hierarchy = Hierarchy::generate(params)?;
        let rogue = hierarchy.rogue()?;
        let holders = ALL
            .iter()
            .zip(0..)
            .map(|(who, index)| {
                let identity = AgentIdentity::simulated(index, who.siren(), "Commune fictive");
                let issue = |hierarchy: &Hierarchy, from| {
                    hierarchy.issue_card(&identity, CardUse::Signature, KeyKind::P256, from)
                };
                let card = match who {
                    Who::TwoUsages => {
                        hierarchy.issue_flawed_card(&identity, Flaw::TwoUsages, CARDS_START)?
                    }
                    Who::Rogue => issue(&rogue, CARDS_START)?,
                    Who::Early => issue(&hierarchy, SIGNED + 1)?,
                    _ => issue(&hierarchy, CARDS_START)?,
                };
                Ok(Holder {
                    who: *who,
                    identity,
                    card,
                })
            })
            .collect::<anyhow::Result<Vec<_>>>()?;
        let snapshot = snapshot(&hierarchy, &holders)?;
        Ok(Self { holders, snapshot })
    }

    fn holder(&self, who: Who) -> anyhow::Result<&Holder> {
        let found = self.holders.iter().find(|holder| holder.who == who);
        found.context("no such agent")
    }

    /// Signs a draft as its agent, and edits the message.
    pub(super) fn sign(&self, draft: &Draft) -> anyhow::Result<String> {
        let signer = self.holder(draft.who)?.card.signer()?;
        let message = sign_compact(
            draft.payload.to_string().as_bytes(),
            draft.signed_at,
            &signer,
        )?;
        Ok((draft.edit)(&message))
    }

    /// The `number`-th message of an agent: every check passes.
    pub(super) fn draft(&self, who: Who, number: u32) -> anyhow::Result<Draft> {
        let identity = &self.holder(who)?.identity;
        let id = Uuid::from_u128(0x018f_4e9a_7c3b_7d2a_9f00_0000_0000_0000 + u128::from(number));
        let payload = json!({
            "entete": {"version_schema": "mif/1.0", "id_mif": id, "numero_pv": format!("CAS{number:05}"),
                       "horodatage_emission": "2026-11-20T10:00:00+01:00"},
            "service": {"siren": who.siren(), "code_service": who.service(), "corps": "PM",
                        "insee_rattachement": who.place()},
            "agent": {"matricule": identity.agent_number,
                      "qualite": if who == Who::Asvp { "ASVP" } else { "APJA" }, "grade": "Brigadier",
                      "carte": {"numero_serie": identity.card_number, "emetteur": "ANTS (simulation)",
                                "profil": "A05"}},
            "terminal": {"type": "PDA", "identifiant": who.device(), "version_logiciel": "4.2",
                         "version_natinf": "2026.1"},
            "infraction": {"natinf": 31_088, "qualification_cas": "1", "date_heure": "2026-11-20T09:58:00+01:00",
                           "interception": false, "nombre_infractions_simultanees": 1, "avis_information": true},
            "lieu": {"insee_commune": who.place(), "type_voie": "RUE", "libelle_voie": format!("DE L'ESSAI {number}"),
                     "numero": "12"},
            "vehicule": {"immatriculation": "AB123CD", "pays": "FR", "marque": "RENAULT"}
        });
        Ok(Draft {
            payload,
            who,
            signed_at: SIGNED,
            received_at: RECEPTION,
            station: who.station(),
            edit: str::to_owned,
        })
    }

    /// The matricule of an agent.
    pub(super) fn matricule(&self, who: Who) -> anyhow::Result<String> {
        Ok(self.holder(who)?.identity.agent_number.clone())
    }
}

fn snapshot(hierarchy: &Hierarchy, holders: &[Holder]) -> anyhow::Result<SnapshotV1> {
    let pem = |role| hierarchy.authority(role).certificate_pem();
    let mut snapshot: SnapshotV1 = serde_json::from_value(json!({
        "version": 1,
        "anchors": {"agents_root": pem(AuthorityRole::AgentsRoot),
                    "agents_intermediates": [pem(AuthorityRole::AgentsSignature)],
                    "agents_crls": [], "origin_root": pem(AuthorityRole::Origin), "origin_crls": []},
        "collectivities": collectivities(),
        "services": services(),
        "habilitations": habilitations(holders),
        "cards": cards(holders),
        "devices": senders(|siren| json!({"serial": format!("TVE-{siren}"), "siren": siren, "period": always()})),
        "stations": senders(|siren| json!({"fingerprint": Hex32(station(siren)), "siren": siren,
                                           "name": format!("STA-{siren}"), "period": always()})),
        "communes": [commune("35238", "Rennes", "35000", &always()), commune("35047", "Bruz", "35170", &always()),
                     commune("59017", "Armentières", "59280", &always()),
                     commune("16236", "Mouthiers-sur-Boëme", "16440", &always()),
                     commune("35099", "Commune disparue", "35000", &json!({"from": "2015-01-01", "to": "2026-11-19"}))],
        "omps": [{"code": "OMP-35-01", "court": "TRIBUNAL DE POLICE DE RENNES", "address": ["1 PLACE DU TRIBUNAL"]}],
        "natinf": [],
        "natinf_graver": [40_001]
    }))?;
    snapshot.natinf = reference::natinf()?;
    snapshot.natinf.push(not_taken_on());
    snapshot.law = LawV1::default();
    Ok(snapshot)
}

fn always() -> Value {
    json!({"from": "2020-01-01"})
}

fn senders(of: impl Fn(&str) -> Value) -> Vec<Value> {
    [SIREN, OTHER_SIREN, WITHOUT_CONVENTION, SUSPENDED]
        .map(of)
        .to_vec()
}

fn collectivities() -> Value {
    let collectivity = |siren: &str, name: &str, conventions: Value, suspensions: Value| {
        json!({"siren": siren, "name": name, "kind": "commune", "conventions": conventions,
               "suspensions": suspensions})
    };
    let antai = |communes: &[&str]| json!([{"kind": "antai", "number": "ANTAI-CAS", "period": always(), "communes": communes}]);
    let ants = json!([{"kind": "ants", "number": "ANTS-CAS", "period": always()}]);
    json!([
        collectivity(SIREN, "Rennes", antai(&["35238", "35099"]), json!([])),
        collectivity(OTHER_SIREN, "Autre", antai(&["35047"]), json!([])),
        collectivity(WITHOUT_CONVENTION, "Mouthiers-sur-Boëme", ants, json!([])),
        collectivity(
            SUSPENDED,
            "Armentières",
            antai(&["59017"]),
            json!([{"from": "2026-11-01"}])
        ),
    ])
}

fn services() -> Value {
    let service = |code: &str, siren: &str, communes: &[&str]| {
        let territory: Vec<Value> = communes
            .iter()
            .map(|insee| json!({"insee": insee, "period": always()}))
            .collect();
        json!({"code": code, "siren": siren, "label": "POLICE MUNICIPALE", "territory": territory})
    };
    json!([
        service(SERVICE, SIREN, &["35238", "35099"]),
        service(OTHER_SERVICE, OTHER_SIREN, &["35047"]),
        service("16PM001", WITHOUT_CONVENTION, &["16236"]),
        service("59PM001", SUSPENDED, &["59017"]),
    ])
}

fn habilitations(holders: &[Holder]) -> Vec<Value> {
    let habilitation = |holder: &Holder| {
        let period = match holder.who {
            Who::Departed => json!({"from": "2020-01-01", "to": "2026-11-19"}),
            _ => always(),
        };
        let quality = match holder.who {
            Who::Asvp => AgentQualityV1::Asvp,
            _ => AgentQualityV1::PoliceMunicipale,
        };
        json!({"service": holder.who.service(), "matricule": holder.identity.agent_number, "quality": quality,
               "period": period})
    };
    holders.iter().map(habilitation).collect()
}

fn cards(holders: &[Holder]) -> Vec<Value> {
    let registered = holders
        .iter()
        .filter(|holder| holder.who != Who::Unregistered);
    registered
        .map(|holder| {
            let mut card = json!({"serial": holder.identity.card_number, "siren": holder.identity.siren,
                                  "matricule": holder.identity.agent_number,
                                  "certificate": Hex32(sha256(&holder.card.certificate_der))});
            let revocation = match holder.who {
                Who::Stolen => json!({"effective_at_s": SIGNED - 1, "reason": "theft"}),
                Who::Replaced => json!({"effective_at_s": SIGNED + 60, "reason": "superseded"}),
                _ => return card,
            };
            if let Some(card) = card.as_object_mut() {
                card.insert("revocation".to_owned(), revocation);
            }
            card
        })
        .collect()
}

fn commune(insee: &str, name: &str, postcode: &str, period: &Value) -> Value {
    json!({"insee": insee, "name": name, "postcode": postcode, "period": period, "omp": "OMP-35-01"})
}

/// A contravention that is in the list, but was not vetted.
fn not_taken_on() -> NatInfV1 {
    NatInfV1 {
        code: 40_000,
        qualification: "INFRACTION D'ESSAI NON PRISE EN CHARGE".to_owned(),
        defined_by: "ART.R.412-30 C.ROUTE.".to_owned(),
        punished_by: "ART.R.412-30 C.ROUTE.".to_owned(),
        class: 4,
        points: 0,
        fixed_fine: true,
        reduced_fine: true,
        family: None,
        supported: false,
        period: PeriodV1 {
            from: DateText("2020-01-01".to_owned()),
            to: None,
        },
    }
}
