//! The vetted subset, and the codes that the list of 2026 no longer has.

use std::collections::HashMap;

use cnt_contracts::registry::{DateText, NatInfV1, PeriodV1};

use crate::reference::ReferenceError;
use crate::reference::table::{Row, Table};

/// From when entries hold for which the data name no day.
const IN_FORCE_SINCE: &str = "2015-01-01";
/// Until when an entry holds that the list of 2026 no longer has, if the data name no day.
const BEFORE_THE_LIST: &str = "2025-12-31";

/// Days that the data do not hold: ours, each with its reason in the file.
struct Validity(HashMap<u32, (String, String)>);

impl Validity {
    fn read() -> Result<Self, ReferenceError> {
        let table = Table::read(
            "natinf_validite.csv",
            include_str!("../../../data/natinf_validite.csv"),
        )?;
        let rows: Result<HashMap<_, _>, ReferenceError> = table
            .rows()
            .map(|row| {
                let code = row.value("natinf", "a number")?;
                Ok((code, (day(&row, "debut")?, day(&row, "fin")?)))
            })
            .collect();
        Ok(Self(rows?))
    }

    /// The period of a code; `last` is what holds where no end is named.
    fn of(&self, code: u32, last: &str) -> PeriodV1 {
        let (from, to) = self
            .0
            .get(&code)
            .map_or(("", ""), |(from, to)| (from.as_str(), to.as_str()));
        let or = |text: &str, default: &str| match text {
            "" => default.to_owned(),
            text => text.to_owned(),
        };
        let to = or(to, last);
        PeriodV1 {
            from: DateText(or(from, IN_FORCE_SINCE)),
            to: (!to.is_empty()).then_some(DateText(to)),
        }
    }
}

/// A day, or nothing.
fn day(row: &Row<'_>, column: &'static str) -> Result<String, ReferenceError> {
    let text = row.text(column)?;
    if !text.is_empty() && text.parse::<jiff::civil::Date>().is_err() {
        return Err(row.wrong(column, "a day, YYYY-MM-DD"));
    }
    Ok(text.to_owned())
}

/// Every vetted entry, ended ones included, in the order of the codes.
///
/// # Errors
/// [`ReferenceError`] with the line and column at fault.
pub fn natinf() -> Result<Vec<NatInfV1>, ReferenceError> {
    let validity = Validity::read()?;
    let subset = Table::read(
        "natinf_pve_subset.csv",
        include_str!("../../../data/natinf_pve_subset.csv"),
    )?;
    let obsolete = Table::read(
        "natinf_pve_obsoletes.csv",
        include_str!("../../../data/natinf_pve_obsoletes.csv"),
    )?;
    let vetted = subset.rows().map(|row| entry(&row, &validity));
    let ended = obsolete.rows().map(|row| ended(&row, &validity));
    let mut entries: Vec<NatInfV1> = vetted.chain(ended).collect::<Result<_, _>>()?;
    entries.sort_by_key(|entry| entry.code);
    Ok(entries)
}

fn entry(row: &Row<'_>, validity: &Validity) -> Result<NatInfV1, ReferenceError> {
    let class = match row.text("classe")? {
        "C1" => 1,
        "C2" => 2,
        "C3" => 3,
        "C4" => 4,
        "C5" => 5,
        _ => return Err(row.wrong("classe", "C1 to C5")),
    };
    let code = row.value("natinf", "a number")?;
    Ok(NatInfV1 {
        code,
        qualification: row.text("libelle")?.to_owned(),
        defined_by: row.text("definie_par")?.to_owned(),
        punished_by: row.text("reprimee_par")?.to_owned(),
        class,
        points: row.value("points", "a number of points")?,
        fixed_fine: row.yes("amende_forfaitaire")?,
        reduced_fine: row.yes("minoration")?,
        family: Some(row.text("famille")?.to_owned()),
        supported: true,
        period: validity.of(code, ""),
    })
}

fn ended(row: &Row<'_>, validity: &Validity) -> Result<NatInfV1, ReferenceError> {
    let code = row.value("natinf", "a number")?;
    let article = cited(row.text("article_2013")?)
        .ok_or_else(|| row.wrong("article_2013", "an article of the code de la route"))?;
    Ok(NatInfV1 {
        code,
        qualification: row.text("qualification_2013")?.to_owned(),
        defined_by: article.clone(),
        punished_by: article,
        class: row.value("classe_2013", "1 to 5")?,
        points: 0,
        fixed_fine: true,
        reduced_fine: false,
        family: Some("stationnement".to_owned()),
        supported: true,
        period: validity.of(code, BEFORE_THE_LIST),
    })
}

