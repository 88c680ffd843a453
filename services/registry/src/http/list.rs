//! Revocation lists.

use actix_web::{HttpResponse, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnt_service_kit::http::{Problem, ProblemBody};

use super::{State, with_connection};
use crate::authorities::list_of;
use crate::change::ChangeError;
use crate::db;

/// The revocation list of an authority, DER: `agents-root.crl`, `agents-signature.crl`, `agents-authentication.crl`,
/// `origin.crl`.
#[utoipa::path(get, path = "/v1/crl/{name}.crl",
    params(("name" = String, Path, description = "The authority")),
    responses(
        (status = 200, content_type = "application/pkix-crl", description = "The list (RFC 5280)"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such list"),
    ))]
pub(super) async fn revocation_list(
    state: web::Data<State>,
    name: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let pem = with_connection(state, move |_, conn| {
        let body = db::snapshot(conn)?.ok_or(ChangeError::Empty)?;
        Ok(list_of(&serde_json::from_slice(&body)?, &name))
    })
    .await?
    .ok_or_else(|| Problem::not_found("No authority has a list of this name"))?;
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = STANDARD.decode(body).map_err(Problem::internal)?;
    Ok(HttpResponse::Ok()
        .content_type("application/pkix-crl")
        .body(der))
}
