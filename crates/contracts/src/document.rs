//! What a document lot says of each document: the facts that dispatch, contestation, archive and receipts need
//! without opening the PDF.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Meta of one member of a document lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum DocumentMeta {
    /// A document; the member's id is `<avis>/<kind>/<issue>`.
    Document(Box<DocumentFacts>),
    /// An accepted MIF that ends without an avis; the member has no bytes and its id is `nt/<id_mif>`.
    NotTransformed(NotTransformedFacts),
}

/// Facts of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DocumentFacts {
    /// Avis number, ten digits.
    pub avis: String,
    /// Kind of document: `ACO`…
    pub kind: String,
    /// Number of this issue of the document, from 1.
    pub issue: u16,
    /// The member id of the document it replaces, if any.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub replaces: Option<String>,
    /// Identity of the MIF.
    pub id_mif: Uuid,
    /// Reception of the MIF.
    pub reception: Uuid,
    /// Collectivity.
    pub siren: String,
    /// Police service.
    pub service: String,
    /// NatInf code.
    pub natinf: u32,
    /// Class of the contravention, 1 to 5.
    pub class: u8,
    /// Commune of the offence (INSEE).
    pub commune: String,
    /// Civil day of the offence, `YYYY-MM-DD`.
    pub offence_day: String,
    /// Date printed on the document: the planned deposit day.
    pub avis_date: String,
    /// Last day of the requête en exonération, as printed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub requete_until: Option<String>,
    /// Plate, if there is a vehicle.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plate: Option<String>,
    /// Country of the plate.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub plate_country: Option<String>,
    /// Addressee's name as printed on the first line.
    pub addressee: String,
    /// Postcode of the addressee; empty abroad.
    pub postcode: String,
    /// Last line of the address: locality or country.
    pub locality: String,
    /// Pages of the PDF.
    pub pages: u16,
    /// Sheets of paper.
    pub sheets: u16,
    /// Amounts in cents: reduced fine, where one exists.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minoree_cents: Option<i64>,
    /// Fixed fine in cents.
    pub forfaitaire_cents: i64,
    /// Increased fine in cents.
    pub majoree_cents: i64,
    /// What the addressee deposits with a requête (CPP 529-10), where the law asks for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub consignation_cents: Option<i64>,
    /// The OMP competent for the place of the offence at its date.
    pub omp: String,
    /// Whether a line above the name says that it goes to the legal representative of the addressee.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub represented: bool,
    /// SHA-256 of the key printed on the avis, with which the addressee opens the file on the portal.
    pub key_sha256: String,
    /// Whether it is kept in the file or put at its addressee's disposal, and never goes by post.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_kept: bool,
    /// Number of the recommended letter, where it goes by one (CPP R49-18).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recommended: Option<String>,
    /// Of the demand of a report: what the collectivity is told.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub report: Option<ReportAskedV1>,
}

/// A report that an officer asks of the agent who recorded an offence.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportAskedV1 {
    /// The question's id, by which it is answered.
    pub inquiry: Uuid,
    /// What is asked.
    pub wanted: String,
    /// Day by which it is awaited.
    pub until: String,
}

impl std::fmt::Debug for ReportAskedV1 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ReportAskedV1(***)")
    }
}

/// Facts of a MIF that ends without an avis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotTransformedFacts {
    /// Identity of the MIF.
    pub id_mif: Uuid,
    /// Reception of the MIF.
    pub reception: Uuid,
    /// Collectivity.
    pub siren: String,
    /// Why: `VOLE`, `INCONNU`, `SANS_ADRESSE`, `DETRUIT`, `ETRANGER`.
    pub reason: String,
    /// The reason in a sentence, in French.
    #[serde(default)]
    pub message: String,
}
