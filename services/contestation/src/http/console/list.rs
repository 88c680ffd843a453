//! Lists of files: the queue with its filters, which stand in the address, and the search.

use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use jiff::ToSpan as _;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::bulk;
use super::frame::{Page, form_token};
use super::seat::{NotShown, Right, Seat};
use super::words;
use crate::db::{self, DeskRow, Filter, OperatorRow};
use crate::http::AppState;

/// Files on a page.
const PAGE_FILES: i64 = 50;
/// Last page that is shown: deeper ones are for the search.
const PAGE_MAX: i64 = 200;
/// Days before prescription within which a file alarms.
pub(super) const ALARM_DAYS: i64 = 30;

/// Leads to what the role works with.
pub(super) async fn home(seat: Seat) -> Result<HttpResponse, NotShown> {
    let place = match seat.see(Right::Read, |_, _| Ok(())).await {
        Ok(_) => "/file",
        Err(NotShown::Forbidden) => "/journal",
        Err(other) => return Err(other),
    };
    Ok(HttpResponse::SeeOther()
        .insert_header((LOCATION, place))
        .finish())
}

/// The filters of the queue, as the address carries them.
#[derive(Debug, Default, Clone, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Wanted {
    /// Word of the ground.
    #[serde(skip_serializing_if = "String::is_empty")]
    motif: String,
    /// `oui` or `non`: late.
    #[serde(skip_serializing_if = "String::is_empty")]
    retard: String,
    /// `moi`, `attribues`, `officier`, `attente` or `alerte`.
    #[serde(skip_serializing_if = "String::is_empty")]
    bureau: String,
    /// From 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<i64>,
}

/// The last day within the alarm.
pub(super) fn alarm(today: Date) -> Date {
    today.saturating_add(ALARM_DAYS.days())
}

impl Wanted {
    fn page(&self) -> i64 {
        self.page.unwrap_or(1).clamp(1, PAGE_MAX)
    }

    fn filter(&self, operator: &OperatorRow, today: Date) -> Filter {
        let word = |text: &String| (!text.is_empty()).then(|| text.clone());
        let mut filter = Filter {
            ground: word(&self.motif),
            late: match self.retard.as_str() {
                "oui" => Some(true),
                "non" => Some(false),
                _ => None,
            },
            asleep: Some(false),
            skip: (self.page() - 1) * PAGE_FILES,
            most: PAGE_FILES + 1,
            ..Filter::default()
        };
        match self.bureau.as_str() {
            "moi" => filter.held_by = Some(operator.login.clone()),
            "attribues" => filter.desk = Some(operator.login.clone()),
            "officier" => filter.desk = Some("@officer".to_owned()),
            "attente" => filter.asleep = Some(true),
            "alerte" => filter.prescribed_by = Some(alarm(today)),
            _ => {}
        }
        filter
    }

    /// The address of the list with another page.
    fn address(&self, page: i64) -> String {
        let mut pairs = Vec::new();
        for (name, value) in [
            ("motif", &self.motif),
            ("retard", &self.retard),
            ("bureau", &self.bureau),
        ] {
            if value.bytes().all(|byte| byte.is_ascii_alphanumeric()) && !value.is_empty() {
                pairs.push(format!("{name}={value}"));
            }
        }
        if page > 1 {
            pairs.push(format!("page={page}"));
        }
        if pairs.is_empty() {
            "/file".to_owned()
        } else {
            format!("/file?{}", pairs.join("&"))
        }
    }
}

fn chosen(name: &str, label: &str, value: &str, choices: &[(&str, &str)]) -> Markup {
    html! {
        div.champ {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                @for (word, shown) in choices {
                    option value=(word) selected[*word == value] { (shown) }
                }
            }
        }
    }
}

fn filters(wanted: &Wanted) -> Markup {
    html! {
        form.filtres method="get" action="/file" {
            (chosen("bureau", "Quels dossiers", &wanted.bureau, &[
                ("", "Tous les dossiers ouverts"), ("moi", "Ceux que je tiens"), ("attribues", "Ceux qui me sont attribués"),
                ("officier", "Soumis à l’officier"), ("alerte", "Prescription proche"), ("attente", "En attente"),
            ]))
            (chosen("motif", "Motif", &wanted.motif, &[
                ("", "Tous les motifs"), ("vehicule", "Cas 1 · véhicule"), ("designation", "Cas 2 · désignation"), ("autre", "Cas 3 · autre motif"),
            ]))
            (chosen("retard", "Délai", &wanted.retard, &[("", "Tous"), ("non", "Dans le délai"), ("oui", "Hors délai")]))
            button.second type="submit" { "Filtrer" }
        }
    }
}

