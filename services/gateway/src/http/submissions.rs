//! `POST /v1/mifs`.

use std::time::Instant;

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderName};
use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use cnt_bus::SendErrorKind;
use cnt_contracts::receipt::SubmissionAcknowledged;
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_service_kit::ids::new_submission_id;
use cnt_trust::seal::SealError;
use jiff::Timestamp;

use crate::body::{BodyError, Encoding, Form, decompress, split};
use crate::http::Door;
use crate::http::refusal::Refusal;
use crate::http::station::Known;
use crate::metrics::Outcome;
use crate::openapi;
use crate::places::Place;
use crate::send::{Reception, Stamped, send_together, stamp};

/// A plain body up to this size is worked on at once: microseconds, less than a change of threads costs.
const AT_ONCE_BYTES: usize = 16 * 1_024;
/// The station's seal over the submission.
const SEAL: HeaderName = HeaderName::from_static("cnt-seal");
/// How long before reception a submission may have been sealed: as long as a MIF may take
/// (`transmission_days_max` of validation), so that what could not be sent can be sent as it is.
const SEALED_BEFORE_S: i64 = 90 * 86_400;
/// How far the clock of a station may be ahead.
const SEALED_AFTER_S: i64 = 5 * 60;

/// Hands in MIFs.
///
/// One compact JWS, or several, one per line. Answered only when the broker has every one of them on all its replicas:
/// each acknowledgement is the promise of exactly one verdict. All or nothing is acknowledged; after a 503 send the
/// same again, what had arrived is recognised as a replay.
#[utoipa::path(
    post,
    path = "/v1/mifs",
    tag = "mifs",
    params(
        ("CNT-Seal" = String, Header, description = "The station's seal: a detached JWS (RFC 7515 appendix F) over `{\"mif\":[\"<SHA-256 of each MIF in hexadecimal>\",…]}`."),
        ("Content-Encoding" = Option<String>, Header, description = "`gzip`, `zstd` or `identity`."),
    ),
    request_body(content(
        (String = "application/jose"),
        (String = "application/jose-lines"),
    ), description = "A compact JWS (RFC 7515), or one per line."),
    responses(
        (status = 202, description = "Every MIF was acknowledged", body = openapi::SubmissionAcknowledged),
        (status = 400, description = "`empty_body`, `empty_line`, `bad_encoding`, `bad_body`, `bad_header`, `seal_missing`, `seal_malformed`, `seal_signature`, `seal_time`",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No such station, or its certificate is no longer good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "`forbidden`: the station is out of its period; `seal_certificate`, `seal_revoked`, `seal_station`",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive in time",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`, `too_many_mifs`, `mif_too_large`",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "Another content type or encoding",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`: the station, or all together, have too many submissions in hand; `rate_exceeded`, `quota_exceeded`",
            body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, description = "`busy`, `not_acknowledged`, `not_ready`: send the same again",
            body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(crate) async fn submit(
    request: HttpRequest,
    payload: web::Payload,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    let answer = door.take(&request, payload).await;
    let outcome = match &answer {
        Ok(_) => Outcome::Acknowledged,
        Err(refusal) => refusal.outcome,
    };
    door.metrics.submissions_total.with(outcome).inc();
    answer.map(|acknowledged| HttpResponse::Accepted().json(acknowledged))
}

impl Door {
    async fn take(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
    ) -> Result<SubmissionAcknowledged, Refusal> {
        // Who they are, before anything is read.
        let station = self.station(request)?;
        let form = form(request)?;
        let encoding = encoding(request)?;
        let seal = seal(request)?;
        let _own_turn = self.own_turn(station.fingerprint)?;
        let _turn = self
            .submissions
            .try_acquire()
            .map_err(|_| Refusal::too_many("Too many submissions at once"))?;
        let body = self
            .read(request, payload, self.limits.body_bytes_max)
            .await?;
        let begun = Instant::now();
        let fingerprint = station.fingerprint;
        let (stamped, received_at) = self.stamped(body, (form, encoding), seal, station).await?;
        self.allowances.mifs(fingerprint, stamped.records.len())?;
        let weight = u32::try_from(stamped.weight).map_err(|_| Refusal::busy())?;
        let _room = self
            .in_flight
            .try_acquire_many(weight)
            .map_err(|_| Refusal::busy())?;
        let sending = send_together(&self.producer, stamped.records);
        match tokio::time::timeout(self.limits.acknowledgement_timeout(), sending).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                if error.kind == SendErrorKind::Fatal {
                    self.end_process();
                }
                return Err(Refusal::of_sending(&error));
            }
            Err(_) => {
                tracing::warn!("Submission was not acknowledged in time");
                return Err(Refusal::not_acknowledged());
            }
        }
        let mifs = u64::try_from(stamped.acknowledgements.len()).unwrap_or_default();
        self.metrics.mifs_acknowledged_total.inc_by(mifs);
        self.metrics
            .acknowledgement_seconds
            .observe(begun.elapsed().as_secs_f64());
        Ok(SubmissionAcknowledged {
            received_at: received_at.to_string(),
            acknowledgements: stamped.acknowledgements,
        })
    }

    /// A turn of the station's own: for a body that may take its time.
    pub(super) fn own_turn(&self, station: [u8; 32]) -> Result<Place, Refusal> {
        self.submissions_of
            .take(station)
            .ok_or_else(|| Refusal::too_many("The station has too many submissions in hand"))
    }

    /// The body as sent, bounded in size and time.
    pub(super) async fn read(
        &self,
        request: &HttpRequest,
        payload: web::Payload,
        limit: usize,
    ) -> Result<Bytes, Refusal> {
        let declared = header(request, &CONTENT_LENGTH)?.and_then(|text| text.parse::<u64>().ok());
        if declared.is_some_and(|declared| usize::try_from(declared).map_or(true, |n| n > limit)) {
            return Err(BodyError::TooLarge { limit }.into());
        }
        let arriving = payload.to_bytes_limited(limit);
        match tokio::time::timeout(self.limits.body_timeout(), arriving).await {
            Ok(Ok(Ok(body))) => Ok(body),
            Ok(Ok(Err(error))) => Err(Problem::bad_request("bad_body", error.to_string()).into()),
            Ok(Err(_)) => Err(BodyError::TooLarge { limit }.into()),
            Err(_) => {
                let detail = "The body did not arrive in time";
                Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail).into())
            }
        }
    }

    /// The MIFs of the body, stamped as received now.
    async fn stamped(
        &self,
        body: Bytes,
        (form, encoding): (Form, Encoding),
        seal: String,
        station: Known,
    ) -> Result<(Stamped, Timestamp), Refusal> {
        let received_at = to_microsecond(self.context.clock.legal_now())?;
        let reception = Reception {
            received_at,
            registry_version: station.version.registry.version,
            station: station.fingerprint,
            siren: station.siren,
            submission: new_submission_id(),
        };
        let judge = self
            .judges
            .of(&station.version)
            .map_err(Problem::internal)?;
        let connection = station.certificate;
        let at = received_at.as_second();
        let window = (at - SEALED_BEFORE_S, at + SEALED_AFTER_S);
        let limits = self.limits.clone();
        let at_once = encoding == Encoding::Identity && body.len() <= AT_ONCE_BYTES;
        let job = move || -> Result<Stamped, TakeError> {
            let plain = decompress(body, encoding, limits.body_bytes_max)?;
            let mifs = split(&plain, form, limits.mifs_max, limits.mif_bytes_max)?;
            let hashes: Vec<_> = mifs.iter().map(|mif| cnt_trust::sha256(mif)).collect();
            let seals = &judge.seals;
            let sealed = seals.verify(seal.as_bytes(), &hashes, &connection, at, window)?;
            Ok(stamp(mifs, sealed.attached, &reception))
        };
        let stamped = if at_once {
            job()?
        } else {
            web::block(job).await.map_err(Problem::internal)??
        };
        Ok((stamped, received_at))
    }

    /// The producer is beyond repair: the process ends with an error and is started again.
    fn end_process(&self) {
        let ended = self.context.spawn_worker("producer", || {
            anyhow::bail!("the producer is beyond repair")
        });
        if ended.is_err() {
            self.context.shutdown.request();
        }
    }
}

/// Why a body that has arrived is not taken.
#[derive(Debug, thiserror::Error)]
enum TakeError {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl From<TakeError> for Refusal {
    fn from(error: TakeError) -> Self {
        match error {
            TakeError::Body(error) => error.into(),
            TakeError::Seal(error) => error.into(),
        }
    }
}

/// What the stamp holds, so that the acknowledgement tells the same instant.
pub(super) fn to_microsecond(instant: Timestamp) -> Result<Timestamp, Problem> {
    Timestamp::from_microsecond(instant.as_microsecond()).map_err(Problem::internal)
}

pub(super) fn header<'r>(
    request: &'r HttpRequest,
    name: &HeaderName,
) -> Result<Option<&'r str>, Problem> {
    let value = request.headers().get(name);
    value
        .map(|value| value.to_str())
        .transpose()
        .map_err(|_| Problem::bad_request("bad_header", format!("The header {name} is not text")))
}

fn seal(request: &HttpRequest) -> Result<String, Problem> {
    let seal = header(request, &SEAL)?.ok_or_else(|| {
        let detail = "A submission carries its station's seal in the header CNT-Seal";
        Problem::bad_request("seal_missing", detail)
    })?;
    Ok(seal.to_owned())
}

fn form(request: &HttpRequest) -> Result<Form, Problem> {
    let essence = media_type(request)?;
    if essence.eq_ignore_ascii_case("application/jose") {
        Ok(Form::One)
    } else if essence.eq_ignore_ascii_case("application/jose-lines") {
        Ok(Form::Lines)
    } else {
        let detail = "The content type must be application/jose or application/jose-lines";
        Err(wrong_type(detail))
    }
}

/// What the sender says that the body is, without parameters.
pub(super) fn media_type(request: &HttpRequest) -> Result<&str, Problem> {
    let value = header(request, &CONTENT_TYPE)?.unwrap_or_default();
    Ok(value.split(';').next().unwrap_or_default().trim())
}

/// The body is not what the door takes.
pub(super) fn wrong_type(detail: &str) -> Problem {
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "content_type", detail)
}

fn encoding(request: &HttpRequest) -> Result<Encoding, Problem> {
    let value = header(request, &CONTENT_ENCODING)?
        .unwrap_or("identity")
        .trim();
    let known = [
        ("identity", Encoding::Identity),
        ("gzip", Encoding::Gzip),
        ("x-gzip", Encoding::Gzip),
        ("zstd", Encoding::Zstd),
    ];
    known
        .into_iter()
        .find(|(name, _)| value.eq_ignore_ascii_case(name))
        .map(|(_, encoding)| encoding)
        .ok_or_else(|| {
            Problem::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "content_encoding",
                "The content encoding must be gzip, zstd or identity",
            )
        })
}
