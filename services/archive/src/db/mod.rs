//! The archive's tables: the only place that names diesel.

mod evidence;
mod journal;
mod lots;
mod rebuild;
mod rows;
mod search;

use cnt_store::EmbeddedMigrations;
use diesel_migrations::embed_migrations;

pub use evidence::EvidenceError;
pub(crate) use evidence::{
    Appended, LotEvidence, append, entries, keep_checkpoint, latest_checkpoint, leaf_of, published,
    salts_kept, tree, unkept_salts,
};
pub(crate) use journal::{Consultation, journalled};
pub(crate) use lots::{lot_find, register};
pub use rebuild::RebuildError;
pub(crate) use rebuild::{PlacedLot, clear, place, set_tree, transaction, unless_known};
pub(crate) use rows::{DocumentRow, NewLot, date_of, date_to, instant_of};
pub(crate) use search::{Page, search};

/// The schema.
pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

diesel::table! {
    lot (lot_id) {
        lot_id -> Bytea,
        kind -> Text,
        members -> Integer,
        bytes -> BigInt,
        registered_at -> Timestamptz,
    }
}

diesel::table! {
    document (avis, kind, issue) {
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
        id_mif -> Uuid,
        siren -> Integer,
        plate -> Nullable<Text>,
        addressee -> Text,
        offence_day -> Date,
        avis_date -> Date,
        natinf -> Integer,
        commune -> Text,
        postcode -> Text,
        registered_at -> Timestamptz,
        leaf -> Nullable<BigInt>,
        plate_key -> Nullable<Text>,
        names -> Array<Text>,
        omp -> Text,
        service -> Text,
        replaces -> Nullable<Text>,
    }
}

diesel::table! {
    evidence_tree (id) {
        id -> SmallInt,
        size -> BigInt,
        root -> Bytea,
        peaks -> Bytea,
        published -> BigInt,
    }
}

diesel::table! {
    evidence_lot (first) {
        first -> BigInt,
        leaves -> Integer,
        lot_id -> Bytea,
        salts -> Bytea,
        commitments -> Bytea,
        salts_kept -> Bool,
    }
}

diesel::table! {
    checkpoint (size) {
        size -> BigInt,
        note -> Text,
        signed_at -> Timestamptz,
    }
}

diesel::table! {
    consultation (id) {
        id -> BigInt,
        at -> Timestamptz,
        who -> Text,
        purpose -> Text,
        avis -> Nullable<BigInt>,
        what -> Text,
        role -> Text,
        criteria -> Nullable<Text>,
        shown -> Nullable<Array<BigInt>>,
    }
}
