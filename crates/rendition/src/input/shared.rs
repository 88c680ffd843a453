//! Facts that several kinds of document print: the offence, the vehicle, the service.

use jiff::civil::{Date, Time};
use serde::{Deserialize, Serialize};

use super::hide_personal_data;

/// The offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OffenceInput {
    /// Civil date at the place.
    pub date: Date,
    /// Civil time at the place, printed to the minute. JSON: `"14:35:00"`.
    pub time: Time,
    /// Place.
    pub place: PlaceInput,
    /// `NatInf` code, 1 to 99,999.
    pub natinf: u32,
    /// Class of the contravention, 1 to 5.
    pub class: u8,
    /// Qualification of the nomenclature, at most 250 characters.
    pub qualification: String,
    /// Texts that define the offence ("prévue par"), at most 250 characters.
    pub defined_by: String,
    /// Texts that punish it ("réprimée par"), at most 250 characters.
    pub punished_by: String,
    /// The two places of the form for arrêt and stationnement (CPP A37-6); none for other offences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parking: Option<ParkingInput>,
    /// The speeds (CPP A37-11); none for other offences.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<SpeedInput>,
}

/// What is said of a parked vehicle (CPP A37-6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ParkingInput {
    /// Its removal was asked for.
    pub removal_requested: bool,
    /// It covers more than 20 m² and stood in a tourist zone.
    pub above_20_m2_in_tourist_zone: bool,
}

/// The speeds of an offence, km/h, and how they were measured (CPP A37-11).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeedInput {
    /// Speed allowed, 1 to 999.
    pub limit: u16,
    /// Speed measured, 1 to 999.
    pub measured: u16,
    /// Speed retained after the margin, 1 to 999.
    pub retained: u16,
    /// Device, at most 40 characters.
    pub device: String,
    /// Kind of road, at most 24 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub road: Option<String>,
}

/// Place of an offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceInput {
    /// Name of the commune, at most 50 characters.
    pub commune: String,
    /// Code of the département: `35`, `2A`, `974`.
    pub departement: String,
    /// Number and street, at most 70 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<String>,
    /// Position: landmark, kilometre post, at most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<String>,
    /// Direction of travel, at most 40 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direction: Option<String>,
}

/// Vehicle of an offence.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VehicleInput {
    /// Registration plate as printed, at most 15 characters: `AB-123-CD`.
    pub plate: String,
    /// Country of registration, at most 24 characters: `FRANCE`.
    pub country: String,
    /// Make, at most 30 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub make: Option<String>,
}

/// Service and agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PoliceServiceInput {
    /// Name of the service, at most 60 characters.
    pub label: String,
    /// Code of the service, at most 12 characters.
    pub code: String,
    /// Number of the agent, at most 12 characters; no name is printed.
    pub agent_number: String,
}

hide_personal_data!(OffenceInput, PlaceInput, VehicleInput);
