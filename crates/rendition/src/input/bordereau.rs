//! Facts of the bordereau that goes with a file to the tribunal de police.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{
    ContestedOffenceInput, OmpInput, PieceInput, Referral, TribunalInput, hide_personal_data,
};

/// Facts of a bordereau d'envoi: what the file of a contested avis holds when it is handed over to the tribunal de
/// police (CPP 530-1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BordereauInput {
    /// Number of the bordereau, at most 20 characters.
    pub bordereau_number: String,
    /// Number of the contested avis: ten digits, the first two `99`.
    pub avis_number: String,
    /// Number of the procès-verbal, at most 20 characters (CPP 429, 537).
    pub pv_number: String,
    /// Number of the file of the contestation, at most 20 characters.
    pub case_number: String,
    /// Day of the transmission. Also the date of creation in the PDF.
    pub sent_on: Date,
    /// Officier du ministère public who seizes the tribunal (CPP 45).
    pub omp: OmpInput,
    /// Tribunal seized.
    pub tribunal: TribunalInput,
    /// What is asked of it.
    pub referral: Referral,
    /// Names of the person prosecuted, at most 145 characters.
    pub person: String,
    /// The offence.
    pub offence: ContestedOffenceInput,
    /// Last day on which the action publique can be exercised, as it stands (CPP 9, 9-2).
    pub prescribed_on: Date,
    /// The pieces in their order, 1 to 14.
    pub pieces: Vec<BordereauPieceInput>,
    /// Pages of all pieces; refused when it is not their sum.
    pub pages_total: u32,
    /// SHA-256 of the list of the pieces that the file holds, 64 hexadecimal digits.
    pub file_sha256: String,
}

/// A piece with its pages.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BordereauPieceInput {
    /// What it is, and its fingerprint.
    pub piece: PieceInput,
    /// Its pages, 1 to 9,999.
    pub pages: u32,
}

hide_personal_data!(BordereauInput, BordereauPieceInput);
