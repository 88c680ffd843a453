//! Deciding: the choice, what it brings about shown before anything is done, the officer's signature, the decision.

use std::path::Path;

use actix_web::{HttpRequest, HttpResponse, web};
use cnt_contracts::letter::LetterRequestV1;
use cnt_contracts::officer::OfficerStatement;
use cnt_domain::admissibility::{Finding, Irrecevabilite};
use cnt_domain::life::{AvisLife, Duty, Event, Stage, State, Step};
use cnt_service_kit::http::Problem;
use cnt_trust::{Algorithm, SoftwareSigner, sign_compact};
use maud::{Markup, html};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use uuid::Uuid;

use super::Console;
use super::acts::{is_own, see};
use super::file::{View, Whole, whole};
use super::frame::{Page, form_token};
use super::preview;
use super::seat::{NotShown, Right, Seat};
use super::words;
use crate::decision::{self, Deciding, Decision};
use crate::http::decision::{CourtWord, DecisionWord, ReasonWord, decision_of, settle};
use crate::http::{AppState, with_lot};

/// The fields of a form, in its order; a name may stand more than once.
pub(super) type Fields = Vec<(String, String)>;

/// A choice: its word in the form, its key, its label.
const CHOICES: [(&str, &str, &str); 7] = [
    ("irrecevable", "i", "Irrecevable"),
    ("classement", "c", "Classer sans suite"),
    ("admission", "a", "Admettre la réclamation"),
    ("maintien", "m", "Maintenir l’amende payée"),
    ("designation", "d", "Retenir le conducteur désigné"),
    ("ordonnance", "o", "Poursuivre par ordonnance pénale"),
    ("audience", "h", "Citer à l’audience"),
];

/// Reasons of a classement: word and label.
pub(super) const fn reasons() -> [(&'static str, &'static str); 4] {
    REASONS
}

/// What a form chose, in words.
pub(super) fn chosen(fields: &Fields) -> &'static str {
    let word = field(fields, "quoi");
    CHOICES
        .iter()
        .find(|choice| choice.0 == word)
        .map_or("Décider", |choice| choice.2)
}

const REASONS: [(&str, &str); 4] = [
    ("not_established", "infraction insuffisamment établie"),
    ("not_the_author", "le destinataire n’en est pas l’auteur"),
    ("procedure", "vice de la procédure"),
    ("circumstances", "circonstances particulières"),
];

/// A decision that was taken.
pub(super) fn decision_word(word: &str) -> &'static str {
    match word {
        "inadmissible" => "irrecevable",
        "classement" => "classé sans suite",
        "fine_maintained" => "amende maintenue",
        "prosecution" => "poursuites",
        "redesignation" => "conducteur désigné",
        _ => "autre",
    }
}

/// Whether the law knows a choice where the avis stands.
fn is_open(word: &str, whole: &Whole) -> bool {
    let (state, stage) = (whole.life.state(), whole.life.stage());
    match word {
        "irrecevable" => matches!(state, State::Contested | State::Reclaimed),
        "classement" => matches!(state, State::Contested | State::Reclaimed | State::Admitted),
        "admission" => state == State::Reclaimed && stage == Stage::Majoree,
        "maintien" => state == State::Paid,
        "designation" => matches!(state, State::Contested | State::Reclaimed | State::Admitted),
        _ => matches!(state, State::Contested | State::Admitted),
    }
}

