//! From a snapshot to the domain's registry.

use cnt_domain::InvalidValue;
use cnt_domain::amounts::OffenceClass;
use cnt_domain::law::Article;
use cnt_domain::natinf::{NatInf, NatInfEntry, NatInfList};
use cnt_domain::registry::{
    AgentQuality, Card, CardRevocation, Commune, Device, Habilitation, Omp, Period, PoliceService,
    Registry, RevocationReason, Station,
};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::law::{LawError, to_law};

use super::collectivities::collectivity;
use super::wire::jiff_date::DateText;
use super::wire::{AgentQualityV1, CardV1, NatInfV1, PeriodV1, ReasonV1, ServiceV1, SnapshotV1};

/// A snapshot that is not a registry.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A value has not its form.
    #[error("snapshot version {version} holds an invalid {record} ({key})")]
    Value {
        /// Version of the snapshot.
        version: u64,
        /// Kind of record.
        record: &'static str,
        /// Its key.
        key: String,
        /// What was expected.
        #[source]
        source: InvalidValue,
    },
    /// The law cannot be applied.
    #[error("snapshot version {version} holds no law that can be applied")]
    Law {
        /// Version of the snapshot.
        version: u64,
        /// The row at fault.
        #[source]
        source: LawError,
    },
}

/// Reads a snapshot into the domain's types.
///
/// # Errors
/// Names the first record that holds an invalid value.
pub fn to_registry(snapshot: &SnapshotV1) -> Result<Registry, SnapshotError> {
    let mut registry = Registry {
        version: snapshot.version,
        ..Registry::default()
    };
    let version = snapshot.version;
    let wrong = |record: &'static str, key: &str| {
        let key = key.to_owned();
        move |source: InvalidValue| SnapshotError::Value {
            version,
            record,
            key,
            source,
        }
    };
    for wire in &snapshot.collectivities {
        let collectivity = collectivity(wire).map_err(wrong("collectivity", &wire.siren))?;
        registry
            .collectivities
            .insert(collectivity.siren.clone(), collectivity);
    }
    for wire in &snapshot.services {
        let service = service(wire).map_err(wrong("service", &wire.code))?;
        registry.services.insert(service.code.clone(), service);
    }
    for wire in &snapshot.habilitations {
        let read = || -> Result<Habilitation, InvalidValue> {
            Ok(Habilitation {
                service: wire.service.parse()?,
                matricule: wire.matricule.parse()?,
                quality: quality(wire.quality),
                period: period(&wire.period)?,
            })
        };
        let habilitation = read().map_err(wrong("habilitation", &wire.matricule))?;
        let key = (habilitation.service.clone(), habilitation.matricule.clone());
        registry.habilitations.insert(key, habilitation);
    }
    for wire in &snapshot.cards {
        let card = card(wire).map_err(wrong("card", &wire.serial))?;
        registry.cards.insert(card.serial.clone(), card);
    }
    senders(snapshot, &mut registry, wrong)?;
    places(snapshot, &mut registry, wrong)?;
    let entries: Result<Vec<_>, _> = snapshot
        .natinf
        .iter()
        .map(|wire| to_natinf(wire).map_err(wrong("natinf", &wire.code.to_string())))
        .collect();
    let graver = snapshot.natinf_graver.iter().map(|code| NatInf(*code));
    registry.natinf = NatInfList::new(entries?).with_graver(graver);
    registry.law =
        to_law(&snapshot.law).map_err(|source| SnapshotError::Law { version, source })?;
    Ok(registry)
}

