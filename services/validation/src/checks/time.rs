//! TIME: offence, signature, reception, in this order and not too far apart.

use cnt_domain::problem::{Problem, ProblemCode};
use jiff::ToSpan;
use jiff::civil::Date;

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
    if facts.reception_day > prescription_day(offence.day) {
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

/// The last day on which a contravention can be prosecuted: one full year from the day it was committed, which does not
/// count itself (CPP 9). Not prolonged by days of rest: it is no procedural delay.
fn prescription_day(offence: Date) -> Date {
    offence.saturating_add(1.year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn prescription_is_one_year_day_for_day() {
        assert_eq!(prescription_day(date(2025, 11, 20)), date(2026, 11, 20));
        assert_eq!(prescription_day(date(2024, 2, 29)), date(2025, 2, 28));
    }
}
