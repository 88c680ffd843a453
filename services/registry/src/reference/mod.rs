//! Reference data, compiled in: communes, postcodes, courts, the vetted NatInf subset.
//!
//! `data/PROVENANCE.md` says where they come from. Every value is read into its type; an error names file, line and
//! column.

mod communes;
mod competence;
mod courts;
mod encoding;
mod natinf;
mod table;

pub use communes::{CommuneRow, communes};
pub use competence::{
    CompetenceFileError, CompetenceMerge, CompetenceTable, merge_competence, read_competence,
};
pub use courts::{CourtRow, courts};
pub use encoding::Encoding;
pub use natinf::{
    Import, Merge, NatInfChange, NatInfFileError, Nature, OfficialEntry, OfficialList, diff, merge,
    natinf, read_official,
};

/// Reference data that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReferenceError {
    /// The file is not a table.
    #[error("{file} is not a table of fields separated by semicolons")]
    Table {
        /// Name of the file.
        file: &'static str,
        /// Where and why.
        #[source]
        source: csv::Error,
    },
    /// A column is missing.
    #[error("{file} has no column {column:?}")]
    Column {
        /// Name of the file.
        file: &'static str,
        /// Name of the column.
        column: &'static str,
    },
    /// A value has not its form.
    #[error("{file}, line {line}, column {column:?}: {expected} expected")]
    Value {
        /// Name of the file.
        file: &'static str,
        /// Line, from 1.
        line: u64,
        /// Name of the column.
        column: &'static str,
        /// The form a value must have.
        expected: &'static str,
    },
}
