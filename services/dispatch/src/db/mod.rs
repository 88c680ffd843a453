//! Dispatch's tables: the only place that names diesel.

mod counts;
mod folds;
mod rows;
mod spools;

use cnt_store::EmbeddedMigrations;
use diesel_migrations::embed_migrations;

pub(crate) use counts::counts;
pub(crate) use folds::{Due, due, hold, put, release, take};
pub(crate) use rows::{FoldRow, NewFold, NewSpool, SpoolRow, date_of, date_to, instant_of};
pub(crate) use spools::{Deposit, deposit, spool_close, spool_find, spool_list};

/// The schema.
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

diesel::table! {
    spool (spool_id) {
        spool_id -> Bytea,
        plant -> Text,
        day -> Date,
        folds -> Integer,
        sheets -> BigInt,
        weight_g -> BigInt,
        postage_cents -> BigInt,
        bytes -> BigInt,
        closed_at -> Timestamptz,
        deposited_on -> Nullable<Date>,
        deposited_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    fold (avis, kind, issue) {
        avis -> BigInt,
        kind -> Text,
        issue -> SmallInt,
        lot_id -> Bytea,
        member_id -> Text,
        frame_offset -> BigInt,
        frame_length -> BigInt,
        frame_size -> BigInt,
        inner_offset -> BigInt,
        size -> BigInt,
        forme -> Nullable<Integer>,
        sha256 -> Bytea,
        plant -> Text,
        day -> Date,
        postcode -> Text,
        sheets -> Integer,
        weight_g -> Integer,
        tariff_cents -> Integer,
        state -> Text,
        held -> Nullable<Text>,
        waiting_since -> Timestamptz,
        spool_id -> Nullable<Bytea>,
        position -> Nullable<Integer>,
        recommended -> Nullable<Text>,
    }
}
