//! A file: what it is about, what was written, what is joined, what happened, what the law suggests, and what can be done.

use actix_web::{HttpResponse, ResponseError as _, web};
use cnt_domain::admissibility::Finding;
use cnt_domain::life::AvisLife;
use cnt_domain::natinf::NatInf;
use cnt_flow::RegistryVersion;
use cnt_service_kit::http::Problem;
use cnt_store::{PgConnection, StoreError};
use cnt_vault::{LotId, LotKind};
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{Markup, html};
use uuid::Uuid;

use super::decide;
use super::frame::{Page, form_token};
use super::list::{ALARM_DAYS, queue_beside};
use super::seat::{NotShown, Right, Seat};
use super::words;
use crate::db::{
    self, CaseRow, Colleague, DecidedFile, DocumentRow, DraftRow, FileActRow, FileContext, FileRow,
    Filter, OperatorRow, StepRead,
};
use crate::decision::suggested;
use crate::http::AppState;
use crate::http::letters::name_of;
use crate::http::photos::blocking;
use crate::life::recall;
use crate::photos::named;

/// Files of the queue that are shown beside.
const BESIDE: i64 = 15;

/// A file, read whole in one transaction that journals who reads it.
pub(super) struct Whole {
    pub(super) file: FileRow,
    pub(super) context: FileContext,
    pub(super) decided: DecidedFile,
    pub(super) life: AvisLife,
    pub(super) steps: Vec<StepRead>,
    pub(super) documents: Vec<DocumentRow>,
    pub(super) acts: Vec<FileActRow>,
    pub(super) draft: Option<DraftRow>,
    pub(super) case: Option<CaseRow>,
    pub(super) desk: String,
    pub(super) rank: i16,
}

