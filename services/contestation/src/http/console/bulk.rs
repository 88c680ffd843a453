//! One decision on many files: shown file by file, signed file by file, and undone for a while.

use actix_web::{HttpRequest, HttpResponse, web};
use cnt_contracts::officer::OfficerStatement;
use cnt_domain::life::Event;
use cnt_service_kit::http::Problem;
use cnt_service_kit::ids;
use cnt_store::StoreError;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use uuid::Uuid;

use super::Console;
use super::acts::{is_own, see};
use super::decide::{Fields, asked, chosen, decision_word, field, reasons, signed};
use super::frame::{Page, form_token};
use super::seat::{NotShown, Right, Seat};
use super::words;
use crate::db::{self, BulkFile, BulkRow, OperatorRow};
use crate::decision::Decision;
use crate::http::AppState;
use crate::http::decision::{DecisionWord, decision_of};
use crate::life::recall;

/// Most files of one decision.
const FILES_MAX: usize = 100;
/// How long the files are held beyond the time to undo.
const HELD: SignedDuration = SignedDuration::from_hours(1);

/// The choice below the list of files; its checkboxes belong to the form by its id.
pub(super) fn choice(seat: &Seat) -> Markup {
    html! {
        form #lot.filtres method="post" action="/lots" {
            (form_token(seat))
            div.champ { label for="lot-quoi" { "Décider ensemble des dossiers cochés" }
                select #lot-quoi name="quoi" {
                    option value="classement" { "Classer sans suite" }
                    option value="irrecevable" { "Irrecevable" }
                    option value="ordonnance" { "Poursuivre par ordonnance pénale" }
                    option value="audience" { "Citer à l’audience" }
                } }
            div.champ { label for="lot-raison" { "Raison d’un classement" }
                select #lot-raison name="raison" { @for (word, label) in reasons() { option value=(word) { (label) } } } }
            div.champ { label for="lot-motif" { "Motif d’une irrecevabilité" }
                select #lot-motif name="motif" {
                    @for code in ["IRR_DELAI", "IRR_MOTIF", "IRR_AVIS", "IRR_FORME", "IRR_PIECE", "IRR_PERMIS", "IRR_CONSIGNATION", "IRR_QUALITE"] {
                        option value=(code) { (words::irrecevabilite(code)) }
                    }
                } }
            button.second type="submit" { "Voir ce qui se passerait" }
        }
    }
}

/// The files that a form names, with the versions that were shown, where it says them.
fn files(fields: &Fields) -> Result<Vec<(Uuid, Option<i32>)>, NotShown> {
    let mut named = Vec::new();
    for (_, value) in fields.iter().filter(|(name, _)| name == "dossier") {
        let (id, version) = match value.split_once('@') {
            Some((id, version)) => (id, Some(version.parse().map_err(|_| NotShown::Form)?)),
            None => (value.as_str(), None),
        };
        named.push((id.parse().map_err(|_| NotShown::Form)?, version));
    }
    let conflict = |why: &str| Err(NotShown::Conflict(why.to_owned()));
    match named.len() {
        0 => conflict("Cochez au moins un dossier."),
        count if count > FILES_MAX => conflict("Cent dossiers au plus à la fois."),
        _ => Ok(named),
    }
}

/// Why a file would not be decided so; none when it would.
fn against(
    file: &BulkFile,
    decision: &Decision,
    law: &cnt_domain::law::Law,
    operator: &OperatorRow,
    today: jiff::civil::Date,
) -> Option<String> {
    if file.state == "decided" {
        return Some("déjà décidé".to_owned());
    }
    if let Some(holder) = file
        .claimed_by
        .as_ref()
        .filter(|holder| **holder != operator.login)
    {
        return Some(format!("tenu par {holder}"));
    }
    let life = recall(&file.life, &file.memory);
    match life.map(|mut life| life.apply(law, Event::Ruled(decision.ruling()), today)) {
        Ok(Ok(_)) => None,
        Ok(Err(refusal)) => Some(format!("la loi s’y oppose : {refusal}")),
        Err(_) => Some("illisible".to_owned()),
    }
}

