//! Collectivities and their conventions, on the wire and into the domain.

use cnt_domain::InvalidValue;
use cnt_domain::codes::InseeCode;
use cnt_domain::conventions::{Amendment, Convention, ConventionKind};
use cnt_domain::registry::{Collectivity, CollectivityKind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::convert::{day, period};
use super::wire::PeriodV1;
use super::wire::jiff_date::DateText;

/// What a collectivity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CollectivityKindV1 {
    /// A commune with a police of its own.
    Commune,
    /// An intercommunality (EPCI) whose agents work in its member communes (CSI L512-2).
    Intercommunality,
    /// A commune whose police works in others too (CSI L512-1).
    SharedPolice,
}

/// A collectivity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CollectivityV1 {
    /// SIREN.
    pub siren: String,
    /// Name.
    pub name: String,
    /// What it is.
    pub kind: CollectivityKindV1,
    /// Conventions, past ones included.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub conventions: Vec<ConventionV1>,
    /// Suspensions.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub suspensions: Vec<PeriodV1>,
}

/// With which agency a convention is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConventionKindV1 {
    /// ANTS: agents' cards.
    Ants,
    /// ANTAI: electronic tickets.
    Antai,
}

/// A convention.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConventionV1 {
    /// With which agency.
    pub kind: ConventionKindV1,
    /// Number.
    pub number: String,
    /// When it holds.
    pub period: PeriodV1,
    /// INSEE codes of the communes covered from its first day; of ANTAI conventions only.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub communes: Vec<String>,
    /// Amendments, in the order of their dates.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub amendments: Vec<AmendmentV1>,
}

/// An amendment: communes covered, or no longer, from a date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AmendmentV1 {
    /// Number within the convention, from 1.
    pub number: u16,
    /// First day on which it holds, `YYYY-MM-DD`.
    pub from: DateText,
    /// INSEE codes of communes covered from then on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub adds: Vec<String>,
    /// INSEE codes of communes no longer covered from then on.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub removes: Vec<String>,
}

pub(super) fn collectivity(wire: &CollectivityV1) -> Result<Collectivity, InvalidValue> {
    Ok(Collectivity {
        siren: wire.siren.parse()?,
        name: wire.name.clone(),
        kind: match wire.kind {
            CollectivityKindV1::Commune => CollectivityKind::Commune,
            CollectivityKindV1::Intercommunality => CollectivityKind::Intercommunality,
            CollectivityKindV1::SharedPolice => CollectivityKind::SharedPolice,
        },
        conventions: collect(&wire.conventions, convention)?,
        suspensions: collect(&wire.suspensions, period)?,
    })
}

fn convention(wire: &ConventionV1) -> Result<Convention, InvalidValue> {
    let amendments = collect(&wire.amendments, amendment)?;
    if !amendments.is_sorted_by_key(|amendment| amendment.from) {
        return Err(InvalidValue {
            what: "amendments of a convention",
            expected: "the order of their dates",
        });
    }
    Ok(Convention {
        kind: match wire.kind {
            ConventionKindV1::Ants => ConventionKind::Ants,
            ConventionKindV1::Antai => ConventionKind::Antai,
        },
        number: wire.number.clone(),
        period: period(&wire.period)?,
        communes: communes(&wire.communes)?,
        amendments,
    })
}

fn amendment(wire: &AmendmentV1) -> Result<Amendment, InvalidValue> {
    Ok(Amendment {
        number: wire.number,
        from: day(&wire.from)?,
        adds: communes(&wire.adds)?,
        removes: communes(&wire.removes)?,
    })
}

fn communes(codes: &[String]) -> Result<Vec<InseeCode>, InvalidValue> {
    collect(codes, |code| code.parse())
}

fn collect<W, T>(
    wires: &[W],
    read: impl Fn(&W) -> Result<T, InvalidValue>,
) -> Result<Vec<T>, InvalidValue> {
    wires.iter().map(read).collect()
}
