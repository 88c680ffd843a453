//! The part of the API that proves: key, checkpoint, tiles, proofs.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_evidence::{Hash, TileError, TileStore as _, TileTree, consistency, inclusion};
use cnt_service_kit::http::{Problem, ProblemBody};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::caller::Caller;
use crate::db::{self, Consultation, EvidenceError};
use crate::http::{Api, DocumentQuery, consultation, database, journalled};

/// The proof that a document was archived, as `cnt archive verify-proof` reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProofView {
    /// 1.
    pub version: u32,
    /// What the document is: avis, kind and issue.
    pub about: String,
    /// SHA-256 of the document, in hexadecimal.
    pub sha256: String,
    /// Salt of its commitment, in hexadecimal.
    pub salt: String,
    /// Index of its leaf, from 0.
    pub index: u64,
    /// Hashes from the leaf to the root, in hexadecimal.
    pub path: Vec<String>,
    /// The signed checkpoint (C2SP `tlog-checkpoint`).
    pub checkpoint: String,
}

/// The proof that one tree is the beginning of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConsistencyView {
    /// Leaves of the older tree.
    pub from: u64,
    /// Leaves of the newer tree.
    pub to: u64,
    /// Hashes of the proof, in hexadecimal (RFC 9162 §2.1.4).
    pub path: Vec<String>,
}

/// Which trees.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConsistencyQuery {
    /// Leaves of the older tree.
    from: u64,
    /// Leaves of the newer tree; not beyond the latest checkpoint.
    to: u64,
}

fn kept(error: EvidenceError) -> Problem {
    match error {
        EvidenceError::Store(error) => database(error),
        error @ EvidenceError::Damaged(_) => Problem::internal(error),
    }
}

fn tiles(error: TileError<std::io::Error>) -> Problem {
    Problem::internal(error)
}

fn texts(path: &[Hash]) -> Vec<String> {
    path.iter().map(Hash::to_string).collect()
}

async fn checkpoint_of(api: &Api) -> Result<(u64, String), Problem> {
    let pool = api.pool.clone();
    web::block(move || pool.run(db::latest_checkpoint))
        .await
        .map_err(Problem::internal)?
        .map_err(kept)?
        .ok_or_else(|| Problem::not_found("No checkpoint is signed yet"))
}

