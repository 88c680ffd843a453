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
