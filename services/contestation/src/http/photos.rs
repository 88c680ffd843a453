//! The photographs of an avis: for its OMP as they are, for the addressee as masked copies.

mod shapes;

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use cnt_domain::ids::AvisNumber;
use cnt_domain::photo::{PhotoHash, PhotoMedia};
use cnt_flow::WorkError;
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::FailureClass;
use cnt_vault::{LotId, LotKind};
use uuid::Uuid;

use crate::db::{self, CaseRow, PhotoCopy, PhotoRequestRow};
use crate::http::caller::Operator;
use crate::http::key::{ADDRESSEE, opened_case};
use crate::http::{AppState, with_connection, with_lot};
use crate::photos::{Mask, MaskError, masked, named};

pub(crate) use shapes::{
    GivenPhoto, MaskArea, NamedPhoto, PhotoAnswer, PhotoAsked, PhotoList, PhotoRequest,
    PhotoRequests,
};

/// Most requests that an answer lists.
const OPEN_MAX: i64 = 200;
/// Most masks of one copy.
const MASKS_MAX: usize = 50;

pub(crate) fn no_such_avis() -> Problem {
    Problem::not_found("There is no such avis")
}

fn no_such_photo() -> Problem {
    Problem::not_found("There is no such photograph of this avis")
}

fn no_such_request() -> Problem {
    Problem::not_found("There is no such request about this avis")
}

pub(crate) fn number(avis: &str) -> Result<i64, Problem> {
    let avis: AvisNumber = avis.parse().map_err(|_| no_such_avis())?;
    i64::try_from(avis.get()).map_err(|_| no_such_avis())
}

fn of_work(error: WorkError) -> Problem {
    match error.class() {
        FailureClass::Transient => Problem::unavailable("Not now, try again soon", error),
        FailureClass::Lost | FailureClass::Permanent => Problem::internal(error),
    }
}

/// Runs `work` on a blocking thread.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, WorkError> + Send + 'static,
) -> Result<T, Problem> {
    web::block(work)
        .await
        .map_err(Problem::internal)?
        .map_err(of_work)
}

async fn case_of(state: &AppState, avis: i64) -> Result<CaseRow, Problem> {
    let case = with_connection(state, move |conn| db::case(conn, avis)).await?;
    case.ok_or_else(no_such_avis)
}

/// The case of an avis of the operator's OMP.
async fn own_case(state: &AppState, operator: &Operator, avis: i64) -> Result<CaseRow, Problem> {
    let case = case_of(state, avis).await?;
    let omp = operator.0.omp.clone();
    if with_connection(state, move |conn| db::is_of_omp(conn, avis, &omp)).await? {
        Ok(case)
    } else {
        Err(no_such_avis())
    }
}

/// The photographs that the MIF of an avis names, for its OMP.
#[utoipa::path(
    get, path = "/v1/avis/{avis}/photos", tag = "photos",
    params(
        ("avis" = String, Path, description = "Avis number"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The photographs", body = PhotoList),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such avis for this OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/avis/{avis}/photos")]
pub(crate) async fn photos_list(
    state: web::Data<AppState>,
    operator: Operator,
    avis: web::Path<String>,
) -> Result<web::Json<PhotoList>, Problem> {
    let case = own_case(&state, &operator, number(&avis)?).await?;
    let objects = state.objects.clone();
    let photos = blocking(move || {
        let hashes = named(&*objects, &case)?;
        hashes
            .into_iter()
            .map(|hash| {
                Ok(NamedPhoto {
                    sha256: PhotoHash(hash).to_string(),
                    received: objects.exists(LotKind::Photo, LotId::from_bytes(hash))?,
                })
            })
            .collect()
    })
    .await?;
    Ok(web::Json(PhotoList { photos }))
}

