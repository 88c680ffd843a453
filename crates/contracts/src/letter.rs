//! Letters that one service asks edition for: what the file says of them, so that edition computes no date and no
//! amount. Addressee, offence and vehicle come from the MIF.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::courrier::GroundWord;
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
    /// The OMP who writes, where the file says who acts: one who was transferred the file, or stands in for another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub omp: Option<String>,
    /// Whom it goes to, where that is not the addressee of the MIF: a driver who was designated.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub addressee: Option<DriverV1>,
    /// Where it goes, where the addressee declared another address since: complements if any, street, town, country if
    /// abroad.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub address: Option<Vec<String>>,
    /// Whether it is kept in the file or put at its addressee's disposal, and never goes by post.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub is_kept: bool,
    /// Which letter, and what it says.
    pub letter: LetterV1,
}

/// A driver who was designated (CPP 529-10).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriverV1 {
    /// Last name.
    pub last_name: String,
    /// First names.
    pub first_names: String,
    /// Address as declared: complements if any, street, town, country if abroad.
    pub address: Vec<String>,
}

impl std::fmt::Debug for DriverV1 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DriverV1(***)")
    }
}

/// Which letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", deny_unknown_fields)]
pub enum LetterV1 {
    /// Avis d'amende forfaitaire majorée (CPP R49-6).
    #[serde(rename = "AFM")]
    AmendeMajoree(Box<MajoreeLetterV1>),
    /// Avis d'irrecevabilité (CPP 529-10, 530-1, R49-18).
    #[serde(rename = "IRR")]
    Irrecevabilite(Box<RefusalLetterV1>),
    /// Classement sans suite (CPP 530-1).
    #[serde(rename = "CSS")]
    Classement(Box<ClassementLetterV1>),
    /// Notice of the transmission to the tribunal de police (CPP 530-1).
    #[serde(rename = "TTP")]
    Transmission(Box<TransmissionLetterV1>),
    /// Avis de contravention to the driver who was designated (CPP 529-10), under a number of its own. The collectivity has had
    /// its receipt with the first avis, so its kind is another.
    #[serde(rename = "ACD")]
    Designated(DesignatedLetterV1),
    /// Accusé d'enregistrement of a contestation that came through the portal (CPP A37-20). It is not posted.
    #[serde(rename = "ACE")]
    Receipt(Box<ReceiptLetterV1>),
    /// Procès-verbal on paper (CPP A37-19-1): for a contested file, or as a copy that the addressee asked for.
    #[serde(rename = "PVE")]
    ProcesVerbal(ProcesVerbalLetterV1),
    /// Notice that the fine, which was paid, stands (CPP 529).
    #[serde(rename = "MAI")]
    FineMaintained(Box<MaintainedLetterV1>),
    /// Demand of a piece before deciding.
    #[serde(rename = "DEP")]
    PieceAsked(Box<PieceAskedLetterV1>),
    /// Demand of a report of the agent, for the receipts of their collectivity. It is not posted.
    #[serde(rename = "RAP")]
    ReportAsked(Box<ReportAskedLetterV1>),
    /// Bordereau to the tribunal de police, with every piece of the file in it (CPP 45, 530-1).
    #[serde(rename = "BTP")]
    HandOver(Box<HandOverLetterV1>),
}

impl LetterV1 {
    /// Code of the kind of document, as in its facts.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            LetterV1::AmendeMajoree(_) => "AFM",
            LetterV1::Irrecevabilite(_) => "IRR",
            LetterV1::Classement(_) => "CSS",
            LetterV1::Transmission(_) => "TTP",
            LetterV1::Designated(_) => "ACD",
            LetterV1::Receipt(_) => "ACE",
            LetterV1::ProcesVerbal(_) => "PVE",
            LetterV1::FineMaintained(_) => "MAI",
            LetterV1::PieceAsked(_) => "DEP",
            LetterV1::ReportAsked(_) => "RAP",
            LetterV1::HandOver(_) => "BTP",
        }
    }
}

/// What an avis to a designated driver needs to know besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DesignatedLetterV1 {
    /// Member id of the avis that the designation closed.
    pub replaces: String,
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

/// What was received, as each letter about a contestation says it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestedV1 {
    /// Number of the file, at most 20 characters.
    pub case_number: String,
    /// Whether it is a réclamation (CPP 530), else a requête (CPP 529-2).
    pub is_reclamation: bool,
    /// Whether it came through the portal, else by letter.
    pub is_online: bool,
    /// Day on which it was sent.
    pub sent_on: String,
}

/// What an avis d'irrecevabilité says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalLetterV1 {
    /// What was received.
    pub contested: ContestedV1,
    /// One to three of `IRR_DELAI`…, none twice.
    pub grounds: Vec<String>,
    /// For lack of motivation: number of the recommended letter, and last day to contest the refusal (CPP R49-18).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub recommended: Option<RecommendedV1>,
    /// Last day on which a new, complete contestation is in time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_contestation_until: Option<String>,
    /// What is to be paid in cents.
    pub cents: i64,
    /// Last day to pay it without increase; without one the fine is increased, or stays so.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub due_until: Option<String>,
}

