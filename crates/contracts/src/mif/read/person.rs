//! The person met: identity, address, licence.

use cnt_domain::mif::{LegalPerson, Licence, Person, PersonRole};
use cnt_domain::plate::Country;
use cnt_domain::problem::ProblemCode;
use jiff::civil::Date;

use super::Reader;
use crate::mif::wire::{Adresse, Permis, Personne, PersonneMorale};

impl Reader<'_> {
    pub(super) fn person(&mut self, wire: &Personne<'_>) -> Option<Person> {
        let role = self.role(&wire.role);
        let birth = self.birth(wire);
        self.details(wire);
        let legal = wire.personne_morale.as_ref().map(|legal| self.legal(legal));
        let licence = wire.permis.as_ref().map(|licence| self.licence(licence));
        let last_name = self.text(&wire.nom, 60, "/personne/nom");
        let first_names = self.text(&wire.prenoms, 80, "/personne/prenoms");
        let address = self.address(&wire.adresse);
        Some(Person {
            role: role?,
            last_name: last_name?,
            first_names: first_names?,
            birth,
            licence: licence.flatten(),
            legal: legal.flatten(),
            address: address?,
        })
    }

    fn role(&mut self, text: &str) -> Option<PersonRole> {
        match text {
            "CONTREVENANT" => Some(PersonRole::Offender),
            "TITULAIRE" => Some(PersonRole::Holder),
            "PIETON" => Some(PersonRole::Pedestrian),
            _ => {
                let choices = "CONTREVENANT, TITULAIRE, PIETON";
                self.refuse(ProblemCode::FormatValue, "/personne/role", choices);
                None
            }
        }
    }

    fn birth(&mut self, wire: &Personne<'_>) -> Option<Date> {
        let text = wire.naissance.as_ref()?;
        let date = Some(text)
            .filter(|text| text.len() == 10)
            .and_then(|text| text.parse().ok());
        if date.is_none() {
            self.refuse(ProblemCode::FormatDate, "/personne/naissance", "AAAA-MM-JJ");
        }
        date
    }

    /// What is kept for the procès-verbal and judged by its form alone.
    fn details(&mut self, wire: &Personne<'_>) {
        self.optional_text(wire.nom_usage.as_ref(), 60, "/personne/nom_usage");
        self.optional_text(wire.lieu_naissance.as_ref(), 60, "/personne/lieu_naissance");
        for (text, max, pointer) in [
            (&wire.courriel, 120, "/personne/courriel"),
            (&wire.telephone, 20, "/personne/telephone"),
        ] {
            let found = self.optional_text(text.as_ref(), max, pointer);
            if found.is_some_and(|text| text.chars().count() < 3) {
                self.refuse(ProblemCode::FormatValue, pointer, "3 caractères au moins");
            }
        }
        if let Some(sex) = &wire.sexe {
            self.one_of(sex, &["F", "M"], "/personne/sexe");
        }
        if let Some(country) = &wire.pays_naissance {
            self.country(country, "/personne/pays_naissance");
        }
    }

    fn legal(&mut self, wire: &PersonneMorale<'_>) -> Option<LegalPerson> {
        let name = self.text(
            &wire.raison_sociale,
            80,
            "/personne/personne_morale/raison_sociale",
        );
        let siren = self.value(&wire.siren, "/personne/personne_morale/siren");
        Some(LegalPerson {
            name: name?,
            siren: siren?,
        })
    }

    fn licence(&mut self, wire: &Permis<'_>) -> Option<Licence> {
        let fits = (5..=20).contains(&wire.numero.len())
            && wire
                .numero
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if !fits {
            self.refuse(
                ProblemCode::FormatValue,
                "/personne/permis/numero",
                "5 à 20 capitales ou chiffres",
            );
        }
        let country = self.country(&wire.pays, "/personne/permis/pays");
        fits.then_some(Licence {
            number: wire.numero.to_string(),
            country: country?,
        })
    }

    /// A country's code. A sign of vehicles (`D`, `UK`) is no code; the problem names the code that is meant.
    pub(super) fn country(&mut self, text: &str, pointer: &str) -> Option<Country> {
        Country::parse(text)
            .map_err(|error| {
                let detail = match Country::of_distinguishing_sign(text) {
                    Some(meant) => format!("{text} est un signe distinctif : {meant}"),
                    None => error.to_string(),
                };
                self.refuse(ProblemCode::FormatValue, pointer, detail);
            })
            .ok()
    }

    fn address(&mut self, wire: &Adresse<'_>) -> Option<Vec<String>> {
        let street = self.text(&wire.voie, 38, "/personne/adresse/voie");
        let second =
            self.optional_text(wire.complement.as_ref(), 38, "/personne/adresse/complement");
        let postcode = self.text(&wire.code_postal, 10, "/personne/adresse/code_postal");
        let locality = self.text(&wire.localite, 32, "/personne/adresse/localite");
        self.country(&wire.pays, "/personne/adresse/pays");
        let mut lines = Vec::with_capacity(4);
        lines.extend(second);
        lines.push(street?);
        lines.push(format!("{} {}", postcode?, locality?));
        if wire.pays != "FR" {
            lines.push(wire.pays.to_string());
        }
        Some(lines)
    }
}
