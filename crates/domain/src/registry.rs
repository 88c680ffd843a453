//! The registry as one immutable version: who may send, from where, with what, and about which places.
//!
//! All data are dated, and judged at the date that matters: convention, agent, device and station as of reception,
//! territory and NatInf as of the offence.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::codes::{CardSerial, DeviceSerial, InseeCode, Matricule, OmpCode, ServiceCode, Siren};
use crate::conventions::{Convention, ConventionKind};
use crate::law::Law;
use crate::natinf::{NatInfEntry, NatInfList};

/// A period of civil days, both ends included; open when it has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// First day.
    pub from: Date,
    /// Last day, if known.
    pub to: Option<Date>,
}

impl Period {
    /// Whether a day lies in it.
    #[must_use]
    pub fn contains(&self, day: Date) -> bool {
        self.from <= day && self.to.is_none_or(|last| day <= last)
    }
}

/// What a collectivity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CollectivityKind {
    /// A commune with a police of its own.
    Commune,
    /// An intercommunality (EPCI) whose agents work in its member communes (CSI L512-2).
    Intercommunality,
    /// A commune whose police works in others too (CSI L512-1).
    SharedPolice,
}

/// A collectivity: commune, intercommunality, or the shared police of several communes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Collectivity {
    /// Its number.
    pub siren: Siren,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: CollectivityKind,
    /// Conventions, past ones included.
    pub conventions: Vec<Convention>,
    /// Periods in which it is suspended.
    pub suspensions: Vec<Period>,
}

impl Collectivity {
    /// The convention of a kind in force on a day.
    #[must_use]
    pub fn convention(&self, kind: ConventionKind, day: Date) -> Option<&Convention> {
        self.conventions_of(kind)
            .find(|convention| convention.period.contains(day))
    }

    /// Every convention of a kind, past ones included.
    pub fn conventions_of(&self, kind: ConventionKind) -> impl Iterator<Item = &Convention> {
        self.conventions
            .iter()
            .filter(move |convention| convention.kind == kind)
    }

    /// Whether a convention with the ANTAI covers offences committed in a commune on a day.
    #[must_use]
    pub fn covers(&self, commune: &InseeCode, day: Date) -> bool {
        self.conventions_of(ConventionKind::Antai)
            .any(|convention| convention.covers(commune, day))
    }
}

/// A police service of a collectivity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoliceService {
    /// Its code.
    pub code: ServiceCode,
    /// The collectivity it belongs to.
    pub siren: Siren,
    /// Its label, as printed on the avis.
    pub label: String,
    /// Communes that its agents may police, each for a period; the convention says which of them are covered.
    pub territory: Vec<(InseeCode, Period)>,
}

/// The quality in which an agent of a collectivity acts; what it may record follows from it (code de la route R130-2 to
/// R130-4, CPP R15-33-29-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AgentQuality {
    /// Agent de police municipale, agent de police judiciaire adjoint (CPP 21, 2°).
    PoliceMunicipale,
    /// Garde champêtre (CPP 22; code de la sécurité intérieure L521-1).
    GardeChampetre,
    /// Agent de surveillance de la voie publique (code de la route L130-4, 3°).
    SurveillanceVoiePublique,
}

impl AgentQuality {
    /// Every quality.
    pub const ALL: [Self; 3] = [
        Self::PoliceMunicipale,
        Self::GardeChampetre,
        Self::SurveillanceVoiePublique,
    ];

    /// The abbreviation that MIFs write: `PM`, `GC`, `ASVP`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PoliceMunicipale => "PM",
            Self::GardeChampetre => "GC",
            Self::SurveillanceVoiePublique => "ASVP",
        }
    }
}

/// An agent's habilitation for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habilitation {
    /// The service.
    pub service: ServiceCode,
    /// The agent.
    pub matricule: Matricule,
    /// In which quality.
    pub quality: AgentQuality,
    /// When it holds.
    pub period: Period,
}

/// A card handed to an agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Card {
    /// Serial number printed on the card.
    pub serial: CardSerial,
    /// Collectivity of its agent.
    pub siren: Siren,
    /// The agent.
    pub matricule: Matricule,
    /// SHA-256 of its signature certificate (DER).
    pub certificate: [u8; 32],
    /// Its revocation, if any.
    pub revocation: Option<CardRevocation>,
}

/// The revocation of a card. The reason is known to the registry alone: CRLs carry none (RGS).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardRevocation {
    /// Instant from which the card is no longer good.
    pub effective_at: Timestamp,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a card was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RevocationReason {
    /// Lost.
    Loss,
    /// Stolen.
    Theft,
    /// Key or code compromised.
    Compromise,
    /// The agent left.
    Departure,
    /// The collectivity left.
    CollectivityLeaving,
    /// Wrong data on the card.
    WrongData,
    /// Replaced.
    Superseded,
    /// Suspended for a time; the only one that can be lifted.
    Suspension,
}

