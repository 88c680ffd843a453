//! The archive's API.

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, ETAG};
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_evidence::VerifierKey;
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::Pool;
use cnt_vault::{LotId, ObjectStore};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, OpenApi, ToSchema};

use crate::caller::Caller;
use crate::db::{self, Consultation, DocumentRow};
use crate::metrics::Metrics;
use crate::search::avis_number;
use crate::service::read_document;
use crate::tiles::TileFiles;
use crate::{evidence_http, page, search_http};

/// What the handlers share.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) pool: Pool,
    pub(crate) objects: Arc<dyn ObjectStore>,
    pub(crate) metrics: Metrics,
    pub(crate) tiles: TileFiles,
    pub(crate) key: Option<VerifierKey>,
}

/// Which of an avis's documents.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentQuery {
    /// Kind of document; `ACO` if not given.
    pub(crate) kind: Option<String>,
    /// Number of the issue, from 1; the latest if not given or empty.
    pub(crate) issue: Option<String>,
}

/// A registered document, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DocumentView {
    /// Avis number, ten digits.
    pub avis: String,
    /// Kind of document.
    pub kind: String,
    /// Number of the issue, from 1.
    pub issue: i16,
    /// The lot it lies in.
    pub lot: String,
    /// Its id in the lot.
    pub member: String,
    /// Size of the PDF in bytes.
    pub size: i64,
    /// SHA-256 of the PDF, in hexadecimal.
    pub sha256: String,
    /// Identity of the MIF.
    pub id_mif: String,
    /// Collectivity.
    pub siren: String,
    /// Plate, if there is a vehicle.
    pub plate: Option<String>,
    /// Addressee as printed.
    pub addressee: String,
    /// Civil day of the offence.
    pub offence_day: String,
    /// Date printed on the document.
    pub avis_date: String,
    /// NatInf code.
    pub natinf: i32,
    /// Commune of the offence (INSEE).
    pub commune: String,
    /// Postcode of the addressee; empty abroad.
    pub postcode: String,
    /// Competent OMP.
    pub omp: String,
    /// Police service.
    pub service: String,
    /// The member id of the document it replaces, if any.
    pub replaces: Option<String>,
}

impl From<DocumentRow> for DocumentView {
    fn from(row: DocumentRow) -> Self {
        Self {
            avis: format!("{:010}", row.avis),
            kind: row.kind,
            issue: row.issue,
            lot: hex::encode(row.lot_id),
            member: row.member_id,
            size: row.size,
            sha256: hex::encode(row.sha256),
            id_mif: row.id_mif.to_string(),
            siren: format!("{:09}", row.siren),
            plate: row.plate,
            addressee: row.addressee,
            offence_day: db::date_of(row.offence_day).to_string(),
            avis_date: db::date_of(row.avis_date).to_string(),
            natinf: row.natinf,
            commune: row.commune,
            postcode: row.postcode,
            omp: row.omp,
            service: row.service,
            replaces: row.replaces,
        }
    }
}

/// A registered lot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LotView {
    /// SHA-256 of the object, which is its name.
    pub id: String,
    /// Kind of lot.
    pub kind: String,
    /// Number of members.
    pub members: i32,
    /// Size of the object in bytes.
    pub bytes: i64,
    /// When it was registered (RFC 3339, UTC).
    pub registered_at: String,
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "CNT archive",
        version = "1",
        description = "Documents as they were sent: found, given back, proven."
    ),
    paths(
        search_http::search,
        document,
        facts,
        lot,
        evidence_http::proof,
        evidence_http::key,
        evidence_http::checkpoint,
        evidence_http::consistent,
        evidence_http::tile
    )
)]
struct ApiDoc;

/// The description of the API, published as `schemas/openapi/archive.json`.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    ApiDoc::openapi()
}

/// Adds the API to an application.
pub(crate) fn routes(api: Api) -> impl FnOnce(&mut web::ServiceConfig) {
    move |service| {
        service
            .app_data(web::Data::new(api))
            .route("/v1/documents", web::get().to(search_http::search))
            .route("/v1/documents/{avis}", web::get().to(document))
            .route("/v1/documents/{avis}/facts", web::get().to(facts))
            .route(
                "/v1/documents/{avis}/proof",
                web::get().to(evidence_http::proof),
            )
            .route("/v1/lots/{id}", web::get().to(lot))
            .route("/v1/evidence/key", web::get().to(evidence_http::key))
            .route(
                "/v1/evidence/checkpoint",
                web::get().to(evidence_http::checkpoint),
            )
            .route(
                "/v1/evidence/consistency",
                web::get().to(evidence_http::consistent),
            )
            .route(
                "/v1/evidence/tile/{path:.*}",
                web::get().to(evidence_http::tile),
            )
            .configure(page::routes);
    }
}

