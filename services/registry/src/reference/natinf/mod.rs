//! NatInf: the vetted subset, the ministry's list, and how a list becomes a new version of the nomenclature.

mod merge;
mod official;
mod vetted;

pub use merge::{Import, Merge, NatInfChange, diff, merge};
pub use official::{NatInfFileError, Nature, OfficialEntry, OfficialList, read_official};
pub use vetted::natinf;
