//! Documents, pieces and photographs of a file, shown in the page or saved.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::{HttpResponse, web};
use cnt_flow::WorkError;
use cnt_vault::{LotId, LotKind};
use uuid::Uuid;

use super::seat::{NotShown, Right, Seat};
use crate::db::{self, Reader};
use crate::http::AppState;
use crate::http::addressee::piece_of;
use crate::http::letters::{bytes_of_row, named};
use crate::http::photos::blocking;
use crate::photos;

fn inline(media: String, name: &str, bytes: impl Into<actix_web::web::Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CONTENT_DISPOSITION, format!("inline; filename=\"{name}\"")))
        .body(bytes.into())
}

/// A document about the avis of a file.
pub(super) async fn letter(
    state: web::Data<AppState>,
    seat: Seat,
    path: web::Path<(Uuid, String)>,
) -> Result<HttpResponse, NotShown> {
    let (id, letter) = path.into_inner();
    let (kind, issue) = named(&letter).ok_or(NotShown::Missing)?;
    let (kind, now) = (kind.to_owned(), state.clock.real_now());
    let (_, row) = seat
        .see(Right::Read, move |conn, operator| {
            let Some(file) = db::file_to_decide(conn, &operator.omp, id, false)? else {
                return Ok(None);
            };
            let reader = Reader {
                who: operator.login.clone(),
                omp: Some(operator.omp.clone()),
                is_operator: true,
            };
            db::document_read(conn, &reader, file.avis, (&kind, issue), now)
        })
        .await?;
    let row = row.ok_or(NotShown::Missing)?;
    let bytes = bytes_of_row(&state, row).await?;
    Ok(inline(
        "application/pdf".to_owned(),
        &format!("{letter}.pdf"),
        bytes,
    ))
}

/// A piece joined to a contestation.
pub(super) async fn attachment(
    state: web::Data<AppState>,
    seat: Seat,
    path: web::Path<(Uuid, i32)>,
) -> Result<HttpResponse, NotShown> {
    let (id, n) = path.into_inner();
    let now = state.clock.real_now();
    let (_, row) = seat
        .see(Right::Read, move |conn, operator| {
            db::attachment_read(conn, &operator.scope(), (id, n), now)
        })
        .await?;
    let row = row.ok_or(NotShown::Missing)?;
    let media = row.media.clone();
    let bytes = piece_of(&state, row, (id, n)).await?;
    Ok(inline(media, &format!("piece-{n}"), bytes))
}

/// A photograph of the offence, as it was handed in.
pub(super) async fn photo(
    state: web::Data<AppState>,
    seat: Seat,
    path: web::Path<(Uuid, LotId)>,
) -> Result<HttpResponse, NotShown> {
    let (id, photo) = path.into_inner();
    let now = state.clock.real_now();
    let (_, case) = seat
        .see(Right::Read, move |conn, operator| {
            let scope = operator.scope();
            // Reading the file journals who looks.
            let Some(file) = db::file(conn, &scope, id, now)? else {
                return Ok(None);
            };
            match file.entry.avis.parse() {
                Ok(avis) => db::case(conn, avis),
                Err(_) => Ok(None),
            }
        })
        .await?;
    let case = case.ok_or(NotShown::Missing)?;
    let objects = state.objects.clone();
    let found = blocking(move || {
        if !photos::named(&*objects, &case)?.contains(photo.as_bytes())
            || !objects.exists(LotKind::Photo, photo)?
        {
            return Ok(None);
        }
        Ok::<_, WorkError>(Some(objects.get(LotKind::Photo, photo)?))
    })
    .await?;
    let bytes = found.ok_or(NotShown::Missing)?;
    let media = if bytes.starts_with(b"\x89PNG") {
        "image/png"
    } else {
        "image/jpeg"
    };
    Ok(inline(
        media.to_owned(),
        &format!("{photo}"),
        bytes.to_vec(),
    ))
}
