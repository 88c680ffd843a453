//! The frame of every page of the console.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::seat::{Right, Seat};
use super::words;
use crate::db::OperatorRow;

/// htmx runs no text as a program and writes no style into the page, as the policy wants it.
const HTMX_CONFIG: &str = r#"{"allowEval":false,"includeIndicatorStyles":false,"selfRequestsOnly":true,"historyCacheSize":0}"#;

/// A page of a session.
pub(super) struct Page<'a> {
    /// Its title.
    pub(super) title: &'a str,
    /// Which entry of the menu it is.
    pub(super) place: &'a str,
    /// Whether it uses the whole width.
    pub(super) is_wide: bool,
    /// What it says.
    pub(super) body: Markup,
}

impl Page<'_> {
    /// The page as an answer.
    pub(super) fn shown(self, seat: &Seat, operator: &OperatorRow) -> HttpResponse {
        let menu = [
            ("/file", "File de travail", Right::Read),
            ("/recherche", "Recherche", Right::Read),
            ("/tableau", "Tableau de bord", Right::Lead),
            ("/journal", "Journal", Right::Audit),
        ];
        let top = html! {
            header {
                p.site { "Console de l’OMP" span { "Centre national de traitement (simulation)" } }
                nav aria-label="Menu" {
                    ul {
                        @for (address, label, right) in menu {
                            @if operator.may(right) {
                                li { a href=(address) aria-current=[(self.place == address).then_some("page")] { (label) } }
                            }
                        }
                    }
                }
                div.qui {
                    p { strong { (operator.name) } " · " (words::role(&operator.role)) br; (operator.omp) }
                    form method="post" action="/deconnexion" {
                        (form_token(seat))
                        button.discret type="submit" { "Quitter" }
                    }
                }
            }
        };
        let body = html! {
            main #contenu tabindex="-1" class=[self.is_wide.then_some("large")] {
                (self.body)
            }
        };
        HttpResponse::Ok()
            .content_type("text/html; charset=utf-8")
            .body(document(self.title, &top, &body).into_string())
    }
}

/// What every form of a session carries.
pub(super) fn form_token(seat: &Seat) -> Markup {
    html! { input type="hidden" name="jeton" value=(seat.form_token()); }
}

/// A page outside of any session.
pub(super) fn plain(status: StatusCode, title: &str, body: &Markup) -> HttpResponse {
    let top = html! {
        header { p.site { "Console de l’OMP" span { "Centre national de traitement (simulation)" } } }
    };
    let body = html! { main #contenu tabindex="-1" { h1 { (title) } (body) } };
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(document(title, &top, &body).into_string())
}

/// Says that something is not shown.
pub(super) fn outside(status: StatusCode, title: &str, detail: Option<&str>) -> HttpResponse {
    let body = html! {
        @if let Some(detail) = detail { p { (detail) } }
        p { a.bouton href="/file" { "Retour à la file de travail" } }
    };
    plain(status, title, &body)
}

fn document(title: &str, top: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="robots" content="noindex";
                meta name="htmx-config" content=(HTMX_CONFIG);
                title { (title) " – Console de l’OMP" }
                link rel="stylesheet" href="/console.css";
                script src="/htmx.js" defer {}
                script src="/console.js" defer {}
            }
            body {
                a.evitement href="#contenu" { "Aller au contenu" }
                aside.specimen aria-label="Avertissement" {
                    strong { "SPÉCIMEN – SIMULATION." } " Aucun dossier n’y est réel."
                }
                (top)
                (PreEscaped("\n"))
                (body)
                footer { p { "Chaque consultation est journalisée. Accessibilité : WCAG 2.1, niveau AA, vérifiée par un programme." } }
            }
        }
    }
}
