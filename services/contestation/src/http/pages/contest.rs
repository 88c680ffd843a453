//! Contesting: the case of the form, what it asks, the pieces, and what was registered.

mod read;

use std::fmt::Write as _;

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, rt, web};
use cnt_domain::avis::Ground;
use cnt_domain::civil::paris_date;
use cnt_domain::life::{AvisLife, Stage};
use cnt_service_kit::html::hidden;
use cnt_service_kit::http::Problem;
use cnt_service_kit::ids;
use uuid::Uuid;

use super::html::{Field, Form, Page, form_token};
use super::multipart::{Part, Unread, parts};
use super::{Refused, Visitor, address, is_foreign, not_sent, see, shown, words};
use crate::db;
use crate::http::addressee::{JOINED_MAX, NotRegistered, follow, piece_bytes_max, register};
use crate::http::public::{Public, UPLOAD_PATIENCE};
use crate::http::{AppState, with_connection};

/// Bytes of a form besides its pieces.
const TEXT_BYTES_MAX: usize = 256 * 1024;

/// What the form calls a case (CPP A37-17).
const fn title(ground: Ground) -> &'static str {
    match ground {
        Ground::VehicleNotMine => "Le véhicule n’était plus le mien, ou ses plaques sont usurpées",
        Ground::Designation => "Quelqu’un d’autre conduisait",
        Ground::Other => "Un autre motif",
    }
}

/// What it asks for.
const fn told(ground: Ground) -> &'static str {
    match ground {
        Ground::VehicleNotMine => {
            "Vol, destruction, vente ou cession, usurpation de plaques. Joignez le récépissé du dépôt de plainte, ou la copie de la déclaration de cession ou de destruction."
        }
        Ground::Designation => {
            "Vous aviez prêté ou loué le véhicule. Donnez l’identité, l’adresse et le numéro de permis de la personne qui le conduisait : un avis lui est adressé."
        }
        Ground::Other => {
            "Dites pourquoi l’infraction n’est pas constituée, ou n’est pas de votre fait. Joignez ce qui le montre."
        }
    }
}

/// The ground that an address names.
fn ground_of(word: &str) -> Result<Ground, Refused> {
    Ground::of_word(word).ok_or_else(|| Problem::not_found("There is no such case").into())
}

/// Where the avis cannot be contested any more, why.
async fn closed(state: &AppState, visitor: &Visitor) -> Result<Option<HttpResponse>, Refused> {
    let life = follow(state, visitor.visit.avis).await?.life;
    if words::is_contestable(life.state()) {
        return Ok(None);
    }
    let meaning = words::meaning(life.state());
    let body = format!("<p class=\"chapo\">{meaning}</p>\n");
    let page = Page::of(&visitor.visit, "Cet avis ne peut plus être contesté", &body);
    Ok(Some(shown(StatusCode::OK, &page)))
}

/// What is consigned with the third case, where the law asks for it.
fn consignation(life: &AvisLife) -> String {
    let opening = life.memory().opening;
    if !opening.is_529_10 {
        return String::new();
    }
    let amount = match life.stage() {
        Stage::Forfaitaire => opening.amounts.forfaitaire,
        Stage::Majoree => opening.amounts.majoree,
    };
    format!(
        "<p>Pour cette infraction, la loi demande de consigner {} avec le cas n° 3 (code de procédure pénale, article 529-10). \
         Envoyez votre contestation, puis consignez cette somme le jour même, par télépaiement, avec le numéro de votre avis. \
         Ce n’est pas un paiement : elle vous est rendue si l’infraction n’est pas retenue.</p>\n",
        words::euros(amount.0)
    )
}

/// The cases of the form, one of which is chosen.
pub(super) async fn choose(
    state: web::Data<AppState>,
    visitor: Visitor,
) -> Result<HttpResponse, Refused> {
    if let Some(closed) = closed(&state, &visitor).await? {
        return Ok(closed);
    }
    let life = follow(&state, visitor.visit.avis).await?.life;
    let mut body = "<p class=\"chapo\">Choisissez ce qui s’est passé. Votre contestation est examinée par l’officier du ministère public ; \
        pendant ce temps l’amende n’est pas à payer.</p>\n<ul class=\"choix\">\n"
        .to_owned();
    for (ground, n) in Ground::ALL.into_iter().zip(1..) {
        let _written = writeln!(
            body,
            "<li><a href=\"/dossier/contester/{}\"><span class=\"aide\">Cas n° {n}</span><strong>{}</strong></a><p>{}</p></li>",
            ground.as_str(),
            title(ground),
            told(ground)
        );
    }
    body.push_str("</ul>\n");
    body.push_str(&consignation(&life));
    let page = Page::of(&visitor.visit, "Contester l’infraction", &body);
    Ok(shown(StatusCode::OK, &page))
}