fn senders<F: FnOnce(InvalidValue) -> SnapshotError>(
    snapshot: &SnapshotV1,
    registry: &mut Registry,
    wrong: impl Fn(&'static str, &str) -> F,
) -> Result<(), SnapshotError> {
    for wire in &snapshot.devices {
        let read = || -> Result<Device, InvalidValue> {
            Ok(Device {
                serial: wire.serial.parse()?,
                siren: wire.siren.parse()?,
                period: period(&wire.period)?,
            })
        };
        let device = read().map_err(wrong("device", &wire.serial))?;
        registry.devices.insert(device.serial.clone(), device);
    }
    for wire in &snapshot.stations {
        let read = || -> Result<Station, InvalidValue> {
            Ok(Station {
                fingerprint: wire.fingerprint.0,
                siren: wire.siren.parse()?,
                name: wire.name.clone(),
                period: period(&wire.period)?,
            })
        };
        let station = read().map_err(wrong("station", &wire.name))?;
        registry.stations.insert(station.fingerprint, station);
    }
    Ok(())
}

fn places<F: FnOnce(InvalidValue) -> SnapshotError>(
    snapshot: &SnapshotV1,
    registry: &mut Registry,
    wrong: impl Fn(&'static str, &str) -> F,
) -> Result<(), SnapshotError> {
    for wire in &snapshot.communes {
        let read = || -> Result<Commune, InvalidValue> {
            Ok(Commune {
                insee: wire.insee.parse()?,
                name: wire.name.clone(),
                postcode: wire.postcode.clone(),
                period: period(&wire.period)?,
                omp: wire.omp.parse()?,
                dated_omps: wire
                    .dated_omps
                    .iter()
                    .map(|row| Ok((period(&row.period)?, row.omp.parse()?)))
                    .collect::<Result<_, InvalidValue>>()?,
            })
        };
        let commune = read().map_err(wrong("commune", &wire.insee))?;
        registry.communes.insert(commune.insee.clone(), commune);
    }
    for wire in &snapshot.omps {
        let code = wire.code.parse().map_err(wrong("omp", &wire.code))?;
        let omp = Omp {
            code,
            court: wire.court.clone(),
            address: wire.address.clone(),
        };
        registry.omps.insert(omp.code.clone(), omp);
    }
    Ok(())
}

pub(super) fn period(wire: &PeriodV1) -> Result<Period, InvalidValue> {
    Ok(Period {
        from: day(&wire.from)?,
        to: wire.to.as_ref().map(day).transpose()?,
    })
}

pub(super) fn day(text: &DateText) -> Result<Date, InvalidValue> {
    text.0.parse().map_err(|_| InvalidValue {
        what: "civil date",
        expected: "YYYY-MM-DD",
    })
}

fn service(wire: &ServiceV1) -> Result<PoliceService, InvalidValue> {
    let territory = wire
        .territory
        .iter()
        .map(|entry| Ok((entry.insee.parse()?, period(&entry.period)?)))
        .collect::<Result<_, InvalidValue>>()?;
    Ok(PoliceService {
        code: wire.code.parse()?,
        siren: wire.siren.parse()?,
        label: wire.label.clone(),
        territory,
    })
}

fn card(wire: &CardV1) -> Result<Card, InvalidValue> {
    let revocation = wire
        .revocation
        .as_ref()
        .map(|revocation| {
            let effective_at =
                Timestamp::from_second(revocation.effective_at_s).map_err(|_| InvalidValue {
                    what: "instant",
                    expected: "seconds since the epoch",
                })?;
            Ok(CardRevocation {
                effective_at,
                reason: reason(revocation.reason),
            })
        })
        .transpose()?;
    Ok(Card {
        serial: wire.serial.parse()?,
        siren: wire.siren.parse()?,
        matricule: wire.matricule.parse()?,
        certificate: wire.certificate.0,
        revocation,
    })
}

fn quality(wire: AgentQualityV1) -> AgentQuality {
    match wire {
        AgentQualityV1::PoliceMunicipale => AgentQuality::PoliceMunicipale,
        AgentQualityV1::GardeChampetre => AgentQuality::GardeChampetre,
        AgentQualityV1::Asvp => AgentQuality::SurveillanceVoiePublique,
    }
}

fn reason(wire: ReasonV1) -> RevocationReason {
    match wire {
        ReasonV1::Loss => RevocationReason::Loss,
        ReasonV1::Theft => RevocationReason::Theft,
        ReasonV1::Compromise => RevocationReason::Compromise,
        ReasonV1::Departure => RevocationReason::Departure,
        ReasonV1::CollectivityLeaving => RevocationReason::CollectivityLeaving,
        ReasonV1::WrongData => RevocationReason::WrongData,
        ReasonV1::Superseded => RevocationReason::Superseded,
        ReasonV1::Suspension => RevocationReason::Suspension,
    }
}

/// Reads one version of a NatInf entry.
///
/// # Errors
/// When a value has not its form.
pub fn to_natinf(wire: &NatInfV1) -> Result<NatInfEntry, InvalidValue> {
    let period = period(&wire.period)?;
    Ok(NatInfEntry {
        code: NatInf(wire.code),
        qualification: wire.qualification.clone(),
        defined_by: wire.defined_by.clone(),
        punished_by: wire.punished_by.clone(),
        article: Article::first_of(&wire.punished_by),
        family: wire.family.clone(),
        supported: wire.supported,
        class: OffenceClass::from_number(wire.class).ok_or(InvalidValue {
            what: "class of contravention",
            expected: "1 to 5",
        })?,
        points: wire.points,
        fixed_fine: wire.fixed_fine,
        reduced_fine: wire.reduced_fine,
        from: period.from,
        to: period.to,
    })
}
