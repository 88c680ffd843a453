//! The documents about an avis, for its addressee and for operators. Each is held against its SHA-256, and each reading is
//! journalled.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use cnt_contracts::hex32::Hex32;
use cnt_flow::{WorkError, lot_id};
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_vault::{LotKind, LotReader};
use serde::Serialize;
use utoipa::ToSchema;

use crate::db::{self, DocumentRow, Reader};
use crate::http::caller::Viewer;
use crate::http::key::{ADDRESSEE, opened_case};
use crate::http::photos::{blocking, no_such_avis, number};
use crate::http::{AppState, with_connection};

/// A document about an avis.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Letter {
    /// Its name in addresses: kind and issue, `ACO-1`.
    letter: String,
    /// Its kind: `ACO` or `ACD` the avis, `AFM` the increased fine, `ACE` the receipt of a contestation, `DEP` a piece that is
    /// asked for, `IRR`, `CSS`, `TTP`, `MAI` what was decided, `PVE` the procès-verbal; for operators also `RAP`, the report
    /// asked of the agent, and `BTP`, the file handed over to the tribunal.
    kind: String,
    /// Number of the issue, from 1.
    issue: i16,
    /// The day it bears.
    day: String,
    /// The day on which the post took it, once its plant said so: delays run from it where it is later.
    #[serde(skip_serializing_if = "Option::is_none")]
    deposited_on: Option<String>,
}

/// The documents about an avis.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Letters {
    /// The oldest first.
    letters: Vec<Letter>,
}

impl From<Vec<DocumentRow>> for Letters {
    fn from(rows: Vec<DocumentRow>) -> Self {
        let letters = rows.into_iter().map(|row| Letter {
            letter: name_of(&row),
            day: row.day().to_string(),
            deposited_on: row.deposited_on().map(|day| day.to_string()),
            issue: row.issue,
            kind: row.kind,
        });
        Self {
            letters: letters.collect(),
        }
    }
}

/// The name of a document in addresses.
pub(crate) fn name_of(row: &DocumentRow) -> String {
    format!("{}-{}", row.kind, row.issue)
}

fn no_such_letter() -> Problem {
    Problem::not_found("There is no such document about this avis")
}

/// Reads a name back.
pub(crate) fn named(letter: &str) -> Option<(&str, i16)> {
    let (kind, issue) = letter.split_once('-')?;
    Some((kind, issue.parse().ok()?))
}

/// The documents about an avis.
pub(crate) async fn letters_of(
    state: &AppState,
    avis: i64,
    is_operator: bool,
) -> Result<Vec<DocumentRow>, Problem> {
    with_connection(state, move |conn| db::documents(conn, avis, is_operator)).await
}

/// The bytes of a document, after the reading is journalled.
async fn bytes_of(
    state: &AppState,
    who: Reader,
    avis: i64,
    letter: &str,
) -> Result<Bytes, Problem> {
    let (kind, issue) = named(letter).ok_or_else(no_such_letter)?;
    let (kind, now) = (kind.to_owned(), state.clock.real_now());
    let row = with_connection(state, move |conn| {
        db::document_read(conn, &who, avis, (&kind, issue), now)
    })
    .await?
    .ok_or_else(no_such_letter)?;
    bytes_of_row(state, row).await
}

/// The bytes of a document whose reading is journalled.
pub(crate) async fn bytes_of_row(state: &AppState, row: DocumentRow) -> Result<Bytes, Problem> {
    let lot = row.lot().ok_or_else(no_such_letter)?;
    let objects = state.objects.clone();
    blocking(move || {
        let reader = LotReader::open_at(objects.open(LotKind::Document, lot_id(Hex32(lot)))?)?;
        let member = reader.find(&row.member_id)?;
        let member = member.ok_or_else(|| WorkError::never("a document that its lot lacks"))?;
        // Read, a member is held against the SHA-256 that its lot keeps.
        Ok(reader.read(member)?)
    })
    .await
}

/// As something to be saved; number, kind and issue were found in the table.
fn saved(avis: i64, letter: &str, bytes: Bytes) -> HttpResponse {
    let disposition = format!("attachment; filename=\"avis-{avis}-{letter}.pdf\"");
    HttpResponse::Ok()
        .content_type("application/pdf")
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(bytes)
}

