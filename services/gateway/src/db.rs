//! The gateway's tables. The only module that names diesel.

mod blocks;
mod migrate;
mod photos;
mod reports;

pub(crate) use blocks::{NewBlock, add_blocks, lock_heads, move_heads, receipts_after};
pub(crate) use migrate::migrate_patiently;
pub(crate) use photos::{
    Awaited, Kept, Missed, await_photos, keep_photo, photo_standing, take_missed,
};
pub(crate) use reports::{ReportAsked, is_report_asked, reports_asked};
