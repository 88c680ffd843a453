//! Acts of the procedure told to the service, and what it has to tell the comptable.

use actix_web::{get, post, web};
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::acts::{self, CONVICTION, INTERRUPTION, OPPOSITION, RELAXE};
use crate::db::{self, ActRow, NoticeRow};
use crate::http::caller::Viewer;
use crate::http::life::PaymentNotApplied;
use crate::http::{AppState, with_connection, with_lot};
use crate::told::{NotApplied, repeated};

/// Most acts of one request.
const ACTS_MAX: usize = 300;
/// Longest reference or number, in characters.
const REFERENCE_CHARACTERS_MAX: usize = 64;
/// Most notices of one answer.
const NOTICES_MAX: i64 = 500;

/// What an act is.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ActWord {
    /// The tribunal acquitted.
    Relaxe,
    /// The tribunal condemned to a fine.
    Conviction,
    /// Opposition to an ordonnance pénale (CPP 527).
    Opposition,
    /// An act of prosecution, which interrupts prescription (CPP 9-2).
    Interruption,
}

/// An act as the tribunal or the ministère public tells it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Act {
    /// The teller's own reference: the same twice is one act.
    #[schema(min_length = 1, max_length = 64)]
    reference: String,
    /// Number of the avis.
    avis: String,
    /// The day of the act, `YYYY-MM-DD`.
    #[schema(value_type = String, format = "date")]
    day: Date,
    /// What it is.
    kind: ActWord,
    /// Of a conviction, the fine in cents.
    #[serde(default)]
    fine_cents: Option<i64>,
}

/// A lot of acts.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Acts {
    /// At most 300, each reference once.
    acts: Vec<Act>,
}

/// What became of a lot of acts.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ActsImported {
    /// Acts applied now.
    applied: usize,
    /// Acts imported before: nothing was done.
    known: usize,
    /// No such avis.
    unknown: Vec<PaymentNotApplied>,
    /// The law knows no such step where the avis stands.
    refused: Vec<PaymentNotApplied>,
    /// The reference was imported before with other facts: nothing was done.
    conflicting: Vec<PaymentNotApplied>,
}

fn act_rows(acts: Vec<Act>, today: Date) -> Result<Vec<ActRow>, Problem> {
    let refuse = |index: usize, member: &str, code, why: &str| {
        Problem::unprocessable(code, why).with_pointer(format!("/acts/{index}{member}"))
    };
    if acts.len() > ACTS_MAX {
        let why = "At most 300 acts in a request";
        return Err(Problem::unprocessable("too_many", why).with_pointer("/acts"));
    }
    let is_word = |text: &str| {
        text.chars().count() <= REFERENCE_CHARACTERS_MAX && !text.chars().any(char::is_control)
    };
    let mut rows = Vec::with_capacity(acts.len());
    for (index, act) in acts.into_iter().enumerate() {
        if act.reference.is_empty() || !is_word(&act.reference) {
            let why = "A reference has 1 to 64 characters and no control character";
            return Err(refuse(index, "/reference", "reference_malformed", why));
        }
        if !is_word(&act.avis) {
            let why = "An avis number has ten digits";
            return Err(refuse(index, "/avis", "avis_malformed", why));
        }
        if act.day > today {
            let why = "The day has not come";
            return Err(refuse(index, "/day", "day_in_the_future", why));
        }
        let is_conviction = matches!(act.kind, ActWord::Conviction);
        if is_conviction != act.fine_cents.is_some_and(|cents| cents > 0)
            || !is_conviction && act.fine_cents.is_some()
        {
            let why = "A conviction, and nothing else, has a fine of at least one cent";
            return Err(refuse(index, "/fine_cents", "amount_malformed", why));
        }
        rows.push(ActRow {
            reference: act.reference,
            avis: act.avis,
            day: act.day,
            kind: match act.kind {
                ActWord::Relaxe => RELAXE,
                ActWord::Conviction => CONVICTION,
                ActWord::Opposition => OPPOSITION,
                ActWord::Interruption => INTERRUPTION,
            },
            fine_cents: act.fine_cents,
        });
    }
    match repeated(&rows) {
        Some(index) => {
            let why = "The reference stands twice in the request";
            Err(refuse(index, "/reference", "reference_repeated", why))
        }
        None => Ok(rows),
    }
}

