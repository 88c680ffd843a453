//! Facts of the avis de contravention and of the two leaves that go with it.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{OffenceInput, PoliceServiceInput, VehicleInput};

/// Facts of an avis de contravention (CPP art. A37-16). All are printed as given: deadlines and
/// amounts are computed by the producer, under the law in force at the time of the offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvisInput {
    /// Ten digits, the first two `99`: reserved for simulated avis.
    pub avis_number: String,
    /// Date of the avis, which starts every clock. Also the date of creation in the PDF.
    pub avis_date: Date,
    /// Key with which the addressee opens the file on the portal: eight letters and digits.
    pub portal_key: String,
    /// Address of the recipient, NF Z10-011: one to seven lines (the seventh is the country) of
    /// at most 38 characters, in order, without blank lines.
    pub recipient: Vec<String>,
    /// In which quality the recipient is addressed; chooses the lead sentence.
    pub addressee: AddresseeRole,
    /// Whether the recipient lives abroad, which gives a month more (CPP 530-2-1).
    #[serde(default)]
    pub is_abroad: bool,
    /// Who answers for the offence, by the law that defines it.
    pub liability: LiabilityRule,
    /// Whether a legal person that holds the vehicle must name its driver (Code de la route, art. L121-6): only for
    /// offences found by automated devices.
    #[serde(default)]
    pub must_designate: bool,
    /// What happened, when, where, and under which texts.
    pub offence: OffenceInput,
    /// The vehicle; none for an offence of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<VehicleInput>,
    /// Service and agent that found the offence.
    pub police_service: PoliceServiceInput,
    /// Points withdrawn from the driving licence, 0 to 6 (Code de la route, art. L223-2).
    pub points: u8,
    /// Whether a licence of another European state must be exchanged (CPP A37-16 IV; Code de la route, art. R222-2).
    /// Printed beside the points: without points there is no such duty.
    #[serde(default)]
    pub licence_exchange: bool,
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

/// Who answers for an offence, which decides what form goes with the avis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiabilityRule {
    /// The author alone.
    Author,
    /// The holder is liable to pay unless the true author is named (Code de la route, art. L121-2): parking, tolls,
    /// waste left from a vehicle.
    L1212,
    /// The holder owes the fine (Code de la route, art. L121-3, R121-6): the form has its cases (CPP 529-10).
    L1213,
}

impl LiabilityRule {
    /// Every rule.
    pub const ALL: [Self; 3] = [Self::Author, Self::L1212, Self::L1213];

    /// Name of the rule in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::L1212 => "l1212",
            Self::L1213 => "l1213",
        }
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
    /// A legal person that is itself the author: the amounts are five times those of a person (CPP 530-3).
    LegalPersonAuthor,
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
    pub const ALL: [Self; 8] = [
        Self::Holder,
        Self::LegalRepresentative,
        Self::LegalPersonAuthor,
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
            Self::LegalPersonAuthor => "legal_person_author",
            Self::InterceptedDriver => "intercepted_driver",
            Self::DesignatedDriver => "designated_driver",
            Self::Hirer => "hirer",
            Self::Buyer => "buyer",
            Self::PersonMet => "person_met",
        }
    }
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
    /// Its address: one to four lines of at most 38 characters.
    pub address: Vec<String>,
}
