//! What can happen to an avis.

use std::fmt;

use crate::courrier::Undelivered;
use crate::money::Cents;

use super::state::Court;

/// How money came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Means {
    /// Cheque or transfer.
    Paper,
    /// Télépaiement or timbre dématérialisé: fifteen days more (CPP R49-3-1).
    Remote,
}

/// Why a requête or réclamation cannot be received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreceivable {
    /// It gives no motive: the refusal can be contested for one month (CPP R49-18).
    Unmotivated,
    /// Any other ground of CPP 529-2, 529-10, 530 and R49-4.
    Other,
}

/// What the officer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ruling {
    /// It cannot be received.
    Inadmissible(Unreceivable),
    /// The réclamation is received: the titre is annulled (CPP 530, R49-8).
    Admitted,
    /// Renunciation of the prosecution (CPP 530-1).
    Classement,
    /// The driver who was designated gets an avis (CPP 529-10).
    Redesignation,
    /// The fine was paid before: it stands (CPP 529).
    FineMaintained,
    /// To the tribunal de police (CPP 530-1).
    Prosecution(Court),
}

/// A letter whose sending starts a delay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Posted {
    /// The avis de contravention (CPP 529-2).
    Avis,
    /// The avis d'amende forfaitaire majorée (CPP 530).
    Majoree,
    /// The refusal for lack of motivation (CPP R49-18).
    Refusal,
}

/// Something that happened on a civil day in Paris.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A day began; the clock says so.
    Day,
    /// The addressee looked at the file.
    Consulted,
    /// Money came.
    Payment {
        /// How.
        means: Means,
        /// How much.
        amount: Cents,
    },
    /// The post took a letter, later than the day it bears: its delays run from then.
    Deposited(Posted),
    /// The amount was consigned, for what was written (CPP 529-10).
    Consigned {
        /// How much.
        amount: Cents,
    },
    /// A requête en exonération or a designation came (CPP 529-2, 529-10).
    Requete {
        /// What was consigned with it (CPP 529-10); nothing is zero.
        consigned: Cents,
    },
    /// A réclamation came (CPP 530).
    Reclamation {
        /// What was consigned with it.
        consigned: Cents,
    },
    /// The OMP decided.
    Ruled(Ruling),
    /// A refusal for lack of motivation was contested (CPP R49-18).
    RefusalContested,
    /// The OMP signed the day's titre (CPP R49-5).
    TitreSigned,
    /// The avis d'amende forfaitaire majorée was sent (CPP R49-6).
    MajoreeSent,
    /// The addressee had declared a new address: the majoration falls, the fixed fine can be paid again (CPP 530, R49-6-1).
    AddressChange,
    /// The letter came back undelivered.
    Returned(Undelivered),
    /// An act that interrupts prescription (CPP 9-2).
    Interruption,
    /// The tribunal acquitted.
    Relaxe,
    /// The tribunal condemned to a fine.
    Conviction {
        /// The fine.
        fine: Cents,
    },
    /// Opposition to an ordonnance pénale (CPP 527).
    Opposition,
}

/// An event without what it carries: a column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// [`Event::Day`].
    Day,
    /// [`Event::Consulted`].
    Consulted,
    /// [`Event::Payment`].
    Payment,
    /// [`Event::Deposited`].
    Deposited,
    /// [`Event::Consigned`].
    Consigned,
    /// [`Event::Requete`].
    Requete,
    /// [`Event::Reclamation`].
    Reclamation,
    /// [`Ruling::Inadmissible`].
    Inadmissible,
    /// [`Ruling::Admitted`].
    Admitted,
    /// [`Ruling::Classement`].
    Classement,
    /// [`Ruling::Redesignation`].
    Redesignation,
    /// [`Ruling::FineMaintained`].
    FineMaintained,
    /// [`Ruling::Prosecution`].
    Prosecution,
    /// [`Event::RefusalContested`].
    RefusalContested,
    /// [`Event::TitreSigned`].
    TitreSigned,
    /// [`Event::MajoreeSent`].
    MajoreeSent,
    /// [`Event::AddressChange`].
    AddressChange,
    /// [`Event::Returned`].
    Returned,
    /// [`Event::Interruption`].
    Interruption,
    /// [`Event::Relaxe`].
    Relaxe,
    /// [`Event::Conviction`].
    Conviction,
    /// [`Event::Opposition`].
    Opposition,
}

impl EventKind {
    /// The word kept in the journal and shown to people.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            EventKind::Day => "day",
            EventKind::Consulted => "consulted",
            EventKind::Payment => "payment",
            EventKind::Deposited => "deposited",
            EventKind::Consigned => "consigned",
            EventKind::Requete => "requete",
            EventKind::Reclamation => "reclamation",
            EventKind::Inadmissible => "inadmissible",
            EventKind::Admitted => "admitted",
            EventKind::Classement => "classement",
            EventKind::Redesignation => "redesignation",
            EventKind::FineMaintained => "fine_maintained",
            EventKind::Prosecution => "prosecution",
            EventKind::RefusalContested => "refusal_contested",
            EventKind::TitreSigned => "titre_signed",
            EventKind::MajoreeSent => "majoree_sent",
            EventKind::AddressChange => "address_change",
            EventKind::Returned => "returned",
            EventKind::Interruption => "interruption",
            EventKind::Relaxe => "relaxe",
            EventKind::Conviction => "conviction",
            EventKind::Opposition => "opposition",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl Event {
    /// Its column of the table.
    #[must_use]
    pub const fn kind(self) -> EventKind {
        match self {
            Event::Day => EventKind::Day,
            Event::Consulted => EventKind::Consulted,
            Event::Payment { .. } => EventKind::Payment,
            Event::Deposited(_) => EventKind::Deposited,
            Event::Consigned { .. } => EventKind::Consigned,
            Event::Requete { .. } => EventKind::Requete,
            Event::Reclamation { .. } => EventKind::Reclamation,
            Event::Ruled(ruling) => ruling.kind(),
            Event::RefusalContested => EventKind::RefusalContested,
            Event::TitreSigned => EventKind::TitreSigned,
            Event::MajoreeSent => EventKind::MajoreeSent,
            Event::AddressChange => EventKind::AddressChange,
            Event::Returned(_) => EventKind::Returned,
            Event::Interruption => EventKind::Interruption,
            Event::Relaxe => EventKind::Relaxe,
            Event::Conviction { .. } => EventKind::Conviction,
            Event::Opposition => EventKind::Opposition,
        }
    }
}

impl Ruling {
    const fn kind(self) -> EventKind {
        match self {
            Ruling::Inadmissible(_) => EventKind::Inadmissible,
            Ruling::Admitted => EventKind::Admitted,
            Ruling::Classement => EventKind::Classement,
            Ruling::Redesignation => EventKind::Redesignation,
            Ruling::FineMaintained => EventKind::FineMaintained,
            Ruling::Prosecution(_) => EventKind::Prosecution,
        }
    }
}
