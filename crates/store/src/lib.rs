#![doc = include_str!("../README.md")]

mod config;
mod connection;
pub mod done_lots;
mod error;
mod lot;
mod metrics;
mod migrate;
pub mod outbox;
mod pool;
pub mod positions;
pub mod quarantine;

pub use config::DatabaseConfig;
pub use connection::{Session, connect, connect_within};
/// The PostgreSQL connection on which every function of this crate works.
pub use diesel::PgConnection;
/// Migrations compiled into the binary.
pub use diesel_migrations::EmbeddedMigrations;
pub use error::{FailureClass, StoreError};
pub use lot::{LotError, lot_transaction};
pub use metrics::{StoreMetrics, TransactionOutcome};
pub use migrate::{migrate, migrations};
pub use pool::Pool;