/// A photograph as it was handed in, for the OMP of the avis. Every reading is journalled.
#[utoipa::path(
    get, path = "/v1/avis/{avis}/photos/{sha256}", tag = "photos",
    params(
        ("avis" = String, Path, description = "Avis number"), ("sha256" = String, Path, description = "The photograph"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The photograph", content((String = "image/jpeg"), (String = "image/png"))),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such photograph for this OMP, or it was not handed in", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/avis/{avis}/photos/{sha256}")]
pub(crate) async fn photo_read(
    state: web::Data<AppState>,
    operator: Operator,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let avis = number(&path.0)?;
    let hash: PhotoHash = path.1.parse().map_err(|_| no_such_photo())?;
    let case = own_case(&state, &operator, avis).await?;
    let objects = state.objects.clone();
    let is_named = blocking(move || Ok(named(&*objects, &case)?.contains(&hash.0))).await?;
    if !is_named {
        return Err(no_such_photo());
    }
    shown(&state, &operator.0.user, avis, hash).await
}

/// The bytes of a photograph, after the reading is journalled.
pub(crate) async fn shown(
    state: &AppState,
    who: &str,
    avis: i64,
    hash: PhotoHash,
) -> Result<HttpResponse, Problem> {
    let objects = state.objects.clone();
    let id = LotId::from_bytes(hash.0);
    let bytes = blocking(move || {
        Ok(if objects.exists(LotKind::Photo, id)? {
            Some(objects.get(LotKind::Photo, id)?)
        } else {
            None
        })
    })
    .await?
    .ok_or_else(no_such_photo)?;
    let (who, now) = (who.to_owned(), state.clock.real_now());
    with_connection(state, move |conn| {
        db::photo_seen(conn, now, &who, avis, hash.0)
    })
    .await?;
    let media = PhotoMedia::of(&bytes).ok_or_else(no_such_photo)?;
    Ok(HttpResponse::Ok()
        .content_type(media.as_str())
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(bytes))
}

/// The addressee asks to see the photographs. The same id again is the same request.
#[utoipa::path(
    post, path = "/v1/avis/{avis}/photo-requests", tag = "photos",
    params(
        ("avis" = String, Path, description = "Avis number"), ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    request_body = PhotoAsked,
    responses(
        (status = 202, description = "Noted; the OMP answers", body = PhotoRequest),
        (status = 404, description = "No such avis with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`id_taken`: the id is of another request", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/avis/{avis}/photo-requests")]
pub(crate) async fn photo_request_submit(
    state: web::Data<AppState>,
    request: HttpRequest,
    avis: web::Path<String>,
    asked: web::Json<PhotoAsked>,
) -> Result<HttpResponse, Problem> {
    let avis = number(&avis)?;
    opened_case(&state, &request, avis).await?;
    let row = submitted(&state, avis, asked.id).await?;
    Ok(HttpResponse::Accepted().json(PhotoRequest::from(&row)))
}

/// Notes that an addressee who has opened the file asks for the photographs.
pub(crate) async fn submitted(
    state: &AppState,
    avis: i64,
    id: Uuid,
) -> Result<PhotoRequestRow, Problem> {
    let case = case_of(state, avis).await?;
    let now = state.clock.legal_now();
    let row = with_lot(state, move |conn| {
        if !db::photo_request_insert(conn, id, avis, &case.omp, now)? {
            return Ok(None);
        }
        Ok(db::photo_request(conn, avis, id)?)
    })
    .await?;
    row.ok_or_else(|| Problem::conflict("id_taken", "The id is of another request"))
}

/// What became of a request of the addressee.
#[utoipa::path(
    get, path = "/v1/avis/{avis}/photo-requests/{id}", tag = "photos",
    params(
        ("avis" = String, Path, description = "Avis number"), ("id" = String, Path, format = "uuid", description = "The request"),
        ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 200, description = "The request", body = PhotoRequest),
        (status = 404, description = "No such request, or not with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/avis/{avis}/photo-requests/{id}")]
pub(crate) async fn photo_request_read(
    state: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<(String, Uuid)>,
) -> Result<web::Json<PhotoRequest>, Problem> {
    let (avis, id) = (number(&path.0)?, path.1);
    opened_case(&state, &request, avis).await?;
    let row = with_connection(&state, move |conn| db::photo_request(conn, avis, id)).await?;
    row.map(|row| web::Json(PhotoRequest::from(&row)))
        .ok_or_else(no_such_request)
}

/// A copy that the addressee was given. Every reading is journalled.
#[utoipa::path(
    get, path = "/v1/avis/{avis}/photo-requests/{id}/photos/{sha256}", tag = "photos",
    params(
        ("avis" = String, Path, description = "Avis number"), ("id" = String, Path, format = "uuid", description = "The request"),
        ("sha256" = String, Path, description = "The copy"), ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 200, description = "The copy", content((String = "image/jpeg"), (String = "image/png"))),
        (status = 404, description = "No such copy, or not with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/avis/{avis}/photo-requests/{id}/photos/{sha256}")]
pub(crate) async fn photo_copy_read(
    state: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<(String, Uuid, String)>,
) -> Result<HttpResponse, Problem> {
    let (avis, id) = (number(&path.0)?, path.1);
    let hash: PhotoHash = path.2.parse().map_err(|_| no_such_photo())?;
    opened_case(&state, &request, avis).await?;
    let row = with_connection(&state, move |conn| db::photo_request(conn, avis, id)).await?;
    if !row.is_some_and(|row| row.given().any(|given| given == hash.0)) {
        return Err(no_such_photo());
    }
    shown(&state, ADDRESSEE, avis, hash).await
}

/// Requests of addressees that the OMP has not answered.
#[utoipa::path(
    get, path = "/v1/omp/{omp}/photo-requests", tag = "photos",
    params(
        ("omp" = String, Path, description = "Code of the OMP"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The oldest first", body = PhotoRequests),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "Not the operator's OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/omp/{omp}/photo-requests")]
pub(crate) async fn photo_requests_list(
    state: web::Data<AppState>,
    operator: Operator,
    omp: web::Path<String>,
) -> Result<web::Json<PhotoRequests>, Problem> {
    let scope = operator.of(&omp)?;
    let rows = with_connection(&state, move |conn| {
        db::photo_requests_open(conn, &scope.omp, OPEN_MAX)
    })
    .await?;
    let requests = rows.iter().map(PhotoRequest::from).collect();
    Ok(web::Json(PhotoRequests { requests }))
}

/// Answers an addressee: a copy of each photograph, in which third parties are masked.
#[utoipa::path(
    post, path = "/v1/avis/{avis}/photo-requests/{id}/answer", tag = "photos",
    params(
        ("avis" = String, Path, description = "Avis number"), ("id" = String, Path, format = "uuid", description = "The request"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    request_body = PhotoAnswer,
    responses(
        (status = 200, description = "The addressee can fetch the copies", body = PhotoRequest),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such request for this OMP", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`answered`: it was answered before", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`photos_incomplete`: not exactly the photographs handed in; `mask`: a picture cannot be masked so",
            body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/avis/{avis}/photo-requests/{id}/answer")]
pub(crate) async fn photo_request_answer(
    state: web::Data<AppState>,
    operator: Operator,
    path: web::Path<(String, Uuid)>,
    answer: web::Json<PhotoAnswer>,
) -> Result<web::Json<PhotoRequest>, Problem> {
    let (avis, id) = (number(&path.0)?, path.1);
    let case = own_case(&state, &operator, avis).await?;
    let asked = with_connection(&state, move |conn| db::photo_request(conn, avis, id)).await?;
    if asked.ok_or_else(no_such_request)?.answered_at().is_some() {
        return Err(answered_before());
    }
    let answer = answer.into_inner();
    let shared = state.clone();
    // One at a time: a decoded picture takes memory.
    let _turn = state.masking.acquire().await.map_err(Problem::internal)?;
    let copies = web::block(move || copies(&shared, &case, &answer))
        .await
        .map_err(Problem::internal)??;
    let (user, now) = (operator.0.user, state.clock.legal_now());
    let row = with_lot(&state, move |conn| {
        if !db::photo_request_answer(conn, id, &user, now, &copies)? {
            return Ok(None);
        }
        Ok(db::photo_request(conn, avis, id)?)
    })
    .await?;
    row.map(|row| web::Json(PhotoRequest::from(&row)))
        .ok_or_else(answered_before)
}

fn answered_before() -> Problem {
    Problem::conflict("answered", "The request was answered before")
}

/// Original and copy of every photograph of the case that was handed in; the copies are stored.
fn copies(
    state: &AppState,
    case: &CaseRow,
    answer: &PhotoAnswer,
) -> Result<Vec<PhotoCopy>, Problem> {
    let store = |error: cnt_vault::StoreError| of_work(error.into());
    let mut received = Vec::new();
    for hash in named(&*state.objects, case).map_err(of_work)? {
        let id = LotId::from_bytes(hash);
        if state.objects.exists(LotKind::Photo, id).map_err(store)? {
            received.push(PhotoHash(hash));
        }
    }
    let mut given: Vec<_> = answer.photos.iter().map(|photo| &photo.sha256).collect();
    let mut expected: Vec<_> = received.iter().map(ToString::to_string).collect();
    given.sort();
    expected.sort();
    if !given.into_iter().eq(&expected) {
        return Err(Problem::unprocessable(
            "photos_incomplete",
            "The answer holds each photograph that was handed in once, and no other",
        ));
    }
    let mut copies = Vec::with_capacity(received.len());
    for (index, photo) in answer.photos.iter().enumerate() {
        let unmaskable = |detail: String| {
            Problem::unprocessable("mask", detail).with_pointer(format!("/photos/{index}"))
        };
        let hash: PhotoHash = photo
            .sha256
            .parse()
            .map_err(|_| unmaskable("The photograph has no such hash".to_owned()))?;
        if photo.masks.len() > MASKS_MAX {
            return Err(unmaskable(format!("More than {MASKS_MAX} masks")));
        }
        let masks: Vec<_> = photo
            .masks
            .iter()
            .map(|mask| Mask {
                x: mask.x,
                y: mask.y,
                width: mask.width,
                height: mask.height,
            })
            .collect();
        let original = state
            .objects
            .get(LotKind::Photo, LotId::from_bytes(hash.0))
            .map_err(store)?;
        let copy = masked(&original, &masks).map_err(|error| match error {
            MaskError::Unwritable(_) => Problem::internal(error),
            error => unmaskable(error.to_string()),
        })?;
        let id = LotId::of(&copy);
        state
            .objects
            .put_bytes(LotKind::Photo, id, &copy)
            .map_err(store)?;
        copies.push(PhotoCopy {
            original: hash.0,
            given: *id.as_bytes(),
        });
    }
    Ok(copies)
}
