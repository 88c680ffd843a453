//! What must become of a generated MIF, known without asking the system under test.

use cnt_contracts::receipt::Receipt;
use cnt_contracts::verdict::{ProblemV1, VerdictWord};
use cnt_domain::problem::ProblemCode;

/// The verdict that a generated MIF must get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Expectation {
    /// Accepted, possibly with warnings.
    Accepted,
    /// Accepted, with at least this warning.
    Warned(ProblemCode),
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
            Self::Warned(code) => match verdict {
                VerdictWord::Accepted => names(problems, *code),
                VerdictWord::Replayed => *replayed_verdict == Some(VerdictWord::Accepted),
                VerdictWord::Rejected => false,
            },
            Self::Rejected(code) => match verdict {
                VerdictWord::Rejected => names(problems, *code),
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

fn names(problems: &[ProblemV1], code: ProblemCode) -> bool {
    problems
        .iter()
        .any(|problem| problem.known_code() == Some(code))
}
