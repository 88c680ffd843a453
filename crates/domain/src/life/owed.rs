//! What an avis costs on a day.

use jiff::civil::Date;

use crate::money::Cents;

use super::event::Means;
use super::state::{AvisLife, Stage};

/// Which fine is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tariff {
    /// Reduced (CPP 529-8).
    Minoree,
    /// Fixed (CPP 529-1).
    Forfaitaire,
    /// Increased, less a fifth: within a month of the sending of its avis (CPP R49-6).
    MajoreeReduced,
    /// Increased (CPP 529-2).
    Majoree,
}

/// A fine and its amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owed {
    /// Which fine.
    pub tariff: Tariff,
    /// The whole of it, whatever was paid before.
    pub amount: Cents,
}

impl AvisLife {
    /// What settles the fine on a day.
    ///
    /// Until the titre is signed nobody owes more than the fixed fine: the law makes it majorée after the delay, but by a
    /// titre of the ministère public (CPP 529-2, R49-5), and in doubt the day speaks for the payer.
    #[must_use]
    pub fn owed(&self, on: Date, means: Means) -> Owed {
        let amounts = self.opening.amounts;
        match self.stage {
            Stage::Forfaitaire => {
                let last = match means {
                    Means::Paper => self.deadlines.minoree_paper,
                    Means::Remote => self.deadlines.minoree_online,
                };
                match amounts.minoree {
                    Some(amount) if self.has_minoree && on <= last => Owed {
                        tariff: Tariff::Minoree,
                        amount,
                    },
                    _ => Owed {
                        tariff: Tariff::Forfaitaire,
                        amount: amounts.forfaitaire,
                    },
                }
            }
            Stage::Majoree => {
                // Before its avis was sent the month has not begun.
                let is_reduced = self.majoree.is_none_or(|deadlines| match means {
                    Means::Paper => on <= deadlines.reduced_paper,
                    Means::Remote => on <= deadlines.reduced_remote,
                });
                if is_reduced {
                    Owed {
                        tariff: Tariff::MajoreeReduced,
                        amount: self.majoree_reduced(),
                    }
                } else {
                    Owed {
                        tariff: Tariff::Majoree,
                        amount: amounts.majoree,
                    }
                }
            }
        }
    }

    /// The increased fine of who pays within its month (CPP R49-6).
    #[must_use]
    pub fn majoree_reduced(&self) -> Cents {
        let majoree = self.opening.amounts.majoree;
        majoree.less_percent(self.reduction_percent)
    }
}
