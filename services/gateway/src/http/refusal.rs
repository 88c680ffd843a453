//! Problems that also say when to come back.

use std::fmt;

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use cnt_bus::{SendError, SendErrorKind};
use cnt_service_kit::http::{PROBLEM_MEDIA_TYPE, Problem};
use cnt_store::StoreError;
use cnt_trust::seal::SealError;

use crate::allowance::Exceeded;
use crate::body::BodyError;
use crate::metrics::Outcome;

/// Seconds after which a busy or starting gateway is asked again.
const SOON_S: u32 = 1;
/// Seconds after which a gateway without broker or database is asked again.
const LATER_S: u32 = 5;

/// A request that is not answered as asked.
#[derive(Debug)]
pub(crate) struct Refusal {
    problem: Problem,
    /// Seconds; the same request may succeed after them.
    retry_after_s: Option<u32>,
    /// How it is counted.
    pub(crate) outcome: Outcome,
}

impl Refusal {
    fn not_now(status: StatusCode, code: &'static str, detail: &str, seconds: u32) -> Self {
        let outcome = match code {
            "busy" | "too_many_requests" | "rate_exceeded" | "quota_exceeded" => Outcome::Busy,
            _ => Outcome::Unavailable,
        };
        Self {
            problem: Problem::new(status, code, detail),
            retry_after_s: Some(seconds),
            outcome,
        }
    }

    /// 503: the queue to the broker is full.
    pub(crate) fn busy() -> Self {
        let detail = "The queue is full; send the same again later";
        Self::not_now(StatusCode::SERVICE_UNAVAILABLE, "busy", detail, SOON_S)
    }

    /// 503: a part that is needed does not answer.
    pub(crate) fn unavailable(detail: &str) -> Self {
        Self::not_now(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            detail,
            LATER_S,
        )
    }

    /// 429: too many requests at once.
    pub(crate) fn too_many(detail: &str) -> Self {
        Self::not_now(
            StatusCode::TOO_MANY_REQUESTS,
            "too_many_requests",
            detail,
            SOON_S,
        )
    }

    /// 503: no version of the registry was read yet.
    pub(crate) fn not_ready() -> Self {
        let detail = "The service is starting; send the same again later";
        Self::not_now(StatusCode::SERVICE_UNAVAILABLE, "not_ready", detail, SOON_S)
    }

    /// 503: the broker has not acknowledged everything. What it has is recognised as a replay.
    pub(crate) fn not_acknowledged() -> Self {
        let detail = "Not every MIF of the submission was acknowledged; send all of them again: what arrived \
                      is recognised as a replay";
        Self::not_now(
            StatusCode::SERVICE_UNAVAILABLE,
            "not_acknowledged",
            detail,
            LATER_S,
        )
    }

    /// By what the producer says.
    pub(crate) fn of_sending(error: &SendError) -> Self {
        match error.kind {
            SendErrorKind::Busy => Self::busy(),
            SendErrorKind::TimedOut => {
                tracing::warn!(%error, "Submission was not acknowledged in time");
                Self::not_acknowledged()
            }
            SendErrorKind::TooLarge | SendErrorKind::Refused | SendErrorKind::Fatal => {
                let source = std::error::Error::source(error).map(ToString::to_string);
                tracing::error!(%error, source, "Submission was refused by the broker");
                Self::not_acknowledged()
            }
        }
    }

    /// 429, 500 or 503 by what the database says.
    pub(crate) fn of_store(error: StoreError, detail: &str) -> Self {
        if error.is_transient() {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "The database does not answer for now"
            );
            return Self::unavailable(detail);
        }
        Problem::internal(error).into()
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        let outcome = if problem.status.is_server_error() {
            Outcome::Unavailable
        } else {
            Outcome::Refused
        };
        Self {
            problem,
            retry_after_s: None,
            outcome,
        }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        let too_large =
            |code, detail: String| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, code, detail);
        let detail = capitalised(&error.to_string());
        let problem = match error {
            BodyError::TooLarge { .. } => too_large("body_too_large", detail),
            BodyError::TooMany { .. } => too_large("too_many_mifs", detail),
            BodyError::MifTooLarge { index, .. } => {
                too_large("mif_too_large", detail).with_pointer(format!("/{index}"))
            }
            BodyError::Undecodable(_) => Problem::bad_request("bad_encoding", detail),
            BodyError::Empty => Problem::bad_request("empty_body", detail),
            BodyError::EmptyLine { index } => {
                Problem::bad_request("empty_line", detail).with_pointer(format!("/{index}"))
            }
        };
        problem.into()
    }
}

impl From<Exceeded> for Refusal {
    fn from(exceeded: Exceeded) -> Self {
        let (code, detail, wait) = match exceeded {
            Exceeded::Requests(wait) => ("rate_exceeded", "The station asks too often", wait),
            Exceeded::Rate(wait) => ("rate_exceeded", "The station hands in too fast", wait),
            Exceeded::Quota(wait) => (
                "quota_exceeded",
                "The station has handed in all it may in a day",
                wait,
            ),
        };
        // Whole seconds (RFC 9110 §10.2.3), so that the next try succeeds.
        let whole = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let seconds = u32::try_from(whole.max(1)).unwrap_or(u32::MAX);
        Self::not_now(StatusCode::TOO_MANY_REQUESTS, code, detail, seconds)
    }
}

impl From<SealError> for Refusal {
    fn from(error: SealError) -> Self {
        let (status, code) = match &error {
            SealError::Malformed(_) => (StatusCode::BAD_REQUEST, "seal_malformed"),
            SealError::Signature(_) => (StatusCode::BAD_REQUEST, "seal_signature"),
            SealError::Time { .. } => (StatusCode::BAD_REQUEST, "seal_time"),
            SealError::Certificate(_) => (StatusCode::FORBIDDEN, "seal_certificate"),
            SealError::Revoked => (StatusCode::FORBIDDEN, "seal_revoked"),
            SealError::OtherStation => (StatusCode::FORBIDDEN, "seal_station"),
        };
        Problem::new(status, code, capitalised(&error.to_string())).into()
    }
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().chain(characters).collect())
        .unwrap_or_default()
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(formatter)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.problem.status
    }

    fn error_response(&self) -> HttpResponse {
        let Some(seconds) = self.retry_after_s else {
            return self.problem.error_response();
        };
        // Back-pressure is no fault: it is counted, and logged where it arises, not as a failed request.
        HttpResponse::build(self.problem.status)
            .insert_header((RETRY_AFTER, HeaderValue::from(seconds)))
            .content_type(PROBLEM_MEDIA_TYPE)
            .json(self.problem.body())
    }
}
