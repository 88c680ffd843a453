//! Designated drivers and the avis that each got.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date as SqlDate, Nullable, Text, Uuid as SqlUuid,
};
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::instants::pg_date;

/// A designation to be written.
pub(crate) struct NewDesignation<'a> {
    /// The contestation that designates.
    pub(crate) contestation: Uuid,
    /// The avis that it closes.
    pub(crate) avis: i64,
    /// The lot that asks for the avis to the driver.
    pub(crate) request_lot: [u8; 32],
    /// The driver's last name.
    pub(crate) last_name: &'a str,
    /// Their first names.
    pub(crate) first_names: &'a str,
    /// Their address as declared.
    pub(crate) address: &'a [String],
    /// Day of birth.
    pub(crate) birth: Option<Date>,
    /// Number of the licence.
    pub(crate) licence: Option<&'a str>,
    /// Whether they live abroad.
    pub(crate) is_abroad: bool,
    /// The day of the decision.
    pub(crate) day: Date,
}

/// Writes a designation.
pub(crate) fn designation_insert(
    conn: &mut PgConnection,
    new: &NewDesignation<'_>,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO designation (contestation, avis, request_lot, last_name, first_names, address, birth, licence, \
                                  is_abroad, day) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind::<SqlUuid, _>(new.contestation)
    .bind::<BigInt, _>(new.avis)
    .bind::<Binary, _>(new.request_lot.as_slice())
    .bind::<Text, _>(new.last_name)
    .bind::<Text, _>(new.first_names)
    .bind::<Array<Text>, _>(new.address)
    .bind::<Nullable<SqlDate>, _>(new.birth.map(pg_date))
    .bind::<Nullable<Text>, _>(new.licence)
    .bind::<Bool, _>(new.is_abroad)
    .bind::<SqlDate, _>(pg_date(new.day))
    .execute(conn)?;
    Ok(())
}

/// Avis to designated drivers were edited: each is told to its designation, and takes the verdict lot of the avis that it
/// follows. Pairs of request lot and number; returns how many designations there were.
pub(crate) fn designations_edited(
    conn: &mut PgConnection,
    edited: &[([u8; 32], i64)],
) -> Result<usize, StoreError> {
    if edited.is_empty() {
        return Ok(0);
    }
    let lots: Vec<&[u8]> = edited.iter().map(|(lot, _)| lot.as_slice()).collect();
    let numbers: Vec<i64> = edited.iter().map(|(_, number)| *number).collect();
    let told = diesel::sql_query(
        "UPDATE designation d SET new_avis = e.avis FROM unnest($1, $2) AS e(lot, avis) \
         WHERE d.request_lot = e.lot AND d.new_avis IS NULL",
    )
    .bind::<Array<Binary>, _>(&lots)
    .bind::<Array<BigInt>, _>(&numbers)
    .execute(conn)?;
    diesel::sql_query(
        "UPDATE avis n SET verdict_lot = o.verdict_lot FROM designation d JOIN avis o ON o.avis = d.avis \
         WHERE d.new_avis = ANY($1) AND n.avis = d.new_avis",
    )
    .bind::<Array<BigInt>, _>(&numbers)
    .execute(conn)?;
    Ok(told)
}

/// The avis before and after an avis, where a driver was designated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(crate) struct Successions {
    /// The avis that the designation closed, of an avis to a designated driver.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) designated_from: Option<i64>,
    /// The avis to the driver who was designated.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) redesignated_to: Option<i64>,
}

/// What an avis follows and what follows it.
pub(crate) fn successions(conn: &mut PgConnection, avis: i64) -> Result<Successions, StoreError> {
    Ok(diesel::sql_query(
        "SELECT (SELECT avis FROM designation WHERE new_avis = $1) AS designated_from, \
                (SELECT max(new_avis) FROM designation WHERE avis = $1) AS redesignated_to",
    )
    .bind::<BigInt, _>(avis)
    .get_result(conn)?)
}
