//! What comes in envelopes: kinds, who has to answer, and what the post says of letters that come back.

use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;

use crate::InvalidValue;

/// What an envelope is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CourrierKind {
    /// Requête en exonération (CPP 529-2, 529-10).
    Requete,
    /// Réclamation against the increased fine (CPP 530).
    Reclamation,
    /// Another driver is designated (CPP 529-10).
    Designation,
    /// A letter of ours that came back undelivered.
    Npai,
    /// The photograph is asked for.
    PhotoRequest,
    /// The procès-verbal is asked for.
    PvRequest,
    /// A new address is declared (CR R322-7, CPP R49-6-1).
    AddressChange,
    /// A cheque, which is the comptable's.
    Payment,
    /// Time to pay, or remission (CPP 530-4).
    TimeRequest,
    /// A right of the GDPR is exercised.
    DataProtection,
    /// Nobody could tell what it is, or about which avis.
    Unidentifiable,
}

/// Who has to deal with an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Owner {
    /// The officier du ministère public of the place of the offence.
    Omp,
    /// The CNT itself.
    Cnt,
    /// The comptable public.
    Comptable,
    /// The data protection officer.
    Dpo,
    /// The mail room, which has to find out what it is.
    MailRoom,
}

impl Owner {
    /// Every owner.
    pub const ALL: [Owner; 5] = [
        Owner::Omp,
        Owner::Cnt,
        Owner::Comptable,
        Owner::Dpo,
        Owner::MailRoom,
    ];

    /// The word kept in the database and shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Owner::Omp => "omp",
            Owner::Cnt => "cnt",
            Owner::Comptable => "comptable",
            Owner::Dpo => "dpo",
            Owner::MailRoom => "mail_room",
        }
    }
}

impl CourrierKind {
    /// Every kind.
    pub const ALL: [CourrierKind; 11] = [
        CourrierKind::Requete,
        CourrierKind::Reclamation,
        CourrierKind::Designation,
        CourrierKind::Npai,
        CourrierKind::PhotoRequest,
        CourrierKind::PvRequest,
        CourrierKind::AddressChange,
        CourrierKind::Payment,
        CourrierKind::TimeRequest,
        CourrierKind::DataProtection,
        CourrierKind::Unidentifiable,
    ];

    /// The word kept in the database, sent on the wire and shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CourrierKind::Requete => "requete",
            CourrierKind::Reclamation => "reclamation",
            CourrierKind::Designation => "designation",
            CourrierKind::Npai => "npai",
            CourrierKind::PhotoRequest => "photo_request",
            CourrierKind::PvRequest => "pv_request",
            CourrierKind::AddressChange => "address_change",
            CourrierKind::Payment => "payment",
            CourrierKind::TimeRequest => "time_request",
            CourrierKind::DataProtection => "data_protection",
            CourrierKind::Unidentifiable => "unidentifiable",
        }
    }

    /// Whether it opens a file that the OMP decides.
    #[must_use]
    pub const fn is_contestation(self) -> bool {
        matches!(
            self,
            CourrierKind::Requete | CourrierKind::Reclamation | CourrierKind::Designation
        )
    }

    /// Whether it makes sense only about an avis that is known.
    #[must_use]
    pub const fn needs_avis(self) -> bool {
        !matches!(
            self,
            CourrierKind::DataProtection | CourrierKind::Unidentifiable
        )
    }

    /// Who has to deal with it.
    #[must_use]
    pub const fn owner(self) -> Owner {
        match self {
            CourrierKind::Requete | CourrierKind::Reclamation | CourrierKind::Designation => {
                Owner::Omp
            }
            CourrierKind::Npai
            | CourrierKind::PhotoRequest
            | CourrierKind::PvRequest
            | CourrierKind::AddressChange => Owner::Cnt,
            CourrierKind::Payment | CourrierKind::TimeRequest => Owner::Comptable,
            CourrierKind::DataProtection => Owner::Dpo,
            CourrierKind::Unidentifiable => Owner::MailRoom,
        }
    }

    /// Why the CNT owes no answer; none when it does.
    #[must_use]
    pub const fn no_answer(self) -> Option<&'static str> {
        match self {
            CourrierKind::Npai => {
                Some("a letter of ours that came back: there is nobody to answer")
            }
            CourrierKind::Payment => Some("handed over to the comptable public, whose money it is"),
            CourrierKind::TimeRequest => {
                Some("handed over to the comptable public, who answers (CPP 530-4)")
            }
            CourrierKind::Requete
            | CourrierKind::Reclamation
            | CourrierKind::Designation
            | CourrierKind::PhotoRequest
            | CourrierKind::PvRequest
            | CourrierKind::AddressChange
            | CourrierKind::DataProtection
            | CourrierKind::Unidentifiable => None,
        }
    }

    /// The last day of the answer of what was received on a day, where the law names one: a month for a right of the GDPR
    /// (article 12.3).
    #[must_use]
    pub fn answer_until(self, received: Date) -> Option<Date> {
        match self {
            CourrierKind::DataProtection => received.checked_add(1.month()).ok(),
            _ => None,
        }
    }
}

impl fmt::Display for CourrierKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl std::str::FromStr for CourrierKind {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(InvalidValue {
                what: "kind of courrier",
                expected: "a word such as requete",
            })
    }
}

/// Why the post gives a letter back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Undelivered {
    /// Destinataire inconnu à l'adresse.
    Unknown,
    /// Défaut d'accès ou d'adressage.
    Addressing,
    /// Pli refusé par le destinataire.
    Refused,
    /// Pli avisé et non réclamé: recommended letters only.
    Unclaimed,
}

impl Undelivered {
    /// Every motive.
    pub const ALL: [Undelivered; 4] = [
        Undelivered::Unknown,
        Undelivered::Addressing,
        Undelivered::Refused,
        Undelivered::Unclaimed,
    ];

    /// The code kept in the database, sent on the wire and shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Undelivered::Unknown => "PND_INCONNU",
            Undelivered::Addressing => "PND_ADRESSAGE",
            Undelivered::Refused => "PND_REFUSE",
            Undelivered::Unclaimed => "PND_NON_RECLAME",
        }
    }

    /// Whether the address is wrong. Whoever refuses a letter, or leaves it at the post, lives where it was sent.
    #[must_use]
    pub const fn is_address_wrong(self) -> bool {
        matches!(self, Undelivered::Unknown | Undelivered::Addressing)
    }
}

impl std::str::FromStr for Undelivered {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|motive| motive.as_str() == text)
            .ok_or(InvalidValue {
                what: "motive of the post",
                expected: "PND_INCONNU, PND_ADRESSAGE, PND_REFUSE or PND_NON_RECLAME",
            })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_kind_is_answered_or_says_why_not() {
        for kind in CourrierKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            // Whoever owes the answer is somebody of the CNT or of the ministère public.
            let is_ours = kind.owner() != Owner::Comptable;
            assert_eq!(
                kind.no_answer().is_none(),
                is_ours && kind != CourrierKind::Npai
            );
            assert_eq!(kind.is_contestation(), kind.owner() == Owner::Omp);
        }
        for motive in Undelivered::ALL {
            assert_eq!(motive.as_str().parse(), Ok(motive));
        }
        assert!("requête".parse::<CourrierKind>().is_err());
    }

    #[test]
    fn a_right_of_the_gdpr_has_a_month() {
        let until = CourrierKind::DataProtection.answer_until(date(2027, 1, 31));
        assert_eq!(until, Some(date(2027, 2, 28)));
        assert_eq!(
            CourrierKind::PvRequest.answer_until(date(2027, 1, 31)),
            None
        );
    }
}
