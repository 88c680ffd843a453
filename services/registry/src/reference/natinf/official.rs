//! The list that the ministry of Justice publishes: five columns, in whatever encoding the download has.

use csv::{ReaderBuilder, StringRecord};

use crate::reference::encoding::{Encoding, decode};

/// What an offence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Nature {
    /// A contravention of a class, 1 to 5.
    Contravention(u8),
    /// A délit, a crime, or anything else that is no contravention.
    Other,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialEntry {
    /// Number.
    pub code: u32,
    /// What it is.
    pub nature: Nature,
    /// Qualification.
    pub qualification: String,
    /// « Définie par ».
    pub defined_by: String,
    /// « Réprimée par ».
    pub punished_by: String,
}

/// The list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfficialList {
    /// The encoding it was in.
    pub encoding: Encoding,
    /// Its lines, in the order of the codes; of a code that stands twice with the same words, one.
    pub entries: Vec<OfficialEntry>,
}

/// A file that is not the ministry's list.
#[derive(Debug, thiserror::Error)]
pub enum NatInfFileError {
    /// It is no table.
    #[error("the file is not a table of fields separated by semicolons")]
    Table(#[from] csv::Error),
    /// A column is missing.
    #[error("the file has no column {0}")]
    Column(&'static str),
    /// A value has not its form.
    #[error("line {line}: {expected} expected")]
    Value {
        /// Line, from 1.
        line: u64,
        /// The form a value must have.
        expected: &'static str,
    },
    /// A code stands twice with other words.
    #[error("NatInf {code} stands twice, with different words")]
    Twice {
        /// The code.
        code: u32,
    },
    /// It holds no offence.
    #[error("the file holds no offence")]
    Empty,
}

/// The five columns, by how their names begin once accents are gone: the ministry writes « Définie par » or « Défini
/// par », « Numéro NATINF » or « NATINF ».
struct Columns {
    code: usize,
    nature: usize,
    qualification: usize,
    defined_by: usize,
    punished_by: usize,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, NatInfFileError> {
        let names: Vec<String> = header.iter().map(folded).collect();
        let position = |what: &'static str, fits: &dyn Fn(&str) -> bool| {
            names
                .iter()
                .position(|name| fits(name))
                .ok_or(NatInfFileError::Column(what))
        };
        Ok(Self {
            code: position("« Numéro NATINF »", &|name| name.contains("natinf"))?,
            nature: position("« Nature de l'infraction »", &|name| {
                name.starts_with("nature")
            })?,
            qualification: position("« Qualification de l'infraction »", &|name| {
                name.starts_with("qualification")
            })?,
            defined_by: position("« Définie par »", &|name| name.starts_with("defini"))?,
            punished_by: position("« Réprimée par »", &|name| name.starts_with("reprime"))?,
        })
    }
}

/// Lower case, without the accents of the header.
fn folded(name: &str) -> String {
    name.trim()
        .chars()
        .flat_map(char::to_lowercase)
        .map(|letter| match letter {
            'é' | 'è' | 'ê' => 'e',
            other => other,
        })
        .collect()
}

/// Reads the ministry's list. The separator is the one that the header line has most of: semicolon, comma or tabulator.
///
/// # Errors
/// Names the column or the line at fault.
pub fn read_official(bytes: &[u8]) -> Result<OfficialList, NatInfFileError> {
    let (text, encoding) = decode(bytes);
    let mut reader = ReaderBuilder::new()
        .delimiter(separator(&text))
        .from_reader(text.as_bytes());
    let columns = Columns::find(reader.headers()?)?;
    let mut entries = Vec::new();
    let mut record = StringRecord::new();
    while reader.read_record(&mut record)? {
        if let Some(entry) = entry(&columns, &record)? {
            entries.push(entry);
        }
    }
    entries.sort_by_key(|entry| entry.code);
    entries.dedup();
    let mut pairs = entries.iter().zip(entries.iter().skip(1));
    if let Some((twice, _)) = pairs.find(|(one, other)| one.code == other.code) {
        return Err(NatInfFileError::Twice { code: twice.code });
    }
    if entries.is_empty() {
        return Err(NatInfFileError::Empty);
    }
    Ok(OfficialList { encoding, entries })
}

fn separator(text: &str) -> u8 {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: &u8| header.bytes().filter(|byte| byte == separator).count();
    [b',', b'\t', b';']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b';')
}

/// One line; nothing for a line whose fields are all empty.
fn entry(
    columns: &Columns,
    record: &StringRecord,
) -> Result<Option<OfficialEntry>, NatInfFileError> {
    if record.iter().all(|field| field.trim().is_empty()) {
        return Ok(None);
    }
    let line = record.position().map_or(0, csv::Position::line);
    let wrong = |expected| NatInfFileError::Value { line, expected };
    let field = |position: usize| record.get(position).unwrap_or_default().trim();
    let code = field(columns.code)
        .parse()
        .ok()
        .filter(|code| (1..=99_999).contains(code))
        .ok_or(wrong("a NatInf number, 1 to 99999"))?;
    let qualification = field(columns.qualification);
    if qualification.is_empty() {
        return Err(wrong("a qualification"));
    }
    Ok(Some(OfficialEntry {
        code,
        nature: nature(field(columns.nature))
            .ok_or(wrong("a contravention's class, 1 to 5, in its nature"))?,
        qualification: qualification.to_owned(),
        defined_by: field(columns.defined_by).to_owned(),
        punished_by: field(columns.punished_by).to_owned(),
    }))
}

