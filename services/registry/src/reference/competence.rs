//! The ministry of Justice's table of communes and the courts competent for them: read by its columns, and taken in as dated
//! rows.
//!
//! The table is published with fourteen columns, of which two matter here: the INSEE code of the commune and its tribunal
//! judiciaire, at whose seat the tribunal de police sits. They are found by their names, in any order; the ministry has
//! changed their spelling before, so several are known. The table itself was not at hand when this was written: it is tried
//! on made up rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use cnt_contracts::registry::{CommuneV1, DateText, DatedOmpV1, OmpV1, PeriodV1};
use cnt_domain::codes::InseeCode;
use cnt_domain::latin::postal;
use csv::{ReaderBuilder, StringRecord};
use jiff::civil::Date;

use super::encoding::decode;

/// Columns of the table as published.
const COLUMNS: usize = 14;
/// Names of the column with the INSEE code, in capitals without accents.
const CODE_NAMES: [&str; 6] = [
    "CODE INSEE",
    "CODE INSEE COMMUNE",
    "CODE COMMUNE INSEE",
    "CODE COMMUNE",
    "INSEE",
    "CODGEO",
];
/// Names of the column with the tribunal judiciaire.
const COURT_NAMES: [&str; 4] = ["TRIBUNAL JUDICIAIRE", "TJ", "NOM TJ", "LIBELLE TJ"];
/// Words that stand before the name of a seat.
const BEFORE_SEAT: [&str; 14] = [
    "TRIBUNAL",
    "JUDICIAIRE",
    "DE",
    "POLICE",
    "GRANDE",
    "INSTANCE",
    "TJ",
    "TGI",
    "D",
    "DU",
    "DES",
    "LE",
    "LA",
    "LES",
];
/// Most lines that are named one by one.
const NAMED_MAX: usize = 50;

/// A file that is not the table.
#[derive(Debug, thiserror::Error)]
pub enum CompetenceFileError {
    /// It is no table of fields separated by semicolons or commas.
    #[error("not a table of fields separated by semicolons or commas")]
    Table(#[from] csv::Error),
    /// It has another number of columns.
    #[error("the table has {found} columns, {COLUMNS} are published")]
    Columns {
        /// Columns found.
        found: usize,
    },
    /// A column is missing.
    #[error("no column is called {wanted:?}; there are: {found}")]
    Column {
        /// Names by which it is known.
        wanted: &'static [&'static str],
        /// Columns found.
        found: String,
    },
    /// A line without an INSEE code or without a court.
    #[error("line {line}: {found:?} is no INSEE code, or the line names no court")]
    Line {
        /// Line, from 1.
        line: u64,
        /// What stands for the INSEE code.
        found: String,
    },
    /// A commune stands in it twice, with two courts.
    #[error("commune {0} stands in the table with two courts")]
    Twice(String),
}

/// The table: the seat of the court of each commune.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompetenceTable {
    /// Seat, as [`seat`] writes it, by INSEE code.
    seats: BTreeMap<String, String>,
}

impl CompetenceTable {
    /// How many communes it names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.seats.len()
    }

    /// Whether it names none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.seats.is_empty()
    }
}

/// The seat of a court in capitals without accents: « Tribunal judiciaire du Havre » and « LE HAVRE » are both `HAVRE`.
fn seat(name: &str) -> String {
    let plain = postal(name).unwrap_or_default();
    let mut words: Vec<&str> = plain.split(' ').collect();
    let before = words
        .iter()
        .take_while(|word| BEFORE_SEAT.contains(word))
        .count();
    // A seat called only by such a word keeps it.
    if before < words.len() {
        words.drain(..before);
    }
    words.join(" ")
}

fn column(
    header: &StringRecord,
    wanted: &'static [&'static str],
) -> Result<usize, CompetenceFileError> {
    let names: Vec<String> = header
        .iter()
        .map(|name| postal(name).unwrap_or_default())
        .collect();
    let found = wanted
        .iter()
        .find_map(|name| names.iter().position(|own| own == name));
    found.ok_or_else(|| CompetenceFileError::Column {
        wanted,
        found: names.join(", "),
    })
}