/// The consultation that is asked for.
pub(crate) fn consultation(
    caller: Caller,
    avis: &str,
    query: DocumentQuery,
    what: &'static str,
) -> Result<Consultation, Problem> {
    let number =
        avis_number(avis).ok_or_else(|| Problem::not_found("An avis number has ten digits"))?;
    let issue = match query.issue.as_deref() {
        None | Some("") => None,
        Some(text) => Some(
            text.parse()
                .map_err(|_| Problem::bad_request("bad_query", "The issue is a number from 1"))?,
        ),
    };
    let kind = query
        .kind
        .filter(|kind| !kind.is_empty())
        .unwrap_or_else(|| "ACO".to_owned());
    Ok(Consultation {
        caller,
        avis: number,
        kind,
        issue,
        what,
    })
}

pub(crate) async fn journalled(api: &Api, asked: Consultation) -> Result<DocumentRow, Problem> {
    let pool = api.pool.clone();
    let found = web::block(move || pool.run(|conn| db::journalled(conn, &asked)))
        .await
        .map_err(Problem::internal)?
        .map_err(database)?
        .ok_or_else(|| Problem::not_found("The archive holds no such document"))?;
    api.metrics.consultations_total.inc();
    Ok(found)
}

pub(crate) fn database(error: cnt_store::StoreError) -> Problem {
    if error.is_transient() {
        Problem::unavailable("The archive's index does not answer for now", error)
    } else {
        Problem::internal(error)
    }
}

/// The document exactly as it was sent
#[utoipa::path(get, path = "/v1/documents/{avis}",
    params(
        ("avis" = String, Path, description = "Avis number, ten digits"),
        DocumentQuery,
        ("CNT-User" = String, Header, description = "Who reads; journalled"),
        ("CNT-Role" = String, Header, description = "`cnt`, `archives`, `omp:<code>` or `collectivity:<SIREN>`: bounds what is seen; journalled"),
        ("CNT-Purpose" = String, Header, description = "What for; journalled"),
    ),
    responses(
        (status = 200, description = "The PDF, checked against its SHA-256, which is the ETag", content_type = "application/pdf", body = Vec<u8>,
            headers(("ETag" = String, description = "SHA-256 of the body"), ("CNT-Lot" = String, description = "The lot it lies in"))),
        (status = 400, description = "No role, no purpose, or a bad issue", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No user", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such document, or not for this role", body = ProblemBody, content_type = "application/problem+json"),
        (status = 500, description = "`ARCHIVE_DAMAGED`: the object is not what it was; nothing is given out", body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn document(
    api: web::Data<Api>,
    request: HttpRequest,
    avis: web::Path<String>,
    query: web::Query<DocumentQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request)?;
    let asked = consultation(caller, &avis, query.into_inner(), "document")?;
    given(&api, asked).await
}

/// A document as an answer.
pub(crate) async fn given(api: &Api, asked: Consultation) -> Result<HttpResponse, Problem> {
    let row = journalled(api, asked).await?;
    let (etag, lot) = (
        format!("\"{}\"", hex::encode(&row.sha256)),
        hex::encode(&row.lot_id),
    );
    let reading = api.clone();
    let bytes = web::block(move || read_document(&*reading.objects, &row, &reading.metrics))
        .await
        .map_err(Problem::internal)??;
    Ok(HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((ETAG, etag))
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header(("CNT-Lot", lot))
        .body(bytes))
}

/// What the archive knows of a document
#[utoipa::path(get, path = "/v1/documents/{avis}/facts",
    params(
        ("avis" = String, Path, description = "Avis number, ten digits"),
        DocumentQuery,
        ("CNT-User" = String, Header, description = "Who reads; journalled"),
        ("CNT-Role" = String, Header, description = "`cnt`, `archives`, `omp:<code>` or `collectivity:<SIREN>`: bounds what is seen; journalled"),
        ("CNT-Purpose" = String, Header, description = "What for; journalled"),
    ),
    responses(
        (status = 200, description = "The facts", body = DocumentView),
        (status = 400, description = "No role, no purpose, or a bad issue", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No user", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such document, or not for this role", body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn facts(
    api: web::Data<Api>,
    request: HttpRequest,
    avis: web::Path<String>,
    query: web::Query<DocumentQuery>,
) -> Result<HttpResponse, Problem> {
    let asked = consultation(Caller::of(&request)?, &avis, query.into_inner(), "facts")?;
    let row = journalled(&api, asked).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .json(DocumentView::from(row)))
}

/// What the archive knows of a lot
#[utoipa::path(get, path = "/v1/lots/{id}",
    params(("id" = String, Path, description = "SHA-256 of the object, 64 lower-case hexadecimal digits")),
    responses(
        (status = 200, description = "The lot", body = LotView),
        (status = 404, description = "No such lot", body = ProblemBody, content_type = "application/problem+json"),
    ))]
async fn lot(api: web::Data<Api>, id: web::Path<LotId>) -> Result<web::Json<LotView>, Problem> {
    let (pool, id) = (api.pool.clone(), *id);
    let row = web::block(move || pool.run(|conn| db::lot_find(conn, id.as_bytes())))
        .await
        .map_err(Problem::internal)?
        .map_err(database)?
        .ok_or_else(|| Problem::not_found("The archive holds no such lot"))?;
    Ok(web::Json(LotView {
        id: id.to_string(),
        kind: row.kind,
        members: row.members,
        bytes: row.bytes,
        registered_at: db::instant_of(row.registered_at).to_string(),
    }))
}
