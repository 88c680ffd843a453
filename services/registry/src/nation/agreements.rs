//! The conventions of a collectivity of the nation.

use cnt_contracts::registry::{
    AmendmentV1, CollectivityV1, ConventionKindV1, ConventionV1, DateText, PeriodV1,
};
use cnt_contracts::senders::ServiceStanding;
use jiff::ToSpan as _;
use jiff::civil::Date;

use super::NationError;
use super::cast::{Member, Place};
use super::places::{draw, number};

/// Conventions with the ANTS hold six years.
const ANTS_YEARS: i64 = 6;
/// The oldest convention with the ANTS has so many days left of its six years at least, with more than a year to go.
const ANTS_AGE_DAYS: u32 = 1_600;
/// The oldest convention with the ANTAI is of eleven years before the nation.
const ANTAI_AGE_DAYS: u32 = 4_000;
/// The youngest convention is older than the transmission limit of 90 days, so that offences of that time are covered.
const AGE_DAYS_MIN: u32 = 120;

/// A period that is open, or ends.
pub(super) fn period(from: Date, to: Option<Date>) -> PeriodV1 {
    PeriodV1 {
        from: text(from),
        to: to.map(text),
    }
}

fn text(day: Date) -> DateText {
    DateText(day.to_string())
}

/// The collectivity as the registry knows it.
pub(super) fn collectivity(
    seed: u64,
    index: usize,
    member: &Member<'_>,
    start: Date,
) -> Result<CollectivityV1, NationError> {
    let wrong = |source| NationError::Start { start, source };
    let age = |purpose: &str, days: u32| {
        let drawn = number(&draw(seed, purpose, &member.siren), days);
        i64::from(AGE_DAYS_MIN + drawn)
    };
    let ants_from = start
        .checked_sub(age("ants", ANTS_AGE_DAYS).days())
        .map_err(wrong)?;
    let ants_to = ants_from
        .checked_add(ANTS_YEARS.years())
        .and_then(|day| day.yesterday())
        .map_err(wrong)?;
    let mut conventions = vec![ConventionV1 {
        kind: ConventionKindV1::Ants,
        number: format!("ANTS-{}-{:04}", ants_from.year(), index + 1),
        period: period(ants_from, Some(ants_to)),
        communes: Vec::new(),
        amendments: Vec::new(),
    }];
    let ends = match member.standing {
        ServiceStanding::NoAntaiConvention => None,
        ServiceStanding::ConventionLapsed => Some(Some(start.yesterday().map_err(wrong)?)),
        ServiceStanding::Good | ServiceStanding::Suspended => Some(None),
    };
    if let Some(to) = ends {
        let from = start
            .checked_sub(age("antai", ANTAI_AGE_DAYS).days())
            .map_err(wrong)?;
        conventions.push(ConventionV1 {
            kind: ConventionKindV1::Antai,
            number: format!("ANTAI-{}-{:04}", from.year(), index + 1),
            period: period(from, to),
            communes: insee(member.places.iter().filter(|place| place.joins.is_none())),
            amendments: amendments(&member.places),
        });
    }
    let is_suspended = member.standing == ServiceStanding::Suspended;
    Ok(CollectivityV1 {
        siren: member.siren.clone(),
        name: member.name.clone(),
        kind: member.kind,
        conventions,
        suspensions: is_suspended
            .then(|| period(start, None))
            .into_iter()
            .collect(),
    })
}

fn insee<'a>(places: impl Iterator<Item = &'a Place<'a>>) -> Vec<String> {
    places
        .map(|place| place.commune.insee.as_str().to_owned())
        .collect()
}

/// One amendment for each day on which something changes.
fn amendments(places: &[Place<'_>]) -> Vec<AmendmentV1> {
    let mut days: Vec<Date> = places
        .iter()
        .flat_map(|place| [place.joins, place.leaves])
        .flatten()
        .collect();
    days.sort_unstable();
    days.dedup();
    (1_u16..)
        .zip(days)
        .map(|(number, day)| AmendmentV1 {
            number,
            from: text(day),
            adds: insee(places.iter().filter(|place| place.joins == Some(day))),
            removes: insee(places.iter().filter(|place| place.leaves == Some(day))),
        })
        .collect()
}
