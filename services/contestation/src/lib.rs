#![doc = include_str!("../README.md")]

mod acts;
mod bulk;
mod cards;
mod config;
mod courrier;
mod db;
mod decision;
mod deposits;
mod documents;
mod dossier;
mod envelopes;
mod hand_over;
mod http;
mod inquiries;
mod intake;
mod letters;
mod life;
mod mail;
mod metrics;
mod officers;
mod payments;
mod photos;
mod receipts;
mod reports;
mod service;
mod step;
mod titre;
mod told;

pub use config::{Config, MailSection, PortalSection, QueueSection, TitreSection, TribunalSection};
pub use http::openapi;
pub use service::run;

/// Name of the service, as in `cnt run contestation`; its database role is `cnt_contestation`.
pub const NAME: &str = "contestation";
