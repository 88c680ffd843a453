//! Letters to look at: one of each kind that the demo shows, as the archive gives them back.

use std::collections::{BTreeMap, HashSet};

use anyhow::Context;
use cnt_contracts::commands::books::SampleLetter;
use cnt_contracts::registry::SnapshotV1;
use cnt_domain::plate::{Country, Plate};
use cnt_domain::siv;
use cnt_loadtest::{Generator, OffenceSummary};
use uuid::Uuid;

use super::judge::Received;
use crate::system::System;

/// Directory of the letters, in that of the run.
pub(crate) const LETTERS: &str = "letters";

/// What makes a letter worth looking at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// Parking: no reduced fine, no points, no deposit.
    Parking,
    /// An offence of traffic, with points for the driver and a deposit for whoever contests.
    PointsAndDeposit,
    /// The holder is a company: to its legal representative.
    Company,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Parking, Self::PointsAndDeposit, Self::Company];

    fn file(self) -> &'static str {
        match self {
            Self::Parking => "stationnement",
            Self::PointsAndDeposit => "points-et-consignation",
            Self::Company => "representant-legal",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Parking => "parking, to the holder: no reduced fine, no points",
            Self::PointsAndDeposit => "a traffic offence: points, and a deposit to contest",
            Self::Company => "to the legal representative of a company",
        }
    }
}

/// Writes the letters of a run; fewer than three if the run was too short to have all kinds.
pub(crate) fn write(
    system: &System,
    generator: &Generator,
    received: &Received,
    indices: &BTreeMap<u64, Uuid>,
) -> anyhow::Result<Vec<SampleLetter>> {
    let directory = system.run_dir().path().join(LETTERS);
    std::fs::create_dir_all(&directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let with_points = with_points(system)?;
    let mut chosen: BTreeMap<Kind, String> = BTreeMap::new();
    for (index, id) in indices {
        let Some(avis) = received.avis.get(id).and_then(|numbers| numbers.first()) else {
            continue;
        };
        let Some(offence) = generator.offence(*index)? else {
            continue;
        };
        if let Some(kind) = kind(&offence, &with_points) {
            chosen.entry(kind).or_insert_with(|| avis.clone());
        }
        if chosen.len() == Kind::ALL.len() {
            break;
        }
    }
    let mut letters = Vec::with_capacity(chosen.len());
    for (kind, avis) in chosen {
        let pdf = document(system, &avis)?;
        let path = directory.join(format!("avis-{avis}-{}.pdf", kind.file()));
        std::fs::write(&path, pdf).with_context(|| format!("cannot write {}", path.display()))?;
        letters.push(SampleLetter {
            avis,
            what: kind.words().to_owned(),
            path: path.display().to_string(),
        });
    }
    Ok(letters)
}

fn kind(offence: &OffenceSummary, with_points: &HashSet<u32>) -> Option<Kind> {
    let vehicle = offence.plate.as_ref().zip(offence.day);
    let holder_is_company = vehicle.is_some_and(|((plate, country), day)| {
        Country::parse(country)
            .and_then(|country| Plate::parse(plate, country))
            .is_ok_and(|plate| {
                siv::look_up(&plate, day).is_ok_and(|found| {
                    found.quality == siv::Quality::Holder && found.liable.identity.is_company()
                })
            })
    });
    if offence.intercepted || offence.plate.is_none() {
        None
    } else if holder_is_company {
        Some(Kind::Company)
    } else if offence.asks_deposit && with_points.contains(&offence.natinf) {
        Some(Kind::PointsAndDeposit)
    } else if !offence.asks_deposit {
        Some(Kind::Parking)
    } else {
        None
    }
}

/// NatInf numbers that cost points.
fn with_points(system: &System) -> anyhow::Result<HashSet<u32>> {
    let path = system.run_dir().nation().join("snapshot.json");
    let json = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let snapshot: SnapshotV1 = serde_json::from_slice(&json)
        .with_context(|| format!("{} is no snapshot", path.display()))?;
    let entries = snapshot.natinf.iter();
    Ok(entries
        .filter(|entry| entry.points > 0)
        .map(|entry| entry.code)
        .collect())
}

fn document(system: &System, avis: &str) -> anyhow::Result<Vec<u8>> {
    let url = format!("{}/v1/documents/{avis}", system.record().url("archive")?);
    let (status, pdf) = crate::http::get(
        &url,
        &[
            ("CNT-User", "demo"),
            ("CNT-Role", "cnt"),
            ("CNT-Purpose", "demonstration"),
        ],
    )?;
    anyhow::ensure!(
        status == 200,
        "the archive answered {status} for avis {avis}"
    );
    Ok(pdf)
}