/// How soon a file is prescribed, as a class and in words.
fn urgency(row: &DeskRow, today: Date) -> (&'static str, String) {
    let days = (row.prescription() - today).get_days();
    match days {
        i32::MIN..=-1 => ("alerte", "prescrit".to_owned()),
        0..=7 => ("alerte", format!("dans {days} j")),
        8..=30 => ("bientot", format!("dans {days} j")),
        _ => ("", format!("dans {days} j")),
    }
}

/// A table of files.
pub(super) fn table(rows: &[DeskRow], today: Date, caption: &str, is_chosen_from: bool) -> Markup {
    html! {
        div.defile tabindex="0" role="region" aria-label=(caption) {
            table {
                caption { (caption) }
                thead { tr {
                    @if is_chosen_from { td { span.cache { "Choix" } } }
                    th scope="col" { "Avis" } th scope="col" { "Motif" } th scope="col" { "Prescription" }
                    th scope="col" { "Reçue le" } th scope="col" { "Délai" } th scope="col" { "Où" }
                } }
                tbody {
                    @for row in rows {
                        @let (class, soon) = urgency(row, today);
                        tr {
                            @if is_chosen_from { td { input type="checkbox" name="dossier" value=(row.id) form="lot" aria-label={ "Avis " (row.avis) }; } }
                            th scope="row" {
                                a href={ "/dossiers/" (row.id) } { (row.avis) }
                                @if row.rank == 0 { " " strong.pastille.alerte { "urgent" } }
                                @if let Some(plate) = &row.plate { span.aide { (plate) " · NATINF " (row.natinf) } }
                            }
                            td { (words::ground(&row.ground)) }
                            td { span.pastille class=(class) { (soon) } span.aide { (words::day(row.prescription())) } }
                            td { (words::day_of(row.received_at())) }
                            td { (match row.in_time { Some(true) => "dans le délai", Some(false) => "hors délai", None => "incertain" }) }
                            td { (place(row)) }
                        }
                    }
                }
            }
        }
    }
}

fn place(row: &DeskRow) -> String {
    if let Some(holder) = &row.claimed_by {
        return format!("tenu par {holder}");
    }
    if let Some(until) = row.snoozed_until() {
        return format!("en attente jusqu’au {}", words::day(until));
    }
    match row.desk.as_str() {
        "" if row.state == "decided" => "décidé".to_owned(),
        "" => "file commune".to_owned(),
        "@officer" => "officier".to_owned(),
        login => format!("pour {login}"),
    }
}

fn counted(count: i64) -> String {
    if count >= 10_000 {
        "10 000 et plus".to_owned()
    } else {
        count.to_string()
    }
}

