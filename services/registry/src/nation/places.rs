//! Choosing communes, and writing about them in French.

use sha2::{Digest, Sha256};

use super::NationError;
use crate::reference::CommuneRow;

/// Communes of this many inhabitants may have a municipal police in the simulation.
const POPULATION_MIN: u32 = 5_000;
/// The three largest cities are left out: their arrondissements would have to be told apart.
const POPULATION_MAX: u32 = 450_000;

/// « de Rennes », « d'Acigné », « du Mans », « des Sables-d'Olonne ».
pub(super) fn of_place(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("Le ") {
        return format!("du {rest}");
    }
    if let Some(rest) = name.strip_prefix("Les ") {
        return format!("des {rest}");
    }
    let elides = name
        .chars()
        .next()
        .is_some_and(|first| "AEIOUYÀÂÉÈÊÎÔŒH".contains(first));
    if elides {
        format!("d'{name}")
    } else {
        format!("de {name}")
    }
}

/// The chosen communes of one collectivity, its seat first.
pub(super) struct Territory<'a> {
    pub(super) seat: &'a CommuneRow,
    pub(super) others: Vec<&'a CommuneRow>,
}

impl<'a> Territory<'a> {
    pub(super) fn communes(&self) -> impl Iterator<Item = &'a CommuneRow> + '_ {
        std::iter::once(self.seat).chain(self.others.iter().copied())
    }
}

/// Chooses the communes of the nation: by a hash of seed and code, so that another number of collectivities only
/// adds or removes some at the end.
pub(super) fn territories<'a>(
    seed: u64,
    count: usize,
    communes: &'a [CommuneRow],
    has_omp: impl Fn(&CommuneRow) -> bool,
) -> Result<Vec<Territory<'a>>, NationError> {
    let rank = |commune: &CommuneRow| -> [u8; 32] {
        let mut hasher = Sha256::new_with_prefix(b"cnt-nation-commune:");
        hasher.update(seed.to_be_bytes());
        hasher.update(commune.insee.as_str().as_bytes());
        hasher.finalize().into()
    };
    let fits = |commune: &&CommuneRow| {
        let population = commune.population.unwrap_or(0);
        (POPULATION_MIN..=POPULATION_MAX).contains(&population)
            && commune.siren.is_some()
            && commune.postcode.is_some()
            && has_omp(commune)
    };
    let mut seats: Vec<&CommuneRow> = communes.iter().filter(fits).collect();
    seats.sort_by_cached_key(|commune| rank(commune));
    if count > seats.len() {
        return Err(NationError::TooManyCollectivities {
            wanted: count,
            available: seats.len(),
        });
    }
    seats.truncate(count);
    let mut territories: Vec<Territory<'a>> = seats
        .iter()
        .map(|seat| Territory {
            seat,
            others: Vec::new(),
        })
        .collect();
    if let Some(first) = territories.first_mut() {
        let is_neighbour = |commune: &&CommuneRow| {
            commune.departement == first.seat.departement
                && commune.arrondissement == first.seat.arrondissement
                && commune.postcode.is_some()
                && !seats.iter().any(|seat| seat.insee == commune.insee)
        };
        let neighbour = communes
            .iter()
            .filter(is_neighbour)
            .min_by_key(|commune| rank(commune));
        first.others.extend(neighbour);
    }
    Ok(territories)
}

#[cfg(test)]
mod tests {
    use super::of_place;

    #[test]
    fn french_articles() {
        assert_eq!(of_place("Rennes"), "de Rennes");
        assert_eq!(of_place("Évreux"), "d'Évreux");
        assert_eq!(of_place("Le Mans"), "du Mans");
        assert_eq!(of_place("Les Ulis"), "des Ulis");
        assert_eq!(of_place("La Rochelle"), "de La Rochelle");
    }
}
