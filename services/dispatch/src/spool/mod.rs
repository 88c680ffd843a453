//! Spools: what the manifest says, how one is built, how it is closed.

mod build;
mod close;
mod manifest;

pub(crate) use close::Spooler;
pub use manifest::{Balance, MANIFEST_MEMBER, SpoolFold, SpoolManifest};
