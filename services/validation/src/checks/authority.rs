//! AUTHORITY: may this collectivity send, and could this agent act for this service?
//!
//! Convention and suspension count as of reception, the agent's habilitation as of the offence.

use cnt_domain::conventions::ConventionKind;
use cnt_domain::problem::{Problem, ProblemCode};
use cnt_domain::registry::Collectivity;
use jiff::civil::Date;

use super::Facts;

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let Some(mif) = facts.mif else {
        return;
    };
    let day = facts.reception_day;
    let collectivity = facts.registry.collectivities.get(&mif.siren);
    let refusal = match collectivity {
        None => Some("collectivité inconnue".to_owned()),
        Some(collectivity) => no_convention(collectivity, day),
    };
    if let Some(detail) = refusal {
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
    let is_authorised = facts
        .habilitation
        .is_some_and(|habilitation| habilitation.period.contains(mif.offence.day));
    if !is_authorised {
        problems.push(Problem::at(
            ProblemCode::AuthorityAgent,
            "/agent/matricule",
            "",
        ));
    }
    if let (Some(habilitation), Some(declared)) = (facts.habilitation, mif.quality)
        && habilitation.quality != declared
    {
        problems.push(Problem::at(
            ProblemCode::AuthorityQuality,
            "/agent/qualite",
            declared.as_str(),
        ));
    }
}

/// Why a collectivity may not send on a day: a convention with the ANTS gives it cards, not the right to send.
fn no_convention(collectivity: &Collectivity, day: Date) -> Option<String> {
    if collectivity
        .convention(ConventionKind::Antai, day)
        .is_some()
    {
        return None;
    }
    let last = collectivity
        .conventions_of(ConventionKind::Antai)
        .max_by_key(|convention| convention.period.from);
    Some(match last {
        None => "aucune convention avec l'ANTAI".to_owned(),
        Some(last) if last.period.from > day => {
            format!("{} à compter du {}", last.number, last.period.from)
        }
        Some(last) => {
            let end = last.period.to.unwrap_or(day);
            format!("{} échue le {end}", last.number)
        }
    })
}
