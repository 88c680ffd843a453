//! The file: where the avis stands, what is owed until when, what was contested and decided, every letter.

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use cnt_domain::life::{AvisLife, Means, Stage, State};
use cnt_service_kit::html::escape;
use jiff::civil::Date;

use super::html::Page;
use super::{Refused, Visitor, shown, words};
use crate::db::{self, DocumentRow, FollowedRow, WishRow};
use crate::http::addressee::{Following, follow};
use crate::http::letters::{given, letters_of, name_of};
use crate::http::life::takes_money;
use crate::http::{AppState, with_connection};

/// The file.
pub(super) async fn show(
    state: web::Data<AppState>,
    visitor: Visitor,
) -> Result<HttpResponse, Refused> {
    let avis = visitor.visit.avis;
    let following = follow(&state, avis).await?;
    let letters = letters_of(&state, avis, false).await?;
    let wishes = with_connection(&state, move |conn| db::wishes(conn, avis)).await?;
    let Following {
        life,
        today,
        contestations,
    } = &following;
    let body = [
        status(life),
        actions(life),
        money(life, *today),
        contested(contestations),
        wished(&wishes),
        documents(&letters),
    ]
    .concat();
    let title = format!("Avis n° {}", words::avis(avis));
    let page = Page {
        has_way_back: false,
        ..Page::of(&visitor.visit, &title, &body)
    };
    Ok(shown(StatusCode::OK, &page))
}

fn status(life: &AvisLife) -> String {
    let state = life.state();
    format!(
        "<section class=\"etat {}\" aria-labelledby=\"etat\"><h2 id=\"etat\">{}</h2><p>{}</p>\
         <p class=\"aide\">Avis envoyé le {}, infraction du {}.</p></section>\n",
        words::tone(state).class(),
        words::state(state),
        words::meaning(state),
        words::time(life.memory().opening.sent),
        words::time(life.memory().opening.offence),
    )
}

fn actions(life: &AvisLife) -> String {
    let contest = match (life.state(), life.stage()) {
        (state, _) if !words::is_contestable(state) => "",
        (State::Contested | State::Reclaimed, _) => "Compléter ma contestation",
        (_, Stage::Majoree) => "Former une réclamation",
        _ => "Contester l’infraction",
    };
    let mut items = String::new();
    let mut item = |place: &str, class: &str, text: &str| {
        let _written = write!(
            items,
            "<li><a class=\"bouton {class}\" href=\"/dossier/{place}\">{text}</a></li>"
        );
    };
    if !contest.is_empty() {
        let is_first = words::tone(life.state()) == words::Tone::Due;
        item("contester", if is_first { "" } else { "second" }, contest);
    }
    item("photographies", "second", "Demander la photographie");
    item("proces-verbal", "second", "Demander le procès-verbal");
    item("adresse", "second", "Déclarer une nouvelle adresse");
    format!(
        "<nav class=\"actions\" aria-label=\"Ce que vous pouvez faire\"><ul>{items}</ul></nav>\n"
    )
}

/// A line of the table of amounts: what, until when by cheque and by télépaiement, its article.
fn tariff_row(
    rows: &mut String,
    what: &str,
    cents: i64,
    (paper, remote): (Date, Date),
    basis: &str,
) {
    let _written = writeln!(
        rows,
        "<tr><th scope=\"row\">{what}<span class=\"aide\">{basis}</span></th><td class=\"montant\">{}</td><td>{}</td><td>{}</td></tr>",
        words::euros(cents),
        words::time(paper),
        words::time(remote)
    );
}

fn tariffs(life: &AvisLife) -> String {
    let (amounts, deadlines) = (life.memory().opening.amounts, life.deadlines());
    let mut rows = String::new();
    match (life.stage(), life.majoree_deadlines()) {
        (Stage::Majoree, Some(until)) => {
            let reduced = (until.reduced_paper, until.reduced_remote);
            let basis = "CPP, art. R49‑6";
            tariff_row(
                &mut rows,
                "Amende majorée, diminuée d’un cinquième",
                life.majoree_reduced().0,
                reduced,
                basis,
            );
            let full = (until.full_paper, until.full_remote);
            tariff_row(&mut rows, "Amende majorée", amounts.majoree.0, full, basis);
        }
        (Stage::Majoree, None) => {}
        (Stage::Forfaitaire, _) => {
            if let Some(minoree) = amounts.minoree.filter(|_| life.memory().has_minoree) {
                let until = (deadlines.minoree_paper, deadlines.minoree_online);
                tariff_row(
                    &mut rows,
                    "Amende minorée",
                    minoree.0,
                    until,
                    "CPP, art. 529‑8, R49‑3‑1",
                );
            }
            let until = (deadlines.forfaitaire_paper, deadlines.forfaitaire_online);
            tariff_row(
                &mut rows,
                "Amende forfaitaire",
                amounts.forfaitaire.0,
                until,
                "CPP, art. 529‑1, R49‑3‑1",
            );
        }
    }
    rows
}

fn contest_until(life: &AvisLife) -> Option<String> {
    match (life.stage(), life.majoree_deadlines()) {
        (Stage::Majoree, Some(until)) => Some(format!(
            "Dernier jour pour former une réclamation : <strong>{}</strong> <span class=\"aide\">CPP, art. 530</span>",
            words::time(until.reclamation)
        )),
        (Stage::Majoree, None) => None,
        (Stage::Forfaitaire, _) => Some(format!(
            "Dernier jour pour contester : <strong>{}</strong> <span class=\"aide\">CPP, art. 529‑2</span>",
            words::time(life.deadlines().requete)
        )),
    }
}

