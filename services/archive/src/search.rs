//! What can be searched for: criteria, order, page. Nothing here knows HTTP or the database.

use std::fmt::Write as _;

use cnt_service_kit::http::Problem;
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::caller::siren_of;
use crate::keys;

/// Documents on a page if nothing is said.
const LIMIT_DEFAULT: i64 = 50;
/// Documents on a page at most.
const LIMIT_MAX: i64 = 200;
/// Hits beyond this number are not counted.
pub(crate) const COUNT_MAX: i64 = 1_000;
/// Longest text taken, in bytes.
const TEXT_BYTES_MAX: usize = 200;

/// A search as it is asked. Empty fields count as not given.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SearchQuery {
    /// Avis number, ten digits.
    pub(crate) avis: Option<String>,
    /// Plate; hyphens, spaces and case make no difference.
    pub(crate) plate: Option<String>,
    /// Words of the addressee's name, in any order; accents, case and civility make no difference.
    pub(crate) name: Option<String>,
    /// First day of the offence, `YYYY-MM-DD`.
    pub(crate) from: Option<String>,
    /// Last day of the offence, `YYYY-MM-DD`.
    pub(crate) until: Option<String>,
    /// Collectivity, by its SIREN.
    pub(crate) collectivity: Option<String>,
    /// Competent OMP, by its code.
    pub(crate) omp: Option<String>,
    /// Kind of document: `ACO`…; narrows a search, and is not enough alone.
    pub(crate) kind: Option<String>,
    /// Postcode of the addressee.
    pub(crate) postcode: Option<String>,
    /// `newest` (if not given) or `oldest` offence first.
    pub(crate) order: Option<String>,
    /// Documents on a page: 50 if not given, 200 at most.
    pub(crate) limit: Option<String>,
    /// `next` of the page before.
    pub(crate) cursor: Option<String>,
}

/// A search cannot be made as it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SearchError {
    /// No criterion, or only the kind.
    #[error("Give at least one of: avis, plate, name, from, until, collectivity, omp, postcode")]
    NoCriterion,
    /// A field cannot be read.
    #[error("The parameter {0} cannot be read")]
    Unreadable(&'static str),
    /// The last day is before the first.
    #[error("The day in until is before that in from")]
    Reversed,
}

impl SearchError {
    /// The error for those who read the page, with the field at fault.
    pub(crate) fn french(self) -> (&'static str, &'static str) {
        match self {
            Self::NoCriterion => ("avis", "Indiquez au moins un critère autre que le type."),
            Self::Reversed => ("until", "La fin de la période précède son début."),
            Self::Unreadable(field) => {
                let told = match field {
                    "avis" => "Le numéro d'avis comporte dix chiffres.",
                    "from" | "until" => "La date s'écrit AAAA-MM-JJ.",
                    "collectivity" => "Le SIREN comporte neuf chiffres.",
                    "plate" => "La plaque comporte des lettres et des chiffres.",
                    "name" => "Le nom comporte au moins un mot.",
                    _ => "Cette valeur ne peut pas être lue.",
                };
                (field, told)
            }
        }
    }
}

impl From<SearchError> for Problem {
    fn from(error: SearchError) -> Self {
        let code = match error {
            SearchError::NoCriterion => "criteria_missing",
            _ => "bad_query",
        };
        Self::bad_request(code, error.to_string())
    }
}

/// What the documents must agree with; all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Criteria {
    pub(crate) avis: Option<i64>,
    pub(crate) plate_key: Option<String>,
    pub(crate) names: Vec<String>,
    pub(crate) from: Option<Date>,
    pub(crate) until: Option<Date>,
    pub(crate) siren: Option<i32>,
    pub(crate) omp: Option<String>,
    pub(crate) kind: Option<String>,
    pub(crate) postcode: Option<String>,
}

/// Which offence comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Newest,
    Oldest,
}

/// Where a document stands in the order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) day: Date,
    pub(crate) avis: i64,
    pub(crate) kind: String,
    pub(crate) issue: i16,
}

impl Place {
    /// The cursor that goes on after this document.
    pub(crate) fn cursor(&self) -> String {
        let Self {
            day,
            avis,
            kind,
            issue,
        } = self;
        format!("{day}.{avis}.{kind}.{issue}")
    }

    fn parse(cursor: &str) -> Option<Self> {
        let mut parts = cursor.split('.');
        let place = Self {
            day: parts.next()?.parse().ok()?,
            avis: parts.next()?.parse().ok()?,
            kind: parts.next()?.to_owned(),
            issue: parts.next()?.parse().ok()?,
        };
        parts.next().is_none().then_some(place)
    }
}

/// A search that can be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Search {
    pub(crate) criteria: Criteria,
    pub(crate) order: Order,
    pub(crate) limit: i64,
    pub(crate) after: Option<Place>,
}

/// What is said in a field, trimmed.
fn said(field: Option<&String>) -> Option<&str> {
    field
        .map(|text| text.trim())
        .filter(|text| !text.is_empty())
}

