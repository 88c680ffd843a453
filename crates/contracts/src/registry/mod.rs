//! The registry snapshot on the wire, version 1: one immutable version, an object of kind `registry`.

mod collectivities;
mod convert;
mod wire;

pub use collectivities::{
    AmendmentV1, CollectivityKindV1, CollectivityV1, ConventionKindV1, ConventionV1,
};
pub use convert::{SnapshotError, to_natinf, to_registry};
pub use wire::jiff_date::DateText;
pub use wire::{
    AgentQualityV1, AnchorsV1, CardV1, CommuneV1, DatedOmpV1, DeviceV1, HabilitationV1, NatInfV1,
    OmpV1, PeriodV1, ReasonV1, RevocationV1, ServiceV1, SnapshotV1, StationV1, TerritoryV1,
};
