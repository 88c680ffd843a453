//! Rows of the archive's index made by COPY, and the bare SELECT that the archive's answers are measured beside.

use std::time::{Duration, Instant};

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

diesel::table! {
    document (avis) {
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
        plate_key -> Nullable<Text>,
        names -> Array<Text>,
        omp -> Text,
        service -> Text,
    }
}

#[derive(QueryableByName)]
struct Member {
    #[diesel(sql_type = Text)]
    #[expect(
        dead_code,
        reason = "it is read from the database, which is what is measured"
    )]
    member_id: String,
}

/// Copies rows in, each a line of PostgreSQL's text format with the columns of the table above in their order.
pub(crate) fn copy(conn: &mut PgConnection, lines: &[String]) -> Result<usize, StoreError> {
    Ok(diesel::copy_from(document::table)
        .from_raw_data(document::all_columns, |copy| {
            for line in lines {
                copy.write_all(line.as_bytes())
                    .map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
            }
            Ok::<_, diesel::result::Error>(())
        })
        .execute(conn)?)
}

/// Tells the planner what is there, and what may be read without a look at visibility.
pub(crate) fn vacuum(conn: &mut PgConnection) -> Result<(), StoreError> {
    diesel::sql_query("VACUUM (ANALYZE) document").execute(conn)?;
    Ok(())
}

/// Selects one row by its number; how long that took.
pub(crate) fn select(conn: &mut PgConnection, avis: i64) -> Result<Duration, StoreError> {
    let begun = Instant::now();
    let _: Member =
        diesel::sql_query("SELECT * FROM document WHERE avis = $1 AND kind = 'ACO' AND issue = 1")
            .bind::<BigInt, _>(avis)
            .get_result(conn)?;
    Ok(begun.elapsed())
}
