//! The facts printed on each kind of document, as its producer gives them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use crate::RenditionError;

/// The kinds of document that there are templates for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentKind {
    /// Avis de contravention (arrêtés of the CPP, art. A37-16).
    AvisContravention,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 1] = [Self::AvisContravention];

    /// Stable name in files, commands and stores: `avis_contravention`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AvisContravention => "avis_contravention",
        }
    }

    /// Three-letter code in the sorting mark: `ACO`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AvisContravention => "ACO",
        }
    }

    /// Leaves (sheets of paper) of one document.
    #[must_use]
    pub const fn leaves(self) -> u8 {
        match self {
            Self::AvisContravention => 1,
        }
    }

    /// Pages (printed sides) of one document.
    #[must_use]
    pub const fn pages(self) -> u32 {
        match self {
            Self::AvisContravention => 2,
        }
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for DocumentKind {
    type Err = RenditionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| RenditionError::Input {
                reason: "unknown kind of document".to_owned(),
            })
    }
}

/// One document to render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderRequest {
    /// Its kind and facts.
    pub document: DocumentInput,
}

/// The facts of one document, by kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentInput {
    /// Avis de contravention.
    AvisContravention(AvisInput),
}

impl DocumentInput {
    /// Kind of the document.
    #[must_use]
    pub const fn kind(&self) -> DocumentKind {
        match self {
            Self::AvisContravention(_) => DocumentKind::AvisContravention,
        }
    }

    /// Reads the facts of a document of `kind` from JSON, without an envelope.
    ///
    /// # Errors
    /// [`RenditionError::Input`] when the JSON does not have the shape of that kind; unknown
    /// members are refused.
    pub fn from_json(kind: DocumentKind, json: &[u8]) -> Result<Self, RenditionError> {
        match kind {
            DocumentKind::AvisContravention => {
                serde_json::from_slice(json).map(Self::AvisContravention)
            }
        }
        .map_err(|error| RenditionError::Input {
            reason: error.to_string(),
        })
    }
}

/// Facts of an avis de contravention (CPP art. A37-16). All are printed as given: deadlines and
/// amounts are computed by the producer, under the law in force at the time of the offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvisInput {
    /// Ten digits, the first two `99`: reserved for simulated avis.
    pub avis_number: String,
    /// Date of the avis, which starts every clock. Also the date of creation in the PDF.
    pub avis_date: Date,
    /// Address of the recipient, NF Z10-011: one to seven lines (the seventh is the country) of
    /// at most 38 characters, in order, without blank lines.
    pub recipient: Vec<String>,
    /// In which quality the recipient is addressed; chooses the lead sentence.
    pub addressee: AddresseeRole,
    /// What happened, when, where, and under which texts.
    pub offence: OffenceInput,
    /// The vehicle; none for an offence of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<VehicleInput>,
    /// Service and agent that found the offence.
    pub police_service: PoliceServiceInput,
    /// Points withdrawn from the driving licence, 0 to 6 (Code de la route, art. L223-2).
    pub points: u8,
    /// What is to be paid, and until when.
    pub amounts: AmountsInput,
    /// Reference of the télépaiement.
    pub telepayment: TelepaymentInput,
    /// How and until when to contest.
    pub contest: ContestInput,
}

impl fmt::Debug for AvisInput {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("AvisInput")
            .field("avis_number", &self.avis_number)
            .finish_non_exhaustive()
    }
}

/// Quality in which the recipient gets the avis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AddresseeRole {
    /// Holder of the certificat d'immatriculation.
    Holder,
    /// Legal representative of the holder, a legal person.
    LegalRepresentative,
    /// Driver intercepted by the agent.
    InterceptedDriver,
    /// Driver designated by the holder.
    DesignatedDriver,
    /// Hirer of the vehicle.
    Hirer,
    /// Buyer of the vehicle.
    Buyer,
    /// Person met by the agent, for an offence without a vehicle.
    PersonMet,
}

impl AddresseeRole {
    /// Every role.
    pub const ALL: [Self; 7] = [
        Self::Holder,
        Self::LegalRepresentative,
        Self::InterceptedDriver,
        Self::DesignatedDriver,
        Self::Hirer,
        Self::Buyer,
        Self::PersonMet,
    ];

    /// Name of the role in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Holder => "holder",
            Self::LegalRepresentative => "legal_representative",
            Self::InterceptedDriver => "intercepted_driver",
            Self::DesignatedDriver => "designated_driver",
            Self::Hirer => "hirer",
            Self::Buyer => "buyer",
            Self::PersonMet => "person_met",
        }
    }
}

