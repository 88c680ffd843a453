#![doc = include_str!("../README.md")]

mod config;
mod error;
mod files;
pub mod kafka;
mod ports;
pub mod postgres;
pub mod process;
mod random;
mod stack;
mod user;

pub use config::{AfterStop, Durability, KAFKA_ADMIN, StackConfig};
pub use error::StackError;
pub use kafka::Kafka;
pub use ports::free_ports;
pub use postgres::{DatabaseRole, Postgres};
pub use stack::{Stack, StackState};
pub use user::OsUser;
