//! The console of the OMP: pages for officers, clerks, supervisors and auditors. What they see is read under a role of the
//! database that knows the session and shows its OMP's files alone; what changes a life is done by the service, in the name
//! of the session's operator. Pages work without a script; htmx and a few lines of our own make them faster.

mod acts;
mod board;
mod bulk;
mod card;
mod decide;
pub(crate) mod entry;
mod file;
mod frame;
mod list;
mod pieces;
mod preview;
mod seat;
mod words;

use std::sync::Arc;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::middleware::DefaultHeaders;
use actix_web::{HttpResponse, dev, web};
use cnt_store::{DatabaseConfig, Pool, StoreError};
use cnt_vault::Digest;
use tokio::sync::Semaphore;

use crate::config::ConsoleSection;
use crate::http::guesses::Guesses;

pub(crate) use self::card::note as note_card;
pub(crate) use self::entry::operators_put;
use self::seat::NotShown;

/// Most bytes of a form.
const FORM_BYTES_MAX: usize = 64 * 1024;
const STYLE: &str = include_str!("console.css");
const SCRIPT: &str = include_str!("console.js");
/// htmx 2.0.6, as its authors publish it (0BSD).
const HTMX: &str = include_str!("htmx.min.js");
/// No page runs or shows what is not the console's own.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; \
     object-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// What the pages share.
#[derive(Clone)]
pub(crate) struct Console {
    /// Connections under the console's own role.
    pool: Pool,
    config: ConsoleSection,
    /// Refused log-ins, by login.
    guesses: Arc<Guesses<Digest>>,
    /// Passwords are checked one at a time: each takes 19 MiB for a while.
    hashing: Arc<Semaphore>,
    /// Letters that were made to be shown.
    previews: Arc<preview::Previews>,
}

impl Console {
    pub(crate) fn new(config: ConsoleSection) -> Result<Self, StoreError> {
        let mut database = DatabaseConfig::new(config.conninfo.expose(), "cnt-console");
        database.pool_size = usize::from(config.pool_size.get());
        Ok(Self {
            pool: Pool::new(database)?,
            config,
            guesses: Arc::new(Guesses::of_logins()),
            hashing: Arc::new(Semaphore::new(1)),
            previews: Arc::default(),
        })
    }

    /// The same behind TLS of its own, where no cookie travels otherwise.
    pub(crate) fn over_tls(mut self) -> Self {
        self.config.secure_cookie = true;
        self
    }

    /// Minutes of idleness and hours after which a session ends.
    fn session(&self) -> (i32, i32) {
        (
            i32::from(self.config.session_idle_minutes.get()),
            i32::from(self.config.session_hours.get()),
        )
    }

    /// Name of the session's cookie. The prefix binds it to the host and to TLS.
    const fn cookie_name(&self) -> &'static str {
        if self.config.secure_cookie {
            "__Host-cnt-console"
        } else {
            "cnt-console"
        }
    }

    /// The cookie of a token; without one, what ends it.
    fn cookie(&self, token: Option<&str>) -> String {
        let secure = if self.config.secure_cookie {
            "; Secure"
        } else {
            ""
        };
        let (token, ended) = token.map_or(("", "; Max-Age=0"), |token| (token, ""));
        let name = self.cookie_name();
        format!("{name}={token}; Path=/; HttpOnly; SameSite=Strict{secure}{ended}")
    }
}

/// The pages, with the headers that all of them bear.
pub(crate) fn service() -> impl dev::HttpServiceFactory {
    let headers = DefaultHeaders::new()
        .add(("Content-Security-Policy", POLICY))
        .add(("X-Content-Type-Options", "nosniff"))
        .add(("Referrer-Policy", "same-origin"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add((CACHE_CONTROL, "no-store"));
    web::scope("")
        .wrap(headers)
        .configure(routes)
        .default_service(web::route().to(missing))
}

fn routes(service: &mut web::ServiceConfig) {
    let form = web::FormConfig::default()
        .limit(FORM_BYTES_MAX)
        .error_handler(|_, _| NotShown::Form.into());
    service
        .app_data(form)
        .route("/console.css", web::get().to(style))
        .route("/console.js", web::get().to(script))
        .route("/htmx.js", web::get().to(htmx))
        .route("/", web::get().to(list::home))
        .route("/connexion", web::get().to(entry::show))
        .route("/connexion", web::post().to(entry::enter))
        .route("/connexion/carte", web::post().to(card::enter))
        .route("/deconnexion", web::post().to(entry::leave))
        .route("/file", web::get().to(list::show))
        .route("/file/suivant", web::post().to(acts::next))
        .route("/recherche", web::get().to(list::search))
        .route("/lots", web::get().to(bulk::list))
        .route("/lots", web::post().to(bulk::send))
        .route("/lots/{id}", web::get().to(bulk::show))
        .route("/lots/{id}/annuler", web::post().to(bulk::cancel))
        .route("/apercus/{id}", web::get().to(preview::show))
        .route("/tableau", web::get().to(board::show))
        .route("/journal", web::get().to(board::journal))
        .service(
            web::scope("/dossiers/{id}")
                .route("", web::get().to(file::show))
                .route("/prendre", web::post().to(acts::take))
                .route("/bail", web::post().to(acts::renew))
                .route("/note", web::post().to(acts::note))
                .route("/suite", web::post().to(acts::act))
                .route("/decision", web::post().to(decide::send))
                .route("/courriers/{letter}", web::get().to(pieces::letter))
                .route("/pieces/{n}", web::get().to(pieces::attachment))
                .route("/photographies/{sha256}", web::get().to(pieces::photo)),
        );
}

fn kept(media: &'static str, text: &'static str) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media))
        .insert_header((CACHE_CONTROL, "private, max-age=3600"))
        .body(text)
}

async fn style() -> HttpResponse {
    kept("text/css; charset=utf-8", STYLE)
}

async fn script() -> HttpResponse {
    kept("text/javascript; charset=utf-8", SCRIPT)
}

async fn htmx() -> HttpResponse {
    kept("text/javascript; charset=utf-8", HTMX)
}

async fn missing() -> Result<HttpResponse, NotShown> {
    Err(NotShown::Missing)
}
