//! What the officer asks before deciding, both dated: a report of the agent, a piece of the applicant.

use actix_web::{HttpResponse, post, web};
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{self, NewInquiry};
use crate::http::caller::Operator;
use crate::http::{AppState, with_connection, with_lot};
use crate::inquiries::{self, Asking};
use crate::intake::is_printable;

/// Longest answer, in characters.
const CHARACTERS_MAX: usize = 1_000;
/// Longest question, which a letter says.
const QUESTION_CHARACTERS_MAX: usize = 600;

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
    /// What, at most 600 characters.
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

fn bounded(text: &str, characters_max: usize, pointer: &'static str) -> Result<(), Problem> {
    if (1..=characters_max).contains(&text.chars().count()) && is_printable(text) {
        return Ok(());
    }
    let why =
        format!("1 to {characters_max} characters and no control character but the line feed");
    Err(Problem::unprocessable("text_malformed", why).with_pointer(pointer))
}

/// Asks for a report of the agent, by the receipts of their collectivity, or for a piece of the applicant, by a letter; the
/// file shows it with its day, and stays where it is.
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
    bounded(&request.what, QUESTION_CHARACTERS_MAX, "/what")?;
    let request = request.into_inner();
    let new = NewInquiry {
        id: request.id,
        kind: match request.kind {
            InquiryWord::Report => inquiries::REPORT,
            InquiryWord::Piece => inquiries::PIECE,
        },
        what: request.what,
        day: state.clock.legal_today_paris(),
    };
    let version = state.law()?;
    let (file, objects, at) = (
        file.into_inner(),
        state.objects.clone(),
        state.clock.legal_now(),
    );
    let is_asked = with_lot(&state, move |conn| {
        let asking = Asking {
            law: &version.registry.law,
            objects: objects.as_ref(),
            at,
        };
        inquiries::ask(conn, &asking, &operator.0, file, &new)
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
    bounded(&answer.answer, CHARACTERS_MAX, "/answer")?;
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
