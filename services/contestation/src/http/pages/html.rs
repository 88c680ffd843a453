//! The frame of every page, and the parts of forms. Whatever comes from outside passes [`escape`].

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cnt_service_kit::html::{escape, hidden};

use super::session::Visit;
use super::words;

/// What a form was filled in with, by the names of its fields.
pub(super) type Values = BTreeMap<String, String>;

/// A form as it is shown: empty, or with what was filled in and what is wrong with it.
#[derive(Default)]
pub(super) struct Form {
    /// What was filled in.
    pub(super) values: Values,
    /// Fields at fault and what is wrong, in the order of the form.
    pub(super) errors: Vec<(&'static str, String)>,
}

impl Form {
    /// What a field was filled in with, without blanks around it.
    pub(super) fn value(&self, name: &str) -> &str {
        self.values.get(name).map_or("", |value| value.trim())
    }

    /// Says that something is wrong with a field.
    pub(super) fn wrong(&mut self, name: &'static str, told: impl Into<String>) {
        self.errors.push((name, told.into()));
    }

    /// The filled-in text of a field that must not be empty, nor long.
    pub(super) fn required(&mut self, name: &'static str, told: &str, length_max: usize) -> String {
        let value = self.value(name).to_owned();
        if value.is_empty() {
            self.wrong(name, told);
        } else {
            self.bounded(name, &value, length_max);
        }
        value
    }

    /// The same, of a field that may be empty.
    pub(super) fn optional(&mut self, name: &'static str, length_max: usize) -> String {
        let value = self.value(name).to_owned();
        self.bounded(name, &value, length_max);
        value
    }

    fn bounded(&mut self, name: &'static str, value: &str, length_max: usize) {
        if value.chars().count() > length_max {
            self.wrong(name, format!("Écrivez {length_max} caractères au plus."));
        } else if value.chars().any(|one| one.is_control() && one != '\n') {
            self.wrong(name, "Un caractère n’est pas lisible.");
        }
    }

    fn error(&self, name: &str) -> Option<&str> {
        let mut errors = self.errors.iter();
        errors
            .find(|(field, _)| *field == name)
            .map(|(_, told)| told.as_str())
    }

    /// All that is wrong, each linked to its field; it comes before the form.
    pub(super) fn summary(&self) -> String {
        if self.errors.is_empty() {
            return String::new();
        }
        let title = match self.errors.len() {
            1 => "Il y a une erreur".to_owned(),
            count => format!("Il y a {count} erreurs"),
        };
        let mut items = String::new();
        for (name, told) in &self.errors {
            let _written = write!(items, "<li><a href=\"#{name}\">{}</a></li>", escape(told));
        }
        format!(
            "<section class=\"erreurs\" role=\"alert\" aria-labelledby=\"erreurs\"><h2 id=\"erreurs\">{title}</h2><ul>{items}</ul></section>\n"
        )
    }
}

/// A field of a form.
pub(super) struct Field<'a> {
    /// Its name, which is its id too.
    pub(super) name: &'static str,
    /// Its label.
    pub(super) label: &'static str,
    /// What helps to fill it in.
    pub(super) hint: &'a str,
    /// Attributes of its own.
    pub(super) attributes: &'static str,
    /// Whether it may be empty.
    pub(super) is_optional: bool,
}

impl<'a> Field<'a> {
    /// A field that must be filled in.
    pub(super) const fn new(name: &'static str, label: &'static str) -> Self {
        Self {
            name,
            label,
            hint: "",
            attributes: "",
            is_optional: false,
        }
    }

    /// One that may be empty.
    pub(super) const fn optional(self) -> Self {
        Self {
            is_optional: true,
            ..self
        }
    }

    /// With a hint.
    pub(super) const fn hint(self, hint: &'a str) -> Self {
        Self { hint, ..self }
    }

    /// With attributes of its own, as HTML.
    pub(super) const fn with(self, attributes: &'static str) -> Self {
        Self { attributes, ..self }
    }