/// The queue of the operator's OMP.
pub(super) async fn show(
    state: web::Data<AppState>,
    seat: Seat,
    wanted: web::Query<Wanted>,
) -> Result<HttpResponse, NotShown> {
    let (wanted, today) = (wanted.into_inner(), state.clock.legal_today_paris());
    let asked = wanted.clone();
    let (operator, (mut rows, sizes)) = seat
        .see(Right::Read, move |conn, operator| {
            let rows = db::desk(conn, &operator.omp, &asked.filter(operator, today))?;
            let sizes = db::desk_sizes(conn, (&operator.omp, &operator.login), alarm(today))?;
            Ok((rows, sizes))
        })
        .await?;
    let page = wanted.page();
    let has_more = rows.len() > usize::try_from(PAGE_FILES).unwrap_or(usize::MAX);
    rows.truncate(usize::try_from(PAGE_FILES).unwrap_or(usize::MAX));
    let body = html! {
        div.titre {
            h1 { "File de travail" }
            @if operator.may(Right::Work) {
                form method="post" action="/file/suivant" {
                    (form_token(&seat))
                    button type="submit" #suivant data-touche="n" { "Prendre le dossier suivant " kbd { "n" } }
                }
            }
        }
        ul.chiffres {
            li { a href="/file" { strong { (counted(sizes.open)) } " ouverts" } }
            li { a href="/file?bureau=moi" { strong { (counted(sizes.mine)) } " que je tiens" } }
            li { a href="/file?bureau=attribues" { strong { (counted(sizes.assigned)) } " qui me sont attribués" } }
            li { a href="/file?bureau=officier" { strong { (counted(sizes.escalated)) } " soumis à l’officier" } }
            li.alarme { a href="/file?bureau=alerte" { strong { (counted(sizes.alarming)) } " prescrits d’ici " (ALARM_DAYS) " jours" } }
        }
        (filters(&wanted))
        @if rows.is_empty() {
            p.vide { "Aucun dossier. La file est à jour." }
        } @else {
            @let decides = operator.may(Right::Decide);
            (table(&rows, today, "Dossiers, dans l’ordre où ils sont à traiter", decides))
            @if decides { (bulk::choice(&seat)) }
            nav.pages aria-label="Pages" {
                @if page > 1 { a href=(wanted.address(page - 1)) rel="prev" { "Page précédente" } }
                span { "Page " (page) }
                @if has_more && page < PAGE_MAX { a href=(wanted.address(page + 1)) rel="next" { "Page suivante" } }
            }
        }
    };
    Ok(Page {
        title: "File de travail",
        place: "/file",
        is_wide: true,
        body,
    }
    .shown(&seat, &operator))
}

/// The next files of the queue, beside the one that is shown.
pub(super) fn queue_beside(rows: &[DeskRow], id: Uuid, today: Date) -> Markup {
    html! {
        nav.a-cote aria-label="File de travail" {
            h2 { a href="/file" { "File de travail" } }
            ol {
                @for row in rows {
                    @let days = (row.prescription() - today).get_days();
                    li {
                        a href={ "/dossiers/" (row.id) } aria-current=[(row.id == id).then_some("page")] {
                            strong { (row.avis) }
                            span.pastille class=[(i64::from(days) <= ALARM_DAYS).then_some("alerte")] { (days) " j" }
                            span.aide { (words::ground(&row.ground)) @if let Some(holder) = &row.claimed_by { " · " (holder) } }
                        }
                    }
                }
            }
        }
    }
}

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Sought {
    q: String,
}

/// The search, over the words of contestations, avis numbers and plates.
pub(super) async fn search(
    state: web::Data<AppState>,
    seat: Seat,
    sought: web::Query<Sought>,
) -> Result<HttpResponse, NotShown> {
    let today = state.clock.legal_today_paris();
    let wanted: String = sought.q.trim().chars().take(200).collect();
    let asked = wanted.clone();
    let (operator, rows) = seat
        .see(Right::Read, move |conn, _| {
            if asked.is_empty() {
                return Ok(Vec::new());
            }
            db::search(conn, &asked)
        })
        .await?;
    let body = html! {
        h1 { "Recherche" }
        form.filtres method="get" action="/recherche" role="search" {
            div.champ.ample {
                label for="q" { "Numéro d’avis, plaque, ou mots de la contestation" }
                input #q name="q" value=(wanted) type="search" maxlength="200" aria-describedby="aide-q";
                p.aide #aide-q { "Des mots entre guillemets se suivent ; un tiret devant un mot l’exclut." }
            }
            button type="submit" { "Chercher" }
        }
        @if !wanted.is_empty() {
            @if rows.is_empty() {
                p.vide role="status" { "Aucun dossier de votre ressort ne correspond." }
            } @else {
                (table(&rows, today, &format!("{} dossiers, les plus récents d’abord", rows.len()), false))
            }
        }
    };
    Ok(Page {
        title: "Recherche",
        place: "/recherche",
        is_wide: true,
        body,
    }
    .shown(&seat, &operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_carries_the_filters_and_nothing_else() {
        let wanted = Wanted {
            motif: "autre".to_owned(),
            retard: "oui\"><script>".to_owned(),
            bureau: String::new(),
            page: Some(-3),
        };
        assert_eq!(wanted.page(), 1);
        assert_eq!(wanted.address(2), "/file?motif=autre&page=2");
        assert_eq!(Wanted::default().address(1), "/file");
    }
}
