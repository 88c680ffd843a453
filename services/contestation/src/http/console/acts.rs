//! What is done with files besides deciding them.

use actix_web::http::header::LOCATION;
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_service_kit::http::Problem;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use uuid::Uuid;

use super::file;
use super::seat::{NotShown, Right, Seat, is_foreign};
use super::words;
use crate::db::{self, FileAct, OFFICERS_DESK, Told};
use crate::http::AppState;

/// Longest note.
const NOTE_CHARACTERS_MAX: usize = 4_000;
/// Longest reason.
const REASON_CHARACTERS_MAX: usize = 200;

/// A form with nothing but its token.
#[derive(Deserialize)]
pub(super) struct Bare {
    jeton: String,
}

/// Leads to another page.
pub(super) fn see(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish()
}

/// Whether a form is of this session and of this site.
pub(super) fn is_own(request: &HttpRequest, seat: &Seat, token: &str) -> Result<(), NotShown> {
    if is_foreign(request) {
        return Err(NotShown::Foreign);
    }
    seat.sent(token)
}

fn lease_until(state: &AppState) -> Timestamp {
    let lease = SignedDuration::from_mins(state.queue.lease_minutes.get().into());
    state
        .clock
        .real_now()
        .checked_add(lease)
        .unwrap_or(Timestamp::MAX)
}

/// What came of an act, as an answer.
pub(super) fn told(
    told: Told,
    done: impl FnOnce() -> HttpResponse,
) -> Result<HttpResponse, NotShown> {
    let conflict = |why: &str| Err(NotShown::Conflict(why.to_owned()));
    match told {
        Told::Done => Ok(done()),
        Told::Unknown => Err(NotShown::Missing),
        Told::Decided => conflict("Il a été décidé entre-temps."),
        Told::Held => conflict("Un autre agent le tient."),
        Told::Changed => {
            conflict("Il a changé depuis que vous l’avez lu. Relisez-le avant de recommencer.")
        }
    }
}

/// Takes the next file.
pub(super) async fn next(
    request: HttpRequest,
    state: web::Data<AppState>,
    seat: Seat,
    form: web::Form<Bare>,
) -> Result<HttpResponse, NotShown> {
    is_own(&request, &seat, &form.jeton)?;
    let times = (state.clock.real_now(), lease_until(&state));
    let (_, claimed) = seat
        .see(Right::Work, move |conn, operator| {
            let desks: &[&str] = if operator.may(Right::Decide) {
                &[OFFICERS_DESK, ""]
            } else {
                &[""]
            };
            db::claim_from(conn, &operator.scope(), desks, times)
        })
        .await?;
    Ok(see(&claimed.map_or_else(
        || "/file".to_owned(),
        |file| format!("/dossiers/{}", file.entry.id),
    )))
}

/// Takes one file.
pub(super) async fn take(
    request: HttpRequest,
    state: web::Data<AppState>,
    seat: Seat,
    id: web::Path<Uuid>,
    form: web::Form<Bare>,
) -> Result<HttpResponse, NotShown> {
    is_own(&request, &seat, &form.jeton)?;
    let (id, until) = (id.into_inner(), lease_until(&state));
    let (_, taken) = seat
        .see(Right::Work, move |conn, operator| {
            db::claim_file(conn, &operator.scope(), id, until)
        })
        .await?;
    told(taken, || see(&format!("/dossiers/{id}")))
}

/// The operator is still there: the lease is prolonged.
pub(super) async fn renew(
    request: HttpRequest,
    state: web::Data<AppState>,
    seat: Seat,
    id: web::Path<Uuid>,
    form: web::Form<Bare>,
) -> Result<HttpResponse, NotShown> {
    is_own(&request, &seat, &form.jeton)?;
    let (id, until) = (id.into_inner(), lease_until(&state));
    let (_, is_held) = seat
        .see(Right::Work, move |conn, operator| {
            db::renew(conn, &operator.scope(), id, until)
        })
        .await?;
    let said = if is_held {
        file::lease(Some(until)).into_string()
    } else {
        "Vous ne tenez plus ce dossier : rechargez la page.".to_owned()
    };
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(said))
}

