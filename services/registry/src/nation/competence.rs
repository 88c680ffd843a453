//! Which OMP is competent where.
//!
//! One OMP per tribunal judiciaire, code `OMP-<département>-<nn>`, numbered by the INSEE code of the seat. A commune
//! belongs to the tribunal of its département. Where a département has several, the table of courts does not say
//! which commune goes where, and the rule is an approximation: the tribunal whose seat lies in the commune's
//! arrondissement; if none does, the one with the most populous seat. It is exact for the départements with one
//! tribunal and for the seats themselves.

use std::collections::{BTreeMap, HashMap};

use cnt_contracts::registry::OmpV1;

use super::places::of_place;
use crate::reference::{CommuneRow, CourtRow};

struct Office {
    code: String,
    court: String,
    seat_name: String,
    seat_postcode: String,
    seat_arrondissement: String,
    seat_population: u32,
}

/// The OMPs and their territories.
pub struct Competence {
    by_departement: BTreeMap<String, Vec<Office>>,
}

impl Competence {
    /// Builds it from courts and communes; a court whose seat is no commune of today has no OMP.
    #[must_use]
    pub fn new(courts: &[CourtRow], communes: &[CommuneRow]) -> Self {
        let seats: HashMap<_, _> = communes
            .iter()
            .map(|commune| (&commune.insee, commune))
            .collect();
        let mut sorted: Vec<&CourtRow> = courts.iter().collect();
        sorted.sort_by(|a, b| a.seat.cmp(&b.seat));
        let mut by_departement: BTreeMap<String, Vec<Office>> = BTreeMap::new();
        for court in sorted {
            let Some(seat) = seats.get(&court.seat) else {
                continue;
            };
            let offices = by_departement.entry(court.departement.clone()).or_default();
            offices.push(Office {
                code: format!("OMP-{}-{:02}", court.departement, offices.len() + 1),
                court: format!("Tribunal de police {}", of_place(&court.name)),
                seat_name: seat.name.clone(),
                seat_postcode: seat.postcode.clone().unwrap_or_default(),
                seat_arrondissement: seat.arrondissement.clone(),
                seat_population: seat.population.unwrap_or(0),
            });
        }
        Self { by_departement }
    }

    /// Code of the OMP competent for a commune; none where no tribunal judiciaire sits in the département.
    #[must_use]
    pub fn omp_of(&self, commune: &CommuneRow) -> Option<&str> {
        let offices = self.by_departement.get(&commune.departement)?;
        let nearest = offices
            .iter()
            .find(|office| office.seat_arrondissement == commune.arrondissement);
        nearest
            .or_else(|| offices.iter().max_by_key(|office| office.seat_population))
            .map(|office| office.code.as_str())
    }

    /// Every OMP. Their addresses are nobody's.
    #[must_use]
    pub fn omps(&self) -> Vec<OmpV1> {
        let office = |office: &Office| OmpV1 {
            code: office.code.clone(),
            court: office.court.clone(),
            address: vec![
                "Officier du ministère public".to_owned(),
                office.court.clone(),
                "1 place de la Simulation (fictif)".to_owned(),
                format!("{} {}", office.seat_postcode, office.seat_name),
                format!("{}@justice.example", office.code.to_lowercase()),
            ],
        };
        self.by_departement.values().flatten().map(office).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::{communes, courts};

    #[test]
    fn competence_follows_departement_then_arrondissement_then_size() {
        let communes = communes().unwrap();
        let competence = Competence::new(&courts().unwrap(), &communes);
        let omp = |insee: &str| {
            let commune = communes
                .iter()
                .find(|commune| commune.insee.as_str() == insee)
                .unwrap();
            competence.omp_of(commune).map(str::to_owned)
        };
        // One tribunal in the Gers.
        assert_eq!(omp("32013").as_deref(), Some("OMP-32-01"));
        // Rennes and Saint-Malo in Ille-et-Vilaine; Fougères has none and goes to Rennes.
        assert_eq!(omp("35238").as_deref(), Some("OMP-35-01"));
        assert_eq!(omp("35288").as_deref(), Some("OMP-35-02"));
        assert_eq!(omp("35115").as_deref(), Some("OMP-35-01"));
        assert_eq!(omp("2A004").as_deref(), Some("OMP-2A-01"));
        let omps = competence.omps();
        assert_eq!(omps.len(), courts().unwrap().len());
        assert!(
            omps.iter()
                .all(|omp| omp.address.last().unwrap().ends_with(".example"))
        );
    }
}