/// What is owed today by each means, the delays, what was paid.
fn money(life: &AvisLife, today: Date) -> String {
    let mut html =
        "<section aria-labelledby=\"montants\"><h2 id=\"montants\">Montants et délais</h2>\n"
            .to_owned();
    if takes_money(life) {
        if life.state() == State::Contested {
            html.push_str("<p>Rien n’est à payer pendant l’examen. Payer met fin à l’affaire, et votre contestation n’est plus examinée.</p>\n");
        }
        let (remote, paper) = (
            life.owed(today, Means::Remote),
            life.owed(today, Means::Paper),
        );
        let _written = writeln!(
            html,
            "<dl class=\"du\"><div><dt>À payer aujourd’hui par télépaiement</dt><dd>{} <span class=\"aide\">{}</span></dd></div>\
             <div><dt>À payer aujourd’hui par chèque</dt><dd>{} <span class=\"aide\">{}</span></dd></div></dl>",
            words::euros(remote.amount.0),
            words::tariff(remote.tariff),
            words::euros(paper.amount.0),
            words::tariff(paper.tariff),
        );
        let rows = tariffs(life);
        if !rows.is_empty() {
            let _written = writeln!(
                html,
                "<div class=\"defile\" role=\"region\" aria-label=\"Montants et derniers jours\" tabindex=\"0\"><table>\n\
                 <caption>Montants et derniers jours pour payer</caption><thead><tr><th scope=\"col\">Montant dû</th><th scope=\"col\">Somme</th>\
                 <th scope=\"col\">Par chèque, jusqu’au</th><th scope=\"col\">Par télépaiement, jusqu’au</th></tr></thead>\n<tbody>\n{rows}</tbody></table></div>"
            );
        }
        if let Some(until) = contest_until(life) {
            let _written = writeln!(html, "<p>{until}</p>");
        }
    } else {
        html.push_str("<p>Rien n’est à payer ici en ce moment.</p>\n");
    }
    if life.received().0 > 0 {
        let _written = writeln!(
            html,
            "<p>Somme reçue jusqu’ici : <strong>{}</strong></p>",
            words::euros(life.received().0)
        );
    }
    html + "</section>\n"
}

fn contested(contestations: &[FollowedRow]) -> String {
    let mut html =
        "<section aria-labelledby=\"contestations\"><h2 id=\"contestations\">Contestations</h2>\n"
            .to_owned();
    if contestations.is_empty() {
        return html + "<p>Vous n’avez pas contesté cet avis.</p></section>\n";
    }
    html.push_str("<ul class=\"liste\">\n");
    for one in contestations {
        let outcome = match (&one.decision, one.decided_day()) {
            (Some(decision), Some(day)) => format!(
                "<strong>{}</strong>, le {}",
                words::decision(decision),
                words::time(day)
            ),
            _ => "En cours d’examen par l’officier du ministère public".to_owned(),
        };
        let _written = writeln!(
            html,
            "<li><p><a href=\"/dossier/contestations/{}\">{}, reçue le {}</a></p><p>{outcome}</p></li>",
            one.id,
            words::ground(&one.ground),
            words::day(one.received_day()),
        );
    }
    html + "</ul></section>\n"
}

fn wished(wishes: &[WishRow]) -> String {
    if wishes.is_empty() {
        return String::new();
    }
    let mut html =
        "<section aria-labelledby=\"demandes\"><h2 id=\"demandes\">Vos demandes</h2>\n<ul class=\"liste\">\n".to_owned();
    for wish in wishes {
        let (what, done) = match wish.kind.as_str() {
            "address_change" => ("Nouvelle adresse", "prise en compte"),
            "pv_request" => ("Procès-verbal", "demande traitée : voyez vos courriers"),
            _ => ("Photographie", "demande traitée"),
        };
        let outcome = if wish.is_open {
            "en cours d’examen"
        } else {
            done
        };
        let _written = writeln!(
            html,
            "<li><p>{what}, le {} – <strong>{outcome}</strong></p></li>",
            words::time(wish.received_day())
        );
    }
    html + "</ul></section>\n"
}

fn documents(letters: &[DocumentRow]) -> String {
    let mut html = "<section aria-labelledby=\"courriers\"><h2 id=\"courriers\">Vos courriers</h2>\n\
                    <p class=\"aide\">Documents PDF accessibles.</p>\n<ul class=\"liste courriers\">\n"
        .to_owned();
    for letter in letters {
        let posted = letter.deposited_on().filter(|day| *day != letter.day());
        let posted = posted.map_or_else(String::new, |day| {
            format!(
                "<p class=\"aide\">Remis à la poste le {} : vos délais comptent de ce jour.</p>",
                words::day(day)
            )
        });
        let _written = writeln!(
            html,
            "<li><a href=\"/dossier/courriers/{}\" download>{} du {} <span class=\"aide\">(PDF)</span></a>{posted}</li>",
            escape(&name_of(letter)),
            words::letter(&letter.kind),
            words::day(letter.day()),
        );
    }
    html + "</ul></section>\n"
}

/// A letter, as something to be saved.
pub(super) async fn letter(
    state: web::Data<AppState>,
    visitor: Visitor,
    letter: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    Ok(given(&state, visitor.visit.avis, &letter).await?)
}
