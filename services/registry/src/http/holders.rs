//! Cards and stations.

mod wire;

use actix_web::{HttpResponse, web};
use cnt_contracts::registry::{CardV1, ReasonV1, RevocationV1, SnapshotV1};
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_store::PgConnection;
use cnt_trust::issue::KeyRequest;
use jiff::Timestamp;

use super::{ChangedAnswer, State, publish_change, with_connection};
use crate::change::{ChangeError, Changed};
use crate::db;
use crate::issuing::{CardOrder, IssuedPair, StationOrder};
use wire::{
    ActRequest, CardAnswer, CardIssued, CardRequest, CertificateAnswer, CutRequest, EntryAnswer,
    RevocationAnswer, RevocationRequest, StationIssued, StationRequest,
};

/// Most characters of the name of who acts.
const BY_LENGTH_MAX: usize = 100;

fn acting(by: &str) -> Result<(), Problem> {
    if (1..=BY_LENGTH_MAX).contains(&by.chars().count()) {
        return Ok(());
    }
    let detail = format!("Who acts is named with 1 to {BY_LENGTH_MAX} characters");
    Err(Problem::unprocessable("bad_actor", detail).with_pointer("/by"))
}

fn key_request(pem: &str, pointer: &str) -> Result<KeyRequest, Problem> {
    KeyRequest::from_pem(pem).map_err(|error| {
        Problem::unprocessable("bad_request", error.to_string()).with_pointer(pointer)
    })
}

type Outcome<T> = Result<Changed<(i64, T)>, ChangeError>;

/// Lets the registry make a version, publishes it and tells the log.
async fn acted<T: Send + 'static>(
    state: web::Data<State>,
    told: &'static str,
    act: impl FnOnce(&State, &mut PgConnection) -> Outcome<T> + Send + 'static,
) -> Result<(i64, T), Problem> {
    let (version, value) = with_connection(state, move |state, conn| {
        let changed = act(state, conn)?;
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    tracing::info!(registry.version = version, "{told}");
    Ok((version, value))
}

/// An act on a holder that is known.
async fn changed(
    state: web::Data<State>,
    told: &'static str,
    act: impl FnOnce(&State, &mut PgConnection) -> Outcome<()> + Send + 'static,
) -> Result<web::Json<ChangedAnswer>, Problem> {
    let (version, ()) = acted(state, told, act).await?;
    Ok(web::Json(ChangedAnswer { version }))
}

/// A new holder.
async fn certified(
    state: web::Data<State>,
    told: &'static str,
    act: impl FnOnce(&State, &mut PgConnection) -> Outcome<IssuedPair> + Send + 'static,
) -> Result<(i64, IssuedPair), Problem> {
    let counter = state.metrics.holders_certified_total.clone();
    let answer = acted(state, told, act).await?;
    counter.inc();
    Ok(answer)
}

/// Certifies the two keys of an agent's card and registers it: a new version.
#[utoipa::path(post, path = "/v1/cards", request_body = CardRequest, responses(
    (status = 201, body = CardIssued),
    (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "No convention, no enrolment"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such collectivity"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The agent has a card, or this registry certifies nobody"),
    (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "A request that proves nothing, a weak key"),
))]
pub(super) async fn issue_card(
    state: web::Data<State>,
    request: web::Json<CardRequest>,
) -> Result<HttpResponse, Problem> {
    let request = request.into_inner();
    acting(&request.by)?;
    let order = CardOrder {
        signature: key_request(&request.signature_request, "/signature_request")?,
        authentication: key_request(&request.authentication_request, "/authentication_request")?,
        siren: request.siren,
        matricule: request.matricule,
    };
    let (version, pair) = certified(state, "Card was issued", move |state, conn| {
        state.registrar.issue_card(conn, &request.by, &order)
    })
    .await?;
    let IssuedPair {
        holder,
        certificates: [signature, authentication],
    } = pair;
    Ok(HttpResponse::Created().json(CardIssued {
        version,
        serial: holder,
        signature: signature.certificate_pem(),
        authentication: authentication.certificate_pem(),
    }))
}

