//! Identifiers that are not texts: UUIDs, hashes and numbers.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::InvalidValue;

/// Identity of a MIF, minted by the device (`entete.id_mif`): the idempotency key, per collectivity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MifId(pub Uuid);

/// Identity of one reception at the gateway: even unreadable bytes have one, so that they get a receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceptionId(pub Uuid);

impl fmt::Display for MifId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for ReceptionId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

/// SHA-256 of the decoded payload bytes of a MIF.
///
/// Never of its signature: signing again changes the signature, and `(r, n − s)` verifies as well as `(r, s)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PayloadHash(pub [u8; 32]);

impl PayloadHash {
    /// Hashes the decoded payload.
    #[must_use]
    pub fn of(payload: &[u8]) -> Self {
        Self(Sha256::digest(payload).into())
    }
}

impl fmt::Display for PayloadHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.0))
    }
}

/// First avis number of the simulation: the reserved prefix `99` cannot be a real avis.
pub const AVIS_NUMBER_MIN: u64 = 9_900_000_000;
/// Last avis number of the simulation.
pub const AVIS_NUMBER_MAX: u64 = 9_999_999_999;

/// Number of an avis de contravention: ten digits beginning with `99`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AvisNumber(u64);

impl AvisNumber {
    /// The number, if it lies in the simulation's range.
    ///
    /// # Errors
    /// When it lies outside.
    pub fn new(number: u64) -> Result<Self, InvalidValue> {
        if (AVIS_NUMBER_MIN..=AVIS_NUMBER_MAX).contains(&number) {
            Ok(Self(number))
        } else {
            Err(InvalidValue {
                what: "avis number",
                expected: "ten digits beginning with 99",
            })
        }
    }

    /// The ten digits as a number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }

    /// Reference for télépaiement, fourteen digits: the reserved prefix `000` instead of the real one, the avis
    /// number, `1`; such a number cannot be paid.
    #[must_use]
    pub fn telepaiement(self) -> u64 {
        self.0 * 10 + 1
    }

    /// Key of the télépaiement reference: the fourteen digits modulo 97.
    #[must_use]
    pub fn telepaiement_key(self) -> u64 {
        self.telepaiement() % 97
    }
}

impl FromStr for AvisNumber {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let is_number = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = if is_number {
            text.parse().unwrap_or(0)
        } else {
            0
        };
        Self::new(number)
    }
}

impl fmt::Display for AvisNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:010}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_example_of_the_telepaiement_key() {
        let avis = AvisNumber::new(9_900_000_017).unwrap();
        assert_eq!(format!("{:014}", avis.telepaiement()), "00099000000171");
        assert_eq!(avis.telepaiement_key(), 45);
    }

    #[test]
    fn avis_numbers_outside_the_simulation_are_refused() {
        assert!("6012345678".parse::<AvisNumber>().is_err());
        assert!("99000000170".parse::<AvisNumber>().is_err());
        assert!("+990000001".parse::<AvisNumber>().is_err());
        assert_eq!(
            "9900000017".parse::<AvisNumber>().unwrap().get(),
            9_900_000_017
        );
    }
}
