//! The form of a contestation, as a browser sends it.

use cnt_contracts::courrier::{ContestationRequest, NamedDriverV1};
use cnt_domain::address::PostalAddress;
use cnt_domain::avis::Ground;
use jiff::civil::Date;
use uuid::Uuid;

use super::super::html::Form;
use super::super::multipart::Part;
use super::super::{Refused, address, words};
use super::{MOTIVATION, PIECES};
use crate::http::addressee::{Deposit, JOINED_MAX, PieceRefused, piece};
use crate::intake::{MOTIVATION_CHARACTERS_MAX, WORD_CHARACTERS_MAX};
use crate::mail::Joined;

/// What a designation says where nothing else is said.
const DESIGNATES: &str = "Le destinataire de l’avis désigne le conducteur.";

/// A form with its pieces.
pub(super) struct Sent {
    /// Fields, and what is wrong.
    pub(super) form: Form,
    /// Pieces.
    joined: Vec<Joined>,
}

/// Reads the form and its pieces; what is wrong with these is said in the form.
pub(super) fn form(parts: Vec<Part>, bytes_max: usize) -> Result<Sent, Refused> {
    let mut form = Form::default();
    let mut files = Vec::new();
    for part in parts {
        if part.name == PIECES.name {
            // Nothing chosen is a file without a name and without bytes.
            if !part.bytes.is_empty()
                || part.file_name.as_ref().is_some_and(|name| !name.is_empty())
            {
                files.push(part);
            }
        } else {
            let text = std::str::from_utf8(&part.bytes).map_err(|_| Refused::Form)?;
            // Browsers end lines as the network does.
            form.values.insert(part.name, text.replace("\r\n", "\n"));
        }
    }
    if files.len() > JOINED_MAX {
        form.wrong(
            PIECES.name,
            format!(
                "Joignez {JOINED_MAX} pièces au plus : vous en avez choisi {}.",
                files.len()
            ),
        );
        files.truncate(JOINED_MAX);
    }
    let mut joined = Vec::with_capacity(files.len());
    for Part {
        file_name, bytes, ..
    } in files
    {
        let name = file_name.unwrap_or_default();
        match piece(bytes.to_vec(), bytes_max) {
            Ok(piece) => joined.push(piece),
            Err(PieceRefused::Large) => {
                let told = format!("« {name} » dépasse {}.", words::megabytes(bytes_max));
                form.wrong(PIECES.name, told);
            }
            Err(PieceRefused::Media) => {
                let told = format!("« {name} » n’est ni un PDF, ni une image JPEG, PNG ou TIFF.");
                form.wrong(PIECES.name, told);
            }
        }
    }
    Ok(Sent { form, joined })
}

/// A day as people write it: 31/12/1980, or 1980-12-31.
fn day(text: &str) -> Option<Date> {
    if let Ok(day) = text.parse() {
        return Some(day);
    }
    let mut parts = text.split(['/', '.', '-', ' ']);
    let day = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let year: i16 = parts.next()?.parse().ok()?;
    if parts.next().is_some() || year < 1_000 {
        return None;
    }
    Date::new(year, month, day).ok()
}

/// The driver whom the form names; without a day of birth there is none, and the form says so.
fn driver(form: &mut Form) -> Option<NamedDriverV1> {
    let last_name = form.required("nom", "Saisissez le nom.", WORD_CHARACTERS_MAX);
    let first_names = form.required("prenoms", "Saisissez les prénoms.", WORD_CHARACTERS_MAX);
    let birth = day(form.value("naissance"));
    if birth.is_none() {
        let told = "Saisissez la date de naissance : jour, mois, année.";
        form.wrong("naissance", told);
    }
    let birth_place = form.required(
        "lieu",
        "Saisissez le lieu de naissance.",
        WORD_CHARACTERS_MAX,
    );
    let licence = form.required(
        "permis",
        "Saisissez le numéro du permis de conduire (CPP, art. R49-16).",
        WORD_CHARACTERS_MAX,
    );
    let address = address::lines(form);
    if form.errors.is_empty()
        && let Err(problem) = PostalAddress::of_person(&first_names, &last_name, &address)
    {
        address::tell(form, problem);
    }
    Some(NamedDriverV1 {
        last_name,
        first_names,
        address,
        birth_on: birth?.to_string(),
        birth_place,
        licence,
    })
}

/// The contestation; none, or one that is not to be sent, where the form says what is wrong.
pub(super) fn deposit(sent: &mut Sent, ground: Ground, avis: i64) -> Option<(Uuid, Deposit)> {
    let id: Uuid = sent.form.value("id").parse().ok()?;
    // In the order of the form: the pieces, which were read before, come last.
    let of_pieces = std::mem::take(&mut sent.form.errors);
    let driver = match ground {
        Ground::Designation => driver(&mut sent.form),
        Ground::VehicleNotMine | Ground::Other => None,
    };
    let mut motivation = match ground {
        Ground::Designation => sent
            .form
            .optional(MOTIVATION.name, MOTIVATION_CHARACTERS_MAX),
        Ground::VehicleNotMine | Ground::Other => sent.form.required(
            MOTIVATION.name,
            "Expliquez pourquoi vous contestez : une contestation sans motif est refusée.",
            MOTIVATION_CHARACTERS_MAX,
        ),
    };
    if motivation.is_empty() && ground == Ground::Designation {
        DESIGNATES.clone_into(&mut motivation);
    }
    sent.form.errors.extend(of_pieces);
    let deposit = Deposit {
        contestation: ContestationRequest {
            id,
            avis: avis.to_string(),
            ground: ground.into(),
            motivation,
        },
        driver,
        joined: std::mem::take(&mut sent.joined),
    };
    Some((id, deposit))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_are_read_as_people_write_them() {
        for text in [
            "31/12/1980",
            "31.12.1980",
            "31 12 1980",
            "1980-12-31",
            "31-12-1980",
        ] {
            assert_eq!(day(text), Some(date(1980, 12, 31)), "{text}");
        }
        for bad in ["", "31/12", "31/12/80", "32/12/1980", "1/2/1980/4", "a/b/c"] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_order_of_the_form() {
        let part = |name: &str, file_name: Option<&str>, text: &'static str| Part {
            name: name.to_owned(),
            file_name: file_name.map(str::to_owned),
            bytes: text.into(),
        };
        let parts = vec![
            part("id", None, "00000000-0000-4000-8000-000000000001"),
            part("motivation", None, " "),
            part("pieces", Some("a.html"), "<html>"),
            part("pieces", Some("b.pdf"), "%PDF-1.7 and more"),
        ];
        let mut sent = form(parts.clone(), 10).unwrap();
        deposit(&mut sent, Ground::Other, 9_900_000_017).unwrap();
        let told: Vec<_> = sent.form.errors.iter().map(|(field, _)| *field).collect();
        assert_eq!(told, ["motivation", "pieces", "pieces"]);
        let mut sent = form(parts, 100).unwrap();
        deposit(&mut sent, Ground::Designation, 9_900_000_017).unwrap();
        let told: Vec<_> = sent.form.errors.iter().map(|(field, _)| *field).collect();
        assert_eq!(
            told,
            [
                "nom",
                "prenoms",
                "naissance",
                "lieu",
                "permis",
                "voie",
                "code_postal",
                "localite",
                "pieces"
            ]
        );
    }
}
