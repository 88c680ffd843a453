//! What a lot holds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// What the members of a lot are. The kind is also the sub-directory of the local store, and
/// the unit on which the right to read is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LotKind {
    /// Raw signed MIFs with their verdicts, written by validation.
    Verdict,
    /// PDF documents of one retention class, written by edition.
    Document,
    /// Letters and forms received, as scanned or uploaded.
    Courrier,
    /// A snapshot of the registry, so that a verdict can be judged again by the same data.
    Registry,
    /// Merged print spools with their manifests.
    Spool,
    /// Letters that edition is asked for, written by contestation.
    Request,
    /// Photographs: no lots but the pictures themselves, as they were handed in, each under its SHA-256.
    Photo,
}

impl LotKind {
    /// Every kind, in a fixed order.
    pub const ALL: [Self; 7] = [
        Self::Verdict,
        Self::Document,
        Self::Courrier,
        Self::Registry,
        Self::Spool,
        Self::Request,
        Self::Photo,
    ];

    /// The name in manifests, events and directories.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Verdict => "verdict",
            Self::Document => "document",
            Self::Courrier => "courrier",
            Self::Registry => "registry",
            Self::Spool => "spool",
            Self::Request => "request",
            Self::Photo => "photo",
        }
    }
}

impl fmt::Display for LotKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// No lot kind has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no lot kind is named {0:?}")]
pub struct UnknownLotKind(pub String);

impl FromStr for LotKind {
    type Err = UnknownLotKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownLotKind(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_json_is_the_name_in_text() {
        for kind in LotKind::ALL {
            assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
            assert_eq!(kind.as_str().parse::<LotKind>().unwrap(), kind);
        }
        assert!("Verdict".parse::<LotKind>().is_err());
    }
}
