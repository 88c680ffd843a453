//! Asking for the photographs, and the copies that were given.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use cnt_domain::civil::paris_date;
use cnt_domain::photo::PhotoHash;
use cnt_service_kit::html::hidden;
use cnt_service_kit::http::Problem;
use cnt_service_kit::ids;
use uuid::Uuid;

use super::html::{Page, form_token};
use super::{Filled, Refused, Visitor, see, shown, words};
use crate::db::{self, PhotoRequestRow};
use crate::http::key::ADDRESSEE;
use crate::http::photos::{shown as photo, submitted};
use crate::http::{AppState, with_connection};

/// What was asked and what was given, and the form.
pub(super) async fn show(
    state: web::Data<AppState>,
    visitor: Visitor,
) -> Result<HttpResponse, Refused> {
    let avis = visitor.visit.avis;
    let asked = with_connection(&state, move |conn| db::photo_requests_of(conn, avis)).await?;
    let mut body = "<p class=\"chapo\">La photographie aide à savoir qui conduisait ou où le véhicule se trouvait. \
        L’officier du ministère public vous en donne une copie, où les autres personnes et véhicules sont masqués. \
        La demander ne conteste pas l’avis et n’arrête aucun délai.</p>\n"
        .to_owned();
    if !asked.is_empty() {
        body.push_str("<section aria-labelledby=\"demandes\"><h2 id=\"demandes\">Vos demandes</h2>\n<ul class=\"liste\">\n");
        for request in &asked {
            body.push_str(&item(request));
        }
        body.push_str("</ul></section>\n");
    }
    if asked.iter().all(|request| request.answered_at().is_some()) {
        let _written = writeln!(
            body,
            "<form method=\"post\" action=\"/dossier/photographies\">{}{}<button type=\"submit\">Demander la photographie</button></form>",
            form_token(&visitor.visit),
            hidden("id", &ids::new_random().to_string()),
        );
    }
    Ok(shown(
        StatusCode::OK,
        &Page::of(&visitor.visit, "Photographie de l’infraction", &body),
    ))
}

fn item(request: &PhotoRequestRow) -> String {
    let asked = words::time(paris_date(request.asked_at()));
    let Some(answered) = request.answered_at() else {
        return format!(
            "<li><p>Demandée le {asked} – <strong>en cours d’examen</strong></p></li>\n"
        );
    };
    let mut html = format!(
        "<li><p>Demandée le {asked}, réponse du {}</p>",
        words::time(paris_date(answered))
    );
    let mut copies = 0;
    for (given, n) in request.given().zip(1_u32..) {
        copies = n;
        let _written = write!(
            html,
            "<p><a href=\"/dossier/photographies/{}/{}\">Voir la photographie {n}</a></p>",
            request.id,
            PhotoHash(given)
        );
    }
    if copies == 0 {
        html.push_str("<p>Aucune photographie n’a été prise de cette infraction.</p>");
    }
    html + "</li>\n"
}

/// Asks for them.
pub(super) async fn ask(
    state: web::Data<AppState>,
    visitor: Visitor,
    filled: Filled,
) -> Result<HttpResponse, Refused> {
    visitor.sent(&filled.0)?;
    let id = filled.0.get("id").and_then(|id| id.parse().ok());
    let id: Uuid = id.ok_or(Refused::Form)?;
    submitted(&state, visitor.visit.avis, id).await?;
    Ok(see("/dossier/photographies"))
}

/// A copy that was given.
pub(super) async fn copy(
    state: web::Data<AppState>,
    visitor: Visitor,
    path: web::Path<(Uuid, String)>,
) -> Result<HttpResponse, Refused> {
    let (avis, id) = (visitor.visit.avis, path.0);
    let missing = || Problem::not_found("There is no such copy");
    let hash: PhotoHash = path.1.parse().map_err(|_| missing())?;
    let row = with_connection(&state, move |conn| db::photo_request(conn, avis, id)).await?;
    if !row.is_some_and(|row| row.given().any(|given| given == hash.0)) {
        return Err(missing().into());
    }
    Ok(photo(&state, ADDRESSEE, avis, hash).await?)
}
