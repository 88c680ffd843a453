//! The tribunaux judiciaires and their seats.

use cnt_domain::codes::InseeCode;

use super::ReferenceError;
use super::table::Table;

/// A tribunal judiciaire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CourtRow {
    /// Name of its seat: « Rennes ».
    pub name: String,
    /// Commune of its seat.
    pub seat: InseeCode,
    /// Département.
    pub departement: String,
}

/// Every tribunal judiciaire, in the order of the file.
///
/// # Errors
/// [`ReferenceError`] with the line and column at fault.
pub fn courts() -> Result<Vec<CourtRow>, ReferenceError> {
    let table = Table::read(
        "tribunaux_judiciaires.csv",
        include_str!("../../data/tribunaux_judiciaires.csv"),
    )?;
    table
        .rows()
        .map(|row| {
            Ok(CourtRow {
                name: row.text("tribunal_judiciaire")?.to_owned(),
                seat: row.value("code_insee_siege", "an INSEE code")?,
                departement: row.text("departement")?.to_owned(),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_courts_are_read() {
        let courts = super::courts().unwrap();
        assert!((160..=175).contains(&courts.len()), "{}", courts.len());
    }
}