/// Reads the table, in UTF-8, latin1 or CP850.
///
/// # Errors
/// See [`CompetenceFileError`].
pub fn read_competence(bytes: &[u8]) -> Result<CompetenceTable, CompetenceFileError> {
    let (text, _) = decode(bytes);
    let first = text.lines().next().unwrap_or_default();
    let delimiter = if first.contains(';') { b';' } else { b',' };
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let header = reader.headers()?.clone();
    if header.len() != COLUMNS {
        let found = header.len();
        return Err(CompetenceFileError::Columns { found });
    }
    let (code, court) = (
        column(&header, &CODE_NAMES)?,
        column(&header, &COURT_NAMES)?,
    );
    let mut seats = BTreeMap::new();
    for record in reader.records() {
        let record = record?;
        let field = |at: usize| record.get(at).unwrap_or_default().trim();
        // Spreadsheets drop the leading zero of the first départements.
        let insee = format!("{:0>5}", field(code).to_ascii_uppercase());
        let own = seat(field(court));
        if insee.parse::<InseeCode>().is_err() || own.is_empty() {
            let line = record.position().map_or(0, csv::Position::line);
            return Err(CompetenceFileError::Line { line, found: insee });
        }
        let before = seats.insert(insee.clone(), own.clone());
        if before.is_some_and(|before| before != own) {
            return Err(CompetenceFileError::Twice(insee));
        }
    }
    Ok(CompetenceTable { seats })
}

/// What the table changes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CompetenceMerge {
    /// The communes, with dated rows.
    pub communes: Vec<CommuneV1>,
    /// INSEE code, OMP before and after, of communes that change.
    pub changed: Vec<(String, String, String)>,
    /// Communes that stay as they are.
    pub same: usize,
    /// Communes of the table that the registry does not hold: how many.
    pub unknown_communes: usize,
    /// Seats before which no OMP acts, at most fifty.
    pub unknown_courts: Vec<String>,
    /// Communes of the registry that the table does not name: how many.
    pub not_named: usize,
}

fn omp_on(commune: &CommuneV1, from: &str) -> String {
    let holds = |row: &&DatedOmpV1| {
        row.period.from.0.as_str() <= from
            && row
                .period
                .to
                .as_ref()
                .is_none_or(|to| from <= to.0.as_str())
    };
    let dated = commune.dated_omps.iter().rev().find(holds);
    dated.map_or_else(|| commune.omp.clone(), |row| row.omp.clone())
}

/// Takes the table in from a day on: a commune whose OMP differs gets a row of its own from that day, and what held before
/// holds until the day before.
#[must_use]
pub fn merge_competence(
    communes: &[CommuneV1],
    omps: &[OmpV1],
    table: &CompetenceTable,
    from: Date,
) -> CompetenceMerge {
    let by_seat: HashMap<String, &str> = omps
        .iter()
        .map(|omp| (seat(&omp.court), omp.code.as_str()))
        .collect();
    let mut merge = CompetenceMerge::default();
    let mut unknown_courts = BTreeSet::new();
    let mut named = 0;
    let first = from.to_string();
    for commune in communes {
        let mut commune = commune.clone();
        match table.seats.get(&commune.insee) {
            None => merge.not_named += 1,
            Some(own) => {
                named += 1;
                match by_seat.get(own) {
                    None => {
                        unknown_courts.insert(own.clone());
                    }
                    Some(omp) => take_in(&mut commune, omp, (&first, from), &mut merge),
                }
            }
        }
        merge.communes.push(commune);
    }
    merge.unknown_communes = table.len().saturating_sub(named);
    merge.unknown_courts = unknown_courts.into_iter().take(NAMED_MAX).collect();
    merge
}

