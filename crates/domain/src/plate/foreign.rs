//! Foreign formats, for classification only: a terminal in the street meets plates that no list foresees.
//!
//! In a format `9` is a digit, `A` a letter, `B` a Spanish letter (a consonant), `T` an Italian letter (no I, O, Q, U).

use crate::country::Country;

/// Letters and digits, two to fifteen.
pub(super) fn is_plausible(bytes: &[u8]) -> bool {
    (2..=15).contains(&bytes.len())
        && bytes
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// Whether a plate follows a format known of its country; none where no format is known.
pub(super) fn is_usual(text: &str, country: Country) -> Option<bool> {
    let formats: &[&str] = match country.code() {
        "CH" => return Some(is_swiss(text)),
        "DE" => return Some(is_german(text)),
        "AD" => &["A9999"],
        // Since 2010 with a leading figure for the kind of vehicle; three letters and three figures from 1973.
        "BE" => &["9AAA999", "AAA999", "999AAA", "A999A"],
        "ES" => &[
            "9999BBB", "A9999A", "A9999AA", "AA9999A", "AA9999AA", "A9999BBB", "A999999",
            "AA999999",
        ],
        // Marks of 2001, with prefix and suffix years, Northern Ireland.
        "GB" => &[
            "AA99AAA", "A9AAA", "A99AAA", "A999AAA", "AAA9A", "AAA99A", "AAA999A", "AAA9", "AAA99",
            "AAA999", "AAA9999", "AA9999", "AA999", "AA99", "AA9",
        ],
        "IT" => &[
            "TT999TT", "TT99999", "TT999999", "TT9999T", "AA99999A", "AA999999", "AA9A9999",
        ],
        "LU" => &["AA9999", "AA999", "AA99", "9999", "99999"],
        "MC" => &["9999", "A999", "99AA", "999A"],
        "NL" => &[
            "AA9999", "9999AA", "99AA99", "AA99AA", "AAAA99", "99AAAA", "99AAA9", "9AAA99",
            "AA999A", "A999AA", "AAA99A", "A99AAA", "9AA999", "999AA9",
        ],
        "PL" => &[
            "AA99999", "AA9999A", "AA999AA", "AA9A999", "AA9AA99", "AAA9999", "AAA9A99", "AAA99A9",
            "AAA99AA", "AAA9AA9", "AAAA999", "AAAAA99", "AAAAA9A", "AAAA99A", "AAAA9AA",
            "AAA99999", "AAA9999A", "AAA999AA",
        ],
        "PT" => &["AA99AA", "99AA99", "9999AA", "AA9999"],
        "RO" => &["AA99AAA", "A99AAA", "A999AAA"],
        _ => return None,
    };
    Some(formats.iter().any(|format| follows(text, format)))
}

fn follows(text: &str, format: &str) -> bool {
    text.len() == format.len()
        && text
            .bytes()
            .zip(format.bytes())
            .all(|(byte, kind)| match kind {
                b'9' => byte.is_ascii_digit(),
                b'A' => byte.is_ascii_uppercase(),
                b'B' => byte.is_ascii_uppercase() && !b"AEIOUQ".contains(&byte),
                b'T' => byte.is_ascii_uppercase() && !b"IOQU".contains(&byte),
                other => byte == other,
            })
}

const CANTONS: [&str; 26] = [
    "AG", "AI", "AR", "BE", "BL", "BS", "FR", "GE", "GL", "GR", "JU", "LU", "NE", "NW", "OW", "SG",
    "SH", "SO", "SZ", "TG", "TI", "UR", "VD", "VS", "ZG", "ZH",
];

/// A canton and up to six figures; a trailing letter marks trade and foreign officials' plates.
fn is_swiss(text: &str) -> bool {
    let Some((canton, number)) = text.split_at_checked(2) else {
        return false;
    };
    let digits = number.strip_suffix(['U', 'V', 'Z']).unwrap_or(number);
    CANTONS.contains(&canton)
        && (1..=6).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// One to three letters of the district and up to two more, up to four figures, `E` (electric) or `H` (historic): at
/// most eight in all.
fn is_german(text: &str) -> bool {
    let number = text.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    let letters = text.len() - number.len();
    let digits = number.strip_suffix(['E', 'H']).unwrap_or(number);
    (1..=5).contains(&letters)
        && (1..=4).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && !digits.starts_with('0')
        && text.len() <= 8
}
