//! What an addressee asks on the portal besides contesting, and the driver whom they name.

use cnt_contracts::courrier::{CourrierV3, NamedDriverV1, WishV3};
use cnt_domain::address::{Address, AddressProblem, PostalAddress};
use cnt_domain::civil::paris_date;
use cnt_domain::courrier::CourrierKind;
use jiff::civil::Date;

use super::{Envelope, PORTAL, Unreadable, instant, is_printable, refuse};

/// The version of [`CourrierV3`].
pub(crate) const WISH_VERSION: u16 = 3;
/// Longest name, line of an address, place or number, in characters.
pub(crate) const WORD_CHARACTERS_MAX: usize = 100;
/// Most lines of an address as it is declared.
const LINES_MAX: usize = 5;
/// What stands above the name in a letter to a legal representative; as long as edition's own line.
const REPRESENTATIVE: &str = "AU REPRESENTANT LEGAL DE";

/// A text of one line, not empty and not long.
fn is_word(text: &str) -> bool {
    let length = text.chars().count();
    (1..=WORD_CHARACTERS_MAX).contains(&length) && is_printable(text) && !text.contains('\n')
}

fn are_lines(lines: &[String]) -> bool {
    (1..=LINES_MAX).contains(&lines.len()) && lines.iter().all(|line| is_word(line))
}

/// A driver who is named in full.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct NamedDriver {
    /// As they were named.
    pub(crate) said: NamedDriverV1,
    /// Day of birth.
    pub(crate) birth: Date,
}

impl std::fmt::Debug for NamedDriver {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NamedDriver(***)")
    }
}

/// The driver, if named in full: every text has something in it, and the day of birth is one.
pub(crate) fn named_driver(said: NamedDriverV1) -> Option<NamedDriver> {
    let words = [
        &said.last_name,
        &said.first_names,
        &said.birth_place,
        &said.licence,
    ];
    let is_full = words.into_iter().all(|word| is_word(word)) && are_lines(&said.address);
    let birth = said.birth_on.parse().ok().filter(|_| is_full)?;
    Some(NamedDriver { said, birth })
}

/// Why an address that is declared cannot be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressRefused {
    /// Too many lines, an empty or a long one, or a control character.
    #[error("an address has one to five lines of 1 to 100 characters")]
    Lines,
    /// No letter can bear it.
    #[error("the address cannot be written by NF Z10-011: {0}")]
    Norm(AddressProblem),
}

/// Whether letters to a person can go to an address that they declare.
///
/// # Errors
/// [`AddressRefused`].
pub(crate) fn check_address(
    name: &str,
    is_represented: bool,
    lines: &[String],
) -> Result<(), AddressRefused> {
    if !are_lines(lines) {
        return Err(AddressRefused::Lines);
    }
    let identity: &[&str] = if is_represented {
        &[REPRESENTATIVE, name]
    } else {
        &[name]
    };
    Address::declared(lines)
        .and_then(|address| PostalAddress::normalise(identity, &address))
        .map_err(AddressRefused::Norm)?;
    Ok(())
}

/// Reads a record of the portal that contests nothing.
pub(super) fn wish(courrier: CourrierV3) -> Result<Envelope, Unreadable> {
    let received_at = instant(courrier.received_at_us)?;
    if courrier.id.is_nil() {
        return Err(refuse("id_nil", "the nil id"));
    }
    let avis = courrier
        .avis
        .parse()
        .map_err(|_| refuse("avis_malformed", "the avis number cannot be one"))?;
    let kind = match &courrier.wish {
        WishV3::AddressChange { address } if are_lines(address) => CourrierKind::AddressChange,
        WishV3::AddressChange { .. } => {
            return Err(refuse("address_malformed", "no lines of an address"));
        }
        WishV3::PvRequest => CourrierKind::PvRequest,
    };
    let received_day = paris_date(received_at);
    Ok(Envelope {
        id: courrier.id,
        kind,
        coded: kind,
        avis_text: courrier.avis,
        avis: Some(avis),
        channel: PORTAL,
        received_at,
        received_day,
        posted_day: Some(received_day),
        written: None,
        undelivered: None,
        scan: None,
        attachments: Vec::new(),
        driver: None,
        wish: Some(courrier.wish),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(lines: &[&str]) -> Vec<String> {
        lines.iter().map(|line| (*line).to_owned()).collect()
    }

    #[test]
    fn an_address_is_one_that_a_letter_can_bear() {
        let good = lines(&["12 rue de la Gare", "29200 Brest"]);
        assert_eq!(check_address("M. JEAN ESSAI", false, &good), Ok(()));
        let full = lines(&[
            "Chez Mme Œuvrard",
            "Bât. B",
            "12 rue de la Gare",
            "29200 Brest",
        ]);
        assert_eq!(check_address("M. JEAN ESSAI", false, &full), Ok(()));
        let too_many = AddressRefused::Norm(AddressProblem::TooManyLines);
        assert_eq!(
            check_address("LES DEUX VALLÉES", true, &full),
            Err(too_many)
        );
        let abroad = lines(&["3 Bahnhofstraße", "10115 Berlin", "DE"]);
        assert_eq!(check_address("M. JEAN ESSAI", false, &abroad), Ok(()));
        for bad in [
            lines(&[]),
            lines(&["", "29200 Brest"]),
            lines(&["a\nb", "29200 Brest"]),
        ] {
            assert_eq!(check_address("X", false, &bad), Err(AddressRefused::Lines));
        }
        let nowhere = AddressRefused::Norm(AddressProblem::Postcode);
        assert_eq!(
            check_address("X", false, &lines(&["1 rue X", "Brest"])),
            Err(nowhere)
        );
    }
}
