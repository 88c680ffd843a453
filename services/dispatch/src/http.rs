//! Dispatch's API, for the plants and the operator.

use std::sync::Arc;

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};
use cnt_contracts::events::{LotRef, SpoolDepositEvent};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::SPOOL_DEPOSIT;
use cnt_flow::{WorkError, event_record};
use cnt_service_kit::clock::Clock;
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::outbox::OutboxEvent;
use cnt_store::{FailureClass, LotError, Pool};
use cnt_vault::{LotId, LotKind, LotReader, ObjectStore};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::db::{self, Deposit, SpoolRow};
use crate::spool::{MANIFEST_MEMBER, SpoolManifest};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) pool: Pool,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) clock: Clock,
}

/// Which spools.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct SpoolQuery {
    /// Code of the plant; all if not given.
    plant: Option<String>,
    /// Planned day of deposit, `YYYY-MM-DD`; all if not given.
    day: Option<String>,
}

/// A closed spool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SpoolView {
    /// SHA-256 of the spool's object, which is its name.
    pub id: String,
    /// Code of the printing plant.
    pub plant: String,
    /// Planned day of deposit, printed on the documents.
    pub day: String,
    /// Folds.
    pub folds: i32,
    /// Sheets of paper.
    pub sheets: i64,
    /// Weight in grams.
    pub weight_g: i64,
    /// Postage in cents.
    pub postage_cents: i64,
    /// Size of the object in bytes.
    pub bytes: i64,
    /// When it was closed (RFC 3339, UTC).
    pub closed_at: String,
    /// True day of deposit; none until the plant acknowledged it.
    pub deposited_on: Option<String>,
}

impl From<SpoolRow> for SpoolView {
    fn from(row: SpoolRow) -> Self {
        Self {
            id: hex::encode(row.spool_id),
            plant: row.plant,
            day: db::date_of(row.day).to_string(),
            folds: row.folds,
            sheets: row.sheets,
            weight_g: row.weight_g,
            postage_cents: row.postage_cents,
            bytes: row.bytes,
            closed_at: db::instant_of(row.closed_at).to_string(),
            deposited_on: row.deposited_on.map(|day| db::date_of(day).to_string()),
        }
    }
}

/// The plant's acknowledgement of deposit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepositRequest {
    /// The true day of deposit, `YYYY-MM-DD`; today on the legal clock if not given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub day: Option<String>,
}

/// How many held folds wait again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Released {
    /// Folds released.
    pub released: u64,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "CNT dispatch",
        version = "1",
        description = "Print spools and their deposit."
    ),
    paths(spools, manifest, deposit, release)
)]
struct ApiDoc;

/// The description of the API, published as `schemas/openapi/dispatch.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    ApiDoc::openapi()
}

/// Adds the API to an application.
pub(crate) fn routes(api: Api) -> impl FnOnce(&mut web::ServiceConfig) {
    move |service| {
        service
            .app_data(web::Data::new(api))
            .route("/v1/spools", web::get().to(spools))
            .route("/v1/spools/{id}/manifest", web::get().to(manifest))
            .route("/v1/spools/{id}/deposit", web::post().to(deposit))
            .route("/v1/held/release", web::post().to(release));
    }
}

fn database(error: cnt_store::StoreError) -> Problem {
    if error.is_transient() {
        Problem::unavailable("The database does not answer for now", error)
    } else {
        Problem::internal(error)
    }
}

fn lot_failed(error: LotError) -> Problem {
    match error.class() {
        FailureClass::Transient => {
            Problem::unavailable("The database does not answer for now", error)
        }
        FailureClass::Lost | FailureClass::Permanent => Problem::internal(error),
    }
}

/// What the others are told of a deposit: the spool has a member a fold, and its manifest.
fn deposit_event(id: LotId, row: &SpoolRow, day: Date) -> Result<OutboxEvent, WorkError> {
    let event = SpoolDepositEvent {
        version: 1,
        lot: LotRef {
            kind: LotKind::Spool.as_str().to_owned(),
            id: Hex32(*id.as_bytes()),
            bytes: u64::try_from(row.bytes).map_err(WorkError::never)?,
            members: u32::try_from(row.folds)
                .map_err(WorkError::never)?
                .saturating_add(1),
        },
        day: day.to_string(),
    };
    event_record(&SPOOL_DEPOSIT, event.lot.id, &event)
}

fn day_of(text: &str) -> Result<Date, Problem> {
    text.parse()
        .map_err(|_| Problem::bad_request("bad_day", "A day is written YYYY-MM-DD"))
}

