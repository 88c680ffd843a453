//! The vetted NatInf subset, and the codes of unpaid parking that ended on 31 December 2017.

use cnt_contracts::registry::{DateText, NatInfV1, PeriodV1};

use super::ReferenceError;
use super::table::{Row, Table};

/// From when entries hold for which the data name no day.
const IN_FORCE_SINCE: &str = "2015-01-01";

/// Offences of unpaid parking: no contraventions any more since 1 January 2018 (law 2014-58, art. 63).
const UNPAID_PARKING: [(u32, &str); 4] = [
    (
        7505,
        "STATIONNEMENT IRREGULIER EN ZONE DE STATIONNEMENT PAYANT : NON ACQUITTEMENT DE LA REDEVANCE",
    ),
    (
        7506,
        "STATIONNEMENT IRREGULIER EN ZONE DE STATIONNEMENT PAYANT : DEPASSEMENT DE LA DUREE INDIQUEE",
    ),
    (
        7507,
        "STATIONNEMENT IRREGULIER EN ZONE DE STATIONNEMENT PAYANT : ABSENCE DE TICKET HORODATEUR VALABLE",
    ),
    (
        7508,
        "STATIONNEMENT IRREGULIER EN ZONE DE STATIONNEMENT PAYANT : TICKET HORODATEUR MAL PLACE",
    ),
];

/// The entries of the subset as the snapshot carries them.
///
/// # Errors
/// [`ReferenceError`] with the line and column at fault.
pub fn natinf() -> Result<Vec<NatInfV1>, ReferenceError> {
    let table = Table::read(
        "natinf_pve_subset.csv",
        include_str!("../../data/natinf_pve_subset.csv"),
    )?;
    let mut entries: Vec<NatInfV1> = table
        .rows()
        .map(|row| entry(&row))
        .collect::<Result<_, _>>()?;
    entries.extend(
        UNPAID_PARKING
            .iter()
            .map(|(code, qualification)| ended(*code, qualification)),
    );
    entries.sort_by_key(|entry| entry.code);
    Ok(entries)
}

fn entry(row: &Row<'_>) -> Result<NatInfV1, ReferenceError> {
    let class = match row.text("classe")? {
        "C1" => 1,
        "C2" => 2,
        "C3" => 3,
        "C4" => 4,
        "C5" => 5,
        _ => return Err(row.wrong("classe", "C1 to C5")),
    };
    Ok(NatInfV1 {
        code: row.value("natinf", "a number")?,
        qualification: row.text("libelle")?.to_owned(),
        defined_by: row.text("definie_par")?.to_owned(),
        punished_by: row.text("reprimee_par")?.to_owned(),
        class,
        points: row.value("points", "a number of points")?,
        fixed_fine: row.yes("amende_forfaitaire")?,
        reduced_fine: row.yes("minoration")?,
        period: PeriodV1 {
            from: DateText(IN_FORCE_SINCE.to_owned()),
            to: None,
        },
    })
}

fn ended(code: u32, qualification: &str) -> NatInfV1 {
    NatInfV1 {
        code,
        qualification: qualification.to_owned(),
        defined_by: "ART.R.417-6 C.ROUTE.".to_owned(),
        punished_by: "ART.R.417-6 C.ROUTE.".to_owned(),
        class: 1,
        points: 0,
        fixed_fine: true,
        reduced_fine: false,
        period: PeriodV1 {
            from: DateText(IN_FORCE_SINCE.to_owned()),
            to: Some(DateText("2017-12-31".to_owned())),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subset_is_read_and_unpaid_parking_has_ended() {
        let entries = natinf().unwrap();
        assert_eq!(entries.len(), 132);
        let very_obstructing = entries.iter().find(|entry| entry.code == 31_096).unwrap();
        assert_eq!(
            (
                very_obstructing.class,
                very_obstructing.fixed_fine,
                very_obstructing.reduced_fine
            ),
            (4, true, false)
        );
        assert!(
            entries
                .iter()
                .any(|entry| entry.code == 7505 && entry.period.to.is_some())
        );
        assert_eq!(entries.iter().filter(|entry| !entry.fixed_fine).count(), 3);
    }
}
