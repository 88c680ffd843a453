//! From the wire to the domain: every value checked, every problem found with its pointer.

mod person;

use cnt_domain::codes::{
    CardSerial, DeviceSerial, InseeCode, Matricule, PvNumber, ServiceCode, Siren,
};
use cnt_domain::ids::MifId;
use cnt_domain::mif::{Mif, Offence, Place, Speed, Vehicle};
use cnt_domain::natinf::NatInf;
use cnt_domain::photo::{PHOTO_BYTES_MAX, PHOTOS_MAX};
use cnt_domain::plate::Plate;
use cnt_domain::problem::{Problem, ProblemCode};
use cnt_domain::registry::AgentQuality;
use jiff::Timestamp;
use jiff::fmt::temporal::DateTimeParser;

use super::SCHEMA_VERSION;
use super::wire::{Corps, Infraction, Lieu, MifV1, Vehicule};

/// What a payload gave: the MIF if every needed value could be read, and every problem found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MifReading {
    /// The MIF, if all of it could be read.
    pub mif: Option<Mif>,
    /// What could be read of a MIF with problems, if that is enough for the checks on sender, card, place and time: they
    /// are reported along with the problems of form. Never enough to be accepted.
    pub draft: Option<Mif>,
    /// Every problem found; a MIF without any is well formed.
    pub problems: Vec<Problem>,
}

/// Reads a decoded payload: JSON, then values.
#[must_use]
pub fn read_payload(payload: &[u8]) -> MifReading {
    match serde_json::from_slice::<MifV1<'_>>(payload) {
        Ok(wire) => read(&wire),
        Err(error) => MifReading {
            mif: None,
            draft: None,
            problems: vec![structural_problem(payload, &error)],
        },
    }
}