/// A recommended letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommendedV1 {
    /// Its number, at most 20 characters.
    pub number: String,
    /// Last day to contest what it says.
    pub contest_until: String,
}

/// What a classement sans suite says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassementLetterV1 {
    /// What was received.
    pub contested: ContestedV1,
    /// Day of the decision.
    pub decided_on: String,
    /// `not_established`, `not_the_author`, `procedure` or `circumstances`.
    pub reason: String,
    /// Last day on which the file can be taken up again (CPP 9).
    pub prescribed_on: String,
}

/// What a notice of transmission says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TransmissionLetterV1 {
    /// What was received.
    pub contested: ContestedV1,
    /// Day of the transmission.
    pub transmitted_on: String,
    /// Whether a hearing is held (CPP 531), else the tribunal judges by ordonnance pénale (CPP 524).
    pub has_hearing: bool,
    /// Lowest fine in case of conviction, in cents (CPP 530-1).
    pub fine_min_cents: i64,
    /// Highest fine in case of conviction, in cents (CP 131-13).
    pub fine_max_cents: i64,
    /// Fixed fee of the procedure, in cents (CGI 1018 A).
    pub court_fee_cents: i64,
}

/// What an accusé d'enregistrement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptLetterV1 {
    /// What was received.
    pub contested: ContestedV1,
    /// Instant of reception on the legal clock, microseconds since the epoch.
    pub registered_at_us: i64,
    /// The case of the form.
    pub ground: GroundWord,
    /// Last day to contest.
    pub contest_until: String,
    /// Pieces received with it, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub pieces: Vec<ReceivedPieceV1>,
    /// SHA-256 of what was registered, as contestation writes it down.
    pub deposit_sha256: Hex32,
}

/// A piece that came with a contestation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceivedPieceV1 {
    /// What it is, at most 40 characters.
    pub label: String,
    /// SHA-256 of its bytes.
    pub sha256: Hex32,
}

/// What a procès-verbal needs to know besides the MIF: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcesVerbalLetterV1 {}

/// What the notice says that a fine which was paid stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaintainedLetterV1 {
    /// What was received.
    pub contested: ContestedV1,
    /// Day of the decision.
    pub decided_on: String,
    /// What was paid, in cents.
    pub paid_cents: i64,
}

/// What the demand of a piece says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PieceAskedLetterV1 {
    /// What was received.
    pub contested: ContestedV1,
    /// What is asked, in the officer's words, at most 600 characters.
    pub wanted: String,
    /// Day on which the file goes on without it.
    pub until: String,
}

impl std::fmt::Debug for PieceAskedLetterV1 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PieceAskedLetterV1(***)")
    }
}

/// What the demand of a report says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportAskedLetterV1 {
    /// What was received.
    pub contested: ContestedV1,
    /// The question's id, by which it is answered.
    pub inquiry: Uuid,
    /// What is asked, in the officer's words, at most 600 characters.
    pub wanted: String,
    /// Day by which the report is awaited.
    pub until: String,
}

impl std::fmt::Debug for ReportAskedLetterV1 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ReportAskedLetterV1(***)")
    }
}

/// What is handed over to the tribunal de police.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOverLetterV1 {
    /// Number of the bordereau, at most 20 characters.
    pub bordereau: String,
    /// Number of the file, at most 20 characters.
    pub case_number: String,
    /// Whether a hearing is held (CPP 531), else the tribunal judges by ordonnance pénale (CPP 524).
    pub has_hearing: bool,
    /// Last day of prosecution (CPP 9, 9-2).
    pub prescribed_on: String,
    /// The pieces in their order, at least one.
    pub pieces: Vec<PieceV1>,
}

/// Where the bytes of a piece are.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "at", rename_all = "snake_case", deny_unknown_fields)]
pub enum PlaceV1 {
    /// A member of a lot.
    Member {
        /// Kind of the lot: `document`, `courrier`.
        kind: String,
        /// The lot.
        lot: Hex32,
        /// The member.
        member: String,
    },
    /// An object of its own.
    Object {
        /// Its kind: `photo`.
        kind: String,
        /// Its name.
        id: Hex32,
    },
    /// Here: what was written into a form.
    Text {
        /// UTF-8.
        text: String,
    },
}

impl std::fmt::Debug for PlaceV1 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PlaceV1(***)")
    }
}

/// A piece of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PieceV1 {
    /// What it is called, at most 40 characters.
    pub label: String,
    /// The day it bears or came on.
    pub day: String,
    /// Where its bytes are.
    pub place: PlaceV1,
    /// SHA-256 of its bytes.
    pub sha256: Hex32,
    /// Media type.
    pub media: String,
}
