//! FORMAT: the shape of the message. The JWS is judged by `cnt_trust`, the payload by `cnt_contracts`.

use cnt_domain::problem::Problem;
use cnt_trust::{Family, TrustProblem};

use super::signature::problem;

/// The problems of the JWS's shape, then those of the payload.
pub(crate) fn problems(trust: &[TrustProblem], payload: Vec<Problem>) -> Vec<Problem> {
    let shape = trust
        .iter()
        .filter(|problem| problem.family() == Family::Format);
    shape.map(problem).chain(payload).collect()
}
