//! The page's HTML.

use cnt_service_kit::html::{escape, hidden};

use super::SearchForm;
use crate::http::DocumentView;
use crate::search_http::SearchView;

const STYLE: &str = include_str!("../page.css");

/// What stands below the form.
pub(super) enum Shown {
    /// Nothing was asked yet.
    Nothing,
    /// The field at fault, and what is wrong with it.
    Error(&'static str, &'static str),
    /// A page of results.
    Found(SearchView),
}

/// A field of the form.
struct Field<'a> {
    name: &'static str,
    label: &'static str,
    help: &'static str,
    kind: &'static str,
    value: &'a str,
    is_required: bool,
}

impl Field<'_> {
    fn html(&self, error: Option<(&str, &str)>) -> String {
        let Self {
            name, label, kind, ..
        } = self;
        let wrong = error.filter(|(field, _)| field == name);
        let mut described = Vec::new();
        let mut notes = String::new();
        if !self.help.is_empty() {
            described.push(format!("aide-{name}"));
            notes += &format!(
                "<span class=\"aide\" id=\"aide-{name}\">{}</span>",
                escape(self.help)
            );
        }
        if let Some((_, told)) = wrong {
            described.push(format!("erreur-{name}"));
            notes += &format!(
                " <strong class=\"erreur\" id=\"erreur-{name}\">{}</strong>",
                escape(told)
            );
        }
        let described = if described.is_empty() {
            String::new()
        } else {
            format!(" aria-describedby=\"{}\"", described.join(" "))
        };
        let (required, marked) = if self.is_required {
            (" required", " (obligatoire)")
        } else {
            ("", "")
        };
        let invalid = if wrong.is_some() {
            " aria-invalid=\"true\""
        } else {
            ""
        };
        let value = escape(self.value);
        format!(
            "<div><label for=\"{name}\">{label}{marked}</label>{notes}\
             <input id=\"{name}\" name=\"{name}\" type=\"{kind}\" value=\"{value}\" autocomplete=\"off\"{required}{invalid}{described}></div>\n"
        )
    }
}

fn fields(form: &SearchForm) -> ([Field<'_>; 3], [Field<'_>; 9]) {
    let field = |name, label, help, value| Field {
        name,
        label,
        help,
        kind: "text",
        value,
        is_required: false,
    };
    let required = |field| Field {
        is_required: true,
        ..field
    };
    let date = |field| Field {
        kind: "date",
        ..field
    };
    let role_help = "cnt, archives, omp:<code> ou collectivity:<SIREN>";
    (
        [
            required(field("user", "Identifiant", "", &form.user)),
            required(field("role", "Rôle", role_help, &form.role)),
            required(field(
                "purpose",
                "Motif",
                "Par exemple : demande 2026-118",
                &form.purpose,
            )),
        ],
        [
            field("avis", "Numéro d’avis", "Dix chiffres", &form.avis),
            field(
                "plate",
                "Plaque",
                "Espaces et tirets sont indifférents",
                &form.plate,
            ),
            field(
                "name",
                "Nom du destinataire",
                "Un ou plusieurs mots ; accents et ordre sont indifférents",
                &form.name,
            ),
            date(field("from", "Infraction à partir du", "", &form.from)),
            date(field("until", "Infraction jusqu’au", "", &form.until)),
            field(
                "collectivity",
                "Collectivité",
                "SIREN, neuf chiffres",
                &form.collectivity,
            ),
            field("omp", "Officier du ministère public", "Code", &form.omp),
            field("kind", "Type de document", "Par exemple : ACO", &form.kind),
            field(
                "postcode",
                "Code postal du destinataire",
                "",
                &form.postcode,
            ),
        ],
    )
}

