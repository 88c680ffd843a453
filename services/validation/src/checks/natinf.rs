//! NATINF: the offence in the nomenclature, as of the day it was committed.

use cnt_domain::natinf::NatInfRefusal;
use cnt_domain::problem::{Problem, ProblemCode};

use super::Facts;

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let Some(offence) = facts.mif.map(|mif| &mif.offence) else {
        return;
    };
    let code = match facts.registry.natinf.in_force(offence.natinf, offence.day) {
        Ok(entry) if entry.fixed_fine => return,
        Ok(_) => ProblemCode::NatinfNotFixedFine,
        Err(NatInfRefusal::Unknown) => ProblemCode::NatinfUnknown,
        Err(NatInfRefusal::NotInForce) => ProblemCode::NatinfNotInForce,
    };
    problems.push(Problem::at(
        code,
        "/infraction/natinf",
        format!("{} au {}", offence.natinf, offence.day),
    ));
}
