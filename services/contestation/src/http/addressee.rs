//! What an addressee does with the number of the avis and the key printed on it: contest with pieces joined, and follow the
//! file to its decision.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use actix_web::{HttpRequest, HttpResponse, get, web};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cnt_contracts::courrier::{ContestationRequest, CourrierV1, GroundWord, NamedDriverV1, ScanV2};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::COURRIER_INBOUND;
use cnt_domain::address::PostalAddress;
use cnt_domain::life::{AvisLife, Event, Means};
use cnt_flow::lot_id;
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_vault::{LotKind, LotReader};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{self, AttachmentRow, FollowedRow};
use crate::http::api::Registered;
use crate::http::caller::Operator;
use crate::http::key::opened_case;
use crate::http::life::{Deadlines, OwedToday, deadlines_of, owed};
use crate::http::photos::{no_such_avis, number};
use crate::http::portal::{NotAcknowledged, not_now, sent};
use crate::http::{AppState, with_connection, with_lot};
use crate::intake::{PORTAL, PORTAL_VERSION, check_request, media, named_driver};
use crate::life::{Happening, What, happen, recall};
use crate::mail::{Joined, seal_joined};

/// Most pieces joined to one contestation.
pub(crate) const JOINED_MAX: usize = 5;

/// What an addressee sends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddresseeContestation {
    id: Uuid,
    ground: GroundWord,
    motivation: String,
    #[serde(default)]
    attachments: Vec<String>,
    driver: Option<NamedDriverV1>,
}

/// A contestation on its way in, its pieces read.
pub(crate) struct Deposit {
    /// What is contested, and why.
    pub(crate) contestation: ContestationRequest,
    /// The driver of a designation.
    pub(crate) driver: Option<NamedDriverV1>,
    /// What is joined.
    pub(crate) joined: Vec<Joined>,
}

/// Why a piece is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PieceRefused {
    /// Larger than a scan may be.
    Large,
    /// None of the media that are taken.
    Media,
}

/// A piece, told by its first bytes.
pub(crate) fn piece(bytes: Vec<u8>, bytes_max: usize) -> Result<Joined, PieceRefused> {
    if bytes.len() > bytes_max {
        return Err(PieceRefused::Large);
    }
    let media = media(&bytes).ok_or(PieceRefused::Media)?;
    Ok(Joined { bytes, media })
}

/// Most bytes of a piece.
pub(crate) fn piece_bytes_max(state: &AppState) -> usize {
    usize::try_from(state.mail.scan_bytes_max.get()).unwrap_or(usize::MAX)
}

fn joined(texts: &[String], bytes_max: usize) -> Result<Vec<Joined>, Problem> {
    if texts.len() > JOINED_MAX {
        let why = format!("At most {JOINED_MAX} pieces are joined");
        return Err(Problem::unprocessable("too_many", why).with_pointer("/attachments"));
    }
    let mut all = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let malformed = |why: String| {
            Problem::unprocessable("attachment_malformed", why)
                .with_pointer(format!("/attachments/{index}"))
        };
        let bytes = STANDARD
            .decode(text)
            .map_err(|_| malformed("A piece is written in base64".to_owned()))?;
        let joined = piece(bytes, bytes_max).map_err(|refused| {
            malformed(match refused {
                PieceRefused::Large => format!("A piece has at most {bytes_max} bytes"),
                PieceRefused::Media => "A piece is a PDF, TIFF, JPEG or PNG".to_owned(),
            })
        })?;
        all.push(joined);
    }
    Ok(all)
}

/// Why a contestation was not registered.
pub(crate) enum NotRegistered {
    /// It must not, or not now.
    Problem(Problem),
    /// The broker did not take it.
    Broker(NotAcknowledged),
}

