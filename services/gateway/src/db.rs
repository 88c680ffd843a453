//! The gateway's tables. The only module that names diesel.

mod blocks;
mod migrate;
mod photos;

pub(crate) use blocks::{NewBlock, add_blocks, lock_heads, move_heads, receipts_after};
pub(crate) use migrate::migrate_patiently;
pub(crate) use photos::{
    Awaited, Kept, Missed, await_photos, keep_photo, photo_standing, take_missed,
};
