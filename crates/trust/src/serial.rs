//! Serial numbers of certificates.

use std::fmt;
use std::str::FromStr;

/// A certificate's serial number (RFC 5280 §4.1.2.2): 1 to 20 bytes, big-endian, without leading
/// zeros. Written and read as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SerialNumber {
    bytes: [u8; 20],
    length: u8,
}

/// A text or byte string that is no serial number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a serial number is 1 to 20 bytes in hexadecimal")]
pub struct SerialNumberError;

impl SerialNumber {
    /// The serial number of these big-endian bytes; leading zeros are dropped.
    ///
    /// # Errors
    /// When there are no significant bytes, or more than 20.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SerialNumberError> {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        let significant = bytes.get(zeros..).unwrap_or_default();
        let length = u8::try_from(significant.len()).map_err(|_| SerialNumberError)?;
        let mut serial = Self {
            bytes: [0; 20],
            length,
        };
        match serial.bytes.get_mut(..significant.len()) {
            Some(slot) if length > 0 => slot.copy_from_slice(significant),
            _ => return Err(SerialNumberError),
        }
        Ok(serial)
    }

    /// The significant bytes, big-endian.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes
            .get(..usize::from(self.length))
            .unwrap_or_default()
    }
}

impl fmt::Display for SerialNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(self.as_bytes()))
    }
}

impl fmt::Debug for SerialNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl FromStr for SerialNumber {
    type Err = SerialNumberError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::from_bytes(&hex::decode(text).map_err(|_| SerialNumberError)?)
    }
}

impl serde::Serialize for SerialNumber {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for SerialNumber {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::SerialNumber;

    #[test]
    fn leading_zeros_do_not_count_and_length_is_bounded() {
        let serial = SerialNumber::from_bytes(&[0, 0, 0x8a, 1]).unwrap();
        assert_eq!(serial.to_string(), "8a01");
        assert_eq!("008A01".parse(), Ok(serial));
        assert!(SerialNumber::from_bytes(&[0, 0]).is_err());
        assert!(SerialNumber::from_bytes(&[1; 20]).is_ok());
        assert!(SerialNumber::from_bytes(&[1; 21]).is_err());
        assert!("8a0".parse::<SerialNumber>().is_err());
    }
}
