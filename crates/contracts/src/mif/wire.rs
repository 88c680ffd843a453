//! The shape of a MIF, group by group. Unknown and duplicate members are refused at every level.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

type Text<'a> = Cow<'a, str>;

/// One MIF.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MifV1<'a> {
    /// Identity.
    #[serde(borrow)]
    pub entete: Entete<'a>,
    /// The sender.
    #[serde(borrow)]
    pub service: Service<'a>,
    /// The agent.
    #[serde(borrow)]
    pub agent: Agent<'a>,
    /// The device.
    #[serde(borrow)]
    pub terminal: Terminal<'a>,
    /// The offence.
    #[serde(borrow)]
    pub infraction: Infraction<'a>,
    /// The place.
    #[serde(borrow)]
    pub lieu: Lieu<'a>,
    /// The vehicle; required unless a person was met.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    pub vehicule: Option<Vehicule<'a>>,
    /// The person met; required with interception.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    pub personne: Option<Personne<'a>>,
    /// The offender's own signature; required with interception.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    pub signature: Option<SignatureContrevenant<'a>>,
}

/// Identity of the message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entete<'a> {
    /// `mif/1.0`.
    #[schemars(regex(pattern = r"^mif/1\.0$"))]
    pub version_schema: Text<'a>,
    /// Idempotency key.
    pub id_mif: Uuid,
    /// Number of the procès-verbal, unique per service and year.
    #[schemars(regex(pattern = r"^[A-Z0-9]{1,20}$"))]
    pub numero_pv: Text<'a>,
    /// When the device sent it (RFC 3339).
    #[schemars(extend("format" = "date-time"))]
    pub horodatage_emission: Text<'a>,
}

/// Corps of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Corps {
    /// Police municipale.
    Pm,
    /// Garde champêtre.
    Gc,
    /// Agent de surveillance de la voie publique.
    Asvp,
}

/// The sender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service<'a> {
    /// Collectivity.
    #[schemars(regex(pattern = r"^[0-9]{9}$"))]
    pub siren: Text<'a>,
    /// Police service.
    #[schemars(regex(pattern = r"^[0-9]{2}[A-Z0-9]{3,7}$"))]
    pub code_service: Text<'a>,
    /// Corps.
    pub corps: Corps,
    /// Commune the service belongs to.
    #[schemars(regex(pattern = r"^([0-9]{5}|2[AB][0-9]{3})$"))]
    pub insee_rattachement: Text<'a>,
}

/// The agent, by number, never by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Agent<'a> {
    /// Personal number.
    #[schemars(regex(pattern = r"^[A-Z0-9]{1,10}$"))]
    pub matricule: Text<'a>,
    /// Quality in which the agent acts.
    #[schemars(length(min = 1, max = 40))]
    pub qualite: Text<'a>,
    /// Rank.
    #[schemars(length(min = 1, max = 40))]
    pub grade: Text<'a>,
    /// Card the message is signed with.
    #[serde(borrow)]
    pub carte: Carte<'a>,
}

/// The agent's card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Carte<'a> {
    /// Serial number.
    #[schemars(regex(pattern = r"^[A-Za-z0-9.\-]{1,24}$"))]
    pub numero_serie: Text<'a>,
    /// Issuer.
    #[schemars(length(min = 1, max = 60))]
    pub emetteur: Text<'a>,
    /// Profile, `A05`.
    #[schemars(regex(pattern = r"^A05$"))]
    pub profil: Text<'a>,
}

/// The device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Terminal<'a> {
    /// Kind: PDA, TABLETTE, TIE, AGC, NEO.
    #[serde(rename = "type")]
    #[schemars(regex(pattern = r"^(PDA|TABLETTE|TIE|AGC|NEO)$"))]
    pub kind: Text<'a>,
    /// Serial number.
    #[schemars(regex(pattern = r"^[A-Za-z0-9.\-]{1,24}$"))]
    pub identifiant: Text<'a>,
    /// Version of its software.
    #[schemars(length(min = 1, max = 40))]
    pub version_logiciel: Text<'a>,
    /// Version of its NatInf list.
    #[schemars(length(min = 1, max = 40))]
    pub version_natinf: Text<'a>,
}

