//! The mail room: lots of scanned envelopes taken in.

use std::collections::HashSet;

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnt_contracts::courrier::EnvelopeV2;
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::AppState;
use crate::http::caller::Viewer;
use crate::http::portal::send_all;
use crate::intake::{EnvelopeRefused, check_envelope, media};
use crate::mail::{Mailed, seal};

/// Most envelopes of one request.
const ENVELOPES_MAX: usize = 200;

/// An envelope with its scan.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ScannedEnvelope {
    envelope: EnvelopeV2,
    scan: String,
}

/// A lot of the mail room.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MailLot {
    envelopes: Vec<ScannedEnvelope>,
}

/// A lot was taken in for good.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MailRegistered {
    /// Envelopes registered.
    envelopes: usize,
    /// The courrier lot that holds their scans.
    lot: String,
}

fn refused(index: usize, refused: EnvelopeRefused) -> Problem {
    Problem::unprocessable(refused.code(), refused.to_string())
        .with_pointer(format!("/envelopes/{index}/envelope{}", refused.pointer()))
}

/// Checks a lot whole, so that nothing of it is registered when something makes no sense.
fn checked(lot: MailLot, today: Date, scan_bytes_max: usize) -> Result<Vec<Mailed>, Problem> {
    if !(1..=ENVELOPES_MAX).contains(&lot.envelopes.len()) {
        let why = format!("One to {ENVELOPES_MAX} envelopes in a request");
        return Err(Problem::unprocessable("lot_size", why).with_pointer("/envelopes"));
    }
    let mut ids = HashSet::new();
    let mut mailed = Vec::with_capacity(lot.envelopes.len());
    for (index, scanned) in lot.envelopes.into_iter().enumerate() {
        let of = |member: &str| format!("/envelopes/{index}/{member}");
        let days = check_envelope(&scanned.envelope).map_err(|error| refused(index, error))?;
        if days.received > today {
            return Err(refused(index, EnvelopeRefused::Day));
        }
        if !ids.insert(scanned.envelope.id) {
            let why = "The id stands twice in the request";
            return Err(Problem::unprocessable("id_repeated", why).with_pointer(of("envelope/id")));
        }
        let malformed =
            |why: String| Problem::unprocessable("scan_malformed", why).with_pointer(of("scan"));
        let scan = STANDARD
            .decode(&scanned.scan)
            .map_err(|_| malformed("A scan is written in base64".to_owned()))?;
        if scan.len() > scan_bytes_max {
            return Err(malformed(format!(
                "A scan has at most {scan_bytes_max} bytes"
            )));
        }
        let media = media(&scan)
            .ok_or_else(|| malformed("A scan is a PDF, TIFF, JPEG or PNG".to_owned()))?;
        mailed.push(Mailed {
            envelope: scanned.envelope,
            received: days.received,
            scan,
            media,
        });
    }
    Ok(mailed)
}

/// Takes a lot of scanned envelopes in. The scans are in the object store and the envelopes with the broker before it is
/// acknowledged; the same id again is the same envelope, so a lot without an answer is sent again as it is.
#[utoipa::path(
    post, path = "/v1/courriers", tag = "courrier", request_body = crate::http::openapi::MailLotSchema,
    params(("CNT-User" = String, Header, description = "The mail room")),
    responses(
        (status = 202, description = "Registered; it survives any failure from now on", body = MailRegistered),
        (status = 400, description = "Not JSON, or unknown members", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The request is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "An envelope that makes no sense, named by a pointer; nothing was registered", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now: repeat the same request", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn courriers_import(
    state: web::Data<AppState>,
    _viewer: Viewer,
    lot: web::Json<MailLot>,
) -> Result<HttpResponse, Problem> {
    let (today, received_at) = (state.clock.legal_today_paris(), state.clock.legal_now());
    let objects = state.objects.clone();
    let scan_bytes_max = usize::try_from(state.mail.scan_bytes_max.get()).unwrap_or(usize::MAX);
    let (lot, records) = web::block(move || {
        let mailed = checked(lot.into_inner(), today, scan_bytes_max)?;
        let (lot, records) = seal(mailed, received_at).map_err(Problem::internal)?;
        objects.put(&lot).map_err(|error| {
            Problem::unavailable("The scans cannot be kept now, send the lot again", error)
        })?;
        Ok::<_, Problem>((lot.id(), records))
    })
    .await
    .map_err(Problem::internal)??;
    let envelopes = records.len();
    match send_all(&state, records).await {
        Ok(()) => Ok(HttpResponse::Accepted().json(MailRegistered {
            envelopes,
            lot: lot.to_string(),
        })),
        Err(response) => Ok(response),
    }
}
