#![doc = include_str!("../README.md")]

mod caller;
mod config;
mod db;
mod evidence_http;
mod http;
mod keys;
mod log_book;
mod metrics;
mod page;
mod publish;
mod rebuild;
mod search;
mod search_http;
mod service;
mod tiles;
mod verify;
mod work;

pub use config::Config;
pub use db::{EvidenceError, RebuildError};
pub use evidence_http::{ConsistencyView, ProofView};
pub use http::{DocumentView, LotView, openapi};
pub use log_book::{EvidenceReport, LogError, verify_evidence};
pub use rebuild::{RebuildReport, rebuild};
pub use search_http::SearchView;
pub use service::run;
pub use verify::{Damage, Progress, VerifyError, VerifyReport, verify};

/// Name of the service.
pub const NAME: &str = "archive";
