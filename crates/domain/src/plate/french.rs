//! French formats.

use super::PlateSeries;

/// The series of a French plate; none if France never issued such a number.
pub(super) fn series(bytes: &[u8]) -> Option<PlateSeries> {
    siv(bytes)
        .or_else(|| moped(bytes))
        .or_else(|| fni(bytes))
        .or_else(|| military(bytes))
        .or_else(|| administrative(bytes))
        .or_else(|| diplomatic(bytes))
}

/// Letters of the SIV: never I, O, U.
fn is_siv_letter(byte: u8) -> bool {
    byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'O' | b'U')
}

fn is_number(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(u8::is_ascii_digit)
}

/// Splits off the leading bytes of a kind.
fn split_while(bytes: &[u8], is_kind: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let length = bytes.iter().take_while(|byte| is_kind(byte)).count();
    bytes.split_at_checked(length).unwrap_or((bytes, &[]))
}

fn siv(bytes: &[u8]) -> Option<PlateSeries> {
    match bytes {
        [b'W', b'W', n @ .., x, y] if n.len() == 3 && is_number(n) => {
            (is_siv_letter(*x) && is_siv_letter(*y)).then_some(PlateSeries::Provisional)
        }
        [b'W', n @ .., x, y] if n.len() == 3 && is_number(n) => {
            (is_siv_letter(*x) && is_siv_letter(*y)).then_some(PlateSeries::Garage)
        }
        [a, b, n @ .., x, y] if n.len() == 3 && is_number(n) => {
            let letters = [*a, *b, *x, *y].into_iter().all(is_siv_letter);
            let excluded = [*a, *b] == *b"SS" || [*x, *y] == *b"SS" || n == b"000";
            (letters && !excluded).then_some(PlateSeries::Siv)
        }
        _ => None,
    }
}

fn moped(bytes: &[u8]) -> Option<PlateSeries> {
    let (last, rest) = bytes.split_last()?;
    let (letters, digits) = split_while(rest, |byte| is_siv_letter(*byte));
    let fits = (1..=2).contains(&letters.len())
        && (2..=3).contains(&digits.len())
        && is_number(digits)
        && is_siv_letter(*last);
    fits.then_some(PlateSeries::Moped)
}

/// Digits, letters, département. I, O and U were hardly used and are not refused.
fn fni(bytes: &[u8]) -> Option<PlateSeries> {
    let (digits, rest) = split_while(bytes, u8::is_ascii_digit);
    let (letters, departement) = split_while(rest, u8::is_ascii_uppercase);
    let fits = (1..=4).contains(&digits.len()) && (1..=3).contains(&letters.len());
    (fits && is_departement(departement)).then_some(PlateSeries::Fni)
}

/// 01 to 95 (20 was Corsica's until 1976), 2A, 2B, 971 to 976.
fn is_departement(code: &[u8]) -> bool {
    match code {
        [b'2', b'A' | b'B'] => true,
        [b'9', b'7', last] => (b'1'..=b'6').contains(last),
        [tens @ b'0'..=b'9', units @ b'0'..=b'9'] => {
            (1..=95).contains(&((tens - b'0') * 10 + (units - b'0')))
        }
        _ => false,
    }
}

/// Seven digits until 1979, eight since; the first tells the service.
fn military(bytes: &[u8]) -> Option<PlateSeries> {
    let fits = (7..=8).contains(&bytes.len()) && is_number(bytes) && !bytes.starts_with(b"0");
    fits.then_some(PlateSeries::Military)
}

/// Département (or `DZ`, a zone), reach (D, R, N, E), four digits, series (décret n° 91-1054).
fn administrative(bytes: &[u8]) -> Option<PlateSeries> {
    let (head, serial) = bytes.split_last_chunk::<5>()?;
    let (reach, place) = head.split_last()?;
    let [digits @ .., series] = serial;
    let fits = (is_departement(place) || place == b"DZ")
        && matches!(reach, b'D' | b'R' | b'N' | b'E')
        && is_number(digits)
        && series.is_ascii_uppercase();
    fits.then_some(PlateSeries::Administrative)
}

/// `75N-4786G`.
pub(super) fn administrative_as_printed(text: &str) -> String {
    match text
        .len()
        .checked_sub(5)
        .and_then(|at| text.split_at_checked(at))
    {
        Some((head, serial)) => format!("{head}-{serial}"),
        None => text.to_owned(),
    }
}

/// An organisation's letter if any, code of the mission, status, serial number, for consulates the département.
fn diplomatic(bytes: &[u8]) -> Option<PlateSeries> {
    let rest = match bytes {
        [b'E' | b'S' | b'U' | b'N', rest @ ..] => rest,
        rest => rest,
    };
    let (mission, rest) = split_while(rest, u8::is_ascii_digit);
    let (status, serial) = split_while(rest, u8::is_ascii_uppercase);
    let fits = (1..=3).contains(&mission.len())
        && matches!(status, b"CMD" | b"CMC" | b"CD" | b"CC" | b"C" | b"K")
        && (1..=7).contains(&serial.len())
        && (is_number(serial) || is_corsican(serial));
    fits.then_some(PlateSeries::Diplomatic)
}

fn is_corsican(serial: &[u8]) -> bool {
    matches!(serial, [digits @ .., b'2', b'A' | b'B'] if is_number(digits))
}