/// A note.
#[derive(Deserialize)]
pub(super) struct Note {
    jeton: String,
    note: String,
}

/// Keeps a note.
pub(super) async fn note(
    request: HttpRequest,
    state: web::Data<AppState>,
    seat: Seat,
    id: web::Path<Uuid>,
    form: web::Form<Note>,
) -> Result<HttpResponse, NotShown> {
    is_own(&request, &seat, &form.jeton)?;
    let (id, note) = (id.into_inner(), form.into_inner().note);
    if note.chars().count() > NOTE_CHARACTERS_MAX {
        return Err(NotShown::Form);
    }
    let (operator, is_kept) = seat
        .see(Right::Work, move |conn, operator| {
            db::draft_keep(conn, &operator.scope(), id, &note)
        })
        .await?;
    if !is_kept {
        return Err(NotShown::Conflict(
            "Vous ne tenez plus ce dossier : la note n’est pas gardée.".to_owned(),
        ));
    }
    if request.headers().contains_key("HX-Request") {
        let said = format!(
            "Gardée le {} par {}",
            words::instant(state.clock.real_now()),
            operator.login
        );
        return Ok(HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(said));
    }
    Ok(see(&format!("/dossiers/{id}")))
}

/// Something to be done with a file.
#[derive(Deserialize)]
pub(super) struct Suite {
    jeton: String,
    version: i32,
    quoi: String,
    #[serde(default)]
    agent: String,
    #[serde(default)]
    jour: String,
    raison: String,
}

impl Suite {
    fn act(&self, today: Date) -> Result<(FileAct, Right), NotShown> {
        let wrong = |why: &str| NotShown::Conflict(why.to_owned());
        Ok(match self.quoi.as_str() {
            "rendre" => (FileAct::Release, Right::Work),
            "officier" => (FileAct::Escalate, Right::Work),
            "attendre" => {
                let day: Date = self
                    .jour
                    .parse()
                    .map_err(|_| wrong("Dites jusqu’à quel jour."))?;
                if day <= today {
                    return Err(wrong("Le jour doit venir après aujourd’hui."));
                }
                (FileAct::Snooze(day), Right::Work)
            }
            "attribuer" if self.agent.is_empty() => return Err(wrong("Dites à quel agent.")),
            "attribuer" => (FileAct::Assign(self.agent.clone()), Right::Work),
            "urgent" => (FileAct::Urgent(true), Right::Lead),
            "pas-urgent" => (FileAct::Urgent(false), Right::Lead),
            _ => return Err(NotShown::Form),
        })
    }
}

/// Does something with a file.
pub(super) async fn act(
    request: HttpRequest,
    state: web::Data<AppState>,
    seat: Seat,
    id: web::Path<Uuid>,
    form: web::Form<Suite>,
) -> Result<HttpResponse, NotShown> {
    is_own(&request, &seat, &form.jeton)?;
    let (id, form) = (id.into_inner(), form.into_inner());
    let (act, right) = form.act(state.clock.legal_today_paris())?;
    let reason = form.raison.trim().to_owned();
    if !(1..=REASON_CHARACTERS_MAX).contains(&reason.chars().count())
        || reason.chars().any(char::is_control)
    {
        return Err(NotShown::Conflict(
            "Dites pourquoi, en 200 caractères au plus.".to_owned(),
        ));
    }
    let (_, done) = seat
        .see(right, move |conn, operator| {
            if let FileAct::Assign(to) = &act {
                let is_colleague = |one: &db::Colleague| one.login == *to && one.role != "auditor";
                if !db::colleagues(conn)?.iter().any(is_colleague) {
                    return Ok(None);
                }
            }
            let may_take = operator.may(Right::Lead);
            db::file_act(
                conn,
                &operator.scope(),
                (id, form.version),
                (&act, &reason),
                may_take,
            )
            .map(Some)
        })
        .await?;
    let done = done.ok_or_else(|| {
        NotShown::from(Problem::not_found("There is no such operator of this OMP"))
    })?;
    told(done, || see(&format!("/dossiers/{id}")))
}
