//! The senders of a simulated nation, `senders.json`: what a load generator needs to act as its agents and stations.
//!
//! Not a message of the chain: a file that the registry's nation builder writes beside its snapshot and keys. Paths
//! are relative to the directory of the file.

use serde::{Deserialize, Serialize};

use crate::hex32::Hex32;
use crate::mif::Corps;
use crate::registry::{AgentQualityV1, DateText};

/// All senders of a nation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SendersV1 {
    /// Version of this shape: 1.
    pub version: u16,
    /// Instant from which habilitations, devices, stations and cards hold, seconds since the epoch.
    pub start_s: i64,
    /// Agents.
    pub agents: Vec<AgentSenderV1>,
    /// Stations.
    pub stations: Vec<StationSenderV1>,
    /// Police services, with the places where their agents work.
    pub services: Vec<ServiceSenderV1>,
}

/// Whether what an agent sends is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentStanding {
    /// Enrolled, with a good card.
    Good,
    /// The card is revoked since the nation's start.
    CardRevoked,
    /// The card was replaced for another, for no fault, some time after the nation's start.
    CardReplaced,
    /// The card is good, but the habilitation ended on the nation's first day.
    Departed,
}

/// An agent with card and device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSenderV1 {
    /// Collectivity.
    pub siren: String,
    /// Police service.
    pub service: String,
    /// Agent's number.
    pub matricule: String,
    /// Serial number of the card.
    pub card: String,
    /// Serial number of the device.
    pub device: String,
    /// Quality in which the agent acts.
    #[serde(default)]
    pub quality: AgentQualityV1,
    /// Whether what the agent sends is good.
    pub standing: AgentStanding,
    /// Signature certificate, PEM.
    pub certificate: String,
    /// Its private key, PKCS#8 PEM.
    pub key: String,
}

/// A transfer station.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StationSenderV1 {
    /// Collectivity it sends for.
    pub siren: String,
    /// Name.
    pub name: String,
    /// SHA-256 of its connection certificate.
    pub fingerprint: Hex32,
    /// Connection certificate, PEM.
    pub certificate: String,
    /// Its private key, PKCS#8 PEM.
    pub key: String,
}

/// Whether what a police service sends is good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServiceStanding {
    /// Its collectivity may send.
    Good,
    /// Its collectivity has a convention with the ANTS only.
    NoAntaiConvention,
    /// The collectivity's convention with the ANTAI ended before the nation's start.
    ConventionLapsed,
    /// Its collectivity is suspended since the nation's start.
    Suspended,
}

/// A police service and its territory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSenderV1 {
    /// Collectivity.
    pub siren: String,
    /// Code of the service.
    pub code: String,
    /// Corps that its MIFs name.
    pub corps: Corps,
    /// Commune where the service sits (INSEE).
    pub seat: String,
    /// Whether what it sends is good.
    pub standing: ServiceStanding,
    /// Communes where its agents work.
    pub places: Vec<PlaceSenderV1>,
}

/// A commune where a service's agents work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlaceSenderV1 {
    /// INSEE code.
    pub insee: String,
    /// First day on which an amendment covers it; none when it was covered from the convention's beginning.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub joins: Option<DateText>,
    /// First day on which it is no longer covered, by an amendment.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub leaves: Option<DateText>,
}
