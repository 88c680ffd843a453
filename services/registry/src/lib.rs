#![doc = include_str!("../README.md")]

mod authorities;
mod change;
mod config;
mod db;
mod http;
mod issuing;
mod lists;
mod metrics;
pub mod nation;
pub mod reference;
mod service;

pub use config::{AuthoritiesSection, Config, SeedSection};
pub use http::openapi;
pub use service::run;

/// Name of the service.
pub const NAME: &str = "registry";
