//! The operator's API, on the loopback interface.

mod competence;
mod holders;
mod import;
mod law;
mod list;

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use cnt_bus::Producer;
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::{PgConnection, Pool};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{OpenApi, ToSchema};

use crate::authorities::AuthoritiesError;
use crate::change::{ADVANCE_SECONDS_MAX, ChangeError, Changed, Registrar};
use crate::db;
use crate::issuing::Refusal;
use crate::metrics::Metrics;
use crate::service::publish;

/// What handlers share.
pub(crate) struct State {
    pub(crate) pool: Pool,
    pub(crate) registrar: Registrar,
    pub(crate) producer: Arc<Producer>,
    pub(crate) simulation: bool,
    pub(crate) metrics: Metrics,
}

/// The newest version.
#[derive(Serialize, Deserialize, ToSchema)]
struct VersionAnswer {
    /// Version number.
    version: i64,
    /// SHA-256 of its object of kind `registry`, in hexadecimal.
    snapshot: String,
    /// What made it: `import`, `card`, `revocation`, `suspension`, `station`, `lists`, `natinf`, `law`, `competence`.
    cause: String,
    /// Legal instant it was made at (RFC 3339).
    legal_at: String,
}

/// A change made a version.
#[derive(Serialize, Deserialize, ToSchema)]
struct ChangedAnswer {
    /// The version that the change made.
    version: i64,
}

/// The legal clock.
#[derive(Serialize, Deserialize, ToSchema)]
struct ClockAnswer {
    /// Seconds by which the legal clock is ahead of the real one.
    offset_seconds: i64,
    /// The legal instant (RFC 3339).
    legal_now: String,
}

/// The legal clock is to be moved forward.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AdvanceRequest {
    /// By how many seconds, from 1 to ten years.
    #[schema(minimum = 1)]
    seconds: i64,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "cnt-registry",
        description = "Versions of the registry and the legal clock. For the operator, on the loopback interface."
    ),
    paths(
        version,
        snapshot,
        holders::issue_card,
        holders::card,
        holders::revoke_card,
        holders::suspend_card,
        holders::resume_card,
        holders::issue_station,
        holders::cut_station,
        list::revocation_list,
        law::import_natinf,
        law::import_law,
        competence::import_competence,
        clock,
        advance_clock
    )
)]
struct Api;

/// The API described in `OpenAPI`, as JSON.
#[must_use]
pub fn openapi() -> String {
    let mut text = Api::openapi().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) fn routes(service: &mut web::ServiceConfig) {
    service
        .route("/v1/version", web::get().to(version))
        .route("/v1/snapshot", web::get().to(snapshot))
        .route("/v1/cards", web::post().to(holders::issue_card))
        .route("/v1/cards/{serial}", web::get().to(holders::card))
        .route(
            "/v1/cards/{serial}/revocation",
            web::post().to(holders::revoke_card),
        )
        .route(
            "/v1/cards/{serial}/suspension",
            web::post().to(holders::suspend_card),
        )
        .route(
            "/v1/cards/{serial}/resumption",
            web::post().to(holders::resume_card),
        )
        .route("/v1/stations", web::post().to(holders::issue_station))
        .route(
            "/v1/stations/{name}/cut",
            web::post().to(holders::cut_station),
        )
        .route("/v1/crl/{name}.crl", web::get().to(list::revocation_list))
        .service(law::natinf_resource())
        .service(law::law_resource())
        .service(competence::competence_resource())
        .route("/v1/clock", web::get().to(clock))
        .route("/v1/clock/advance", web::post().to(advance_clock));
}

/// Runs `work` with a connection on a blocking thread.
async fn with_connection<T: Send + 'static>(
    state: web::Data<State>,
    work: impl FnOnce(&State, &mut PgConnection) -> Result<T, ChangeError> + Send + 'static,
) -> Result<T, Problem> {
    let outcome = web::block(move || {
        let shared = state.clone();
        state.pool.run(|conn| work(&shared, conn))
    })
    .await
    .map_err(Problem::internal)?;
    outcome.map_err(problem)
}

