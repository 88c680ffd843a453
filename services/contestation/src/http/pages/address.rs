//! Fields of an address, and the declaration of a new one.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use cnt_contracts::courrier::WishV3;
use cnt_domain::address::{AddressLine, AddressProblem};
use cnt_domain::country::Country;
use cnt_domain::life::State;
use cnt_service_kit::html::hidden;
use cnt_service_kit::ids;
use uuid::Uuid;

use super::html::{Field, Form, Page, form_token};
use super::{Filled, Refused, Visitor, not_sent, shown};
use crate::http::addressee::follow;
use crate::http::key::file_of;
use crate::http::photos::no_such_avis;
use crate::http::{AppState, wishes};
use crate::intake::{AddressRefused, WORD_CHARACTERS_MAX};

const COMPLEMENT: Field<'_> = Field::new("complement", "Complément")
    .optional()
    .hint("Chez…, étage, appartement.")
    .with("maxlength=\"100\"");
const BUILDING: Field<'_> = Field::new("batiment", "Bâtiment, résidence, entrée")
    .optional()
    .with("maxlength=\"100\"");
const STREET: Field<'_> = Field::new("voie", "Numéro et voie").with("maxlength=\"100\"");
const POSTCODE: Field<'_> =
    Field::new("code_postal", "Code postal").with("maxlength=\"20\" class=\"court\"");
const TOWN: Field<'_> = Field::new("localite", "Localité").with("maxlength=\"100\"");
const COUNTRY: Field<'_> = Field::new("pays", "Pays");

/// The fields of an address.
pub(super) fn fields(form: &Form) -> String {
    let mut countries: Vec<(String, String)> = Country::all()
        .filter(|country| *country != Country::FRANCE)
        .map(|country| (country.code().to_owned(), country.postal_name().to_owned()))
        .collect();
    countries.sort_by(|a, b| a.1.cmp(&b.1));
    countries.insert(0, (Country::FRANCE.code().to_owned(), "FRANCE".to_owned()));
    [
        STREET.line(form),
        COMPLEMENT.line(form),
        BUILDING.line(form),
        POSTCODE.line(form),
        TOWN.line(form),
        COUNTRY.select(form, &countries),
    ]
    .concat()
}

/// The lines of an address as it was filled in. What is missing is said in the form.
pub(super) fn lines(form: &mut Form) -> Vec<String> {
    let street = form.required(
        STREET.name,
        "Saisissez le numéro et la voie.",
        WORD_CHARACTERS_MAX,
    );
    let complement = form.optional(COMPLEMENT.name, WORD_CHARACTERS_MAX);
    let building = form.optional(BUILDING.name, WORD_CHARACTERS_MAX);
    let country = Country::parse(form.value(COUNTRY.name)).unwrap_or(Country::FRANCE);
    let postcode = if country == Country::FRANCE {
        form.required(POSTCODE.name, "Saisissez le code postal.", 20)
    } else {
        form.optional(POSTCODE.name, 20)
    };
    let town = form.required(TOWN.name, "Saisissez la localité.", 80);
    let mut lines: Vec<String> = [complement, building]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect();
    lines.push(street);
    lines.push(format!("{postcode} {town}").trim().to_owned());
    if country != Country::FRANCE {
        lines.push(country.code().to_owned());
    }
    lines
}

/// Says beside its field why no letter can bear an address.
pub(super) fn tell(form: &mut Form, problem: AddressProblem) {
    let field = match problem {
        AddressProblem::Letter(line)
        | AddressProblem::Missing(line)
        | AddressProblem::TooLong(line) => match line {
            AddressLine::Identity | AddressLine::Complement => COMPLEMENT.name,
            AddressLine::Building => BUILDING.name,
            AddressLine::Street | AddressLine::Hamlet => STREET.name,
            AddressLine::Town => TOWN.name,
        },
        AddressProblem::TooManyLines => COMPLEMENT.name,
        AddressProblem::Postcode => POSTCODE.name,
        AddressProblem::TooWide => STREET.name,
        AddressProblem::Cedex => TOWN.name,
    };
    form.wrong(
        field,
        format!(
            "La poste ne peut pas écrire cette adresse : {}.",
            problem.french()
        ),
    );
}

