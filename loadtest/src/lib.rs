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
mod random;
mod vocabulary;

pub use client::{ClientConfig, ClientError, GatewayClient, PortalClient};
pub use contest::{CONTESTED_SHARE, contestation_for};
pub use error::GeneratorError;
pub use expectation::Expectation;
pub use faults::Fault;
pub use fleet::Fleet;
pub use generator::{GeneratedMif, Generator, GeneratorParams};
pub use ledger::{Ledger, LedgerEntry, LedgerError, read_ledger};
