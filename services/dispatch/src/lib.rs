#![doc = include_str!("../README.md")]

mod config;
mod db;
pub mod franking;
mod http;
mod metrics;
pub mod plants;
mod service;
mod spool;
mod work;

pub use config::{Config, SpoolSection};
pub use http::{DepositRequest, Released, SpoolView, openapi};
pub use service::run;
pub use spool::{Balance, MANIFEST_MEMBER, SpoolFold, SpoolManifest};

/// Name of the service.
pub const NAME: &str = "dispatch";
