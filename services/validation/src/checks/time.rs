//! TIME: offence, signature, reception, in this order and not too far apart.

use cnt_domain::problem::{Problem, ProblemCode};

use super::Facts;

/// How far a device's clock may be ahead of the gateway's.
const AHEAD_SECONDS_MAX: i64 = 5 * 60;
const DAY_SECONDS: i64 = 86_400;

const OFFENCE: &str = "/infraction/date_heure";

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let reception = facts.stamp.received_at.as_second();
    if let Some(signed_at) = facts.signed_at {
        transmission(facts, signed_at, reception, problems);
    }
    let Some(offence) = facts.mif.map(|mif| &mif.offence) else {
        return;
    };
    if offence.at.as_second() > reception + AHEAD_SECONDS_MAX {
        problems.push(Problem::at(ProblemCode::TimeFuture, OFFENCE, ""));
    }
    // `iat` counts whole seconds: an offence within that second is not after it.
    if facts
        .signed_at
        .is_some_and(|signed_at| signed_at < offence.at.as_second())
    {
        problems.push(Problem::at(ProblemCode::TimeOrder, OFFENCE, ""));
    }
    if facts
        .signer
        .is_some_and(|signer| offence.at.as_second() < signer.not_before)
    {
        problems.push(Problem::at(ProblemCode::TimeBeforeCard, OFFENCE, ""));
    }
    let last_day = facts.registry.law.prescription(offence.day);
    if last_day.is_none_or(|last| facts.reception_day > last) {
        problems.push(Problem::at(ProblemCode::TimePrescribed, OFFENCE, ""));
    }
}

fn transmission(facts: &Facts<'_>, signed_at: i64, reception: i64, problems: &mut Vec<Problem>) {
    let days = |days: u16| i64::from(days) * DAY_SECONDS;
    let age_seconds = reception.saturating_sub(signed_at);
    let code = if age_seconds < -AHEAD_SECONDS_MAX {
        ProblemCode::TimeFuture
    } else if age_seconds > days(facts.limits.days_max) {
        ProblemCode::TimeTransmission
    } else if age_seconds > days(facts.limits.days_warned) {
        ProblemCode::TimeTransmissionLate
    } else {
        return;
    };
    let detail = match code {
        ProblemCode::TimeFuture => String::new(),
        _ => format!("{} jours", age_seconds / DAY_SECONDS),
    };
    problems.push(Problem::of_message(code, detail));
}