    /// The label with hint and error, and the attributes that tie them to the field.
    fn frame(&self, form: &Form) -> (String, String) {
        let Self { name, label, .. } = self;
        let mut described = Vec::new();
        let mut before = format!("<label for=\"{name}\">{label}");
        if self.is_optional {
            before.push_str(" <span class=\"facultatif\">(facultatif)</span>");
        }
        before.push_str("</label>");
        if !self.hint.is_empty() {
            let hint = self.hint;
            let _written = write!(before, "<p class=\"aide\" id=\"aide-{name}\">{hint}</p>");
            described.push(format!("aide-{name}"));
        }
        let mut attributes = self.attributes.to_owned();
        if let Some(told) = form.error(name) {
            let told = escape(told);
            let _written = write!(
                before,
                "<p class=\"erreur\" id=\"erreur-{name}\"><span class=\"cache\">Erreur : </span>{told}</p>"
            );
            described.push(format!("erreur-{name}"));
            attributes.push_str(" aria-invalid=\"true\"");
        }
        if !described.is_empty() {
            let _written = write!(attributes, " aria-describedby=\"{}\"", described.join(" "));
        }
        if !self.is_optional {
            attributes.push_str(" required");
        }
        (before, attributes)
    }

    fn wrapped(form: &Form, name: &str, inner: &str) -> String {
        let class = if form.error(name).is_some() {
            "champ en-erreur"
        } else {
            "champ"
        };
        format!("<div class=\"{class}\">{inner}</div>\n")
    }

    /// A line of text.
    pub(super) fn line(&self, form: &Form) -> String {
        let (before, attributes) = self.frame(form);
        let (name, value) = (self.name, escape(form.value(self.name)));
        let input = format!(
            "{before}<input type=\"text\" id=\"{name}\" name=\"{name}\" value=\"{value}\" {attributes}>"
        );
        Self::wrapped(form, name, &input)
    }

    /// Several lines of text.
    pub(super) fn area(&self, form: &Form, rows: u8) -> String {
        let (before, attributes) = self.frame(form);
        let (name, value) = (self.name, escape(form.value(self.name)));
        // A line feed right after the tag is no part of the text.
        let area = format!(
            "{before}<textarea id=\"{name}\" name=\"{name}\" rows=\"{rows}\" {attributes}>\n{value}</textarea>"
        );
        Self::wrapped(form, name, &area)
    }

    /// Files.
    pub(super) fn files(&self, form: &Form) -> String {
        let (before, attributes) = self.frame(form);
        let name = self.name;
        let input = format!(
            "{before}<input type=\"file\" id=\"{name}\" name=\"{name}\" multiple {attributes}>"
        );
        Self::wrapped(form, name, &input)
    }

    /// One of several: pairs of value and label.
    pub(super) fn select(&self, form: &Form, choices: &[(String, String)]) -> String {
        let (before, attributes) = self.frame(form);
        let (name, chosen) = (self.name, form.value(self.name));
        let mut options = String::new();
        for (value, label) in choices {
            let selected = if value == chosen { " selected" } else { "" };
            let (value, label) = (escape(value), escape(label));
            let _written = write!(
                options,
                "<option value=\"{value}\"{selected}>{label}</option>"
            );
        }
        let select = format!(
            "{before}<select id=\"{name}\" name=\"{name}\" {attributes}>{options}</select>"
        );
        Self::wrapped(form, name, &select)
    }
}

/// What every form of a session carries.
pub(super) fn form_token(visit: &Visit) -> String {
    hidden("jeton", &visit.form_token)
}

/// A page.
pub(super) struct Page<'a> {
    /// Its title, which is its heading too.
    pub(super) title: &'a str,
    /// Whether it tells of errors; its title says so first.
    pub(super) has_errors: bool,
    /// The open file.
    pub(super) visit: Option<&'a Visit>,
    /// Whether the way back to the file is shown.
    pub(super) has_way_back: bool,
    /// Everything below the heading, as HTML.
    pub(super) body: &'a str,
}

