//! The facts printed on each kind of document, as its producer gives them.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::RenditionError;
use crate::charset::Coverage;
use crate::facts::Facts;
use crate::resources::KindFiles;

mod amende_majoree;
mod avis;
mod avis_electronique;
mod bordereau;
mod contestation;
mod proces_verbal;
mod shared;

pub use amende_majoree::{AccountantInput, AmendeMajoreeInput, ClaimInput, TitleInput};
pub use avis::{
    AddresseeRole, AmountDue, AmountFrom, AmountsInput, AvisInput, ContestInput, LiabilityRule,
    OmpInput, TelepaymentInput,
};
pub use avis_electronique::{AvisElectroniqueInput, DeliveryInput, EmailSource};
pub use bordereau::{BordereauInput, BordereauPieceInput};
pub use contestation::{
    AccuseEnregistrementInput, Channel, Claim, ClassementInput, ClosureReason, Consequence,
    ContestationInput, ContestedOffenceInput, DemandePieceInput, DemandeRapportInput, Ground,
    HearingInput, IrrecevabiliteInput, LetterInput, MaintienInput, MotivationRefusedInput,
    PieceInput, Procedure, Referral, RefundInput, TransmissionInput, TribunalInput,
};
pub use proces_verbal::{
    AgentInput, CardInput, DeviceInput, OffenderSignature, PersonInput, PhotoInput,
    ProcesVerbalInput, PvVehicleInput, SignatureInput,
};
pub use shared::{
    OffenceInput, ParkingInput, PlaceInput, PoliceServiceInput, SpeedInput, VehicleInput,
};

/// What rendition asks of the facts of a kind.
pub(crate) trait Printed {
    /// Checks them and writes out what is printed.
    fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError>;
    /// Avis number that titles and sorting marks name.
    fn number(&self) -> &str;
    /// Date of the document.
    fn date(&self) -> Date;
}

impl<T: Printed> Printed for Box<T> {
    fn facts(&self, coverage: &Coverage) -> Result<Facts, RenditionError> {
        T::facts(self, coverage)
    }
    fn number(&self) -> &str {
        T::number(self)
    }
    fn date(&self) -> Date {
        T::date(self)
    }
}

/// Defines [`DocumentKind`] and [`DocumentInput`]: a line a kind, with its input, the module that holds its `FILES` and
/// implements [`Printed`], its name, the code of its sorting mark and its leaves.
macro_rules! document_kinds {
    ($(
        $(#[$doc:meta])*
        $variant:ident($input:ty) = $($module:ident)::+, $name:literal, $code:literal, $leaves:literal;
    )*) => {
        /// The kinds of document that there are templates for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum DocumentKind {
            $($(#[$doc])* $variant,)*
        }

        impl DocumentKind {
            /// Every kind.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Stable name in files, commands and stores: `avis_contravention`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }

            /// Three-letter code in the sorting mark: `ACO`.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$variant => $code,)*
                }
            }

            /// Leaves (sheets of paper) of one document.
            #[must_use]
            pub const fn leaves(self) -> u8 {
                match self {
                    $(Self::$variant => $leaves,)*
                }
            }

            /// Pages of one document: the two sides of each leaf, so that documents can follow one another on a duplex
            /// printer.
            #[must_use]
            pub const fn pages(self) -> u32 {
                2 * self.leaves() as u32
            }

            /// Templates, boxes and specimen.
            pub(crate) const fn files(self) -> &'static KindFiles {
                match self {
                    $(Self::$variant => &crate::$($module)::+::FILES,)*
                }
            }
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
            $($(#[$doc])* $variant($input),)*
        }

        impl DocumentInput {
            /// Kind of the document.
            #[must_use]
            pub const fn kind(&self) -> DocumentKind {
                match self {
                    $(Self::$variant(_) => DocumentKind::$variant,)*
                }
            }

            /// The facts, whatever the kind.
            pub(crate) fn printed(&self) -> &dyn Printed {
                match self {
                    $(Self::$variant(input) => input,)*
                }
            }

            /// Reads the facts of a document of `kind` from JSON, without an envelope.
            ///
            /// # Errors
            /// [`RenditionError::Input`] when the JSON does not have the shape of that kind; unknown
            /// members are refused.
            pub fn from_json(kind: DocumentKind, json: &[u8]) -> Result<Self, RenditionError> {
                match kind {
                    $(DocumentKind::$variant => {
                        serde_json::from_slice(json).map(Self::$variant)
                    })*
                }
                .map_err(|error| RenditionError::Input {
                    reason: error.to_string(),
                })
            }
        }
    };
}

document_kinds! {
    /// Avis de contravention with notice de paiement and formulaire de requête en exonération (CPP A37-15).
    AvisContravention(AvisInput) = avis, "avis_contravention", "ACO", 3;
    /// Procès-verbal drawn up with a secured device, edited on paper (CPP A37-19-1).
    ProcesVerbal(Box<ProcesVerbalInput>) = proces_verbal, "proces_verbal", "PVE", 1;
    /// The avis put at its addressee's disposal on the portal, after consent.
    AvisElectronique(Box<AvisElectroniqueInput>) = avis_electronique, "avis_electronique", "EAC", 3;
    /// Avis d'amende forfaitaire majorée, in the comptable public's name (CPP 529-2, 530, R49-6).
    AmendeMajoree(Box<AmendeMajoreeInput>) = amende_majoree, "amende_majoree", "AFM", 1;
    /// Accusé d'enregistrement of a contestation (CPP A37-20).
    AccuseEnregistrement(Box<AccuseEnregistrementInput>) = contestation::accuse_enregistrement, "accuse_enregistrement", "ACE", 1;
    /// Avis d'irrecevabilité of a contestation (CPP 529-10, 530-1, R49-18).
    Irrecevabilite(Box<IrrecevabiliteInput>) = contestation::irrecevabilite, "irrecevabilite", "IRR", 1;
    /// Classement sans suite (CPP 530-1).
    Classement(Box<ClassementInput>) = contestation::classement, "classement", "CSS", 1;
    /// Notice that the file was transmitted to the tribunal de police (CPP 530-1).
    Transmission(Box<TransmissionInput>) = contestation::transmission, "transmission", "TTP", 1;
    /// Bordereau that goes with the file to the tribunal de police (CPP 45, 530-1).
    Bordereau(Box<BordereauInput>) = contestation::bordereau, "bordereau", "BTP", 1;
    /// Notice that a fine which was paid stands (CPP 529).
    Maintien(Box<MaintienInput>) = contestation::maintien, "maintien", "MAI", 1;
    /// Demand of a piece before the decision.
    DemandePiece(Box<DemandePieceInput>) = contestation::demande_piece, "demande_piece", "DEP", 1;
    /// Demand of a report of the agent, to their service.
    DemandeRapport(Box<DemandeRapportInput>) = contestation::demande_rapport, "demande_rapport", "RAP", 1;
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

impl DocumentInput {
    /// The invented facts of the specimen of `kind`.
    ///
    /// # Errors
    /// [`RenditionError`], which the tests of this crate exclude.
    pub fn specimen(kind: DocumentKind) -> Result<Self, RenditionError> {
        Self::from_json(kind, kind.files().specimen)
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