/// A decision on many files: shown first, then signed and written down.
pub(super) async fn send(
    request: HttpRequest,
    state: web::Data<AppState>,
    console: web::Data<Console>,
    seat: Seat,
    form: web::Form<Fields>,
) -> Result<HttpResponse, NotShown> {
    let fields = form.into_inner();
    is_own(&request, &seat, field(&fields, "jeton"))?;
    let (word, named) = (asked(&fields)?, files(&fields)?);
    let decision = decision_of(&word)?;
    let now = state.clock.real_now();
    if field(&fields, "etape") == "decider" {
        let shown: Option<Vec<(Uuid, i32)>> = named
            .into_iter()
            .map(|(id, version)| Some((id, version?)))
            .collect();
        let id = write(
            &state,
            &console,
            &seat,
            &word,
            shown.ok_or(NotShown::Form)?,
            now,
        )
        .await?;
        return Ok(see(&format!("/lots/{id}")));
    }
    let ids: Vec<Uuid> = named.into_iter().map(|(id, _)| id).collect();
    let (operator, found) = seat
        .see(Right::Decide, move |conn, operator| {
            db::bulk_files(conn, &operator.scope(), &ids, now)
        })
        .await?;
    let (law, today) = (state.law()?, state.clock.legal_today_paris());
    let judged: Vec<(&BulkFile, Option<String>)> = found
        .iter()
        .map(|file| {
            (
                file,
                against(file, &decision, &law.registry.law, &operator, today),
            )
        })
        .collect();
    let body = preview(&seat, &fields, &judged, console.config.undo_seconds.get());
    Ok(Page {
        title: "Décider ensemble",
        place: "/file",
        is_wide: false,
        body,
    }
    .shown(&seat, &operator))
}

/// What would become of each file.
fn preview(
    seat: &Seat,
    fields: &Fields,
    judged: &[(&BulkFile, Option<String>)],
    undo_seconds: u16,
) -> Markup {
    let count = judged.iter().filter(|(_, why)| why.is_none()).count();
    html! {
        h1 { (chosen(fields)) " : " (count) " dossiers" }
        div.defile tabindex="0" role="region" aria-label="Dossiers" {
            table {
                caption { "Ce qui se passerait, dossier par dossier" }
                thead { tr { th scope="col" { "Avis" } th scope="col" { "Où il est" } th scope="col" { "Décision" } } }
                tbody { @for (file, why) in judged { tr {
                    th scope="row" { a href={ "/dossiers/" (file.id) } { (file.avis) } }
                    td { (words::state(&file.life)) }
                    td { @match why { Some(why) => { span.pastille.alerte { "écarté" } " " (why) }, None => { span.pastille { "serait décidé" } } } }
                } } }
            }
        }
        @if count > 0 {
            form.carte method="post" action="/lots" {
                (form_token(seat))
                @for name in ["quoi", "raison", "motif"] { input type="hidden" name=(name) value=(field(fields, name)); }
                @for (file, why) in judged { @if why.is_none() { input type="hidden" name="dossier" value={ (file.id) "@" (file.version) }; } }
                p { "Chaque décision est signée. Vous pouvez tout annuler pendant " (undo_seconds) " secondes." }
                button type="submit" name="etape" value="decider" { "Signer et décider de ces " (count) " dossiers" }
                " " a.bouton.second href="/file" { "Revenir à la file" }
            }
        } @else {
            p { a.bouton href="/file" { "Revenir à la file" } }
        }
    }
}

/// Takes the files, signs each decision and writes all of it down, in one transaction.
async fn write(
    state: &AppState,
    console: &Console,
    seat: &Seat,
    word: &DecisionWord,
    shown: Vec<(Uuid, i32)>,
    now: Timestamp,
) -> Result<Uuid, NotShown> {
    let (id, undo) = (
        ids::new_random(),
        i32::from(console.config.undo_seconds.get()),
    );
    let held = now
        .checked_add(HELD + SignedDuration::from_secs(i64::from(undo)))
        .unwrap_or(Timestamp::MAX);
    let text =
        serde_json::to_string(word).map_err(|error| NotShown::Problem(Problem::internal(error)))?;
    let (version, state, directory) = (
        state.law()?,
        state.clone(),
        console.config.signatures.clone(),
    );
    let (_, taken) = seat
        .see(Right::Decide, move |conn, operator| {
            let scope = operator.scope();
            let taken = db::bulk_take(conn, &scope, &shown, held)?;
            if taken.len() != shown.len() {
                // What was taken is given back: nothing is committed.
                return Err(StoreError::Refused {
                    what: CHANGED.to_owned(),
                });
            }
            let mut files = Vec::with_capacity(taken.len());
            for (file, read) in taken {
                let word: DecisionWord = serde_json::from_str(&text).map_err(refused)?;
                let statement = OfficerStatement::Decision {
                    contestation: file,
                    omp: scope.omp.clone(),
                    version: read,
                    decision: word,
                };
                let signature = signed(
                    directory.as_deref(),
                    &scope.omp,
                    &statement,
                    now.as_second(),
                )
                .map_err(refused)?;
                state
                    .vouched(&version, &scope.omp, &statement, &signature)
                    .map_err(refused)?;
                files.push((file, read, signature));
            }
            db::bulk_write(conn, &scope, (id, &text, undo), &files)
        })
        .await
        .map_err(|error| match error {
            NotShown::Problem(problem) if problem.to_string().contains(CHANGED) => {
                NotShown::Conflict(CHANGED.to_owned())
            }
            other => other,
        })?;
    let () = taken;
    Ok(id)
}

