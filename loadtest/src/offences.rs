//! Offences of the nation's nomenclature by the scene they suit, as the law of its snapshot has it.

use cnt_contracts::law::to_law;
use cnt_contracts::registry::{SnapshotV1, to_natinf};
use cnt_domain::law::{Competence, HolderLiability, Law, Need, SpeedBand};
use cnt_domain::natinf::NatInfEntry;
use cnt_domain::registry::AgentQuality;
use jiff::civil::Date;

use crate::error::GeneratorError;

/// An offence that can be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offence {
    pub(crate) code: u32,
    /// The excess of speed that it means.
    pub(crate) speed: Option<SpeedBand>,
}

/// Offences by kind. What is recorded without a warning can be recorded by agents of every quality that records it.
#[derive(Debug, Default)]
pub(crate) struct Offences {
    /// Parking of classes 1 to 3.
    pub(crate) parking: Vec<Offence>,
    /// Very obstructive parking, class 4.
    pub(crate) grave_parking: Vec<Offence>,
    /// Other offences of vehicles, for which the holder answers.
    pub(crate) road: Vec<Offence>,
    /// Offences of drivers who are met.
    pub(crate) met: Vec<Offence>,
    /// Offences of people on foot.
    pub(crate) other: Vec<Offence>,
    /// No longer in force.
    pub(crate) ended: Vec<Offence>,
    /// Without fixed fine.
    pub(crate) ordinary: Vec<Offence>,
    /// Every code of the list.
    pub(crate) known: Vec<u32>,
}

/// Sorts the offences of a snapshot as of a day.
pub(crate) fn offences(snapshot: &SnapshotV1, on: Date) -> Result<Offences, GeneratorError> {
    let law = to_law(&snapshot.law).map_err(|_| GeneratorError::Nation("law"))?;
    let mut offences = Offences::default();
    for wire in &snapshot.natinf {
        let entry = to_natinf(wire).map_err(|_| GeneratorError::Nation("nomenclature"))?;
        offences.known.push(entry.code.0);
        offences.take(&law, &entry, on);
    }
    Ok(offences)
}

impl Offences {
    fn take(&mut self, law: &Law, entry: &NatInfEntry, on: Date) {
        let offence = Offence {
            code: entry.code.0,
            speed: law.speed(entry).copied(),
        };
        let may = |quality| law.competence(quality, entry, false, on) == Competence::Yes;
        if entry.to.is_some() {
            return self.ended.push(offence);
        }
        if !law.is_fixed_fine(entry, on) {
            return self.ordinary.push(offence);
        }
        if !may(AgentQuality::PoliceMunicipale) || !may(AgentQuality::GardeChampetre) {
            return;
        }
        if may(AgentQuality::SurveillanceVoiePublique) {
            if entry.class.number() >= 4 {
                self.grave_parking.push(offence);
            } else {
                self.parking.push(offence);
            }
        } else if law.needs(Need::Vehicle, entry, on) {
            let is_met = law.needs(Need::Person, entry, on);
            if !is_met && law.holder(entry, on) != HolderLiability::None {
                self.road.push(offence.clone());
            }
            self.met.push(offence);
        } else {
            self.other.push(offence);
        }
    }
}