fn take_in(
    commune: &mut CommuneV1,
    omp: &str,
    (first, from): (&str, Date),
    merge: &mut CompetenceMerge,
) {
    let before = omp_on(commune, first);
    if before == omp {
        merge.same += 1;
        return;
    }
    let eve = from.yesterday().unwrap_or(from).to_string();
    commune
        .dated_omps
        .retain(|row| row.period.from.0.as_str() < first);
    for row in &mut commune.dated_omps {
        if row
            .period
            .to
            .as_ref()
            .is_none_or(|to| to.0.as_str() >= first)
        {
            row.period.to = Some(DateText(eve.clone()));
        }
    }
    commune.dated_omps.push(DatedOmpV1 {
        period: PeriodV1 {
            from: DateText(first.to_owned()),
            to: None,
        },
        omp: omp.to_owned(),
    });
    merge
        .changed
        .push((commune.insee.clone(), before, omp.to_owned()));
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    /// Made up rows under the published number of columns.
    const TABLE: &str = "\
Code commune;Commune;Code postal;Département;Région;Cour d'appel;Tribunal judiciaire;Tribunal de proximité;\
Conseil de prud'hommes;Tribunal de commerce;Tribunal pour enfants;Pôle social;Barreau;Observations
35238;RENNES;35000;35;53;Rennes;Rennes;;Rennes;Rennes;Rennes;Rennes;Rennes;
35115;FOUGERES;35300;35;53;Rennes;Saint-Malo;Fougères;Rennes;Rennes;Rennes;Rennes;Rennes;
1053;BOURG-EN-BRESSE;01000;01;84;Lyon;Nulle-Part;;;;;;;
76351;LE HAVRE;76600;76;28;Rouen;Tribunal judiciaire du Havre;;;;;;;
";

    fn commune(insee: &str, omp: &str) -> CommuneV1 {
        CommuneV1 {
            insee: insee.to_owned(),
            name: "VILLE".to_owned(),
            postcode: "00000".to_owned(),
            period: PeriodV1 {
                from: DateText("2000-01-01".to_owned()),
                to: None,
            },
            omp: omp.to_owned(),
            dated_omps: Vec::new(),
        }
    }

    fn omps() -> Vec<OmpV1> {
        let omp = |code: &str, court: &str| OmpV1 {
            code: code.to_owned(),
            court: court.to_owned(),
            address: Vec::new(),
        };
        vec![
            omp("OMP-35-01", "Tribunal de police de Rennes"),
            omp("OMP-35-02", "Tribunal de police de Saint-Malo"),
            omp("OMP-76-01", "Tribunal de police du Havre"),
        ]
    }

    #[test]
    fn seats_are_told_whatever_stands_before_them() {
        for name in [
            "Tribunal de police du Havre",
            "LE HAVRE",
            "TJ LE HAVRE",
            "Le Havre",
        ] {
            assert_eq!(seat(name), "HAVRE");
        }
        assert_eq!(
            seat("Tribunal judiciaire des Sables-d'Olonne"),
            seat("LES SABLES D OLONNE")
        );
        assert_eq!(seat("d'Épinal"), "EPINAL");
        assert_eq!(
            seat("Saint-Denis de La Réunion"),
            "SAINT DENIS DE LA REUNION"
        );
    }

    #[test]
    fn the_table_is_taken_in_from_a_day_on() {
        let table = read_competence(TABLE.as_bytes()).unwrap();
        assert_eq!(table.len(), 4);
        let communes = [
            commune("35238", "OMP-35-01"),
            commune("35115", "OMP-35-01"),
            commune("01053", "OMP-01-01"),
            commune("75056", "OMP-75-01"),
        ];
        let merge = merge_competence(&communes, &omps(), &table, date(2027, 1, 1));
        assert_eq!(merge.same, 1);
        let change = (
            "35115".to_owned(),
            "OMP-35-01".to_owned(),
            "OMP-35-02".to_owned(),
        );
        assert_eq!(merge.changed, [change]);
        assert_eq!((merge.unknown_communes, merge.not_named), (1, 1));
        assert_eq!(merge.unknown_courts, ["NULLE PART"]);
        let fougeres = &merge.communes[1];
        assert_eq!(omp_on(fougeres, "2026-12-31"), "OMP-35-01");
        assert_eq!(omp_on(fougeres, "2027-01-01"), "OMP-35-02");

        // The same table again changes nothing; another from a later day ends the row.
        let again = merge_competence(&merge.communes, &omps(), &table, date(2027, 6, 1));
        assert!(again.changed.is_empty());
        let back = TABLE.replace("Saint-Malo", "Rennes");
        let back = read_competence(back.as_bytes()).unwrap();
        let later = merge_competence(&merge.communes, &omps(), &back, date(2028, 1, 1));
        let fougeres = &later.communes[1];
        assert_eq!(omp_on(fougeres, "2027-12-31"), "OMP-35-02");
        assert_eq!(omp_on(fougeres, "2028-01-01"), "OMP-35-01");
        assert_eq!(fougeres.dated_omps.len(), 2);
    }

    #[test]
    fn what_is_not_the_table_is_said() {
        let short = "Code commune;Tribunal judiciaire\n35238;Rennes\n";
        let error = read_competence(short.as_bytes()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the table has 2 columns, 14 are published"
        );
        let unnamed = TABLE.replace("Tribunal judiciaire;", "Juge;");
        let error = read_competence(unnamed.as_bytes()).unwrap_err().to_string();
        assert!(
            error.contains("TRIBUNAL JUDICIAIRE") && error.contains("JUGE"),
            "{error}"
        );
        let twice = format!("{TABLE}35238;RENNES;35000;35;53;Rennes;Saint-Malo;;;;;;;\n");
        let error = read_competence(twice.as_bytes()).unwrap_err();
        assert!(matches!(error, CompetenceFileError::Twice(insee) if insee == "35238"));
        for line in [
            "Rennes;RENNES;35000;35;53;Rennes;Rennes",
            "35238;RENNES;35000;35;53;Rennes;",
        ] {
            let bad = format!("{TABLE}{line};;;;;;;\n");
            let error = read_competence(bad.as_bytes()).unwrap_err();
            assert!(
                matches!(error, CompetenceFileError::Line { line: 6, .. }),
                "{error}"
            );
        }
    }
}
