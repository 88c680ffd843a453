//! The facts printed on each kind of document, as its producer gives them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::RenditionError;

mod avis;
mod proces_verbal;
mod shared;

pub use avis::{
    AddresseeRole, AmountDue, AmountFrom, AmountsInput, AvisInput, ContestInput, LiabilityRule,
    OmpInput, TelepaymentInput,
};
pub use proces_verbal::{
    AgentInput, CardInput, DeviceInput, OffenderSignature, PersonInput, PhotoInput,
    ProcesVerbalInput, PvVehicleInput, SignatureInput,
};
pub use shared::{
    OffenceInput, ParkingInput, PlaceInput, PoliceServiceInput, SpeedInput, VehicleInput,
};

/// The kinds of document that there are templates for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum DocumentKind {
    /// Avis de contravention with notice de paiement and formulaire de requête en exonération (CPP A37-15).
    AvisContravention,
    /// Procès-verbal drawn up with a secured device, edited on paper (CPP A37-19-1).
    ProcesVerbal,
}

impl DocumentKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::AvisContravention, Self::ProcesVerbal];

    /// Stable name in files, commands and stores: `avis_contravention`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AvisContravention => "avis_contravention",
            Self::ProcesVerbal => "proces_verbal",
        }
    }

    /// Three-letter code in the sorting mark: `ACO`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AvisContravention => "ACO",
            Self::ProcesVerbal => "PVE",
        }
    }

    /// Leaves (sheets of paper) of one document.
    #[must_use]
    pub const fn leaves(self) -> u8 {
        match self {
            Self::AvisContravention => 3,
            Self::ProcesVerbal => 1,
        }
    }

    /// Pages of one document: the two sides of each leaf, so that documents can follow one another on a duplex printer.
    #[must_use]
    pub const fn pages(self) -> u32 {
        2 * self.leaves() as u32
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for DocumentKind {
    type Err = RenditionError;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| RenditionError::Input {
                reason: "unknown kind of document".to_owned(),
            })
    }
}

/// One document to render.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RenderRequest {
    /// Its kind and facts.
    pub document: DocumentInput,
}

/// The facts of one document, by kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every document is an avis: the others are boxed, not it"
)]
pub enum DocumentInput {
    /// Avis de contravention.
    AvisContravention(AvisInput),
    /// Procès-verbal.
    ProcesVerbal(Box<ProcesVerbalInput>),
}

impl DocumentInput {
    /// Kind of the document.
    #[must_use]
    pub const fn kind(&self) -> DocumentKind {
        match self {
            Self::AvisContravention(_) => DocumentKind::AvisContravention,
            Self::ProcesVerbal(_) => DocumentKind::ProcesVerbal,
        }
    }

    /// The invented facts of the specimen of `kind`.
    ///
    /// # Errors
    /// [`RenditionError`], which the tests of this crate exclude.
    pub fn specimen(kind: DocumentKind) -> Result<Self, RenditionError> {
        crate::specimen::document(kind)
    }

    /// Reads the facts of a document of `kind` from JSON, without an envelope.
    ///
    /// # Errors
    /// [`RenditionError::Input`] when the JSON does not have the shape of that kind; unknown
    /// members are refused.
    pub fn from_json(kind: DocumentKind, json: &[u8]) -> Result<Self, RenditionError> {
        match kind {
            DocumentKind::AvisContravention => {
                serde_json::from_slice(json).map(Self::AvisContravention)
            }
            DocumentKind::ProcesVerbal => serde_json::from_slice(json).map(Self::ProcesVerbal),
        }
        .map_err(|error| RenditionError::Input {
            reason: error.to_string(),
        })
    }
}

/// Writes `Debug` of types that hold personal data without them.
macro_rules! hide_personal_data {
    ($($name:ident),*) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str(concat!(stringify!($name), "(***)"))
            }
        }
    )*};
}
pub(crate) use hide_personal_data;
