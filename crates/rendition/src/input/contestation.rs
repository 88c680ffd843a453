//! Facts of the letters that follow a contestation. Dates, deadlines and amounts are printed as given.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::{OmpInput, hide_personal_data};

/// What every letter about a contestation says.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LetterInput {
    /// Number of the contested avis: ten digits, the first two `99`.
    pub avis_number: String,
    /// Date of the contested avis.
    pub avis_date: Date,
    /// Number of the file of the contestation, at most 20 characters.
    pub case_number: String,
    /// Date of the letter. Also the date of creation in the PDF.
    pub letter_date: Date,
    /// Address of the recipient, NF Z10-011: one to seven lines of at most 38 characters.
    pub recipient: Vec<String>,
    /// The offence of the avis.
    pub offence: ContestedOffenceInput,
    /// What was received.
    pub contestation: ContestationInput,
    /// Officier du ministère public who decides (CPP 45, 529-10 last al., 530-1).
    pub omp: OmpInput,
}

/// The offence of a contested avis, as far as a letter recalls it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestedOffenceInput {
    /// Civil date at the place.
    pub date: Date,
    /// Civil time at the place, printed to the minute.
    pub time: Time,
    /// Name of the commune, at most 50 characters.
    pub commune: String,
    /// `NatInf` code, 1 to 99,999.
    pub natinf: u32,
    /// Qualification of the nomenclature, at most 250 characters.
    pub qualification: String,
}

/// What the addressee of an avis sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestationInput {
    /// The act by which they contest.
    pub procedure: Procedure,
    /// How it came.
    pub channel: Channel,
    /// Day on which it was sent, which alone decides whether it was in time.
    pub sent_on: Date,
}

/// The act by which an avis is contested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Procedure {
    /// Requête en exonération against the amende forfaitaire (CPP 529-2, 529-10).
    Requete,
    /// Réclamation against the amende forfaitaire majorée (CPP 530).
    Reclamation,
}

impl Procedure {
    /// Every procedure.
    pub const ALL: [Self; 2] = [Self::Requete, Self::Reclamation];

    /// Name in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requete => "requete",
            Self::Reclamation => "reclamation",
        }
    }
}

/// How a contestation came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// On the site, which has the effects of a recommended letter (CPP A37-20).
    Online,
    /// By letter.
    Post,
}

impl Channel {
    /// Every channel.
    pub const ALL: [Self; 2] = [Self::Online, Self::Post];

    /// Name in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Post => "post",
        }
    }
}

/// Facts of the accusé d'enregistrement of a contestation (CPP A37-20).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccuseEnregistrementInput {
    /// What every letter says.
    pub letter: LetterInput,
    /// Instant at which the contestation was registered.
    pub registered_at: Timestamp,
    /// What the addressee gives as their reason.
    pub claim: Claim,
    /// Last day to contest.
    pub contest_until: Date,
    /// Consignation received in cents, 1 to 999,999 (CPP 529-10); only with [`Claim::OtherReason`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consignation_cents: Option<i64>,
    /// Pieces received with it, at most six.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pieces: Vec<PieceInput>,
    /// SHA-256 of all that was registered, 64 hexadecimal digits.
    pub deposit_sha256: String,
}

/// Reason of a contestation, by the cases of the form (CPP 529-10, A37-17).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// Case 1: the vehicle was stolen, destroyed or sold, or its plates usurped.
    VehicleGone,
    /// Case 2: someone else was driving, who is named.
    Designation,
    /// Case 3, or the one motivation where the form has no cases.
    OtherReason,
}

impl Claim {
    /// Every claim.
    pub const ALL: [Self; 3] = [Self::VehicleGone, Self::Designation, Self::OtherReason];

    /// Name in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::VehicleGone => "vehicle_gone",
            Self::Designation => "designation",
            Self::OtherReason => "other_reason",
        }
    }
}

/// A piece of a file, with its fingerprint.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PieceInput {
    /// What it is, at most 40 characters.
    pub label: String,
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
}