fn problem(error: ChangeError) -> Problem {
    match error {
        ChangeError::Empty => Problem::not_found("The registry has no version yet"),
        ChangeError::UnknownCard { .. } => Problem::not_found("No card has this serial number"),
        ChangeError::AlreadyRevoked { .. } => {
            Problem::conflict("already_revoked", "This card is revoked already")
        }
        ChangeError::AlreadySuspended { .. } => {
            Problem::conflict("already_suspended", "This card is suspended already")
        }
        error @ ChangeError::WouldResume { .. } => {
            Problem::conflict("would_resume", error.to_string())
        }
        ChangeError::NotSuspended { .. } => {
            Problem::conflict("not_suspended", "This card is not suspended")
        }
        ChangeError::Refused(refusal) => refused(&refusal),
        ChangeError::Authorities(AuthoritiesError::None) => {
            Problem::conflict("no_authorities", "This registry holds no authority's keys")
        }
        error @ ChangeError::UnknownOmp(_) => {
            Problem::unprocessable("unknown_omp", error.to_string())
        }
        ChangeError::Same => Problem::conflict("same", "The registry holds this already"),
        ChangeError::Store(error) if error.is_transient() => {
            Problem::unavailable("The database cannot be reached now", error)
        }
        other => Problem::internal(other),
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let detail = refusal.to_string();
    match refusal {
        Refusal::UnknownCollectivity | Refusal::UnknownStation => Problem::not_found(detail),
        Refusal::NoConvention | Refusal::Suspended | Refusal::NotEnrolled => {
            Problem::forbidden(detail)
        }
        Refusal::HasCard { .. } => Problem::conflict("has_card", detail),
        Refusal::StationExists => Problem::conflict("station_exists", detail),
        Refusal::AlreadyCut => Problem::conflict("already_cut", detail),
        Refusal::Value(_) => Problem::unprocessable("bad_value", detail),
        Refusal::Key(_) => Problem::unprocessable("bad_key", detail),
    }
}

/// The newest version.
#[utoipa::path(get, path = "/v1/version", responses(
    (status = 200, body = VersionAnswer),
    (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "The registry is empty"),
))]
async fn version(state: web::Data<State>) -> Result<web::Json<VersionAnswer>, Problem> {
    let row = with_connection(state, |_, conn| db::newest(conn)?.ok_or(ChangeError::Empty)).await?;
    let legal_at = Timestamp::from_microsecond(row.legal_at_us).map_err(Problem::internal)?;
    let snapshot: [u8; 32] = row
        .lot_id
        .as_slice()
        .try_into()
        .map_err(Problem::internal)?;
    Ok(web::Json(VersionAnswer {
        version: row.version,
        snapshot: cnt_contracts::hex32::Hex32(snapshot).to_string(),
        cause: row.cause,
        legal_at: legal_at.to_string(),
    }))
}

/// The newest snapshot, as `schemas/registry/snapshot.v1.json` describes it.
#[utoipa::path(get, path = "/v1/snapshot", responses(
    (status = 200, body = Object),
    (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "The registry is empty"),
))]
async fn snapshot(state: web::Data<State>) -> Result<HttpResponse, Problem> {
    let body = with_connection(state, |_, conn| {
        db::snapshot(conn)?.ok_or(ChangeError::Empty)
    })
    .await?;
    Ok(HttpResponse::Ok()
        .content_type("application/json")
        .body(body))
}

/// The legal clock.
#[utoipa::path(get, path = "/v1/clock", responses((status = 200, body = ClockAnswer)))]
async fn clock(state: web::Data<State>) -> Result<web::Json<ClockAnswer>, Problem> {
    let shared = state.clone();
    let offset_seconds = with_connection(state, |_, conn| Ok(db::clock_offset(conn)?)).await?;
    clock_answer(&shared, offset_seconds)
}

/// Moves the legal clock forward, for every service. Only in a simulation.
#[utoipa::path(post, path = "/v1/clock/advance", request_body = AdvanceRequest, responses(
    (status = 200, body = ClockAnswer),
    (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "This is no simulation"),
    (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "Not forward, or too far"),
))]
async fn advance_clock(
    state: web::Data<State>,
    request: web::Json<AdvanceRequest>,
) -> Result<web::Json<ClockAnswer>, Problem> {
    if !state.simulation {
        return Err(Problem::forbidden(
            "The legal clock can be moved in a simulation only",
        ));
    }
    let seconds = request.seconds;
    if !(1..=ADVANCE_SECONDS_MAX).contains(&seconds) {
        let detail = format!("The clock goes forward, by 1 to {ADVANCE_SECONDS_MAX} seconds");
        return Err(Problem::unprocessable("bad_advance", detail).with_pointer("/seconds"));
    }
    let shared = state.clone();
    let offset_seconds = with_connection(state, move |state, conn| {
        let changed = Registrar::advance_clock(conn, seconds)?;
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    tracing::info!(offset_seconds, "Legal clock was advanced");
    clock_answer(&shared, offset_seconds)
}

fn publish_change<T>(state: &State, conn: &mut PgConnection, changed: Changed<T>) -> T {
    publish(conn, &state.producer, &changed.fresh);
    changed.value
}

fn clock_answer(state: &State, offset_seconds: i64) -> Result<web::Json<ClockAnswer>, Problem> {
    // From the table, not from this process's clock: the event may not have come round yet.
    let offset = jiff::SignedDuration::from_secs(offset_seconds);
    let legal_now = state
        .registrar
        .clock
        .real_now()
        .checked_add(offset)
        .map_err(Problem::internal)?;
    Ok(web::Json(ClockAnswer {
        offset_seconds,
        legal_now: legal_now.to_string(),
    }))
}
