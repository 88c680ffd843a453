#![doc = include_str!("../README.md")]

pub mod boot;
pub mod clock;
pub mod config;
pub mod cpu;
pub mod failpoint;
pub mod html;
pub mod http;
pub mod ids;
pub mod metrics;
pub mod ops;
mod process_metrics;
pub mod shutdown;
pub mod telemetry;

pub use boot::{BootError, ServiceContext};

/// What the macros of this crate name in the crates that call them.
#[doc(hidden)]
pub mod reexport {
    pub use prometheus;
}
