//! The life of an avis: one closed machine, driven by what happens and by the days that pass.
//!
//! [`AvisLife::apply`] takes an [`Event`] and answers a [`Step`] (where the avis stands now, by which article, and what
//! somebody must do about it) or a [`Refusal`]. [`ARROWS`] is the table of all steps; what is not in it cannot happen.
//! The diagram in `crates/domain/life.md` is that table, and a test walks both.

mod apply;
mod event;
mod memory;
mod owed;
mod state;
mod table;
#[cfg(test)]
mod tests;

pub use event::{Event, EventKind, Means, Posted, Ruling, Unreceivable};
pub use memory::Memory;
pub use owed::{Owed, Tariff};
pub use state::{AvisLife, Court, Opening, Stage, State};
pub use table::{ARROWS, Arrow};

use crate::money::Cents;

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where the avis stood.
    pub from: State,
    /// What happened to it.
    pub event: EventKind,
    /// Where it stands now.
    pub to: State,
    /// The article it happens by.
    pub basis: &'static str,
    /// What somebody must do now.
    pub duties: Vec<Duty>,
}

/// What a step obliges somebody to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duty {
    /// The OMP: decide on what was received.
    Decide,
    /// The OMP: sign the titre exécutoire (CPP R49-5).
    SignTitre,
    /// The CNT: edit and send the avis d'amende forfaitaire majorée (CPP R49-6).
    SendMajoree,
    /// The OMP: tell the comptable that the titre is annulled (CPP R49-8).
    TellComptable,
    /// The CNT: send the notice of inadmissibility with its reasons, by recommended letter or not.
    SendRefusal {
        /// For lack of motivation: by recommended letter (CPP R49-18).
        recommended: bool,
    },
    /// The CNT: send the notice of classement sans suite (CPP 530-1).
    SendClassement,
    /// The CNT: send an avis to the driver who was designated (CPP 529-10).
    SendAvisToDriver,
    /// The OMP: hand the file over to the tribunal de police (CPP 530-1).
    HandOver,
    /// The CNT: look for another address.
    SeekAddress,
    /// The comptable: give money back.
    Refund(Cents),
    /// The comptable: set the consignation off against the fine (CPP 530-1).
    SetOff(Cents),
}

/// Why an event is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The state has no such step.
    #[error("an avis that is {from} knows no {event}")]
    NoSuchStep {
        /// Where the avis stands.
        from: State,
        /// What was said to have happened.
        event: EventKind,
    },
    /// The titre is proposed on a later day.
    #[error("no titre can be signed before it is proposed")]
    TooEarly,
    /// A delay is over.
    #[error("the delay ended on {0}")]
    TooLate(jiff::civil::Date),
    /// After a hearing there is no opposition.
    #[error("the judgment followed a hearing: there is no opposition to it")]
    Final,
    /// The court went below what the law allows (CPP 530-1).
    #[error("the fine cannot be below {0}")]
    BelowFloor(Cents),
    /// A payment of nothing, or money beyond what can be counted.
    #[error("this is no amount that can be paid")]
    BadAmount,
    /// The tables of the law say nothing about that day.
    #[error("the tables of the law have no delays for {0}")]
    NoLaw(jiff::civil::Date),
}
