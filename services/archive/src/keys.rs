//! How names and plates are compared: without accents, case, punctuation or order of words.

use cnt_domain::latin;

/// Words before a name that are no part of it.
const CIVILITIES: [&str; 3] = ["M", "MME", "MLLE"];

/// The words of a name in capitals without accents, sorted, each once, without civility.
pub(crate) fn words(name: &str) -> Vec<String> {
    let plain = latin::postal(name).unwrap_or_else(|| name.to_uppercase());
    let mut words: Vec<String> = plain
        .split_whitespace()
        .filter(|word| !CIVILITIES.contains(word))
        .map(str::to_owned)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Letters and digits of a plate in capitals without accents; none if there are none.
pub(crate) fn plate_key(plate: &str) -> Option<String> {
    let plain = latin::postal(plate).unwrap_or_else(|| plate.to_uppercase());
    let key: String = plain
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .collect();
    (!key.is_empty()).then_some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_case_order_and_civility_make_no_difference() {
        let expected = ["DUPRE", "HELENE", "LE"];
        for name in [
            "MME HÉLÈNE LE DUPRÉ",
            "le dupré, hélène",
            "Le-Dupre He\u{301}le\u{300}ne",
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
        assert_eq!(words("M. "), [""; 0]);
        assert_eq!(words("Œuvrard Œuvrard"), ["OEUVRARD"]);
    }

    #[test]
    fn plates_are_compared_by_their_letters_and_digits() {
        for plate in ["AB-123-CD", "ab 123 cd", "AB123CD"] {
            assert_eq!(plate_key(plate).as_deref(), Some("AB123CD"));
        }
        assert_eq!(plate_key("M-ÜX 12").as_deref(), Some("MUX12"));
        assert_eq!(plate_key(" - "), None);
    }
}
