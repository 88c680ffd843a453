//! Invented facts by number: for measures and comparisons, where no two documents may be alike.

mod contestation;
mod letters;
mod proces_verbal;

use jiff::civil::{Date, Time};

use crate::{
    AddresseeRole, AmountDue, AmountFrom, AmountsInput, AvisInput, ContestInput, DocumentInput,
    DocumentKind, LiabilityRule, OffenceInput, OmpInput, PlaceInput, PoliceServiceInput,
    RenderRequest, RenditionError, TelepaymentInput, VehicleInput,
};

const FIRST_NAMES: [&str; 48] = [
    "MARIE",
    "JEAN",
    "ANAÏS",
    "PIERRE",
    "ZOÉ",
    "MICHEL",
    "FRANÇOISE",
    "ANDRÉ",
    "CHLOÉ",
    "PHILIPPE",
    "NOËLLE",
    "LOUIS",
    "INÈS",
    "RENÉ",
    "MAËLYS",
    "ALAIN",
    "AGNÈS",
    "JÉRÔME",
    "SYLVIE",
    "AÏCHA",
    "KARIM",
    "FATIMA",
    "MEHDI",
    "LUCÍA",
    "JOSÉ",
    "SØREN",
    "JÜRGEN",
    "WLADYSLAW",
    "JEAN-BAPTISTE",
    "ANNE-SOPHIE",
    "MARIE-LAURE",
    "CÉLESTE",
    "GAËTAN",
    "LÉONIE",
    "YANN",
    "SOLÈNE",
    "TANGUY",
    "ROZENN",
    "XAVIER",
    "WENDY",
    "YVETTE",
    "VÁCLAV",
    "TEODORA",
    "ÉLOÏSE",
    "HÉLÈNE",
    "ÇETIN",
    "ŽELJKO",
    "ŒDIPE",
];

const SYLLABLES: [&str; 40] = [
    "BER", "NARD", "DU", "BOIS", "LE", "FÈVRE", "MAR", "TIN", "LA", "ROCHE", "GAU", "THIER", "MO",
    "REAU", "VIL", "LENEUVE", "TRAN", "NGUY", "KA", "DIAL", "LO", "PEZ", "WA", "GNER", "AY",
    "TEKIN", "PO", "TTER", "SAN", "TOS", "KER", "GOAT", "YVON", "NET", "FON", "TAINE", "CHE",
    "VALIER", "ÉMON", "QUIN",
];

const STREETS: [&str; 16] = [
    "RUE DE LA RÉPUBLIQUE",
    "AVENUE DU GÉNÉRAL DE GAULLE",
    "CHEMIN DES PRÉS-HAUTS",
    "IMPASSE DE L’ÉGLISE",
    "BOULEVARD D'ARTOIS",
    "PLACE DU 8 MAI 1945",
    "QUAI AMPÈRE (CÔTÉ FLEUVE)",
    "ROUTE DE VATAN – ZONE ARTISANALE DE LA TOUR CARRÉE",
    "RUE DU MARÉCHAL JEAN DE LATTRE DE TASSIGNY, FACE À L'ÉCOLE",
    "ALLÉE WAGNER",
    "COURS TOLSTOÏ",
    "RUE AVE TO, VALLÉE VERTE",
    "SQUARE DE L'Œ",
    "PASSAGE « FLEURI »",
    "RUE N° 12 BIS/TER",
    "VOIE LACTÉE",
];

const COMMUNES: [(&str, &str); 12] = [
    ("RENNES", "35"),
    ("PARIS 18E ARRONDISSEMENT", "75"),
    ("AJACCIO", "2A"),
    ("SAINT-DENIS", "974"),
    ("L’HAŸ-LES-ROSES", "94"),
    ("SAINT-RÉMY-EN-BOUZEMONT-SAINT-GENEST-ET-ISSON", "51"),
    ("Y", "80"),
    ("ŒUILLY", "51"),
    ("TOUL", "54"),
    ("VITRY-SUR-SEINE", "94"),
    ("ÎLE-D’AIX", "17"),
    ("CHÂLONS-EN-CHAMPAGNE", "51"),
];

const POSITIONS: [&str; 10] = [
    "FACE AU N° 12",
    "PR 12+300",
    "À L’ANGLE DE LA RUE DE L’ÉGLISE",
    "DEVANT L'ARRÊT DE BUS « MAIRIE »",
    "PARKING P2",
    "CÔTÉ PAIR",
    "BANDE CYCLABLE, VERS L’AVENUE WATTEAU",
    "SUR TROTTOIR",
    "DANS LE SENS DE LA PENTE (10 %)",
    "ÉCHANGEUR 7, BRETELLE D’ACCÈS",
];