/// Takes acts of the procedure in: judgments and oppositions (CPP 527, 530-1), acts that interrupt prescription (CPP 9-2).
/// Each reference counts once, however often it is sent.
#[utoipa::path(
    post, path = "/v1/acts", tag = "procedure", request_body = Acts,
    params(("CNT-User" = String, Header, description = "Who imports")),
    responses(
        (status = 200, description = "What became of each", body = ActsImported),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "An act that makes no sense, named by a pointer; nothing was done", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/acts")]
pub(crate) async fn acts_import(
    state: web::Data<AppState>,
    viewer: Viewer,
    request: web::Json<Acts>,
) -> Result<web::Json<ActsImported>, Problem> {
    let rows = act_rows(request.into_inner().acts, state.clock.legal_today_paris())?;
    let version = state.law()?;
    let at = state.clock.legal_now();
    let imported = with_lot(&state, move |conn| {
        acts::import(conn, &version.registry.law, at, &viewer.user, &rows)
    })
    .await?;
    let told = |acts: Vec<NotApplied>| acts.into_iter().map(Into::into).collect();
    Ok(web::Json(ActsImported {
        applied: imported.applied,
        known: imported.known,
        unknown: told(imported.unknown),
        refused: told(imported.refused),
        conflicting: told(imported.conflicting),
    }))
}

/// Something that the comptable has to know.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Notice {
    /// What it is taken by.
    id: String,
    /// Avis number.
    avis: String,
    /// `titre_annulled` (CPP R49-8), `refund` or `set_off` (CPP 530-1).
    what: String,
    /// The titre that is annulled.
    #[serde(skip_serializing_if = "Option::is_none")]
    titre: Option<String>,
    /// How much is given back, or set off against the fine, in cents.
    #[serde(skip_serializing_if = "Option::is_none")]
    cents: Option<i64>,
    /// The civil day on which it came about.
    day: String,
    /// The article.
    basis: String,
    /// When it was written, on the legal clock (RFC 3339).
    at: String,
}

impl From<NoticeRow> for Notice {
    fn from(row: NoticeRow) -> Self {
        Self {
            id: format!("{}/{}/{}", row.avis, row.step, row.rank),
            avis: row.avis.to_string(),
            day: row.day().to_string(),
            at: row.at().to_string(),
            what: row.what,
            titre: row.titre,
            cents: row.cents,
            basis: row.basis,
        }
    }
}

/// Notices that the comptable has not had.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Notices {
    /// The oldest first, at most 500.
    notices: Vec<Notice>,
}

/// What the comptable has to know and has not had: titres annulled (CPP R49-8), money to give back or to set off.
#[utoipa::path(
    get, path = "/v1/comptable/notices", tag = "procedure",
    params(("CNT-User" = String, Header, description = "The comptable")),
    responses(
        (status = 200, description = "Notices", body = Notices),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/comptable/notices")]
pub(crate) async fn notices_list(
    state: web::Data<AppState>,
    _viewer: Viewer,
) -> Result<web::Json<Notices>, Problem> {
    let rows = with_connection(&state, |conn| db::notices_pending(conn, NOTICES_MAX)).await?;
    let notices = rows.into_iter().map(Notice::from).collect();
    Ok(web::Json(Notices { notices }))
}

/// Notices that the comptable has.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakenNotices {
    /// Their ids.
    ids: Vec<String>,
}

/// What was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct NoticesTaken {
    /// Notices that had not been had before.
    taken: usize,
}

fn key(id: &str) -> Option<(i64, i32, i64)> {
    let mut parts = id.splitn(3, '/');
    let avis = parts.next()?.parse().ok()?;
    let step = parts.next()?.parse().ok()?;
    let rank = parts.next()?.parse().ok()?;
    Some((avis, step, rank))
}

/// Says that the comptable has notices; they are listed no more.
#[utoipa::path(
    post, path = "/v1/comptable/notices/taken", tag = "procedure", request_body = TakenNotices,
    params(("CNT-User" = String, Header, description = "The comptable")),
    responses(
        (status = 200, description = "How many", body = NoticesTaken),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`id_malformed`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/comptable/notices/taken")]
pub(crate) async fn notices_take(
    state: web::Data<AppState>,
    viewer: Viewer,
    request: web::Json<TakenNotices>,
) -> Result<web::Json<NoticesTaken>, Problem> {
    let malformed = || Problem::unprocessable("id_malformed", "An id is avis/step/rank");
    let keys = request.ids.iter().map(|id| key(id).ok_or_else(malformed));
    let keys: Vec<_> = keys.collect::<Result<_, _>>()?;
    let at = state.clock.legal_now();
    let taken = with_connection(&state, move |conn| {
        db::notices_take(conn, &keys, (&viewer.user, at))
    })
    .await?;
    Ok(web::Json(NoticesTaken { taken }))
}