impl RevocationReason {
    /// Whether, between signing and reception, the device's clock can no longer be believed.
    #[must_use]
    pub const fn is_grave(self) -> bool {
        matches!(
            self,
            RevocationReason::Loss | RevocationReason::Theft | RevocationReason::Compromise
        )
    }
}

/// A validated device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device {
    /// Serial number.
    pub serial: DeviceSerial,
    /// Collectivity it is assigned to.
    pub siren: Siren,
    /// When it is validated and assigned.
    pub period: Period,
}

/// A transfer station, known by its connection certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// SHA-256 of its connection certificate (DER).
    pub fingerprint: [u8; 32],
    /// Collectivity it sends for.
    pub siren: Siren,
    /// Name, for people.
    pub name: String,
    /// When it may connect.
    pub period: Period,
}

/// A commune, for a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commune {
    /// Its code.
    pub insee: InseeCode,
    /// Its name.
    pub name: String,
    /// Its postcode.
    pub postcode: String,
    /// When it exists.
    pub period: Period,
    /// The OMP competent for offences committed there, where no dated row says otherwise.
    pub omp: OmpCode,
    /// Dated rows of the ministry's table of communes and courts: of several that hold on a day, the last written.
    pub dated_omps: Vec<(Period, OmpCode)>,
}

impl Commune {
    /// The OMP competent for offences committed there on a day (CPP 45, 522).
    #[must_use]
    pub fn omp_on(&self, day: Date) -> &OmpCode {
        self.dated_omps
            .iter()
            .rev()
            .find(|(period, _)| period.contains(day))
            .map_or(&self.omp, |(_, omp)| omp)
    }
}

/// An officier du ministère public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Omp {
    /// Code minted by the simulator.
    pub code: OmpCode,
    /// Tribunal de police before which he acts.
    pub court: String,
    /// Postal address lines (`.example`, fictitious).
    pub address: Vec<String>,
}

/// The OMP competent for an offence, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompetentOmp<'a> {
    /// The OMP.
    pub omp: &'a Omp,
    /// The text: CPP 522 for the place of the offence, another where a special rule applies.
    pub basis: &'a str,
}

/// One version of the registry.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// Version number; every change makes a new one.
    pub version: u64,
    /// Collectivities.
    pub collectivities: HashMap<Siren, Collectivity>,
    /// Police services.
    pub services: HashMap<ServiceCode, PoliceService>,
    /// Habilitations by service and agent.
    pub habilitations: HashMap<(ServiceCode, Matricule), Habilitation>,
    /// Cards.
    pub cards: HashMap<CardSerial, Card>,
    /// Devices.
    pub devices: HashMap<DeviceSerial, Device>,
    /// Stations by the fingerprint of their connection certificate.
    pub stations: HashMap<[u8; 32], Station>,
    /// Communes.
    pub communes: HashMap<InseeCode, Commune>,
    /// OMPs.
    pub omps: HashMap<OmpCode, Omp>,
    /// The nomenclature.
    pub natinf: NatInfList,
    /// Amounts, delays, competence: the law as dated tables.
    pub law: Law,
}

impl Registry {
    /// The OMP competent for an offence: that of a special rule for the sender's offences (code de la route L130-9,
    /// transports), else that of the place on the day of the offence (CPP 45, 522). None for a place or an OMP that this
    /// version does not hold.
    #[must_use]
    pub fn competent_omp(
        &self,
        siren: &Siren,
        commune: &Commune,
        entry: &NatInfEntry,
        day: Date,
    ) -> Option<CompetentOmp<'_>> {
        if let Some(special) = self.law.special_competence(siren, entry, day) {
            let omp = self.omps.get(&special.omp)?;
            let basis = special.articles.basis.as_str();
            return Some(CompetentOmp { omp, basis });
        }
        Some(CompetentOmp {
            omp: self.omps.get(commune.omp_on(day))?,
            basis: "CPP 45, 522",
        })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn periods_include_both_ends() {
        let period = Period {
            from: date(2026, 1, 1),
            to: Some(date(2026, 1, 31)),
        };
        assert!(period.contains(date(2026, 1, 1)) && period.contains(date(2026, 1, 31)));
        assert!(!period.contains(date(2025, 12, 31)) && !period.contains(date(2026, 2, 1)));
        assert!(
            Period {
                from: date(2026, 1, 1),
                to: None
            }
            .contains(date(2099, 1, 1))
        );
    }

    #[test]
    fn only_loss_theft_and_compromise_are_grave() {
        assert!(RevocationReason::Theft.is_grave());
        assert!(!RevocationReason::Departure.is_grave());
    }
}