/// The problem of a payload that has not the shape of a MIF, with the pointer to where the reading stopped.
fn structural_problem(payload: &[u8], error: &serde_json::Error) -> Problem {
    let mut deserializer = serde_json::Deserializer::from_slice(payload);
    let located = serde_path_to_error::deserialize::<_, MifV1<'_>>(&mut deserializer).err();
    let pointer = located
        .as_ref()
        .map(|error| pointer_of(error.path()))
        .unwrap_or_default();
    let code = match error.classify() {
        serde_json::error::Category::Data => ProblemCode::FormatSchema,
        _ => ProblemCode::FormatJson,
    };
    // serde_json quotes offending strings: a position says enough and repeats no personal data.
    let detail = format!("ligne {}, colonne {}", error.line(), error.column());
    Problem::at(code, pointer, detail)
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter()
        .filter_map(|segment| match segment {
            Segment::Map { key } => Some(format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Seq { index } => Some(format!("/{index}")),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect()
}

/// Checks every value of a MIF and reads it into the domain's types.
#[must_use]
pub fn read(wire: &MifV1<'_>) -> MifReading {
    let mut problems = Vec::new();
    let read = Reader {
        problems: &mut problems,
    }
    .mif(wire);
    let (mif, draft) = if problems.is_empty() {
        (read, None)
    } else {
        (None, read)
    };
    MifReading {
        mif,
        draft,
        problems,
    }
}

struct Reader<'p> {
    problems: &'p mut Vec<Problem>,
}

impl Reader<'_> {
    fn refuse(&mut self, code: ProblemCode, pointer: &str, detail: impl Into<String>) {
        self.problems.push(Problem::at(code, pointer, detail));
    }

    fn value<T: std::str::FromStr<Err = cnt_domain::InvalidValue>>(
        &mut self,
        text: &str,
        pointer: &str,
    ) -> Option<T> {
        text.parse()
            .map_err(|error: cnt_domain::InvalidValue| {
                self.refuse(ProblemCode::FormatValue, pointer, error.to_string());
            })
            .ok()
    }

    /// A text whose length in characters is bounded and which holds no control character.
    fn text(&mut self, text: &str, max: usize, pointer: &str) -> Option<String> {
        let fits =
            !text.is_empty() && text.chars().count() <= max && !text.chars().any(char::is_control);
        if !fits {
            self.refuse(
                ProblemCode::FormatValue,
                pointer,
                format!("1 à {max} caractères imprimables"),
            );
        }
        fits.then(|| text.to_owned())
    }

    fn optional_text(
        &mut self,
        text: Option<&std::borrow::Cow<'_, str>>,
        max: usize,
        pointer: &str,
    ) -> Option<String> {
        text.and_then(|text| self.text(text, max, pointer))
    }

    fn one_of(&mut self, text: &str, choices: &[&str], pointer: &str) {
        if !choices.contains(&text) {
            self.refuse(ProblemCode::FormatValue, pointer, choices.join(", "));
        }
    }

    fn timestamp(
        &mut self,
        text: &str,
        pointer: &str,
    ) -> Option<(Timestamp, jiff::civil::DateTime)> {
        static PARSER: DateTimeParser = DateTimeParser::new();
        // An instant needs an offset; the civil time is what was written before it.
        let shape =
            text.len() >= 20 && text.as_bytes().get(10) == Some(&b'T') && !text.contains('[');
        let instant = shape.then(|| PARSER.parse_timestamp(text).ok()).flatten();
        let civil = shape
            .then(|| PARSER.parse_datetime(text.trim_end_matches('Z')).ok())
            .flatten();
        match (instant, civil) {
            (Some(instant), Some(civil)) => Some((instant, civil)),
            _ => {
                self.refuse(
                    ProblemCode::FormatDate,
                    pointer,
                    "RFC 3339 avec décalage attendu",
                );
                None
            }
        }
    }

    fn mif(&mut self, wire: &MifV1<'_>) -> Option<Mif> {
        if wire.entete.version_schema != SCHEMA_VERSION {
            self.refuse(
                ProblemCode::FormatVersion,
                "/entete/version_schema",
                SCHEMA_VERSION,
            );
        }
        self.timestamp(
            &wire.entete.horodatage_emission,
            "/entete/horodatage_emission",
        );
        self.identity_texts(wire);
        let pv_number: Option<PvNumber> = self.value(&wire.entete.numero_pv, "/entete/numero_pv");
        let siren: Option<Siren> = self.value(&wire.service.siren, "/service/siren");
        let service: Option<ServiceCode> =
            self.value(&wire.service.code_service, "/service/code_service");
        let matricule: Option<Matricule> = self.value(&wire.agent.matricule, "/agent/matricule");
        let card: Option<CardSerial> =
            self.value(&wire.agent.carte.numero_serie, "/agent/carte/numero_serie");
        let device: Option<DeviceSerial> =
            self.value(&wire.terminal.identifiant, "/terminal/identifiant");
        let offence = self.offence(&wire.infraction, &wire.lieu);
        let vehicle = wire.vehicule.as_ref().map(|vehicle| self.vehicle(vehicle));
        let person = wire.personne.as_ref().map(|person| self.person(person));
        self.presence(wire);
        Some(Mif {
            id: MifId(wire.entete.id_mif),
            pv_number: pv_number?,
            siren: siren?,
            service: service?,
            matricule: matricule?,
            corps: corps(wire.service.corps),
            quality: quality(&wire.agent.qualite),
            card: card?,
            device: device?,
            offence: offence?,
            vehicle: vehicle.flatten(),
            person: person.flatten(),
        })
    }

    fn identity_texts(&mut self, wire: &MifV1<'_>) {
        let _: Option<InseeCode> = self.value(
            &wire.service.insee_rattachement,
            "/service/insee_rattachement",
        );
        self.text(&wire.agent.qualite, 40, "/agent/qualite");
        self.text(&wire.agent.grade, 40, "/agent/grade");
        self.text(&wire.agent.carte.emetteur, 60, "/agent/carte/emetteur");
        self.one_of(&wire.agent.carte.profil, &["A05"], "/agent/carte/profil");
        self.one_of(
            &wire.terminal.kind,
            &["PDA", "TABLETTE", "TIE", "AGC", "NEO"],
            "/terminal/type",
        );
        self.text(
            &wire.terminal.version_logiciel,
            40,
            "/terminal/version_logiciel",
        );
        self.text(
            &wire.terminal.version_natinf,
            40,
            "/terminal/version_natinf",
        );
    }

    /// What one case requires and another does not.
    fn presence(&mut self, wire: &MifV1<'_>) {
        if wire.infraction.interception {
            if wire.personne.is_none() {
                self.refuse(ProblemCode::FormatMissing, "/personne", "interception");
            }
            match &wire.signature {
                None => self.refuse(ProblemCode::FormatMissing, "/signature", "interception"),
                Some(signature) => self.one_of(
                    &signature.contrevenant,
                    &["signe", "refuse", "absent"],
                    "/signature/contrevenant",
                ),
            }
        } else if wire.vehicule.is_none() {
            self.refuse(ProblemCode::FormatMissing, "/vehicule", "sans interception");
        }
        if let Some(hash) = wire
            .signature
            .as_ref()
            .and_then(|signature| signature.image_sha256.as_ref())
        {
            self.sha256(hash, "/signature/image_sha256");
        }
    }

    fn sha256(&mut self, text: &str, pointer: &str) {
        let is_hash = text.len() == 64
            && text
                .bytes()
                .all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
        if !is_hash {
            self.refuse(
                ProblemCode::FormatValue,
                pointer,
                "64 chiffres hexadécimaux minuscules",
            );
        }
    }

    fn offence(&mut self, wire: &Infraction<'_>, place: &Lieu<'_>) -> Option<Offence> {
        if !(1..=99_999).contains(&wire.natinf) {
            self.refuse(ProblemCode::FormatValue, "/infraction/natinf", "1 à 99999");
        }
        if !(1..=20).contains(&wire.nombre_infractions_simultanees) {
            self.refuse(
                ProblemCode::FormatValue,
                "/infraction/nombre_infractions_simultanees",
                "1 à 20",
            );
        }
        self.simultaneous(wire);
        self.text(&wire.qualification_cas, 20, "/infraction/qualification_cas");
        self.observations(wire);
        if let Some(speed) = &wire.vitesse {
            let fits = (5..=130).contains(&speed.limite)
                && (1..=400).contains(&speed.mesuree)
                && (1..=400).contains(&speed.retenue);
            if !fits {
                self.refuse(ProblemCode::FormatValue, "/infraction/vitesse", "km/h");
            }
            self.text(&speed.appareil, 40, "/infraction/vitesse/appareil");
        }
        let instant = self.timestamp(&wire.date_heure, "/infraction/date_heure");
        let place = self.place(place);
        let (at, civil) = instant?;
        Some(Offence {
            natinf: NatInf(wire.natinf),
            at,
            day: civil.date(),
            clock_time: format!("{:02}:{:02}", civil.hour(), civil.minute()),
            intercepted: wire.interception,
            information_left: wire.avis_information,
            simultaneous: wire.nombre_infractions_simultanees,
            others: wire
                .infractions_simultanees
                .iter()
                .map(|code| NatInf(*code))
                .collect(),
            speed: wire.vitesse.as_ref().map(|speed| Speed {
                limit: speed.limite,
                measured: speed.mesuree,
                retained: speed.retenue,
            }),
            speed_device: wire
                .vitesse
                .as_ref()
                .map(|speed| speed.appareil.to_string()),
            removal_requested: wire.enlevement_demande,
            above_20_m2: wire.surface_20m2,
            place: place?,
        })
    }

    /// The others found at once are one less than their number, this one included.
    fn simultaneous(&mut self, wire: &Infraction<'_>) {
        let others = &wire.infractions_simultanees;
        if others.is_empty() {
            return;
        }
        let fits = others.len() + 1 == usize::from(wire.nombre_infractions_simultanees)
            && others.iter().all(|code| (1..=99_999).contains(code));
        if !fits {
            self.refuse(
                ProblemCode::FormatValue,
                "/infraction/infractions_simultanees",
                "un NatInf par autre infraction relevée",
            );
        }
    }

    fn observations(&mut self, wire: &Infraction<'_>) {
        let Some(text) = &wire.observations else {
            return;
        };
        let fits =
            text.chars().count() <= 500 && !text.chars().any(|c| c.is_control() && c != '\n');
        if !fits {
            self.refuse(
                ProblemCode::FormatValue,
                "/infraction/observations",
                "500 caractères au plus",
            );
        }
    }

    fn place(&mut self, wire: &Lieu<'_>) -> Option<Place> {
        let commune: Option<InseeCode> = self.value(&wire.insee_commune, "/lieu/insee_commune");
        let kind = self.optional_text(wire.type_voie.as_ref(), 20, "/lieu/type_voie");
        let street = self.text(&wire.libelle_voie, 60, "/lieu/libelle_voie");
        let number = self.optional_text(wire.numero.as_ref(), 10, "/lieu/numero");
        let details = [
            self.optional_text(wire.complement.as_ref(), 80, "/lieu/complement"),
            self.optional_text(wire.pr_pk.as_ref(), 20, "/lieu/pr_pk"),
        ];
        let direction = self.optional_text(wire.sens.as_ref(), 60, "/lieu/sens");
        if let Some(position) = wire.position {
            let fits =
                (-90.0..=90.0).contains(&position.lat) && (-180.0..=180.0).contains(&position.lon);
            if !fits {
                self.refuse(ProblemCode::FormatValue, "/lieu/position", "degrés WGS 84");
            }
        }
        let detail: Vec<String> = details.into_iter().flatten().collect();
        let street = street?;
        Some(Place {
            commune: commune?,
            on_motorway: kind.as_deref().is_some_and(is_motorway),
            street: kind.map_or_else(|| street.clone(), |kind| format!("{kind} {street}")),
            number,
            detail: (!detail.is_empty()).then(|| detail.join(", ")),
            direction,
        })
    }

    fn vehicle(&mut self, wire: &Vehicule<'_>) -> Option<Vehicle> {
        let country = self.country(&wire.pays, "/vehicule/pays");
        let plate = country.and_then(|country| {
            Plate::parse(&wire.immatriculation, country)
                .map_err(|_| {
                    let detail = format!("pays {country}");
                    self.refuse(
                        ProblemCode::FormatPlate,
                        "/vehicule/immatriculation",
                        detail,
                    );
                })
                .ok()
        });
        if wire.cliche.len() > PHOTOS_MAX {
            self.refuse(
                ProblemCode::FormatValue,
                "/vehicule/cliche",
                "8 photos au plus",
            );
        }
        let mut photos = Vec::new();
        for (index, photo) in wire.cliche.iter().enumerate() {
            self.sha256(&photo.sha256, &format!("/vehicule/cliche/{index}/sha256"));
            if let Ok(hash) = photo.sha256.parse()
                && !photos.contains(&hash)
            {
                photos.push(hash);
            }
            self.one_of(
                &photo.media,
                &["image/jpeg", "image/png"],
                &format!("/vehicule/cliche/{index}/media"),
            );
            if !usize::try_from(photo.taille)
                .is_ok_and(|size| (1..=PHOTO_BYTES_MAX).contains(&size))
            {
                let pointer = format!("/vehicule/cliche/{index}/taille");
                self.refuse(ProblemCode::FormatValue, &pointer, "1 à 10 000 000 octets");
            }
        }
        let genre = self.optional_text(wire.genre.as_ref(), 10, "/vehicule/genre");
        let make = self.optional_text(wire.marque.as_ref(), 30, "/vehicule/marque");
        let model = self.optional_text(wire.modele.as_ref(), 30, "/vehicule/modele");
        let colour = self.optional_text(wire.couleur.as_ref(), 20, "/vehicule/couleur");
        Some(Vehicle {
            plate: plate?,
            genre,
            make,
            model,
            colour,
            photos,
        })
    }
}

/// Kinds of street that are motorways.
fn is_motorway(kind: &str) -> bool {
    kind.eq_ignore_ascii_case("AUTOROUTE")
}

fn corps(wire: Corps) -> AgentQuality {
    match wire {
        Corps::Pm => AgentQuality::PoliceMunicipale,
        Corps::Gc => AgentQuality::GardeChampetre,
        Corps::Asvp => AgentQuality::SurveillanceVoiePublique,
    }
}

/// The words in use; others say nothing.
fn quality(text: &str) -> Option<AgentQuality> {
    match text {
        "APJA" | "PM" | "POLICE MUNICIPALE" | "AGENT DE POLICE MUNICIPALE" => {
            Some(AgentQuality::PoliceMunicipale)
        }
        "GC" | "GARDE CHAMPETRE" | "GARDE CHAMPÊTRE" => Some(AgentQuality::GardeChampetre),
        "ASVP" => Some(AgentQuality::SurveillanceVoiePublique),
        _ => None,
    }
}