/// A card with its journal.
#[utoipa::path(get, path = "/v1/cards/{serial}",
    params(("serial" = String, Path, description = "Serial number of the card")),
    responses(
        (status = 200, body = CardAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such card"),
    ))]
pub(super) async fn card(
    state: web::Data<State>,
    serial: web::Path<String>,
) -> Result<web::Json<CardAnswer>, Problem> {
    let serial = serial.into_inner();
    let now_s = state.registrar.instants().legal_s;
    let (card, certificates, history) = with_connection(state, move |_, conn| {
        let body = db::snapshot(conn)?.ok_or(ChangeError::Empty)?;
        let snapshot: SnapshotV1 = serde_json::from_slice(&body)?;
        let card = snapshot.cards.into_iter().find(|it| it.serial == serial);
        let card = card.ok_or_else(|| ChangeError::UnknownCard {
            serial: serial.clone(),
        })?;
        let certificates = db::cards::certificates(conn, &serial)?;
        Ok((card, certificates, db::cards::history(conn, &serial)?))
    })
    .await?;
    let certificates = certificates.into_iter().map(|row| {
        Ok(CertificateAnswer {
            usage: row.usage,
            number: row.number,
            not_after: second(row.not_after_s)?,
            pem: row.pem,
        })
    });
    let journal = history.into_iter().map(|row| {
        let at = Timestamp::from_microsecond(row.legal_at_us).map_err(Problem::internal)?;
        Ok(EntryAnswer {
            at: at.to_string(),
            by: row.actor,
            act: row.act,
            detail: serde_json::from_str(&row.detail).map_err(Problem::internal)?,
            version: row.version,
        })
    });
    Ok(web::Json(CardAnswer {
        status: status(&card, now_s).to_owned(),
        revocation: card
            .revocation
            .as_ref()
            .map(|it| {
                Ok::<_, Problem>(RevocationAnswer {
                    effective_at: second(it.effective_at_s)?,
                    reason: it.reason,
                })
            })
            .transpose()?,
        certificates: certificates.collect::<Result<_, Problem>>()?,
        journal: journal.collect::<Result<_, Problem>>()?,
        serial: card.serial,
        siren: card.siren,
        matricule: card.matricule,
    }))
}

fn second(seconds: i64) -> Result<String, Problem> {
    let instant = Timestamp::from_second(seconds).map_err(Problem::internal)?;
    Ok(instant.to_string())
}

fn status(card: &CardV1, now_s: i64) -> &'static str {
    match &card.revocation {
        Some(it) if it.effective_at_s <= now_s && it.reason == ReasonV1::Suspension => "suspended",
        Some(it) if it.effective_at_s <= now_s => "revoked",
        _ => "in_force",
    }
}

/// Revokes a card: a new version.
#[utoipa::path(post, path = "/v1/cards/{serial}/revocation",
    params(("serial" = String, Path, description = "Serial number of the card")),
    request_body = RevocationRequest,
    responses(
        (status = 200, body = ChangedAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such card"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`already_revoked`, or `would_resume`: suspended, and the revocation is dated ahead"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "No instant"),
    ))]
pub(super) async fn revoke_card(
    state: web::Data<State>,
    serial: web::Path<String>,
    request: web::Json<RevocationRequest>,
) -> Result<web::Json<ChangedAnswer>, Problem> {
    let (serial, request) = (serial.into_inner(), request.into_inner());
    acting(&request.by)?;
    let now_s = state.registrar.instants().legal_s;
    let effective_at_s = request.effective_at_s.unwrap_or(now_s);
    // Revocation lists carry no instant before 1970.
    if effective_at_s < 0 || Timestamp::from_second(effective_at_s).is_err() {
        let problem = Problem::unprocessable("bad_instant", "This is no instant");
        return Err(problem.with_pointer("/effective_at_s"));
    }
    let revocation = RevocationV1 {
        effective_at_s,
        reason: request.reason.into(),
    };
    changed(state, "Card was revoked", move |state, conn| {
        let by = &request.by;
        let changed = state.registrar.revoke_card(conn, by, &serial, revocation)?;
        state.metrics.cards_revoked_total.inc();
        Ok(changed)
    })
    .await
}

