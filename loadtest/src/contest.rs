//! Which avis are contested, and with what words.

use cnt_contracts::courrier::{ContestationRequest, GroundWord};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::random::uuid_of;

/// Share of the accepted MIFs that are contested.
pub const CONTESTED_SHARE: f64 = 0.03;

const VEHICLE: [&str; 4] = [
    "Mon véhicule a été volé la veille des faits ; le récépissé de plainte est joint.",
    "J'ai cédé ce véhicule trois semaines avant la date de l'avis, accusé d'enregistrement à l'appui.",
    "Mes plaques sont usurpées : je n'ai jamais circulé dans cette commune. Plainte déposée.",
    "Ce véhicule a été détruit ; le certificat de prise en charge pour destruction date de l'an dernier.",
];
const DESIGNATION: [&str; 3] = [
    "Le véhicule était prêté ce jour-là à mon frère, dont l'identité et le permis sont indiqués sur le formulaire.",
    "Notre société avait mis ce véhicule à la disposition d'un salarié, désigné ci-joint.",
    "Le véhicule était loué ; le locataire figure au contrat n° 2026-0417.",
];
const OTHER: [&str; 5] = [
    "Le panneau était masqué par un échafaudage ; photographies jointes.",
    "J'étais stationné sur un emplacement autorisé : la place est située au droit du n° 12 et non du n° 21.",
    "Je transportais une personne titulaire de la carte mobilité inclusion, qui était apposée.",
    "L'arrêt n'a duré que le temps de décharger un fauteuil roulant, moteur tournant et conducteur au volant.",
    "Je conteste formellement l'infraction : à cette heure-là, mon véhicule se trouvait à l'atelier, facture à l'appui.",
];

/// The contestation of an accepted MIF, for about three in a hundred: chosen by the MIF's id and the seed, not by the
/// number of the avis, so that two runs of one stream contest the same.
#[must_use]
pub fn contestation_for(seed: u64, id_mif: Uuid, avis: &str) -> Option<ContestationRequest> {
    let digest: [u8; 32] = {
        let mut hasher = Sha256::new_with_prefix(b"cnt-loadtest:contestation:");
        hasher.update(seed.to_be_bytes());
        hasher.update(id_mif.as_bytes());
        hasher.finalize().into()
    };
    let number = |position: usize| u32::from(digest.get(position).copied().unwrap_or(0));
    let drawn = number(16) * 65_536 + number(17) * 256 + number(18);
    if f64::from(drawn) >= CONTESTED_SHARE * f64::from(1 << 24) {
        return None;
    }
    let (ground, motivations): (GroundWord, &[&str]) = match number(20) % 10 {
        0 => (GroundWord::Vehicule, &VEHICLE),
        1..=3 => (GroundWord::Designation, &DESIGNATION),
        _ => (GroundWord::Autre, &OTHER),
    };
    let choice = usize::try_from(number(21)).unwrap_or(0) % motivations.len();
    Some(ContestationRequest {
        id: uuid_of(&digest),
        avis: avis.to_owned(),
        ground,
        motivation: motivations.get(choice).copied().unwrap_or("").to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::id;

    #[test]
    fn three_in_a_hundred_on_all_grounds_whatever_the_number() {
        let contested: Vec<_> = (0..20_000)
            .filter_map(|index| contestation_for(7, id(7, "id", index), "9900000017"))
            .collect();
        assert!((450..750).contains(&contested.len()), "{}", contested.len());
        for ground in [
            GroundWord::Vehicule,
            GroundWord::Designation,
            GroundWord::Autre,
        ] {
            assert!(contested.iter().any(|request| request.ground == ground));
        }
        let mif = id(7, "id", 3);
        let of = |avis| contestation_for(7, mif, avis).map(|request| request.id);
        assert_eq!(of("9900000017"), of("9900000018"));
    }
}
