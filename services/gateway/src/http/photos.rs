//! `PUT /v1/photos/{sha256}`.

use actix_web::{HttpRequest, HttpResponse, web};
use bytes::Bytes;
use cnt_domain::photo::{PhotoHash, PhotoMedia};
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::{FailureClass, LotError, lot_transaction};
use cnt_vault::{LotId, LotKind, StoreError};
use jiff::Timestamp;

use crate::db::{self, Kept};
use crate::http::Door;
use crate::http::refusal::Refusal;
use crate::http::submissions::{media_type, to_microsecond, wrong_type};
use crate::openapi::PhotoKept;

/// Why a photograph could not be kept.
#[derive(Debug, thiserror::Error)]
enum KeepError {
    /// Its bytes could not be written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It could not be noted.
    #[error(transparent)]
    Lot(#[from] LotError),
    /// There is no connection to the database.
    #[error(transparent)]
    Database(#[from] cnt_store::StoreError),
}

/// Hands in a photograph that a MIF names.
///
/// Before its MIF, or within seven days of the MIF's reception; what does not come in time is told by a receipt
/// `photo_missing`. The same photograph again changes nothing.
#[utoipa::path(
    put,
    path = "/v1/photos/{sha256}",
    tag = "photos",
    params(
        ("sha256" = String, Path, pattern = "^[0-9a-f]{64}$", description = "SHA-256 of the photograph's bytes, in lower-case hexadecimal, as the MIF names it."),
    ),
    request_body(content(
        (String = "image/jpeg"),
        (String = "image/png"),
    ), description = "The photograph."),
    responses(
        (status = 200, description = "It was kept before", body = PhotoKept),
        (status = 201, description = "It is kept, and survives any failure from now on", body = PhotoKept),
        (status = 400, description = "`empty_body`, `bad_body`, `bad_header`; `photo_hash`: the path is no SHA-256, or not that of the body",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No such station, or its certificate is no longer good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The station is out of its period", body = ProblemBody, content_type = "application/problem+json"),
        (status = 408, description = "The body did not arrive in time", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`photo_too_late`: every MIF that names it has waited for its seven days",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "`body_too_large`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 415, description = "`content_type`: another than JPEG and PNG, or not what the bytes are",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_requests`, `rate_exceeded`, `quota_exceeded`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, description = "`unavailable`, `not_ready`: send the same again", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(crate) async fn photo(
    request: HttpRequest,
    path: web::Path<String>,
    payload: web::Payload,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    let station = door.station(&request)?;
    let media = media(&request)?;
    let hash: PhotoHash = path.parse().map_err(|_| {
        let detail = "The path ends with the SHA-256 of the photograph, in lower-case hexadecimal";
        Problem::bad_request("photo_hash", detail)
    })?;
    let _own_turn = door.own_turn(station.fingerprint)?;
    let _turn = door
        .submissions
        .try_acquire()
        .map_err(|_| Refusal::too_many("Too many submissions at once"))?;
    door.allowances.photo(station.fingerprint)?;
    let body = door
        .read(&request, payload, door.limits.photo_bytes_max)
        .await?;
    let received_at = to_microsecond(door.context.clock.legal_now())?;
    let siren = station.siren.as_number();
    let shared = door.clone();
    let kept = web::block(move || {
        check(&body, hash, media)?;
        shared
            .keep(siren, hash, &body, received_at)
            .map_err(Refusal::from)
    })
    .await
    .map_err(Problem::internal)??;
    let (mut answer, since) = match kept {
        Kept::Now => {
            door.metrics.photos_kept_total.inc();
            (HttpResponse::Created(), received_at)
        }
        Kept::Since(since) => (HttpResponse::Ok(), since),
        Kept::TooLate => {
            let detail = "Every MIF that names the photograph has waited for it long enough";
            return Err(Problem::conflict("photo_too_late", detail).into());
        }
    };
    Ok(answer.json(PhotoKept {
        sha256: hash.to_string(),
        received_at: since.to_string(),
    }))
}

/// What the sender says it is.
fn media(request: &HttpRequest) -> Result<PhotoMedia, Problem> {
    media_type(request)?
        .parse()
        .map_err(|_| wrong_type("The content type must be image/jpeg or image/png"))
}

/// The bytes are what the path and the content type say.
fn check(body: &Bytes, hash: PhotoHash, media: PhotoMedia) -> Result<(), Problem> {
    if body.is_empty() {
        return Err(Problem::bad_request("empty_body", "The body is empty"));
    }
    if PhotoMedia::of(body) != Some(media) {
        return Err(wrong_type("The body is not what the content type says"));
    }
    let found = PhotoHash::of(body);
    if found != hash {
        let detail = format!("The body has the SHA-256 {found}");
        return Err(Problem::bad_request("photo_hash", detail));
    }
    Ok(())
}

impl Door {
    /// First the bytes, then the note of them: what is noted is there. Bytes of a photograph that is late are not stored.
    fn keep(
        &self,
        siren: i32,
        hash: PhotoHash,
        body: &Bytes,
        received_at: Timestamp,
    ) -> Result<Kept, KeepError> {
        let standing = self.pool.run::<_, cnt_store::StoreError>(|conn| {
            db::photo_standing(conn, siren, &hash.0, received_at)
        })?;
        if let Some(standing) = standing {
            return Ok(standing);
        }
        self.objects
            .put_bytes(LotKind::Photo, LotId::from_bytes(hash.0), body)?;
        self.pool.run(|conn| {
            Ok(lot_transaction(conn, |conn| {
                Ok(db::keep_photo(conn, siren, &hash.0, received_at)?)
            })?)
        })
    }
}

impl From<KeepError> for Refusal {
    fn from(error: KeepError) -> Self {
        let is_passing = match &error {
            KeepError::Store(error) => matches!(error, StoreError::Full { .. }),
            KeepError::Lot(error) => error.class() == FailureClass::Transient,
            KeepError::Database(error) => error.is_transient(),
        };
        if is_passing {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "A photograph cannot be kept for now"
            );
            return Self::unavailable("Photographs cannot be kept now; send the same again");
        }
        Problem::internal(error).into()
    }
}
