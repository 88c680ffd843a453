//! Problems found in a MIF: stable codes, in families, each with its remedy in French and English.
//!
//! The list of codes is part of the contract with integrators: codes are added, never renamed nor given another meaning.

use std::fmt;

/// Family of a problem: which kind of check found it (design: the families of checks).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Shape of the message: JWS, JSON, schema, sizes, dates, plates.
    Format,
    /// The signature over the message.
    Signature,
    /// The agent's card: chain, profile, validity, revocation, belonging.
    Card,
    /// Who sent it: station and device.
    Origin,
    /// Whether the collectivity and its agent may send at all.
    Authority,
    /// The offence in the NatInf nomenclature.
    Natinf,
    /// The person met.
    Person,
    /// The place of the offence.
    Territory,
    /// The instants of offence, signature and reception.
    Time,
    /// The same ticket seen twice.
    Duplicate,
    /// Decisions of the operator of the system.
    Operations,
}

/// Whether a problem refuses the MIF or only accompanies its acceptance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// The MIF is accepted; the sender should look into it.
    Warning,
    /// The MIF is rejected.
    Error,
}

/// What is published of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeText {
    /// One sentence in French, as shown in receipts.
    pub french: &'static str,
    /// The same in English.
    pub english: &'static str,
    /// What the sender should do, in French.
    pub remedy_french: &'static str,
    /// What the sender should do, in English.
    pub remedy_english: &'static str,
}

macro_rules! problem_codes {
    ($( $name:ident = $code:literal, $family:ident, $severity:ident,
        $french:literal, $english:literal, $remedy_french:literal, $remedy_english:literal; )+) => {
        /// A stable problem code. Its family is the word before the first underscore.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ProblemCode {
            $( #[doc = $english] $name, )+
        }

        impl ProblemCode {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [ProblemCode] = &[ $( ProblemCode::$name, )+ ];

            /// The code as it stands in receipts.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $( ProblemCode::$name => $code, )+ }
            }

            /// The family of checks which yields it.
            #[must_use]
            pub const fn family(self) -> Family {
                match self { $( ProblemCode::$name => Family::$family, )+ }
            }

            /// Whether it refuses the MIF.
            #[must_use]
            pub const fn severity(self) -> Severity {
                match self { $( ProblemCode::$name => Severity::$severity, )+ }
            }

            /// Its published texts.
            #[must_use]
            pub const fn text(self) -> CodeText {
                match self { $( ProblemCode::$name => CodeText {
                    french: $french, english: $english,
                    remedy_french: $remedy_french, remedy_english: $remedy_english,
                }, )+ }
            }
        }
    };
}

