//! The pages of addressees: plain forms in French, no script. Number and key travel in a body once, never in an address;
//! after that a cookie stands for the open file, and a token of its own for each of its forms.

mod address;
mod contest;
mod entry;
mod file;
mod html;
mod multipart;
mod photos;
mod procedure;
mod session;
mod words;

use std::future::{Ready, ready};

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::error::UrlencodedError;
use actix_web::http::StatusCode;
use actix_web::http::header::{COOKIE, LOCATION};
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError, web};
use cnt_service_kit::http::Problem;

use crate::http::AppState;
use crate::http::portal::NotAcknowledged;
use crate::http::public::Public;

use self::html::{Page, Values};
pub(crate) use self::session::{Sessions, Visit};

/// Most bytes of a form without files: the longest address and then some.
const FORM_BYTES_MAX: usize = 64 * 1024;
const STYLE: &str = include_str!("style.css");

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum Refused {
    /// No file is open, or not any more.
    Closed,
    /// A form that no page of this session showed, or that another site sent.
    Foreign,
    /// The form cannot be read.
    Form,
    /// The body is larger than all pieces may be.
    Large,
    /// Too many send pieces now, or they take too long.
    Busy,
    /// The service cannot, or the thing does not exist.
    Problem(Problem),
}

impl std::fmt::Display for Refused {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.told().1)
    }
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl Refused {
    /// Status, title and explanation.
    fn told(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::Closed => (
                StatusCode::FORBIDDEN,
                "Votre dossier n’est plus ouvert",
                "Pour protéger vos données, le dossier se ferme après quelques minutes sans activité. Ouvrez-le de nouveau avec le numéro et la clé de l’avis.",
            ),
            Self::Foreign => (
                StatusCode::FORBIDDEN,
                "Ce formulaire n’est plus valable",
                "Il a été ouvert dans une autre session. Rien n’a été enregistré. Ouvrez le dossier et recommencez.",
            ),
            Self::Form => (
                StatusCode::BAD_REQUEST,
                "Ce formulaire est illisible",
                "Rien n’a été enregistré. Revenez à la page précédente et recommencez.",
            ),
            Self::Large => (
                StatusCode::PAYLOAD_TOO_LARGE,
                "Vos pièces sont trop volumineuses",
                "Rien n’a été enregistré. Revenez à la page précédente et joignez moins de pièces, ou de plus petites.",
            ),
            Self::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "Trop de pièces sont envoyées en ce moment",
                "Rien n’a été enregistré. Revenez à la page précédente et recommencez dans une minute.",
            ),
            Self::Problem(problem) => match problem.status {
                StatusCode::NOT_FOUND => (
                    problem.status,
                    "Cette page n’existe pas",
                    "L’adresse est peut-être incomplète, ou le document n’est pas encore prêt.",
                ),
                StatusCode::TOO_MANY_REQUESTS => (
                    problem.status,
                    "Trop de tentatives",
                    "Le numéro et la clé ont été mal saisis trop souvent. Recommencez dans une heure.",
                ),
                StatusCode::SERVICE_UNAVAILABLE => (
                    problem.status,
                    "Le service est momentanément indisponible",
                    "Rien n’a été perdu de ce qui était enregistré. Recommencez dans quelques instants.",
                ),
                status if status.is_client_error() => (
                    status,
                    "Cette demande n’est pas possible",
                    "Rien n’a été enregistré. Revenez au dossier et recommencez.",
                ),
                status => (
                    status,
                    "Une erreur est survenue de notre côté",
                    "Elle est consignée. Recommencez dans quelques instants.",
                ),
            },
        }
    }
}

impl ResponseError for Refused {
    fn status_code(&self) -> StatusCode {
        self.told().0
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        if let Self::Problem(problem) = self {
            // It logs what went wrong inside.
            let _logged = problem.error_response();
        }
        let (status, title, told) = self.told();
        let body = format!(
            "<p class=\"chapo\">{told}</p>\n<p><a class=\"bouton\" href=\"/\">Ouvrir un dossier</a></p>\n"
        );
        shown(status, &Page::outside(title, &body))
    }
}

