//! A file that goes to another OMP, with its reason.

use actix_web::{HttpResponse, post, web};
use cnt_service_kit::http::{Problem, ProblemBody};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{self, NewTransfer, Transferred};
use crate::http::caller::Operator;
use crate::http::{AppState, with_lot};
use crate::intake::is_printable;

/// Longest reason, in characters.
const REASON_CHARACTERS_MAX: usize = 400;

/// Whom a file goes to, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TransferRequest {
    /// The version of the file that was read.
    version: i32,
    /// Code of the OMP.
    omp: String,
    /// Why, 1 to 400 characters.
    reason: String,
}

/// Puts a file into the queue of another OMP: an override of the competence by place. It is journalled with its reason.
#[utoipa::path(
    post, path = "/v1/contestations/{id}/transfer", tag = "queue", request_body = TransferRequest,
    params(
        ("id" = String, Path, format = "uuid", description = "The contestation"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 204, description = "It is in the other queue"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such file for this OMP", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`changed`, `held` or `decided`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`unknown_omp` or `text_malformed`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/contestations/{id}/transfer")]
pub(crate) async fn transfer(
    state: web::Data<AppState>,
    operator: Operator,
    id: web::Path<Uuid>,
    request: web::Json<TransferRequest>,
) -> Result<HttpResponse, Problem> {
    let request = request.into_inner();
    let is_reason = (1..=REASON_CHARACTERS_MAX).contains(&request.reason.chars().count())
        && is_printable(&request.reason);
    if !is_reason {
        let why = "1 to 400 characters and no control character but the line feed";
        return Err(Problem::unprocessable("text_malformed", why).with_pointer("/reason"));
    }
    let version = state.law()?;
    let known = request.omp.parse();
    let is_known = known.is_ok_and(|omp| version.registry.omps.contains_key(&omp));
    if !is_known || request.omp == operator.0.omp {
        let why = "Another OMP of the registry is expected";
        return Err(Problem::unprocessable("unknown_omp", why).with_pointer("/omp"));
    }
    let (id, at) = (id.into_inner(), state.clock.legal_now());
    let outcome = with_lot(&state, move |conn| {
        let new = NewTransfer {
            id,
            version: request.version,
            to: &request.omp,
            reason: &request.reason,
            at,
        };
        Ok(db::transfer(conn, &operator.0, &new)?)
    })
    .await?;
    match outcome {
        Transferred::Done => Ok(HttpResponse::NoContent().finish()),
        Transferred::Unknown => Err(Problem::not_found("There is no such contestation")),
        Transferred::Decided => Err(Problem::conflict("decided", "The file was decided before")),
        Transferred::HeldByOther => {
            Err(Problem::conflict("held", "Another operator holds the file"))
        }
        Transferred::Changed => Err(Problem::conflict(
            "changed",
            "The file changed; read it again",
        )),
    }
}
