//! Errors of the HTTP APIs: problem details (RFC 9457), one shape for all services.
//!
//! A handler returns `Result<_, Problem>`. `code` is a word of the service's closed, documented
//! list; `type` is derived from it. What went wrong inside is logged once, here, and never sent.

use std::borrow::Cow;
use std::fmt;

use actix_web::error::{JsonPayloadError, PathError, QueryPayloadError};
use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError, web};
use serde::{Deserialize, Serialize};

/// Media type of a problem (RFC 9457 §3).
pub const PROBLEM_MEDIA_TYPE: &str = "application/problem+json";

/// An error as an HTTP API tells it.
#[derive(Debug)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// Stable code in `snake_case`; clients switch on it.
    pub code: &'static str,
    /// What kind of problem this is, the same for each occurrence.
    pub title: Cow<'static, str>,
    /// What is wrong this time, for the reader. Sent to the client.
    pub detail: String,
    /// Place of the fault in the request's JSON (RFC 6901).
    pub pointer: Option<String>,
    source: Option<anyhow::Error>,
}

/// A problem as it is sent; also for clients and for the description of an API.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// `urn:cnt:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What kind of problem this is.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code in `snake_case`.
    pub code: String,
    /// What is wrong this time.
    pub detail: String,
    /// Place of the fault in the request's JSON (RFC 6901).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
}

impl Problem {
    /// A problem whose title is the usual phrase of `status`.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        let title = Cow::Borrowed(status.canonical_reason().unwrap_or("Error"));
        Self {
            status,
            code,
            title,
            detail: detail.into(),
            pointer: None,
            source: None,
        }
    }

    /// With a title of its own.
    #[must_use]
    pub fn with_title(mut self, title: impl Into<Cow<'static, str>>) -> Self {
        self.title = title.into();
        self
    }

    /// With the place of the fault in the request's JSON (RFC 6901).
    #[must_use]
    pub fn with_pointer(mut self, pointer: impl Into<String>) -> Self {
        self.pointer = Some(pointer.into());
        self
    }

    /// 400: the request cannot be understood.
    #[must_use]
    pub fn bad_request(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, detail)
    }

    /// 401: the caller did not say, or not prove, who they are.
    #[must_use]
    pub fn unauthorized(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
    }

    /// 403: the caller may not do this.
    #[must_use]
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
    }

    /// 404: there is no such thing, or not for this caller.
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// 409: the state of the thing forbids it.
    #[must_use]
    pub fn conflict(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, detail)
    }

    /// 422: understood, but a rule forbids it.
    #[must_use]
    pub fn unprocessable(code: &'static str, detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail)
    }

    /// 503: not now; `source` is logged, not sent.
    #[must_use]
    pub fn unavailable(detail: impl Into<String>, source: impl Into<anyhow::Error>) -> Self {
        let problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", detail);
        Self {
            source: Some(source.into()),
            ..problem
        }
    }

    /// 500: our fault; `source` is logged, not sent. `.map_err(Problem::internal)`.
    #[must_use]
    pub fn internal(source: impl Into<anyhow::Error>) -> Self {
        let detail = "The request failed for a reason that is not yours; it is logged";
        let problem = Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail);
        Self {
            source: Some(source.into()),
            ..problem
        }
    }

    /// The problem as it is sent.
    #[must_use]
    pub fn body(&self) -> ProblemBody {
        ProblemBody {
            kind: format!("urn:cnt:problem:{}", self.code),
            title: self.title.to_string(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail.clone(),
            pointer: self.pointer.clone(),
        }
    }
}

impl From<anyhow::Error> for Problem {
    fn from(source: anyhow::Error) -> Self {
        Self::internal(source)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} {}: {}",
            self.status.as_u16(),
            self.code,
            self.detail
        )
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        if self.status.is_server_error() {
            let chain = self.source.as_ref().map(|source| format!("{source:#}"));
            tracing::error!(
                http.status = self.status.as_u16(),
                problem.code = self.code,
                error = chain.as_deref().unwrap_or(&self.detail),
                "Request failed"
            );
        }
        // `json` keeps a content type that is already set.
        HttpResponse::build(self.status)
            .content_type(PROBLEM_MEDIA_TYPE)
            .json(self.body())
    }
}

/// Makes the extractors of an `App` or scope answer with problems, bounds bodies to
/// `body_limit_bytes`, and answers unknown paths with 404:
/// `App::new().configure(http::extractors(64 * 1024))`.
pub fn extractors(body_limit_bytes: usize) -> impl Fn(&mut web::ServiceConfig) + Clone {
    move |service| {
        service
            .app_data(json_config(body_limit_bytes))
            .app_data(web::PayloadConfig::new(body_limit_bytes))
            .app_data(path_config())
            .app_data(query_config())
            .default_service(web::to(unknown_path));
    }
}

async fn unknown_path() -> Result<HttpResponse, Problem> {
    Err(Problem::not_found("There is nothing at this path"))
}

/// `web::Json` up to `body_limit_bytes`; errors are problems (400, 413, 415).
#[must_use]
pub fn json_config(body_limit_bytes: usize) -> web::JsonConfig {
    web::JsonConfig::default()
        .limit(body_limit_bytes)
        .error_handler(|error, _| {
            let problem = match &error {
                JsonPayloadError::OverflowKnownLength { limit, .. }
                | JsonPayloadError::Overflow { limit } => Problem::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "body_too_large",
                    format!("The body may have {limit} bytes at most"),
                ),
                JsonPayloadError::ContentType => Problem::new(
                    StatusCode::UNSUPPORTED_MEDIA_TYPE,
                    "content_type",
                    "The content type must be application/json",
                ),
                other => Problem::bad_request("bad_json", other.to_string()),
            };
            problem.into()
        })
}

/// `web::Path`; a segment that cannot be read is a 404: such a thing cannot exist.
#[must_use]
pub fn path_config() -> web::PathConfig {
    web::PathConfig::default()
        .error_handler(|error: PathError, _| Problem::not_found(error.to_string()).into())
}

/// `web::Query`; errors are problems (400).
#[must_use]
pub fn query_config() -> web::QueryConfig {
    web::QueryConfig::default().error_handler(|error: QueryPayloadError, _| {
        Problem::bad_request("bad_query", error.to_string()).into()
    })
}
