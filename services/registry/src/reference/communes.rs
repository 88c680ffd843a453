//! Communes of the Code officiel géographique, with a postcode each.

use std::collections::HashMap;

use cnt_domain::codes::{InseeCode, Siren};

use super::ReferenceError;
use super::table::Table;

/// A commune that exists today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommuneRow {
    /// INSEE code.
    pub insee: InseeCode,
    /// Name, with accents.
    pub name: String,
    /// Département: `35`, `2A`, `974`.
    pub departement: String,
    /// Arrondissement (INSEE code); empty where there is none.
    pub arrondissement: String,
    /// SIREN of the commune; some communities overseas have none.
    pub siren: Option<Siren>,
    /// Inhabitants, if known.
    pub population: Option<u32>,
    /// The first of its postcodes.
    pub postcode: Option<String>,
}

/// Every commune that exists today, in the order of the file.
///
/// # Errors
/// [`ReferenceError`] with the line and column at fault.
pub fn communes() -> Result<Vec<CommuneRow>, ReferenceError> {
    let postcodes = postcodes()?;
    let table = Table::read(
        "communes_cog2026.csv",
        include_str!("../../data/communes_cog2026.csv"),
    )?;
    let mut communes = Vec::with_capacity(35_000);
    for row in table.rows() {
        if row.text("type")? != "commune-actuelle" {
            continue;
        }
        let insee: InseeCode = row.value("code_insee", "an INSEE code")?;
        let postcode = postcodes.get(insee.as_str()).cloned();
        communes.push(CommuneRow {
            name: row.text("nom")?.to_owned(),
            departement: row.text("departement")?.to_owned(),
            arrondissement: row.text("arrondissement")?.to_owned(),
            siren: row.optional("siren", "nine digits")?,
            population: row.optional("population", "a number of inhabitants")?,
            postcode,
            insee,
        });
    }
    Ok(communes)
}

/// The lowest postcode of each commune.
fn postcodes() -> Result<HashMap<String, String>, ReferenceError> {
    let table = Table::read(
        "codes_postaux_acheminement.csv",
        include_str!("../../data/codes_postaux_acheminement.csv"),
    )?;
    let mut found: HashMap<String, String> = HashMap::with_capacity(35_000);
    for row in table.rows() {
        let postcode = row.text("code_postal")?;
        if postcode.len() != 5 || !postcode.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(row.wrong("code_postal", "five digits"));
        }
        let known = found
            .entry(row.text("code_insee")?.to_owned())
            .or_insert_with(|| postcode.to_owned());
        if postcode < known.as_str() {
            postcode.clone_into(known);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_communes_of_today_are_read() {
        let communes = communes().unwrap();
        assert!(communes.len() > 34_900, "{}", communes.len());
        let rennes = communes
            .iter()
            .find(|commune| commune.insee.as_str() == "35238")
            .unwrap();
        assert_eq!(
            (rennes.name.as_str(), rennes.departement.as_str()),
            ("Rennes", "35")
        );
        assert_eq!(rennes.postcode.as_deref(), Some("35000"));
        assert_eq!(rennes.siren.as_ref().unwrap().as_str(), "213502388");
    }
}
