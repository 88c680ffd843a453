//! The public listener: pages and API for whoever has the number and the key of an avis. The operators' doors, and the bulk
//! door that asks no key, are not here.

use std::net::IpAddr;
use std::time::Duration;

use actix_web::dev::HttpServiceFactory;
use actix_web::http::header::X_FRAME_OPTIONS;
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpRequest, web};
use cnt_service_kit::http::{extractors, json_config};
use tokio::sync::Semaphore;

use crate::config::PortalSection;
use crate::http::guesses::neighbourhood;
use crate::http::pages::{self, Sessions};
use crate::http::{BODY_BYTES_MAX, Guesses, addressee, letters, photos, wishes};

/// Requests with pieces that are read at a time: each may take tens of megabytes.
const UPLOADS_MAX: usize = 4;
/// How long a request with pieces may take to arrive.
pub(crate) const UPLOAD_PATIENCE: Duration = Duration::from_secs(180);
/// Nothing but the portal's own style; forms go to the portal only; no page shows it within itself.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; \
                      frame-ancestors 'none'";

/// What the public listener knows of its clients, all of it in memory.
pub(crate) struct Public {
    /// Wrong keys by client address.
    pub(crate) strangers: Guesses<IpAddr>,
    /// Files that are open on the pages.
    pub(crate) sessions: Sessions,
    /// Room for requests with pieces.
    pub(crate) uploads: Semaphore,
    is_forwarded: bool,
}

impl Public {
    pub(crate) fn new(config: &PortalSection) -> Self {
        Self {
            strangers: Guesses::from_addresses(),
            sessions: Sessions::new(config),
            uploads: Semaphore::new(UPLOADS_MAX),
            is_forwarded: config.forwarded,
        }
    }

    /// Whom wrong keys are counted by.
    pub(crate) fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        // What comes past the proxy is counted by its own address: nobody is counted by none.
        let forwarded = if self.is_forwarded {
            forwarded(request)
        } else {
            None
        };
        let address = forwarded.or_else(|| request.peer_addr().map(|peer| peer.ip()));
        address.map(neighbourhood)
    }
}

/// The client of the proxy, which writes it last.
fn forwarded(request: &HttpRequest) -> Option<IpAddr> {
    let last = request.headers().get_all("X-Forwarded-For").last()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

/// The API of addressees, on both listeners.
pub(crate) fn api(service: &mut web::ServiceConfig, lot_bytes_max: usize) {
    let contests = web::resource("/v1/portal/avis/{avis}/contestations")
        .app_data(json_config(lot_bytes_max))
        .route(web::post().to(addressee::addressee_contests));
    service
        .service(contests)
        .service(addressee::addressee_follows)
        .service(letters::addressee_letters)
        .service(letters::addressee_letter)
        .service(wishes::addressee_moves)
        .service(wishes::addressee_asks_pv)
        .service(photos::photo_request_submit)
        .service(photos::photo_request_read)
        .service(photos::photo_copy_read);
}

/// Everything that the public reaches.
pub(crate) fn service(lot_bytes_max: usize) -> impl HttpServiceFactory {
    let headers = DefaultHeaders::new()
        .add(("Content-Security-Policy", POLICY))
        .add(("Cache-Control", "no-store"))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("X-Content-Type-Options", "nosniff"))
        .add((X_FRAME_OPTIONS, "DENY"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add((
            "Permissions-Policy",
            "camera=(), geolocation=(), microphone=()",
        ));
    web::scope("")
        .wrap(headers)
        .configure(extractors(BODY_BYTES_MAX))
        .configure(|service| api(service, lot_bytes_max))
        .configure(pages::routes)
        .default_service(web::to(pages::missing))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn the_proxy_says_who_asks_only_where_there_is_one() {
        let config = |forwarded| PortalSection {
            listen: "127.0.0.1:0".parse().unwrap(),
            secure_cookie: true,
            forwarded,
            session_idle_minutes: 20.try_into().unwrap(),
            sessions_max: 10.try_into().unwrap(),
            acknowledgement_timeout_ms: 1_000.try_into().unwrap(),
            retry_after_seconds: 5,
        };
        let request = TestRequest::default()
            .peer_addr("127.0.0.1:4000".parse().unwrap())
            .insert_header(("X-Forwarded-For", "192.0.2.1, 192.0.2.7"))
            .to_http_request();
        let client = |forwarded| Public::new(&config(forwarded)).client(&request);
        assert_eq!(client(true), "192.0.2.7".parse().ok());
        assert_eq!(client(false), "127.0.0.1".parse().ok());
        let request = TestRequest::default()
            .peer_addr("127.0.0.1:4000".parse().unwrap())
            .insert_header(("X-Forwarded-For", "unknown"))
            .to_http_request();
        let client = Public::new(&config(true)).client(&request);
        assert_eq!(client, "127.0.0.1".parse().ok());
    }
}
