//! The law's tables on the wire, and in files: TOML for people, a section of the registry's snapshot for services.
//!
//! `data/law.toml` is the edition compiled in; a snapshot without the section means that one.

mod convert;
mod wire;

use std::sync::LazyLock;

pub use convert::{LawError, to_law};
pub use wire::{
    ArticlesV1, AuthorV1, CompetenceStatusV1, CompetenceV1, DelaysV1, HolderV1, HolidayV1, LawV1,
    LiabilityV1, NeedKindV1, NeedV1, OwingV1, QualityTextV1, ScaleV1, SpecialCompetenceV1, SpeedV1,
    SubstitutionV1,
};

/// The edition compiled in, as a file.
pub const LAW_TOML: &str = include_str!("../../data/law.toml");

/// A file that is not an edition of the law.
#[derive(Debug, thiserror::Error)]
pub enum LawFileError {
    /// It is not TOML of the expected shape.
    #[error("the file has not the shape of the law's tables")]
    Toml(#[from] toml::de::Error),
    /// A row says what cannot be.
    #[error(transparent)]
    Law(#[from] LawError),
}

/// Reads an edition of the law from TOML, and proves that it can be applied.
///
/// # Errors
/// See [`LawFileError`].
pub fn read_law(text: &str) -> Result<LawV1, LawFileError> {
    let law: LawV1 = toml::from_str(text)?;
    to_law(&law)?;
    Ok(law)
}

/// Writes an edition of the law as TOML.
///
/// # Errors
/// When a text cannot be written.
pub fn write_law(law: &LawV1) -> Result<String, toml::ser::Error> {
    toml::to_string(law)
}

impl Default for LawV1 {
    /// The edition compiled in.
    fn default() -> Self {
        static COMPILED_IN: LazyLock<LawV1> =
            LazyLock::new(|| toml::from_str(LAW_TOML).unwrap_or_else(|_| LawV1::nothing()));
        COMPILED_IN.clone()
    }
}

#[cfg(test)]
mod tests;
