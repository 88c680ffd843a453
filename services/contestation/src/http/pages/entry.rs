//! Opening a file with the number of the avis and the key printed on it, and leaving it.

use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpRequest, HttpResponse, web};
use cnt_domain::ids::AvisNumber;

use super::html::{Field, Form, Page};
use super::{Filled, Refused, Visitor, see, shown, token_of, visitor};
use crate::http::AppState;
use crate::http::key::unlock;
use crate::http::public::Public;

const UNKNOWN: &str =
    "Aucun avis ne porte ce numéro et cette clé. Vérifiez l’un et l’autre sur l’avis.";

fn page(form: &Form, status: StatusCode) -> HttpResponse {
    let number = Field::new("numero", "Numéro de l’avis")
        .hint("Dix chiffres, en haut de l’avis. Exemple : 9900 000 123.")
        .with("inputmode=\"numeric\" maxlength=\"20\" autocomplete=\"off\" class=\"court\"");
    let key = Field::new("cle", "Clé du dossier")
        .hint("Huit lettres et chiffres, imprimés sous le numéro et la date de l’avis.")
        .with("maxlength=\"20\" autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" class=\"court\"");
    let body = format!(
        "<p class=\"chapo\">Avec le numéro et la clé imprimés sur votre avis, suivez votre dossier jusqu’à la décision, contestez l’infraction, \
         téléchargez vos courriers, demandez la photographie ou le procès-verbal, déclarez une nouvelle adresse.</p>\n{}\
         <form class=\"carte\" method=\"post\" action=\"/\" novalidate>\n{}{}<button type=\"submit\">Ouvrir mon dossier</button>\n</form>\n",
        form.summary(),
        number.line(form),
        key.line(form),
    );
    shown(
        status,
        &Page::outside("Ouvrir mon dossier", &body).telling(form),
    )
}

/// The form; whoever has a file open is led to it.
pub(super) async fn show(request: HttpRequest) -> HttpResponse {
    if visitor(&request).is_some() {
        return see("/dossier");
    }
    page(&Form::default(), StatusCode::OK)
}

/// As people type it: without blanks, dots and hyphens.
fn compact(text: &str) -> String {
    text.chars().filter(|one| one.is_alphanumeric()).collect()
}

/// Opens a file.
pub(super) async fn open(
    state: web::Data<AppState>,
    public: web::Data<Public>,
    request: HttpRequest,
    filled: Filled,
) -> Result<HttpResponse, Refused> {
    let mut form = Form {
        values: filled.0,
        errors: Vec::new(),
    };
    let number = compact(form.value("numero"));
    let key = compact(form.value("cle")).to_ascii_uppercase();
    // The key is not written into a page again.
    form.values.remove("cle");
    let avis = number.parse::<AvisNumber>().ok();
    let avis = avis.and_then(|avis| i64::try_from(avis.get()).ok());
    if avis.is_none() {
        let told = "Saisissez les dix chiffres du numéro de l’avis, qui commence par 99.";
        form.wrong("numero", told);
    }
    if key.is_empty() {
        form.wrong("cle", "Saisissez la clé du dossier.");
    }
    let Some(avis) = avis.filter(|_| form.errors.is_empty()) else {
        return Ok(page(&form, StatusCode::UNPROCESSABLE_ENTITY));
    };
    let from = public.client(&request).map(|client| (&**public, client));
    match unlock(&state, from, avis, &key).await {
        Ok(_) => {}
        Err(problem) if problem.status == StatusCode::NOT_FOUND => {
            form.wrong("cle", UNKNOWN);
            return Ok(page(&form, StatusCode::UNPROCESSABLE_ENTITY));
        }
        Err(problem) => return Err(problem.into()),
    }
    // The file that was open before is left.
    if let Some(token) = token_of(&request, public.sessions.cookie_name()) {
        public.sessions.close(token);
    }
    let token = public.sessions.open(avis, state.clock.real_now());
    state.metrics.portal_sessions.set(public.sessions.count());
    let mut answer = see("/dossier");
    set_cookie(&mut answer, &public.sessions.cookie(Some(&token)));
    Ok(answer)
}

fn set_cookie(answer: &mut HttpResponse, cookie: &str) {
    if let Ok(value) = cookie.parse() {
        answer.headers_mut().insert(SET_COOKIE, value);
    }
}

/// Leaves the file: nothing of it stays in the browser.
pub(super) async fn leave(
    state: web::Data<AppState>,
    public: web::Data<Public>,
    visitor: Visitor,
    filled: Filled,
) -> Result<HttpResponse, Refused> {
    visitor.sent(&filled.0)?;
    public.sessions.close(&visitor.token);
    state.metrics.portal_sessions.set(public.sessions.count());
    let mut answer = see("/");
    set_cookie(&mut answer, &public.sessions.cookie(None));
    Ok(answer)
}
