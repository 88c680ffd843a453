//! Envelopes from offenders, as the portal and the mail room write them to `courrier.inbound`.

use cnt_domain::avis::Ground;
use cnt_domain::courrier::{CourrierKind, Undelivered};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::hex32::Hex32;

/// Ground of a contestation on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum GroundWord {
    /// Cas n° 1: vehicle stolen, destroyed, sold, or plate usurped.
    Vehicule,
    /// Cas n° 2: another driver is designated.
    Designation,
    /// Cas n° 3: any other motive.
    Autre,
}

impl From<GroundWord> for Ground {
    fn from(word: GroundWord) -> Self {
        match word {
            GroundWord::Vehicule => Ground::VehicleNotMine,
            GroundWord::Designation => Ground::Designation,
            GroundWord::Autre => Ground::Other,
        }
    }
}

impl From<Ground> for GroundWord {
    fn from(ground: Ground) -> Self {
        match ground {
            Ground::VehicleNotMine => GroundWord::Vehicule,
            Ground::Designation => GroundWord::Designation,
            Ground::Other => GroundWord::Autre,
        }
    }
}

/// What an offender asks on the portal: `POST /v1/contestations`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContestationRequest {
    /// Chosen by the sender: the same id twice is one contestation.
    pub id: Uuid,
    /// Avis number, ten digits.
    pub avis: String,
    /// Ground.
    pub ground: GroundWord,
    /// Motivation, at most 4,000 characters.
    #[schemars(length(max = 4000))]
    pub motivation: String,
}

impl std::fmt::Debug for ContestationRequest {
    /// The motivation is personal data.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ContestationRequest({})", self.id)
    }
}

/// A record of `courrier.inbound`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CourrierV1 {
    /// Version of this shape: 1.
    pub version: u16,
    /// Reception instant on the legal clock, microseconds since the epoch.
    pub received_at_us: i64,
    /// `portal` or `mail`.
    pub channel: String,
    /// The contestation.
    pub contestation: ContestationRequest,
    /// What is joined.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub attachments: Vec<ScanV2>,
    /// Of a designation, the driver who is named.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub driver: Option<NamedDriverV1>,
}

/// A driver as the addressee of an avis names them (CPP 529-10, R49-16).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedDriverV1 {
    /// Last name.
    pub last_name: String,
    /// First names.
    pub first_names: String,
    /// Address: complements if any, street, town, country if abroad.
    pub address: Vec<String>,
    /// Day of birth, `YYYY-MM-DD`.
    pub birth_on: String,
    /// Place of birth.
    pub birth_place: String,
    /// Number of the driving licence.
    pub licence: String,
}

impl std::fmt::Debug for NamedDriverV1 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NamedDriverV1(***)")
    }
}

/// What an addressee asks on the portal besides contesting: a record of `courrier.inbound`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CourrierV3 {
    /// Version of this shape: 3.
    pub version: u16,
    /// Reception instant on the legal clock, microseconds since the epoch.
    pub received_at_us: i64,
    /// Chosen by the sender: the same id twice is one envelope.
    pub id: Uuid,
    /// Avis number, ten digits.
    pub avis: String,
    /// What is asked.
    pub wish: WishV3,
}

/// What an addressee asks.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WishV3 {
    /// A new address is declared: complements if any, street, town, country if abroad.
    AddressChange {
        /// Its lines.
        address: Vec<String>,
    },
    /// The procès-verbal is asked for.
    PvRequest,
}

impl std::fmt::Debug for WishV3 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            WishV3::AddressChange { .. } => "AddressChange(***)",
            WishV3::PvRequest => "PvRequest",
        })
    }
}

/// What an envelope on paper is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KindWord {
    /// Requête en exonération (CPP 529-2, 529-10).
    Requete,
    /// Réclamation against the increased fine (CPP 530).
    Reclamation,
    /// Another driver is designated (CPP 529-10).
    Designation,
    /// A letter of the CNT that came back undelivered.
    Npai,
    /// The photograph is asked for.
    PhotoRequest,
    /// The procès-verbal is asked for.
    PvRequest,
    /// A new address is declared.
    AddressChange,
    /// A cheque.
    Payment,
    /// Time to pay, or remission (CPP 530-4).
    TimeRequest,
    /// A right of the GDPR is exercised.
    DataProtection,
    /// The mail room cannot tell.
    Unidentifiable,
}

impl From<KindWord> for CourrierKind {
    fn from(word: KindWord) -> Self {
        match word {
            KindWord::Requete => CourrierKind::Requete,
            KindWord::Reclamation => CourrierKind::Reclamation,
            KindWord::Designation => CourrierKind::Designation,
            KindWord::Npai => CourrierKind::Npai,
            KindWord::PhotoRequest => CourrierKind::PhotoRequest,
            KindWord::PvRequest => CourrierKind::PvRequest,
            KindWord::AddressChange => CourrierKind::AddressChange,
            KindWord::Payment => CourrierKind::Payment,
            KindWord::TimeRequest => CourrierKind::TimeRequest,
            KindWord::DataProtection => CourrierKind::DataProtection,
            KindWord::Unidentifiable => CourrierKind::Unidentifiable,
        }
    }
}

