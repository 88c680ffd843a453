#![doc = include_str!("../README.md")]

mod avis;
mod boxes;
mod charset;
mod engine;
mod error;
mod facts;
mod input;
mod mark;
mod proces_verbal;
mod resources;
mod specimen;
mod world;

pub use engine::{Engine, Rendered};
pub use error::RenditionError;
pub use input::{
    AddresseeRole, AgentInput, AmountDue, AmountFrom, AmountsInput, AvisInput, CardInput,
    ContestInput, DeviceInput, DocumentInput, DocumentKind, LiabilityRule, OffenceInput,
    OffenderSignature, OmpInput, ParkingInput, PersonInput, PhotoInput, PlaceInput,
    PoliceServiceInput, ProcesVerbalInput, PvVehicleInput, RenderRequest, SignatureInput,
    SpeedInput, TelepaymentInput, VehicleInput,
};
