//! Where an avis stands.

use std::fmt;

use jiff::civil::Date;

use crate::amounts::{FineAmounts, PrintedDeadlines};
use crate::law::{Law, MajoreeDeadlines};
use crate::money::Cents;

use super::Refusal;

/// Where an avis stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Sent; it can be paid or contested.
    Sent,
    /// Its delays are over, the télépaiement's grace too: the titre waits for the OMP's signature.
    TitreProposed,
    /// The titre is signed: the fine is majorée.
    Majoree,
    /// A requête or designation waits for the OMP's decision.
    Contested,
    /// A réclamation waits for the OMP to admit it; the titre stands.
    Reclaimed,
    /// Refused for lack of motivation; that can be contested for one month.
    Refused,
    /// It cannot be refused any more: the réclamation was received, or the refusal for lack of motivation was contested.
    Admitted,
    /// Before the tribunal de police.
    Prosecuted,
    /// Paid: the prosecution is extinguished.
    Paid,
    /// Classé sans suite; the OMP may come back to it until prescription.
    Dropped,
    /// Another driver was designated, and has an avis of their own.
    Redesignated,
    /// Relaxé by the tribunal.
    Acquitted,
    /// Condemned by the tribunal.
    Convicted,
    /// Prescribed: nobody can be prosecuted any more.
    Prescribed,
}

impl State {
    /// Every state, in the order of the way.
    pub const ALL: [State; 14] = [
        State::Sent,
        State::TitreProposed,
        State::Majoree,
        State::Contested,
        State::Reclaimed,
        State::Refused,
        State::Admitted,
        State::Prosecuted,
        State::Paid,
        State::Dropped,
        State::Redesignated,
        State::Acquitted,
        State::Convicted,
        State::Prescribed,
    ];

    /// The word kept in the database and shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Sent => "sent",
            State::TitreProposed => "titre_proposed",
            State::Majoree => "majoree",
            State::Contested => "contested",
            State::Reclaimed => "reclaimed",
            State::Refused => "refused",
            State::Admitted => "admitted",
            State::Prosecuted => "prosecuted",
            State::Paid => "paid",
            State::Dropped => "dropped",
            State::Redesignated => "redesignated",
            State::Acquitted => "acquitted",
            State::Convicted => "convicted",
            State::Prescribed => "prescribed",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether the fixed fine or the increased one is at stake.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// No titre was signed, or it was annulled.
    Forfaitaire,
    /// A titre was signed.
    Majoree,
}

/// The procedure before the tribunal de police.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Court {
    /// Without a hearing (CPP 524 to 528).
    OrdonnancePenale,
    /// With a hearing.
    Hearing,
}

/// What is known when an avis is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Day of the offence.
    pub offence: Date,
    /// Day of sending, which starts every delay.
    pub sent: Date,
    /// Whether the addressee lives abroad (CPP 530-2-1).
    pub abroad: bool,
    /// What it costs.
    pub amounts: FineAmounts,
    /// Whether CPP 529-10 asks a form and a consignation of whoever contests.
    pub is_529_10: bool,
}

/// One avis from its sending to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AvisLife {
    pub(super) opening: Opening,
    pub(super) state: State,
    pub(super) stage: Stage,
    pub(super) deadlines: PrintedDeadlines,
    pub(super) titre_day: Date,
    pub(super) prescription: Date,
    pub(super) has_minoree: bool,
    pub(super) reduction_percent: u8,
    pub(super) titre_signed: Option<Date>,
    pub(super) sentence_until: Option<Date>,
    pub(super) majoree: Option<MajoreeDeadlines>,
    pub(super) received: Cents,
    pub(super) consigned: Cents,
    pub(super) refusal_until: Option<Date>,
    pub(super) court: Option<Court>,
    pub(super) opposition_until: Option<Date>,
    pub(super) returned: Option<Date>,
}

impl AvisLife {
    /// The life of an avis begins on the day it is sent.
    ///
    /// # Errors
    /// [`Refusal::NoLaw`] when the tables of the law do not cover that day.
    pub fn open(law: &Law, opening: Opening) -> Result<Self, Refusal> {
        let none = Refusal::NoLaw(opening.sent);
        let deadlines = law.deadlines(opening.sent, opening.abroad).ok_or(none)?;
        Ok(Self {
            deadlines,
            titre_day: law
                .first_titre_day(opening.sent, opening.abroad)
                .ok_or(none)?,
            prescription: law
                .prescription(opening.offence)
                .ok_or(Refusal::NoLaw(opening.offence))?,
            has_minoree: opening.amounts.minoree.is_some(),
            reduction_percent: law.majoree_reduction(opening.sent).ok_or(none)?,
            opening,
            state: State::Sent,
            stage: Stage::Forfaitaire,
            titre_signed: None,
            sentence_until: None,
            majoree: None,
            received: Cents(0),
            consigned: Cents(0),
            refusal_until: None,
            court: None,
            opposition_until: None,
            returned: None,
        })
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// Which fine is at stake.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// The delays printed on the avis, or those that an annulled titre opened anew (CPP R49-6-1).
    #[must_use]
    pub fn deadlines(&self) -> PrintedDeadlines {
        self.deadlines
    }

    /// The first day on which a titre is proposed.
    #[must_use]
    pub fn titre_day(&self) -> Date {
        self.titre_day
    }

    /// The last day on which it can be prosecuted (CPP 9), moved by each interruptive act (CPP 9-2).
    #[must_use]
    pub fn prescription(&self) -> Date {
        self.prescription
    }

    /// The day the titre was signed, while it stands.
    #[must_use]
    pub fn titre_signed(&self) -> Option<Date> {
        self.titre_signed
    }

    /// The delays of the avis d'amende forfaitaire majorée, once it was sent.
    #[must_use]
    pub fn majoree_deadlines(&self) -> Option<MajoreeDeadlines> {
        self.majoree
    }

    /// The day on which the letter of this stage came back, the address being wrong.
    #[must_use]
    pub fn returned(&self) -> Option<Date> {
        self.returned
    }

    /// What was paid.
    #[must_use]
    pub fn received(&self) -> Cents {
        self.received
    }

    /// What was consigned and is not given back.
    #[must_use]
    pub fn consigned(&self) -> Cents {
        self.consigned
    }
}
