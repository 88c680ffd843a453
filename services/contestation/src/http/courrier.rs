//! Envelopes: who waits for what, their scans, and what becomes of each.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, get, post, web};
use cnt_domain::avis::Ground;
use cnt_domain::courrier::{CourrierKind, Owner};
use cnt_domain::ids::AvisNumber;
use cnt_flow::lot_id;
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_vault::{LotKind, LotReader};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::db::{self, EnvelopeRow, Found, Listed, Look};
use crate::envelopes::{self, Answered, Assigned, How};
use crate::http::caller::Viewer;
use crate::http::{AppState, with_connection, with_lot};
use crate::intake::{EnvelopeRefused, MOTIVATION_CHARACTERS_MAX, is_printable};

/// Most entries of one page.
const PAGE_MAX: u16 = 500;
/// Longest text of an answer, in characters.
const ANSWER_CHARACTERS_MAX: usize = 200;

/// An envelope and what became of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct Courrier {
    /// Its id; of a contestation, also that of the file.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// What it is dealt with as: `requete`, `reclamation`, `designation`, `npai`, `photo_request`, `pv_request`,
    /// `address_change`, `payment`, `time_request`, `data_protection` or `unidentifiable`.
    kind: String,
    /// What it was said to be.
    coded: String,
    /// Avis number.
    #[serde(skip_serializing_if = "Option::is_none")]
    avis: Option<String>,
    /// `portal` or `mail`.
    channel: String,
    /// Civil day of reception.
    received_on: String,
    /// Day of the postmark, where it can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_on: Option<String>,
    /// Who owes the answer: `omp`, `cnt`, `comptable`, `dpo` or `mail_room`.
    owner: String,
    /// The OMP, of a contestation that is routed.
    #[serde(skip_serializing_if = "Option::is_none")]
    omp: Option<String>,
    /// `open`, `answered` or `none_needed`.
    outcome: String,
    /// How it was answered, or why no answer is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_detail: Option<String>,
    /// When, on the legal clock (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_at: Option<String>,
    /// By whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome_by: Option<String>,
    /// Last day of the answer, where the law names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer_until: Option<String>,
    /// Of a letter that came back, the motive of the post.
    #[serde(skip_serializing_if = "Option::is_none")]
    undelivered: Option<String>,
    /// The scan.
    #[serde(skip_serializing_if = "Option::is_none")]
    scan: Option<Scan>,
    /// Of an address declared on the portal, its lines; in no list.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Vec<String>>,
}

/// The scan of an envelope.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Scan {
    /// SHA-256, in hexadecimal.
    sha256: String,
    /// Size in bytes.
    bytes: i32,
    /// Media type.
    media: String,
}

impl From<EnvelopeRow> for Courrier {
    fn from(row: EnvelopeRow) -> Self {
        let scan = row
            .scan_sha256()
            .zip(row.scan_bytes)
            .map(|(sha256, bytes)| Scan {
                sha256: cnt_contracts::hex32::Hex32(sha256).to_string(),
                bytes,
                media: row.scan_media.clone().unwrap_or_default(),
            });
        Self {
            id: row.id,
            received_on: row.received_day().to_string(),
            posted_on: row.posted_day().map(|day| day.to_string()),
            outcome_at: row.outcome_at().map(|at| at.to_string()),
            answer_until: row.answer_until().map(|day| day.to_string()),
            kind: row.kind,
            coded: row.coded,
            avis: row.avis.map(|avis| avis.to_string()),
            channel: row.channel,
            owner: row.owner,
            omp: row.omp,
            outcome: row.outcome,
            outcome_detail: row.outcome_detail,
            outcome_by: row.outcome_by,
            undelivered: row.undelivered,
            scan,
            address: None,
        }
    }
}

