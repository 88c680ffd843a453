//! Facts of the procès-verbal.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{OffenceInput, VehicleInput, hide_personal_data};

/// Facts of a procès-verbal drawn up with a secured device (CPP A37-19) and edited on paper (A37-19-1): what the avis
/// says, every circumstance that the agent took down, and the record of the verification of the signature.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProcesVerbalInput {
    /// Number of the procès-verbal, at most 20 characters.
    pub pv_number: String,
    /// Number of the avis that was sent: ten digits, the first two `99`.
    pub avis_number: String,
    /// Identity of the message, at most 36 characters.
    pub message_id: String,
    /// Date of this edition on paper. Also the date of creation in the PDF.
    pub edited_on: Date,
    /// Instant at which the device closed the message.
    pub drawn_up_at: Timestamp,
    /// Agent and service.
    pub agent: AgentInput,
    /// Device.
    pub device: DeviceInput,
    /// The offence.
    pub offence: OffenceInput,
    /// Variant of the qualification chosen by the agent, at most 20 characters.
    pub case: String,
    /// Offences found at once (CPP 529 al. 2), 1 to 20.
    pub simultaneous_offences: u8,
    /// Whether the author was met.
    pub intercepted: bool,
    /// Whether an avis d'information was left (CPP A37-15).
    pub information_left: bool,
    /// The agent's own words, at most 500 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observations: Option<String>,
    /// The vehicle; none for an offence of a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vehicle: Option<PvVehicleInput>,
    /// The person met; none without interception.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonInput>,
    /// Photos, at most eight, named by their hash.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub photos: Vec<PhotoInput>,
    /// The agent's signature and what was found of it.
    pub signature: SignatureInput,
}

/// Agent and service (CPP 429: who acts, in which quality).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentInput {
    /// Number of the agent, at most 12 characters.
    pub number: String,
    /// Quality in which they act, at most 40 characters.
    pub quality: String,
    /// Rank, at most 40 characters.
    pub rank: String,
    /// Name of the service, at most 60 characters.
    pub service_label: String,
    /// Code of the service, at most 12 characters.
    pub service_code: String,
    /// Commune that the service belongs to, at most 50 characters.
    pub service_commune: String,
    /// Their card.
    pub card: CardInput,
}

/// An agent's card.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardInput {
    /// Serial number, at most 24 characters.
    pub serial: String,
    /// Profile, at most 8 characters: `A05`.
    pub profile: String,
}

/// A device (CPP A37-19).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeviceInput {
    /// Kind, at most 10 characters: `PDA`.
    pub kind: String,
    /// Serial number, at most 24 characters.
    pub serial: String,
    /// Version of its software, at most 40 characters.
    pub software: String,
    /// Version of its list of offences, at most 40 characters.
    pub natinf_list: String,
}

/// A vehicle with all that was taken down of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PvVehicleInput {
    /// Plate, country and make.
    pub registration: VehicleInput,
    /// Genre, at most 10 characters: `VP`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// Model, at most 30 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Colour, at most 20 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colour: Option<String>,
}

/// The person met.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonInput {
    /// Names, at most 145 characters.
    pub name: String,
    /// Date of birth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub born_on: Option<Date>,
    /// Address on one line, at most 160 characters.
    pub address: String,
    /// Number and country of the driving licence, at most 48 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licence: Option<String>,
    /// Whether they signed.
    pub signature: OffenderSignature,
}

/// What became of the offender's own signature; that it lacks voids nothing (CPP A37-19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OffenderSignature {
    /// Signed on the device.
    Signed,
    /// Refused: the agent's certified mention stands for it (CE 11/04/2018 n° 413461).
    Refused,
    /// Was not asked or could not.
    Absent,
}

impl OffenderSignature {
    /// Name in data files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Refused => "refused",
            Self::Absent => "absent",
        }
    }
}

/// A photo, kept apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhotoInput {
    /// SHA-256 of its bytes, 64 hexadecimal digits.
    pub sha256: String,
    /// Media type, at most 20 characters: `image/jpeg`.
    pub media: String,
}

/// The agent's signature, and the record of its verification at reception.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureInput {
    /// Algorithm, at most 12 characters: `ES256`.
    pub algorithm: String,
    /// Instant that the signature states.
    pub signed_at: Timestamp,
    /// Instant of reception, as of which it was judged.
    pub received_at: Timestamp,
    /// Serial number of the certificate, at most 40 hexadecimal digits.
    pub certificate_serial: String,
    /// SHA-256 of the certificate, 64 hexadecimal digits.
    pub certificate_sha256: String,
    /// Authority that issued it, at most 80 characters.
    pub certificate_issuer: String,
    /// Policy of the certificate, at most 40 characters.
    pub policy: String,
    /// Version of the registry that it was judged by.
    pub registry_version: u64,
    /// Verdict, at most 40 characters: `ACCEPTÉ`.
    pub verdict: String,
    /// SHA-256 of the signed message as received, 64 hexadecimal digits.
    pub message_sha256: String,
    /// SHA-256 of its content, 64 hexadecimal digits.
    pub payload_sha256: String,
}

hide_personal_data!(ProcesVerbalInput, PvVehicleInput, PersonInput);