const MAKES: [&str; 12] = [
    "RENAULT",
    "PEUGEOT",
    "CITROËN",
    "VOLKSWAGEN",
    "MERCEDES-BENZ",
    "ŠKODA",
    "TOYOTA",
    "VW",
    "TESLA",
    "YAMAHA",
    "ROLLS-ROYCE MOTOR CARS",
    "AIXAM",
];

const COUNTRIES: [&str; 6] = [
    "FRANCE",
    "BELGIQUE",
    "SUISSE",
    "ALLEMAGNE",
    "ROYAUME-UNI",
    "LUXEMBOURG",
];

/// Offences with the texts that define and punish them, from the shortest to the longest.
const OFFENCES: [(u32, u8, &str, &str, &str); 10] = [
    (
        6_113,
        2,
        "STATIONNEMENT GENANT DE VEHICULE SUR VOIE PUBLIQUE SPECIALEMENT DESIGNEE PAR ARRETE",
        "ART.R.417-10 §II 10° C.ROUTE.",
        "ART.R.417-10 §IV C.ROUTE.",
    ),
    (
        217,
        4,
        "INOBSERVATION, PAR CONDUCTEUR, DE L'ARRET IMPOSE PAR UN FEU ROUGE",
        "ART.R.412-30 AL.1,AL.2,AL.3 C.ROUTE.",
        "ART.R.412-30 AL.4,AL.5 C.ROUTE.",
    ),
    (
        23_800,
        4,
        "USAGE D'UN TELEPHONE TENU EN MAIN PAR LE CONDUCTEUR D'UN VEHICULE EN CIRCULATION",
        "ART.R.412-6-1 AL.1 C.ROUTE.",
        "ART.R.412-6-1 AL.2,AL.3 C.ROUTE.",
    ),
    (
        31_089,
        4,
        "VIOLATION D'UNE INTERDICTION OU MANQUEMENT A UNE OBLIGATION EDICTEE PAR DECRET OU ARRETE \
         DE POLICE POUR ASSURER LA TRANQUILLITE, LA SECURITE OU LA SALUBRITE PUBLIQUE",
        "ART.R.610-5 C.PENAL.",
        "ART.R.610-5 C.PENAL.",
    ),
    (
        1_033,
        2,
        "NON ACQUITTEMENT DU MONTANT DU PEAGE CORRESPONDANT AU TRAJET ET A LA CATEGORIE DU \
         VEHICULE UTILISE SUR UN OUVRAGE ROUTIER OUVERT A LA CIRCULATION PUBLIQUE",
        "ART.R.419-1, ART.L.121-2 C.ROUTE.",
        "ART.R.419-1 AL.2 C.ROUTE.",
    ),
    (
        22_882,
        3,
        "DETENTION DE CHIEN DE GARDE OU DE DEFENSE SANS PERMIS DE DETENTION (chien dangereux de \
         catégorie 2)",
        "ART.R.215-2 §III 1°, ART.L.211-14 §I,§II, ART.L.211-12, ART.R.211-5, ART.D.211-5-2 \
         C.RURAL. ART.2 ARR.MINIST DU 27/04/1999. ART.1 ANX.II ARR.MINIST DU 29/12/1999.",
        "ART.R.215-2 §III C.RURAL.",
    ),
    (
        6_171,
        2,
        "NON APPOSITION SUR LE VEHICULE DU CERTIFICAT D'ASSURANCE OU APPOSITION DE CERTIFICAT NON \
         VALIDE",
        "ART.R.211-21-1, ART.R.211-21-2, ART.R.211-21-3 AL.2 C.ASSURANCES. ART.R.233-3 C.ROUTE.",
        "ART.R.211-21-5 C.ASSURANCES. ART.R.233-3 C.ROUTE.",
    ),
    (
        26_289,
        4,
        "STATIONNEMENT TRES GENANT D'UN VEHICULE MOTORISE SUR UN TROTTOIR",
        "ART.R.417-11 §I 8°,§III, ART.R.110-2 C.ROUTE.",
        "ART.R.417-11 §II,§III C.ROUTE.",
    ),
    (
        1_087,
        2,
        "CIRCULATION A VELO LA NUIT SANS ECLAIRAGE",
        "ART.R.313-4 §X C.ROUTE.",
        "ART.R.313-4 §XII C.ROUTE.",
    ),
    (
        11_302,
        1,
        "ABANDON D'ORDURES, DECHETS, MATERIAUX",
        "ART.R.632-1 C.PENAL.",
        "ART.R.632-1 C.PENAL.",
    ),
];

