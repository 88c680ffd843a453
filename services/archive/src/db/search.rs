//! Searching the index and journalling what was shown, in one transaction.

use cnt_store::{PgConnection, StoreError};
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Date, SmallInt, Text};

use super::rows::{DocumentRow, date_to};
use super::{consultation, document};
use crate::caller::{Caller, Role};
use crate::search::{COUNT_MAX, Criteria, Order, Search};

/// A page of what was found.
#[derive(Debug)]
pub(crate) struct Page {
    /// The documents, in order.
    pub(crate) rows: Vec<DocumentRow>,
    /// All hits, of every page; [`COUNT_MAX`] + 1 for more.
    pub(crate) count: i64,
    /// Whether another page follows.
    pub(crate) has_more: bool,
}

/// Searches, and journals the search with the avis that it shows. The journal entry is committed before anything is
/// returned; a search that finds nothing is journalled too.
pub(crate) fn search(
    conn: &mut PgConnection,
    caller: &Caller,
    search: &Search,
) -> Result<Page, StoreError> {
    conn.transaction(|conn| {
        let page = page(conn, caller, search)?;
        let mut shown: Vec<i64> = page.rows.iter().map(|row| row.avis).collect();
        shown.sort_unstable();
        shown.dedup();
        diesel::insert_into(consultation::table)
            .values((
                consultation::who.eq(&caller.who),
                consultation::role.eq(caller.role.to_string()),
                consultation::purpose.eq(&caller.purpose),
                consultation::what.eq("search"),
                consultation::criteria.eq(search.criteria.told()),
                consultation::shown.eq(shown),
            ))
            .execute(conn)?;
        Ok(page)
    })
}

fn page(conn: &mut PgConnection, caller: &Caller, search: &Search) -> QueryResult<Page> {
    let mut query = matching(caller, &search.criteria);
    if let Some(after) = &search.after {
        let comparison = match search.order {
            Order::Newest => "(offence_day, avis, kind, issue) < (",
            Order::Oldest => "(offence_day, avis, kind, issue) > (",
        };
        query = query.filter(
            sql::<Bool>(comparison)
                .bind::<Date, _>(date_to(after.day))
                .sql(", ")
                .bind::<BigInt, _>(after.avis)
                .sql(", ")
                .bind::<Text, _>(&after.kind)
                .sql(", ")
                .bind::<SmallInt, _>(after.issue)
                .sql(")"),
        );
    }
    let ordered = match search.order {
        Order::Newest => query.order((
            document::offence_day.desc(),
            document::avis.desc(),
            document::kind.desc(),
            document::issue.desc(),
        )),
        Order::Oldest => query.order((
            document::offence_day.asc(),
            document::avis.asc(),
            document::kind.asc(),
            document::issue.asc(),
        )),
    };
    let mut rows: Vec<DocumentRow> = ordered
        .limit(search.limit + 1)
        .select(DocumentRow::as_select())
        .load(conn)?;
    let limit = usize::try_from(search.limit).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let count = if has_more || search.after.is_some() {
        let hits: Vec<i16> = matching(caller, &search.criteria)
            .limit(COUNT_MAX + 1)
            .select(document::issue)
            .load(conn)?;
        hits.len()
    } else {
        rows.len()
    };
    Ok(Page {
        rows,
        count: i64::try_from(count).unwrap_or(i64::MAX),
        has_more,
    })
}

/// The documents that agree with all criteria and that the caller's role may see.
fn matching<'a>(caller: &'a Caller, criteria: &'a Criteria) -> document::BoxedQuery<'a, Pg> {
    let mut query = within(caller, document::table.into_boxed());
    if let Some(avis) = criteria.avis {
        query = query.filter(document::avis.eq(avis));
    }
    if let Some(key) = &criteria.plate_key {
        query = query.filter(document::plate_key.eq(key));
    }
    if !criteria.names.is_empty() {
        query = query.filter(document::names.contains(&criteria.names));
    }
    if let Some(day) = criteria.from {
        query = query.filter(document::offence_day.ge(date_to(day)));
    }
    if let Some(day) = criteria.until {
        query = query.filter(document::offence_day.le(date_to(day)));
    }
    if let Some(siren) = criteria.siren {
        query = query.filter(document::siren.eq(siren));
    }
    if let Some(omp) = &criteria.omp {
        query = query.filter(document::omp.eq(omp));
    }
    if let Some(kind) = &criteria.kind {
        query = query.filter(document::kind.eq(kind));
    }
    if let Some(postcode) = &criteria.postcode {
        query = query.filter(document::postcode.eq(postcode));
    }
    query
}

/// Bounds a query to what the caller's role may see.
pub(crate) fn within<'a>(
    caller: &'a Caller,
    query: document::BoxedQuery<'a, Pg>,
) -> document::BoxedQuery<'a, Pg> {
    match &caller.role {
        Role::Cnt | Role::Archives => query,
        Role::Omp(code) => query.filter(document::omp.eq(code)),
        Role::Collectivity(siren) => query.filter(document::siren.eq(*siren)),
    }
}
