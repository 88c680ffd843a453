//! From an edition of the law to the domain's tables.

use cnt_domain::InvalidValue;
use cnt_domain::amounts::OffenceClass;
use cnt_domain::law::{
    ArticleRange, ArticleRule, Author, AuthorRule, Calendar, CompetenceRule, Delays, Feast,
    FeastDay, HolderLiability, HolderRule, Law, Need, NeedRule, Scale, ScaleClass,
    SpecialCompetence, SpeedBand, Substitution,
};
use cnt_domain::money::Cents;
use cnt_domain::natinf::NatInf;
use cnt_domain::registry::{AgentQuality, Period};
use jiff::civil::Date;

use super::wire::{
    ArticlesV1, AuthorV1, CompetenceStatusV1, CompetenceV1, DelaysV1, HolderV1, HolidayV1, LawV1,
    LiabilityV1, NeedKindV1, NeedV1, OwingV1, QualityTextV1, ScaleV1, SpecialCompetenceV1, SpeedV1,
    SubstitutionV1,
};
use crate::registry::DateText;

/// A row of the law that says what cannot be.
#[derive(Debug, thiserror::Error)]
#[error("the law's table {table:?} is wrong in row {row}")]
pub struct LawError {
    /// The table.
    pub table: &'static str,
    /// The row, from 1.
    pub row: usize,
    /// What was expected.
    #[source]
    pub source: InvalidValue,
}

/// Reads an edition into the domain's tables.
///
/// # Errors
/// Names the first row that says what cannot be.
pub fn to_law(wire: &LawV1) -> Result<Law, LawError> {
    Ok(Law {
        edition: wire.edition.clone(),
        scales: rows("amounts", &wire.amounts, scale)?,
        authors: rows("authors", &wire.authors, author)?,
        fixed_fine: rows("fixed_fine", &wire.fixed_fine, articles)?,
        reduced_fine: rows("reduced_fine", &wire.reduced_fine, articles)?,
        pedestrians: rows("pedestrians", &wire.pedestrians, articles)?,
        competence: rows("competence", &wire.competence, competence)?,
        holders: rows("holders", &wire.holders, holder)?,
        needs: rows("needs", &wire.needs, need)?,
        speeds: rows("speeds", &wire.speeds, speed)?,
        delays: rows("delays", &wire.delays, delays)?,
        calendar: Calendar {
            feasts: rows("holidays", &wire.holidays, feast)?,
        },
        special_competence: rows("special_competence", &wire.special_competence, special)?,
        substitutions: rows("substitutions", &wire.substitutions, substitution)?,
    })
}

fn rows<W, T>(
    table: &'static str,
    wire: &[W],
    read: impl Fn(&W) -> Result<T, InvalidValue>,
) -> Result<Vec<T>, LawError> {
    let read_row = |(index, row): (usize, &W)| {
        read(row).map_err(|source| LawError {
            table,
            row: index + 1,
            source,
        })
    };
    wire.iter().enumerate().map(read_row).collect()
}

fn invalid(what: &'static str, expected: &'static str) -> InvalidValue {
    InvalidValue { what, expected }
}

fn period(from: &DateText, to: Option<&DateText>) -> Result<Period, InvalidValue> {
    let day = |text: &DateText| {
        text.0
            .parse::<Date>()
            .map_err(|_| invalid("civil date", "YYYY-MM-DD"))
    };
    let period = Period {
        from: day(from)?,
        to: to.map(day).transpose()?,
    };
    if period.to.is_some_and(|last| last < period.from) {
        return Err(invalid("period", "a last day not before the first"));
    }
    Ok(period)
}

fn class(number: u8) -> Result<OffenceClass, InvalidValue> {
    OffenceClass::from_number(number).ok_or(invalid("class of contravention", "1 to 5"))
}

fn scale(wire: &ScaleV1) -> Result<Scale, InvalidValue> {
    let of = match wire.of.as_str() {
        "pedestrian" => ScaleClass::Pedestrian,
        number => ScaleClass::Class(class(number.parse().unwrap_or(0))?),
    };
    let minoree = wire.minoree_cents.unwrap_or(1);
    let ascends = 0 < minoree
        && minoree <= wire.forfaitaire_cents
        && wire.forfaitaire_cents <= wire.majoree_cents
        && wire.majoree_cents <= wire.court_max_cents;
    if !ascends {
        return Err(invalid(
            "amounts",
            "reduced, fixed and increased fine and the court's most in ascending order",
        ));
    }
    Ok(Scale {
        of,
        period: period(&wire.from, wire.to.as_ref())?,
        minoree: wire.minoree_cents.map(Cents),
        forfaitaire: Cents(wire.forfaitaire_cents),
        majoree: Cents(wire.majoree_cents),
        court_max: Cents(wire.court_max_cents),
    })
}

fn author(wire: &AuthorV1) -> Result<AuthorRule, InvalidValue> {
    if !(1..=10).contains(&wire.factor) {
        return Err(invalid("factor", "1 to 10"));
    }
    Ok(AuthorRule {
        author: match wire.author {
            OwingV1::Natural => Author::Natural,
            OwingV1::Legal => Author::Legal,
            OwingV1::Representative => Author::Representative,
        },
        period: period(&wire.from, wire.to.as_ref())?,
        factor: i64::from(wire.factor),
    })
}

