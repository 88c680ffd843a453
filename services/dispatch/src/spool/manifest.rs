//! The manifest of a spool, as the plant reads it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Id of the member of a spool that is its manifest.
pub const MANIFEST_MEMBER: &str = "manifest.json";

/// What a spool holds, fold by fold in print order, and its balance. The name of the spool is the SHA-256 of its
/// bytes, manifest included: that seals it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpoolManifest {
    /// Version of this shape: 1.
    pub version: u16,
    /// Code of the printing plant.
    pub plant: String,
    /// Name of the printing plant.
    pub plant_name: String,
    /// Planned day of deposit, which is the date printed on the documents, `YYYY-MM-DD`.
    pub day: String,
    /// The sums over all folds.
    pub balance: Balance,
    /// The folds, by postcode, then avis.
    pub folds: Vec<SpoolFold>,
}

/// Sums over the folds of a spool.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Balance {
    /// Folds.
    pub folds: u32,
    /// Sheets of paper.
    pub sheets: i64,
    /// Weight in grams, envelopes included.
    pub weight_g: i64,
    /// Postage in cents.
    pub postage_cents: i64,
}

/// One fold of a spool; also the meta of its member, whose id is `<position>/<avis>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SpoolFold {
    /// Place in the print order, from 1.
    pub position: u32,
    /// Avis number, ten digits.
    pub avis: String,
    /// Kind of document.
    pub kind: String,
    /// Number of the issue of the document.
    pub issue: i16,
    /// Postcode; empty abroad.
    pub postcode: String,
    /// Sheets of paper.
    pub sheets: i32,
    /// Weight in grams, envelope included.
    pub weight_g: i32,
    /// Postage in cents.
    pub tariff_cents: i32,
    /// Number of the recommended letter with acknowledgement of receipt, if it is one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recommended: Option<String>,
    /// Text in the place of the franking impression; it bears SPECIMEN.
    pub franking_mark: String,
    /// SHA-256 of the PDF, in hexadecimal.
    pub sha256: String,
}

impl SpoolFold {
    /// Id of the fold's member. Five digits, so that the order of ids is the print order.
    #[must_use]
    pub fn member_id(&self) -> String {
        format!("{:05}/{}", self.position, self.avis)
    }
}

impl Balance {
    /// The sums over folds.
    #[must_use]
    pub fn of(folds: &[SpoolFold]) -> Self {
        folds.iter().fold(Self::default(), |sum, fold| Self {
            folds: sum.folds + 1,
            sheets: sum.sheets + i64::from(fold.sheets),
            weight_g: sum.weight_g + i64::from(fold.weight_g),
            postage_cents: sum.postage_cents + i64::from(fold.tariff_cents),
        })
    }
}
