//! The MIF as the domain knows it: read from the wire, every value of its type.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::codes::{CardSerial, DeviceSerial, InseeCode, Matricule, PvNumber, ServiceCode, Siren};
use crate::ids::MifId;
use crate::natinf::NatInf;
use crate::photo::PhotoHash;
use crate::plate::{Country, Plate};
use crate::registry::AgentQuality;

/// One message of one offence, signed by the agent's card.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mif {
    /// Identity and idempotency key.
    pub id: MifId,
    /// Number of the procès-verbal, unique per service and year of the offence.
    pub pv_number: PvNumber,
    /// Collectivity.
    pub siren: Siren,
    /// Police service.
    pub service: ServiceCode,
    /// The agent's personal number.
    pub matricule: Matricule,
    /// The corps of the service, as the message says.
    pub corps: AgentQuality,
    /// The quality in which the message says the agent acts, if its words are known.
    pub quality: Option<AgentQuality>,
    /// The card declared in the message.
    pub card: CardSerial,
    /// The device.
    pub device: DeviceSerial,
    /// What was found.
    pub offence: Offence,
    /// The vehicle, if there was one.
    pub vehicle: Option<Vehicle>,
    /// The person met, if there was interception.
    pub person: Option<Person>,
}

/// The facts of the offence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offence {
    /// Number in the nomenclature.
    pub natinf: NatInf,
    /// Instant.
    pub at: Timestamp,
    /// Civil day at the place, which decides what law is in force.
    pub day: Date,
    /// Civil hour and minute at the place, `HH:MM`.
    pub clock_time: String,
    /// Whether the author was met.
    pub intercepted: bool,
    /// Whether an avis d'information was left on the vehicle (its absence never voids the procedure: CPP A37-15).
    pub information_left: bool,
    /// Number of offences found at once, this one included (CPP 529 al. 2).
    pub simultaneous: u8,
    /// The others among them, as far as the message names them.
    pub others: Vec<NatInf>,
    /// The speeds, for speeding.
    pub speed: Option<Speed>,
    /// What they were measured with.
    pub speed_device: Option<String>,
    /// Whether the removal of the parked vehicle was asked for (CPP A37-6).
    pub removal_requested: bool,
    /// Whether the parked vehicle covers more than 20 m² in a tourist zone (CPP A37-6).
    pub above_20_m2: bool,
    /// Place.
    pub place: Place,
}

/// Speeds in km/h (CPP A37-11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Speed {
    /// Limit.
    pub limit: u16,
    /// Measured.
    pub measured: u16,
    /// Retained after the margin of the device.
    pub retained: u16,
}

/// The place of the offence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Commune.
    pub commune: InseeCode,
    /// Whether it is a motorway, where competence is another (code de la route R130-2).
    pub on_motorway: bool,
    /// Street with its type, e.g. `RUE DE LA PAIX`.
    pub street: String,
    /// Number in the street.
    pub number: Option<String>,
    /// Position, kilometre point, in words.
    pub detail: Option<String>,
    /// Direction of travel, in words.
    pub direction: Option<String>,
}

/// The vehicle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vehicle {
    /// Plate with its country.
    pub plate: Plate,
    /// Genre (VP, CTTE, MTL…).
    pub genre: Option<String>,
    /// Make.
    pub make: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Colour.
    pub colour: Option<String>,
    /// Its photographs, at most [`PHOTOS_MAX`](crate::photo::PHOTOS_MAX), each once.
    pub photos: Vec<PhotoHash>,
}

/// In which role a person was met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PersonRole {
    /// Author of the offence, driver as a rule.
    Offender,
    /// Holder of the registration certificate.
    Holder,
    /// On foot.
    Pedestrian,
}

/// A driving licence as declared.
#[derive(Clone, PartialEq, Eq)]
pub struct Licence {
    /// Its number.
    pub number: String,
    /// Where it was issued.
    pub country: Country,
}

impl std::fmt::Debug for Licence {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Licence(***)")
    }
}

/// A legal person as author of the offence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalPerson {
    /// Its name.
    pub name: String,
    /// Its number in the SIRENE register.
    pub siren: Siren,
}

/// The person met by the agent.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// In which role.
    pub role: PersonRole,
    /// Family name.
    pub last_name: String,
    /// First names.
    pub first_names: String,
    /// Day of birth.
    pub birth: Option<Date>,
    /// Driving licence.
    pub licence: Option<Licence>,
    /// The legal person which is the author, where the natural one acts for it.
    pub legal: Option<LegalPerson>,
    /// Address lines as declared: street, postcode and locality, country if abroad.
    pub address: Vec<String>,
}

impl std::fmt::Debug for Person {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Person(***)")
    }
}
