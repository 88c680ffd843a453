//! Who certificates are issued to.

use super::SIMULATION_MARK;

/// An agent as a card names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentIdentity {
    /// The card's number, `SIM-` and more: `serialNumber` of the subject.
    pub card_number: String,
    /// The agent's number (*matricule*), at most ten characters: `UID` of the subject.
    pub agent_number: String,
    /// The collectivity's SIREN, nine digits.
    pub siren: String,
    /// The collectivity's name; the simulation mark is added.
    pub organisation: String,
    /// First name and surname; the simulation mark is added.
    pub name: String,
}

impl AgentIdentity {
    /// The `index`-th agent of a collectivity, with an invented number and no person's name.
    #[must_use]
    pub fn simulated(index: u32, siren: &str, organisation: &str) -> Self {
        Self {
            card_number: format!("SIM-{siren}-{index:06}"),
            agent_number: format!("S{index:06}"),
            siren: siren.to_owned(),
            organisation: organisation.to_owned(),
            name: format!("Agent {index:06}"),
        }
    }
}

/// What one of a card's two certificates is for (RGS keeps them apart).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CardUse {
    /// Signing MIFs.
    Signature,
    /// Logging in.
    Authentication,
}

/// What one of a station's two certificates is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StationUse {
    /// Connecting to the gateway: a TLS client's certificate.
    Connection,
    /// Sealing submissions.
    Seal,
}

/// A transfer station of a collectivity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StationIdentity {
    /// The station's number: `serialNumber` of the subject.
    pub number: String,
    /// The collectivity's SIREN, nine digits.
    pub siren: String,
    /// The collectivity's name; the simulation mark is added.
    pub organisation: String,
}

pub(super) fn marked(name: &str) -> String {
    format!("{name} – {SIMULATION_MARK}")
}
