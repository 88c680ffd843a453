//! What the commands on the nomenclature and the law print.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// `cnt natinf show CODE --json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NatInfView {
    /// The code.
    pub code: u32,
    /// The day it was asked for, `YYYY-MM-DD`.
    pub on: String,
    /// `in_force`, `not_in_force`, `not_contravention` or `unknown`.
    pub status: String,
    /// The version in force on the day.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub entry: Option<NatInfEntryView>,
}

/// A version of an entry, as the law of a day has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NatInfEntryView {
    /// First day in force.
    pub from: String,
    /// Last day, if known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub to: Option<String>,
    /// Qualification.
    pub qualification: String,
    /// « Définie par ».
    pub defined_by: String,
    /// « Réprimée par ».
    pub punished_by: String,
    /// Class of the contravention.
    pub class: u8,
    /// Points withdrawn.
    pub points: u8,
    /// Family in the vetted nomenclature.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub family: Option<String>,
    /// Whether the CNT takes it on.
    pub supported: bool,
    /// Whether it is open to the fixed fine (CPP R48-1).
    pub fixed_fine: bool,
    /// Reduced fine in cents, where one exists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minoree_cents: Option<i64>,
    /// Fixed fine in cents.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub forfaitaire_cents: Option<i64>,
    /// Increased fine in cents.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub majoree_cents: Option<i64>,
    /// The most a court may impose, in cents.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub court_max_cents: Option<i64>,
    /// Competence by quality off motorways: `PM`, `GC`, `ASVP` to `yes`, `no` or `unverified`.
    pub competence: std::collections::BTreeMap<String, String>,
    /// How the holder of the registration certificate answers: `responsible`, `liable` or `none`.
    pub holder: String,
}
