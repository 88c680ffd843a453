#![doc = include_str!("../README.md")]

mod amende_majoree;
mod attachment;
mod avis;
mod avis_electronique;
mod boxes;
mod charset;
mod contestation;
mod corpus;
mod engine;
mod error;
mod facts;
mod forme;
mod input;
mod mark;
mod proces_verbal;
mod resources;
mod world;

pub use attachment::{Attachment, pages_of};
pub use corpus::corpus_request;
pub use engine::{Engine, Rendered};
pub use error::RenditionError;
pub use forme::{
    DrawingDifference, Fallback, Filled, Forme, Formes, Made, Shelf, Stages, compare_drawings,
};
pub use input::{
    AccountantInput, AccuseEnregistrementInput, AddresseeRole, AgentInput, AmendeMajoreeInput,
    AmountDue, AmountFrom, AmountsInput, AvisElectroniqueInput, AvisInput, BordereauInput,
    BordereauPieceInput, CardInput, Channel, Claim, ClaimInput, ClassementInput, ClosureReason,
    Consequence, ContestInput, ContestationInput, ContestedOffenceInput, DeliveryInput,
    DemandePieceInput, DemandeRapportInput, DeviceInput, DocumentInput, DocumentKind, EmailSource,
    Ground, HearingInput, IrrecevabiliteInput, LetterInput, LiabilityRule, MaintienInput,
    MotivationRefusedInput, OffenceInput, OffenderSignature, OmpInput, ParkingInput, PersonInput,
    PhotoInput, PieceInput, PlaceInput, PoliceServiceInput, Procedure, ProcesVerbalInput,
    PvVehicleInput, Referral, RefundInput, RenderRequest, SignatureInput, SpeedInput,
    TelepaymentInput, TitleInput, TransmissionInput, TribunalInput, VehicleInput,
};