/// A field that must be readable if it is said.
fn field<T>(
    text: Option<&String>,
    name: &'static str,
    read: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, SearchError> {
    said(text)
        .map(|text| {
            let value = (text.len() <= TEXT_BYTES_MAX).then(|| read(text)).flatten();
            value.ok_or(SearchError::Unreadable(name))
        })
        .transpose()
}

/// An avis number: ten digits.
pub(crate) fn avis_number(text: &str) -> Option<i64> {
    let is_number = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

impl SearchQuery {
    /// The search that is asked for.
    pub(crate) fn parse(&self) -> Result<Search, SearchError> {
        let day = |text: &str| text.parse::<Date>().ok();
        let text = |text: &str| Some(text.to_owned());
        let names = |text: &str| Some(keys::words(text)).filter(|words| !words.is_empty());
        let order = |text: &str| match text {
            "newest" => Some(Order::Newest),
            "oldest" => Some(Order::Oldest),
            _ => None,
        };
        let limit = |text: &str| {
            let limit = text.parse().ok();
            limit.filter(|limit| (1..=LIMIT_MAX).contains(limit))
        };
        let criteria = Criteria {
            avis: field(self.avis.as_ref(), "avis", avis_number)?,
            plate_key: field(self.plate.as_ref(), "plate", keys::plate_key)?,
            names: field(self.name.as_ref(), "name", names)?.unwrap_or_default(),
            from: field(self.from.as_ref(), "from", day)?,
            until: field(self.until.as_ref(), "until", day)?,
            siren: field(self.collectivity.as_ref(), "collectivity", siren_of)?,
            omp: field(self.omp.as_ref(), "omp", text)?,
            kind: field(self.kind.as_ref(), "kind", text)?,
            postcode: field(self.postcode.as_ref(), "postcode", text)?,
        };
        if criteria.is_open() {
            return Err(SearchError::NoCriterion);
        }
        if matches!((criteria.from, criteria.until), (Some(from), Some(until)) if from > until) {
            return Err(SearchError::Reversed);
        }
        Ok(Search {
            criteria,
            order: field(self.order.as_ref(), "order", order)?.unwrap_or(Order::Newest),
            limit: field(self.limit.as_ref(), "limit", limit)?.unwrap_or(LIMIT_DEFAULT),
            after: field(self.cursor.as_ref(), "cursor", Place::parse)?,
        })
    }
}

impl Criteria {
    /// Whether it would show the whole archive, or all of a kind.
    fn is_open(&self) -> bool {
        let any = Self {
            kind: self.kind.clone(),
            ..Self::default()
        };
        *self == any
    }

    /// The criteria as the journal keeps them.
    pub(crate) fn told(&self) -> String {
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let names = (!self.names.is_empty()).then(|| self.names.join(" "));
        let told = [
            ("avis", self.avis.map(|avis| format!("{avis:010}"))),
            ("plate", self.plate_key.clone()),
            ("name", names),
            ("from", day(self.from)),
            ("until", day(self.until)),
            (
                "collectivity",
                self.siren.map(|siren| format!("{siren:09}")),
            ),
            ("omp", self.omp.clone()),
            ("kind", self.kind.clone()),
            ("postcode", self.postcode.clone()),
        ];
        let mut text = String::new();
        for (name, value) in told {
            if let Some(value) = value {
                let gap = if text.is_empty() { "" } else { "; " };
                // Writing to a string cannot fail.
                write!(text, "{gap}{name}={value}").unwrap_or_default();
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(change: impl FnOnce(&mut SearchQuery)) -> Result<Search, SearchError> {
        let mut query = SearchQuery::default();
        change(&mut query);
        query.parse()
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn criteria_are_normalised_and_told() {
        let search = query(|query| {
            query.plate = some(" ab 123 cd ");
            query.name = some("Élan, Mme Zoé");
            query.until = some("2026-03-01");
            query.omp = some("");
        })
        .unwrap();
        let told = "plate=AB123CD; name=ELAN ZOE; until=2026-03-01";
        assert_eq!(search.criteria.told(), told);
        assert_eq!((search.limit, search.order), (50, Order::Newest));
    }

    #[test]
    fn what_cannot_be_read_names_its_field() {
        let refused = |change: fn(&mut SearchQuery)| query(change).unwrap_err();
        assert_eq!(refused(|_| ()), SearchError::NoCriterion);
        assert_eq!(
            refused(|query| query.kind = some("ACO")),
            SearchError::NoCriterion
        );
        for (error, field) in [
            (refused(|query| query.avis = some("75")), "avis"),
            (refused(|query| query.from = some("01/02/2026")), "from"),
            (refused(|query| query.name = some("M.")), "name"),
            (
                refused(|query| query.collectivity = some("12")),
                "collectivity",
            ),
        ] {
            assert_eq!(error, SearchError::Unreadable(field));
        }
        let page = |change: fn(&mut SearchQuery)| {
            query(|query| {
                query.omp = some("35");
                change(query);
            })
            .unwrap_err()
        };
        assert_eq!(
            page(|query| query.limit = some("201")),
            SearchError::Unreadable("limit")
        );
        assert_eq!(
            page(|query| query.cursor = some("x")),
            SearchError::Unreadable("cursor")
        );
        assert_eq!(
            page(|query| query.order = some("up")),
            SearchError::Unreadable("order")
        );
        let reversed = refused(|query| {
            (query.from, query.until) = (some("2026-03-02"), some("2026-03-01"));
        });
        assert_eq!(reversed, SearchError::Reversed);
    }

    #[test]
    fn a_cursor_comes_back() {
        let place = Place {
            day: jiff::civil::date(2026, 3, 1),
            avis: 7_500_000_001,
            kind: "ACO".to_owned(),
            issue: 2,
        };
        assert_eq!(Place::parse(&place.cursor()), Some(place));
    }
}
