//! The part of the API that searches.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_service_kit::http::{Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::db::{self, Page};
use crate::http::{Api, DocumentView, database};
use crate::search::{COUNT_MAX, Place, Search, SearchQuery};

/// A page of what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SearchView {
    /// The documents, in order.
    pub documents: Vec<DocumentView>,
    /// All hits, on whichever page.
    pub count: i64,
    /// Whether there are more hits than `count`: 1,000 are counted at most.
    pub count_is_capped: bool,
    /// Give it as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
}

impl From<Page> for SearchView {
    fn from(page: Page) -> Self {
        let last = page.rows.last().filter(|_| page.has_more);
        let next = last.map(|row| {
            let place = Place {
                day: db::date_of(row.offence_day),
                avis: row.avis,
                kind: row.kind.clone(),
                issue: row.issue,
            };
            place.cursor()
        });
        Self {
            count: page.count.min(COUNT_MAX),
            count_is_capped: page.count > COUNT_MAX,
            next,
            documents: page.rows.into_iter().map(DocumentView::from).collect(),
        }
    }
}

/// Makes a search; it is journalled before anything is returned.
pub(crate) async fn found(
    api: &Api,
    caller: Caller,
    search: Search,
) -> Result<SearchView, Problem> {
    let pool = api.pool.clone();
    let page = web::block(move || pool.run(|conn| db::search(conn, &caller, &search)))
        .await
        .map_err(Problem::internal)?
        .map_err(database)?;
    api.metrics.consultations_total.inc();
    Ok(page.into())
}

/// Documents by what is known of them
#[utoipa::path(get, path = "/v1/documents",
    params(
        SearchQuery,
        ("CNT-User" = String, Header, description = "Who reads; journalled"),
        ("CNT-Role" = String, Header, description = "`cnt`, `archives`, `omp:<code>` or `collectivity:<SIREN>`: bounds what is seen; journalled"),
        ("CNT-Purpose" = String, Header, description = "What for; journalled"),
    ),
    responses(
        (status = 200, description = "A page; empty if nothing agrees with all criteria", body = SearchView),
        (status = 400, description = "No role, no purpose, no criterion (`criteria_missing`), or a field that cannot be read (`bad_query`)", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No user", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn search(
    api: web::Data<Api>,
    request: HttpRequest,
    query: web::Query<SearchQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request)?;
    let view = found(&api, caller, query.parse()?).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .json(view))
}