/// What is said when a file is not as it was shown.
const CHANGED: &str =
    "Un des dossiers a changé depuis qu’il a été montré. Rien n’est décidé : recommencez.";

fn refused(error: impl std::fmt::Display) -> StoreError {
    StoreError::Refused {
        what: error.to_string(),
    }
}

/// What was decided, in words.
fn decided(bulk: &BulkRow) -> &'static str {
    match serde_json::from_str(&bulk.word) {
        Ok(DecisionWord::Inadmissible { .. }) => decision_word("inadmissible"),
        Ok(DecisionWord::Classement { .. }) => decision_word("classement"),
        Ok(DecisionWord::Prosecution { .. }) => decision_word("prosecution"),
        _ => decision_word(""),
    }
}

fn told(bulk: &BulkRow) -> String {
    match bulk.due_in {
        None => "annulé".to_owned(),
        Some(0) if bulk.waiting > 0 => "en cours".to_owned(),
        Some(0) => format!("{} décidés, {} écartés", bulk.decided, bulk.refused),
        Some(seconds) => format!("{} dossiers, dans {seconds} s", bulk.waiting),
    }
}

/// A decision on many files, and what came of it.
pub(super) async fn show(seat: Seat, id: web::Path<Uuid>) -> Result<HttpResponse, NotShown> {
    let id = id.into_inner();
    let (operator, found) = seat
        .see(Right::Read, move |conn, _| db::bulks(conn, Some(id)))
        .await?;
    let bulk = found.first().ok_or(NotShown::Missing)?;
    let body = html! {
        h1 { "Décision sur plusieurs dossiers" }
        section {
            p role="status" { strong { (decided(bulk)) " · " (told(bulk)) } " · demandée le " (words::instant(bulk.asked_at())) " par " (bulk.who) }
            @if bulk.due_in.is_some_and(|seconds| seconds > 0) && operator.may(Right::Decide) {
                form method="post" action={ "/lots/" (id) "/annuler" } {
                    (form_token(&seat))
                    button type="submit" data-touche="z" { "Annuler " kbd { "z" } }
                }
            }
            p { a href={ "/lots/" (id) } { "Actualiser" } " · " a href="/file" { "File de travail" } " · " a href="/lots" { "Toutes" } }
        }
    };
    Ok(Page {
        title: "Décision sur plusieurs dossiers",
        place: "/file",
        is_wide: false,
        body,
    }
    .shown(&seat, &operator))
}

/// The decisions on many files that were taken last.
pub(super) async fn list(seat: Seat) -> Result<HttpResponse, NotShown> {
    let (operator, found) = seat
        .see(Right::Read, |conn, _| db::bulks(conn, None))
        .await?;
    let body = html! {
        h1 { "Décisions sur plusieurs dossiers" }
        @if found.is_empty() { p.vide { "Aucune." } }
        @else { ul { @for bulk in &found { li { a href={ "/lots/" (bulk.id) } { (words::instant(bulk.asked_at())) } " · " (bulk.who) " · " (decided(bulk)) " · " (told(bulk)) } } } }
    };
    Ok(Page {
        title: "Décisions sur plusieurs dossiers",
        place: "/file",
        is_wide: false,
        body,
    }
    .shown(&seat, &operator))
}

/// Undoes it, while there is time.
pub(super) async fn cancel(
    request: HttpRequest,
    seat: Seat,
    id: web::Path<Uuid>,
    form: web::Form<Fields>,
) -> Result<HttpResponse, NotShown> {
    is_own(&request, &seat, field(&form, "jeton"))?;
    let id = id.into_inner();
    let (_, is_undone) = seat
        .see(Right::Decide, move |conn, _| db::bulk_cancel(conn, id))
        .await?;
    if is_undone {
        Ok(see(&format!("/lots/{id}")))
    } else {
        Err(NotShown::Conflict(
            "Le délai est passé, ou c’est déjà annulé.".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_names_one_to_a_hundred_files() {
        let id = Uuid::from_u128(7);
        let of = |values: &[String]| -> Fields {
            values
                .iter()
                .map(|value| ("dossier".to_owned(), value.clone()))
                .collect()
        };
        assert_eq!(files(&of(&[id.to_string()])).unwrap(), [(id, None)]);
        assert_eq!(files(&of(&[format!("{id}@3")])).unwrap(), [(id, Some(3))]);
        for bad in [
            vec![],
            vec!["x".to_owned()],
            vec![format!("{id}@x")],
            vec![id.to_string(); 101],
        ] {
            assert!(files(&of(&bad)).is_err());
        }
    }
}
