//! The gateway's tables. The only module that names diesel.

mod blocks;
mod migrate;

pub(crate) use blocks::{NewBlock, add_blocks, lock_heads, move_heads, receipts_after};
pub(crate) use migrate::migrate_patiently;