/// The offence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Infraction<'a> {
    /// NatInf number.
    #[schemars(range(min = 1, max = 99_999))]
    pub natinf: u32,
    /// Variant of the qualification.
    #[schemars(length(min = 1, max = 20))]
    pub qualification_cas: Text<'a>,
    /// Civil date and time with offset (RFC 3339).
    #[schemars(extend("format" = "date-time"))]
    pub date_heure: Text<'a>,
    /// Whether the author was met.
    pub interception: bool,
    /// Offences found at once (CPP 529 al. 2).
    #[schemars(range(min = 1, max = 20))]
    pub nombre_infractions_simultanees: u8,
    /// NatInf numbers of the others among them: one that is not open to the fixed fine closes it for all (CPP 529 al. 2).
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(length(max = 19), inner(range(min = 1, max = 99_999)))]
    pub infractions_simultanees: Vec<u32>,
    /// Whether an avis d'information was left.
    pub avis_information: bool,
    /// Speed, for speeding.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    pub vitesse: Option<Vitesse<'a>>,
    /// Free text of the agent.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(max = 500))]
    pub observations: Option<Text<'a>>,
    /// Removal of the vehicle was asked (CPP A37-6).
    #[serde(default)]
    pub enlevement_demande: bool,
    /// More than 20 m² in a tourist zone (CPP A37-6).
    #[serde(default)]
    pub surface_20m2: bool,
}

/// Speed measured (CPP A37-11), km/h.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vitesse<'a> {
    /// Limit.
    #[schemars(range(min = 5, max = 130))]
    pub limite: u16,
    /// Measured.
    #[schemars(range(min = 1, max = 400))]
    pub mesuree: u16,
    /// Retained after the margin.
    #[schemars(range(min = 1, max = 400))]
    pub retenue: u16,
    /// Measuring device.
    #[schemars(length(min = 1, max = 40))]
    pub appareil: Text<'a>,
}

/// The place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Lieu<'a> {
    /// Commune.
    #[schemars(regex(pattern = r"^([0-9]{5}|2[AB][0-9]{3})$"))]
    pub insee_commune: Text<'a>,
    /// Kind of street, e.g. `RUE`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 20))]
    pub type_voie: Option<Text<'a>>,
    /// Name of the street.
    #[schemars(length(min = 1, max = 60))]
    pub libelle_voie: Text<'a>,
    /// Number in the street.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 10))]
    pub numero: Option<Text<'a>>,
    /// Position.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 80))]
    pub complement: Option<Text<'a>>,
    /// Direction.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 60))]
    pub sens: Option<Text<'a>>,
    /// Kilometre point.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 20))]
    pub pr_pk: Option<Text<'a>>,
    /// Position by satellite.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub position: Option<Position>,
}

/// WGS 84 position in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Latitude.
    #[schemars(range(min = -90.0, max = 90.0))]
    pub lat: f64,
    /// Longitude.
    #[schemars(range(min = -180.0, max = 180.0))]
    pub lon: f64,
}

/// The vehicle.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Vehicule<'a> {
    /// Plate: capitals and digits, no separators.
    #[schemars(regex(pattern = r"^[A-Z0-9]{2,15}$"))]
    pub immatriculation: Text<'a>,
    /// Country (ISO 3166-1 alpha-2).
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub pays: Text<'a>,
    /// Genre (VP, CTTE, MTL…).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 10))]
    pub genre: Option<Text<'a>>,
    /// Make.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 30))]
    pub marque: Option<Text<'a>>,
    /// Model.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 30))]
    pub modele: Option<Text<'a>>,
    /// Colour.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 20))]
    pub couleur: Option<Text<'a>>,
    /// Photos, sent apart and named by their hash.
    #[serde(borrow, skip_serializing_if = "Vec::is_empty", default)]
    #[schemars(length(max = 8))]
    pub cliche: Vec<Cliche<'a>>,
}

