//! The verdict on a MIF: exactly one for each reception.

use crate::problem::Problem;

/// What became of a reception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Every check passed, possibly with warnings.
    Accepted,
    /// At least one check refused it.
    Rejected,
    /// Same `id_mif` and same payload as an earlier reception: the earlier verdict stands.
    Replayed,
}

impl Verdict {
    /// The word used in receipts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::Rejected => "rejected",
            Verdict::Replayed => "replayed",
        }
    }

    /// The verdict that follows from the problems found, replays aside.
    #[must_use]
    pub fn from_problems(problems: &[Problem]) -> Self {
        if problems.iter().any(Problem::is_error) {
            Verdict::Rejected
        } else {
            Verdict::Accepted
        }
    }
}

/// Why an accepted MIF ends without an avis (second receipt `NON_TRANSFORME`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NotTransformed {
    /// The vehicle is reported stolen: back to the service.
    Stolen,
    /// The register does not know the plate.
    Unknown,
    /// The register knows no usable address.
    NoAddress,
    /// The vehicle was destroyed before the offence.
    Destroyed,
    /// Foreign plate met without interception, outside France, Belgium and Switzerland.
    Foreign,
}

impl NotTransformed {
    /// Every reason.
    pub const ALL: [NotTransformed; 5] = [
        NotTransformed::Stolen,
        NotTransformed::Unknown,
        NotTransformed::NoAddress,
        NotTransformed::Destroyed,
        NotTransformed::Foreign,
    ];

    /// The word used in receipts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            NotTransformed::Stolen => "VOLE",
            NotTransformed::Unknown => "INCONNU",
            NotTransformed::NoAddress => "SANS_ADRESSE",
            NotTransformed::Destroyed => "DETRUIT",
            NotTransformed::Foreign => "ETRANGER",
        }
    }
}
