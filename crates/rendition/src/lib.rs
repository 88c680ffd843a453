#![doc = include_str!("../README.md")]

mod avis;
mod charset;
mod engine;
mod error;
mod facts;
mod input;
mod mark;
mod resources;
mod specimen;
mod world;

pub use engine::{Engine, Rendered};
pub use error::RenditionError;
pub use input::{
    AddresseeRole, AmountDue, AmountFrom, AmountsInput, AvisInput, ContestInput, DocumentInput,
    DocumentKind, OffenceInput, OmpInput, PlaceInput, PoliceServiceInput, RenderRequest,
    TelepaymentInput, VehicleInput,
};
