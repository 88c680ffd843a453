//! TERRITORY: the place, as of the day of the offence: it exists, the service may police it, the convention covers it.

use cnt_domain::conventions::ConventionKind;
use cnt_domain::problem::{Problem, ProblemCode};

use super::Facts;

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    const POINTER: &str = "/lieu/insee_commune";
    let Some(mif) = facts.mif else {
        return;
    };
    let (place, day) = (&mif.offence.place.commune, mif.offence.day);
    let exists = facts
        .registry
        .communes
        .get(place)
        .is_some_and(|commune| commune.period.contains(day));
    if !exists {
        let detail = format!("{place} au {day}");
        problems.push(Problem::at(ProblemCode::TerritoryCommune, POINTER, detail));
        return;
    }
    // The territory of an unknown service is nobody's knowledge: AUTHORITY_SERVICE says it all.
    let Some(service) = facts.registry.services.get(&mif.service) else {
        return;
    };
    let is_inside = service
        .territory
        .iter()
        .any(|(commune, period)| commune == place && period.contains(day));
    if !is_inside {
        let detail = format!("{place} au {day}");
        problems.push(Problem::at(ProblemCode::TerritoryOutside, POINTER, detail));
        return;
    }
    // A collectivity without any convention with the ANTAI is AUTHORITY's matter.
    let collectivity = facts.registry.collectivities.get(&service.siren);
    let is_covered = collectivity.is_none_or(|collectivity| {
        let mut conventions = collectivity.conventions_of(ConventionKind::Antai);
        conventions.next().is_none() || collectivity.covers(place, day)
    });
    if !is_covered {
        let detail = format!("{place} hors convention au {day}");
        problems.push(Problem::at(ProblemCode::TerritoryOutside, POINTER, detail));
    }
}