/// `Art. R. 417-10 §IV du C. de la route.` as the list of today writes it: `ART.R.417-10 §IV C.ROUTE.`
fn cited(text: &str) -> Option<String> {
    let article = text
        .strip_prefix("Art. ")?
        .strip_suffix(" du C. de la route.")?;
    let article = article.replacen(". ", ".", 1).replace(" al.", " AL.");
    Some(format!("ART.{article} C.ROUTE."))
}

#[cfg(test)]
mod tests {
    use cnt_contracts::law::{LawV1, to_law};
    use cnt_contracts::registry::to_natinf;
    use cnt_domain::law::{Author, Competence};
    use cnt_domain::money::Cents;
    use cnt_domain::registry::AgentQuality;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_subset_is_read_and_old_codes_have_ended() {
        let entries = natinf().unwrap();
        assert_eq!(entries.len(), 128 + 13);
        let period = |code: u32| {
            let entry = entries.iter().find(|entry| entry.code == code).unwrap();
            let to = entry.period.to.as_ref().map(|day| day.0.clone());
            (entry.period.from.0.clone(), to)
        };
        assert_eq!(period(31_088), ("2015-07-05".to_owned(), None));
        assert_eq!(
            period(7_505),
            ("2015-01-01".to_owned(), Some("2017-12-31".to_owned()))
        );
        assert_eq!(period(2_268).1, Some("2025-12-31".to_owned()));
        assert_eq!(entries.iter().filter(|entry| !entry.fixed_fine).count(), 3);
        let article = |code: u32| {
            let entry = entries.iter().find(|entry| entry.code == code).unwrap();
            to_natinf(entry)
                .unwrap()
                .article
                .unwrap()
                .number
                .to_string()
        };
        assert_eq!(article(7_572), "R417-5");
        assert_eq!(article(7_578), "R417-10");
    }

    /// The vetted table says of each code what the law's tables say by its article: two tables, made apart.
    #[test]
    fn the_tables_of_the_law_agree_with_the_vetted_subset() {
        let law = to_law(&LawV1::default()).unwrap();
        let on = date(2026, 11, 20);
        let table = Table::read(
            "natinf_pve_subset.csv",
            include_str!("../../../data/natinf_pve_subset.csv"),
        )
        .unwrap();
        let entries = natinf().unwrap();
        for row in table.rows() {
            let code: u32 = row.value("natinf", "").unwrap();
            let wire = entries.iter().find(|entry| entry.code == code).unwrap();
            let mut entry = to_natinf(wire).unwrap();
            // The law's tables are asked on their own: the vetted column must not speak for them.
            (entry.fixed_fine, entry.reduced_fine) = (true, true);
            let euros = |column| {
                let euros: Option<i64> = row.optional(column, "").unwrap();
                euros.map(Cents::euros)
            };
            let amounts = law.amounts(&entry, Author::Natural, on);
            let is_open = row.yes("amende_forfaitaire").unwrap();
            assert_eq!(amounts.is_some(), is_open, "{code}: R48-1");
            assert_eq!(
                amounts.and_then(|amounts| amounts.minoree),
                euros("minoree_eur"),
                "{code}: R49-8-5, R49-9"
            );
            assert_eq!(
                amounts.map(|amounts| amounts.forfaitaire),
                euros("forfaitaire_eur"),
                "{code}: R49"
            );
            assert_eq!(
                amounts.map(|amounts| amounts.majoree),
                euros("majoree_eur"),
                "{code}: R49-7"
            );
            assert_eq!(
                law.court_max(entry.class, on),
                euros("max_tribunal_eur"),
                "{code}: CP 131-13"
            );
            let expected = match row.text("competence_pm").unwrap() {
                "oui" => Competence::Yes,
                "non" => Competence::No,
                _ => Competence::Unverified,
            };
            let found = law.competence(AgentQuality::PoliceMunicipale, &entry, false, on);
            assert_eq!(found, expected, "{code}: R130-2, R15-33-29-3");
        }
    }
}
