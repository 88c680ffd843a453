//! Articles of codes: how the nomenclature cites them, how the tables of the law list them.

use std::fmt;
use std::str::FromStr;

use crate::InvalidValue;

/// A code of law that the tables name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LegalCode {
    /// Code de la route.
    Route,
    /// Code pénal.
    Penal,
    /// Code des assurances.
    Assurances,
    /// Code de l'environnement.
    Environnement,
    /// Code rural et de la pêche maritime.
    Rural,
    /// Code de la santé publique.
    SantePublique,
    /// Code de la voirie routière.
    VoirieRoutiere,
    /// Code des transports.
    Transports,
    /// Code de la sécurité intérieure.
    SecuriteInterieure,
    /// Code forestier.
    Forestier,
    /// Any other text: other codes, decrees, orders.
    Other,
}

/// Abbreviations of the nomenclature, longest first where one begins another; and the keys of the tables.
const CODES: [(&str, &str, LegalCode); 10] = [
    ("C.ROUTE", "route", LegalCode::Route),
    ("C.PENAL", "penal", LegalCode::Penal),
    ("C.ASSURANCES", "assurances", LegalCode::Assurances),
    ("C.ENVIR", "environnement", LegalCode::Environnement),
    ("C.RURAL", "rural", LegalCode::Rural),
    ("C.SANTE.PUB", "sante_publique", LegalCode::SantePublique),
    ("C.VOIRIE", "voirie_routiere", LegalCode::VoirieRoutiere),
    ("C.TRANSPORTS", "transports", LegalCode::Transports),
    (
        "C.SECUR.INT",
        "securite_interieure",
        LegalCode::SecuriteInterieure,
    ),
    ("C.FOREST", "forestier", LegalCode::Forestier),
];

impl LegalCode {
    /// The key of the tables: `route`, `penal`…
    #[must_use]
    pub fn as_str(self) -> &'static str {
        CODES
            .iter()
            .find(|(_, _, code)| *code == self)
            .map_or("other", |(_, key, _)| key)
    }
}

impl FromStr for LegalCode {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        if text == "other" {
            return Ok(Self::Other);
        }
        CODES
            .iter()
            .find(|(_, key, _)| *key == text)
            .map(|(_, _, code)| *code)
            .ok_or(InvalidValue {
                what: "code of law",
                expected: "a key of the tables: route, penal, assurances…",
            })
    }
}

/// The longest article number has so many parts: `R.3515-2-1-1`.
const PARTS: usize = 4;

/// The number of an article within its code: `R417-11`, `L121-2`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ArticleNumber {
    kind: u8,
    parts: [u16; PARTS],
}

impl ArticleNumber {
    /// Reads a number at the start of a text; what follows it is not looked at.
    fn leading(text: &str) -> Option<Self> {
        let mut bytes = text.bytes().peekable();
        let kind = bytes.next().filter(|kind| b"LRDA".contains(kind))?;
        if bytes.peek() == Some(&b'.') {
            bytes.next();
        }
        let mut parts = [0_u16; PARTS];
        let mut used = 0;
        for part in &mut parts {
            let mut digits = 0_u8;
            while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
                *part = part.checked_mul(10)?.checked_add(u16::from(digit - b'0'))?;
                digits += 1;
            }
            if digits == 0 {
                break;
            }
            used += 1;
            if bytes.next_if_eq(&b'-').is_none() {
                break;
            }
        }
        (used > 0).then_some(Self { kind, parts })
    }
}

impl FromStr for ArticleNumber {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        Self::leading(text)
            .filter(|number| number.to_string() == text)
            .ok_or(InvalidValue {
                what: "number of an article",
                expected: "letter and numbers, as in R417-11",
            })
    }
}

impl fmt::Display for ArticleNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", char::from(self.kind))?;
        let used = self.parts.iter().rposition(|part| *part > 0).unwrap_or(0);
        for (rank, part) in self.parts.iter().take(used + 1).enumerate() {
            let dash = if rank == 0 { "" } else { "-" };
            write!(formatter, "{dash}{part}")?;
        }
        Ok(())
    }
}

/// An article of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Article {
    /// The code.
    pub code: LegalCode,
    /// Its number.
    pub number: ArticleNumber,
}

