//! The shape of a snapshot.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::collectivities::CollectivityV1;
use crate::hex32::Hex32;
use crate::law::LawV1;

/// One version of the registry, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SnapshotV1 {
    /// Version number.
    pub version: u64,
    /// Certificates and revocation lists to verify cards and stations with.
    pub anchors: AnchorsV1,
    /// Collectivities.
    pub collectivities: Vec<CollectivityV1>,
    /// Police services.
    pub services: Vec<ServiceV1>,
    /// Habilitations.
    pub habilitations: Vec<HabilitationV1>,
    /// Cards.
    pub cards: Vec<CardV1>,
    /// Devices.
    pub devices: Vec<DeviceV1>,
    /// Stations.
    pub stations: Vec<StationV1>,
    /// Communes.
    pub communes: Vec<CommuneV1>,
    /// OMPs.
    pub omps: Vec<OmpV1>,
    /// NatInf list.
    pub natinf: Vec<NatInfV1>,
    /// NatInf numbers of délits and crimes, so that they are told from numbers that do not exist.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub natinf_graver: Vec<u32>,
    /// The law's tables; the edition compiled in where a snapshot has none.
    #[serde(default)]
    pub law: LawV1,
}

/// Certificates, PEM.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AnchorsV1 {
    /// Root of the agents' cards.
    pub agents_root: String,
    /// Intermediate authorities under it.
    pub agents_intermediates: Vec<String>,
    /// Revocation lists of these authorities.
    pub agents_crls: Vec<String>,
    /// Root of stations' certificates.
    pub origin_root: String,
    /// Its revocation lists.
    pub origin_crls: Vec<String>,
}

/// A period of civil days, both ends included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PeriodV1 {
    /// First day, `YYYY-MM-DD`.
    pub from: jiff_date::DateText,
    /// Last day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<jiff_date::DateText>,
}

pub(crate) mod jiff_date {
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    /// A civil date, `YYYY-MM-DD`.
    #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
    #[serde(transparent)]
    pub struct DateText(#[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))] pub String);
}

/// A police service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceV1 {
    /// Code.
    pub code: String,
    /// Collectivity.
    pub siren: String,
    /// Label printed on the avis.
    pub label: String,
    /// Communes that its agents may police; the collectivity's convention says which of them are covered.
    pub territory: Vec<TerritoryV1>,
}

/// A commune a service may police, for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TerritoryV1 {
    /// INSEE code.
    pub insee: String,
    /// When.
    pub period: PeriodV1,
}

/// Quality in which an agent acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AgentQualityV1 {
    /// Agent de police municipale.
    #[default]
    PoliceMunicipale,
    /// Garde champêtre.
    GardeChampetre,
    /// Agent de surveillance de la voie publique.
    Asvp,
}

/// An agent's habilitation for a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HabilitationV1 {
    /// Service.
    pub service: String,
    /// Agent's number.
    pub matricule: String,
    /// Quality in which the agent acts; police municipale where a snapshot does not say.
    #[serde(default)]
    pub quality: AgentQualityV1,
    /// When.
    pub period: PeriodV1,
}

/// A card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CardV1 {
    /// Serial number.
    pub serial: String,
    /// Collectivity.
    pub siren: String,
    /// Agent's number.
    pub matricule: String,
    /// SHA-256 of its signature certificate.
    pub certificate: Hex32,
    /// Serial number of its signature certificate in hexadecimal, by which revocation lists name it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub signature_number: Option<String>,
    /// Serial number of its authentication certificate in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub authentication_number: Option<String>,
    /// Revocation.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub revocation: Option<RevocationV1>,
}

/// Reason of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReasonV1 {
    /// Lost.
    Loss,
    /// Stolen.
    Theft,
    /// Key or code compromised.
    Compromise,
    /// The agent left.
    Departure,
    /// The collectivity left.
    CollectivityLeaving,
    /// Wrong data.
    WrongData,
    /// Replaced.
    Superseded,
    /// Suspended for a time; the only one that can be lifted.
    Suspension,
}

/// A revocation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RevocationV1 {
    /// Instant from which it holds, seconds since the epoch.
    pub effective_at_s: i64,
    /// Why.
    pub reason: ReasonV1,
}

/// A device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceV1 {
    /// Serial number.
    pub serial: String,
    /// Collectivity it is assigned to.
    pub siren: String,
    /// When.
    pub period: PeriodV1,
}

/// A station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StationV1 {
    /// SHA-256 of its connection certificate.
    pub fingerprint: Hex32,
    /// Serial number of its connection certificate in hexadecimal, by which revocation lists name it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub connection_number: Option<String>,
    /// Serial number of its seal certificate in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seal_number: Option<String>,
    /// Collectivity.
    pub siren: String,
    /// Name.
    pub name: String,
    /// When.
    pub period: PeriodV1,
    /// Instant (real clock) at which it was cut, seconds since the epoch.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub cut_at_s: Option<i64>,
}

/// A commune.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommuneV1 {
    /// INSEE code.
    pub insee: String,
    /// Name.
    pub name: String,
    /// Postcode.
    pub postcode: String,
    /// When it exists.
    pub period: PeriodV1,
    /// OMP competent there, where no dated row says otherwise.
    pub omp: String,
    /// Dated rows of the ministry's table of communes and courts; of several that hold on a day, the last counts.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub dated_omps: Vec<DatedOmpV1>,
}

/// The OMP competent for a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DatedOmpV1 {
    /// When.
    pub period: PeriodV1,
    /// The OMP.
    pub omp: String,
}

/// An OMP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OmpV1 {
    /// Code.
    pub code: String,
    /// Tribunal de police.
    pub court: String,
    /// Address lines.
    pub address: Vec<String>,
}

/// A version of a NatInf entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NatInfV1 {
    /// Number.
    pub code: u32,
    /// Qualification.
    pub qualification: String,
    /// « Prévue par ».
    pub defined_by: String,
    /// « Réprimée par ».
    pub punished_by: String,
    /// Class, 1 to 5.
    #[schemars(range(min = 1, max = 5))]
    pub class: u8,
    /// Points.
    pub points: u8,
    /// Open to the fixed fine.
    pub fixed_fine: bool,
    /// A reduced fine exists.
    pub reduced_fine: bool,
    /// Family in the vetted nomenclature.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub family: Option<String>,
    /// Whether the CNT takes the offence on: its points and openness to the fixed fine were vetted.
    #[serde(skip_serializing_if = "is_true", default = "yes")]
    pub supported: bool,
    /// When in force.
    pub period: PeriodV1,
}

fn yes() -> bool {
    true
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the value by reference"
)]
fn is_true(value: &bool) -> bool {
    *value
}
