#![doc = include_str!("../README.md")]

mod avis;
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
mod specimen;
mod world;

pub use corpus::corpus_request;
pub use engine::{Engine, Rendered};
pub use error::RenditionError;
pub use forme::{DrawingDifference, Fallback, Filled, Forme, Formes, Made, compare_drawings};
pub use input::{
    AddresseeRole, AgentInput, AmountDue, AmountFrom, AmountsInput, AvisInput, CardInput,
    ContestInput, DeviceInput, DocumentInput, DocumentKind, LiabilityRule, OffenceInput,
    OffenderSignature, OmpInput, ParkingInput, PersonInput, PhotoInput, PlaceInput,
    PoliceServiceInput, ProcesVerbalInput, PvVehicleInput, RenderRequest, SignatureInput,
    SpeedInput, TelepaymentInput, VehicleInput,
};