/// The whole page.
pub(super) fn page(form: &SearchForm, shown: &Shown) -> String {
    let error = match shown {
        Shown::Error(field, told) => Some((*field, *told)),
        Shown::Nothing | Shown::Found(_) => None,
    };
    let (title, notice) = match (shown, error) {
        (_, Some((field, told))) => (
            "Erreur – Rechercher un document",
            format!(
                "<p class=\"erreur\" role=\"alert\"><a href=\"#{field}\">{}</a></p>\n",
                escape(told)
            ),
        ),
        (Shown::Found(_), None) => ("Résultats – Rechercher un document", String::new()),
        _ => ("Rechercher un document", String::new()),
    };
    let (caller, criteria) = fields(form);
    let html = |fields: &[Field<'_>]| {
        fields
            .iter()
            .map(|field| field.html(error))
            .collect::<String>()
    };
    let (caller, criteria) = (html(&caller), html(&criteria));
    let oldest = if form.order == "oldest" {
        " selected"
    } else {
        ""
    };
    let results = match shown {
        Shown::Found(view) => results(form, view),
        Shown::Nothing | Shown::Error(..) => String::new(),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – Archives du CNT</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"evitement\" href=\"#contenu\">Aller au contenu</a>\n\
         <header><p>Archives du Centre national de traitement (simulation)</p></header>\n\
         <main id=\"contenu\">\n<h1>Rechercher un document</h1>\n{notice}\
         <form method=\"post\" action=\"/recherche\">\n\
         <fieldset><legend>Qui consulte, et pourquoi</legend>\n\
         <p class=\"aide\">Chaque consultation est consignée.</p>\n<div class=\"champs\">\n{caller}</div></fieldset>\n\
         <fieldset><legend>Critères</legend>\n<div class=\"champs\">\n{criteria}\
         <div><label for=\"order\">Ordre</label><select id=\"order\" name=\"order\">\
         <option value=\"newest\">Infractions récentes d’abord</option>\
         <option value=\"oldest\"{oldest}>Infractions anciennes d’abord</option></select></div>\n\
         </div></fieldset>\n<button type=\"submit\">Rechercher</button>\n</form>\n{results}</main>\n</body>\n</html>\n"
    )
}

fn identity(form: &SearchForm) -> String {
    [
        hidden("user", &form.user),
        hidden("role", &form.role),
        hidden("purpose", &form.purpose),
    ]
    .concat()
}

fn results(form: &SearchForm, view: &SearchView) -> String {
    let told = match (view.count, view.count_is_capped) {
        (0, _) => "Aucun document ne correspond à ces critères.".to_owned(),
        (1, _) => "1 document correspond à ces critères.".to_owned(),
        (count, false) => format!("{count} documents correspondent à ces critères."),
        (count, true) => format!("Plus de {count} documents correspondent à ces critères."),
    };
    let mut html = format!(
        "<section aria-labelledby=\"resultats\">\n<h2 id=\"resultats\">Résultats</h2>\n<p role=\"status\">{told}</p>\n"
    );
    if !view.documents.is_empty() {
        let rows: String = view
            .documents
            .iter()
            .map(|document| row(form, document))
            .collect();
        html += &format!(
            "<div class=\"resultats\" role=\"region\" aria-labelledby=\"titre-resultats\" tabindex=\"0\"><table>\n\
             <caption id=\"titre-resultats\">Documents trouvés</caption>\n<thead><tr><th scope=\"col\">Avis</th><th scope=\"col\">Type</th>\
             <th scope=\"col\">Infraction</th><th scope=\"col\">Destinataire</th><th scope=\"col\">Plaque</th>\
             <th scope=\"col\">Collectivité</th><th scope=\"col\">OMP</th><th scope=\"col\">Télécharger</th></tr></thead>\n\
             <tbody>\n{rows}</tbody></table></div>\n"
        );
    }
    if let Some(next) = &view.next {
        html += &next_page(form, next);
    }
    html + "</section>\n"
}

fn row(form: &SearchForm, document: &DocumentView) -> String {
    let DocumentView { avis, kind, .. } = document;
    let kept = [
        identity(form),
        hidden("avis", avis),
        hidden("kind", kind),
        hidden("issue", &document.issue.to_string()),
    ]
    .concat();
    let button = |action: &str, label: &str| {
        format!(
            "<form method=\"post\" action=\"/recherche/{action}\">{kept}<button type=\"submit\">{label}\
             <span class=\"visuellement-cache\"> de l’avis {}, {}</span></button></form>",
            escape(avis),
            escape(kind)
        )
    };
    let kind = match document.issue {
        1 => kind.clone(),
        issue => format!("{kind}, édition {issue}"),
    };
    format!(
        "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}, {}</td><td>{}</td><td>{}</td><td>{}</td><td>{}{}</td></tr>\n",
        escape(avis),
        escape(&kind),
        escape(&document.offence_day),
        escape(&document.addressee),
        escape(&document.postcode),
        escape(document.plate.as_deref().unwrap_or("aucune")),
        escape(&document.siren),
        escape(&document.omp),
        button("document", "PDF"),
        button("preuve", "Preuve"),
    )
}

