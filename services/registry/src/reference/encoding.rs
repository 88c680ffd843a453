//! Encodings in which the ministry's tables go around: UTF-8, latin1 as Windows writes it, CP850.

/// An encoding that was detected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// UTF-8, with or without a byte order mark.
    Utf8,
    /// ISO 8859-1 with the additions of Windows-1252.
    Latin1,
    /// The code page of DOS in western Europe.
    Cp850,
}

impl Encoding {
    /// Its usual name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Utf8 => "UTF-8",
            Self::Latin1 => "latin1",
            Self::Cp850 => "CP850",
        }
    }
}

/// Letters and signs of French texts; what decodes to more of them is likelier.
const FRENCH: &str = "àâäçéèêëîïôöùûüÿœæÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŒÆ°§«»’";

/// 0x80 to 0x9F of Windows-1252; the places it leaves empty are control characters of latin1.
const WINDOWS: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// 0x80 to 0xFF of CP850.
const CP850: [char; 128] = [
    'Ç', 'ü', 'é', 'â', 'ä', 'à', 'å', 'ç', 'ê', 'ë', 'è', 'ï', 'î', 'ì', 'Ä', 'Å', 'É', 'æ', 'Æ',
    'ô', 'ö', 'ò', 'û', 'ù', 'ÿ', 'Ö', 'Ü', 'ø', '£', 'Ø', '×', 'ƒ', 'á', 'í', 'ó', 'ú', 'ñ', 'Ñ',
    'ª', 'º', '¿', '®', '¬', '½', '¼', '¡', '«', '»', '░', '▒', '▓', '│', '┤', 'Á', 'Â', 'À', '©',
    '╣', '║', '╗', '╝', '¢', '¥', '┐', '└', '┴', '┬', '├', '─', '┼', 'ã', 'Ã', '╚', '╔', '╩', '╦',
    '╠', '═', '╬', '¤', 'ð', 'Ð', 'Ê', 'Ë', 'È', 'ı', 'Í', 'Î', 'Ï', '┘', '┌', '█', '▄', '¦', 'Ì',
    '▀', 'Ó', 'ß', 'Ô', 'Ò', 'õ', 'Õ', 'µ', 'þ', 'Þ', 'Ú', 'Û', 'Ù', 'ý', 'Ý', '¯', '´', '\u{ad}',
    '±', '‗', '¾', '¶', '§', '÷', '¸', '°', '¨', '·', '¹', '³', '²', '■', '\u{a0}',
];

fn latin1(byte: u8) -> char {
    match byte {
        0x80..=0x9f => WINDOWS
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or('\u{fffd}'),
        _ => char::from(byte),
    }
}

fn cp850(byte: u8) -> char {
    match byte {
        0x80.. => CP850
            .get(usize::from(byte - 0x80))
            .copied()
            .unwrap_or('\u{fffd}'),
        _ => char::from(byte),
    }
}

/// Decodes bytes in the encoding that suits them best. Bytes that are UTF-8 are UTF-8; of the others, which are one
/// byte a character, the encoding that gives more letters of French wins.
#[must_use]
pub(super) fn decode(bytes: &[u8]) -> (String, Encoding) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        return (text.to_owned(), Encoding::Utf8);
    }
    let score = |decode: fn(u8) -> char| {
        bytes
            .iter()
            .filter(|byte| !byte.is_ascii())
            .filter(|byte| FRENCH.contains(decode(**byte)))
            .count()
    };
    if score(cp850) > score(latin1) {
        (
            bytes.iter().map(|byte| cp850(*byte)).collect(),
            Encoding::Cp850,
        )
    } else {
        (
            bytes.iter().map(|byte| latin1(*byte)).collect(),
            Encoding::Latin1,
        )
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Encodes a text; a character the encoding lacks is an error.
    pub(crate) fn encode(text: &str, encoding: Encoding) -> Option<Vec<u8>> {
        let byte = |letter: char, decode: fn(u8) -> char| {
            (0..=255_u8).find(|byte| decode(*byte) == letter)
        };
        match encoding {
            Encoding::Utf8 => Some(text.as_bytes().to_vec()),
            Encoding::Latin1 => text.chars().map(|letter| byte(letter, latin1)).collect(),
            Encoding::Cp850 => text.chars().map(|letter| byte(letter, cp850)).collect(),
        }
    }

    #[test]
    fn the_same_header_is_read_in_every_encoding() {
        let text = "Numéro NATINF;Nature de l'infraction;Définie par;Réprimée par §I 1°";
        for encoding in [Encoding::Utf8, Encoding::Latin1, Encoding::Cp850] {
            let bytes = encode(text, encoding).unwrap();
            assert_eq!(decode(&bytes), (text.to_owned(), encoding));
        }
        let marked = "\u{feff}Numéro".as_bytes();
        assert_eq!(decode(marked).0, "Numéro");
    }

    /// Bytes written by Python's own codecs.
    #[test]
    fn bytes_of_another_implementation() {
        let cp850 = b"D\x82lit : d\x82p\x93t \xf5 2\xf8 \xae \x85 l'\x82t\xe9 \xaf";
        assert_eq!(decode(cp850).0, "Délit : dépôt § 2° « à l'étÚ »");
        let latin1 = b"D\xe9lit : d\xe9p\xf4t \xa7 2\xb0 \xab \xe0 l\x92\x9cuvre \xbb";
        assert_eq!(decode(latin1).0, "Délit : dépôt § 2° « à l’œuvre »");
    }

    proptest! {
        /// Accented letters stand between others, as in words; bytes in a row could be UTF-8 by chance.
        #[test]
        fn french_texts_are_told_apart(text in "([a-z]{1,5}[éèàçêôûÉ°§][a-z ;]{1,6}){1,5}") {
            for encoding in [Encoding::Utf8, Encoding::Latin1, Encoding::Cp850] {
                let bytes = encode(&text, encoding).unwrap();
                prop_assert_eq!(decode(&bytes), (text.clone(), encoding));
            }
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let (text, _) = decode(&bytes);
            prop_assert!(text.chars().count() <= bytes.len());
        }
    }
}
