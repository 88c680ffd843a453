//! `PUT /v1/reports/{inquiry}`.

use actix_web::{HttpRequest, HttpResponse, web};
use cnt_bus::OutRecord;
use cnt_contracts::report::{ReportRequest, ReportV1};
use cnt_contracts::topics::REPORT_INBOUND;
use cnt_domain::codes::Matricule;
use cnt_service_kit::http::{Problem, ProblemBody};
use uuid::Uuid;

use crate::db;
use crate::http::Door;
use crate::http::refusal::Refusal;
use crate::http::submissions::{media_type, to_microsecond, wrong_type};
use crate::openapi::{Report, ReportReceived};
use crate::send::send_together;

/// Largest body, in bytes.
const BODY_BYTES_MAX: usize = 32 * 1024;
/// Longest report, in characters.
const TEXT_CHARACTERS_MAX: usize = 4_000;
/// Version of the record.
const RECORD_VERSION: u16 = 1;

/// Hands in the report that an officer asked of an agent.
///
/// The question came as a receipt `report_asked`. The same report again changes nothing; of several the first counts.
#[utoipa::path(
    put,
    path = "/v1/reports/{inquiry}",
    tag = "reports",
    params(("inquiry" = String, Path, format = "uuid", description = "The question, as the receipt names it.")),
    request_body = Report,
    responses(
        (status = 202, description = "The broker has it, on all replicas: it survives any failure from now on", body = ReportReceived),
        (status = 400, description = "`empty_body`, `bad_body`, `bad_header`, `bad_request`: not a report",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No such station, or its certificate is no longer good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The station is out of its period", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such question was put to the collectivity", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive in time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`content_type`: another than JSON", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`report_malformed`, with a pointer", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`, `rate_exceeded`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, description = "`unavailable`, `not_ready`: send the same again", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(crate) async fn report(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    let station = door.station(&request)?;
    if !media_type(&request)?.eq_ignore_ascii_case("application/json") {
        return Err(wrong_type("The content type must be application/json").into());
    }
    let _own_turn = door.own_turn(station.fingerprint)?;
    let body = door.read(&request, payload, BODY_BYTES_MAX).await?;
    if body.is_empty() {
        return Err(Problem::bad_request("empty_body", "The body is empty").into());
    }
    let report: ReportRequest = serde_json::from_slice(&body)
        .map_err(|_| Problem::bad_request("bad_request", "The body is not a report as JSON"))?;
    check(&report)?;
    let inquiry = asked(&door, &path, station.siren.as_number()).await?;
    let received_at = to_microsecond(door.context.clock.legal_now())?;
    let value = serde_json::to_vec(&ReportV1 {
        version: RECORD_VERSION,
        received_at_us: received_at.as_microsecond(),
        siren: station.siren.as_str().to_owned(),
        inquiry,
        report,
    })
    .map_err(Problem::internal)?;
    let record = OutRecord::new(REPORT_INBOUND.name, inquiry.to_string(), value);
    send_together(&door.producer, vec![record])
        .await
        .map_err(|error| {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The broker did not take a report"
            );
            Refusal::unavailable("The report was not taken; send the same again")
        })?;
    Ok(HttpResponse::Accepted().json(ReportReceived {
        inquiry: inquiry.to_string(),
        received_at: received_at.to_string(),
    }))
}

/// The question, if it was put to the collectivity.
async fn asked(door: &web::Data<Door>, path: &str, siren: i32) -> Result<Uuid, Refusal> {
    let unknown = || Problem::not_found("No such question was put to the collectivity");
    let inquiry: Uuid = path.parse().map_err(|_| unknown())?;
    let shared = door.clone();
    let found = web::block(move || {
        shared
            .pool
            .run::<_, cnt_store::StoreError>(|conn| db::is_report_asked(conn, inquiry, siren))
    })
    .await
    .map_err(Problem::internal)?;
    match found {
        Ok(true) => Ok(inquiry),
        Ok(false) => Err(unknown().into()),
        Err(error) if error.is_transient() => Err(Refusal::unavailable(
            "Questions cannot be looked up now; send the same again",
        )),
        Err(error) => Err(Problem::internal(error).into()),
    }
}

fn check(report: &ReportRequest) -> Result<(), Problem> {
    report.agent.parse::<Matricule>().map_err(|error| {
        Problem::unprocessable("report_malformed", error.to_string()).with_pointer("/agent")
    })?;
    let is_text = (1..=TEXT_CHARACTERS_MAX).contains(&report.text.chars().count())
        && !report
            .text
            .chars()
            .any(|letter| letter.is_control() && letter != '\n');
    if is_text {
        return Ok(());
    }
    let why =
        format!("1 to {TEXT_CHARACTERS_MAX} characters and no control character but the line feed");
    Err(Problem::unprocessable("report_malformed", why).with_pointer("/text"))
}
