//! Abbreviations of street names, used only where a name is longer than the norm allows: first the type of the street,
//! then titles, never the last word.

use super::{LINE_LENGTH_MAX, STREET_NAME_LENGTH_MAX, length};

/// Types of streets, the longest names first where one begins another.
#[rustfmt::skip]
pub(super) const TYPES: [(&[&str], &str); 54] = [
    (&["ALLEE"], "ALL"), (&["ALLEES"], "ALL"), (&["AVENUE"], "AV"), (&["BOULEVARD"], "BD"), (&["CARREFOUR"], "CAR"),
    (&["CENTRE", "COMMERCIAL"], "CCAL"), (&["CHAUSSEE"], "CHS"), (&["CHEMIN"], "CHE"), (&["CORNICHE"], "COR"),
    (&["COURS"], "CRS"), (&["DESCENTE"], "DSC"), (&["DOMAINE"], "DOM"), (&["ECART"], "ECA"), (&["ESPLANADE"], "ESP"),
    (&["FAUBOURG"], "FG"), (&["GRANDE", "RUE"], "GR"), (&["HALLE"], "HLE"), (&["HAMEAU"], "HAM"), (&["IMPASSE"], "IMP"),
    (&["LIEU", "DIT"], "LD"), (&["LOTISSEMENT"], "LOT"), (&["MAISON"], "MAIS"), (&["MARCHE"], "MAR"),
    (&["MONTEE"], "MTE"), (&["PASSAGE"], "PAS"), (&["PARVIS"], "PRV"), (&["PLACE"], "PL"), (&["PLAINE"], "PLN"),
    (&["PLATEAU"], "PLT"), (&["PORTE"], "PTE"), (&["PROMENADE"], "PROM"), (&["QUARTIER"], "QUA"),
    (&["RESIDENCE"], "RES"), (&["ROCADE"], "ROC"), (&["ROND", "POINT"], "RPT"), (&["ROUTE"], "RTE"),
    (&["RUELLE"], "RLE"), (&["SENTE"], "SEN"), (&["SENTIER"], "SEN"), (&["SQUARE"], "SQ"),
    (&["TERRE", "PLEIN"], "TPL"), (&["TRAVERSE"], "TRA"), (&["VILLAGE"], "VLGE"), (&["VILLA"], "VLA"),
    (&["VENELLE"], "VEN"), (&["ZONE", "ARTISANALE"], "ZA"), (&["ZONE", "INDUSTRIELLE"], "ZI"),
    (&["ZONE", "D", "ACTIVITE"], "ZAC"), (&["ZONE", "D", "ACTIVITES"], "ZAC"), (&["BATIMENT"], "BAT"),
    (&["IMMEUBLE"], "IMM"), (&["PARC"], "PRC"), (&["RAMPE"], "RPE"), (&["TERRASSE"], "TSSE"),
];

/// Titles inside a name.
#[rustfmt::skip]
pub(super) const TITLES: [(&str, &str); 26] = [
    ("ADJUDANT", "ADJ"), ("AMIRAL", "AM"), ("BATAILLON", "BTN"), ("CAPITAINE", "CNE"), ("CARDINAL", "CAL"),
    ("CHANOINE", "CHN"), ("COLONEL", "CNL"), ("COMMANDANT", "CDT"), ("COMTE", "CTE"), ("DOCTEUR", "DR"),
    ("GENERAL", "GAL"), ("GRAND", "GD"), ("GRANDE", "GDE"), ("INGENIEUR", "ING"), ("INSTITUT", "INST"),
    ("LIEUTENANT", "LT"), ("MAITRE", "ME"), ("MARECHAL", "MAL"), ("MONSEIGNEUR", "MGR"), ("PETITE", "PTE"),
    ("PREFET", "PFT"), ("PRESIDENT", "PDT"), ("PROFESSEUR", "PR"), ("SAINT", "ST"), ("SAINTE", "STE"),
    ("SERGENT", "SGT"),
];

/// The words of a street, abbreviated as far as its length asks for it.
pub(super) fn street(mut words: Vec<&str>) -> Vec<&str> {
    let start = number_words(&words);
    if is_short(&words, start) {
        return words;
    }
    let found = TYPES.iter().find(|(name, _)| {
        let end = start + name.len();
        // The last word is the name itself: RUE DE LA PLACE.
        end < words.len() && words.get(start..end) == Some(*name)
    });
    if let Some((name, short)) = found {
        words.splice(start..start + name.len(), [*short]);
    }
    let last = words.len().saturating_sub(1);
    for index in start..last {
        if is_short(&words, start) {
            break;
        }
        if let Some(word) = words.get_mut(index)
            && let Some((_, short)) = TITLES.iter().find(|(title, _)| title == word)
        {
            *word = short;
        }
    }
    words
}

/// How many words the number takes: `12`, `12 BIS`, `12 14`.
fn number_words(words: &[&str]) -> usize {
    let is_number = |word: &&&str| word.starts_with(|letter: char| letter.is_ascii_digit());
    let numbers = words.iter().take_while(is_number).count();
    let is_repeated =
        numbers > 0 && matches!(words.get(numbers), Some(&("BIS" | "TER" | "QUATER")));
    numbers + usize::from(is_repeated)
}

fn is_short(words: &[&str], start: usize) -> bool {
    length(words.iter()) <= LINE_LENGTH_MAX
        && length(words.iter().skip(start)) <= STREET_NAME_LENGTH_MAX
}