/// The offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffenceInput {
    /// Civil date at the place.
    pub date: Date,
    /// Civil time at the place, printed to the minute. JSON: `"14:35:00"`.
    pub time: Time,
    /// Place.
    pub place: PlaceInput,
    /// `NatInf` code, 1 to 99,999.
    pub natinf: u32,
    /// Class of the contravention, 1 to 5.
    pub class: u8,
    /// Qualification of the nomenclature, at most 250 characters.
    pub qualification: String,
    /// Texts that define the offence ("prévue par"), at most 250 characters.
    pub defined_by: String,
    /// Texts that punish it ("réprimée par"), at most 250 characters.
    pub punished_by: String,
}

/// Place of an offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    /// Name of the commune, at most 50 characters.
    pub commune: String,
    /// Code of the département: `35`, `2A`, `974`.
    pub departement: String,
    /// Number and street, at most 70 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Position: landmark, kilometre post, at most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Direction of travel, at most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
}

/// Vehicle of an offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleInput {
    /// Registration plate as printed, at most 15 characters: `AB-123-CD`.
    pub plate: String,
    /// Country of registration, at most 24 characters: `FRANCE`.
    pub country: String,
    /// Make, at most 30 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
}

/// Service and agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoliceServiceInput {
    /// Name of the service, at most 60 characters.
    pub label: String,
    /// Code of the service, at most 12 characters.
    pub code: String,
    /// Number of the agent, at most 12 characters; no name is printed.
    pub agent_number: String,
}

/// The amounts of the fine (CPP art. 529 and following, R49, R49-7, R49-9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountsInput {
    /// Amende forfaitaire minorée, where the law has one for the offence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minoree: Option<AmountDue>,
    /// Amende forfaitaire.
    pub forfaitaire: AmountDue,
    /// Amende forfaitaire majorée.
    pub majoree: AmountFrom,
}

/// An amount that can be paid until a date, which is later by télépaiement (CPP art. R49-3-1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountDue {
    /// Amount in cents of a euro, 1 to 999,999.
    pub cents: i64,
    /// Last day to pay by cheque or at a counter.
    pub until_paper: Date,
    /// Last day to pay by télépaiement or timbre dématérialisé.
    pub until_remote: Date,
}

/// An amount that is due from a date on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmountFrom {
    /// Amount in cents of a euro, 1 to 999,999.
    pub cents: i64,
    /// First day on which it is due.
    pub from: Date,
}

/// Reference of the télépaiement: printed like a real one, payable nowhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TelepaymentInput {
    /// Fourteen digits: `000`, the avis number, `1`.
    pub number: String,
    /// Two digits: the number modulo 97.
    pub key: String,
}

impl TelepaymentInput {
    /// The simulated reference of an avis: prefix `000`, number of the avis, `1`, and the key of
    /// the fourteen digits modulo 97. `None` unless `avis_number` is ten digits beginning `99`.
    ///
    /// ```
    /// let reference = cnt_rendition::TelepaymentInput::of_avis("9900000017").unwrap();
    /// assert_eq!((&*reference.number, &*reference.key), ("00099000000171", "45"));
    /// ```
    #[must_use]
    pub fn of_avis(avis_number: &str) -> Option<Self> {
        let simulated = avis_number.len() == 10
            && avis_number.starts_with("99")
            && avis_number.bytes().all(|byte| byte.is_ascii_digit());
        if !simulated {
            return None;
        }
        let number = format!("000{avis_number}1");
        let key = format!("{:02}", number.parse::<u64>().ok()? % 97);
        Some(Self { number, key })
    }
}

/// How to contest (CPP art. 529-2, 529-10).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestInput {
    /// Last day to send the requête en exonération.
    pub until: Date,
    /// Amount in cents, 1 to 999,999, to deposit with the requête (CPP art. 529-10), where the law
    /// asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consignation_cents: Option<i64>,
    /// Officier du ministère public competent for the place of the offence.
    pub omp: OmpInput,
}

/// An officier du ministère public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OmpInput {
    /// Name of the office, at most 100 characters; no person is named.
    pub name: String,
    /// Its address: one to six lines of at most 38 characters.
    pub address: Vec<String>,
}

macro_rules! hide_personal_data {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )*};
}
hide_personal_data!(OffenceInput, PlaceInput, VehicleInput);