/// Reads a file of the session's OMP.
pub(super) fn whole(
    conn: &mut PgConnection,
    operator: &OperatorRow,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<Whole>, StoreError> {
    let scope = operator.scope();
    let Some(file) = db::file(conn, &scope, id, now)? else {
        return Ok(None);
    };
    let Some(decided) = db::file_to_decide(conn, &scope.omp, id, false)? else {
        return Ok(None);
    };
    let avis = decided.avis;
    let Some((row, steps)) = db::life_read(conn, &scope.user, Some(&scope.omp), avis, now)? else {
        return Ok(None);
    };
    let life = recall(&row.state, &row.memory).map_err(|error| StoreError::Refused {
        what: error.to_string(),
    })?;
    let place = db::place_of(conn, id)?;
    Ok(Some(Whole {
        context: db::file_context(conn, id)?,
        documents: db::documents(conn, avis, true)?,
        acts: db::file_acts(conn, id)?,
        draft: db::draft(conn, id)?,
        case: db::case(conn, avis)?,
        desk: place.desk,
        rank: place.rank,
        file,
        decided,
        life,
        steps,
    }))
}

/// A file, and the queue beside it.
pub(super) async fn show(
    state: web::Data<AppState>,
    seat: Seat,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, NotShown> {
    let (id, now) = (id.into_inner(), state.clock.real_now());
    let today = state.clock.legal_today_paris();
    let version = state.law()?;
    let (operator, found) = seat
        .see(Right::Read, move |conn, operator| {
            let Some(whole) = whole(conn, operator, id, now)? else {
                return Ok(None);
            };
            let beside = Filter {
                asleep: Some(false),
                most: BESIDE,
                ..Filter::default()
            };
            let beside = db::desk(conn, &operator.omp, &beside)?;
            Ok(Some((whole, beside, db::colleagues(conn)?)))
        })
        .await?;
    let (whole, beside, colleagues) = found.ok_or(NotShown::Missing)?;
    // A file is read and decided also while its photographs cannot be reached.
    let photos = photos(&state, whole.case.clone()).await;
    if let Err(problem) = &photos {
        let _logged = problem.error_response();
    }
    let findings = suggested(&version.registry.law, &whole.decided, &whole.life);
    let view = View {
        seat: &seat,
        operator: &operator,
        whole: &whole,
        version: &version,
        today,
    };
    let title = format!("Avis n° {}", whole.decided.avis);
    let body = html! {
        div.poste {
            (queue_beside(&beside, id, today))
            div.dossier {
                (view.heading())
                div.volets {
                    div {
                        (view.facts())
                        (view.written())
                        (view.suggestion(&findings))
                        (decide::choices(&view, &findings))
                        (view.hand_on(&colleagues))
                    }
                    div {
                        (view.papers())
                        (view.photographs(photos.ok().as_deref()))
                        (view.money())
                        (view.history())
                        (view.linked())
                    }
                }
            }
        }
    };
    Ok(Page {
        title: &title,
        place: "/file",
        is_wide: true,
        body,
    }
    .shown(&seat, &operator))
}

/// The photographs that were handed in.
async fn photos(state: &AppState, case: Option<CaseRow>) -> Result<Vec<String>, Problem> {
    let Some(case) = case else {
        return Ok(Vec::new());
    };
    let objects = state.objects.clone();
    blocking(move || {
        let mut found = Vec::new();
        for hash in named(&*objects, &case)? {
            let id = LotId::from_bytes(hash);
            if objects.exists(LotKind::Photo, id)? {
                found.push(id.to_string());
            }
        }
        Ok(found)
    })
    .await
}

/// What the parts of the page share.
pub(super) struct View<'a> {
    pub(super) seat: &'a Seat,
    pub(super) operator: &'a OperatorRow,
    pub(super) whole: &'a Whole,
    pub(super) version: &'a RegistryVersion,
    pub(super) today: Date,
}

impl View<'_> {
    pub(super) fn id(&self) -> Uuid {
        self.whole.file.entry.id
    }

    /// Whether the operator holds the file.
    pub(super) fn is_mine(&self) -> bool {
        self.whole.file.claimed_by.as_deref() == Some(self.operator.login.as_str())
    }

    pub(super) fn is_decided(&self) -> bool {
        self.whole.file.state == "decided"
    }

    fn heading(&self) -> Markup {
        let file = &self.whole.file;
        let days = (file.entry.prescription() - self.today).get_days();
        html! {
            div.titre {
                h1 { "Avis n° " (self.whole.decided.avis) }
                p {
                    span.pastille { (words::state(&self.whole.life.state().to_string())) } " "
                    @if self.whole.rank == 0 { span.pastille.alerte { "urgent" } " " }
                    span.pastille class=[(i64::from(days) <= ALARM_DAYS).then_some("alerte")] {
                        "prescription le " (words::day(file.entry.prescription())) ", dans " (days) " j"
                    }
                }
            }
            @if self.is_mine() {
                p.bail hx-post={ "/dossiers/" (self.id()) "/bail" } hx-trigger="every 60s" hx-vals={ "{\"jeton\":\"" (self.seat.form_token()) "\"}" } hx-swap="innerHTML" role="status" {
                    (lease(file.lease_until()))
                }
            } @else if let Some(holder) = &file.claimed_by {
                p.bail.autre role="status" { "Ce dossier est tenu par " strong { (holder) } ". Vous pouvez le lire." }
            } @else if !self.is_decided() && self.operator.may(Right::Work) {
                form method="post" action={ "/dossiers/" (self.id()) "/prendre" } {
                    (form_token(self.seat))
                    button type="submit" data-touche="p" { "Prendre ce dossier " kbd { "p" } }
                }
            }
            @if let Some(decision) = &self.whole.context.decision {
                p.bail role="status" { "Décidé : " strong { (decide::decision_word(decision)) } "." }
            }
        }
    }

    fn facts(&self) -> Markup {
        let file = &self.whole.file;
        let registry = &self.version.registry;
        let code = u32::try_from(file.natinf).ok().map(NatInf);
        let entry = code.and_then(|code| registry.natinf.in_force(code, file.offence_day()).ok());
        let commune = file
            .commune
            .parse()
            .ok()
            .and_then(|code| registry.communes.get(&code));
        let sent = self.whole.life.memory().opening.sent;
        html! {
            section aria-labelledby="faits" {
                h2 #faits { "Les faits" }
                dl {
                    dt { "Infraction" } dd { @if let Some(entry) = entry { (entry.qualification) br; } span.aide { "NATINF " (file.natinf) ", classe " (file.class) } }
                    dt { "Le" } dd { (words::day(file.offence_day())) }
                    dt { "À" } dd { @match commune { Some(commune) => (commune.name), None => (file.commune) } }
                    @if let Some(plate) = &file.plate { dt { "Plaque" } dd { (plate) } }
                    dt { "Envoyé le" } dd { (words::day(sent)) @if sent != file.avis_date() { span.aide { " (imprimé : " (words::day(file.avis_date())) ")" } } }
                    dt { "Requête jusqu’au" } dd { (words::day(self.whole.life.deadlines().requete)) }
                    dt { "Montants" } dd {
                        @if let Some(minoree) = file.minoree_cents { (words::euros(minoree)) " · " }
                        (words::euros(file.forfaitaire_cents)) " · " (words::euros(file.majoree_cents))
                    }
                }
            }
        }
    }

    fn written(&self) -> Markup {
        let (file, context) = (&self.whole.file, &self.whole.context);
        html! {
            section aria-labelledby="ecrit" {
                h2 #ecrit { "La contestation" }
                p { strong { (words::ground(&file.entry.ground)) } " · reçue le " (words::day_of(file.entry.received_at()))
                    @if let Some(posted) = context.posted_day { " · postée le " (words::day(posted)) }
                    " · " (if self.whole.decided.is_online { "par le portail" } else { "par courrier" }) }
                @if file.motivation.trim().is_empty() { p.aide { "Aucun texte." } }
                @else { blockquote { @for line in file.motivation.lines() { p { (line) } } } }
                @if let Some(driver) = &context.driver {
                    p { "Conducteur désigné : " strong { (driver.last_name) " " (driver.first_names) } ", " (driver.address.join(", ")) }
                }
                @if let Some(pieces) = &context.pieces { p { "Dans l’enveloppe : " (pieces.join(", ")) } }
                @if !context.attachments.is_empty() {
                    ul {
                        @for piece in &context.attachments {
                            li { a href={ "/dossiers/" (self.id()) "/pieces/" (piece.n) } target="_blank" rel="noopener" {
                                "Pièce " (piece.n) span.aide { " " (piece.media) ", " (piece.bytes / 1_000) " ko" } } }
                        }
                    }
                }
                @for inquiry in &context.inquiries {
                    p { "Demandé le " (words::day(inquiry.asked_day())) " (" (if inquiry.kind == "report" { "rapport de l’agent" } else { "pièce" }) ") : " (inquiry.what)
                        @match &inquiry.answer { Some(answer) => { br; "Réponse : " (answer) }, None => { " " span.pastille { "sans réponse" } } } }
                }
            }
        }
    }

    fn suggestion(&self, findings: &[Finding]) -> Markup {
        html! {
            section aria-labelledby="recevabilite" {
                h2 #recevabilite { "Recevabilité suggérée" }
                @if findings.is_empty() {
                    p { strong { "Recevable" } " d’après ce qui est connu. L’officier décide." }
                } @else {
                    ul {
                        @for finding in findings {
                            li { strong { (words::irrecevabilite(finding.ground.as_str())) } " — " (finding.basis)
                                @if let Some(last) = finding.last_day { ", jusqu’au " (words::day(last)) } }
                        }
                    }
                }
            }
        }
    }

    fn papers(&self) -> Markup {
        let avis = self
            .whole
            .documents
            .iter()
            .rev()
            .find(|row| row.kind == "ACO" || row.kind == "ACD");
        html! {
            section aria-labelledby="pieces" {
                h2 #pieces { "L’avis et les courriers" }
                @if let Some(avis) = avis {
                    object.avis data={ "/dossiers/" (self.id()) "/courriers/" (name_of(avis)) } type="application/pdf" aria-label="L’avis de contravention" {
                        p { a href={ "/dossiers/" (self.id()) "/courriers/" (name_of(avis)) } { "Ouvrir l’avis (PDF)" } }
                    }
                }
                ul {
                    @for row in &self.whole.documents {
                        li { a href={ "/dossiers/" (self.id()) "/courriers/" (name_of(row)) } target="_blank" rel="noopener" { (words::letter(&row.kind)) }
                            " du " (words::day(row.day()))
                            @if let Some(day) = row.deposited_on() { span.aide { ", posté le " (words::day(day)) } } }
                    }
                }
            }
        }
    }

    /// Those that were handed in; none where the store does not answer.
    fn photographs(&self, photos: Option<&[String]>) -> Markup {
        html! {
            @if photos.is_none() {
                section aria-labelledby="photos" {
                    h2 #photos { "Photographies" }
                    p { "Elles ne sont pas accessibles pour l’instant." }
                }
            }
            @let photos = photos.unwrap_or_default();
            @if !photos.is_empty() {
                section aria-labelledby="photos" {
                    h2 #photos { "Photographies" }
                    @for (photo, n) in photos.iter().zip(1..) {
                        @let address = format!("/dossiers/{}/photographies/{photo}", self.id());
                        a href=(address) target="_blank" rel="noopener" { img.photo src=(address) alt={ "Photographie " (n) " de l’infraction" } loading="lazy"; }
                    }
                }
            }
        }
    }

    fn money(&self) -> Markup {
        let life = &self.whole.life;
        html! {
            section aria-labelledby="argent" {
                h2 #argent { "Paiements" }
                p { "Payé : " (words::euros(life.received().0)) " · consigné : " (words::euros(life.consigned().0)) }
            }
        }
    }

    fn history(&self) -> Markup {
        html! {
            section aria-labelledby="histoire" {
                h2 #histoire { "Histoire" }
                ol.histoire {
                    @for step in &self.whole.steps {
                        li { (words::day(step.day())) " · " strong { (words::event(&step.event)) }
                            @if let Some(basis) = &step.basis { span.aide { " " (basis) } }
                            @if let Some(refusal) = &step.refusal { span.aide { " refusé : " (refusal) } } }
                    }
                }
                @if !self.whole.acts.is_empty() || !self.whole.context.transfers.is_empty() {
                    h3 { "Suivi" }
                    ol.histoire {
                        @for transfer in &self.whole.context.transfers {
                            li { (words::instant(transfer.transferred_at())) " · de " (transfer.from_omp) " à " (transfer.to_omp) " : " (transfer.reason) }
                        }
                        @for act in &self.whole.acts {
                            li { (words::instant(act.at())) " · " strong { (words::act(&act.what)) } @if let Some(detail) = &act.detail { " (" (detail) ")" }
                                " par " (act.who) " : " (act.reason) }
                        }
                    }
                }
            }
        }
    }

    fn linked(&self) -> Markup {
        html! {
            @if !self.whole.context.linked.is_empty() {
                section aria-labelledby="lies" {
                    h2 #lies { "Dossiers liés" }
                    ul {
                        @for row in &self.whole.context.linked {
                            li { "Avis " (row.avis) ", " (words::day(row.offence_day())) ", " (words::state(&row.state)) span.aide { " " (linked_by(&row.by)) } }
                        }
                    }
                }
            }
        }
    }

    /// Notes, and handing the file on.
    fn hand_on(&self, colleagues: &[Colleague]) -> Markup {
        let may = self.operator.may(Right::Work) && !self.is_decided();
        let is_free = self.whole.file.claimed_by.is_none();
        let note = self
            .whole
            .draft
            .as_ref()
            .map_or("", |draft| draft.note.as_str());
        html! {
            @if self.is_mine() {
                section aria-labelledby="note-titre" {
                    h2 #note-titre { "Note de travail" }
                    form method="post" action={ "/dossiers/" (self.id()) "/note" } {
                        (form_token(self.seat))
                        label for="note" { "Ce que vous retenez ; elle est gardée pendant que vous écrivez" }
                        textarea #note name="note" rows="3" maxlength="4000" hx-post={ "/dossiers/" (self.id()) "/note" } hx-trigger="input changed delay:800ms" hx-include="closest form" hx-target="#note-gardee" hx-swap="innerHTML" { (note) }
                        p.aide #note-gardee role="status" { @if let Some(draft) = &self.whole.draft { "Gardée le " (words::instant(draft.saved_at())) " par " (draft.who) } }
                        button.second type="submit" { "Garder la note" }
                    }
                }
            } @else if !note.is_empty() {
                section aria-labelledby="note-titre" { h2 #note-titre { "Note de travail" } p { (note) } }
            }
            @if may && (is_free || self.is_mine() || self.operator.may(Right::Lead)) {
                section aria-labelledby="suite" {
                    h2 #suite { "Remettre, attribuer, attendre" }
                    @if !self.whole.desk.is_empty() { p.aide { "Bureau : " (if self.whole.desk == "@officer" { "l’officier" } else { self.whole.desk.as_str() }) } }
                    form method="post" action={ "/dossiers/" (self.id()) "/suite" } {
                        (form_token(self.seat))
                        input type="hidden" name="version" value=(self.whole.file.entry.version);
                        div.champ { label for="quoi" { "Quoi" }
                            select #quoi name="quoi" {
                                option value="rendre" { "Rendre à la file commune" }
                                option value="officier" { "Soumettre à l’officier" }
                                option value="attendre" { "Mettre en attente jusqu’à un jour" }
                                option value="attribuer" { "Attribuer à un agent" }
                                @if self.operator.may(Right::Lead) {
                                    option value="urgent" { "Déclarer urgent" }
                                    option value="pas-urgent" { "N’est plus urgent" }
                                }
                            } }
                        div.champ { label for="agent" { "Agent, pour une attribution" }
                            select #agent name="agent" {
                                option value="" { "—" }
                                @for colleague in colleagues { @if colleague.role != "auditor" { option value=(colleague.login) { (colleague.name) " (" (words::role(&colleague.role)) ")" } } }
                            } }
                        div.champ { label for="jour" { "Jour, pour une attente" } input.court #jour type="date" name="jour" min=(self.today); }
                        div.champ { label for="raison" { "Raison" } input #raison name="raison" maxlength="200" required; }
                        button.second type="submit" { "Faire" }
                    }
                }
            }
        }
    }
}

fn linked_by(by: &str) -> &'static str {
    match by {
        "plate" => "même plaque",
        "person" => "même personne",
        _ => "même plaque et même personne",
    }
}

/// How long a file is held.
pub(super) fn lease(until: Option<Timestamp>) -> Markup {
    html! {
        "Vous tenez ce dossier"
        @if let Some(until) = until { " jusqu’à " (until.to_zoned(cnt_service_kit::clock::paris()).strftime("%H:%M").to_string()) }
        "."
    }
}