/// Facts of an avis d'irrecevabilité (CPP 529-10 last al., 530-1, R49-18).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IrrecevabiliteInput {
    /// What every letter says.
    pub letter: LetterInput,
    /// One to three grounds, none twice.
    pub grounds: Vec<Ground>,
    /// For lack of motivation, and then always: the recommended letter, and until when the refusal can be contested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub motivation_refused: Option<MotivationRefusedInput>,
    /// Last day on which a new contestation, complete, would be in time; none if there is no time left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_contestation_until: Option<Date>,
    /// What becomes of the fine.
    pub consequence: Consequence,
}

/// The refusal for lack of motivation (CPP R49-18).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MotivationRefusedInput {
    /// Number of the recommended letter, at most 20 characters.
    pub registered_letter: String,
    /// Last day to contest the refusal: one month after the letter was sent.
    pub contest_until: Date,
}

/// Why a contestation is not admissible.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Ground {
    /// Sent after the delay (CPP 529-2, 530).
    IrrDelai,
    /// Not motivated (CPP 530-1, R49-4, R49-18).
    IrrMotif,
    /// The avis is not joined to a letter (CPP R49-4, 530).
    IrrAvis,
    /// In a case of 529-10, not on the form, or neither by recommended letter nor online.
    IrrForme,
    /// Case 1 without its document (CPP 529-10 1°).
    IrrPiece,
    /// Case 2 without the identity, address and licence number of the driver (CPP 529-10 1° b, R49-16).
    IrrPermis,
    /// Case 3 without consignation (CPP 529-10 2°).
    IrrConsignation,
    /// The fine was paid, which ended the action publique (CPP 529).
    IrrPaye,
    /// Not made by the addressee of the avis (CPP 529-2).
    IrrQualite,
}

impl Ground {
    /// Every ground.
    pub const ALL: [Self; 9] = [
        Self::IrrDelai,
        Self::IrrMotif,
        Self::IrrAvis,
        Self::IrrForme,
        Self::IrrPiece,
        Self::IrrPermis,
        Self::IrrConsignation,
        Self::IrrPaye,
        Self::IrrQualite,
    ];

    /// Code in data files and templates: `IRR_DELAI`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IrrDelai => "IRR_DELAI",
            Self::IrrMotif => "IRR_MOTIF",
            Self::IrrAvis => "IRR_AVIS",
            Self::IrrForme => "IRR_FORME",
            Self::IrrPiece => "IRR_PIECE",
            Self::IrrPermis => "IRR_PERMIS",
            Self::IrrConsignation => "IRR_CONSIGNATION",
            Self::IrrPaye => "IRR_PAYE",
            Self::IrrQualite => "IRR_QUALITE",
        }
    }
}

/// What becomes of the fine after an inadmissible contestation. Amounts in cents, 1 to 999,999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Consequence {
    /// It can still be paid without increase.
    Due {
        /// Amount.
        cents: i64,
        /// Last day.
        until: Date,
    },
    /// It is increased, or stays so (CPP 529-2, 530).
    Majoree {
        /// Amount.
        cents: i64,
    },
    /// The consignation stands for the payment (CPP R49-18).
    ConsignationKept {
        /// Amount.
        cents: i64,
    },
    /// It was paid.
    Paid {
        /// Amount.
        cents: i64,
        /// Day of the payment.
        on: Date,
    },
}

impl Consequence {
    /// Name in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Due { .. } => "due",
            Self::Majoree { .. } => "majoree",
            Self::ConsignationKept { .. } => "consignation_kept",
            Self::Paid { .. } => "paid",
        }
    }
}

/// Facts of a classement sans suite: the renonciation aux poursuites of CPP 530-1.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassementInput {
    /// What every letter says.
    pub letter: LetterInput,
    /// Date of the decision.
    pub decided_on: Date,
    /// Why.
    pub reason: ClosureReason,
    /// Last day on which the file can be taken up again, the action publique being barred after it (CPP 9).
    pub prescribed_on: Date,
    /// The consignation to give back (CPP 530-1, R49-18), where one was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundInput>,
}

