//! What an avis remembers between two steps, for whoever keeps it, and when the clock has to look at it again.

use jiff::civil::Date;

use crate::amounts::PrintedDeadlines;
use crate::law::MajoreeDeadlines;
use crate::money::Cents;

use super::state::{AvisLife, Court, Opening, Stage, State};

/// Everything that an [`AvisLife`] remembers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Memory {
    /// What was known when it was sent.
    pub opening: Opening,
    /// Where it stands.
    pub state: State,
    /// Which fine is at stake.
    pub stage: Stage,
    /// The delays that run.
    pub deadlines: PrintedDeadlines,
    /// First day on which a titre is proposed.
    pub titre_day: Date,
    /// Last day of prosecution (CPP 9, 9-2).
    pub prescription: Date,
    /// Whether the reduced fine can be paid.
    pub has_minoree: bool,
    /// Percent off the increased fine within the month (CPP R49-6).
    pub reduction_percent: u8,
    /// Day of signature of the titre, while it stands.
    pub titre_signed: Option<Date>,
    /// Last day on which the titre can be enforced (CP 133-4).
    pub sentence_until: Option<Date>,
    /// Delays of the avis of increased fine, once sent.
    pub majoree: Option<MajoreeDeadlines>,
    /// What was paid.
    pub received: Cents,
    /// What was consigned and is not given back.
    pub consigned: Cents,
    /// Last day on which the refusal for lack of motivation can be contested.
    pub refusal_until: Option<Date>,
    /// The procedure before the tribunal.
    pub court: Option<Court>,
    /// Last day of opposition.
    pub opposition_until: Option<Date>,
    /// Day on which the letter of this stage came back from a wrong address.
    pub returned: Option<Date>,
}

impl AvisLife {
    /// What it remembers.
    #[must_use]
    pub fn memory(&self) -> Memory {
        // Taken apart by name: a field that is forgotten here does not compile.
        let Self {
            opening,
            state,
            stage,
            deadlines,
            titre_day,
            prescription,
            has_minoree,
            reduction_percent,
            titre_signed,
            sentence_until,
            majoree,
            received,
            consigned,
            refusal_until,
            court,
            opposition_until,
            returned,
        } = *self;
        Memory {
            opening,
            state,
            stage,
            deadlines,
            titre_day,
            prescription,
            has_minoree,
            reduction_percent,
            titre_signed,
            sentence_until,
            majoree,
            received,
            consigned,
            refusal_until,
            court,
            opposition_until,
            returned,
        }
    }

    /// The avis that remembered this.
    #[must_use]
    pub fn recall(memory: Memory) -> Self {
        let Memory {
            opening,
            state,
            stage,
            deadlines,
            titre_day,
            prescription,
            has_minoree,
            reduction_percent,
            titre_signed,
            sentence_until,
            majoree,
            received,
            consigned,
            refusal_until,
            court,
            opposition_until,
            returned,
        } = memory;
        Self {
            opening,
            state,
            stage,
            deadlines,
            titre_day,
            prescription,
            has_minoree,
            reduction_percent,
            titre_signed,
            sentence_until,
            majoree,
            received,
            consigned,
            refusal_until,
            court,
            opposition_until,
            returned,
        }
    }

    /// The first day that changes something by itself ([`super::Event::Day`]); none when no day ever will.
    #[must_use]
    pub fn next_day(&self) -> Option<Date> {
        let after = |day: Date| day.tomorrow().ok();
        match self.state {
            State::Sent => {
                let prescribed = after(self.prescription);
                Some(prescribed.map_or(self.titre_day, |day| day.min(self.titre_day)))
            }
            State::TitreProposed | State::Contested | State::Admitted | State::Prosecuted => {
                after(self.prescription)
            }
            State::Majoree | State::Reclaimed => self.sentence_until.and_then(after),
            State::Refused => self.refusal_until.and_then(after),
            State::Paid
            | State::Dropped
            | State::Redesignated
            | State::Acquitted
            | State::Convicted
            | State::Prescribed => None,
        }
    }
}