/// A page of envelopes, oldest reception first.
#[derive(Serialize, ToSchema)]
pub(crate) struct CourrierPage {
    /// The envelopes.
    entries: Vec<Courrier>,
    /// `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What is asked of the list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(crate) struct CourrierQuery {
    /// Whose: `omp`, `cnt`, `comptable`, `dpo` or `mail_room`.
    owner: String,
    /// Also those that were answered or need no answer.
    #[serde(default)]
    all: bool,
    /// At most so many entries, up to 500.
    limit: Option<u16>,
    /// `next` of the page before.
    after: Option<String>,
}

fn place(text: &str) -> Option<(Date, Uuid)> {
    let (day, id) = text.split_once('_')?;
    Some((day.parse().ok()?, id.parse().ok()?))
}

/// The envelopes of an owner; with `CNT-Omp` only those of that OMP's files.
#[utoipa::path(
    get, path = "/v1/courriers", tag = "courrier",
    params(
        CourrierQuery,
        ("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "A page", body = CourrierPage),
        (status = 400, description = "`bad_after` or `bad_owner`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn courriers_list(
    state: web::Data<AppState>,
    viewer: Viewer,
    query: web::Query<CourrierQuery>,
) -> Result<web::Json<CourrierPage>, Problem> {
    let owner = Owner::ALL
        .into_iter()
        .find(|owner| owner.as_str() == query.owner)
        .ok_or_else(|| Problem::bad_request("bad_owner", "There is no such owner"))?;
    let bad_after = || Problem::bad_request("bad_after", "`after` must be `next` of a page");
    let after = query.after.as_deref();
    let after = after
        .map(|text| place(text).ok_or_else(bad_after))
        .transpose()?;
    let limit = query.limit.unwrap_or(PAGE_MAX).clamp(1, PAGE_MAX);
    let asked = Listed {
        owner: owner.as_str(),
        with_closed: query.all,
        after,
        limit: i64::from(limit) + 1,
    };
    let mut rows = with_connection(&state, move |conn| {
        db::envelopes(conn, viewer.omp.as_deref(), &asked)
    })
    .await?;
    let has_more = rows.len() > usize::from(limit);
    rows.truncate(limit.into());
    let next = rows.last().filter(|_| has_more);
    Ok(web::Json(CourrierPage {
        next: next.map(|row| format!("{}_{}", row.received_day(), row.id)),
        entries: rows.into_iter().map(Courrier::from).collect(),
    }))
}

fn no_such_courrier() -> Problem {
    Problem::not_found("There is no such courrier")
}

async fn looked_at(
    state: &AppState,
    viewer: Viewer,
    id: Uuid,
    look: Look,
) -> Result<EnvelopeRow, Problem> {
    let now = state.clock.real_now();
    with_connection(state, move |conn| {
        db::envelope_read(conn, (&viewer.user, viewer.omp.as_deref()), id, look, now)
    })
    .await?
    .ok_or_else(no_such_courrier)
}

/// What is known of an envelope. Every reading is journalled.
#[utoipa::path(
    get, path = "/v1/courriers/{id}", tag = "courrier",
    params(
        ("id" = String, Path, format = "uuid", description = "The envelope"),
        ("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The envelope", body = Courrier),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such envelope for the asker", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/courriers/{id}")]
pub(crate) async fn courrier_read(
    state: web::Data<AppState>,
    viewer: Viewer,
    id: web::Path<Uuid>,
) -> Result<web::Json<Courrier>, Problem> {
    let row = looked_at(&state, viewer, *id, Look::Read).await?;
    let address = with_connection(&state, move |conn| db::declared_address(conn, *id)).await?;
    Ok(web::Json(Courrier {
        address,
        ..Courrier::from(row)
    }))
}

/// The scan of an envelope, held against its SHA-256. Every reading is journalled.
#[utoipa::path(
    get, path = "/v1/courriers/{id}/scan", tag = "courrier",
    params(
        ("id" = String, Path, format = "uuid", description = "The envelope"),
        ("CNT-User" = String, Header, description = "Who asks"), ("CNT-Omp" = Option<String>, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The scan, as it came", content_type = "application/octet-stream"),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such envelope for the asker, or it was not on paper", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/courriers/{id}/scan")]
pub(crate) async fn courrier_scan(
    state: web::Data<AppState>,
    viewer: Viewer,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Problem> {
    let id = id.into_inner();
    let row = looked_at(&state, viewer, id, Look::Scan).await?;
    let (Some(lot), Some(sha256)) = (row.scan_lot(), row.scan_sha256()) else {
        return Err(Problem::not_found("The courrier was not on paper"));
    };
    let objects = state.objects.clone();
    let bytes = web::block(move || -> anyhow::Result<_> {
        let object = objects.open(LotKind::Courrier, lot_id(cnt_contracts::hex32::Hex32(lot)))?;
        let reader = LotReader::open_at(object)?;
        let member = reader.find(&id.to_string())?;
        let member = member.ok_or_else(|| anyhow::anyhow!("the lot lacks the scan of {id}"))?;
        // Read, a member is held against the SHA-256 that its lot keeps.
        anyhow::ensure!(*member.sha256.as_bytes() == sha256, "another scan of {id}");
        Ok(reader.read(member)?)
    })
    .await
    .map_err(Problem::internal)?
    .map_err(Problem::internal)?;
    let media = row.scan_media.unwrap_or_default();
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .body(bytes))
}

/// What an envelope is answered with.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum AnswerWord {
    /// It was answered.
    Answered {
        /// How: the letter, the call…; at most 200 characters, and nothing of the person.
        how: String,
    },
    /// No answer is needed.
    NoneNeeded {
        /// Why; at most 200 characters, and nothing of the person.
        why: String,
    },
    /// Of an address change: it was declared in time, and proved. The majoration falls (CPP 530, R49-6-1).
    AddressDeclared {
        /// The day of the declaration, `YYYY-MM-DD`.
        #[schema(value_type = String, format = "date")]
        declared_on: Date,
    },
}

fn short(text: &str, pointer: &'static str) -> Result<String, Problem> {
    let length = text.chars().count();
    if (1..=ANSWER_CHARACTERS_MAX).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        let why = format!("1 to {ANSWER_CHARACTERS_MAX} characters and no control character");
        Err(Problem::unprocessable("text_malformed", why).with_pointer(pointer))
    }
}

/// Says how an envelope was answered, or why it need not be. What brought a contestation is answered by its decision.
#[utoipa::path(
    post, path = "/v1/courriers/{id}/answer", tag = "courrier", request_body = AnswerWord,
    params(
        ("id" = String, Path, format = "uuid", description = "The envelope"),
        ("CNT-User" = String, Header, description = "Who answers"),
    ),
    responses(
        (status = 204, description = "It is closed"),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such envelope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`closed` before, `contestation`, `not_an_address`, or `refused` by the law where the avis stands", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`text_malformed`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/courriers/{id}/answer")]