/// What may be decided, by one key each.
pub(super) fn choices(view: &View<'_>, findings: &[Finding]) -> Markup {
    let may = view.operator.may(Right::Decide) && !view.is_decided() && view.is_mine();
    let suggested =
        |ground: Irrecevabilite| findings.iter().any(|finding| finding.ground == ground);
    let driver = view.whole.context.driver.as_ref();
    html! {
        @if may {
            section.decider aria-labelledby="decider" {
                h2 #decider { "Décider" }
                form method="post" action={ "/dossiers/" (view.id()) "/decision" } {
                    (form_token(view.seat))
                    input type="hidden" name="version" value=(view.whole.file.entry.version);
                    fieldset {
                        legend { "Irrecevabilité : motifs" }
                        @for ground in Irrecevabilite::ALL {
                            @if ground != Irrecevabilite::Paye {
                                label.coche { input type="checkbox" name="motif" value=(ground.as_str()) checked[suggested(ground)]; " " (words::irrecevabilite(ground.as_str())) }
                            }
                        }
                    }
                    div.champ { label for="motif-classement" { "Classement : raison" }
                        select #motif-classement name="raison" { @for (word, label) in REASONS { option value=(word) { (label) } } } }
                    @if is_open("designation", view.whole) {
                        details open[driver.is_some()] {
                            summary { "Conducteur désigné" }
                            @for (name, label, value) in driver_fields(view.whole) {
                                div.champ { label for=(name) { (label) } input #(name) name=(name) value=(value) maxlength="100"; }
                            }
                        }
                    }
                    div.choix {
                        @for (word, key, label) in CHOICES {
                            @if is_open(word, view.whole) {
                                button type="submit" name="quoi" value=(word) data-touche=(key) { (label) " " kbd { (key) } }
                            }
                        }
                    }
                    p.aide { "Rien n’est décidé avant la page suivante, qui montre ce qui va se passer." }
                }
            }
        }
    }
}

fn driver_fields(whole: &Whole) -> Vec<(&'static str, &'static str, String)> {
    let driver = whole.context.driver.as_ref();
    let said = |of: fn(&crate::db::NamedDriverRow) -> String| driver.map(of).unwrap_or_default();
    vec![
        ("nom", "Nom", said(|row| row.last_name.clone())),
        ("prenoms", "Prénoms", said(|row| row.first_names.clone())),
        (
            "adresse",
            "Adresse : lignes séparées par une barre |",
            said(|row| row.address.join(" | ")),
        ),
        (
            "permis",
            "Numéro du permis",
            said(|row| row.licence.clone()),
        ),
    ]
}

/// The first value of a field, without blanks around it.
pub(super) fn field<'f>(fields: &'f Fields, name: &str) -> &'f str {
    fields
        .iter()
        .find(|(found, _)| found == name)
        .map_or("", |(_, value)| value.trim())
}

/// What the form asks for.
pub(super) fn asked(fields: &Fields) -> Result<DecisionWord, NotShown> {
    Ok(match field(fields, "quoi") {
        "irrecevable" => DecisionWord::Inadmissible {
            grounds: fields
                .iter()
                .filter(|(name, _)| name == "motif")
                .map(|(_, value)| value.clone())
                .collect(),
        },
        "classement" => DecisionWord::Classement {
            reason: match field(fields, "raison") {
                "not_established" => ReasonWord::NotEstablished,
                "not_the_author" => ReasonWord::NotTheAuthor,
                "procedure" => ReasonWord::Procedure,
                "circumstances" => ReasonWord::Circumstances,
                _ => return Err(NotShown::Form),
            },
        },
        "admission" => DecisionWord::Admission,
        "maintien" => DecisionWord::FineMaintained,
        "ordonnance" => DecisionWord::Prosecution {
            court: CourtWord::OrdonnancePenale,
        },
        "audience" => DecisionWord::Prosecution {
            court: CourtWord::Hearing,
        },
        "designation" => DecisionWord::Redesignation {
            last_name: field(fields, "nom").to_owned(),
            first_names: field(fields, "prenoms").to_owned(),
            address: field(fields, "adresse")
                .split('|')
                .map(|line| line.trim().to_owned())
                .filter(|line| !line.is_empty())
                .collect(),
            birth: None,
            licence: Some(field(fields, "permis").to_owned()).filter(|text| !text.is_empty()),
        },
        _ => return Err(NotShown::Form),
    })
}

fn letter_of(decision: &Decision) -> &'static str {
    match decision {
        Decision::Inadmissible(_) => "IRR",
        Decision::Classement(_) => "CSS",
        Decision::Admission => "",
        Decision::FineMaintained => "MAI",
        Decision::Prosecution(_) => "TTP",
        Decision::Redesignation(_) => "ACD",
    }
}

