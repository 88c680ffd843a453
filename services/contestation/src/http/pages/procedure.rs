//! Asking for the procès-verbal.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use cnt_contracts::courrier::WishV3;
use cnt_service_kit::html::hidden;
use cnt_service_kit::ids;
use uuid::Uuid;

use super::html::{Page, form_token};
use super::{Filled, Refused, Visitor, not_sent, shown};
use crate::http::AppState;
use crate::http::wishes;

/// The form.
pub(super) async fn show(visitor: Visitor) -> HttpResponse {
    let body = format!(
        "<p class=\"chapo\">Le procès-verbal dit ce que l’agent a constaté, où et quand. Il vous est donné dans vos courriers. \
         Le demander ne conteste pas l’avis et n’arrête aucun délai.</p>\n\
         <form method=\"post\" action=\"/dossier/proces-verbal\">{}{}<button type=\"submit\">Demander le procès-verbal</button></form>\n",
        form_token(&visitor.visit),
        hidden("id", &ids::new_random().to_string()),
    );
    shown(
        StatusCode::OK,
        &Page::of(&visitor.visit, "Procès-verbal de l’infraction", &body),
    )
}

/// Asks for it.
pub(super) async fn ask(
    state: web::Data<AppState>,
    visitor: Visitor,
    filled: Filled,
) -> Result<HttpResponse, Refused> {
    visitor.sent(&filled.0)?;
    let id = filled.0.get("id").and_then(|id| id.parse().ok());
    let id: Uuid = id.filter(|id: &Uuid| !id.is_nil()).ok_or(Refused::Form)?;
    let asked = wishes::ask(&state, visitor.visit.avis, id, WishV3::PvRequest).await;
    asked.map_err(not_sent)?;
    let body = "<p class=\"chapo fait\" role=\"status\">Votre demande est enregistrée. Le procès-verbal sera dans vos courriers.</p>\n";
    Ok(shown(
        StatusCode::OK,
        &Page::of(&visitor.visit, "Procès-verbal demandé", body),
    ))
}
