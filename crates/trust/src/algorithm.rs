//! The two signature algorithms of the profile.

use std::fmt;

/// A signature algorithm of RFC 7518 §3.1 that the profile allows.
///
/// The choice is never the message's alone: it must agree with the key of the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256; the signature is r‖s, 64 bytes.
    #[serde(rename = "ES256")]
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256; the signature is as long as the modulus.
    #[serde(rename = "RS256")]
    Rs256,
}

impl Algorithm {
    /// The value of the header member `alg`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Es256 => "ES256",
            Self::Rs256 => "RS256",
        }
    }

    /// The algorithm of that name, compared exactly (RFC 7515 §4.1.1).
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "ES256" => Some(Self::Es256),
            "RS256" => Some(Self::Rs256),
            _ => None,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
