//! Finding communes, and writing about them in French.

use std::collections::{HashMap, HashSet};

use sha2::{Digest, Sha256};

use crate::reference::CommuneRow;

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

/// A digest of the seed and what it is for.
pub(super) fn draw(seed: u64, purpose: &str, key: &str) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"cnt-nation-");
    hasher.update(purpose.as_bytes());
    hasher.update(b":");
    hasher.update(seed.to_be_bytes());
    hasher.update(key.as_bytes());
    hasher.finalize().into()
}

/// A number below `below` out of a digest.
pub(super) fn number(digest: &[u8; 32], below: u32) -> u32 {
    let bytes = digest.first_chunk::<4>().copied().unwrap_or_default();
    u32::from_be_bytes(bytes) % below.max(1)
}

/// Communes to choose from, in an order that the seed decides, each chosen at most once.
pub(super) struct Choice<'a> {
    ranked: Vec<&'a CommuneRow>,
    by_insee: HashMap<&'a str, &'a CommuneRow>,
    by_postcode: HashMap<&'a str, Vec<&'a CommuneRow>>,
    taken: HashSet<&'a str>,
}

impl<'a> Choice<'a> {
    /// Every commune that can be a sender's or a place of offences: with SIREN, postcode and an OMP.
    pub(super) fn new(
        seed: u64,
        communes: &'a [CommuneRow],
        has_omp: impl Fn(&CommuneRow) -> bool,
    ) -> Self {
        let fits = |commune: &&CommuneRow| {
            commune.siren.is_some() && commune.postcode.is_some() && has_omp(commune)
        };
        let mut ranked: Vec<&CommuneRow> = communes.iter().filter(fits).collect();
        ranked.sort_by_cached_key(|commune| draw(seed, "commune", commune.insee.as_str()));
        let mut by_postcode: HashMap<&str, Vec<&CommuneRow>> = HashMap::new();
        for commune in &ranked {
            if let Some(postcode) = &commune.postcode {
                by_postcode.entry(postcode).or_default().push(commune);
            }
        }
        Self {
            by_insee: ranked
                .iter()
                .map(|commune| (commune.insee.as_str(), *commune))
                .collect(),
            by_postcode,
            taken: HashSet::new(),
            ranked,
        }
    }

    /// Takes a commune by its code, so that it is not chosen otherwise.
    pub(super) fn take(&mut self, insee: &str) -> Option<&'a CommuneRow> {
        let commune = self.by_insee.get(insee).copied()?;
        self.taken.insert(commune.insee.as_str());
        Some(commune)
    }

    /// Takes the next commune of so many inhabitants.
    pub(super) fn next(&mut self, inhabitants: std::ops::Range<u32>) -> Option<&'a CommuneRow> {
        let fits = |commune: &&&CommuneRow| {
            inhabitants.contains(&commune.population.unwrap_or(0))
                && !self.taken.contains(commune.insee.as_str())
        };
        let found = *self.ranked.iter().find(fits)?;
        self.take(found.insee.as_str())
    }

    /// Takes the next commune of so many inhabitants that has neighbours, and those: communes of the same postcode.
    pub(super) fn next_with_neighbours(
        &mut self,
        inhabitants: std::ops::Range<u32>,
        neighbours_max: usize,
    ) -> Option<Vec<&'a CommuneRow>> {
        let is_free = |commune: &CommuneRow| !self.taken.contains(commune.insee.as_str());
        let around = |seat: &CommuneRow| -> Vec<&'a CommuneRow> {
            let postcode = seat.postcode.as_deref().unwrap_or_default();
            let same = self
                .by_postcode
                .get(postcode)
                .into_iter()
                .flatten()
                .copied();
            same.filter(|commune| commune.insee != seat.insee && is_free(commune))
                .take(neighbours_max)
                .collect()
        };
        let fits = |commune: &&&'a CommuneRow| {
            inhabitants.contains(&commune.population.unwrap_or(0))
                && is_free(commune)
                && !around(commune).is_empty()
        };
        let seat = *self.ranked.iter().find(fits)?;
        let communes: Vec<_> = std::iter::once(seat).chain(around(seat)).collect();
        for commune in &communes {
            self.take(commune.insee.as_str());
        }
        Some(communes)
    }
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