fn unknown() -> Problem {
    Problem::not_found("There is no such spool")
}

/// The latest 200 spools
#[utoipa::path(get, path = "/v1/spools", params(SpoolQuery),
    responses(
        (status = 200, description = "Spools, the latest first", body = Vec<SpoolView>),
        (status = 400, description = "A bad day", body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn spools(
    api: web::Data<Api>,
    query: web::Query<SpoolQuery>,
) -> Result<web::Json<Vec<SpoolView>>, Problem> {
    let query = query.into_inner();
    let day = query
        .day
        .as_deref()
        .map(day_of)
        .transpose()?
        .map(db::date_to);
    let pool = api.pool.clone();
    let rows =
        web::block(move || pool.run(|conn| db::spool_list(conn, query.plant.as_deref(), day)))
            .await
            .map_err(Problem::internal)?
            .map_err(database)?;
    Ok(web::Json(rows.into_iter().map(SpoolView::from).collect()))
}

/// The manifest of a spool, as it is sealed in it
#[utoipa::path(get, path = "/v1/spools/{id}/manifest",
    params(("id" = String, Path, description = "SHA-256 of the spool, 64 lower-case hexadecimal digits")),
    responses(
        (status = 200, description = "The manifest", body = SpoolManifest),
        (status = 404, description = "No such spool", body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn manifest(api: web::Data<Api>, id: web::Path<LotId>) -> Result<HttpResponse, Problem> {
    let (api, id) = (api.get_ref().clone(), *id);
    let read = move || -> Result<_, Problem> {
        let found = api.pool.run(|conn| db::spool_find(conn, id.as_bytes()));
        found.map_err(database)?.ok_or_else(unknown)?;
        manifest_of(&*api.objects, id).map_err(Problem::internal)
    };
    let bytes = web::block(read).await.map_err(Problem::internal)??;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(bytes))
}

fn manifest_of(objects: &dyn ObjectStore, id: LotId) -> anyhow::Result<web::Bytes> {
    let reader = LotReader::open_at(objects.open(LotKind::Spool, id)?)?;
    let member = reader.find(MANIFEST_MEMBER)?;
    let member = member.ok_or_else(|| anyhow::anyhow!("the spool has no manifest"))?;
    Ok(reader.read(member)?)
}

/// The plant handed a spool to the post
///
/// The delays of its documents run from that day where it is later than the one they bear. Saying it again changes
/// nothing; saying another day is a conflict.
#[utoipa::path(post, path = "/v1/spools/{id}/deposit",
    params(("id" = String, Path, description = "SHA-256 of the spool, 64 lower-case hexadecimal digits")),
    request_body = DepositRequest,
    responses(
        (status = 200, description = "Recorded, now or before", body = SpoolView),
        (status = 400, description = "A bad day", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such spool", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "Another day was acknowledged before", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "A day that is not yet", body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn deposit(
    api: web::Data<Api>,
    id: web::Path<LotId>,
    request: web::Json<DepositRequest>,
) -> Result<web::Json<SpoolView>, Problem> {
    let today = api.clock.legal_today_paris();
    let day = request.day.as_deref().map_or(Ok(today), day_of)?;
    if day > today {
        let detail = format!("A deposit cannot be acknowledged before its day; today is {today}");
        return Err(Problem::unprocessable("deposit_not_yet", detail));
    }
    let (pool, id) = (api.pool.clone(), *id);
    let record = move || {
        pool.run(|conn| {
            db::deposit(conn, id.as_bytes(), db::date_to(day), |row| {
                deposit_event(id, row, day)
            })
        })
    };
    let outcome = web::block(record)
        .await
        .map_err(Problem::internal)?
        .map_err(lot_failed)?;
    match outcome {
        Deposit::Unknown => Err(unknown()),
        Deposit::Other(before) => {
            let detail = format!("The deposit was acknowledged for {}", db::date_of(before));
            Err(Problem::conflict("deposit_other_day", detail))
        }
        Deposit::Recorded(row) => Ok(web::Json(row.into())),
    }
}

/// Lets folds that were held back be taken again
///
/// For the operator, after a damaged lot was restored from a copy.
#[utoipa::path(post, path = "/v1/held/release",
    responses((status = 200, description = "How many", body = Released)))]
async fn release(api: web::Data<Api>) -> Result<web::Json<Released>, Problem> {
    let pool = api.pool.clone();
    let released = web::block(move || pool.run(db::release))
        .await
        .map_err(Problem::internal)?
        .map_err(database)?;
    Ok(web::Json(Released {
        released: u64::try_from(released).map_err(Problem::internal)?,
    }))
}
