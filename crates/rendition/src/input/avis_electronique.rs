//! Facts of the avis de contravention électronique.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{AvisInput, hide_personal_data};

/// Facts of an avis put at its addressee's disposal on the portal, after consent: the avis that would have been printed,
/// and how it was delivered.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AvisElectroniqueInput {
    /// The avis. Its date is that of the consent, which starts every clock.
    pub avis: AvisInput,
    /// How it was delivered.
    pub delivery: DeliveryInput,
}

/// The delivery of an avis électronique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DeliveryInput {
    /// Day of the e-mail that announced it.
    pub announced_on: Date,
    /// Day on which the addressee consented: the date of the avis.
    pub consented_on: Date,
    /// Who gave the e-mail address.
    pub address_from: EmailSource,
}

/// Who gave the e-mail address of an addressee.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EmailSource {
    /// The addressee, to the agent.
    Agent,
    /// The holder, who designated the addressee.
    Designation,
    /// The register of vehicles (SIV).
    Registration,
}

impl EmailSource {
    /// Every source.
    pub const ALL: [Self; 3] = [Self::Agent, Self::Designation, Self::Registration];

    /// Name of the source in data files and templates.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Designation => "designation",
            Self::Registration => "registration",
        }
    }
}

hide_personal_data!(AvisElectroniqueInput);
