//! The queues of the OMP.

use actix_web::{HttpResponse, get, post, web};
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::{PgConnection, StoreError};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use crate::db::{self, Claim, FileContext, FileRow};
use crate::http::api::{
    ContestationFile, OmpList, OmpWork, QueueEntry, QueuePage, place, place_text,
};
use crate::http::caller::{Operator, Viewer};
use crate::http::{AppState, with_connection};

/// Which part of a queue.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct QueueQuery {
    /// Most entries of the page; the service may give fewer. By default as many as it allows.
    #[param(minimum = 1)]
    limit: Option<u16>,
    /// `next` of the page before.
    after: Option<String>,
}

/// The OMP that have open files, with the size of their queues; with `CNT-Omp` only that one.
#[utoipa::path(
    get, path = "/v1/omps", tag = "queue",
    params(("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP")),
    responses(
        (status = 200, description = "Queue sizes", body = OmpList),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/omps")]
pub(crate) async fn omps_list(
    state: web::Data<AppState>,
    viewer: Viewer,
) -> Result<web::Json<OmpList>, Problem> {
    let rows = with_connection(&state, move |conn| db::omps(conn, viewer.omp.as_deref())).await?;
    let omps = rows.iter().map(OmpWork::from).collect();
    Ok(web::Json(OmpList { omps }))
}

/// The queue of the operator's OMP: oldest prescription first, then oldest reception.
#[utoipa::path(
    get, path = "/v1/omp/{omp}/queue", tag = "queue",
    params(
        ("omp" = String, Path, description = "Code of the OMP"), QueueQuery,
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "A page of the queue", body = QueuePage),
        (status = 400, description = "`after` is none that was given out", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not the operator's OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/omp/{omp}/queue")]
pub(crate) async fn queue_list(
    state: web::Data<AppState>,
    operator: Operator,
    omp: web::Path<String>,
    query: web::Query<QueueQuery>,
) -> Result<web::Json<QueuePage>, Problem> {
    let scope = operator.of(&omp)?;
    let after = match query.after.as_deref() {
        None => None,
        Some(text) => Some(place(text).ok_or_else(|| {
            Problem::bad_request("bad_after", "`after` must be `next` of a page")
        })?),
    };
    let page_max = state.queue.page_max.get();
    let limit = query.limit.unwrap_or(page_max).clamp(1, page_max);
    let omp = scope.omp.clone();
    let rows = with_connection(&state, move |conn| {
        db::queue(conn, &scope.omp, after, i64::from(limit) + 1)
    })
    .await?;
    let shown = rows.get(..usize::from(limit)).unwrap_or(&rows);
    let next = (rows.len() > shown.len())
        .then(|| shown.last().map(place_text))
        .flatten();
    Ok(web::Json(QueuePage {
        omp,
        entries: shown.iter().map(QueueEntry::from).collect(),
        next,
    }))
}

/// Takes the next file of the queue, under a lease. No two operators are ever given the same one; the reading is
/// journalled.
#[utoipa::path(
    post, path = "/v1/omp/{omp}/claim", tag = "queue",
    params(
        ("omp" = String, Path, description = "Code of the OMP"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The file, held until `lease_until`", body = ContestationFile),
        (status = 204, description = "The queue is empty"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not the operator's OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/omp/{omp}/claim")]
pub(crate) async fn claim(
    state: web::Data<AppState>,
    operator: Operator,
    omp: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let scope = operator.of(&omp)?;
    let now = state.clock.real_now();
    let lease = SignedDuration::from_mins(state.queue.lease_minutes.get().into());
    let until = now.checked_add(lease).unwrap_or(Timestamp::MAX);
    let claimed = with_connection(&state, move |conn| {
        let claimed = db::claim(conn, &scope, now, until)?;
        with_context(conn, claimed)
    })
    .await?;
    Ok(claimed.map_or_else(
        || HttpResponse::NoContent().finish(),
        |file| HttpResponse::Ok().json(ContestationFile::from(file)),
    ))
}

/// The whole file. Every reading is journalled.
#[utoipa::path(
    get, path = "/v1/contestations/{id}", tag = "queue",
    params(
        ("id" = String, Path, format = "uuid", description = "The contestation"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The file", body = ContestationFile),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such file for this OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/contestations/{id}")]
pub(crate) async fn contestation_read(
    state: web::Data<AppState>,
    operator: Operator,
    id: web::Path<Uuid>,
) -> Result<web::Json<ContestationFile>, Problem> {
    let (id, now) = (id.into_inner(), state.clock.real_now());
    let file = with_connection(&state, move |conn| {
        let file = db::file(conn, &operator.0, id, now)?;
        with_context(conn, file)
    })
    .await?;
    file.map(|file| web::Json(ContestationFile::from(file)))
        .ok_or_else(no_such_file)
}

/// A file whose reading was journalled, with what it shows besides itself.
fn with_context(
    conn: &mut PgConnection,
    file: Option<FileRow>,
) -> Result<Option<(FileRow, FileContext)>, StoreError> {
    file.map(|row| {
        let context = db::file_context(conn, row.entry.id)?;
        Ok((row, context))
    })
    .transpose()
}

/// Gives a file back to the queue.
#[utoipa::path(
    post, path = "/v1/contestations/{id}/release", tag = "queue",
    params(
        ("id" = String, Path, format = "uuid", description = "The contestation"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 204, description = "It is back in the queue"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such file for this OMP", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`not_held`: the operator does not hold it", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/contestations/{id}/release")]
pub(crate) async fn release(
    state: web::Data<AppState>,
    operator: Operator,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let outcome = with_connection(&state, move |conn| db::release(conn, &operator.0, id)).await?;
    match outcome {
        Claim::Released => Ok(HttpResponse::NoContent().finish()),
        Claim::NotHeld => Err(Problem::conflict(
            "not_held",
            "The file is not held by this operator",
        )),
        Claim::Unknown => Err(no_such_file()),
    }
}

fn no_such_file() -> Problem {
    Problem::not_found("There is no such contestation")
}
