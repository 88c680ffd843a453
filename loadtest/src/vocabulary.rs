//! Words of believable places and people; nobody's in particular.

/// Kinds of street, weighted by repetition.
pub(crate) const STREET_KINDS: [&str; 14] = [
    "RUE",
    "RUE",
    "RUE",
    "RUE",
    "RUE",
    "AVENUE",
    "AVENUE",
    "BOULEVARD",
    "PLACE",
    "CHEMIN",
    "IMPASSE",
    "ALLÉE",
    "QUAI",
    "COURS",
];
/// Names of streets.
pub(crate) const STREETS: [&str; 32] = [
    "VICTOR HUGO",
    "DE LA RÉPUBLIQUE",
    "DU GÉNÉRAL LECLERC",
    "JEAN JAURÈS",
    "DES ÉCOLES",
    "DE L'ÉGLISE",
    "DU MARÉCHAL FOCH",
    "PASTEUR",
    "DE LA GARE",
    "DES TILLEULS",
    "ANATOLE FRANCE",
    "DU 8 MAI 1945",
    "DE VERDUN",
    "ÉMILE ZOLA",
    "SAINT-MICHEL",
    "DU MOULIN",
    "DES FRÈRES LUMIÈRE",
    "GEORGES CLEMENCEAU",
    "DE L'HÔTEL DE VILLE",
    "DU CHÂTEAU",
    "LÉON GAMBETTA",
    "DES ROSES",
    "DU FOUR À CHAUX",
    "MARIE CURIE",
    "DE LA LIBERTÉ",
    "SIMONE VEIL",
    "DES CAPUCINS",
    "DU PONT NEUF",
    "DE LA FONTAINE",
    "ARISTIDE BRIAND",
    "DE L'ABBÉ GRÉGOIRE",
    "D'ALSACE-LORRAINE",
];
/// Where exactly.
pub(crate) const POSITIONS: [&str; 6] = [
    "face au numéro",
    "devant l'école",
    "à l'angle de la place",
    "sur le trottoir",
    "devant l'entrée du parking",
    "à hauteur du passage piéton",
];
/// Family names.
pub(crate) const LAST_NAMES: [&str; 32] = [
    "MARTIN",
    "BERNARD",
    "LEFÈVRE",
    "GARCIA",
    "DUPONT",
    "PETIT",
    "ROUX",
    "LEROY",
    "MOREAU",
    "FOURNIER",
    "GIRARD",
    "MERCIER",
    "BLANC",
    "GUÉRIN",
    "BOYER",
    "CHEVALIER",
    "FRANÇOIS",
    "LE GOFF",
    "KERMARREC",
    "N'DIAYE",
    "NGUYEN",
    "DA SILVA",
    "MÜLLER",
    "D'HÉROUVILLE",
    "BENALI",
    "ÇELIK",
    "LACROIX-DUVAL",
    "HAMÉON",
    "BÉRENGER",
    "PRÉVOST",
    "MAÎTREJEAN",
    "NOËL",
];
/// First names.
pub(crate) const FIRST_NAMES: [&str; 24] = [
    "Jean",
    "Marie",
    "Loïc",
    "Zoé",
    "Hervé",
    "Françoise",
    "Karim",
    "Aïcha",
    "Côme",
    "Gaëlle",
    "André",
    "Chloé",
    "Noël",
    "Agnès",
    "Théo",
    "Maëlys",
    "Benoît",
    "Inès",
    "François-Xavier",
    "Éloïse",
    "Mathis",
    "Solène",
    "Jérôme",
    "Anaïs",
];
/// Makes and models.
pub(crate) const VEHICLES: [(&str, &str); 16] = [
    ("RENAULT", "CLIO"),
    ("RENAULT", "MÉGANE"),
    ("PEUGEOT", "208"),
    ("PEUGEOT", "3008"),
    ("CITROËN", "C3"),
    ("CITROËN", "BERLINGO"),
    ("DACIA", "SANDERO"),
    ("VOLKSWAGEN", "GOLF"),
    ("TOYOTA", "YARIS"),
    ("FORD", "FIESTA"),
    ("OPEL", "CORSA"),
    ("FIAT", "500"),
    ("TESLA", "MODEL 3"),
    ("BMW", "SÉRIE 1"),
    ("MERCEDES", "CLASSE A"),
    ("NISSAN", "QASHQAI"),
];
/// Genres of the certificat d'immatriculation, weighted by repetition.
pub(crate) const GENRES: [&str; 10] = [
    "VP", "VP", "VP", "VP", "VP", "VP", "VP", "CTTE", "CTTE", "MTL",
];
/// Colours.
pub(crate) const COLOURS: [&str; 8] = [
    "GRIS", "BLANC", "NOIR", "BLEU", "ROUGE", "VERT", "BEIGE", "ORANGE",
];
/// Ranks of municipal police.
pub(crate) const RANKS: [&str; 4] = [
    "Gardien-brigadier",
    "Brigadier-chef principal",
    "Chef de service",
    "Garde champêtre chef",
];
/// Free texts of agents.
pub(crate) const OBSERVATIONS: [&str; 8] = [
    "Véhicule inoccupé, feux de détresse éteints.",
    "Gêne la circulation des piétons et des poussettes.",
    "Le conducteur reconnaît les faits.",
    "Disque de stationnement non apposé ; pare-brise dégagé.",
    "Passage d'un bus empêché pendant 5 minutes.",
    "Constaté en présence du brigadier de patrouille.",
    "L'intéressé déclare : « Je n'en ai que pour deux minutes. »",
    "Panneau B6a1 visible et en bon état.",
];
/// Letters of the SIV: no I, O, U.
pub(crate) const SIV_LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTVWXYZ";
/// All capitals.
pub(crate) const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
