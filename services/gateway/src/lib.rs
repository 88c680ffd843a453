#![doc = include_str!("../README.md")]

mod allowance;
mod body;
mod config;
mod cursor;
mod db;
mod http;
mod key;
mod metrics;
mod notices;
mod openapi;
mod page;
mod photos;
mod places;
mod receipts;
mod send;
mod service;
mod tls;
mod work;

pub use config::{Config, LimitsSection, StationSection, TlsSection};
pub use openapi::openapi;
pub use service::{NAME, run, serve};
