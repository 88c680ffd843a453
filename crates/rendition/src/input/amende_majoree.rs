//! Facts of the avis d'amende forfaitaire majorée.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{AmountDue, OffenceInput, OmpInput, VehicleInput, hide_personal_data};

/// Facts of an avis d'amende forfaitaire majorée, which the comptable public sends to call for payment of the titre
/// exécutoire (CPP art. 529-2, 530, R49-5, R49-6). All are printed as given.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AmendeMajoreeInput {
    /// Reference of the fine in the accounts: twelve digits, the first two `99`.
    pub reference: String,
    /// Date of sending, from which the delays run. Also the date of creation in the PDF.
    pub sent_on: Date,
    /// Number of the avis de contravention: ten digits, the first two `99`.
    pub avis_number: String,
    /// Date of the avis de contravention.
    pub avis_date: Date,
    /// Key with which the addressee opens the file on the portal: eight letters and digits.
    pub portal_key: String,
    /// Address of the recipient, NF Z10-011: one to seven lines of at most 38 characters.
    pub recipient: Vec<String>,
    /// Whether the recipient lives abroad, which gives a month more to claim (CPP 530-2-1).
    #[serde(default)]
    pub is_abroad: bool,
    /// Whether the author is a legal person, whose amounts are five times those of a person (CPP 530-3).
    #[serde(default)]
    pub is_legal_person_author: bool,
    /// The offence.
    pub offence: OffenceInput,
    /// The vehicle; none for an offence of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<VehicleInput>,
    /// Points withdrawn, 0 to 6: the titre exécutoire establishes the offence (Code de la route, art. L223-1).
    pub points: u8,
    /// The titre exécutoire.
    pub title: TitleInput,
    /// The comptable public who calls for payment.
    pub accountant: AccountantInput,
    /// The amount less a fifth, if paid within the month (CPP R49-6).
    pub reduced: AmountDue,
    /// The whole amount.
    pub full: AmountDue,
    /// The réclamation.
    pub claim: ClaimInput,
}

/// The titre exécutoire of an amende forfaitaire majorée (CPP art. 529-2, R49-5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TitleInput {
    /// Day on which the ministère public signed it.
    pub signed_on: Date,
    /// Number of the state of titles that holds it, at most 20 letters, digits, hyphens and spaces.
    pub number: String,
    /// Officier du ministère public who signed it and to whom a réclamation is addressed.
    pub omp: OmpInput,
}

/// A comptable public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountantInput {
    /// Name of the office, at most 60 characters; no person is named.
    pub name: String,
    /// Its address: one to four lines of at most 38 characters.
    pub address: Vec<String>,
}

/// How to claim against an amende forfaitaire majorée (CPP art. 530, R49-8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClaimInput {
    /// Last day to send it: thirty days from sending.
    pub until: Date,
    /// Day after which no réclamation is admissible, where the avis went by registered letter to the address on the
    /// certificat d'immatriculation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub never_after: Option<Date>,
    /// Amount in cents of a euro, 1 to 999,999, to deposit with it (CPP art. 529-10), where the law asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consignation_cents: Option<i64>,
}

hide_personal_data!(AmendeMajoreeInput);
