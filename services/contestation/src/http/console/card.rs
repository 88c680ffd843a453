//! Coming in with a card: its authentication certificate has opened the connection, one click opens the session.

use std::any::Any;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::http::StatusCode;
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_service_kit::http::Problem;
use cnt_trust::tls::Refusal;
use rustls_pki_types::CertificateDer;
use serde::Deserialize;

use super::Console;
use super::entry::{form, opened, token};
use super::frame;
use super::seat::{NotShown, is_foreign, kept_as};
use crate::db;
use crate::http::{AppState, with_connection};

/// The card at the other end of a connection.
pub(super) struct Card(CertificateDer<'static>);

/// Notes which card opened a connection.
pub(crate) fn note(connection: &dyn Any, data: &mut Extensions) {
    let certificate = connection
        .downcast_ref::<TlsStream<TcpStream>>()
        .and_then(|stream| stream.get_ref().1.peer_certificates()?.first());
    if let Some(certificate) = certificate {
        data.insert(Card(certificate.clone().into_owned()));
    }
}

/// What the form of a card says.
#[derive(Deserialize)]
pub(super) struct Entering {
    #[serde(default)]
    suite: String,
}

/// Opens a session for whom the card is.
pub(super) async fn enter(
    request: HttpRequest,
    state: web::Data<AppState>,
    console: web::Data<Console>,
    entering: web::Form<Entering>,
) -> Result<HttpResponse, NotShown> {
    if is_foreign(&request) {
        return Err(NotShown::Foreign);
    }
    let card = request.conn_data::<Card>().ok_or(NotShown::Forbidden)?;
    // A connection may be older than the list that revokes its card.
    let now = state.clock.real_now().as_second();
    let facts = match state.cards.facts(&card.0, now) {
        Ok(facts) => facts,
        Err(Refusal::Certificate(_)) => return Err(NotShown::Forbidden),
        Err(refusal @ Refusal::NotNow(_)) => {
            let detail = "Cards cannot be judged yet, try again soon";
            return Err(Problem::unavailable(detail, refusal).into());
        }
    };
    let secret = token();
    let hash = kept_as(&secret);
    let session = console.session();
    let login = facts.card_number.clone().unwrap_or_default();
    let is_open = with_connection(&state, move |conn| {
        let holder = db::holder(conn, &facts.fingerprint)?;
        let Some(holder) = holder else {
            db::entry(conn, &login, "refused")?;
            return Ok(false);
        };
        db::session_open(conn, &holder, &hash, None, session)
    })
    .await?;
    if is_open {
        return Ok(opened(&console, &secret, &entering.suite));
    }
    let why = "Cette carte n’est plus, ou pas encore, celle d’un agent de la console.";
    Ok(frame::plain(
        StatusCode::FORBIDDEN,
        "Ouvrir la session",
        &form(("", true), &entering.suite, Some(why)),
    ))
}
