//! What the officer asks before deciding, both dated: a report of the agent, a piece of the applicant.

use actix_web::{HttpResponse, post, web};
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{self, NewInquiry};
use crate::http::caller::Operator;
use crate::http::{AppState, with_connection};
use crate::intake::is_printable;

/// Longest question or answer, in characters.
const CHARACTERS_MAX: usize = 1_000;

/// Whom it is asked of.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum InquiryWord {
    /// The agent: a report.
    Report,
    /// The applicant: a piece.
    Piece,
}

/// A question about a file.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InquiryRequest {
    /// Chosen by the asker: the same id twice is one question.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// Whom.
    kind: InquiryWord,
    /// What, at most 1,000 characters.
    what: String,
}

/// What came back to a question.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct InquiryAnswer {
    /// What, at most 1,000 characters; of a piece on paper, the envelope that brought it.
    answer: String,
    /// The day on which it came, `YYYY-MM-DD`.
    #[schema(value_type = String, format = "date")]
    day: Date,
}

fn bounded(text: &str, pointer: &'static str) -> Result<(), Problem> {
    if (1..=CHARACTERS_MAX).contains(&text.chars().count()) && is_printable(text) {
        return Ok(());
    }
    let why = "1 to 1000 characters and no control character but the line feed";
    Err(Problem::unprocessable("text_malformed", why).with_pointer(pointer))
}

/// Asks for a report of the agent or a piece of the applicant; the file shows it with its day. The file stays where it is.
#[utoipa::path(
    post, path = "/v1/contestations/{id}/inquiries", tag = "procedure", request_body = InquiryRequest,
    params(
        ("id" = String, Path, format = "uuid", description = "The contestation"),
        ("CNT-User" = String, Header, description = "The officer"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 204, description = "It is asked"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`not_open`: no such file of the OMP waits for a decision, or the id is another question's", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`text_malformed`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/contestations/{id}/inquiries")]
pub(crate) async fn inquiry_ask(
    state: web::Data<AppState>,
    operator: Operator,
    file: web::Path<Uuid>,
    request: web::Json<InquiryRequest>,
) -> Result<HttpResponse, Problem> {
    bounded(&request.what, "/what")?;
    let request = request.into_inner();
    let new = NewInquiry {
        id: request.id,
        kind: match request.kind {
            InquiryWord::Report => "report",
            InquiryWord::Piece => "piece",
        },
        what: request.what,
        day: state.clock.legal_today_paris(),
    };
    let file = file.into_inner();
    let is_asked = with_connection(&state, move |conn| {
        db::inquiry_insert(conn, &operator.0, file, &new)
    })
    .await?;
    if is_asked {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::conflict(
            "not_open",
            "No such file of this OMP waits for a decision, or the id is another question's",
        ))
    }
}

/// Says what came back to a question, and on which day.
#[utoipa::path(
    post, path = "/v1/inquiries/{id}/answer", tag = "procedure", request_body = InquiryAnswer,
    params(
        ("id" = String, Path, format = "uuid", description = "The question"),
        ("CNT-User" = String, Header, description = "The officer"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 204, description = "It is answered"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`not_waiting`: no such question of the OMP waits, or not since that day", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`text_malformed` or `day_in_the_future`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/inquiries/{id}/answer")]
pub(crate) async fn inquiry_answer(
    state: web::Data<AppState>,
    operator: Operator,
    id: web::Path<Uuid>,
    answer: web::Json<InquiryAnswer>,
) -> Result<HttpResponse, Problem> {
    bounded(&answer.answer, "/answer")?;
    if answer.day > state.clock.legal_today_paris() {
        let problem = Problem::unprocessable("day_in_the_future", "The day has not come");
        return Err(problem.with_pointer("/day"));
    }
    let id = id.into_inner();
    let is_answered = with_connection(&state, move |conn| {
        db::inquiry_answer(conn, &operator.0, id, (&answer.answer, answer.day))
    })
    .await?;
    if is_answered {
        Ok(HttpResponse::NoContent().finish())
    } else {
        Err(Problem::conflict(
            "not_waiting",
            "No such question of this OMP waits, or it was asked later",
        ))
    }
}
