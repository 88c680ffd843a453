//! What the pages say of states, letters, days and amounts, in French.

use cnt_domain::life::{State, Tariff};
use jiff::civil::Date;

/// How urgent something is, as a colour shows it besides the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Something is to be done.
    Due,
    /// Somebody else is at work.
    Waiting,
    /// It is over.
    Over,
}

impl Tone {
    /// The class of the badge.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Tone::Due => "a-faire",
            Tone::Waiting => "en-cours",
            Tone::Over => "termine",
        }
    }
}

/// Where an avis stands, in few words.
pub(super) const fn state(state: State) -> &'static str {
    match state {
        State::Sent => "À payer ou à contester",
        State::TitreProposed => "Délai dépassé",
        State::Majoree => "Amende majorée",
        State::Contested => "Contestation en cours d’examen",
        State::Reclaimed => "Réclamation en cours d’examen",
        State::Refused => "Contestation refusée faute de motif",
        State::Admitted => "Contestation recevable",
        State::Prosecuted => "Transmis au tribunal de police",
        State::Paid => "Payé",
        State::Dropped => "Classé sans suite",
        State::Redesignated => "Autre conducteur désigné",
        State::Acquitted => "Relaxe",
        State::Convicted => "Condamnation",
        State::Prescribed => "Prescrit",
    }
}

/// What that means for its addressee.
pub(super) const fn meaning(state: State) -> &'static str {
    match state {
        State::Sent => {
            "Vous pouvez payer l’amende ou contester l’infraction. Payer met fin à l’affaire : on ne peut plus contester ensuite."
        }
        State::TitreProposed => {
            "L’amende n’a été ni payée ni contestée à temps. L’officier du ministère public peut la majorer."
        }
        State::Majoree => {
            "L’amende forfaitaire majorée est due au comptable public. Vous pouvez la payer, ou former une réclamation."
        }
        State::Contested => {
            "Votre contestation est chez l’officier du ministère public, qui décide. L’amende n’est pas majorée pendant ce temps."
        }
        State::Reclaimed => {
            "Votre réclamation est chez l’officier du ministère public, qui décide si elle est recevable."
        }
        State::Refused => {
            "Votre contestation n’était pas motivée. Vous pouvez contester ce refus pendant un mois."
        }
        State::Admitted => {
            "Votre contestation est recevable. L’officier du ministère public décide des suites."
        }
        State::Prosecuted => "Le tribunal de police juge l’affaire. Vous recevrez sa décision.",
        State::Paid => "L’amende est payée : l’affaire est terminée.",
        State::Dropped => {
            "L’officier du ministère public a renoncé aux poursuites. Vous n’avez rien à payer."
        }
        State::Redesignated => {
            "Un avis est adressé à la personne que vous avez désignée. Vous n’avez rien à payer."
        }
        State::Acquitted => "Le tribunal de police vous a relaxé. Vous n’avez rien à payer.",
        State::Convicted => {
            "Le tribunal de police vous a condamné. Sa décision dit ce que vous devez."
        }
        State::Prescribed => {
            "Le temps pour poursuivre ou pour recouvrer est passé : l’affaire est terminée."
        }
    }
}

/// Whose turn it is.
pub(super) const fn tone(state: State) -> Tone {
    match state {
        State::Sent | State::TitreProposed | State::Majoree | State::Refused => Tone::Due,
        State::Contested | State::Reclaimed | State::Admitted | State::Prosecuted => Tone::Waiting,
        State::Paid
        | State::Dropped
        | State::Redesignated
        | State::Acquitted
        | State::Convicted
        | State::Prescribed => Tone::Over,
    }
}

/// Whether a letter of the addressee has an effect where the avis stands.
pub(super) const fn is_contestable(state: State) -> bool {
    matches!(
        state,
        State::Sent
            | State::TitreProposed
            | State::Majoree
            | State::Contested
            | State::Reclaimed
            | State::Refused
    )
}