pub(crate) async fn courrier_answer(
    state: web::Data<AppState>,
    viewer: Viewer,
    id: web::Path<Uuid>,
    answer: web::Json<AnswerWord>,
) -> Result<HttpResponse, Problem> {
    let how = match answer.into_inner() {
        AnswerWord::Answered { how } => How::Answered(short(&how, "/how")?),
        AnswerWord::NoneNeeded { why } => How::NoneNeeded(short(&why, "/why")?),
        AnswerWord::AddressDeclared { declared_on } => How::AddressDeclared(declared_on),
    };
    let version = state.law()?;
    let (id, at) = (id.into_inner(), state.clock.legal_now());
    let answered = with_lot(&state, move |conn| {
        envelopes::answer(conn, &version.registry.law, (&viewer.user, at), id, &how)
    })
    .await?;
    match answered {
        Answered::Done => Ok(HttpResponse::NoContent().finish()),
        Answered::Unknown => Err(no_such_courrier()),
        Answered::Closed => Err(Problem::conflict(
            "closed",
            "The courrier was closed before",
        )),
        Answered::Contestation => Err(Problem::conflict(
            "contestation",
            "A contestation is answered by the decision of the OMP",
        )),
        Answered::NotAnAddress => Err(Problem::conflict(
            "not_an_address",
            "The courrier is no address change about an avis that is known",
        )),
        Answered::Refused(why) => Err(Problem::conflict("refused", why)),
    }
}