impl From<Problem> for NotRegistered {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

/// Registers a contestation whose sender has the key: the pieces are in the object store and the contestation with the
/// broker before this returns the instant of reception.
pub(crate) async fn register(
    state: &AppState,
    deposit: Deposit,
) -> Result<Timestamp, NotRegistered> {
    let Deposit {
        contestation,
        driver,
        joined,
    } = deposit;
    let number = check_request(&contestation).map_err(|refused| {
        Problem::unprocessable(refused.code(), refused.to_string()).with_pointer(refused.pointer())
    })?;
    if driver.as_ref().is_some_and(|driver| {
        contestation.ground != GroundWord::Designation
            || named_driver(driver.clone()).is_none()
            || PostalAddress::of_person(&driver.first_names, &driver.last_name, &driver.address)
                .is_err()
    }) {
        let why = "Only a designation names a driver, in full and where a letter can reach them";
        return Err(Problem::unprocessable("driver_malformed", why)
            .with_pointer("/driver")
            .into());
    }
    let (day, received_at) = (state.clock.legal_today_paris(), state.clock.legal_now());
    let (id, objects) = (contestation.id, state.objects.clone());
    let attachments: Vec<ScanV2> = web::block(move || {
        let Some((lot, scans)) = seal_joined(id, day, joined).map_err(Problem::internal)? else {
            return Ok(Vec::new());
        };
        objects.put(&lot).map_err(|error| {
            Problem::unavailable("The pieces cannot be kept now, try again soon", error)
        })?;
        Ok::<_, Problem>(scans)
    })
    .await
    .map_err(Problem::internal)??;
    let courrier = CourrierV1 {
        version: PORTAL_VERSION,
        received_at_us: received_at.as_microsecond(),
        channel: PORTAL.to_owned(),
        contestation,
        attachments,
        driver,
    };
    let value = serde_json::to_vec(&courrier).map_err(Problem::internal)?;
    let record = cnt_bus::OutRecord::new(COURRIER_INBOUND.name, number.to_string(), value);
    let outcome = sent(state, vec![record]).await;
    outcome.map_err(NotRegistered::Broker)?;
    Ok(received_at)
}

/// Contests with the key printed on the avis; pieces may be joined. The pieces are in the object store and the contestation
/// with the broker before it is acknowledged; the same id again is the same contestation.
#[utoipa::path(
    post, path = "/v1/portal/avis/{avis}/contestations", tag = "portal",
    request_body = crate::http::openapi::AddresseeContestationSchema,
    params(
        ("avis" = String, Path, description = "Avis number"), ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 202, description = "Registered; it survives any failure from now on", body = Registered),
        (status = 404, description = "No such avis with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "The request is too large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`id_nil`, `motivation_malformed`, `too_many`, `attachment_malformed` or `driver_malformed`, with a pointer", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now: repeat with the same id", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn addressee_contests(
    state: web::Data<AppState>,
    request: HttpRequest,
    avis: web::Path<String>,
    asked: web::Json<AddresseeContestation>,
) -> Result<HttpResponse, Problem> {
    opened_case(&state, &request, number(&avis)?).await?;
    let asked = asked.into_inner();
    let (id, bytes_max) = (asked.id, piece_bytes_max(&state));
    let deposit = Deposit {
        contestation: ContestationRequest {
            id,
            avis: avis.into_inner(),
            ground: asked.ground,
            motivation: asked.motivation,
        },
        driver: asked.driver,
        joined: web::block(move || joined(&asked.attachments, bytes_max))
            .await
            .map_err(Problem::internal)??,
    };
    match register(&state, deposit).await {
        Ok(received_at) => Ok(HttpResponse::Accepted().json(Registered {
            id,
            received_at: received_at.to_string(),
        })),
        Err(NotRegistered::Problem(problem)) => Err(problem),
        Err(NotRegistered::Broker(error)) => Ok(not_now(&state, error)),
    }
}

/// A contestation as its sender follows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FollowedContestation {
    /// The contestation.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// Day of reception.
    received_on: String,
    /// Ground: `vehicule`, `designation` or `autre`.
    ground: String,
    /// The decision, once there is one; its letter has left on that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    /// Day of the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    decided_on: Option<String>,
    /// Its accusé d'enregistrement among the letters, once that can be fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

impl From<FollowedRow> for FollowedContestation {
    fn from(row: FollowedRow) -> Self {
        Self {
            id: row.id,
            received_on: row.received_day().to_string(),
            decided_on: row.decided_day().map(|day| day.to_string()),
            receipt: row.receipt.map(|issue| format!("ACE-{issue}")),
            ground: row.ground,
            decision: row.decision,
        }
    }
}

/// An avis as its addressee follows it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Followed {
    /// Avis number.
    avis: String,
    /// Where it stands.
    state: String,
    /// Day of sending.
    sent: String,
    /// The delays that run.
    deadlines: Deadlines,
    /// What settles it today by cheque; absent when it takes no money.
    #[serde(skip_serializing_if = "Option::is_none")]
    owed_paper: Option<OwedToday>,
    /// What settles it today by télépaiement.
    #[serde(skip_serializing_if = "Option::is_none")]
    owed_remote: Option<OwedToday>,
    /// What was paid, in cents.
    received_cents: i64,
    /// Contestations, the oldest first.
    contestations: Vec<FollowedContestation>,
}

/// The file as its addressee follows it, with the key printed on the avis. The first look of a day is a step of the life.
#[utoipa::path(
    get, path = "/v1/portal/avis/{avis}", tag = "portal",
    params(
        ("avis" = String, Path, description = "Avis number"), ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 200, description = "The file", body = Followed),
        (status = 404, description = "No such avis with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/portal/avis/{avis}")]
