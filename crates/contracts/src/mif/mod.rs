//! The MIF on the wire, version 1: the payload of the compact JWS.
//!
//! [`MifV1`] is the typed shape (French names of the trade); [`read()`] checks every value and gives the domain's
//! [`Mif`](cnt_domain::mif::Mif). The JSON Schema in `schemas/mif/` is generated from the same types; it is the contract and a
//! test oracle, not the hot path.

mod read;
mod wire;

pub use read::{MifReading, read, read_payload};
pub use wire::{
    Adresse, Agent, Carte, Cliche, Corps, Entete, Infraction, Lieu, MifV1, Permis, Personne,
    PersonneMorale, Position, Service, SignatureContrevenant, Terminal, Vehicule, Vitesse,
};

/// The schema version this crate reads.
pub const SCHEMA_VERSION: &str = "mif/1.0";
