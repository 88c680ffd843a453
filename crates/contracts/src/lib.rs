#![doc = include_str!("../README.md")]

pub mod commands;
pub mod courrier;
pub mod document;
pub mod events;
pub mod hex32;
pub mod law;
pub mod letter;
pub mod mif;
pub mod receipt;
pub mod registry;
pub mod schemas;
pub mod senders;
pub mod services;
pub mod stamp;
pub mod topics;
pub mod verdict;
