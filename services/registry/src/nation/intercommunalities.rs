//! The intercommunalities of the simulation: real ones, with their SIREN and some of their member communes.
//!
//! SIREN and membership as in the Base nationale sur l'intercommunalité (BANATIC, DGCL, Licence Ouverte 2.0); whether
//! they really have a police of their own is not what is simulated.

/// An intercommunality (EPCI).
pub(super) struct Intercommunality {
    /// Its SIREN.
    pub(super) siren: &'static str,
    /// Its name, as an official letter writes it.
    pub(super) name: &'static str,
    /// What its police service is called: « Police intercommunale … ».
    pub(super) of: &'static str,
    /// Members that are policed (INSEE), the one where the service sits first.
    pub(super) members: &'static [&'static str],
}

/// Those of the simulation, in the order in which a larger nation takes them.
pub(super) const INTERCOMMUNALITIES: [Intercommunality; 6] = [
    Intercommunality {
        siren: "200058485",
        name: "Communauté d'agglomération Val Parisis",
        of: "Val Parisis",
        members: &[
            "95051", "95060", "95176", "95203", "95219", "95252", "95256", "95257", "95306",
            "95424", "95488", "95491", "95563", "95582", "95607",
        ],
    },
    Intercommunality {
        siren: "200056380",
        name: "Communauté d'agglomération Plaine Vallée",
        of: "Plaine Vallée",
        members: &[
            "95598", "95197", "95199", "95229", "95288", "95427", "95555",
        ],
    },
    Intercommunality {
        siren: "242900314",
        name: "Brest Métropole",
        of: "de Brest Métropole",
        members: &["29019", "29061", "29069", "29075", "29189", "29235"],
    },
    Intercommunality {
        siren: "247200132",
        name: "Le Mans Métropole",
        of: "de Le Mans Métropole",
        members: &["72181", "72003", "72008", "72095"],
    },
    Intercommunality {
        siren: "200039865",
        name: "Eurométropole de Metz",
        of: "de l'Eurométropole de Metz",
        members: &["57463", "57447", "57480", "57751"],
    },
    Intercommunality {
        siren: "200071827",
        name: "Communauté d'agglomération du Grand Angoulême",
        of: "du Grand Angoulême",
        members: &["16015", "16113", "16154", "16291", "16374"],
    },
];