fn page(visitor: &Visitor, form: &Form, id: &str, status: StatusCode) -> HttpResponse {
    let body = format!(
        "<p class=\"chapo\">Les prochains courriers sur cet avis iront à cette adresse. La déclarer ici ne change pas le certificat d’immatriculation : \
         faites-le aussi, dans le mois du déménagement (code de la route, art. R322-7).</p>\n{}\
         <form class=\"carte\" method=\"post\" action=\"/dossier/adresse\" novalidate>\n{}{}{}<button type=\"submit\">Déclarer cette adresse</button>\n</form>\n",
        form.summary(),
        form_token(&visitor.visit),
        hidden("id", id),
        fields(form),
    );
    shown(
        status,
        &Page::of(&visitor.visit, "Déclarer une nouvelle adresse", &body).telling(form),
    )
}

/// The form.
pub(super) async fn show(visitor: Visitor) -> HttpResponse {
    let id = ids::new_random().to_string();
    page(&visitor, &Form::default(), &id, StatusCode::OK)
}

/// Declares the address, if a letter can bear it.
pub(super) async fn declare(
    state: web::Data<AppState>,
    visitor: Visitor,
    filled: Filled,
) -> Result<HttpResponse, Refused> {
    visitor.sent(&filled.0)?;
    let avis = visitor.visit.avis;
    let id = filled.0.get("id").and_then(|id| id.parse().ok());
    let id: Uuid = id.filter(|id: &Uuid| !id.is_nil()).ok_or(Refused::Form)?;
    let mut form = Form {
        values: filled.0,
        errors: Vec::new(),
    };
    let address = lines(&mut form);
    if form.errors.is_empty() {
        let opened = file_of(&state, avis).await?.ok_or_else(no_such_avis)?;
        match wishes::check(&opened, &address) {
            Ok(()) => {}
            Err(AddressRefused::Norm(problem)) => tell(&mut form, problem),
            Err(AddressRefused::Lines) => form.wrong(STREET.name, "Cette adresse est illisible."),
        }
    }
    if !form.errors.is_empty() {
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(page(&visitor, &form, &id.to_string(), status));
    }
    let is_majoree = follow(&state, avis).await?.life.state() == State::Majoree;
    let asked = wishes::ask(&state, avis, id, WishV3::AddressChange { address }).await;
    asked.map_err(not_sent)?;
    let judged = if is_majoree {
        "<p>L’amende a été majorée. Si vous aviez déclaré votre changement d’adresse à temps pour le certificat d’immatriculation, \
         la majoration tombe (CPP, art. 530 et R49-6-1) : le Centre national de traitement l’examine.</p>\n"
    } else {
        ""
    };
    let body = format!(
        "<p class=\"chapo fait\" role=\"status\">Votre nouvelle adresse est enregistrée. Les prochains courriers iront là.</p>\n{judged}"
    );
    Ok(shown(
        StatusCode::OK,
        &Page::of(&visitor.visit, "Nouvelle adresse enregistrée", &body),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(values: &[(&str, &str)]) -> Form {
        let values = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Form {
            values: values.collect(),
            errors: Vec::new(),
        }
    }

    #[test]
    fn an_address_is_written_as_it_is_declared() {
        let mut form = filled(&[
            ("voie", " 12 rue de la Gare "),
            ("complement", "Chez Mme Œuvrard"),
            ("code_postal", "29200"),
            ("localite", "Brest"),
            ("pays", "FR"),
        ]);
        assert_eq!(
            lines(&mut form),
            ["Chez Mme Œuvrard", "12 rue de la Gare", "29200 Brest"]
        );
        assert_eq!(form.errors, []);
        let mut abroad = filled(&[
            ("voie", "3 Bahnhofstraße"),
            ("localite", "Berlin"),
            ("pays", "DE"),
        ]);
        assert_eq!(lines(&mut abroad), ["3 Bahnhofstraße", "Berlin", "DE"]);
        assert_eq!(abroad.errors, []);
        let mut empty = filled(&[("pays", "FR")]);
        lines(&mut empty);
        let fields: Vec<_> = empty.errors.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields, ["voie", "code_postal", "localite"]);
    }
}
