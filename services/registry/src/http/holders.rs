//! Cards and stations.

use actix_web::{HttpResponse, web};
use cnt_contracts::registry::{CardV1, ReasonV1, RevocationV1, SnapshotV1};
use cnt_service_kit::http::{Problem, ProblemBody};
use cnt_trust::issue::KeyRequest;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ChangedAnswer, State, publish_change, with_connection};
use crate::change::ChangeError;
use crate::db;
use crate::issuing::{CardOrder, IssuedPair, StationOrder};

/// Most characters of the name of who acts.
const BY_LENGTH_MAX: usize = 100;

/// A card is to be revoked.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RevocationRequest {
    /// Why.
    reason: Reason,
    /// Instant from which it holds, seconds since the epoch; now (legal clock) if absent.
    #[serde(default)]
    effective_at_s: Option<i64>,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    by: String,
}

/// Somebody acts on a card.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActRequest {
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    by: String,
}

fn somebody() -> String {
    "operator".to_owned()
}

/// Why a card is revoked, or a station cut.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Reason {
    Loss,
    Theft,
    Compromise,
    Departure,
    CollectivityLeaving,
    WrongData,
    Superseded,
}

impl From<Reason> for ReasonV1 {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Loss => Self::Loss,
            Reason::Theft => Self::Theft,
            Reason::Compromise => Self::Compromise,
            Reason::Departure => Self::Departure,
            Reason::CollectivityLeaving => Self::CollectivityLeaving,
            Reason::WrongData => Self::WrongData,
            Reason::Superseded => Self::Superseded,
        }
    }
}

/// A card for an agent.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CardRequest {
    /// SIREN of the collectivity.
    siren: String,
    /// The agent's number.
    matricule: String,
    /// Request (PKCS#10, PEM) signed with the signature key.
    signature_request: String,
    /// Request (PKCS#10, PEM) signed with the authentication key.
    authentication_request: String,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    by: String,
}

/// A station of a collectivity.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StationRequest {
    /// SIREN of the collectivity.
    siren: String,
    /// Name of the station: at most twenty-four letters, digits, `-` or `.`.
    name: String,
    /// Request (PKCS#10, PEM) signed with the connection key.
    connection_request: String,
    /// Request (PKCS#10, PEM) signed with the seal key.
    seal_request: String,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    by: String,
}

/// A station is to be cut.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CutRequest {
    /// Why.
    reason: Reason,
    /// Who acts, for the journal.
    #[serde(default = "somebody")]
    by: String,
}

/// A card was issued.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct CardIssued {
    /// The version that the change made.
    version: i64,
    /// Serial number of the card.
    serial: String,
    /// Signature certificate, PEM.
    signature: String,
    /// Authentication certificate, PEM.
    authentication: String,
}

/// A station was issued.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct StationIssued {
    /// The version that the change made.
    version: i64,
    /// Name of the station.
    name: String,
    /// Connection certificate, PEM.
    connection: String,
    /// Seal certificate, PEM.
    seal: String,
}

/// A card, what was issued for it and what was done to it.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct CardAnswer {
    /// Serial number.
    serial: String,
    /// SIREN of the collectivity.
    siren: String,
    /// The agent's number.
    matricule: String,
    /// `in_force`, `suspended` or `revoked`, now (legal clock).
    status: String,
    /// Revocation or suspension, one dated ahead included.
    revocation: Option<RevocationAnswer>,
    /// Certificates that this registry issued; none for a card of the first snapshot.
    certificates: Vec<CertificateAnswer>,
    /// What was done to it, oldest first.
    journal: Vec<EntryAnswer>,
}

/// A revocation.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct RevocationAnswer {
    /// From when (RFC 3339).
    effective_at: String,
    /// Why.
    #[schema(value_type = String)]
    reason: ReasonV1,
}

/// A certificate.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct CertificateAnswer {
    /// `signature` or `authentication`.
    usage: String,
    /// Its serial number, hexadecimal.
    number: String,
    /// Last instant of its validity (RFC 3339).
    not_after: String,
    /// The certificate, PEM.
    pem: String,
}

/// An entry of the journal.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct EntryAnswer {
    /// Legal instant (RFC 3339).
    at: String,
    /// Who acted.
    by: String,
    /// `card_issued`, `card_revoked`, `card_suspended`, `card_resumed`.
    act: String,
    /// Further facts.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
    /// The version that it made.
    version: i64,
}

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
    let (version, pair) = with_connection(state, move |state, conn| {
        let changed = state.registrar.issue_card(conn, &request.by, &order)?;
        state.metrics.holders_certified_total.inc();
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    let IssuedPair {
        holder,
        certificates: [signature, authentication],
    } = pair;
    tracing::info!(registry.version = version, "Card was issued");
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
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Revoked already"),
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
    let (version, ()) = with_connection(state, move |state, conn| {
        let by = &request.by;
        let changed = state.registrar.revoke_card(conn, by, &serial, revocation)?;
        state.metrics.cards_revoked_total.inc();
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    tracing::info!(registry.version = version, "Card was revoked");
    Ok(web::Json(ChangedAnswer { version }))
}

/// Suspends a card from now on: a new version.
#[utoipa::path(post, path = "/v1/cards/{serial}/suspension",
    params(("serial" = String, Path, description = "Serial number of the card")),
    request_body = ActRequest,
    responses(
        (status = 200, body = ChangedAnswer),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "No such card"),
        (status = 409, body = ProblemBody, content_type = "application/problem+json", description = "Suspended or revoked already"),
    ))]
pub(super) async fn suspend_card(
    state: web::Data<State>,
    serial: web::Path<String>,
    request: web::Json<ActRequest>,
) -> Result<web::Json<ChangedAnswer>, Problem> {
    acting(&request.by)?;
    let (version, ()) = with_connection(state, move |state, conn| {
        let changed = state.registrar.suspend_card(conn, &request.by, &serial)?;
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    tracing::info!(registry.version = version, "Card was suspended");
    Ok(web::Json(ChangedAnswer { version }))
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
    let (version, ()) = with_connection(state, move |state, conn| {
        let changed = state.registrar.resume_card(conn, &request.by, &serial)?;
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    tracing::info!(registry.version = version, "Card was resumed");
    Ok(web::Json(ChangedAnswer { version }))
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
    let (version, pair) = with_connection(state, move |state, conn| {
        let changed = state.registrar.issue_station(conn, &request.by, &order)?;
        state.metrics.holders_certified_total.inc();
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    let IssuedPair {
        holder,
        certificates: [connection, seal],
    } = pair;
    tracing::info!(registry.version = version, "Station was issued");
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
    let (version, ()) = with_connection(state, move |state, conn| {
        let reason = request.reason.into();
        let changed = state
            .registrar
            .cut_station(conn, &request.by, &name, reason)?;
        Ok(publish_change(state, conn, changed))
    })
    .await?;
    tracing::info!(registry.version = version, "Station was cut");
    Ok(web::Json(ChangedAnswer { version }))
}
