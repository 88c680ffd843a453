#![doc = include_str!("../README.md")]

mod handler;
mod legal_clock;
mod lots;
mod plumbing;
mod registry_view;
mod replay;
mod rounds;
mod topology;
mod work;

pub use handler::{FlowSetup, LotFlow, run};
pub use legal_clock::follow_legal_clock;
pub use lots::{event_of, event_record, lot_id, lot_ref};
pub use plumbing::{Plumbing, PlumbingConfig, PlumbingError, database};
pub use registry_view::{ByVersion, RegistryVersion, RegistryView};
pub use rounds::rounds;
pub use topology::{access_rules, topic_specs};
pub use work::{LotWork, Poison, Prepared, WorkError};
