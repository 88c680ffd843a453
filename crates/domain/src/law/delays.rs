//! Delays by the day an avis is sent.

use jiff::civil::Date;

use crate::amounts::PrintedDeadlines;
use crate::registry::Period;

use super::{Dated, Law, in_force};

/// The delays in force for avis sent in a period, in days unless said otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delays {
    /// Of avis sent in this period.
    pub period: Period,
    /// Reduced fine (CPP 529-8).
    pub minoree_days: u16,
    /// Fixed fine (CPP 529-1, 529-9).
    pub forfaitaire_days: u16,
    /// Requête en exonération (CPP 529-2).
    pub requete_days: u16,
    /// More for télépaiement and timbre dématérialisé (CPP R49-3-1).
    pub remote_more_days: u16,
    /// More months for those who live abroad (CPP 530-2-1).
    pub abroad_more_months: u16,
    /// Months in which the increased fine is reduced (CPP R49-6).
    pub majoree_reduced_months: u16,
    /// By so much, in percent (CPP R49-6).
    pub majoree_reduction_percent: u8,
    /// Increased fine, as printed.
    pub majoree_days: u16,
    /// Réclamation against the increased fine (CPP 530).
    pub reclamation_days: u16,
    /// Months after which no réclamation is admissible, when the avis went by recommended letter to the address of the
    /// certificate (CPP 530).
    pub reclamation_months_max: u16,
    /// Years after which prosecution of a contravention is barred (CPP 9).
    pub prescription_years: u16,
    /// Years after the signature of the titre after which the increased fine is prescribed (CP 133-4, CPP 530).
    pub sentence_years: u16,
    /// Months in which a refusal for lack of motivation can be contested (CPP R49-18).
    pub refusal_months: u16,
    /// Days in which the condemned may oppose an ordonnance pénale, from its sending (CPP 527).
    pub opposition_days: u16,
    /// Days in which the ministère public may oppose it (CPP 527).
    pub prosecutor_opposition_days: u16,
    /// By so many percent more the court condemns at least in the cases of CPP 529-10 (CPP 530-1).
    pub court_surcharge_percent: u8,
}

impl Dated for Delays {
    fn period(&self) -> Period {
        self.period
    }
}

/// The last days of an avis d'amende forfaitaire majorée, counted from its sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MajoreeDeadlines {
    /// Reduced by a fifth, by cheque (one month).
    pub reduced_paper: Date,
    /// Reduced by a fifth, by télépaiement (one month and fifteen days).
    pub reduced_remote: Date,
    /// In full, by cheque.
    pub full_paper: Date,
    /// In full, by télépaiement.
    pub full_remote: Date,
    /// Réclamation.
    pub reclamation: Date,
}

impl Law {
    /// The last days printed on an avis sent on a day; those who live abroad have a month more, which takes the place
    /// of the télépaiement's fifteen days (CPP 530-2-1). None if the tables have no delays for that day.
    #[must_use]
    pub fn deadlines(&self, sent: Date, abroad: bool) -> Option<PrintedDeadlines> {
        let delays = in_force(&self.delays, sent)?;
        let (months, more) = if abroad {
            (delays.abroad_more_months, 0)
        } else {
            (0, delays.remote_more_days)
        };
        let last = |days: u16| self.calendar.deadline(sent, days, months);
        Some(PrintedDeadlines {
            minoree_paper: last(delays.minoree_days),
            minoree_online: last(delays.minoree_days.saturating_add(more)),
            forfaitaire_paper: last(delays.forfaitaire_days),
            forfaitaire_online: last(delays.forfaitaire_days.saturating_add(more)),
            requete: last(delays.requete_days),
        })
    }

    /// The last days of an avis of increased fine sent on a day. From abroad only the réclamation has a month more: the
    /// law does not list the reduction (CPP 530-2-1).
    #[must_use]
    pub fn majoree_deadlines(&self, sent: Date, abroad: bool) -> Option<MajoreeDeadlines> {
        let delays = in_force(&self.delays, sent)?;
        let more = delays.remote_more_days;
        let reduced = delays.majoree_reduced_months;
        let abroad_months = if abroad { delays.abroad_more_months } else { 0 };
        let last = |days: u16, months: u16| self.calendar.deadline(sent, days, months);
        Some(MajoreeDeadlines {
            reduced_paper: last(0, reduced),
            reduced_remote: self.month_then_days(sent, reduced, more),
            full_paper: last(delays.majoree_days, 0),
            full_remote: last(delays.majoree_days.saturating_add(more), 0),
            reclamation: last(delays.reclamation_days, abroad_months),
        })
    }

