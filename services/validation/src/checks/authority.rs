//! AUTHORITY: may this collectivity send, and could this agent act for this service?
//!
//! Convention and suspension count as of reception, the agent's habilitation as of the offence.

use cnt_domain::problem::{Problem, ProblemCode};

use super::Facts;

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let Some(mif) = facts.mif else {
        return;
    };
    let day = facts.reception_day;
    let collectivity = facts.registry.collectivities.get(&mif.siren);
    let has_convention = collectivity
        .and_then(|collectivity| collectivity.convention)
        .is_some_and(|convention| convention.contains(day));
    if !has_convention {
        let detail = collectivity.map_or("collectivité inconnue", |_| "");
        problems.push(Problem::at(
            ProblemCode::AuthorityConvention,
            "/service/siren",
            detail,
        ));
    }
    let is_suspended = collectivity.is_some_and(|collectivity| {
        collectivity
            .suspensions
            .iter()
            .any(|suspension| suspension.contains(day))
    });
    if is_suspended {
        problems.push(Problem::at(
            ProblemCode::AuthoritySuspended,
            "/service/siren",
            "",
        ));
    }
    let is_own_service = facts
        .registry
        .services
        .get(&mif.service)
        .is_some_and(|service| service.siren == mif.siren);
    if !is_own_service {
        problems.push(Problem::at(
            ProblemCode::AuthorityService,
            "/service/code_service",
            "",
        ));
    }
    let key = (mif.service.clone(), mif.matricule.clone());
    let is_authorised = facts
        .registry
        .habilitations
        .get(&key)
        .is_some_and(|habilitation| habilitation.period.contains(mif.offence.day));
    if !is_authorised {
        problems.push(Problem::at(
            ProblemCode::AuthorityAgent,
            "/agent/matricule",
            "",
        ));
    }
}