/// A document for its addressee, as something to be saved.
pub(crate) async fn given(
    state: &AppState,
    avis: i64,
    letter: &str,
) -> Result<HttpResponse, Problem> {
    let reader = Reader {
        who: ADDRESSEE.to_owned(),
        omp: None,
        is_operator: false,
    };
    let bytes = bytes_of(state, reader, avis, letter).await?;
    Ok(saved(avis, letter, bytes))
}

/// Every document about an avis, the avis itself among them, with the key printed on it.
#[utoipa::path(
    get, path = "/v1/portal/avis/{avis}/letters", tag = "portal",
    params(
        ("avis" = String, Path, description = "Avis number"), ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 200, description = "The documents", body = Letters),
        (status = 404, description = "No such avis with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/portal/avis/{avis}/letters")]
pub(crate) async fn addressee_letters(
    state: web::Data<AppState>,
    request: HttpRequest,
    avis: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let avis = number(&avis)?;
    opened_case(&state, &request, avis).await?;
    let letters = Letters::from(letters_of(&state, avis, false).await?);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, "no-store"))
        .json(letters))
}

/// A document about an avis, with the key printed on it. Every reading is journalled.
#[utoipa::path(
    get, path = "/v1/portal/avis/{avis}/letters/{letter}", tag = "portal",
    params(
        ("avis" = String, Path, description = "Avis number"), ("letter" = String, Path, description = "Kind and issue, `ACO-1`"),
        ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 200, description = "The document", content_type = "application/pdf"),
        (status = 404, description = "No such document, or not with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/portal/avis/{avis}/letters/{letter}")]
pub(crate) async fn addressee_letter(
    state: web::Data<AppState>,
    request: HttpRequest,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let avis = number(&path.0)?;
    opened_case(&state, &request, avis).await?;
    given(&state, avis, &path.1).await
}

/// Every document about an avis; with `CNT-Omp` only avis of that OMP exist.
#[utoipa::path(
    get, path = "/v1/avis/{avis}/letters", tag = "life",
    params(
        ("avis" = String, Path, description = "Avis number"),
        ("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The documents", body = Letters),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such avis", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/avis/{avis}/letters")]
pub(crate) async fn letters_list(
    state: web::Data<AppState>,
    viewer: Viewer,
    avis: web::Path<String>,
) -> Result<web::Json<Letters>, Problem> {
    let avis = number(&avis)?;
    let is_theirs = with_connection(&state, move |conn| match &viewer.omp {
        Some(omp) => db::is_of_omp(conn, avis, omp),
        None => Ok(db::case(conn, avis)?.is_some()),
    })
    .await?;
    if !is_theirs {
        return Err(no_such_avis());
    }
    Ok(web::Json(Letters::from(
        letters_of(&state, avis, true).await?,
    )))
}

/// A document about an avis. Every reading is journalled; with `CNT-Omp` only avis of that OMP exist.
#[utoipa::path(
    get, path = "/v1/avis/{avis}/letters/{letter}", tag = "life",
    params(
        ("avis" = String, Path, description = "Avis number"), ("letter" = String, Path, description = "Kind and issue, `ACO-1`"),
        ("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The document", content_type = "application/pdf"),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such document", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/avis/{avis}/letters/{letter}")]
pub(crate) async fn letter_read(
    state: web::Data<AppState>,
    viewer: Viewer,
    path: web::Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let avis = number(&path.0)?;
    let reader = Reader {
        who: viewer.user,
        omp: viewer.omp,
        is_operator: true,
    };
    let bytes = bytes_of(&state, reader, avis, &path.1).await?;
    Ok(saved(avis, &path.1, bytes))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn a_name_is_a_kind_and_an_issue() {
        assert_eq!(named("ACO-1"), Some(("ACO", 1)));
        for bad in ["", "ACO", "ACO-", "ACO-x", "ACO-99999", "ACO-1-1"] {
            assert_eq!(named(bad), None, "{bad}");
        }
    }
}
