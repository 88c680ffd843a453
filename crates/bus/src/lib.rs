#![doc = include_str!("../README.md")]

mod admin;
mod backoff;
mod block_on;
mod broadcast;
mod config;
mod consumer;
mod context;
mod error;
mod lot;
mod metrics;
mod native;
mod producer;
mod reader;
mod record;
mod throttle;

pub use crate::admin::{Access, AccessRule, Admin, Cleanup, PartitionOffsets, TopicSpec};
pub use crate::broadcast::Broadcast;
pub use crate::config::{BusConfig, Security};
pub use crate::consumer::{LotConsumer, LotConsumerConfig};
pub use crate::error::BusError;
pub use crate::lot::{HandleError, Lot, LotHandler, LotRange, TopicPartition};
pub use crate::metrics::BusMetrics;
pub use crate::producer::{Compression, Producer, ProducerConfig, SendError, SendErrorKind};
pub use crate::reader::read_range;
pub use crate::record::{Headers, OutRecord, Record, RecordPosition};