fn duty(duty: &Duty) -> Option<String> {
    Some(match duty {
        Duty::Decide => "le dossier attend encore sa décision".to_owned(),
        Duty::SignTitre => "un titre exécutoire est de nouveau proposé".to_owned(),
        Duty::TellComptable => "le comptable est avisé que le titre est annulé".to_owned(),
        Duty::SendRefusal { recommended: true } => {
            "la lettre part en recommandé ; le refus peut être contesté un mois (R49-18)".to_owned()
        }
        Duty::HandOver => {
            "le dossier est remis au tribunal de police, avec toutes ses pièces".to_owned()
        }
        Duty::Refund(cents) => format!("{} sont rendus", words::euros(cents.0)),
        Duty::SetOff(cents) => format!("{} sont imputés sur l’amende", words::euros(cents.0)),
        Duty::SendAvisToDriver => "un avis est envoyé au conducteur".to_owned(),
        Duty::SendMajoree | Duty::SendRefusal { .. } | Duty::SendClassement | Duty::SeekAddress => {
            return None;
        }
    })
}

/// A decision: shown first, then taken.
pub(super) async fn send(
    request: HttpRequest,
    state: web::Data<AppState>,
    console: web::Data<Console>,
    seat: Seat,
    id: web::Path<Uuid>,
    form: web::Form<Fields>,
) -> Result<HttpResponse, NotShown> {
    let (id, fields) = (id.into_inner(), form.into_inner());
    is_own(&request, &seat, field(&fields, "jeton"))?;
    let word = asked(&fields)?;
    let version: i32 = field(&fields, "version")
        .parse()
        .map_err(|_| NotShown::Form)?;
    let now = state.clock.real_now();
    let (operator, found) = seat
        .see(Right::Decide, move |conn, operator| {
            whole(conn, operator, id, now)
        })
        .await?;
    let whole = found.ok_or(NotShown::Missing)?;
    if whole.file.entry.version != version {
        let why = "Il a changé depuis que vous l’avez lu. Relisez-le avant de décider.";
        return Err(NotShown::Conflict(why.to_owned()));
    }
    if field(&fields, "etape") == "decider" {
        let omp = operator.omp.clone();
        let at = now.as_second();
        let sign = |statement: &OfficerStatement<DecisionWord>| {
            signed(console.config.signatures.as_deref(), &omp, statement, at)
        };
        settle(&state, operator.scope(), (id, version), word, sign).await?;
        return Ok(see(&format!("/dossiers/{id}")));
    }
    let decision = decision_of(&word)?;
    let law = state.law()?;
    let mut after = whole.life.clone();
    let step = after
        .apply(
            &law.registry.law,
            Event::Ruled(decision.ruling()),
            state.clock.legal_today_paris(),
        )
        .map_err(|refusal| NotShown::Conflict(format!("La loi s’y oppose : {refusal}.")))?;
    let request = letter_request(&state, &decision, (&whole, &after)).await?;
    let shown = match request {
        Some(request) => preview::made(&console, &operator.login, request).await,
        None => None,
    };
    let body = html! {
        h1 { (chosen(&fields)) " : avis n° " (whole.decided.avis) }
        (consequences(&step, &decision, shown))
        form.carte method="post" action={ "/dossiers/" (id) "/decision" } {
            @for (name, value) in &fields {
                @if name != "etape" { input type="hidden" name=(name) value=(value); }
            }
            button type="submit" name="etape" value="decider" autofocus data-touche="Enter" { "Signer et décider " kbd { "Entrée" } }
            " " a.bouton.second href={ "/dossiers/" (id) } data-touche="Escape" { "Revenir au dossier " kbd { "Échap" } }
        }
    };
    Ok(Page {
        title: "Décider",
        place: "/file",
        is_wide: false,
        body,
    }
    .shown(&seat, &operator))
}

