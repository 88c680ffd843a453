#![doc = include_str!("../README.md")]

mod config;
mod db;
mod http;
mod metrics;
mod service;
mod verify;
mod work;

pub use config::Config;
pub use http::{DocumentView, LotView, openapi};
pub use service::run;
pub use verify::{Damage, Progress, VerifyReport, verify};

/// Name of the service.
pub const NAME: &str = "archive";
