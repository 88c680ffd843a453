//! NATINF: the offence in the nomenclature and by the law, as of the day it was committed.

use cnt_domain::law::{Competence, HolderLiability, Need};
use cnt_domain::mif::{Mif, Speed};
use cnt_domain::natinf::{NatInf, NatInfEntry, NatInfRefusal};
use cnt_domain::problem::{Problem, ProblemCode};

use super::Facts;

const CODE: &str = "/infraction/natinf";
const INTERCEPTION: &str = "/infraction/interception";
const SPEED: &str = "/infraction/vitesse";
const OTHERS: &str = "/infraction/infractions_simultanees";

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let Some(mif) = facts.mif else {
        return;
    };
    let (code, day) = (mif.offence.natinf, mif.offence.day);
    simultaneous(facts, mif, problems);
    let entry = match facts.registry.natinf.in_force(code, day) {
        Ok(entry) => entry,
        Err(refusal) => {
            problems.push(Problem::at(
                refused(refusal),
                CODE,
                format!("{code} au {day}"),
            ));
            return;
        }
    };
    if let Some(found) = not_open(facts, entry, mif) {
        problems.push(Problem::at(found, CODE, format!("{code} au {day}")));
    }
    competence(facts, entry, mif, problems);
    // A draft may have lost the part that is asked for.
    if facts.is_whole {
        needs(facts, entry, mif, problems);
        speed(facts, entry, mif.offence.speed, problems);
    }
}

fn refused(refusal: NatInfRefusal) -> ProblemCode {
    match refusal {
        NatInfRefusal::Unknown => ProblemCode::NatinfUnknown,
        NatInfRefusal::NotInForce => ProblemCode::NatinfNotInForce,
        NatInfRefusal::NotContravention => ProblemCode::NatinfNotContravention,
    }
}

/// Why an offence that is in force cannot be taken on.
fn not_open(facts: &Facts<'_>, entry: &NatInfEntry, mif: &Mif) -> Option<ProblemCode> {
    if !entry.supported {
        return Some(ProblemCode::NatinfUnsupported);
    }
    (!facts.registry.law.is_fixed_fine(entry, mif.offence.day))
        .then_some(ProblemCode::NatinfNotFixedFine)
}

/// The quality is that of the habilitation; of an agent without one, the declared quality, else the service's corps.
fn competence(facts: &Facts<'_>, entry: &NatInfEntry, mif: &Mif, problems: &mut Vec<Problem>) {
    let held = facts.habilitation.map(|habilitation| habilitation.quality);
    let quality = held.or(mif.quality).unwrap_or(mif.corps);
    let place = &mif.offence.place;
    let law = &facts.registry.law;
    let code = match law.competence(quality, entry, place.on_motorway, mif.offence.day) {
        Competence::Yes => return,
        Competence::No => ProblemCode::NatinfCompetence,
        Competence::Unverified => ProblemCode::NatinfCompetenceUnverified,
    };
    let road = if place.on_motorway { ", autoroute" } else { "" };
    let detail = format!("{} : {}{road}", quality.as_str(), entry.code);
    problems.push(Problem::at(code, CODE, detail));
}

fn needs(facts: &Facts<'_>, entry: &NatInfEntry, mif: &Mif, problems: &mut Vec<Problem>) {
    let (law, day) = (&facts.registry.law, mif.offence.day);
    if law.needs(Need::Vehicle, entry, day) && mif.vehicle.is_none() {
        problems.push(Problem::at(ProblemCode::NatinfVehicle, "/vehicule", ""));
    }
    if mif.offence.intercepted {
        return;
    }
    let code = if law.needs(Need::Person, entry, day) {
        ProblemCode::NatinfPerson
    } else if law.holder(entry, day) == HolderLiability::None {
        ProblemCode::NatinfHolderNotLiable
    } else {
        return;
    };
    problems.push(Problem::at(code, INTERCEPTION, ""));
}

fn speed(
    facts: &Facts<'_>,
    entry: &NatInfEntry,
    speed: Option<Speed>,
    problems: &mut Vec<Problem>,
) {
    let band = facts.registry.law.speed(entry);
    let is_of_speed = band.is_some() || entry.family.as_deref() == Some("vitesse");
    let (code, detail) = match (band, speed) {
        (None, None) => return,
        (_, None) => (ProblemCode::NatinfSpeedMissing, String::new()),
        (Some(band), Some(speed)) => {
            let fits = band.contains(speed.limit, speed.retained);
            if fits && speed.retained <= speed.measured {
                return;
            }
            let Speed {
                limit,
                measured,
                retained,
            } = speed;
            let detail = format!("limite {limit}, mesurée {measured}, retenue {retained} km/h");
            (ProblemCode::NatinfSpeed, detail)
        }
        (None, Some(_)) if is_of_speed => return,
        (None, Some(_)) => (
            ProblemCode::NatinfSpeed,
            "infraction sans vitesse".to_owned(),
        ),
    };
    problems.push(Problem::at(code, SPEED, detail));
}

/// One offence among several that is not open to the fixed fine closes it for all (CPP 529 al. 2).
fn simultaneous(facts: &Facts<'_>, mif: &Mif, problems: &mut Vec<Problem>) {
    for (index, code) in mif.offence.others.iter().enumerate() {
        if let Some(found) = other(facts, mif, *code) {
            let detail = format!("{code} au {}", mif.offence.day);
            problems.push(Problem::at(found, format!("{OTHERS}/{index}"), detail));
        }
    }
}

fn other(facts: &Facts<'_>, mif: &Mif, code: NatInf) -> Option<ProblemCode> {
    match facts.registry.natinf.in_force(code, mif.offence.day) {
        Ok(entry) if facts.registry.law.is_fixed_fine(entry, mif.offence.day) => None,
        Ok(_) | Err(NatInfRefusal::NotContravention) => Some(ProblemCode::NatinfSimultaneous),
        Err(refusal) => Some(refused(refusal)),
    }
}
