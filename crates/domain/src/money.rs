//! Money: always whole cents, never a float.

use std::fmt;

/// An amount in cents of euro.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cents(pub i64);

impl Cents {
    /// So many whole euros.
    #[must_use]
    pub const fn euros(euros: i64) -> Self {
        Self(euros * 100)
    }

    /// So many times the amount (CPP 530-3: five times for a legal person as author); `None` on overflow.
    #[must_use]
    pub fn times(self, factor: i64) -> Option<Self> {
        self.0.checked_mul(factor).map(Self)
    }

    /// So many percent less, at most all of it; the cent that is split goes to the payer.
    #[must_use]
    pub fn less_percent(self, percent: u8) -> Self {
        let kept = i128::from(100_u8.saturating_sub(percent));
        let hundredfold = i128::from(self.0).saturating_mul(kept);
        // A part of an amount is an amount.
        Self(i64::try_from(hundredfold.div_euclid(100)).unwrap_or(self.0))
    }

    /// The sum; `None` on overflow.
    #[must_use]
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }
}

impl fmt::Display for Cents {
    /// French notation: `135 €`, `22,50 €`, no-break space before the sign.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (euros, cents) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        if cents == 0 {
            write!(formatter, "{sign}{euros}\u{a0}€")
        } else {
            write!(formatter, "{sign}{euros},{cents:02}\u{a0}€")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_percentage_less_is_a_part_and_the_split_cent_is_the_payers() {
        // Amende majorée of the second class and of the fourth, a fifth less (CPP R49-6).
        assert_eq!(Cents(7_500).less_percent(20), Cents(6_000));
        assert_eq!(Cents(37_500).less_percent(20), Cents(30_000));
        assert_eq!(Cents(99).less_percent(20), Cents(79));
        assert_eq!(Cents(i64::MAX).less_percent(0), Cents(i64::MAX));
        assert_eq!(Cents(5).less_percent(101), Cents(0));
    }

    #[test]
    fn amounts_are_printed_the_french_way() {
        assert_eq!(Cents::euros(135).to_string(), "135\u{a0}€");
        assert_eq!(Cents(2250).to_string(), "22,50\u{a0}€");
        assert_eq!(Cents(-5).to_string(), "-0,05\u{a0}€");
    }

    proptest! {
        #[test]
        fn multiplication_never_wraps(amount: i64, factor: i64) {
            match Cents(amount).times(factor) {
                Some(product) => prop_assert_eq!(i128::from(product.0), i128::from(amount) * i128::from(factor)),
                None => prop_assert!((i128::from(amount) * i128::from(factor)) > i128::from(i64::MAX)
                    || (i128::from(amount) * i128::from(factor)) < i128::from(i64::MIN)),
            }
        }
    }
}