pub(crate) async fn addressee_follows(
    state: web::Data<AppState>,
    request: HttpRequest,
    avis: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let key = number(&avis)?;
    opened_case(&state, &request, key).await?;
    let Following {
        life,
        today,
        contestations,
    } = follow(&state, key).await?;
    let followed = Followed {
        avis: avis.into_inner(),
        state: life.state().to_string(),
        sent: life.memory().opening.sent.to_string(),
        deadlines: deadlines_of(&life),
        owed_paper: owed(&life, today, Means::Paper),
        owed_remote: owed(&life, today, Means::Remote),
        received_cents: life.received().0,
        contestations: contestations.into_iter().map(Into::into).collect(),
    };
    Ok(HttpResponse::Ok()
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        .json(followed))
}

/// A file as its addressee follows it.
pub(crate) struct Following {
    /// The life of the avis.
    pub(crate) life: AvisLife,
    /// The day in Paris.
    pub(crate) today: Date,
    /// Contestations, the oldest first.
    pub(crate) contestations: Vec<FollowedRow>,
}

/// Follows a file whose addressee has opened it. The first look of a day is a step of the life.
pub(crate) async fn follow(state: &AppState, avis: i64) -> Result<Following, Problem> {
    let version = state.law()?;
    let (today, at) = (state.clock.legal_today_paris(), state.clock.legal_now());
    let found = with_lot(state, move |conn| {
        if !db::is_consulted_on(conn, avis, today)? {
            let looked = Happening {
                avis,
                what: What::Event(Event::Consulted),
                day: today,
                cause: "the addressee, with the key".to_owned(),
            };
            happen(conn, &version.registry.law, at, &[looked])?;
        }
        let row = db::lives_lock(conn, &[avis])?.pop();
        Ok(match row {
            Some(row) => Some((row, db::followed(conn, avis)?)),
            None => None,
        })
    })
    .await?;
    let (row, contestations) = found.ok_or_else(no_such_avis)?;
    Ok(Following {
        life: recall(&row.state, &row.memory).map_err(Problem::internal)?,
        today,
        contestations,
    })
}

/// Something that an addressee joined, held against its SHA-256. Every reading is journalled.
#[utoipa::path(
    get, path = "/v1/contestations/{id}/attachments/{n}", tag = "queue",
    params(
        ("id" = String, Path, format = "uuid", description = "The contestation"), ("n" = i32, Path, description = "Its number, from 1"),
        ("CNT-User" = String, Header, description = "The operator"), ("CNT-Omp" = String, Header, description = "Their OMP"),
    ),
    responses(
        (status = 200, description = "The piece, as it came", content_type = "application/octet-stream"),
        (status = 401, description = "Operator or OMP is not named", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "No such piece of a file of this OMP", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[get("/v1/contestations/{id}/attachments/{n}")]
pub(crate) async fn attachment_read(
    state: web::Data<AppState>,
    operator: Operator,
    path: web::Path<(Uuid, i32)>,
) -> Result<HttpResponse, Problem> {
    let (id, n) = path.into_inner();
    let now = state.clock.real_now();
    let row = with_connection(&state, move |conn| {
        db::attachment_read(conn, &operator.0, (id, n), now)
    })
    .await?;
    let row = row.ok_or_else(no_such_piece)?;
    let media = row.media.clone();
    let bytes = piece_of(&state, row, (id, n)).await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header(("X-Content-Type-Options", "nosniff"))
        .body(bytes))
}

fn no_such_piece() -> Problem {
    Problem::not_found("There is no such piece")
}

/// The bytes of a piece whose reading is journalled.
pub(crate) async fn piece_of(
    state: &AppState,
    row: AttachmentRow,
    (id, n): (Uuid, i32),
) -> Result<web::Bytes, Problem> {
    let (Some(lot), Some(sha256)) = (row.lot(), row.sha256()) else {
        return Err(no_such_piece());
    };
    let objects = state.objects.clone();
    web::block(move || -> anyhow::Result<_> {
        let reader = LotReader::open_at(objects.open(LotKind::Courrier, lot_id(Hex32(lot)))?)?;
        let member = reader.find(&format!("{id}/{n}"))?;
        let member = member.ok_or_else(|| anyhow::anyhow!("the lot lacks piece {n} of {id}"))?;
        anyhow::ensure!(
            *member.sha256.as_bytes() == sha256,
            "another piece {n} of {id}"
        );
        Ok(reader.read(member)?)
    })
    .await
    .map_err(Problem::internal)?
    .map_err(Problem::internal)
}