const MOTIVATION: Field<'_> = Field::new("motivation", "Vos explications")
    .hint("4 000 caractères au plus.")
    .with("maxlength=\"4000\"");
const PIECES: Field<'_> = Field::new("pieces", "Pièces jointes")
    .optional()
    .with("accept=\".pdf,.jpg,.jpeg,.png,.tif,.tiff\"");

fn driver_fields(form: &Form) -> String {
    let person = [
        Field::new("nom", "Nom")
            .with("maxlength=\"100\"")
            .line(form),
        Field::new("prenoms", "Prénoms")
            .with("maxlength=\"100\"")
            .line(form),
        Field::new("naissance", "Date de naissance")
            .hint("Exemple : 31/12/1980.")
            .with("inputmode=\"numeric\" maxlength=\"10\" class=\"court\"")
            .line(form),
        Field::new("lieu", "Lieu de naissance")
            .with("maxlength=\"100\"")
            .line(form),
        Field::new("permis", "Numéro du permis de conduire")
            .hint("Il figure sur le permis, à la rubrique 5.")
            .with("maxlength=\"100\" class=\"court\"")
            .line(form),
    ];
    format!(
        "<fieldset><legend>La personne qui conduisait</legend>\n{}</fieldset>\n<fieldset><legend>Son adresse</legend>\n{}</fieldset>\n",
        person.concat(),
        address::fields(form)
    )
}

fn page(
    state: &AppState,
    visitor: &Visitor,
    ground: Ground,
    form: &Form,
    status: StatusCode,
) -> HttpResponse {
    let (driver, motivation) = match ground {
        Ground::Designation => (driver_fields(form), MOTIVATION.optional()),
        Ground::VehicleNotMine | Ground::Other => (String::new(), MOTIVATION),
    };
    let id = match form.value("id") {
        "" => ids::new_random().to_string(),
        id => id.to_owned(),
    };
    let again = if form.errors.is_empty() {
        ""
    } else {
        "<p class=\"aide\">Le navigateur n’a pas gardé les pièces : joignez-les de nouveau.</p>\n"
    };
    let pieces_hint = format!(
        "{JOINED_MAX} au plus, de {} chacune : PDF, JPEG, PNG ou TIFF.",
        words::megabytes(piece_bytes_max(state))
    );
    let body = format!(
        "<p class=\"chapo\">{}</p>\n{}<form class=\"carte\" method=\"post\" enctype=\"multipart/form-data\" action=\"/dossier/contester/{}\" novalidate>\n\
         {}{}{driver}{}{}{again}<button type=\"submit\">Envoyer ma contestation</button>\n</form>\n",
        told(ground),
        form.summary(),
        ground.as_str(),
        form_token(&visitor.visit),
        hidden("id", &id),
        motivation.area(form, 8),
        PIECES.hint(&pieces_hint).files(form),
    );
    shown(
        status,
        &Page::of(&visitor.visit, title(ground), &body).telling(form),
    )
}

/// The form of a case.
pub(super) async fn show(
    state: web::Data<AppState>,
    visitor: Visitor,
    case: web::Path<String>,
) -> Result<HttpResponse, Refused> {
    let ground = ground_of(&case)?;
    if let Some(closed) = closed(&state, &visitor).await? {
        return Ok(closed);
    }
    Ok(page(
        &state,
        &visitor,
        ground,
        &Form::default(),
        StatusCode::OK,
    ))
}

/// The parts of a form with pieces, which have to arrive in time.
async fn parts_of(
    state: &AppState,
    request: &HttpRequest,
    payload: web::Payload,
) -> Result<Vec<Part>, Refused> {
    let bytes_max = piece_bytes_max(state)
        .saturating_mul(JOINED_MAX)
        .saturating_add(TEXT_BYTES_MAX);
    let parts = parts(request.headers(), payload, bytes_max);
    rt::time::timeout(UPLOAD_PATIENCE, parts)
        .await
        .map_err(|_| Refused::Busy)?
        .map_err(|unread| match unread {
            Unread::Large => Refused::Large,
            Unread::Malformed => Refused::Form,
        })
}