/// A letter by its kind.
pub(super) fn letter(kind: &str) -> &'static str {
    match kind {
        "ACO" => "Avis de contravention",
        "ACD" => "Avis de contravention au conducteur désigné",
        "AFM" => "Avis d’amende forfaitaire majorée",
        "ACE" => "Accusé d’enregistrement de votre contestation",
        "IRR" => "Avis d’irrecevabilité",
        "CSS" => "Décision de classement sans suite",
        "TTP" => "Avis de transmission au tribunal de police",
        "PVE" => "Procès-verbal",
        "MAI" => "Maintien de l’amende payée",
        "DEP" => "Demande de pièce",
        _ => "Courrier",
    }
}

/// A ground by its word.
pub(super) fn ground(word: &str) -> &'static str {
    match word {
        "vehicule" => "Véhicule volé, détruit, vendu, ou plaques usurpées",
        "designation" => "Désignation d’un autre conducteur",
        _ => "Autre motif",
    }
}

/// A decision by its word.
pub(super) fn decision(word: &str) -> &'static str {
    match word {
        "inadmissible" => "Irrecevable",
        "classement" => "Classement sans suite",
        "fine_maintained" => "L’amende payée est maintenue",
        "prosecution" => "Transmission au tribunal de police",
        "redesignation" => "Un avis est adressé au conducteur désigné",
        _ => "Décidée",
    }
}

/// A tariff.
pub(super) const fn tariff(tariff: Tariff) -> &'static str {
    match tariff {
        Tariff::Minoree => "amende minorée",
        Tariff::Forfaitaire => "amende forfaitaire",
        Tariff::MajoreeReduced => "amende majorée, diminuée d’un cinquième",
        Tariff::Majoree => "amende majorée",
    }
}

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// A day: 1er décembre 2026.
pub(super) fn day(day: Date) -> String {
    let month = usize::try_from(day.month() - 1)
        .ok()
        .and_then(|month| MONTHS.get(month))
        .unwrap_or(&"");
    let ordinal = if day.day() == 1 { "er" } else { "" };
    format!("{}{ordinal} {month} {}", day.day(), day.year())
}

/// A day as an element that machines read too.
pub(super) fn time(of: Date) -> String {
    format!("<time datetime=\"{of}\">{}</time>", day(of))
}

/// A size, rounded down to what every program counts as whole megabytes.
pub(super) fn megabytes(bytes: usize) -> String {
    format!("{}\u{a0}Mo", bytes / (1024 * 1024))
}

/// An amount: 1 234,50 €.
pub(super) fn euros(cents: i64) -> String {
    let (euros, cents) = (cents / 100, (cents % 100).abs());
    let digits = euros.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) && digit.is_ascii_digit() {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    format!("{grouped},{cents:02}\u{a0}€")
}

/// A number of ten digits, in groups that can be read aloud.
pub(super) fn avis(number: i64) -> String {
    let digits = format!("{number:010}");
    let groups: Vec<&str> = [0..4, 4..7, 7..10]
        .into_iter()
        .filter_map(|range| digits.get(range))
        .collect();
    groups.join("\u{a0}")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn days_and_amounts_read_as_people_write_them() {
        assert_eq!(day(date(2026, 12, 1)), "1er décembre 2026");
        assert_eq!(day(date(2027, 8, 28)), "28 août 2027");
        assert_eq!(euros(13_500), "135,00\u{a0}€");
        assert_eq!(euros(187_505), "1\u{202f}875,05\u{a0}€");
        assert_eq!(megabytes(8_388_608), "8\u{a0}Mo");
        assert_eq!(avis(9_900_800_001), "9900\u{a0}800\u{a0}001");
    }

    #[test]
    fn every_state_says_what_it_means() {
        for one in State::ALL {
            assert!(!state(one).is_empty() && meaning(one).ends_with('.'));
            assert!(!(tone(one) == Tone::Over && is_contestable(one)), "{one}");
        }
    }
}