/// A photo.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cliche<'a> {
    /// SHA-256 of its bytes.
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub sha256: Text<'a>,
    /// Media type: `image/jpeg` or `image/png`.
    #[schemars(regex(pattern = r"^image/(jpeg|png)$"))]
    pub media: Text<'a>,
    /// Size in bytes.
    #[schemars(range(min = 1, max = 10_000_000))]
    pub taille: u32,
}

/// The person met.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Personne<'a> {
    /// CONTREVENANT, TITULAIRE or PIETON.
    #[schemars(regex(pattern = r"^(CONTREVENANT|TITULAIRE|PIETON)$"))]
    pub role: Text<'a>,
    /// Family name.
    #[schemars(length(min = 1, max = 60))]
    pub nom: Text<'a>,
    /// First names.
    #[schemars(length(min = 1, max = 80))]
    pub prenoms: Text<'a>,
    /// Name in use.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 60))]
    pub nom_usage: Option<Text<'a>>,
    /// Sex, `F` or `M`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(regex(pattern = r"^[FM]$"))]
    pub sexe: Option<Text<'a>>,
    /// Date of birth.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(extend("format" = "date"))]
    pub naissance: Option<Text<'a>>,
    /// Place of birth.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 60))]
    pub lieu_naissance: Option<Text<'a>>,
    /// Country of birth (ISO 3166-1 alpha-2).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub pays_naissance: Option<Text<'a>>,
    /// E-mail address.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 3, max = 120))]
    pub courriel: Option<Text<'a>>,
    /// Telephone number.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 3, max = 20))]
    pub telephone: Option<Text<'a>>,
    /// The legal person which is the author of the offence (CPP 530-3), the person met acting for it.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    pub personne_morale: Option<PersonneMorale<'a>>,
    /// Address.
    #[serde(borrow)]
    pub adresse: Adresse<'a>,
    /// Driving licence.
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    pub permis: Option<Permis<'a>>,
}

impl std::fmt::Debug for Personne<'_> {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Personne(***)")
    }
}

/// A legal person as author of the offence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonneMorale<'a> {
    /// Its name.
    #[schemars(length(min = 1, max = 80))]
    pub raison_sociale: Text<'a>,
    /// Its number in the SIRENE register.
    #[schemars(regex(pattern = r"^[0-9]{9}$"))]
    pub siren: Text<'a>,
}

/// A postal address as declared.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Adresse<'a> {
    /// Number and street.
    #[schemars(length(min = 1, max = 38))]
    pub voie: Text<'a>,
    /// Second line.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(length(min = 1, max = 38))]
    pub complement: Option<Text<'a>>,
    /// Postcode.
    #[schemars(length(min = 1, max = 10))]
    pub code_postal: Text<'a>,
    /// Locality.
    #[schemars(length(min = 1, max = 32))]
    pub localite: Text<'a>,
    /// Country (ISO 3166-1 alpha-2).
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub pays: Text<'a>,
}

impl std::fmt::Debug for Adresse<'_> {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Adresse(***)")
    }
}

/// A driving licence.
#[derive(Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Permis<'a> {
    /// Number.
    #[schemars(regex(pattern = r"^[A-Z0-9]{5,20}$"))]
    pub numero: Text<'a>,
    /// Country (ISO 3166-1 alpha-2).
    #[schemars(regex(pattern = r"^[A-Z]{2}$"))]
    pub pays: Text<'a>,
}

impl std::fmt::Debug for Permis<'_> {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Permis(***)")
    }
}

/// The offender's own signature on the device.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignatureContrevenant<'a> {
    /// `signe`, `refuse` (certified mention by the agent: CE 11/04/2018 n° 413461) or `absent`.
    #[schemars(regex(pattern = r"^(signe|refuse|absent)$"))]
    pub contrevenant: Text<'a>,
    /// SHA-256 of the image of the signature.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    #[schemars(regex(pattern = r"^[0-9a-f]{64}$"))]
    pub image_sha256: Option<Text<'a>>,
}