    /// The first day on which a titre exécutoire is proposed for an avis sent on a day: the day after the télépaiement's
    /// grace, one month later for those who live abroad. The law would allow it sooner (CPP 529-2); a titre that crosses a
    /// payment in time would have to be annulled.
    #[must_use]
    pub fn first_titre_day(&self, sent: Date, abroad: bool) -> Option<Date> {
        let delays = in_force(&self.delays, sent)?;
        let days = delays
            .forfaitaire_days
            .saturating_add(delays.remote_more_days);
        let months = if abroad { delays.abroad_more_months } else { 0 };
        self.calendar.deadline(sent, days, months).tomorrow().ok()
    }

    /// By how many percent the increased fine of an avis sent on a day is reduced when it is paid soon (CPP R49-6).
    #[must_use]
    pub fn majoree_reduction(&self, sent: Date) -> Option<u8> {
        Some(in_force(&self.delays, sent)?.majoree_reduction_percent)
    }

    /// The last day on which a contravention can be prosecuted: full years from the day it was committed, which does
    /// not count itself (CPP 9). Not prolonged by days of rest: it is no procedural delay.
    #[must_use]
    pub fn prescription(&self, offence: Date) -> Option<Date> {
        let years = in_force(&self.delays, offence)?.prescription_years;
        Some(offence.saturating_add(jiff::Span::new().years(i64::from(years))))
    }

    /// The last day on which an increased fine can be enforced: full years from the signature of its titre (CP 133-4).
    #[must_use]
    pub fn sentence_prescription(&self, signed: Date) -> Option<Date> {
        let years = in_force(&self.delays, signed)?.sentence_years;
        Some(signed.saturating_add(jiff::Span::new().years(i64::from(years))))
    }

    /// The last day of a réclamation against an increased fine whose avis went by recommended letter to the address of the
    /// certificate (CPP 530), a month later from abroad (CPP 530-2-1).
    #[must_use]
    pub fn reclamation_barred_after(&self, sent: Date, abroad: bool) -> Option<Date> {
        let delays = in_force(&self.delays, sent)?;
        let more = if abroad { delays.abroad_more_months } else { 0 };
        let months = delays.reclamation_months_max.saturating_add(more);
        Some(self.calendar.deadline(sent, 0, months))
    }

    /// The last day on which a refusal for lack of motivation, sent on a day, can be contested (CPP R49-18).
    #[must_use]
    pub fn refusal_contestable_until(&self, sent: Date) -> Option<Date> {
        let months = in_force(&self.delays, sent)?.refusal_months;
        Some(self.calendar.deadline(sent, 0, months))
    }

    /// The last day on which the condemned may oppose an ordonnance pénale sent on a day (CPP 527).
    #[must_use]
    pub fn opposition_until(&self, sent: Date) -> Option<Date> {
        let days = in_force(&self.delays, sent)?.opposition_days;
        Some(self.calendar.deadline(sent, days, 0))
    }

    /// The last day on which the ministère public may oppose an ordonnance pénale of a day (CPP 527).
    #[must_use]
    pub fn prosecutor_opposition_until(&self, made: Date) -> Option<Date> {
        let days = in_force(&self.delays, made)?.prosecutor_opposition_days;
        Some(self.calendar.deadline(made, days, 0))
    }

    /// By how many percent more the court condemns at least in the cases of CPP 529-10 (CPP 530-1).
    #[must_use]
    pub fn court_surcharge(&self, on: Date) -> Option<u8> {
        Some(in_force(&self.delays, on)?.court_surcharge_percent)
    }

    fn month_then_days(&self, sent: Date, months: u16, days: u16) -> Date {
        let month = sent.saturating_add(jiff::Span::new().months(i64::from(months)));
        self.calendar.deadline(month, days, 0)
    }
}