/// Why the ministère public renounces to prosecute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClosureReason {
    /// The offence is not sufficiently established.
    NotEstablished,
    /// The addressee is not its author.
    NotTheAuthor,
    /// A fault of the procedure.
    Procedure,
    /// The circumstances that the addressee made known.
    Circumstances,
}

impl ClosureReason {
    /// Every reason.
    pub const ALL: [Self; 4] = [
        Self::NotEstablished,
        Self::NotTheAuthor,
        Self::Procedure,
        Self::Circumstances,
    ];

    /// Name in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotEstablished => "not_established",
            Self::NotTheAuthor => "not_the_author",
            Self::Procedure => "procedure",
            Self::Circumstances => "circumstances",
        }
    }
}

/// A consignation to give back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefundInput {
    /// Amount in cents, 1 to 999,999.
    pub cents: i64,
    /// Day on which it was paid.
    pub paid_on: Date,
    /// Comptable public who gives it back: one to four lines of at most 38 characters.
    pub comptable: Vec<String>,
}

/// Facts of the notice that a file was transmitted to the tribunal de police (CPP 530-1).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TransmissionInput {
    /// What every letter says.
    pub letter: LetterInput,
    /// Day of the transmission.
    pub transmitted_on: Date,
    /// Tribunal de police that is seized (CPP 521, 522).
    pub tribunal: TribunalInput,
    /// How the tribunal judges.
    pub referral: Referral,
    /// Lowest fine in case of conviction, in cents, 1 to 999,999 (CPP 530-1).
    pub fine_min_cents: i64,
    /// Highest fine in case of conviction, in cents, 1 to 999,999 (CP 131-13).
    pub fine_max_cents: i64,
    /// Fixed fee of the procedure in case of conviction, in cents, 1 to 999,999 (CGI 1018 A).
    pub court_fee_cents: i64,
    /// Consignation to be set off against the fine or given back, in cents (CPP 530-1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consignation_cents: Option<i64>,
}

/// Facts of the notice that a fine which was paid stands (CPP 529).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MaintienInput {
    /// What every letter says.
    pub letter: LetterInput,
    /// Date of the decision.
    pub decided_on: Date,
    /// What was paid in cents, 1 to 999,999.
    pub paid_cents: i64,
}

/// Facts of the demand of a piece before the decision.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandePieceInput {
    /// What every letter says.
    pub letter: LetterInput,
    /// What is asked, in the officer's words, at most 600 characters.
    pub wanted: String,
    /// Last day to send it.
    pub answer_until: Date,
}

/// Facts of the demand of a report of the agent, which goes to their service.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandeRapportInput {
    /// What every letter says; its recipient is the service.
    pub letter: LetterInput,
    /// Number of the procès-verbal, at most 20 characters.
    pub pv_number: String,
    /// Number of the agent, at most 12 characters.
    pub agent_number: String,
    /// What is asked, in the officer's words, at most 600 characters.
    pub wanted: String,
    /// Day by which the report is awaited.
    pub answer_until: Date,
}

/// A tribunal de police.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TribunalInput {
    /// Name, at most 100 characters.
    pub name: String,
    /// Address of its greffe: one to four lines of at most 38 characters.
    pub address: Vec<String>,
}

/// How the tribunal de police is to judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Referral {
    /// By ordonnance pénale, without a hearing (CPP 524 to 528).
    OrdonnancePenale,
    /// At a hearing, to which the author is cited (CPP 531, 550 and following); its date where it is fixed.
    Citation {
        /// Day and time of the hearing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        hearing: Option<HearingInput>,
    },
}

impl Referral {
    /// Name in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrdonnancePenale => "ordonnance_penale",
            Self::Citation { .. } => "citation",
        }
    }
}

/// A hearing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HearingInput {
    /// Day.
    pub date: Date,
    /// Time, printed to the minute.
    pub time: Time,
}

hide_personal_data!(
    LetterInput,
    ContestedOffenceInput,
    AccuseEnregistrementInput,
    PieceInput,
    IrrecevabiliteInput,
    ClassementInput,
    TransmissionInput,
    MaintienInput,
    DemandePieceInput,
    DemandeRapportInput
);
