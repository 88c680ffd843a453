#![doc = include_str!("../README.md")]

mod amende_majoree;
mod avis;
mod avis_electronique;
mod boxes;
mod charset;
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

pub use corpus::corpus_request;
pub use engine::{Engine, Rendered};
pub use error::RenditionError;
pub use forme::{DrawingDifference, Fallback, Filled, Forme, Formes, Made, compare_drawings};
pub use input::{
    AccountantInput, AddresseeRole, AgentInput, AmendeMajoreeInput, AmountDue, AmountFrom,
    AmountsInput, AvisElectroniqueInput, AvisInput, CardInput, ClaimInput, ContestInput,
    DeliveryInput, DeviceInput, DocumentInput, DocumentKind, EmailSource, LiabilityRule,
    OffenceInput, OffenderSignature, OmpInput, ParkingInput, PersonInput, PhotoInput, PlaceInput,
    PoliceServiceInput, ProcesVerbalInput, PvVehicleInput, RenderRequest, SignatureInput,
    SpeedInput, TelepaymentInput, TitleInput, VehicleInput,
};
