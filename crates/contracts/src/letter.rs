//! Letters that one service asks edition for: what the file says of them, so that edition computes no date and no
//! amount. Addressee, offence and vehicle come from the MIF.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hex32::Hex32;

/// Meta of one member of a request lot; the member has no bytes and its id is `<avis>/<kind>/<issue>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LetterRequestV1 {
    /// Avis number, ten digits.
    pub avis: String,
    /// Number of this issue of the letter, from 1.
    pub issue: u16,
    /// Identity of the MIF.
    pub id_mif: Uuid,
    /// The verdict lot that holds the MIF.
    pub verdict_lot: Hex32,
    /// Date of the avis.
    pub avis_date: String,
    /// Date printed on the letter: the planned deposit day.
    pub sent_on: String,
    /// Which letter, and what it says.
    pub letter: LetterV1,
}

/// Which letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields)]
pub enum LetterV1 {
    /// Avis d'amende forfaitaire majorée (CPP R49-6).
    #[serde(rename = "AFM")]
    AmendeMajoree(Box<MajoreeLetterV1>),
}

impl LetterV1 {
    /// Code of the kind of document, as in its facts.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            LetterV1::AmendeMajoree(_) => "AFM",
        }
    }
}

/// What an avis d'amende forfaitaire majorée says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MajoreeLetterV1 {
    /// Number of the titre (CPP R49-5).
    pub titre: String,
    /// Day of its signature.
    pub signed_on: String,
    /// The amount less a fifth (CPP R49-6).
    pub reduced: DueV1,
    /// The whole amount.
    pub full: DueV1,
    /// Last day of a réclamation (CPP 530).
    pub claim_until: String,
    /// What goes with a réclamation in cents (CPP 529-10), where the law asks for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consignation_cents: Option<i64>,
    /// Office of the comptable public.
    pub accountant_name: String,
    /// Its address.
    pub accountant_address: Vec<String>,
}

/// An amount and its last days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DueV1 {
    /// Amount in cents.
    pub cents: i64,
    /// By cheque.
    pub until_paper: String,
    /// By télépaiement.
    pub until_remote: String,
}