/// « Contravention de classe 4 », « Contravention de la 4ème classe », « Délit »…
fn nature(text: &str) -> Option<Nature> {
    if !folded(text).starts_with("contravention") {
        return Some(Nature::Other);
    }
    let mut digits = text.chars().filter_map(|letter| letter.to_digit(10));
    let class = digits.next().and_then(|digit| u8::try_from(digit).ok())?;
    (digits.next().is_none() && (1..=5).contains(&class)).then_some(Nature::Contravention(class))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::encoding::tests::encode;

    const EXTRACT: &str = include_str!("../../../data/natinf_officiel_extrait.csv");

    /// A list of the real one's size, made of the extract's words.
    fn synthetic(rows: u32) -> String {
        let mut text = String::from(
            "NATINF;Nature de l'infraction;Qualification de l'infraction;Défini par;Réprimé par\n",
        );
        for code in 1..=rows {
            let nature = match code % 3 {
                0 => "Délit".to_owned(),
                1 => format!("Contravention de classe {}", code % 5 + 1),
                _ => "Crime".to_owned(),
            };
            text.push_str(&format!(
                "{code};{nature};INFRACTION N° {code} PRÉVUE À L'ESSAI;ART.R.{code} §I C.PENAL.;ART.R.{code} §II C.PENAL.\n"
            ));
        }
        text
    }

    #[test]
    fn the_extract_is_read_in_every_encoding() {
        let plain = read_official(EXTRACT.as_bytes()).unwrap();
        assert_eq!((plain.entries.len(), plain.encoding), (113, Encoding::Utf8));
        let first = &plain.entries[0];
        assert_eq!((first.code, first.nature), (98, Nature::Contravention(5)));
        assert!(
            first.defined_by.starts_with("ART.R.635-8 AL.1 C.PENAL.")
                && first.punished_by.ends_with("C.PENAL.")
        );
        for encoding in [Encoding::Latin1, Encoding::Cp850] {
            let list = read_official(&encode(EXTRACT, encoding).unwrap()).unwrap();
            assert_eq!(list.encoding, encoding);
            assert_eq!(list.entries, plain.entries);
        }
    }

    #[test]
    fn a_list_of_its_size_is_read_in_every_encoding() {
        let text = synthetic(17_000);
        for encoding in [Encoding::Utf8, Encoding::Latin1, Encoding::Cp850] {
            let list = read_official(&encode(&text, encoding).unwrap()).unwrap();
            assert_eq!((list.entries.len(), list.encoding), (17_000, encoding));
            assert!(list.entries[0].qualification.ends_with("PRÉVUE À L'ESSAI"));
        }
    }

    #[test]
    fn natures_give_classes() {
        let cases = [
            ("Contravention de classe 4", Some(Nature::Contravention(4))),
            (
                "CONTRAVENTION DE LA 5ème CLASSE",
                Some(Nature::Contravention(5)),
            ),
            ("Contravention", None),
            ("Contravention de classe 6", None),
            ("Délit", Some(Nature::Other)),
            ("Crime", Some(Nature::Other)),
        ];
        for (text, expected) in cases {
            assert_eq!(nature(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        let header = "Numéro NATINF;Nature;Qualification;Définie par;Réprimée par";
        let read = |lines: &str| read_official(format!("{header}\n{lines}").as_bytes());
        let error = |lines: &str| read(lines).unwrap_err().to_string();
        assert_eq!(
            error("1;Délit;A;B;C\n0;Délit;A;B;C\n"),
            "line 3: a NatInf number, 1 to 99999 expected"
        );
        assert_eq!(
            error("1;Contravention;A;B;C\n"),
            "line 2: a contravention's class, 1 to 5, in its nature expected"
        );
        assert_eq!(error("1;Délit;;B;C\n"), "line 2: a qualification expected");
        assert_eq!(
            error("7;Délit;A;B;C\n7;Délit;Z;B;C\n"),
            "NatInf 7 stands twice, with different words"
        );
        assert_eq!(error(""), "the file holds no offence");
        assert_eq!(
            read("7;Délit;A;B;C\n7;Délit;A;B;C\n;;;;\n")
                .unwrap()
                .entries
                .len(),
            1
        );
        assert!(matches!(
            read_official(b"Natinf;Nature;Qualification;Definie par\n"),
            Err(NatInfFileError::Column("« Réprimée par »"))
        ));
        let commas = "NATINF,Nature,Qualification,Défini par,Réprimé par\n5,Délit,\"A, B\",C,D\n";
        assert_eq!(
            read_official(commas.as_bytes()).unwrap().entries[0].qualification,
            "A, B"
        );
    }
}
