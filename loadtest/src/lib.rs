#![doc = include_str!("../README.md")]

mod client;
mod contest;
mod draft;
mod error;
mod expectation;
mod faults;
mod fleet;
mod generator;
mod ledger;
mod offences;
mod plan;
mod plates;
mod presigned;
mod random;
mod returned;
mod stations;
mod vocabulary;

pub use client::{ClientConfig, ClientError, GatewayClient, PortalClient, Sealer};
pub use contest::{CONTESTED_SHARE, Contestation, ContestationGround};
pub use error::GeneratorError;
pub use expectation::Expectation;
pub use faults::Fault;
pub use fleet::Fleet;
pub use generator::{GeneratedMif, Generator, GeneratorParams, OffenceSummary};
pub use ledger::{Ledger, LedgerEntry, LedgerError, read_ledger};
pub use presigned::{Manifest, Part, Presigned, PresignedError, Recipe, Written, write_presigned};
pub use returned::{RETURNED_SHARE, ReturnReason, ReturnedMail};
pub use stations::Stations;