/// The key that verifies checkpoints
#[utoipa::path(get, path = "/v1/evidence/key", responses(
    (status = 200, description = "The verifier key (C2SP `signed-note`)", body = String, content_type = "text/plain"),
    (status = 404, description = "No key is configured", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn key(api: web::Data<Api>) -> Result<HttpResponse, Problem> {
    let key = api.key.as_ref();
    let key = key.ok_or_else(|| Problem::not_found("This archive signs no checkpoints"))?;
    let text = format!("{key}\n");
    Ok(HttpResponse::Ok().content_type("text/plain").body(text))
}

/// The latest signed checkpoint
#[utoipa::path(get, path = "/v1/evidence/checkpoint", responses(
    (status = 200, description = "The note (C2SP `tlog-checkpoint`)", body = String, content_type = "text/plain"),
    (status = 404, description = "None is signed yet", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn checkpoint(api: web::Data<Api>) -> Result<HttpResponse, Problem> {
    let (_, note) = checkpoint_of(&api).await?;
    Ok(HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(note))
}

/// The proof that one tree is the beginning of another
#[utoipa::path(get, path = "/v1/evidence/consistency", params(ConsistencyQuery), responses(
    (status = 200, description = "The proof", body = ConsistencyView),
    (status = 400, description = "No such trees", body = ProblemBody, content_type = "application/problem+json"),
    (status = 404, description = "No checkpoint is signed yet", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn consistent(
    api: web::Data<Api>,
    query: web::Query<ConsistencyQuery>,
) -> Result<web::Json<ConsistencyView>, Problem> {
    let (size, _) = checkpoint_of(&api).await?;
    let ConsistencyQuery { from, to } = query.into_inner();
    if from > to || to > size {
        let told = format!("0 ≤ from ≤ to ≤ {size}, the latest checkpoint");
        return Err(Problem::bad_request("bad_query", told));
    }
    let store = api.tiles.clone();
    let path = web::block(move || consistency(&TileTree::new(&store, size), from, to))
        .await
        .map_err(Problem::internal)?
        .map_err(tiles)?;
    let path = texts(&path);
    Ok(web::Json(ConsistencyView { from, to, path }))
}

/// A tile, or a bundle of entries
#[utoipa::path(get, path = "/v1/evidence/tile/{path}",
    params(("path" = String, Path, description = "As in C2SP `tlog-tiles`: `0/x001/234`, `1/000.p/12`, `entries/000`")),
    responses(
    (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
    (status = 404, description = "No such tile", body = ProblemBody, content_type = "application/problem+json")))]
pub(crate) async fn tile(
    api: web::Data<Api>,
    path: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::not_found("There is no such tile");
    let is_part = |part: &str| {
        let part = part.strip_suffix(".p").unwrap_or(part);
        let digits = part.strip_prefix('x').unwrap_or(part);
        part == "entries" || (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()))
    };
    if !path.split('/').all(is_part) {
        return Err(unknown());
    }
    let (store, path) = (api.tiles.clone(), format!("tile/{path}"));
    let read = web::block(move || store.read(&path)).await;
    match read.map_err(Problem::internal)? {
        Ok(bytes) => Ok(HttpResponse::Ok()
            .content_type("application/octet-stream")
            .body(bytes)),
        // A name that is a folder is no tile either.
        Err(error)
            if matches!(
                error.kind(),
                std::io::ErrorKind::NotFound
                    | std::io::ErrorKind::IsADirectory
                    | std::io::ErrorKind::NotADirectory
            ) =>
        {
            Err(unknown())
        }
        Err(error) => Err(Problem::internal(error)),
    }
}

/// The proof that a document is in the archive's log
#[utoipa::path(get, path = "/v1/documents/{avis}/proof",
    params(
        ("avis" = String, Path, description = "Avis number, ten digits"),
        DocumentQuery,
        ("CNT-User" = String, Header, description = "Who reads; journalled"),
        ("CNT-Role" = String, Header, description = "`cnt`, `archives`, `omp:<code>` or `collectivity:<SIREN>`: bounds what is seen; journalled"),
        ("CNT-Purpose" = String, Header, description = "What for; journalled"),
    ),
    responses(
        (status = 200, description = "The proof, complete with its checkpoint", body = ProofView),
        (status = 400, description = "No role, no purpose, or a bad issue", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No user", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such document, no leaf, or no checkpoint over it yet", body = ProblemBody, content_type = "application/problem+json"),
    ))]
pub(crate) async fn proof(
    api: web::Data<Api>,
    request: HttpRequest,
    avis: web::Path<String>,
    query: web::Query<DocumentQuery>,
) -> Result<HttpResponse, Problem> {
    let caller = Caller::of(&request)?;
    let asked = consultation(caller, &avis, query.into_inner(), "proof")?;
    proven(&api, asked).await
}

/// A proof as an answer.
pub(crate) async fn proven(api: &Api, asked: Consultation) -> Result<HttpResponse, Problem> {
    let row = journalled(api, asked).await?;
    let (size, note) = checkpoint_of(api).await?;
    let (pool, store) = (api.pool.clone(), api.tiles.clone());
    let made = web::block(move || {
        let leaf = pool.run(|conn| db::leaf_of(conn, &row)).map_err(kept)?;
        let (index, salt) = leaf
            .ok_or_else(|| Problem::not_found("The document has no leaf, or no salt any more"))?;
        if index >= size {
            return Err(Problem::not_found("No checkpoint covers the document yet"));
        }
        let path = inclusion(&TileTree::new(&store, size), index, size).map_err(tiles)?;
        Ok(ProofView {
            version: 1,
            about: row.member_id,
            sha256: hex::encode(&row.sha256),
            salt: salt.into(),
            index,
            path: texts(&path),
            checkpoint: note,
        })
    });
    let view = made.await.map_err(Problem::internal)??;
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .json(view))
}
