//! `GET /v1/receipts`.

use std::time::{Duration, Instant};

use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::StoreError;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::cursor::Cursor;
use crate::db;
use crate::http::Door;
use crate::http::refusal::Refusal;
use crate::openapi;
use crate::page::{Page, cut};
use crate::receipts::ReceiptError;

/// Receipts in a page unless asked otherwise.
const LIMIT_DEFAULT: u16 = 1_000;
/// Most receipts in a page.
pub(crate) const LIMIT_MAX: u16 = 10_000;
/// Longest wait, in seconds.
pub(crate) const WAIT_MAX_S: u8 = 30;
/// While waiting, the database is asked this often: another instance may have committed.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a reader asks.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReceiptsQuery {
    /// Where to go on, as the last page said; from the beginning when absent.
    cursor: Option<String>,
    /// Most receipts in the page, 1 to 10,000; 1,000 when absent.
    #[param(minimum = 1, maximum = 10_000)]
    limit: Option<u16>,
    /// Seconds to wait for a first receipt, 0 to 30; 0 when absent.
    #[param(minimum = 0, maximum = 30)]
    wait_s: Option<u8>,
}

/// Reads the collectivity's receipts.
///
/// First a verdict per acknowledged MIF, then, for each accepted one, its avis number or why there is none. Keep the
/// cursor of each page with what the page held: whoever goes on from it gets each receipt exactly once. Receipts of
/// one lot stand together; the order of different lots says nothing.
#[utoipa::path(
    get,
    path = "/v1/receipts",
    tag = "receipts",
    params(
        ReceiptsQuery,
    ),
    responses(
        (status = 200, description = "A page, perhaps empty", body = openapi::ReceiptPage),
        (status = 400, description = "`bad_cursor`, `bad_query`",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "No such station, or its certificate is no longer good", body = ProblemBody, content_type = "application/problem+json"),
        (status = 403, description = "The station is out of its period",
            body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "Too many readers wait",
            body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
        (status = 503, description = "`unavailable`, `not_ready`: ask again with the same cursor",
            body = ProblemBody, content_type = "application/problem+json",
            headers(("Retry-After" = u32, description = "Seconds"))),
    ),
)]
pub(crate) async fn receipts(
    request: HttpRequest,
    query: web::Query<ReceiptsQuery>,
    door: web::Data<Door>,
) -> Result<HttpResponse, Refusal> {
    let station = door.station(&request)?;
    let asked = Asked::read(&query, station.siren.as_number())?;
    let page = door.page(&asked).await?;
    let given = u64::try_from(page.count).unwrap_or_default();
    door.metrics.receipts_given_total.inc_by(given);
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .content_type("application/json")
        .body(page.json))
}

#[derive(Debug, Clone)]
struct Asked {
    siren: i32,
    cursor: Cursor,
    limit: usize,
    wait: Duration,
}

impl Asked {
    fn read(query: &ReceiptsQuery, siren: i32) -> Result<Self, Problem> {
        let cursor = match &query.cursor {
            None => Cursor::default(),
            Some(text) => Cursor::decode(text).map_err(|error| {
                Problem::bad_request("bad_cursor", format!("The cursor is {error}"))
            })?,
        };
        let limit = query.limit.unwrap_or(LIMIT_DEFAULT);
        let wait_s = query.wait_s.unwrap_or(0);
        if !(1..=LIMIT_MAX).contains(&limit) {
            let detail = format!("limit must be 1 to {LIMIT_MAX}");
            return Err(Problem::bad_request("bad_query", detail));
        }
        if wait_s > WAIT_MAX_S {
            let detail = format!("wait_s must be 0 to {WAIT_MAX_S}");
            return Err(Problem::bad_request("bad_query", detail));
        }
        Ok(Self {
            siren,
            cursor,
            limit: usize::from(limit),
            wait: Duration::from_secs(u64::from(wait_s)),
        })
    }
}

#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
}

impl Door {
    /// A page, waiting for a first receipt if asked to.
    async fn page(&self, asked: &Asked) -> Result<Page, Refusal> {
        let deadline = Instant::now() + asked.wait;
        let mut notice = self.notices.subscribe(asked.siren);
        let mut turn = None;
        loop {
            notice.mark_unchanged();
            let page = self.look(asked.clone()).await?;
            let left = deadline.saturating_duration_since(Instant::now());
            if page.count > 0 || left.is_zero() || self.context.shutdown.is_requested() {
                return Ok(page);
            }
            if turn.is_none() {
                let free = self.waiting.try_acquire();
                turn = Some(free.map_err(|_| Refusal::too_many("Too many readers wait"))?);
            }
            tokio::select! {
                _ = notice.changed() => {}
                () = self.context.shutdown.requested() => {}
                () = tokio::time::sleep(left.min(LOOK_EVERY)) => {}
            }
        }
    }

    async fn look(&self, asked: Asked) -> Result<Page, Refusal> {
        let pool = self.pool.clone();
        let read = move || {
            let blocks = pool.run::<_, ReadError>(|conn| {
                Ok(db::receipts_after(
                    conn,
                    asked.siren,
                    &asked.cursor,
                    asked.limit,
                )?)
            })?;
            Ok::<Page, ReadError>(cut(&asked.cursor, &blocks, asked.limit)?)
        };
        web::block(read)
            .await
            .map_err(Problem::internal)?
            .map_err(|error| match error {
                ReadError::Store(error) => {
                    let detail = "Receipts cannot be read for now; ask again with the same cursor";
                    Refusal::of_store(error, detail)
                }
                ReadError::Receipt(error) => Problem::internal(error).into(),
            })
    }
}