/// Suspends a card from now on: a new version.
#[utoipa::path(post, path = "/v1/cards/{serial}/suspension",
    params(("serial" = String, Path, description = "Serial number of the card")),
    request_body = ActRequest,
    responses(
        (status = 200, body = ChangedAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such card"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "`already_suspended`, `already_revoked`"),
    ))]
pub(super) async fn suspend_card(
    state: web::Data<State>,
    serial: web::Path<String>,
    request: web::Json<ActRequest>,
) -> Result<web::Json<ChangedAnswer>, Problem> {
    acting(&request.by)?;
    changed(state, "Card was suspended", move |state, conn| {
        state.registrar.suspend_card(conn, &request.by, &serial)
    })
    .await
}

/// Ends a card's suspension: a new version.
#[utoipa::path(post, path = "/v1/cards/{serial}/resumption",
    params(("serial" = String, Path, description = "Serial number of the card")),
    request_body = ActRequest,
    responses(
        (status = 200, body = ChangedAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such card"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Not suspended"),
    ))]
pub(super) async fn resume_card(
    state: web::Data<State>,
    serial: web::Path<String>,
    request: web::Json<ActRequest>,
) -> Result<web::Json<ChangedAnswer>, Problem> {
    acting(&request.by)?;
    changed(state, "Card was resumed", move |state, conn| {
        state.registrar.resume_card(conn, &request.by, &serial)
    })
    .await
}

/// Certifies the two keys of a station and registers it: a new version.
#[utoipa::path(post, path = "/v1/stations", request_body = StationRequest, responses(
    (status = 201, body = StationIssued),
    (status = 403, body = ProblemBody, content_type = "application/problem+json", description = "No convention"),
    (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such collectivity"),
    (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "The name is taken, or this registry certifies nobody"),
    (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "A request that proves nothing, a weak key, no name"),
))]
pub(super) async fn issue_station(
    state: web::Data<State>,
    request: web::Json<StationRequest>,
) -> Result<HttpResponse, Problem> {
    let request = request.into_inner();
    acting(&request.by)?;
    let order = StationOrder {
        connection: key_request(&request.connection_request, "/connection_request")?,
        seal: key_request(&request.seal_request, "/seal_request")?,
        siren: request.siren,
        name: request.name,
    };
    let (version, pair) = certified(state, "Station was issued", move |state, conn| {
        state.registrar.issue_station(conn, &request.by, &order)
    })
    .await?;
    let IssuedPair {
        holder,
        certificates: [connection, seal],
    } = pair;
    Ok(HttpResponse::Created().json(StationIssued {
        version,
        name: holder,
        connection: connection.certificate_pem(),
        seal: seal.certificate_pem(),
    }))
}

/// Cuts a station off, at once: a new version.
#[utoipa::path(post, path = "/v1/stations/{name}/cut",
    params(("name" = String, Path, description = "Name of the station")),
    request_body = CutRequest,
    responses(
        (status = 200, body = ChangedAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such station"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Cut already"),
    ))]
pub(super) async fn cut_station(
    state: web::Data<State>,
    name: web::Path<String>,
    request: web::Json<CutRequest>,
) -> Result<web::Json<ChangedAnswer>, Problem> {
    acting(&request.by)?;
    changed(state, "Station was cut", move |state, conn| {
        let reason = request.reason.into();
        state
            .registrar
            .cut_station(conn, &request.by, &name, reason)
    })
    .await
}
