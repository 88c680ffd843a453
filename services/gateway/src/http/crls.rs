//! `GET /v1/crls`.

use actix_web::http::header::ETAG;
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_contracts::registry::AnchorsV1;
use cnt_service_kit::http::{Problem, ProblemBody};
use rustls_pki_types::CertificateRevocationListDer;
use rustls_pki_types::pem::PemObject as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::Door;
use crate::http::natinf::is_known;
use crate::http::refusal::Refusal;

/// Names of the authorities, in the order of their lists in the registry.
const AGENTS: [&str; 3] = ["agents-root", "agents-signature", "agents-authentication"];
const ORIGIN: &str = "origin";

/// The revocation lists that there are.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CrlsAnswer {
    /// Version of the registry they are of.
    version: u64,
    /// One per authority.
    crls: Vec<CrlRef>,
}

/// Where a list is.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CrlRef {
    /// The authority.
    authority: String,
    /// Path of the list.
    path: String,
    /// SHA-256 of the list's DER.
    sha256: String,
}

/// The lists by authority, PEM.
fn lists(anchors: &AnchorsV1) -> impl Iterator<Item = (&'static str, &String)> {
    AGENTS
        .into_iter()
        .zip(&anchors.agents_crls)
        .chain([ORIGIN].into_iter().zip(&anchors.origin_crls))
}

fn der(pem: &str) -> Result<CertificateRevocationListDer<'static>, Problem> {
    CertificateRevocationListDer::from_pem_slice(pem.as_bytes())
        .map_err(|error| Problem::internal(anyhow::anyhow!("a list of the registry: {error}")))
}

/// Names the revocation lists of the agents' cards and of the stations.
#[utoipa::path(
    get,
    path = "/v1/crls",
    tag = "lists",
    responses(
        (status = 200, description = "The lists", body = CrlsAnswer),
        (status = 401, description = "No such station, or its certificate is no longer good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The station is out of its period", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_exceeded`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, description = "`not_ready`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(crate) async fn crls(
    request: HttpRequest,
    door: web::Data<Door>,
) -> Result<web::Json<CrlsAnswer>, Refusal> {
    let version = door.station(&request)?.version;
    let crls = lists(&version.anchors)
        .map(|(authority, pem)| {
            Ok(CrlRef {
                authority: authority.to_owned(),
                path: format!("/v1/crls/{authority}.crl"),
                sha256: hex::encode(cnt_trust::sha256(&der(pem)?)),
            })
        })
        .collect::<Result<_, Problem>>()?;
    Ok(web::Json(CrlsAnswer {
        version: version.registry.version,
        crls,
    }))
}

/// The revocation list of an authority, DER (RFC 5280).
#[utoipa::path(
    get,
    path = "/v1/crls/{authority}.crl",
    tag = "lists",
    params(
        ("authority" = String, Path, description = "`agents-root`, `agents-signature`, `agents-authentication` or `origin`"),
        ("If-None-Match" = Option<String>, Header, description = "The `ETag` of the list that the station has."),
    ),
    responses(
        (status = 200, description = "The list", content_type = "application/pkix-crl",
            headers(("ETag" = String, description = "Of the list"))),
        (status = 304, description = "The list is the one named"),
        (status = 401, description = "No such station, or its certificate is no longer good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The station is out of its period", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "`not_found`: no authority has this name", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`rate_exceeded`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, description = "`not_ready`", body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(crate) async fn crl(
    request: HttpRequest,
    authority: web::Path<String>,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    let version = door.station(&request)?.version;
    let (_, pem) = lists(&version.anchors)
        .find(|(name, _)| *name == authority.as_str())
        .ok_or_else(|| Problem::not_found("No authority has a list of this name"))?;
    let der = der(pem)?;
    let etag = format!("\"{}\"", hex::encode(cnt_trust::sha256(&der)));
    if is_known(&request, &etag) {
        return Ok(HttpResponse::NotModified()
            .insert_header((ETAG, etag))
            .finish());
    }
    Ok(HttpResponse::Ok()
        .insert_header((ETAG, etag))
        .content_type("application/pkix-crl")
        .body(der.to_vec()))
}
