//! Reports of agents, as collectivities hand them in: records of `report.inbound`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What a station hands in: the body of `PUT /v1/reports/{inquiry}`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportRequest {
    /// Number of the agent who reports.
    #[schemars(regex(pattern = r"^[A-Z0-9]{1,10}$"))]
    pub agent: String,
    /// What the agent saw, heard or found in person (CPP 429), 1 to 4,000 characters.
    #[schemars(length(min = 1, max = 4_000))]
    pub text: String,
}

impl std::fmt::Debug for ReportRequest {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ReportRequest(***)")
    }
}

/// A report as received.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportV1 {
    /// Version of this shape: 1.
    pub version: u16,
    /// Reception instant on the legal clock, microseconds since the epoch.
    pub received_at_us: i64,
    /// Collectivity of the station.
    pub siren: String,
    /// The question that it answers.
    pub inquiry: Uuid,
    /// The report.
    pub report: ReportRequest,
}

impl std::fmt::Debug for ReportV1 {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ReportV1({}, ***)", self.inquiry)
    }
}