/// A page as an answer.
fn shown(status: StatusCode, page: &Page<'_>) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(page.html())
}

/// Leads to another page, which is got anew.
fn see(place: &str) -> HttpResponse {
    HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish()
}

/// That the broker did not take something: the same form again is the same envelope.
fn not_sent(error: NotAcknowledged) -> Refused {
    Problem::unavailable("It was not registered", error).into()
}

/// The value of the session's cookie.
fn token_of<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request
        .headers()
        .get_all(COOKIE)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, token)| token)
}

/// Whoever has opened a file.
pub(crate) struct Visitor {
    /// The session.
    visit: Visit,
    /// Its token.
    token: String,
}

impl Visitor {
    /// Holds the token of a form against that of the session.
    fn sent(&self, values: &Values) -> Result<(), Refused> {
        match values.get("jeton") {
            Some(token) if *token == self.visit.form_token => Ok(()),
            _ => Err(Refused::Foreign),
        }
    }
}

impl FromRequest for Visitor {
    type Error = Refused;
    type Future = Ready<Result<Self, Refused>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(visitor(request).ok_or(Refused::Closed))
    }
}

fn visitor(request: &HttpRequest) -> Option<Visitor> {
    let public = request.app_data::<web::Data<Public>>()?;
    let state = request.app_data::<web::Data<AppState>>()?;
    let token = token_of(request, public.sessions.cookie_name())?;
    let visit = public.sessions.find(token, state.clock.real_now())?;
    Some(Visitor {
        visit,
        token: token.to_owned(),
    })
}

/// Whether a browser says that another site sent the form.
fn is_foreign(request: &HttpRequest) -> bool {
    let site = request.headers().get("Sec-Fetch-Site");
    site.is_some_and(|site| site != "same-origin" && site != "none")
}

/// A form that this site sent.
pub(crate) struct Filled(Values);

impl FromRequest for Filled {
    type Error = Refused;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self, Refused>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let is_foreign = is_foreign(request);
        let form = web::Form::<Values>::from_request(request, payload);
        Box::pin(async move {
            if is_foreign {
                return Err(Refused::Foreign);
            }
            let form = form.await.map_err(|_| Refused::Form)?;
            Ok(Self(form.into_inner()))
        })
    }
}

/// Adds the pages to an application.
pub(crate) fn routes(service: &mut web::ServiceConfig) {
    let refuse = |_: UrlencodedError, _: &_| Refused::Form.into();
    let form = web::FormConfig::default()
        .limit(FORM_BYTES_MAX)
        .error_handler(refuse);
    service
        .app_data(form)
        .route("/style.css", web::get().to(style))
        .route("/", web::get().to(entry::show))
        .route("/", web::post().to(entry::open))
        .route("/dossier", web::get().to(file::show))
        .route("/dossier/quitter", web::post().to(entry::leave))
        .route("/dossier/courriers/{letter}", web::get().to(file::letter))
        .route("/dossier/contester", web::get().to(contest::choose))
        .route("/dossier/contester/{case}", web::get().to(contest::show))
        .route("/dossier/contester/{case}", web::post().to(contest::send))
        .route("/dossier/contestations/{id}", web::get().to(contest::sent))
        .route("/dossier/photographies", web::get().to(photos::show))
        .route("/dossier/photographies", web::post().to(photos::ask))
        .route(
            "/dossier/photographies/{request}/{sha256}",
            web::get().to(photos::copy),
        )
        .route("/dossier/adresse", web::get().to(address::show))
        .route("/dossier/adresse", web::post().to(address::declare))
        .route("/dossier/proces-verbal", web::get().to(procedure::show))
        .route("/dossier/proces-verbal", web::post().to(procedure::ask));
}

async fn style() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/css; charset=utf-8")
        .insert_header(("Cache-Control", "public, max-age=3600"))
        .body(STYLE)
}

/// Whatever is not here.
pub(crate) async fn missing() -> Result<HttpResponse, Refused> {
    Err(Problem::not_found("There is no such page").into())
}