/// Why the post gives a letter back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum UndeliveredWord {
    /// Destinataire inconnu à l'adresse.
    #[serde(rename = "PND_INCONNU")]
    Unknown,
    /// Défaut d'accès ou d'adressage.
    #[serde(rename = "PND_ADRESSAGE")]
    Addressing,
    /// Pli refusé par le destinataire.
    #[serde(rename = "PND_REFUSE")]
    Refused,
    /// Pli avisé et non réclamé.
    #[serde(rename = "PND_NON_RECLAME")]
    Unclaimed,
}

impl From<UndeliveredWord> for Undelivered {
    fn from(word: UndeliveredWord) -> Self {
        match word {
            UndeliveredWord::Unknown => Undelivered::Unknown,
            UndeliveredWord::Addressing => Undelivered::Addressing,
            UndeliveredWord::Refused => Undelivered::Refused,
            UndeliveredWord::Unclaimed => Undelivered::Unclaimed,
        }
    }
}

/// Something that a contestation on paper has, by which it can be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PieceWord {
    /// The avis is joined (CPP R49-4, 530).
    Avis,
    /// It is on the form (CPP 529-10).
    Formulaire,
    /// It came by recommended letter (CPP 529-10).
    Recommande,
    /// It says why (CPP R49-4).
    Motif,
    /// The proof that case 1 asks is joined (CPP 529-10 1°).
    Preuve,
    /// Case 2 names the driver in full, licence number included (CPP 529-10, R49-16).
    Conducteur,
    /// The addressee wrote it, or who speaks for them.
    Destinataire,
}

impl PieceWord {
    /// The word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            PieceWord::Avis => "avis",
            PieceWord::Formulaire => "formulaire",
            PieceWord::Recommande => "recommande",
            PieceWord::Motif => "motif",
            PieceWord::Preuve => "preuve",
            PieceWord::Conducteur => "conducteur",
            PieceWord::Destinataire => "destinataire",
        }
    }
}

/// A contestation on paper, as the mail room read it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PaperV2 {
    /// Ground, by the case of the form.
    pub ground: GroundWord,
    /// What it says, at most 4,000 characters; may be empty.
    #[schemars(length(max = 4000))]
    pub text: String,
    /// What it has.
    pub pieces: Vec<PieceWord>,
    /// Consignation that it proves, in cents (CPP 529-10).
    #[serde(default)]
    pub consigned_cents: i64,
}

impl std::fmt::Debug for PaperV2 {
    /// The text is personal data.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "PaperV2({:?})", self.pieces)
    }
}

/// An envelope on paper, as the mail room read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EnvelopeV2 {
    /// The mail room's own: the same id twice is one envelope.
    pub id: Uuid,
    /// What it is.
    pub kind: KindWord,
    /// Avis number as it was read, at most 64 characters; empty when there is none.
    #[serde(default)]
    pub avis: String,
    /// Civil day of reception in Paris, `YYYY-MM-DD`.
    pub received_on: String,
    /// Day of the postmark, where it can be read: the day that counts for a delay.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub posted_on: Option<String>,
    /// Of a requête, réclamation or designation: what it says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub paper: Option<PaperV2>,
    /// Of a letter that came back: why.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub undelivered: Option<UndeliveredWord>,
}

/// Where the scan of an envelope is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScanV2 {
    /// The courrier lot; the member bears the id of the envelope, and of something joined its number too: `<id>/<n>`, from 1.
    pub lot: Hex32,
    /// SHA-256 of the scan.
    pub sha256: Hex32,
    /// Its size in bytes.
    pub bytes: u32,
    /// `application/pdf`, `image/tiff`, `image/jpeg` or `image/png`, by its first bytes.
    pub media: String,
}

/// A record of `courrier.inbound`: an envelope on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CourrierV2 {
    /// Version of this shape: 2.
    pub version: u16,
    /// Instant of taking in on the legal clock, microseconds since the epoch.
    pub received_at_us: i64,
    /// The envelope.
    pub envelope: EnvelopeV2,
    /// Its scan.
    pub scan: ScanV2,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_the_wire_are_those_of_the_domain() {
        for kind in CourrierKind::ALL {
            let word: KindWord = serde_json::from_value(kind.as_str().into()).unwrap();
            assert_eq!(CourrierKind::from(word), kind);
        }
        for motive in Undelivered::ALL {
            let word: UndeliveredWord = serde_json::from_value(motive.as_str().into()).unwrap();
            assert_eq!(Undelivered::from(word), motive);
        }
        for piece in [
            "avis",
            "formulaire",
            "recommande",
            "motif",
            "preuve",
            "conducteur",
        ] {
            let word: PieceWord = serde_json::from_value(piece.into()).unwrap();
            assert_eq!(word.as_str(), piece);
        }
    }
}
