#![doc = include_str!("../README.md")]

pub mod address;
pub mod admissibility;
pub mod amounts;
pub mod avis;
pub mod civil;
pub mod codes;
pub mod conventions;
pub mod country;
pub mod courrier;
pub mod ids;
pub mod latin;
pub mod law;
pub mod life;
pub mod mif;
pub mod money;
pub mod natinf;
pub mod photo;
pub mod plate;
pub mod problem;
pub mod registry;
pub mod siv;
pub mod verdict;

/// What a text was refused for when it was read as a domain value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} expected: {expected}")]
pub struct InvalidValue {
    /// The domain value that was expected, e.g. `"SIREN"`.
    pub what: &'static str,
    /// The accepted form, in words.
    pub expected: &'static str,
}