/// A source of numbers (SplitMix64): the same from the same seed, everywhere.
#[derive(Debug, Clone)]
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        let at = self.below(u64::try_from(list.len()).unwrap_or(1));
        list.get(usize::try_from(at).unwrap_or(0)).copied()
    }

    fn word(&mut self, list: &[&'static str]) -> &'static str {
        self.pick(list).unwrap_or_default()
    }

    fn small(&mut self, bound: u8) -> i8 {
        i8::try_from(self.below(u64::from(bound))).unwrap_or(0)
    }
}

/// Facts of the document `rank` of the corpus `seed`: about two in a thousand hold a letter or a
/// length that no forme takes, and most of the choices of the template occur.
///
/// # Errors
/// [`RenditionError`] when the specimen of the kind cannot be read, which the tests exclude.
pub fn corpus_request(
    kind: DocumentKind,
    seed: u64,
    rank: u64,
) -> Result<RenderRequest, RenditionError> {
    let mut dice = Dice(seed.wrapping_mul(0x5851_F42D_4C95_7F2D) ^ rank.rotate_left(20));
    let document = match kind {
        DocumentKind::AvisContravention => {
            avis(&mut dice, rank).map(DocumentInput::AvisContravention)
        }
        DocumentKind::AvisElectronique => letters::avis_electronique(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::AvisElectronique),
        DocumentKind::AmendeMajoree => letters::amende_majoree(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::AmendeMajoree),
        DocumentKind::ProcesVerbal => proces_verbal::proces_verbal(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::ProcesVerbal),
        DocumentKind::AccuseEnregistrement => contestation::acknowledgement(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::AccuseEnregistrement),
        DocumentKind::Irrecevabilite => contestation::inadmissibility(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::Irrecevabilite),
        DocumentKind::Classement => contestation::closure(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::Classement),
        DocumentKind::Transmission => contestation::transmission(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::Transmission),
        DocumentKind::Bordereau => contestation::bordereau(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::Bordereau),
        DocumentKind::Maintien => contestation::maintained(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::Maintien),
        DocumentKind::DemandePiece => contestation::piece_asked(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::DemandePiece),
        DocumentKind::DemandeRapport => contestation::report_asked(&mut dice, rank)
            .map(Box::new)
            .map(DocumentInput::DemandeRapport),
    };
    let document = document.ok_or_else(|| RenditionError::Input {
        reason: "no invented facts".to_owned(),
    })?;
    Ok(RenderRequest { document })
}

fn avis(dice: &mut Dice, rank: u64) -> Option<AvisInput> {
    let avis_number = format!("99{:08}", rank % 100_000_000);
    let avis_date = date(dice)?;
    let later = |days: i32| avis_date.checked_add(jiff::Span::new().days(days)).ok();
    let forfaitaire = dice.pick(&[1_100, 3_500, 6_800, 13_500, 37_500, 67_550, 150_000])?;
    let due = |cents: i64, days: i32| -> Option<AmountDue> {
        Some(AmountDue {
            cents,
            until_paper: later(days)?,
            until_remote: later(days + 15)?,
        })
    };
    let minoree = (!dice.one_in(3))
        .then(|| due(forfaitaire * 2 / 3, 15))
        .flatten();
    let addressee = dice.pick(&AddresseeRole::ALL)?;
    let has_vehicle = addressee != AddresseeRole::PersonMet;
    let consigned = addressee == AddresseeRole::Holder && dice.one_in(3);
    Some(AvisInput {
        portal_key: format!("{:08}", dice.below(100_000_000)),
        is_abroad: dice.one_in(12),
        liability: if consigned {
            LiabilityRule::L1213
        } else {
            LiabilityRule::L1212
        },
        must_designate: false,
        licence_exchange: false,
        recipient: recipient(dice, rank),
        addressee,
        offence: offence(dice, later(-7)?)?,
        vehicle: has_vehicle.then(|| vehicle(dice)),
        police_service: PoliceServiceInput {
            label: format!("POLICE MUNICIPALE DE {:.39}", dice.pick(&COMMUNES)?.0),
            code: format!("{:09}", dice.below(1_000_000_000)),
            agent_number: format!("{:08}", dice.below(100_000_000)),
        },
        points: dice.pick(&[0, 0, 1, 3, 4, 6])?,
        amounts: AmountsInput {
            minoree,
            forfaitaire: due(forfaitaire, 45)?,
            majoree: AmountFrom {
                cents: forfaitaire * 5 / 2,
                from: later(61)?,
            },
        },
        telepayment: TelepaymentInput::of_avis(&avis_number)?,
        contest: ContestInput {
            until: later(45)?,
            consignation_cents: consigned.then_some(forfaitaire),
            omp: omp(dice)?,
        },
        avis_number,
        avis_date,
    })
}

fn offence(dice: &mut Dice, date: Date) -> Option<OffenceInput> {
    let (natinf, class, qualification, defined_by, punished_by) = dice.pick(&OFFENCES)?;
    let (commune, departement) = dice.pick(&COMMUNES)?;
    Some(OffenceInput {
        date,
        time: Time::new(dice.small(24), dice.small(60), 0, 0).ok()?,
        place: PlaceInput {
            commune: commune.to_owned(),
            departement: departement.to_owned(),
            street: (!dice.one_in(20)).then(|| street(dice)),
            position: dice.one_in(2).then(|| dice.word(&POSITIONS).to_owned()),
            direction: dice.one_in(4).then(|| {
                format!(
                    "VERS {}",
                    dice.word(&["LILLE", "PARIS – CENTRE", "L’OUEST", "SAINT-GENEST"])
                )
            }),
        },
        natinf,
        class,
        qualification: qualification.to_owned(),
        defined_by: defined_by.to_owned(),
        punished_by: punished_by.to_owned(),
        parking: None,
        speed: None,
    })
}

fn date(dice: &mut Dice) -> Option<Date> {
    Date::new(2026, dice.small(12) + 1, dice.small(28) + 1).ok()
}

fn recipient(dice: &mut Dice, rank: u64) -> Vec<String> {
    let mut surname = String::new();
    for _ in 0..=dice.below(3) + 1 {
        surname.push_str(dice.word(&SYLLABLES));
    }
    let title = dice.word(&["M.", "MME", "MONSIEUR", "MADAME"]);
    let mut first = dice.word(&FIRST_NAMES).to_owned();
    if dice.one_in(700) {
        first = dice.word(&["ŁUKASZ", "ĐORĐE", "Αθήνα"]).to_owned();
    }
    let mut lines = vec![format!("{title} {first} {surname}")];
    if dice.one_in(5) {
        lines.push(format!(
            "APPARTEMENT {} – ESC. {}",
            dice.below(90),
            dice.below(9)
        ));
    }
    if dice.one_in(9) {
        lines.push("RÉSIDENCE LES TILLEULS (BÂT. Æ)".to_owned());
    }
    lines.push(format!("{} RUE DU VAL {}", dice.below(300) + 1, rank % 977));
    if dice.one_in(30) {
        lines.push("BP 12345".to_owned());
    }
    lines.push(format!(
        "{:05} {}",
        dice.below(96_000),
        dice.word(&["VATAN", "LYON CEDEX 03", "SAINT AVÉ", "TOURS"])
    ));
    if dice.one_in(12) {
        lines.push(dice.word(&["BELGIQUE", "SUISSE", "LUXEMBOURG"]).to_owned());
    }
    lines
        .into_iter()
        .map(|line| line.chars().take(38).collect())
        .collect()
}

fn street(dice: &mut Dice) -> String {
    format!("{} {}", dice.below(200), dice.word(&STREETS))
}

fn vehicle(dice: &mut Dice) -> VehicleInput {
    let mut letter = || char::from(b'A' + u8::try_from(dice.below(26)).unwrap_or(0));
    let letters: String = (0..4).map(|_| letter()).collect();
    let (left, right) = letters.split_at_checked(2).unwrap_or_default();
    VehicleInput {
        plate: format!("{left}-{:03}-{right}", dice.below(1000)),
        country: dice.word(&COUNTRIES).to_owned(),
        make: (!dice.one_in(10)).then(|| dice.word(&MAKES).to_owned()),
    }
}

fn omp(dice: &mut Dice) -> Option<OmpInput> {
    let (town, departement) = dice.pick(&COMMUNES)?;
    let short = town.chars().take(24).collect::<String>();
    let mut address = vec!["COMMISSARIAT DE POLICE".to_owned()];
    if dice.one_in(2) {
        address.push(
            "BUREAU DE L’OFFICIER DU MINISTÈRE PUBLIC"
                .chars()
                .take(38)
                .collect(),
        );
    }
    address.push(format!("{} RUE DE L'EXEMPLE", dice.below(90) + 1));
    address.push(format!("{departement}000 {short}"));
    Some(OmpInput {
        name: format!("OFFICIER DU MINISTÈRE PUBLIC PRÈS LE TRIBUNAL DE POLICE DE {short}"),
        address,
    })
}