fn next_page(form: &SearchForm, next: &str) -> String {
    let criteria = [
        ("avis", &form.avis),
        ("plate", &form.plate),
        ("name", &form.name),
        ("from", &form.from),
        ("until", &form.until),
        ("collectivity", &form.collectivity),
        ("omp", &form.omp),
        ("kind", &form.kind),
        ("postcode", &form.postcode),
        ("order", &form.order),
    ];
    let criteria: String = criteria
        .iter()
        .map(|(name, value)| hidden(name, value))
        .collect();
    format!(
        "<form method=\"post\" action=\"/recherche\">{}{criteria}{}<button type=\"submit\">Page suivante</button></form>\n",
        identity(form),
        hidden("cursor", next)
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Values of an attribute, in order.
    fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
        let begin = format!(" {attribute}=\"");
        let parts = html.split(begin.as_str()).skip(1);
        parts.map(|part| part.split('"').next().unwrap()).collect()
    }

    #[test]
    fn every_field_has_a_label_and_every_reference_a_target() {
        let form = SearchForm {
            name: "\"><script>alert(1)</script>".to_owned(),
            ..SearchForm::default()
        };
        let html = page(&form, &Shown::Error("avis", "Indiquez un critère."));
        assert!(html.contains("<html lang=\"fr\">") && !html.contains("<script"));
        let ids = values(&html, "id");
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "ids are unique");
        let labelled: BTreeSet<_> = values(&html, "for").into_iter().collect();
        let named: BTreeSet<_> = values(&html, "name").into_iter().collect();
        let named = &named - &BTreeSet::from(["viewport"]);
        assert_eq!(labelled, named, "each field has its label");
        assert_eq!(named.len(), 13);
        let referred = values(&html, "aria-describedby");
        for id in referred.iter().flat_map(|ids| ids.split(' ')) {
            assert!(unique.contains(id), "{id}");
        }
        assert_eq!(values(&html, "aria-invalid"), ["true"]);
        assert!(html.contains("role=\"alert\"><a href=\"#avis\">"));
    }

    /// Relative luminance of a colour (WCAG 2.2).
    fn luminance(colour: &str) -> f64 {
        let digits = colour.trim_start_matches('#');
        let wide = if digits.len() == 3 {
            digits.chars().flat_map(|digit| [digit, digit]).collect()
        } else {
            digits.to_owned()
        };
        let part = |at: usize| {
            let value =
                f64::from(u8::from_str_radix(wide.get(at..at + 2).unwrap(), 16).unwrap()) / 255.0;
            if value <= 0.040_45 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    }

    #[test]
    fn texts_and_borders_have_the_contrast_of_wcag_aa() {
        let ratio = |one: &str, other: &str| {
            let (one, other) = (luminance(one), luminance(other));
            (one.max(other) + 0.05) / (one.min(other) + 0.05)
        };
        let mut texts = 0;
        for line in STYLE.lines() {
            let colour = |key: &str| {
                let at = line.split(&format!(" {key}: ")).nth(1)?;
                at.split(';').next().filter(|value| value.starts_with('#'))
            };
            let ground = colour("background").unwrap_or("#fff");
            if let Some(text) = colour("color") {
                texts += 1;
                assert!(ratio(text, ground) >= 4.5, "{line}");
            }
            let border = line.split("px solid ").nth(1);
            if let Some(border) = border.and_then(|rest| rest.split(';').next()) {
                assert!(ratio(border, "#fff") >= 3.0, "{line}");
            }
        }
        assert_eq!(texts, 5);
        assert!(
            ratio("#fff", "#1212ff") >= 4.5,
            "a button under the pointer"
        );
    }
}
