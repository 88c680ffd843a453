//! The bulk door of a portal that has checked the key itself: what it sends is safe once it is acknowledged. No database on
//! this path, and no place on the public listener.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError, post, rt, web};
use cnt_bus::{OutRecord, RecordPosition, SendError};
use cnt_contracts::courrier::{ContestationRequest, CourrierV1};
use cnt_contracts::topics::COURRIER_INBOUND;
use cnt_service_kit::http::{Problem, ProblemBody};

use crate::http::AppState;
use crate::http::api::Registered;
use crate::http::openapi::ContestationRequestSchema;
use crate::intake::{PORTAL, PORTAL_VERSION, check_request};

/// Why an envelope could not be acknowledged.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotAcknowledged {
    /// It cannot be written as JSON.
    #[error("the envelope cannot be written")]
    Unwritten(#[source] Box<serde_json::Error>),
    /// The broker answered with a failure.
    #[error("the broker did not take the envelope")]
    Refused(#[source] Box<SendError>),
    /// The broker did not answer; the envelope may have arrived.
    #[error("the broker did not answer in time")]
    TimedOut,
}

impl NotAcknowledged {
    pub(crate) fn unwritten(error: serde_json::Error) -> Self {
        Self::Unwritten(Box::new(error))
    }
}

/// Files a contestation (requête en exonération, CPP 529-2, 529-10, A37-20).
///
/// The same id again is the same contestation: repeat the request until it is acknowledged. An acknowledged one is
/// never lost. No key is asked: only a portal on this machine that has checked it comes here, and the public listener does
/// not have this door.
#[utoipa::path(
    post, path = "/v1/contestations", tag = "portal",
    request_body = ContestationRequestSchema,
    responses(
        (status = 202, description = "Registered; it survives any failure from now on", body = Registered),
        (status = 400, description = "Not JSON, or unknown members", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "More than 64 KiB", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`id_nil`, `avis_malformed` or `motivation_malformed`, with a pointer", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now: repeat with the same id after `Retry-After` seconds", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/contestations")]
pub(crate) async fn contestation_submit(
    state: web::Data<AppState>,
    request: web::Json<ContestationRequest>,
) -> Result<HttpResponse, Problem> {
    let request = request.into_inner();
    let avis = check_request(&request).map_err(|refused| {
        Problem::unprocessable(refused.code(), refused.to_string()).with_pointer(refused.pointer())
    })?;
    let (id, received_at) = (request.id, state.clock.legal_now());
    let courrier = CourrierV1 {
        version: PORTAL_VERSION,
        received_at_us: received_at.as_microsecond(),
        channel: PORTAL.to_owned(),
        contestation: request,
        attachments: Vec::new(),
        driver: None,
    };
    let value = serde_json::to_vec(&courrier).map_err(Problem::internal)?;
    let record = OutRecord::new(COURRIER_INBOUND.name, avis.to_string(), value);
    match acknowledged(&state, record).await {
        Ok(_) => Ok(HttpResponse::Accepted().json(Registered {
            id,
            received_at: received_at.to_string(),
        })),
        Err(error) => Ok(not_now(&state, error)),
    }
}

/// Sends the record and waits for all in-sync replicas, within the portal's patience.
async fn acknowledged(
    state: &AppState,
    record: OutRecord,
) -> Result<RecordPosition, NotAcknowledged> {
    let patience = Duration::from_millis(state.portal.acknowledgement_timeout_ms.get().into());
    let producer = Arc::clone(&state.producer);
    rt::time::timeout(patience, async move { producer.send(record).await })
        .await
        .map_err(|_| NotAcknowledged::TimedOut)?
        .map_err(|error| NotAcknowledged::Refused(Box::new(error)))
}

/// Sends records and waits for all in-sync replicas of each, within the portal's patience.
pub(crate) async fn sent(state: &AppState, records: Vec<OutRecord>) -> Result<(), NotAcknowledged> {
    let patience = Duration::from_millis(state.portal.acknowledgement_timeout_ms.get().into());
    let producer = Arc::clone(&state.producer);
    let sending = web::block(move || producer.send_all(records));
    match rt::time::timeout(patience, sending).await {
        Ok(Ok(Ok(_))) => Ok(()),
        Ok(Ok(Err(error))) => Err(NotAcknowledged::Refused(Box::new(error))),
        Ok(Err(_)) | Err(_) => Err(NotAcknowledged::TimedOut),
    }
}

/// The same; the answer that says "not now" when one was not taken.
pub(crate) async fn send_all(
    state: &AppState,
    records: Vec<OutRecord>,
) -> Result<(), HttpResponse> {
    let outcome = sent(state, records).await;
    outcome.map_err(|error| not_now(state, error))
}

/// The answer that says "not now".
pub(crate) fn not_now(state: &AppState, error: NotAcknowledged) -> HttpResponse {
    let problem = Problem::unavailable(
        "It was not registered; send it again with the same id",
        error,
    );
    let mut response = problem.error_response();
    response.headers_mut().insert(
        RETRY_AFTER,
        HeaderValue::from(state.portal.retry_after_seconds),
    );
    response
}
