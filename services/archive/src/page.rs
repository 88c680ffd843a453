//! The search page: plain forms, no script. What is typed travels in the body, never in an address.

mod html;

use actix_web::error::UrlencodedError;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, web};
use cnt_service_kit::http::Problem;
use serde::Deserialize;

use self::html::Shown;
use crate::caller::{Caller, CallerError};
use crate::evidence_http::proven;
use crate::http::{Api, DocumentQuery, consultation, given};
use crate::search::{SearchError, SearchQuery};
use crate::search_http::found;

/// Nothing but the page's own style; forms go to this service only.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// The form of a search.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct SearchForm {
    user: String,
    role: String,
    purpose: String,
    avis: String,
    plate: String,
    name: String,
    from: String,
    until: String,
    collectivity: String,
    omp: String,
    kind: String,
    postcode: String,
    order: String,
    cursor: String,
}

impl SearchForm {
    fn query(&self) -> SearchQuery {
        let said = |text: &String| Some(text.clone());
        SearchQuery {
            avis: said(&self.avis),
            plate: said(&self.plate),
            name: said(&self.name),
            from: said(&self.from),
            until: said(&self.until),
            collectivity: said(&self.collectivity),
            omp: said(&self.omp),
            kind: said(&self.kind),
            postcode: said(&self.postcode),
            order: said(&self.order),
            cursor: said(&self.cursor),
            limit: None,
        }
    }
}

/// The form behind the buttons of a document.
#[derive(Debug, Deserialize)]
struct DocumentForm {
    user: String,
    role: String,
    purpose: String,
    avis: String,
    kind: String,
    issue: String,
}

/// A form cannot be acted on.
enum Refused {
    Caller(CallerError),
    Search(SearchError),
}

impl Refused {
    fn french(&self) -> (&'static str, &'static str) {
        match self {
            Self::Caller(error) => error.french(),
            Self::Search(error) => error.french(),
        }
    }
}

/// Adds the page to an application.
pub(crate) fn routes(service: &mut web::ServiceConfig) {
    let refuse =
        |error: UrlencodedError, _: &_| Problem::bad_request("bad_form", error.to_string()).into();
    service
        .app_data(web::FormConfig::default().error_handler(refuse))
        .route("/recherche", web::get().to(empty))
        .route("/recherche", web::post().to(search))
        .route("/recherche/document", web::post().to(document))
        .route("/recherche/preuve", web::post().to(proof));
}

fn page(status: StatusCode, form: &SearchForm, shown: &Shown) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "private, no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .body(html::page(form, shown))
}

async fn empty() -> HttpResponse {
    page(StatusCode::OK, &SearchForm::default(), &Shown::Nothing)
}

async fn search(api: web::Data<Api>, form: web::Form<SearchForm>) -> Result<HttpResponse, Problem> {
    let asked = Caller::new(&form.user, &form.role, &form.purpose)
        .map_err(Refused::Caller)
        .and_then(|caller| {
            let search = form.query().parse().map_err(Refused::Search)?;
            Ok((caller, search))
        });
    Ok(match asked {
        Ok((caller, search)) => {
            let view = found(&api, caller, search).await?;
            page(StatusCode::OK, &form, &Shown::Found(view))
        }
        Err(refused) => {
            let (field, told) = refused.french();
            page(StatusCode::BAD_REQUEST, &form, &Shown::Error(field, told))
        }
    })
}

fn asked(form: DocumentForm, what: &'static str) -> Result<crate::db::Consultation, Problem> {
    let caller = Caller::new(&form.user, &form.role, &form.purpose)?;
    let query = DocumentQuery {
        kind: Some(form.kind),
        issue: Some(form.issue),
    };
    consultation(caller, &form.avis, query, what)
}

/// As something to be saved under a name; both parts of it were read as a number and found in the index.
fn saved(mut answer: HttpResponse, name: &str) -> Result<HttpResponse, Problem> {
    let disposition = format!("attachment; filename=\"{name}\"");
    let value = disposition.parse().map_err(Problem::internal)?;
    answer.headers_mut().insert(CONTENT_DISPOSITION, value);
    Ok(answer)
}

async fn document(
    api: web::Data<Api>,
    form: web::Form<DocumentForm>,
) -> Result<HttpResponse, Problem> {
    let asked = asked(form.into_inner(), "document")?;
    let name = format!("{:010}-{}.pdf", asked.avis, asked.kind);
    saved(given(&api, asked).await?, &name)
}

async fn proof(
    api: web::Data<Api>,
    form: web::Form<DocumentForm>,
) -> Result<HttpResponse, Problem> {
    let asked = asked(form.into_inner(), "proof")?;
    let name = format!("{:010}-{}-preuve.json", asked.avis, asked.kind);
    saved(proven(&api, asked).await?, &name)
}