problem_codes! {
    FormatSize = "FORMAT_SIZE", Format, Error,
        "Le message dépasse la taille admise.", "The message is larger than allowed.",
        "Réduire les observations ; transmettre les photos à part.", "Shorten the observations; send photos apart.";
    FormatJws = "FORMAT_JWS", Format, Error,
        "Le message n'est pas une signature JWS compacte au profil attendu.", "The message is not a compact JWS of the expected profile.",
        "Signer au format JAdES compact, en-tête alg, typ, cty, x5c, x5t#S256, iat.", "Sign as compact JAdES with the header alg, typ, cty, x5c, x5t#S256, iat.";
    FormatAlgorithm = "FORMAT_ALGORITHM", Format, Error,
        "L'algorithme de signature n'est pas admis.", "The signature algorithm is not allowed.",
        "Utiliser ES256 ou RS256.", "Use ES256 or RS256.";
    FormatJson = "FORMAT_JSON", Format, Error,
        "Le contenu signé n'est pas du JSON valide.", "The signed payload is not valid JSON.",
        "Émettre du JSON UTF-8 (RFC 8259) sans membre en double.", "Emit UTF-8 JSON (RFC 8259) without duplicate members.";
    FormatSchema = "FORMAT_SCHEMA", Format, Error,
        "Le contenu ne suit pas le schéma MIF.", "The payload does not follow the MIF schema.",
        "Comparer au schéma JSON publié (schemas/mif).", "Compare with the published JSON Schema (schemas/mif).";
    FormatVersion = "FORMAT_VERSION", Format, Error,
        "La version de schéma n'est pas prise en charge.", "The schema version is not supported.",
        "Émettre la version mif/1.0.", "Emit version mif/1.0.";
    FormatValue = "FORMAT_VALUE", Format, Error,
        "La valeur n'a pas la forme attendue.", "The value does not have the expected form.",
        "Corriger le champ désigné.", "Correct the field pointed at.";
    FormatDate = "FORMAT_DATE", Format, Error,
        "La date ou l'heure n'existe pas.", "The date or time does not exist.",
        "Émettre une date RFC 3339 avec décalage.", "Emit an RFC 3339 date with an offset.";
    FormatPlate = "FORMAT_PLATE", Format, Error,
        "L'immatriculation ne suit aucun format du pays déclaré.", "The plate follows no format of the declared country.",
        "Vérifier l'immatriculation et le pays ; sans séparateurs.", "Check plate and country; no separators.";
    FormatMissing = "FORMAT_MISSING", Format, Error,
        "Une donnée obligatoire dans ce cas manque.", "A datum required in this case is missing.",
        "Compléter le champ désigné.", "Fill in the field pointed at.";

    SignatureInvalid = "SIGNATURE_INVALID", Signature, Error,
        "La signature ne correspond pas au message.", "The signature does not match the message.",
        "Ne rien modifier après la signature ; signer de nouveau.", "Change nothing after signing; sign again.";
    SignatureCertificate = "SIGNATURE_CERTIFICATE", Signature, Error,
        "L'en-tête et le certificat du signataire ne concordent pas.", "Header and signing certificate do not agree.",
        "x5t#S256 doit être l'empreinte de x5c[0] et alg celui de sa clé.", "x5t#S256 must be the hash of x5c[0], and alg that of its key.";

    CardChain = "CARD_CHAIN", Card, Error,
        "Le certificat ne remonte pas à l'autorité des cartes d'agent.", "The certificate does not chain to the agents' card authority.",
        "Signer avec la carte d'agent en cours de validité.", "Sign with the agent's current card.";
    CardProfile = "CARD_PROFILE", Card, Error,
        "Le certificat n'a pas le profil de signature A05.", "The certificate is not of the A05 signature profile.",
        "Signer avec le certificat de signature de la carte, non d'authentification.", "Sign with the card's signature certificate, not its authentication one.";
    CardValidity = "CARD_VALIDITY", Card, Error,
        "Le certificat n'était pas valide à l'instant de signature.", "The certificate was not valid at the signing time.",
        "Renouveler la carte ; vérifier l'horloge du terminal.", "Renew the card; check the device's clock.";
    CardRevoked = "CARD_REVOKED", Card, Error,
        "La carte était révoquée.", "The card was revoked.",
        "Commander une nouvelle carte.", "Order a new card.";
    CardRevokedLater = "CARD_REVOKED_LATER", Card, Warning,
        "La carte a été révoquée sans gravité entre signature et réception.", "The card was revoked, benignly, between signing and reception.",
        "Aucune action pour ce message.", "Nothing to do for this message.";
    CardUnknown = "CARD_UNKNOWN", Card, Error,
        "La carte n'est pas enregistrée.", "The card is not registered.",
        "Faire enregistrer la carte par l'autorité d'enregistrement.", "Have the card registered.";
    CardOtherAgent = "CARD_OTHER_AGENT", Card, Error,
        "La carte n'est pas celle de l'agent déclaré.", "The card is not that of the declared agent.",
        "Déclarer l'agent titulaire de la carte.", "Declare the agent who holds the card.";

    OriginStation = "ORIGIN_STATION", Origin, Error,
        "La station émettrice n'est pas connue.", "The sending station is not known.",
        "Utiliser le certificat de connexion remis par le CNT.", "Use the connection certificate issued by the CNT.";
    OriginCollectivity = "ORIGIN_COLLECTIVITY", Origin, Error,
        "La station appartient à une autre collectivité que le message.", "The station belongs to another collectivity than the message.",
        "Transmettre par une station de la collectivité.", "Send through a station of the collectivity.";
    OriginDevice = "ORIGIN_DEVICE", Origin, Error,
        "Le terminal n'est pas validé ou pas affecté à la collectivité.", "The device is not validated or not assigned to the collectivity.",
        "Faire valider et affecter le terminal.", "Have the device validated and assigned.";

    AuthorityConvention = "AUTHORITY_CONVENTION", Authority, Error,
        "La collectivité n'a pas de convention de verbalisation électronique (ANTAI) en vigueur.", "The collectivity has no convention on electronic tickets (ANTAI) in force.",
        "Conclure ou renouveler la convention avec l'ANTAI ; celle avec l'ANTS ne porte que sur les cartes.", "Conclude or renew the convention with the ANTAI; the one with the ANTS is about cards only.";
    AuthoritySuspended = "AUTHORITY_SUSPENDED", Authority, Error,
        "La collectivité est suspendue.", "The collectivity is suspended.",
        "Lever la cause de la suspension.", "Remove the cause of the suspension.";
    AuthorityService = "AUTHORITY_SERVICE", Authority, Error,
        "Le service verbalisateur n'est pas de cette collectivité.", "The police service is not one of this collectivity.",
        "Vérifier le code service et le SIREN.", "Check service code and SIREN.";
    AuthorityAgent = "AUTHORITY_AGENT", Authority, Error,
        "L'agent n'est pas habilité pour ce service.", "The agent is not authorised for this service.",
        "Enrôler l'agent pour le service.", "Enrol the agent for the service.";

    AuthorityQuality = "AUTHORITY_QUALITY", Authority, Error,
        "L'agent n'est pas habilité en la qualité déclarée.", "The agent is not authorised in the quality declared.",
        "Déclarer la qualité de l'habilitation (APJA, GARDE CHAMPETRE ou ASVP).", "Declare the quality of the habilitation (APJA, GARDE CHAMPETRE or ASVP).";

    NatinfUnknown = "NATINF_UNKNOWN", Natinf, Error,
        "Le code NatInf n'existe pas dans la liste.", "The NatInf code is not in the list.",
        "Mettre à jour la liste NatInf du terminal.", "Update the device's NatInf list.";
    NatinfNotInForce = "NATINF_NOT_IN_FORCE", Natinf, Error,
        "Le code NatInf n'était pas en vigueur à la date des faits.", "The NatInf code was not in force at the offence.",
        "Mettre à jour la liste NatInf du terminal.", "Update the device's NatInf list.";
    NatinfNotContravention = "NATINF_NOT_CONTRAVENTION", Natinf, Error,
        "Le code NatInf désigne un délit ou un crime.", "The NatInf code is that of a délit or a crime.",
        "Relever l'infraction par procès-verbal ordinaire.", "Record the offence by an ordinary procès-verbal.";
    NatinfNotFixedFine = "NATINF_NOT_FIXED_FINE", Natinf, Error,
        "L'infraction n'est pas ouverte à l'amende forfaitaire (CPP R48-1).", "The offence is not open to the fixed-fine procedure (CPP R48-1).",
        "Relever l'infraction par procès-verbal ordinaire.", "Record the offence by an ordinary procès-verbal.";

    NatinfUnsupported = "NATINF_UNSUPPORTED", Natinf, Error,
        "Le CNT ne prend pas encore cette infraction en charge.", "The CNT does not take this offence on yet.",
        "Relever l'infraction par procès-verbal ordinaire ; demander la prise en charge.", "Record the offence by an ordinary procès-verbal; ask for it to be taken on.";
    NatinfCompetence = "NATINF_COMPETENCE", Natinf, Error,
        "L'agent n'est pas compétent pour cette infraction (code de la route R130-2 à R130-4, CPP R15-33-29-3).",
        "The agent is not competent for this offence (code de la route R130-2 to R130-4, CPP R15-33-29-3).",
        "Faire relever l'infraction par un agent compétent.", "Have the offence recorded by a competent agent.";
    NatinfCompetenceUnverified = "NATINF_COMPETENCE_UNVERIFIED", Natinf, Warning,
        "La compétence de l'agent pour cette infraction n'a pas été vérifiée.", "The agent's competence for this offence was not verified.",
        "S'assurer du texte qui la donne.", "Make sure of the text which gives it.";
    NatinfPerson = "NATINF_PERSON", Natinf, Error,
        "Cette infraction ne se relève pas sans interception de son auteur.", "This offence cannot be recorded without meeting its author.",
        "Renseigner l'interception et la personne, ou relever une autre infraction.", "Give interception and person, or record another offence.";
    NatinfVehicle = "NATINF_VEHICLE", Natinf, Error,
        "Cette infraction ne se relève pas sans véhicule.", "This offence cannot be recorded without a vehicle.",
        "Renseigner le véhicule, ou relever une autre infraction.", "Give the vehicle, or record another offence.";
    NatinfHolderNotLiable = "NATINF_HOLDER_NOT_LIABLE", Natinf, Warning,
        "Sans interception, le titulaire ne répond pas de cette infraction (code de la route L121-2, L121-3, R121-6).",
        "Without interception the holder does not answer for this offence (code de la route L121-2, L121-3, R121-6).",
        "Intercepter l'auteur quand c'est possible : l'avis adressé au titulaire (CPP R49-1) sera classé s'il conteste.",
        "Meet the author where possible: the avis sent to the holder (CPP R49-1) will be closed if contested.";
    NatinfSimultaneous = "NATINF_SIMULTANEOUS", Natinf, Error,
        "Une infraction relevée en même temps exclut l'amende forfaitaire (CPP 529 al. 2).",
        "An offence found at the same time excludes the fixed fine (CPP 529 al. 2).",
        "Relever l'ensemble par procès-verbal ordinaire.", "Record all of them by an ordinary procès-verbal.";
    NatinfSpeedMissing = "NATINF_SPEED_MISSING", Natinf, Error,
        "Les vitesses d'un excès de vitesse manquent (CPP A37-11).", "The speeds of an excess of speed are missing (CPP A37-11).",
        "Renseigner limite, vitesse mesurée, vitesse retenue et appareil.", "Give limit, measured and retained speed, and device.";
    NatinfSpeed = "NATINF_SPEED", Natinf, Error,
        "Les vitesses ne sont pas celles de cette infraction (code de la route R413-14).", "The speeds are not those of this offence (code de la route R413-14).",
        "Vérifier le NatInf, la limite et la vitesse retenue après la marge.", "Check the NatInf, the limit and the speed retained after the margin.";

    PersonBirth = "PERSON_BIRTH", Person, Error,
        "La date de naissance manque ou n'est pas plausible.", "The date of birth is missing or not plausible.",
        "Relever la date de naissance de la personne.", "Take down the person's date of birth.";
    PersonMinor = "PERSON_MINOR", Person, Error,
        "Un mineur de moins de treize ans ne peut être condamné à une peine (code de la justice pénale des mineurs).",
        "A child under thirteen cannot be sentenced (code de la justice pénale des mineurs).",
        "Ne pas verbaliser le mineur.", "Do not fine the child.";
    PersonRole = "PERSON_ROLE", Person, Error,
        "Le rôle de la personne ne convient pas à l'infraction ou au véhicule.", "The person's role does not suit the offence or the vehicle.",
        "PIETON sans véhicule, CONTREVENANT ou TITULAIRE avec.", "PIETON without a vehicle, CONTREVENANT or TITULAIRE with one.";
    PersonLicence = "PERSON_LICENCE", Person, Warning,
        "Le numéro du permis français n'a pas une forme connue.", "The French licence number has no known form.",
        "Vérifier le numéro : douze chiffres, ou deux chiffres, deux lettres et cinq chiffres.", "Check the number: twelve digits, or two digits, two letters and five digits.";
    PersonLicenceMissing = "PERSON_LICENCE_MISSING", Person, Warning,
        "Le permis manque alors que l'infraction retire des points (code de la route L223-1).", "The licence is missing though the offence withdraws points (code de la route L223-1).",
        "Relever le numéro du permis.", "Take down the licence number.";
    PersonSiren = "PERSON_SIREN", Person, Error,
        "La clé du SIREN de la personne morale est fausse.", "The key of the legal person's SIREN is wrong.",
        "Vérifier le SIREN.", "Check the SIREN.";

    TerritoryCommune = "TERRITORY_COMMUNE", Territory, Error,
        "La commune n'existe pas à la date des faits.", "The commune does not exist at the date of the offence.",
        "Vérifier le code INSEE.", "Check the INSEE code.";
    TerritoryOutside = "TERRITORY_OUTSIDE", Territory, Error,
        "Le lieu est hors du territoire du service ou de la convention.", "The place is outside the territory of the service or of the convention.",
        "Vérifier le lieu ; ajouter la commune par avenant.", "Check the place; add the commune by an amendment.";

    TimeFuture = "TIME_FUTURE", Time, Error,
        "L'infraction ou la signature est datée du futur.", "Offence or signature is dated in the future.",
        "Régler l'horloge du terminal.", "Set the device's clock.";
    TimeOrder = "TIME_ORDER", Time, Error,
        "La signature précède les faits.", "The signature precedes the offence.",
        "Régler l'horloge du terminal.", "Set the device's clock.";
    TimeBeforeCard = "TIME_BEFORE_CARD", Time, Error,
        "L'infraction précède la carte de l'agent.", "The offence precedes the agent's card.",
        "Signer avec la carte en cours au moment des faits.", "Sign with the card current at the offence.";
    TimeTransmission = "TIME_TRANSMISSION", Time, Error,
        "Le message est transmis après le délai admis.", "The message is sent after the transmission limit.",
        "Transmettre dans les délais.", "Transmit in time.";
    TimeTransmissionLate = "TIME_TRANSMISSION_LATE", Time, Warning,
        "Le message est transmis tardivement.", "The message is sent late.",
        "Transmettre plus souvent.", "Transmit more often.";
    TimePrescribed = "TIME_PRESCRIBED", Time, Error,
        "L'action publique est prescrite (CPP 9 : un an).", "Prosecution is time-barred (CPP 9: one year).",
        "Aucune : l'infraction ne peut plus être poursuivie.", "None: the offence can no longer be prosecuted.";

    DuplicateConflict = "DUPLICATE_CONFLICT", Duplicate, Error,
        "Le même id_mif a déjà été reçu avec un autre contenu.", "The same `id_mif` was received with another payload.",
        "Émettre un identifiant neuf par message.", "Mint a new identifier for each message.";
    DuplicatePvNumber = "DUPLICATE_PV_NUMBER", Duplicate, Error,
        "Le même numéro de procès-verbal a déjà été reçu du service pour l'année.", "The same PV number was received from the service in the year.",
        "Numéroter sans double par service et année.", "Number without doubles per service and year.";

    DuplicateTicketing = "DUPLICATE_TICKETING", Duplicate, Warning,
        "Le même véhicule a déjà été verbalisé au même lieu pour la même infraction, à peu d'intervalle.",
        "The same vehicle was ticketed at the same place for the same offence, shortly before or after.",
        "S'assurer que les faits sont distincts.", "Make sure that the facts are distinct.";

    OperationsDiscarded = "OPERATIONS_DISCARDED", Operations, Error,
        "Le message a été écarté par l'exploitant après mise en quarantaine.", "The operator discarded the message after quarantine.",
        "Prendre contact avec l'exploitant.", "Contact the operator.";
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl std::str::FromStr for ProblemCode {
    type Err = crate::InvalidValue;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text)
            .ok_or(crate::InvalidValue {
                what: "problem code",
                expected: "one of the published codes",
            })
    }
}

/// One problem of one MIF.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub code: ProblemCode,
    /// JSON pointer (RFC 6901) into the payload, `""` when the message as a whole is meant.
    pub pointer: String,
    /// What was found, without personal data.
    pub detail: String,
}

impl Problem {
    /// A problem of the field at a pointer.
    #[must_use]
    pub fn at(code: ProblemCode, pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            code,
            pointer: pointer.into(),
            detail: detail.into(),
        }
    }

    /// A problem of the message as a whole.
    #[must_use]
    pub fn of_message(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self::at(code, "", detail)
    }

    /// Whether it refuses the MIF.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.code.severity() == Severity::Error
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique_and_named_after_their_family() {
        let distinct: HashSet<_> = ProblemCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(distinct.len(), ProblemCode::ALL.len());
        for code in ProblemCode::ALL {
            let family = format!("{:?}", code.family()).to_uppercase();
            assert!(
                code.as_str().starts_with(&format!("{family}_")),
                "{code} is not of {family}"
            );
            assert_eq!(code.as_str().parse::<ProblemCode>().as_ref(), Ok(code));
        }
    }
}
