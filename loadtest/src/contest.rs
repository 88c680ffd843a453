//! Which avis are contested, on which ground, and with what words.

use cnt_contracts::courrier::{ContestationRequest, GroundWord};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::random::{Draw, uuid_of};

/// Share of the avis that are contested.
pub const CONTESTED_SHARE: f64 = 0.03;

/// What an offender says, after the form (CPP 529-10, R49-16; domain: frames of leaf 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ContestationGround {
    /// Case 1: the vehicle had been stolen.
    Theft,
    /// Case 1: the vehicle had been destroyed.
    Destruction,
    /// Case 1: the vehicle had been sold.
    Sale,
    /// Case 1: the plate is used by somebody else.
    Usurpation,
    /// Case 2: somebody else drove.
    Designation,
    /// Case 3 of an offence for which the law asks a deposit (CR L121-3), with its proof.
    OtherWithDeposit,
    /// Case 3 of an offence for which the law asks a deposit, without one: inadmissible.
    OtherDepositMissing,
    /// Case 3 where no deposit is asked: parking, or a driver who was stopped.
    Other,
}

impl ContestationGround {
    /// Every ground.
    pub const ALL: [Self; 8] = [
        Self::Theft,
        Self::Destruction,
        Self::Sale,
        Self::Usurpation,
        Self::Designation,
        Self::OtherWithDeposit,
        Self::OtherDepositMissing,
        Self::Other,
    ];

    /// Name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Theft => "theft",
            Self::Destruction => "destruction",
            Self::Sale => "sale",
            Self::Usurpation => "usurpation",
            Self::Designation => "designation",
            Self::OtherWithDeposit => "other_with_deposit",
            Self::OtherDepositMissing => "other_deposit_missing",
            Self::Other => "other",
        }
    }

    /// The case of the form, which is what the portal takes today.
    #[must_use]
    pub const fn word(self) -> GroundWord {
        match self {
            Self::Theft | Self::Destruction | Self::Sale | Self::Usurpation => GroundWord::Vehicule,
            Self::Designation => GroundWord::Designation,
            Self::OtherWithDeposit | Self::OtherDepositMissing | Self::Other => GroundWord::Autre,
        }
    }

    fn motivations(self) -> &'static [&'static str] {
        match self {
            Self::Theft => &[
                "Mon véhicule a été volé la veille des faits ; le récépissé de plainte est joint.",
                "Véhicule volé puis retrouvé par la gendarmerie : plainte et procès-verbal de découverte joints.",
            ],
            Self::Destruction => &[
                "Ce véhicule a été détruit ; le certificat de prise en charge pour destruction date de l'an dernier.",
                "Véhicule remis à un centre VHU agréé avant les faits, récépissé joint.",
            ],
            Self::Sale => &[
                "J'ai cédé ce véhicule trois semaines avant la date de l'avis, accusé d'enregistrement à l'appui.",
                "Véhicule vendu à un garage : certificat de cession et accusé d'enregistrement joints.",
            ],
            Self::Usurpation => &[
                "Mes plaques sont usurpées : je n'ai jamais circulé dans cette commune. Plainte déposée.",
                "La photographie montre un véhicule d'une autre marque portant mon numéro ; plainte jointe.",
            ],
            Self::Designation => &[
                "Le véhicule était prêté ce jour-là à mon frère, dont l'identité et le permis sont indiqués sur le formulaire.",
                "Notre société avait mis ce véhicule à la disposition d'un salarié, désigné ci-joint.",
                "Le véhicule était loué ; le locataire figure au contrat n° 2026-0417.",
            ],
            Self::OtherWithDeposit => &[
                "J'ai consigné le montant de l'amende, justificatif joint : le feu était orange et un camion masquait le signal.",
                "Consignation acquittée. La ligne n'était pas continue à cet endroit : photographies jointes.",
            ],
            Self::OtherDepositMissing => &[
                "Je conteste formellement : à cette heure-là, mon véhicule se trouvait à l'atelier, facture à l'appui.",
                "Je ne suis pas l'auteur de cet excès de vitesse et ne vois pas pourquoi je devrais consigner.",
            ],
            Self::Other => &[
                "Le panneau était masqué par un échafaudage ; photographies jointes.",
                "J'étais stationné sur un emplacement autorisé : la place est située au droit du n° 12 et non du n° 21.",
                "Je transportais une personne titulaire de la carte mobilité inclusion, qui était apposée.",
                "L'arrêt n'a duré que le temps de décharger un fauteuil roulant, moteur tournant et conducteur au volant.",
            ],
        }
    }
}

/// A contestation to file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contestation {
    /// What the offender says.
    pub ground: ContestationGround,
    /// What the portal is sent.
    pub request: ContestationRequest,
}

/// A digest that decides about one MIF: not about the number of its avis, so that two runs of one stream agree.
pub(crate) fn fate(seed: u64, purpose: &str, id_mif: Uuid) -> [u8; 32] {
    let mut hasher = Sha256::new_with_prefix(b"cnt-loadtest:");
    hasher.update(purpose.as_bytes());
    hasher.update(seed.to_be_bytes());
    hasher.update(id_mif.as_bytes());
    hasher.finalize().into()
}

/// The contestation of an accepted MIF, for about three in a hundred; `asks_deposit` where the law does.
pub(crate) fn contestation(
    seed: u64,
    id_mif: Uuid,
    avis: &str,
    asks_deposit: bool,
) -> Option<Contestation> {
    let digest = fate(seed, "contestation", id_mif);
    let mut draw = Draw::of_digest(digest);
    if draw.share() >= CONTESTED_SHARE {
        return None;
    }
    let ground = match draw.below(20) {
        0 => ContestationGround::Theft,
        1 => ContestationGround::Destruction,
        2 | 3 => ContestationGround::Sale,
        4 => ContestationGround::Usurpation,
        5..10 => ContestationGround::Designation,
        10 | 11 if asks_deposit => ContestationGround::OtherDepositMissing,
        _ if asks_deposit => ContestationGround::OtherWithDeposit,
        _ => ContestationGround::Other,
    };
    Some(Contestation {
        ground,
        request: ContestationRequest {
            id: uuid_of(&digest),
            avis: avis.to_owned(),
            ground: ground.word(),
            motivation: draw.pick(ground.motivations()).to_owned(),
        },
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::random::id;

    #[test]
    fn three_in_a_hundred_on_all_grounds_whatever_the_number() {
        let contested: Vec<_> = (0..20_000)
            .filter_map(|index| contestation(7, id(7, "id", index), "9900000017", index % 2 == 0))
            .collect();
        assert!((450..750).contains(&contested.len()), "{}", contested.len());
        let grounds: HashSet<_> = contested.iter().map(|it| it.ground).collect();
        assert_eq!(grounds, HashSet::from(ContestationGround::ALL));
        let first =
            (0..).find(|index| contestation(7, id(7, "id", *index), "9900000017", false).is_some());
        let mif = id(7, "id", first.unwrap());
        let of = |avis| contestation(7, mif, avis, false).map(|it| it.request.id);
        assert_eq!(of("9900000017"), of("9900000018"));
    }
}
