//! `GET /v1/status`.

use actix_web::{HttpResponse, web};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Door;
use crate::http::receipts::{LIMIT_MAX, WAIT_MAX_S};

/// What the gateway is, and what it takes.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatusV1 {
    /// Version of the program.
    version: String,
    /// Version of the registry by which stations and MIFs are judged now; none while starting.
    registry_version: Option<u64>,
    /// Now, on the legal clock (RFC 3339).
    #[schema(format = "date-time")]
    legal_time: String,
    /// Whether this is a simulation, whose avis cannot be paid and whose clock can be moved.
    simulation: bool,
    /// What is refused.
    limits: StatusLimits,
}

/// Limits of requests.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub(crate) struct StatusLimits {
    /// Largest body, in bytes, as sent and as decompressed.
    body_bytes_max: usize,
    /// Most MIFs in a submission.
    mifs_max: usize,
    /// Largest MIF, in bytes.
    mif_bytes_max: usize,
    /// Most receipts in a page.
    receipts_max: u16,
    /// Longest wait for receipts, in seconds.
    wait_s_max: u8,
}

/// Tells version, time and limits.
#[utoipa::path(
    get,
    path = "/v1/status",
    tag = "status",
    responses((status = 200, description = "The gateway answers", body = StatusV1)),
)]
pub(crate) async fn status(door: web::Data<Door>) -> HttpResponse {
    let current = door.registry.current();
    HttpResponse::Ok().json(StatusV1 {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        registry_version: current.map(|current| current.registry.version),
        legal_time: door.context.clock.legal_now().to_string(),
        simulation: door.context.simulation,
        limits: StatusLimits {
            body_bytes_max: door.limits.body_bytes_max,
            mifs_max: door.limits.mifs_max,
            mif_bytes_max: door.limits.mif_bytes_max,
            receipts_max: LIMIT_MAX,
            wait_s_max: WAIT_MAX_S,
        },
    })
}
