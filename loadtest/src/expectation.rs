//! What must become of a generated MIF, known without asking the system under test.

use cnt_contracts::receipt::Receipt;
use cnt_contracts::verdict::VerdictWord;
use cnt_domain::problem::ProblemCode;

/// The verdict that a generated MIF must get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// Accepted, possibly with warnings.
    Accepted,
    /// Rejected, with at least this code among its problems.
    Rejected(ProblemCode),
    /// The earlier verdict, an acceptance, stands.
    Replayed,
}

impl Expectation {
    /// Whether a verdict receipt is the expected one.
    ///
    /// A client that had to send again because it got no answer may see its own first attempt replayed: then the
    /// verdict that stands is judged.
    #[must_use]
    pub fn is_met_by(&self, receipt: &Receipt) -> bool {
        let Receipt::Verdict {
            verdict,
            replayed_verdict,
            problems,
            ..
        } = receipt
        else {
            return false;
        };
        match self {
            Self::Accepted => match verdict {
                VerdictWord::Accepted => true,
                VerdictWord::Replayed => *replayed_verdict == Some(VerdictWord::Accepted),
                VerdictWord::Rejected => false,
            },
            Self::Rejected(code) => match verdict {
                VerdictWord::Rejected => problems
                    .iter()
                    .any(|problem| problem.known_code() == Some(*code)),
                VerdictWord::Replayed => *replayed_verdict == Some(VerdictWord::Rejected),
                VerdictWord::Accepted => false,
            },
            Self::Replayed => {
                *verdict == VerdictWord::Replayed
                    && *replayed_verdict == Some(VerdictWord::Accepted)
            }
        }
    }
}
