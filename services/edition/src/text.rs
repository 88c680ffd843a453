//! Free texts: where a line is broken, and what is left out of one that is too long.

pub(crate) use cnt_domain::latin::printable_free;

/// Breaks a text into lines of at most `length_max` characters, between words where it can. No letter is lost.
pub(crate) fn wrapped(text: &str, length_max: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let mut letters: Vec<char> = word.chars().collect();
        if let Some(last) = lines.last_mut()
            && last.chars().count() + 1 + letters.len() <= length_max
        {
            last.push(' ');
            last.push_str(word);
            continue;
        }
        while letters.len() > length_max {
            let rest = letters.split_off(length_max.max(1));
            lines.push(letters.into_iter().collect());
            letters = rest;
        }
        lines.push(letters.into_iter().collect());
    }
    lines
}

/// A free text of at most `length_max` characters, an ellipsis standing for what is left out.
pub(crate) fn shortened(text: &str, length_max: usize) -> String {
    if text.chars().count() <= length_max {
        return text.to_owned();
    }
    let mut short: String = text.chars().take(length_max.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    short
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_break_between_words_and_lose_nothing() {
        assert_eq!(
            wrapped("AVENUE DU GENERAL LECLERC", 10),
            ["AVENUE DU", "GENERAL", "LECLERC"]
        );
        assert_eq!(wrapped("ABCDEFGHIJKL MN", 5), ["ABCDE", "FGHIJ", "KL MN"]);
        assert_eq!(shortened("FACE AU NUMERO 12", 8), "FACE AU…");
    }

    proptest! {
        #[test]
        fn wrapping_keeps_letters_and_length(text in "[A-Z ]{0,120}", length_max in 1usize..40) {
            let lines = wrapped(&text, length_max);
            prop_assert!(lines.iter().all(|line| (1..=length_max).contains(&line.chars().count())));
            let letters = |text: &str| text.replace(' ', "");
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
            prop_assert!(shortened(&text, length_max).chars().count() <= length_max);
        }
    }
}