/// Registers a contestation.
pub(super) async fn send(
    state: web::Data<AppState>,
    public: web::Data<Public>,
    visitor: Visitor,
    case: web::Path<String>,
    request: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let ground = ground_of(&case)?;
    if is_foreign(&request) {
        return Err(Refused::Foreign);
    }
    let _room = public.uploads.try_acquire().map_err(|_| Refused::Busy)?;
    let parts = parts_of(&state, &request, payload).await?;
    let bytes_max = piece_bytes_max(&state);
    let mut sent = web::block(move || read::form(parts, bytes_max))
        .await
        .map_err(Problem::internal)??;
    visitor.sent(&sent.form.values)?;
    if let Some(closed) = closed(&state, &visitor).await? {
        return Ok(closed);
    }
    let avis = visitor.visit.avis;
    let deposit = read::deposit(&mut sent, ground, avis);
    let (Some((id, deposit)), true) = (deposit, sent.form.errors.is_empty()) else {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(page(&state, &visitor, ground, &sent.form, status));
    };
    let received_at = register(&state, deposit)
        .await
        .map_err(|error| match error {
            NotRegistered::Problem(problem) => Refused::from(problem),
            NotRegistered::Broker(error) => not_sent(error),
        })?;
    public.sessions.sent(&visitor.token, id, received_at);
    Ok(see(&format!("/dossier/contestations/{id}")))
}

/// What was registered: its number, its day, its receipt, what became of it.
pub(super) async fn sent(
    state: web::Data<AppState>,
    visitor: Visitor,
    id: web::Path<Uuid>,
) -> Result<HttpResponse, Refused> {
    let (avis, id) = (visitor.visit.avis, *id);
    let all = with_connection(&state, move |conn| db::followed(conn, avis)).await?;
    let row = all.into_iter().find(|row| row.id == id);
    let remembered = visitor.visit.sent.iter().find(|(sent, _)| *sent == id);
    let day = match (&row, remembered) {
        (Some(row), _) => row.received_day(),
        (None, Some((_, at))) => paris_date(*at),
        (None, None) => return Err(Problem::not_found("There is no such contestation").into()),
    };
    let mut body = format!(
        "<p class=\"chapo fait\" role=\"status\">Votre contestation est enregistrée. Elle a les mêmes effets qu’une lettre recommandée (CPP, art. A37-20).</p>\n\
         <dl class=\"du\"><div><dt>Numéro d’enregistrement</dt><dd class=\"numero\">{id}</dd></div><div><dt>Reçue le</dt><dd>{}</dd></div></dl>\n",
        words::time(day)
    );
    match row.as_ref().and_then(|row| row.receipt) {
        Some(issue) => {
            let _written = writeln!(
                body,
                "<p><a class=\"bouton\" href=\"/dossier/courriers/ACE-{issue}\" download>Télécharger l’accusé d’enregistrement <span>(PDF)</span></a></p>"
            );
        }
        None if row.as_ref().is_some_and(|row| !row.is_online) => {}
        None => {
            let _written = writeln!(
                body,
                "<p>L’accusé d’enregistrement sera prêt dans un instant. <a href=\"/dossier/contestations/{id}\">Actualiser la page</a></p>"
            );
        }
    }
    if let Some((decision, day)) = row
        .as_ref()
        .and_then(|row| Some((row.decision.as_deref()?, row.decided_day()?)))
    {
        let _written = writeln!(
            body,
            "<h2>Décision</h2>\n<p><strong>{}</strong>, le {}. La lettre qui l’explique est dans vos courriers.</p>",
            words::decision(decision),
            words::time(day)
        );
    } else {
        let life = follow(&state, avis).await?.life;
        let by = if life.stage() == Stage::Majoree {
            "de votre réclamation"
        } else {
            "de votre contestation"
        };
        let _written = writeln!(
            body,
            "<h2>Et maintenant ?</h2>\n<p>L’officier du ministère public décide {by}. Sa décision sera dans vos courriers, et vous parviendra par la poste.</p>"
        );
    }
    let page = Page::of(&visitor.visit, "Contestation enregistrée", &body);
    Ok(shown(StatusCode::OK, &page))
}
