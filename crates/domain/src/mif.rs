//! The MIF as the domain knows it: read from the wire, every value of its type.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::codes::{CardSerial, DeviceSerial, InseeCode, Matricule, PvNumber, ServiceCode, Siren};
use crate::ids::MifId;
use crate::natinf::NatInf;
use crate::plate::Plate;

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
    /// Place.
    pub place: Place,
}

/// The place of the offence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Commune.
    pub commune: InseeCode,
    /// Street with its type, e.g. `RUE DE LA PAIX`.
    pub street: String,
    /// Number in the street.
    pub number: Option<String>,
    /// Position, direction, kilometre point, in words.
    pub detail: Option<String>,
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
}

/// The person met by the agent.
#[derive(Clone, PartialEq, Eq)]
pub struct Person {
    /// Family name.
    pub last_name: String,
    /// First names.
    pub first_names: String,
    /// Address lines as declared: street, postcode and locality, country if abroad.
    pub address: Vec<String>,
}

impl std::fmt::Debug for Person {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Person(***)")
    }
}
