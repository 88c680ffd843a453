//! The registry snapshot on the wire, version 1: one immutable version, an object of kind `registry`.

mod convert;
mod wire;

pub use convert::{SnapshotError, to_registry};
pub use wire::jiff_date::DateText;
pub use wire::{
    AnchorsV1, CardV1, CollectivityV1, CommuneV1, DeviceV1, HabilitationV1, NatInfV1, OmpV1,
    PeriodV1, ReasonV1, RevocationV1, ServiceV1, SnapshotV1, StationV1, TerritoryV1,
};
