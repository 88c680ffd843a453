//! Which offences have the form for arrêt and stationnement (CPP A37-6).

use cnt_domain::natinf::NatInfEntry;

/// Articles R417-… of the code de la route that A37-6 names: 1 to 6 and 10 to 13.
const NUMBERS: [&str; 10] = [
    "R.417-1", "R.417-2", "R.417-3", "R.417-4", "R.417-5", "R.417-6", "R.417-10", "R.417-11",
    "R.417-12", "R.417-13",
];

/// Whether the offence is one of those of CPP A37-6, by the texts of the nomenclature.
pub(crate) fn is_parking_form(natinf: &NatInfEntry) -> bool {
    [&natinf.defined_by, &natinf.punished_by]
        .into_iter()
        .any(|text| NUMBERS.iter().any(|article| names_article(text, article)))
}

/// Whether a text names an article, and not one whose number only begins like it: R.417-1 is not R.417-10.
fn names_article(text: &str, article: &str) -> bool {
    text.match_indices(article).any(|(at, _)| {
        let after = text.get(at + article.len()..).unwrap_or_default();
        let mut next = after.chars();
        match next.next() {
            Some(digit) if digit.is_ascii_digit() => false,
            Some('-') => !next.next().is_some_and(|after| after.is_ascii_digit()),
            _ => true,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_article_is_not_another_that_begins_like_it() {
        let text = "ART.R.417-10 §II 1°, ART.L.121-2 C.ROUTE.";
        assert!(names_article(text, "R.417-10"));
        assert!(!names_article(text, "R.417-1"));
        assert!(!names_article("ART.R.417-1-1 C.ROUTE.", "R.417-1"));
        assert!(names_article("ART.R.417-6- C.ROUTE", "R.417-6"));
    }
}
