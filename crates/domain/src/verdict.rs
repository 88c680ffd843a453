//! The verdict on a MIF: exactly one for each reception.

use crate::address::AddressProblem;
use crate::problem::Problem;

/// What became of a reception.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// Every check passed, possibly with warnings.
    Accepted,
    /// At least one check refused it.
    Rejected,
    /// Same `id_mif` and same payload as an earlier reception: the earlier verdict stands.
    Replayed,
}

impl Verdict {
    /// The word used in receipts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Verdict::Accepted => "accepted",
            Verdict::Rejected => "rejected",
            Verdict::Replayed => "replayed",
        }
    }

    /// The verdict that follows from the problems found, replays aside.
    #[must_use]
    pub fn from_problems(problems: &[Problem]) -> Self {
        if problems.iter().any(Problem::is_error) {
            Verdict::Rejected
        } else {
            Verdict::Accepted
        }
    }
}

/// Why an accepted MIF ends without an avis (second receipt `NON_TRANSFORME`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NotTransformed {
    /// The vehicle is reported stolen: back to the service.
    Stolen,
    /// The register does not know the plate.
    Unknown,
    /// The register knows no usable address.
    NoAddress,
    /// The address cannot be written by the norm, which makes it unusable too.
    Unwritable(AddressProblem),
    /// The vehicle was destroyed before the offence.
    Destroyed,
    /// Foreign plate met without interception, outside France, Belgium and Switzerland.
    Foreign,
}

/// What is published of a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReasonText {
    /// One sentence in French, as shown in receipts.
    pub french: &'static str,
    /// The same in English.
    pub english: &'static str,
    /// What the police service can do, in French.
    pub remedy_french: &'static str,
    /// The same in English.
    pub remedy_english: &'static str,
}

impl NotTransformed {
    /// One reason for each word of receipts.
    pub const ALL: [NotTransformed; 5] = [
        NotTransformed::Stolen,
        NotTransformed::Unknown,
        NotTransformed::NoAddress,
        NotTransformed::Destroyed,
        NotTransformed::Foreign,
    ];

    /// The word used in receipts.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            NotTransformed::Stolen => "VOLE",
            NotTransformed::Unknown => "INCONNU",
            NotTransformed::NoAddress | NotTransformed::Unwritable(_) => "SANS_ADRESSE",
            NotTransformed::Destroyed => "DETRUIT",
            NotTransformed::Foreign => "ETRANGER",
        }
    }

    /// Its published texts.
    #[must_use]
    pub const fn text(self) -> ReasonText {
        match self {
            NotTransformed::Stolen => ReasonText {
                french: "Le véhicule est signalé volé au jour de l'infraction.",
                english: "The vehicle is reported stolen on the day of the offence.",
                remedy_french: "Signaler la découverte du véhicule au service qui a enregistré la plainte.",
                remedy_english: "Tell the service that recorded the theft where the vehicle was found.",
            },
            NotTransformed::Unknown => ReasonText {
                french: "L'immatriculation est inconnue du fichier au jour de l'infraction.",
                english: "The register does not know the plate on the day of the offence.",
                remedy_french: "Vérifier la photo : erreur de lecture, plaque fausse, militaire ou diplomatique.",
                remedy_english: "Check the photo: misreading, false, military or diplomatic plate.",
            },
            NotTransformed::NoAddress | NotTransformed::Unwritable(_) => ReasonText {
                french: "Aucune adresse utilisable n'est connue du destinataire.",
                english: "No usable address of the addressee is known.",
                remedy_french: "Avec interception, relever l'adresse complète : voie, code postal, localité.",
                remedy_english: "With interception, take down the whole address: street, postcode, locality.",
            },
            NotTransformed::Destroyed => ReasonText {
                french: "Le véhicule est enregistré détruit avant l'infraction.",
                english: "The vehicle is registered as destroyed before the offence.",
                remedy_french: "Vérifier la photo : plaque usurpée ou erreur de lecture.",
                remedy_english: "Check the photo: usurped plate or misreading.",
            },
            NotTransformed::Foreign => ReasonText {
                french: "Sans interception, une immatriculation étrangère n'est traitée que pour la Belgique et la Suisse.",
                english: "Without interception, a foreign plate is followed up for Belgium and Switzerland only.",
                remedy_french: "Intercepter le conducteur et relever son identité et son adresse.",
                remedy_english: "Intercept the driver and take down identity and address.",
            },
        }
    }

    /// The sentence shown in the receipt, in French; for an address, what is wrong with it and where.
    #[must_use]
    pub fn message(self) -> String {
        let sentence = self.text().french;
        match self {
            NotTransformed::Unwritable(problem) => {
                format!(
                    "{sentence} ({} : {})",
                    AddressProblem::CODE,
                    problem.french()
                )
            }
            _ => sentence.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_word_and_its_texts() {
        let words: std::collections::BTreeSet<_> = NotTransformed::ALL
            .iter()
            .map(|reason| reason.as_str())
            .collect();
        assert_eq!(words.len(), NotTransformed::ALL.len());
        for reason in NotTransformed::ALL {
            let text = reason.text();
            for sentence in [
                text.french,
                text.english,
                text.remedy_french,
                text.remedy_english,
            ] {
                assert!(sentence.ends_with('.') && sentence.len() > 20, "{sentence}");
            }
            assert_eq!(reason.message(), text.french);
        }
    }

    #[test]
    fn an_address_that_cannot_be_written_says_why() {
        let reason = NotTransformed::Unwritable(AddressProblem::Postcode);
        assert_eq!(reason.as_str(), "SANS_ADRESSE");
        assert_eq!(
            reason.message(),
            "Aucune adresse utilisable n'est connue du destinataire. (ADRESSE_NON_NORMALISABLE : code postal de cinq \
             chiffres attendu avant la localité)"
        );
    }
}
