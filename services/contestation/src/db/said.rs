//! What addressees say on the portal besides contesting: the driver whom they name, the address to which they moved.

use cnt_contracts::courrier::WishV3;
use cnt_domain::courrier::CourrierKind;
use cnt_domain::life::State;
use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Date as SqlDate, Text, Uuid as SqlUuid};
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::courrier::{ANSWERED, OPEN, avis_of};
use crate::db::instants::{civil_date, pg_date, pg_timestamp};
use crate::db::prepared::Prepare as _;
use crate::intake::{Envelope, NamedDriver};

diesel::table! {
    named_driver (contestation) {
        contestation -> Uuid,
        last_name -> Text,
        first_names -> Text,
        address -> Array<Text>,
        birth -> Date,
        birth_place -> Text,
        licence -> Text,
    }
}

diesel::table! {
    declared_address (courrier) {
        courrier -> Uuid,
        avis -> BigInt,
        address -> Array<Text>,
        declared_at -> Timestamptz,
    }
}

/// Writes what new envelopes say. An address needs nothing else to be kept, so its envelope is answered at once; but of an
/// increased fine somebody has to judge whether it was declared in time (CPP R49-6-1), and that one stays open.
pub(super) fn said_insert(
    conn: &mut PgConnection,
    envelopes: &[&Envelope],
) -> Result<(), StoreError> {
    let drivers: Vec<_> = envelopes
        .iter()
        .filter_map(|envelope| {
            let NamedDriver { said, birth } = envelope.driver.as_ref()?;
            Some((
                named_driver::contestation.eq(envelope.id),
                named_driver::last_name.eq(&said.last_name),
                named_driver::first_names.eq(&said.first_names),
                named_driver::address.eq(&said.address),
                named_driver::birth.eq(pg_date(*birth)),
                named_driver::birth_place.eq(&said.birth_place),
                named_driver::licence.eq(&said.licence),
            ))
        })
        .collect();
    if !drivers.is_empty() {
        diesel::copy_from(named_driver::table)
            .from_insertable(&drivers)
            .execute(conn)?;
    }
    let addresses: Vec<_> = envelopes
        .iter()
        .filter_map(|envelope| {
            let WishV3::AddressChange { address } = envelope.wish.as_ref()? else {
                return None;
            };
            Some((
                declared_address::courrier.eq(envelope.id),
                declared_address::avis.eq(avis_of(envelope)?),
                declared_address::address.eq(address),
                declared_address::declared_at.eq(pg_timestamp(envelope.received_at)),
            ))
        })
        .collect();
    if !addresses.is_empty() {
        diesel::copy_from(declared_address::table)
            .from_insertable(&addresses)
            .execute(conn)?;
    }
    Ok(())
}

/// Answers the envelopes that declare an address about which nobody has to judge.
pub(super) fn addresses_answer(
    conn: &mut PgConnection,
    envelopes: &[&Envelope],
) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = envelopes
        .iter()
        .filter(|envelope| matches!(envelope.wish, Some(WishV3::AddressChange { .. })))
        .map(|envelope| envelope.id)
        .collect();
    if ids.is_empty() {
        return Ok(());
    }
    let (kind, majoree) = (CourrierKind::AddressChange, State::Majoree);
    diesel::sql_query(format!(
        "UPDATE courrier k SET outcome = '{ANSWERED}', outcome_detail = 'the address is kept: letters go there from now on', \
                outcome_by = '{}', outcome_at = k.received_at \
         WHERE k.id = ANY($1) AND NOT k.is_duplicate AND k.outcome = '{OPEN}' AND k.kind = '{kind}' \
           AND NOT EXISTS (SELECT 1 FROM life l WHERE l.avis = k.avis AND l.state = '{majoree}')",
        crate::NAME
    ))
    .bind::<Array<SqlUuid>, _>(ids)
    .execute(conn)?;
    Ok(())
}

/// A driver whom the addressee names.
#[derive(Clone, QueryableByName)]
pub(crate) struct NamedDriverRow {
    /// Last name.
    #[diesel(sql_type = Text)]
    pub(crate) last_name: String,
    /// First names.
    #[diesel(sql_type = Text)]
    pub(crate) first_names: String,
    /// Address as declared.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) address: Vec<String>,
    #[diesel(sql_type = SqlDate)]
    birth: PgDate,
    /// Place of birth.
    #[diesel(sql_type = Text)]
    pub(crate) birth_place: String,
    /// Number of the licence.
    #[diesel(sql_type = Text)]
    pub(crate) licence: String,
}

impl std::fmt::Debug for NamedDriverRow {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NamedDriverRow(***)")
    }
}

impl NamedDriverRow {
    /// Day of birth.
    pub(crate) fn birth(&self) -> Date {
        civil_date(self.birth)
    }
}

/// The driver whom a contestation names.
pub(super) fn driver_named(
    conn: &mut PgConnection,
    contestation: Uuid,
) -> Result<Option<NamedDriverRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT last_name, first_names, address, birth, birth_place, licence FROM named_driver WHERE contestation = $1",
    )
    .bind::<SqlUuid, _>(contestation)
    .prepared()
    .get_result(conn)
    .optional()?)
}

/// The address that an envelope declares.
pub(crate) fn declared_address(
    conn: &mut PgConnection,
    courrier: Uuid,
) -> Result<Option<Vec<String>>, StoreError> {
    #[derive(QueryableByName)]
    struct Declared {
        #[diesel(sql_type = Array<Text>)]
        address: Vec<String>,
    }
    let found: Option<Declared> =
        diesel::sql_query("SELECT address FROM declared_address WHERE courrier = $1")
            .bind::<SqlUuid, _>(courrier)
            .get_result(conn)
            .optional()?;
    Ok(found.map(|row| row.address))
}

/// What was asked about an avis besides contesting, on paper or on the portal.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct WishRow {
    /// Word of its kind.
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = SqlDate)]
    received_day: PgDate,
    /// Whether nobody has answered yet.
    #[diesel(sql_type = Bool)]
    pub(crate) is_open: bool,
}

impl WishRow {
    /// Day of reception.
    pub(crate) fn received_day(&self) -> Date {
        civil_date(self.received_day)
    }
}

/// What was asked about an avis besides contesting, the newest first.
pub(crate) fn wishes(conn: &mut PgConnection, avis: i64) -> Result<Vec<WishRow>, StoreError> {
    let kinds = [
        CourrierKind::AddressChange,
        CourrierKind::PvRequest,
        CourrierKind::PhotoRequest,
    ];
    Ok(diesel::sql_query(format!(
        "SELECT kind, received_day, outcome = '{OPEN}' AS is_open FROM courrier \
         WHERE avis = $1 AND NOT is_duplicate AND kind = ANY($2) ORDER BY received_at DESC, id LIMIT 20"
    ))
    .bind::<BigInt, _>(avis)
    .bind::<Array<Text>, _>(kinds.map(CourrierKind::as_str).to_vec())
    .load(conn)?)
}