impl Article {
    /// The first article that a text of the nomenclature cites: of `ART.R.417-11 §II C.ROUTE. ART.…` it is R417-11 of
    /// the code de la route, for an enumeration is followed by its code.
    #[must_use]
    pub fn first_of(text: &str) -> Option<Self> {
        let number = text
            .match_indices(['L', 'R', 'D', 'A'])
            .find_map(|(at, _)| {
                let is_start = text
                    .get(..at)
                    .and_then(|before| before.chars().next_back())
                    .is_none_or(|before| !before.is_alphanumeric());
                let rest = text.get(at..).filter(|_| is_start)?;
                ArticleNumber::leading(rest).map(|number| (at, number))
            });
        let (at, number) = number?;
        let rest = text.get(at..)?;
        let code = rest.find("C.").and_then(|at| {
            let named = rest.get(at..)?;
            CODES
                .iter()
                .find(|(abbreviation, _, _)| named.starts_with(abbreviation))
                .map(|(_, _, code)| *code)
        });
        Some(Self {
            code: code.unwrap_or(LegalCode::Other),
            number,
        })
    }
}

/// Articles from one to another, both included: `R417-1 à R417-13`, or a single one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArticleRange {
    first: ArticleNumber,
    last: ArticleNumber,
}

impl ArticleRange {
    /// Whether an article lies in it: numbers compare part by part, so that R412-6-1 lies between R412-6 and R412-7.
    #[must_use]
    pub fn contains(&self, number: ArticleNumber) -> bool {
        self.first.kind == number.kind && self.first <= number && number <= self.last
    }
}

impl FromStr for ArticleRange {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let (first, last) = text.split_once(" à ").unwrap_or((text, text));
        let range = Self {
            first: first.parse()?,
            last: last.parse()?,
        };
        if range.first.kind == range.last.kind && range.first <= range.last {
            Ok(range)
        } else {
            Err(InvalidValue {
                what: "range of articles",
                expected: "articles of one kind, the lower first",
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn first(text: &str) -> Option<(LegalCode, String)> {
        Article::first_of(text).map(|article| (article.code, article.number.to_string()))
    }

    #[test]
    fn the_nomenclature_is_read() {
        let cases = [
            (
                "ART.R.417-11 §I 1°, ART.L.121-2 C.ROUTE. ART.L.2213-3 1° C.G.C.T.",
                Some((LegalCode::Route, "R417-11")),
            ),
            (
                "ART.R.635-8 AL.1,AL.2 C.PENAL.",
                Some((LegalCode::Penal, "R635-8")),
            ),
            (
                "ART.R.211-21-5 C.ASSURANCES. ART.R.233-3 C.ROUTE.",
                Some((LegalCode::Assurances, "R211-21-5")),
            ),
            (
                "ART.R.3515-2 C.SANTE.PUB.",
                Some((LegalCode::SantePublique, "R3515-2")),
            ),
            (
                "ART.R.116-2 C.VOIRIE.R.",
                Some((LegalCode::VoirieRoutiere, "R116-2")),
            ),
            (
                "ART.L.2213-2 2° C.G.C.T.",
                Some((LegalCode::Other, "L2213-2")),
            ),
            ("ART.4 AL.2 DECRET 2005-1766 DU 30/12/2005.", None),
            ("", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|(code, number)| (code, number.to_owned()));
            assert_eq!(first(text), expected, "{text}");
        }
    }

    #[test]
    fn ranges_compare_numbers_and_not_letters() {
        let parking: ArticleRange = "R417-1 à R417-13".parse().unwrap();
        let holds = |text: &str| parking.contains(text.parse().unwrap());
        assert!(holds("R417-1") && holds("R417-9") && holds("R417-10") && holds("R417-13"));
        assert!(!holds("R417") && !holds("R417-14") && !holds("L417-9") && !holds("R416-13"));
        let walkers: ArticleRange = "R412-34 à R412-43".parse().unwrap();
        assert!(!walkers.contains("R412-43-1".parse().unwrap()));
        assert!("R417-13 à R417-1".parse::<ArticleRange>().is_err());
        assert!("R.417-13".parse::<ArticleRange>().is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,60}") {
            let article = Article::first_of(&text);
            prop_assert!(article.is_none_or(|article| article.number.to_string().len() > 1));
            let range = text.parse::<ArticleRange>();
            prop_assert!(range.is_err() || text.starts_with(['L', 'R', 'D', 'A']));
        }

        #[test]
        fn numbers_survive_writing(kind in "[LRDA]", parts in proptest::collection::vec(1u16.., 1..=4)) {
            let text = parts.iter().map(u16::to_string).collect::<Vec<_>>().join("-");
            let text = format!("{kind}{text}");
            let number: ArticleNumber = text.parse().unwrap();
            prop_assert_eq!(number.to_string(), text);
        }
    }
}