/// What the mail room found out about an envelope.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Identification {
    /// Avis number; left out when the kind needs none.
    #[serde(default)]
    avis: Option<String>,
    /// What it is; left out when that was known.
    #[serde(default)]
    kind: Option<String>,
    /// Of a contestation that was not known to be one: `vehicule`, `designation` or `autre`.
    #[serde(default)]
    ground: Option<String>,
    /// What it says, at most 4,000 characters.
    #[serde(default)]
    text: String,
}

fn found(asked: &Identification) -> Result<(Option<CourrierKind>, Option<AvisNumber>), Problem> {
    let kind = asked.kind.as_deref().map(str::parse).transpose();
    let kind = kind.map_err(|_| {
        Problem::unprocessable("kind_malformed", "There is no such kind").with_pointer("/kind")
    })?;
    let avis = asked.avis.as_deref().map(str::parse).transpose();
    let avis = avis.map_err(|_| {
        let why = "the avis number must be ten digits beginning with 99";
        Problem::unprocessable("avis_malformed", why).with_pointer("/avis")
    })?;
    if asked.text.chars().count() > MOTIVATION_CHARACTERS_MAX || !is_printable(&asked.text) {
        let why = EnvelopeRefused::Text.to_string();
        return Err(Problem::unprocessable("text_malformed", why).with_pointer("/text"));
    }
    Ok((kind, avis))
}

/// Says what an unidentifiable envelope is, and about which avis. It goes its way from there.
#[utoipa::path(
    post, path = "/v1/courriers/{id}/identify", tag = "courrier", request_body = Identification,
    params(
        ("id" = String, Path, format = "uuid", description = "The envelope"),
        ("CNT-User" = String, Header, description = "The mail room"),
    ),
    responses(
        (status = 204, description = "It is what it was said to be"),
        (status = 401, description = "Nobody is named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such envelope", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "`closed` or `identified` before", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "What was found makes no sense, named by a pointer", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/courriers/{id}/identify")]
pub(crate) async fn courrier_identify(
    state: web::Data<AppState>,
    viewer: Viewer,
    id: web::Path<Uuid>,
    asked: web::Json<Identification>,
) -> Result<HttpResponse, Problem> {
    let (id, at, asked) = (id.into_inner(), state.clock.legal_now(), asked.into_inner());
    let (kind, avis) = found(&asked)?;
    let ground = asked.ground.as_deref().map(|word| {
        Ground::of_word(word).ok_or_else(|| {
            Problem::unprocessable("ground_malformed", "There is no such ground")
                .with_pointer("/ground")
        })
    });
    let ground = ground.transpose()?;
    let assigned = with_lot(&state, move |conn| {
        let Some(row) = db::envelope_lock(conn, id)? else {
            return Ok(Assigned::Unknown);
        };
        let found: Found = match envelopes::found(&row, kind, avis, ground, asked.text) {
            Ok(found) => found,
            Err(outcome) => return Ok(outcome),
        };
        db::envelope_found(conn, &row, &found, (&viewer.user, at))?;
        Ok(Assigned::Done)
    })
    .await?;
    match assigned {
        Assigned::Done => Ok(HttpResponse::NoContent().finish()),
        Assigned::Unknown => Err(no_such_courrier()),
        Assigned::Closed => Err(Problem::conflict(
            "closed",
            "The courrier was closed before",
        )),
        Assigned::Before => Err(Problem::conflict(
            "identified",
            "The courrier is identified",
        )),
        Assigned::Mismatch(why) => Err(Problem::unprocessable("kind_mismatch", why)),
    }
}
