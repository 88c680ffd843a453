//! Latin letters: what documents print, and what the sorting machines of the post read.

/// A text as it can be printed: accents of Latin letters stay, letters of rare form lose theirs, what is invisible
/// goes. `None` if a letter or digit would be lost, or nothing is left: such a name must not be printed.
#[must_use]
pub fn printable(text: &str) -> Option<String> {
    convert(text, |letter, out| {
        if is_kept(letter) {
            out.push(letter);
            return true;
        }
        fold_in_case(letter, out)
    })
}

/// A free text as it can be printed; what cannot be is left out.
#[must_use]
pub fn printable_free(text: &str) -> String {
    convert_free(text, |letter, out| {
        if is_kept(letter) {
            out.push(letter);
        } else {
            fold_in_case(letter, out);
        }
    })
}

/// A line of an address from the fourth on (NF Z10-011): capitals without accents, digits and single spaces, nothing
/// else. `None` if a letter or digit would be lost, or nothing is left.
#[must_use]
pub fn postal(text: &str) -> Option<String> {
    convert(text, |letter, out| {
        if letter.is_ascii_alphanumeric() {
            out.push(letter.to_ascii_uppercase());
            return true;
        }
        let is_known = fold(letter, out);
        if !is_known && !letter.is_alphanumeric() && !is_combining(letter) {
            out.push(' ');
        }
        is_known
    })
}

/// Applies a rule to each character; the rule tells whether it knew the character.
fn convert(text: &str, rule: impl Fn(char, &mut String) -> bool) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_whitespace() {
            out.push(' ');
        } else if !rule(letter, &mut out) && letter.is_alphanumeric() {
            return None;
        }
    }
    let out = spaced(&out);
    out.chars().any(char::is_alphanumeric).then_some(out)
}

fn convert_free(text: &str, rule: impl Fn(char, &mut String)) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_whitespace() {
            out.push(' ');
        } else {
            rule(letter, &mut out);
        }
    }
    spaced(&out)
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Characters that every face of the documents holds: printable ASCII, Latin-1, Latin Extended-A but for three
/// deprecated letters, and the punctuation of French typography.
fn is_kept(letter: char) -> bool {
    match u32::from(letter) {
        0x20..=0x7e | 0xa1..=0xac | 0xae..=0xff => true,
        0x13f | 0x140 | 0x149 | 0x17f => false,
        0x100..=0x17e => true,
        _ => matches!(letter, '–' | '—' | '‘' | '’' | '“' | '”' | '„' | '…' | '€'),
    }
}

fn is_combining(letter: char) -> bool {
    matches!(u32::from(letter), 0x0300..=0x036f | 0x1ab0..=0x1aff | 0x1dc0..=0x1dff)
}

/// As [`fold`], keeping small letters small; typographic hyphens become plain.
fn fold_in_case(letter: char, out: &mut String) -> bool {
    if matches!(letter, '\u{2010}' | '\u{2011}') {
        out.push('-');
        return true;
    }
    let mut capitals = String::new();
    let is_known = fold(letter, &mut capitals);
    if letter.is_lowercase() {
        out.push_str(&capitals.to_ascii_lowercase());
    } else {
        out.push_str(&capitals);
    }
    is_known
}

/// A Latin letter as plain capitals. False, and nothing written, for anything else.
fn fold(letter: char, out: &mut String) -> bool {
    let mut is_known = false;
    for capital in letter.to_uppercase() {
        let plain = match capital {
            'A'..='Z' | '0'..='9' => {
                out.push(capital);
                is_known = true;
                continue;
            }
            'À'..='Å' | 'Ā' | 'Ă' | 'Ą' | 'Ǎ' | 'Ạ'..='ặ' => "A",
            'Æ' | 'Ǽ' => "AE",
            'Ç' | 'Ć' | 'Ĉ' | 'Ċ' | 'Č' => "C",
            'Ð' | 'Ď' | 'Đ' => "D",
            'È'..='Ë' | 'Ē' | 'Ĕ' | 'Ė' | 'Ę' | 'Ě' | 'Ẹ'..='ệ' => "E",
            'Ĝ' | 'Ğ' | 'Ġ' | 'Ģ' | 'Ǧ' => "G",
            'Ĥ' | 'Ħ' => "H",
            'Ì'..='Ï' | 'Ĩ' | 'Ī' | 'Ĭ' | 'Į' | 'İ' | 'Ỉ'..='ị' => "I",
            'Ĳ' => "IJ",
            'Ĵ' => "J",
            'Ķ' | 'ĸ' => "K",
            'Ĺ' | 'Ļ' | 'Ľ' | 'Ŀ' | 'Ł' => "L",
            'Ñ' | 'Ń' | 'Ņ' | 'Ň' | 'Ŋ' => "N",
            'Ò'..='Ö' | 'Ø' | 'Ō' | 'Ŏ' | 'Ő' | 'Ơ' | 'Ọ'..='ợ' => "O",
            'Œ' => "OE",
            'Ŕ' | 'Ŗ' | 'Ř' => "R",
            'Ś' | 'Ŝ' | 'Ş' | 'Š' | 'Ș' => "S",
            'Ţ' | 'Ť' | 'Ŧ' | 'Ț' => "T",
            'Þ' => "TH",
            'Ù'..='Ü' | 'Ũ' | 'Ū' | 'Ŭ' | 'Ů' | 'Ű' | 'Ų' | 'Ư' | 'Ụ'..='ự' => "U",
            'Ŵ' | 'Ẁ'..='ẅ' => "W",
            'Ý' | 'Ŷ' | 'Ÿ' | 'Ỳ'..='ỹ' => "Y",
            'Ź' | 'Ż' | 'Ž' => "Z",
            'ẞ' => "SS",
            'ª' => "A",
            'º' => "O",
            '¹' => "1",
            '²' => "2",
            '³' => "3",
            '½' => " 1 2 ",
            _ => continue,
        };
        is_known = true;
        out.push_str(plain);
    }
    is_known
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_post_reads_capitals_and_digits_only() {
        assert_eq!(
            postal("12 B, rue de l’Église (côté cœur)").unwrap(),
            "12 B RUE DE L EGLISE COTE COEUR"
        );
        assert_eq!(
            postal("Straße-Nguyễn / Łódź").unwrap(),
            "STRASSE NGUYEN LODZ"
        );
        assert_eq!(postal("e\u{301}cole").unwrap(), "ECOLE");
        assert_eq!(postal("улица"), None);
        assert_eq!(postal("- . -"), None);
    }

    #[test]
    fn names_keep_their_accents_or_are_not_printed() {
        assert_eq!(
            printable("D'HÉROUVILLE Łukasz").unwrap(),
            "D'HÉROUVILLE Łukasz"
        );
        assert_eq!(printable("Nguyễn\u{a0}\u{200b}Thị").unwrap(), "Nguyen Thi");
        assert_eq!(printable("Jean\u{2011}Noe\u{308}l").unwrap(), "Jean-Noel");
        assert_eq!(printable("李"), None);
        assert_eq!(printable_free("devant 李 café"), "devant café");
    }

    proptest! {
        #[test]
        fn what_is_converted_holds_no_other_characters(text in "\\PC{0,60}") {
            if let Some(line) = postal(&text) {
                prop_assert!(line.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' '));
                prop_assert!(!line.starts_with(' ') && !line.ends_with(' ') && !line.contains("  "));
            }
            if let Some(name) = printable(&text) {
                prop_assert!(name.chars().all(is_kept));
            }
            prop_assert!(printable_free(&text).chars().all(is_kept));
        }
    }
}