/// Where a decision leads, and the letter that leaves.
fn consequences(step: &Step, decision: &Decision, shown: Option<Uuid>) -> Markup {
    let letter = letter_of(decision);
    html! {
        section aria-labelledby="effets" {
            h2 #effets { "Ce qui va se passer" }
            ul {
                li { "L’avis passe de « " (words::state(&step.from.to_string())) " » à « " (words::state(&step.to.to_string())) " »" span.aide { " " (step.basis) } }
                @if let Decision::Inadmissible(grounds) = decision {
                    li { "Motifs : " (grounds.iter().map(|ground| words::irrecevabilite(ground.as_str())).collect::<Vec<_>>().join(", ")) }
                }
                @if letter.is_empty() { li { "Aucune lettre ne part." } } @else { li { "Lettre : " strong { (words::letter(letter)) } ", à la dernière adresse connue" } }
                @for duty in step.duties.iter().filter_map(duty) { li { (duty) } }
            }
        }
        @if let Some(shown) = shown {
            section aria-labelledby="lettre" {
                h2 #lettre { "La lettre" }
                object.avis data={ "/apercus/" (shown) } type="application/pdf" aria-label="La lettre, avant son envoi" {
                    p { a href={ "/apercus/" (shown) } { "Ouvrir la lettre (PDF)" } }
                }
            }
        } @else if !letter.is_empty() {
            p.aide { "La lettre ne peut pas être montrée pour l’instant ; elle sera éditée après la décision." }
        }
    }
}

/// The letter as it would be asked for.
async fn letter_request(
    state: &AppState,
    decision: &Decision,
    (whole, after): (&Whole, &AvisLife),
) -> Result<Option<LetterRequestV1>, NotShown> {
    let (objects, config, version) = (state.objects.clone(), state.tribunal, state.law()?);
    let (day, at) = (state.clock.legal_today_paris(), state.clock.legal_now());
    let (file, before) = (whole.decided.clone(), whole.life.clone());
    let (decision, after) = (decision.clone(), after.clone());
    Ok(with_lot(state, move |conn| {
        let deciding = Deciding {
            law: &version.registry.law,
            objects: objects.as_ref(),
            config: &config,
            day,
            at,
            signature: "",
        };
        decision::preview(conn, &deciding, &file, &decision, (&before, &after))
    })
    .await?)
}

/// The signature of an OMP's officer, by the key that the simulation keeps for them.
pub(super) fn signed(
    directory: Option<&Path>,
    omp: &str,
    statement: &OfficerStatement<DecisionWord>,
    at: i64,
) -> Result<String, Problem> {
    let directory = directory.ok_or_else(|| {
        Problem::unprocessable(
            "no_signature",
            "Aucune signature d’officier n’est installée : rien ne peut être décidé ici",
        )
    })?;
    let made = || -> anyhow::Result<String> {
        let read = |kind: &str| std::fs::read(directory.join(format!("{omp}.{kind}.pem")));
        let certificate = CertificateDer::from_pem_slice(&read("crt")?)?;
        let key = PrivatePkcs8KeyDer::from_pem_slice(&read("key")?)?;
        let chain = vec![certificate.to_vec()];
        let signer = SoftwareSigner::from_pkcs8(Algorithm::Es256, key.secret_pkcs8_der(), chain)?;
        Ok(sign_compact(&serde_json::to_vec(statement)?, at, &signer)?)
    };
    made().map_err(Problem::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_the_decision_that_it_says() {
        let pairs = |pairs: &[(&str, &str)]| -> Fields {
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let inadmissible = pairs(&[
            ("quoi", "irrecevable"),
            ("motif", "IRR_DELAI"),
            ("motif", "IRR_FORME"),
        ]);
        assert_eq!(
            asked(&inadmissible).unwrap(),
            DecisionWord::Inadmissible {
                grounds: vec!["IRR_DELAI".to_owned(), "IRR_FORME".to_owned()]
            }
        );
        let driver = pairs(&[
            ("quoi", "designation"),
            ("nom", "Essai"),
            ("prenoms", "Léa"),
            ("adresse", "1 rue A | 35000 Rennes"),
            ("permis", ""),
        ]);
        let DecisionWord::Redesignation {
            address, licence, ..
        } = asked(&driver).unwrap()
        else {
            panic!("another decision");
        };
        assert_eq!((address.len(), licence), (2, None));
        assert!(asked(&pairs(&[("quoi", "autre")])).is_err());
        assert!(asked(&pairs(&[("quoi", "classement"), ("raison", "x")])).is_err());
    }
}
