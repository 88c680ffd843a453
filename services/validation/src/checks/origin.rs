//! ORIGIN: station and device, as of reception.

use cnt_domain::problem::{Problem, ProblemCode};

use super::Facts;

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let station = facts.registry.stations.get(&facts.stamp.station);
    let may_connect = |period: &cnt_domain::registry::Period| period.contains(facts.reception_day);
    match station {
        None => problems.push(Problem::of_message(ProblemCode::OriginStation, "")),
        Some(station) if !may_connect(&station.period) => problems.push(Problem::of_message(
            ProblemCode::OriginStation,
            "hors période",
        )),
        Some(_) => {}
    }
    let Some(mif) = facts.mif else {
        return;
    };
    if station.is_some_and(|station| station.siren != mif.siren) {
        problems.push(Problem::at(
            ProblemCode::OriginCollectivity,
            "/service/siren",
            "",
        ));
    }
    let refusal = match facts.registry.devices.get(&mif.device) {
        None => Some("terminal inconnu"),
        Some(device) if device.siren != mif.siren => Some("affecté à une autre collectivité"),
        Some(device) if !may_connect(&device.period) => Some("hors période"),
        Some(_) => None,
    };
    if let Some(detail) = refusal {
        problems.push(Problem::at(
            ProblemCode::OriginDevice,
            "/terminal/identifiant",
            detail,
        ));
    }
}
