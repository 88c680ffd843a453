//! What an addressee asks with the key besides contesting: letters to another address, the procès-verbal. Each is a
//! courrier like those on paper, and goes the same way.

use actix_web::{HttpRequest, HttpResponse, post, web};
use cnt_bus::OutRecord;
use cnt_contracts::courrier::{CourrierV3, WishV3};
use cnt_contracts::topics::COURRIER_INBOUND;
use cnt_domain::address::AddressProblem;
use cnt_service_kit::http::{Problem, ProblemBody};
use jiff::Timestamp;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::http::AppState;
use crate::http::api::Registered;
use crate::http::key::{Opened, opened};
use crate::http::photos::number;
use crate::http::portal::{NotAcknowledged, not_now, sent};
use crate::intake::{AddressRefused, WISH_VERSION, check_address};

/// A new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AddressDeclared {
    /// Chosen by the sender: the same id twice is one declaration.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// Complements if any, street, postcode and town, country (two capitals) if abroad.
    #[schema(min_items = 2, max_items = 5)]
    address: Vec<String>,
}

/// The procès-verbal is asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PvAsked {
    /// Chosen by the sender: the same id twice is one request.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
}

/// Whether letters to the addressee of an avis can go to an address.
pub(crate) fn check(opened: &Opened, lines: &[String]) -> Result<(), AddressRefused> {
    check_address(&opened.facts.addressee, opened.facts.represented, lines)
}

/// Sends a wish about an avis; the instant of its reception once the broker has it.
pub(crate) async fn ask(
    state: &AppState,
    avis: i64,
    id: Uuid,
    wish: WishV3,
) -> Result<Timestamp, NotAcknowledged> {
    let received_at = state.clock.legal_now();
    let courrier = CourrierV3 {
        version: WISH_VERSION,
        received_at_us: received_at.as_microsecond(),
        id,
        avis: avis.to_string(),
        wish,
    };
    let value = serde_json::to_vec(&courrier).map_err(NotAcknowledged::unwritten)?;
    let record = OutRecord::new(COURRIER_INBOUND.name, courrier.avis, value);
    sent(state, vec![record]).await?;
    Ok(received_at)
}

async fn registered(
    state: &AppState,
    avis: i64,
    id: Uuid,
    wish: WishV3,
) -> Result<HttpResponse, Problem> {
    if id.is_nil() {
        let why = "The id must be a UUID of the sender's own, not the nil one";
        return Err(Problem::unprocessable("id_nil", why).with_pointer("/id"));
    }
    Ok(match ask(state, avis, id, wish).await {
        Ok(received_at) => HttpResponse::Accepted().json(Registered {
            id,
            received_at: received_at.to_string(),
        }),
        Err(error) => not_now(state, error),
    })
}

/// Declares a new address, with the key printed on the avis. Later letters about it go there. Of an increased fine, whether
/// the address was declared in time is judged by the CNT (CPP 530, R49-6-1).
#[utoipa::path(
    post, path = "/v1/portal/avis/{avis}/address", tag = "portal", request_body = AddressDeclared,
    params(
        ("avis" = String, Path, description = "Avis number"), ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 202, description = "Registered; it survives any failure from now on", body = Registered),
        (status = 404, description = "No such avis with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`id_nil`, `address_malformed` or `ADRESSE_NON_NORMALISABLE`, with a pointer", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now: repeat with the same id", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/portal/avis/{avis}/address")]
pub(crate) async fn addressee_moves(
    state: web::Data<AppState>,
    request: HttpRequest,
    avis: web::Path<String>,
    asked: web::Json<AddressDeclared>,
) -> Result<HttpResponse, Problem> {
    let avis = number(&avis)?;
    let opened = opened(&state, &request, avis).await?;
    let AddressDeclared { id, address } = asked.into_inner();
    check(&opened, &address).map_err(|refused| {
        let code = match refused {
            AddressRefused::Lines => "address_malformed",
            AddressRefused::Norm(_) => AddressProblem::CODE,
        };
        Problem::unprocessable(code, refused.to_string()).with_pointer("/address")
    })?;
    registered(&state, avis, id, WishV3::AddressChange { address }).await
}

/// Asks for the procès-verbal, with the key printed on the avis.
#[utoipa::path(
    post, path = "/v1/portal/avis/{avis}/pv-request", tag = "portal", request_body = PvAsked,
    params(
        ("avis" = String, Path, description = "Avis number"), ("CNT-Key" = String, Header, description = "The key printed on the avis"),
    ),
    responses(
        (status = 202, description = "Registered; it survives any failure from now on", body = Registered),
        (status = 404, description = "No such avis with this key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 422, description = "`id_nil`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "`too_many_guesses`", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "Not now: repeat with the same id", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
#[post("/v1/portal/avis/{avis}/pv-request")]
pub(crate) async fn addressee_asks_pv(
    state: web::Data<AppState>,
    request: HttpRequest,
    avis: web::Path<String>,
    asked: web::Json<PvAsked>,
) -> Result<HttpResponse, Problem> {
    let avis = number(&avis)?;
    opened(&state, &request, avis).await?;
    registered(&state, avis, asked.id, WishV3::PvRequest).await
}