impl<'a> Page<'a> {
    /// A page of an open file.
    pub(super) const fn of(visit: &'a Visit, title: &'a str, body: &'a str) -> Self {
        Self {
            title,
            has_errors: false,
            visit: Some(visit),
            has_way_back: true,
            body,
        }
    }

    /// A page outside of any file.
    pub(super) const fn outside(title: &'a str, body: &'a str) -> Self {
        Self {
            title,
            has_errors: false,
            visit: None,
            has_way_back: false,
            body,
        }
    }

    /// With the errors of its form said in the title.
    pub(super) fn telling(self, form: &Form) -> Self {
        Self {
            has_errors: !form.errors.is_empty(),
            ..self
        }
    }

    /// The whole document.
    pub(super) fn html(&self) -> String {
        let Self { title, body, .. } = self;
        let (title, error) = (
            escape(title),
            if self.has_errors { "Erreur – " } else { "" },
        );
        let open = self.visit.map_or_else(String::new, |visit| {
            format!(
                "<div class=\"ouvert\"><p>Avis n° <strong>{}</strong></p><form method=\"post\" action=\"/dossier/quitter\">{}\
                 <button class=\"discret\" type=\"submit\">Quitter le dossier</button></form></div>",
                words::avis(visit.avis),
                form_token(visit)
            )
        });
        let back = if self.has_way_back {
            "<nav class=\"retour\" aria-label=\"Fil d’Ariane\"><a href=\"/dossier\">Retour au dossier</a></nav>\n"
        } else {
            ""
        };
        format!(
            "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"robots\" content=\"noindex\">\n<title>{error}{title} – Mon avis de contravention</title>\n\
             <link rel=\"stylesheet\" href=\"/style.css\">\n</head>\n<body>\n\
             <a class=\"evitement\" href=\"#contenu\">Aller au contenu</a>\n\
             <aside class=\"specimen\" aria-label=\"Avertissement\"><strong>SPÉCIMEN – SIMULATION.</strong> Ce site n’est pas celui de l’administration : \
             aucun avis n’y est réel.</aside>\n\
             <header><div class=\"large\"><p class=\"site\">Mon avis de contravention<span>Centre national de traitement (simulation)</span></p>{open}</div></header>\n\
             <main id=\"contenu\" tabindex=\"-1\">\n{back}<h1>{title}</h1>\n{body}</main>\n\
             <footer><div class=\"large\"><p>Chaque consultation d’un dossier est consignée. Aucun traceur, aucun script : un seul témoin de connexion, \
             effacé quand vous quittez le dossier.</p><p>Accessibilité : les pages suivent les WCAG 2.1, niveau AA ; un programme le vérifie autant qu’il peut.</p></div></footer>\n\
             </body>\n</html>\n"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_never_markup() {
        let mut form = Form::default();
        let typed = "\"><script>alert(1)</script>";
        form.values.insert("nom".to_owned(), typed.to_owned());
        form.wrong("nom", format!("« {typed} » n’est pas un nom."));
        let field = Field::new("nom", "Nom");
        for html in [
            field.line(&form),
            field.area(&form, 3),
            field.select(&form, &[(typed.to_owned(), typed.to_owned())]),
            form.summary(),
            Page::outside(typed, "").html(),
        ] {
            assert!(!html.contains("<script"), "{html}");
        }
    }

    #[test]
    fn an_error_is_tied_to_its_field() {
        let mut form = Form::default();
        form.wrong("cle", "La clé manque.");
        let field = Field::new("cle", "Clé").hint("Huit lettres.").line(&form);
        assert!(field.contains("aria-describedby=\"aide-cle erreur-cle\""));
        assert!(field.contains("aria-invalid=\"true\""));
        assert!(form.summary().contains("href=\"#cle\""));
    }
}