fn articles(wire: &ArticlesV1) -> Result<ArticleRule, InvalidValue> {
    let ranges = |texts: &[String]| -> Result<Vec<ArticleRange>, InvalidValue> {
        texts.iter().map(|text| text.parse()).collect()
    };
    Ok(ArticleRule {
        basis: wire.basis.clone(),
        period: period(&wire.from, wire.to.as_ref())?,
        code: wire.code.parse()?,
        classes: wire
            .classes
            .iter()
            .map(|number| class(*number))
            .collect::<Result<_, _>>()?,
        families: wire.families.clone(),
        only: ranges(&wire.only)?,
        except: ranges(&wire.except)?,
        except_families: wire.except_families.clone(),
    })
}

fn competence(wire: &CompetenceV1) -> Result<CompetenceRule, InvalidValue> {
    Ok(CompetenceRule {
        quality: match wire.quality {
            QualityTextV1::Pm => AgentQuality::PoliceMunicipale,
            QualityTextV1::Gc => AgentQuality::GardeChampetre,
            QualityTextV1::Asvp => AgentQuality::SurveillanceVoiePublique,
        },
        on_motorway: wire.on_motorway,
        is_established: wire.status == CompetenceStatusV1::Established,
        articles: articles(&wire.offences)?,
    })
}

fn holder(wire: &HolderV1) -> Result<HolderRule, InvalidValue> {
    Ok(HolderRule {
        liability: match wire.liability {
            LiabilityV1::Responsible => HolderLiability::Responsible,
            LiabilityV1::Liable => HolderLiability::Liable,
        },
        articles: articles(&wire.offences)?,
    })
}

fn special(wire: &SpecialCompetenceV1) -> Result<SpecialCompetence, InvalidValue> {
    let sirens = wire.sirens.iter().map(|text| text.parse());
    Ok(SpecialCompetence {
        sirens: sirens.collect::<Result<_, _>>()?,
        omp: wire.omp.parse()?,
        articles: articles(&wire.offences)?,
    })
}

fn substitution(wire: &SubstitutionV1) -> Result<Substitution, InvalidValue> {
    let (omp, by) = (wire.omp.parse()?, wire.by.parse()?);
    if omp == by {
        return Err(invalid("substitution", "another OMP than the one replaced"));
    }
    if !(1..=200).contains(&wire.reason.chars().count()) {
        return Err(invalid("reason of a substitution", "1 to 200 characters"));
    }
    Ok(Substitution {
        omp,
        by,
        period: period(&wire.from, wire.to.as_ref())?,
        reason: wire.reason.clone(),
    })
}

fn need(wire: &NeedV1) -> Result<NeedRule, InvalidValue> {
    Ok(NeedRule {
        need: match wire.need {
            NeedKindV1::Person => Need::Person,
            NeedKindV1::Vehicle => Need::Vehicle,
        },
        articles: articles(&wire.offences)?,
    })
}

fn speed(wire: &SpeedV1) -> Result<SpeedBand, InvalidValue> {
    if wire.over_min >= wire.over_below || wire.limit_min > wire.limit_max {
        return Err(invalid("band of speeds", "bounds in ascending order"));
    }
    Ok(SpeedBand {
        natinf: NatInf(wire.natinf),
        over_min: wire.over_min,
        over_below: wire.over_below,
        limit_min: wire.limit_min,
        limit_max: wire.limit_max,
    })
}

fn delays(wire: &DelaysV1) -> Result<Delays, InvalidValue> {
    if wire.majoree_reduction_percent > 100 {
        return Err(invalid("reduction", "0 to 100 percent"));
    }
    if wire.court_surcharge_percent > 100 {
        return Err(invalid("surcharge", "0 to 100 percent"));
    }
    Ok(Delays {
        period: period(&wire.from, wire.to.as_ref())?,
        minoree_days: wire.minoree_days,
        forfaitaire_days: wire.forfaitaire_days,
        requete_days: wire.requete_days,
        remote_more_days: wire.remote_more_days,
        abroad_more_months: wire.abroad_more_months,
        majoree_reduced_months: wire.majoree_reduced_months,
        majoree_reduction_percent: wire.majoree_reduction_percent,
        majoree_days: wire.majoree_days,
        reclamation_days: wire.reclamation_days,
        reclamation_months_max: wire.reclamation_months_max,
        prescription_years: wire.prescription_years,
        sentence_years: wire.sentence_years,
        refusal_months: wire.refusal_months,
        opposition_days: wire.opposition_days,
        prosecutor_opposition_days: wire.prosecutor_opposition_days,
        court_surcharge_percent: wire.court_surcharge_percent,
    })
}

fn feast(wire: &HolidayV1) -> Result<Feast, InvalidValue> {
    let wrong = invalid("holiday", "either a day MM-DD or days after Easter");
    let day = match (&wire.day, wire.after_easter) {
        (Some(text), None) => fixed(text).ok_or(wrong)?,
        (None, Some(days)) => FeastDay::AfterEaster(days),
        _ => return Err(wrong),
    };
    Ok(Feast {
        name: wire.name.clone(),
        day,
        period: period(&wire.from, wire.to.as_ref())?,
    })
}

/// A day of the year that exists, in leap years at least.
fn fixed(text: &str) -> Option<FeastDay> {
    let date: Date = format!("2024-{text}").parse().ok()?;
    (text.len() == 5).then_some(FeastDay::Fixed {
        month: date.month(),
        day: date.day(),
    })
}
