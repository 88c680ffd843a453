//! The supervisor's board, with plots, and the auditor's journal.

use actix_web::{HttpResponse, web};
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::Deserialize;

use super::frame::Page;
use super::list::alarm;
use super::seat::{NotShown, Right, Seat};
use super::words;
use crate::db::{self, BoardRow};
use crate::http::AppState;

/// Days of decisions that are shown.
const DAYS: i64 = 30;

/// Labels and counts of a plot.
type Bars = Vec<(String, i64)>;

/// Bars, with their figures as text beside: what a plot shows can be read.
fn bars(title: &str, id: &str, bars: &Bars) -> Markup {
    let most = bars
        .iter()
        .map(|(_, count)| *count)
        .max()
        .unwrap_or(0)
        .max(1);
    html! {
        section aria-labelledby=(id) {
            h2 id=(id) { (title) }
            @if bars.is_empty() { p.aide { "Rien." } }
            @else {
                table.barres {
                    tbody {
                        @for (label, count) in bars {
                            tr {
                                th scope="row" { (label) }
                                td.figure { (count) }
                                td aria-hidden="true" {
                                    svg viewBox="0 0 100 8" preserveAspectRatio="none" { rect width=(count.saturating_mul(100) / most) height="8" {} }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn of(rows: &[BoardRow], plot: &str) -> Vec<(String, i64)> {
    rows.iter()
        .filter(|row| row.plot == plot)
        .map(|row| (row.label.clone(), row.count))
        .collect()
}

fn weeks(rows: &[BoardRow]) -> Bars {
    let counts = of(rows, "week");
    let count = |week: usize| {
        let found = counts.iter().find(|(label, _)| *label == week.to_string());
        found.map_or(0, |(_, count)| *count)
    };
    (0..=13)
        .map(|week| {
            let label = match week {
                0 => "cette semaine".to_owned(),
                13 => "plus tard".to_owned(),
                _ => format!("dans {week} sem."),
            };
            (label, count(week))
        })
        .collect()
}

fn days(rows: &[BoardRow], since: Date, today: Date) -> Bars {
    let counts = of(rows, "day");
    since
        .series(1.day())
        .take_while(|day| *day <= today)
        .map(|day| {
            let found = counts.iter().find(|(label, _)| *label == day.to_string());
            (words::day(day), found.map_or(0, |(_, count)| *count))
        })
        .collect()
}

/// The work of the OMP.
pub(super) async fn show(state: web::Data<AppState>, seat: Seat) -> Result<HttpResponse, NotShown> {
    let today = state.clock.legal_today_paris();
    let since = today.saturating_sub((DAYS - 1).days());
    let (operator, (rows, sizes)) = seat
        .see(Right::Lead, move |conn, operator| {
            let rows = db::board(conn, &operator.omp, (since, today))?;
            let sizes = db::desk_sizes(conn, (&operator.omp, &operator.login), alarm(today))?;
            Ok((rows, sizes))
        })
        .await?;
    let grounds: Bars = of(&rows, "ground")
        .into_iter()
        .map(|(word, count)| (words::ground(&word).to_owned(), count))
        .collect();
    let body = html! {
        h1 { "Tableau de bord" }
        @if sizes.alarming > 0 {
            p.alarme role="status" { strong { (sizes.alarming) } " dossiers sont prescrits d’ici trente jours : "
                a href="/file?bureau=alerte" { "les voir" } }
        }
        div.volets {
            div {
                (bars("Dossiers ouverts, par prescription", "semaines", &weeks(&rows)))
                (bars("Dossiers ouverts, par motif", "motifs", &grounds))
            }
            div {
                (bars("Décisions des trente derniers jours, par agent", "agents", &of(&rows, "operator")))
                (bars("Décisions par jour", "jours", &days(&rows, since, today)))
            }
        }
    };
    Ok(Page {
        title: "Tableau de bord",
        place: "/tableau",
        is_wide: true,
        body,
    }
    .shown(&seat, &operator))
}

/// Which lines of the journal.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Lines {
    jour: String,
    agent: String,
}

/// Who read, held and handed on files of the OMP, on a day.
pub(super) async fn journal(
    state: web::Data<AppState>,
    seat: Seat,
    lines: web::Query<Lines>,
) -> Result<HttpResponse, NotShown> {
    let paris = cnt_service_kit::clock::paris();
    let today = state.clock.real_now().to_zoned(paris.clone()).date();
    let day: Date = lines.jour.parse().unwrap_or(today);
    let agent: String = lines.agent.trim().chars().take(64).collect();
    let start = |day: Date| day.to_zoned(paris.clone()).map(|zoned| zoned.timestamp());
    let (from, to) = match (start(day), start(day.tomorrow().unwrap_or(day))) {
        (Ok(from), Ok(to)) => (from, to),
        _ => return Err(NotShown::Form),
    };
    let who = (!agent.is_empty()).then(|| agent.clone());
    let (operator, rows) = seat
        .see(Right::Audit, move |conn, operator| {
            db::journal_of(conn, &operator.omp, who.as_deref(), (from, to))
        })
        .await?;
    let body = html! {
        h1 { "Journal des consultations" }
        form.filtres method="get" action="/journal" {
            div.champ { label for="jour" { "Jour" } input #jour type="date" name="jour" value=(day); }
            div.champ { label for="agent" { "Agent (identifiant)" } input #agent name="agent" value=(agent); }
            button.second type="submit" { "Afficher" }
        }
        @if rows.is_empty() { p.vide role="status" { "Aucune consultation ce jour-là." } }
        @else {
            div.defile tabindex="0" role="region" aria-label="Journal" {
                table {
                    caption { (rows.len()) " lignes du " (words::day(day)) ", les dernières d’abord" }
                    thead { tr { th scope="col" { "À" } th scope="col" { "Agent" } th scope="col" { "Quoi" } th scope="col" { "Avis" } th scope="col" { "Raison" } } }
                    tbody {
                        @for row in &rows {
                            tr { td { (words::instant(row.at())) } td { (row.who) } td { (words::act(&row.what)) } td { (row.avis) } td { (row.reason.as_deref().unwrap_or("")) } }
                        }
                    }
                }
            }
        }
    };
    Ok(Page {
        title: "Journal",
        place: "/journal",
        is_wide: true,
        body,
    }
    .shown(&seat, &operator))
}
