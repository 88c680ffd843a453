//! Certificates issued, the journal, and when revocation lists are due.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};
use jiff::Timestamp;

use crate::authorities::Instants;
use crate::change::Entry;

/// A certificate that the registry issued.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct CertificateRow {
    /// The authority, by its slug.
    #[diesel(sql_type = Text)]
    pub(crate) authority: String,
    /// Its serial number, hexadecimal.
    #[diesel(sql_type = Text)]
    pub(crate) number: String,
    /// Serial number of the card, name of the station.
    #[diesel(sql_type = Text)]
    pub(crate) holder: String,
    /// `signature`, `authentication`, `connection` or `seal`.
    #[diesel(sql_type = Text)]
    pub(crate) usage: String,
    /// Last instant of its validity, Unix seconds.
    #[diesel(sql_type = BigInt)]
    pub(crate) not_after_s: i64,
    /// The certificate.
    #[diesel(sql_type = Text)]
    pub(crate) pem: String,
}

/// An entry of the journal that is to be written.
pub(crate) struct NewEntry<'e> {
    pub(crate) legal_at: Timestamp,
    pub(crate) by: &'e str,
    pub(crate) version: i64,
    pub(crate) entry: &'e Entry,
}

/// An entry of the journal.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct EntryRow {
    /// Legal instant, microseconds since the epoch.
    #[diesel(sql_type = BigInt)]
    pub(crate) legal_at_us: i64,
    /// Who.
    #[diesel(sql_type = Text)]
    pub(crate) actor: String,
    /// What.
    #[diesel(sql_type = Text)]
    pub(crate) act: String,
    /// Further facts, JSON.
    #[diesel(sql_type = Text)]
    pub(crate) detail: String,
    /// The version that it made.
    #[diesel(sql_type = BigInt)]
    pub(crate) version: i64,
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = BigInt)]
    legal_s: i64,
    #[diesel(sql_type = BigInt)]
    real_s: i64,
}

/// Keeps the certificates of a change: at most two.
pub(crate) fn put_certificates(
    conn: &mut PgConnection,
    certificates: &[CertificateRow],
) -> Result<(), StoreError> {
    for row in certificates {
        diesel::sql_query(
            "INSERT INTO certificate (authority, number, holder, use, not_after, pem) \
             VALUES ($1, $2, $3, $4, to_timestamp($5), $6)",
        )
        .bind::<Text, _>(&row.authority)
        .bind::<Text, _>(&row.number)
        .bind::<Text, _>(&row.holder)
        .bind::<Text, _>(&row.usage)
        .bind::<BigInt, _>(row.not_after_s)
        .bind::<Text, _>(&row.pem)
        .execute(conn)
        .map_err(StoreError::Query)?;
    }
    Ok(())
}

/// The certificates of a card or station, newest last.
pub(crate) fn certificates(
    conn: &mut PgConnection,
    holder: &str,
) -> Result<Vec<CertificateRow>, StoreError> {
    diesel::sql_query(
        "SELECT authority, number, holder, use AS usage, extract(epoch FROM not_after)::bigint AS not_after_s, pem \
         FROM certificate WHERE holder = $1 ORDER BY not_after, use",
    )
    .bind::<Text, _>(holder)
    .load(conn)
    .map_err(StoreError::Query)
}

/// Appends to the journal.
pub(crate) fn journal(conn: &mut PgConnection, new: &NewEntry<'_>) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO journal (legal_at, actor, act, subject, detail, version) \
         VALUES ('epoch'::timestamptz + $1 * interval '1 microsecond', $2, $3, $4, $5::jsonb, $6)",
    )
    .bind::<BigInt, _>(new.legal_at.as_microsecond())
    .bind::<Text, _>(new.by)
    .bind::<Text, _>(new.entry.act)
    .bind::<Text, _>(&new.entry.subject)
    .bind::<Text, _>(new.entry.detail.to_string())
    .bind::<BigInt, _>(new.version)
    .execute(conn)
    .map_err(StoreError::Query)?;
    Ok(())
}

/// What was done to a card or station, oldest first.
pub(crate) fn history(conn: &mut PgConnection, subject: &str) -> Result<Vec<EntryRow>, StoreError> {
    diesel::sql_query(
        "SELECT (extract(epoch FROM legal_at) * 1000000)::bigint AS legal_at_us, actor, act, detail::text AS detail, \
         version FROM journal WHERE subject = $1 ORDER BY seq",
    )
    .bind::<Text, _>(subject)
    .load(conn)
    .map_err(StoreError::Query)
}

/// When the revocation lists are due; `None` before the first were signed here.
pub(crate) fn lists_due(conn: &mut PgConnection) -> Result<Option<Instants>, StoreError> {
    let row: Option<DueRow> = diesel::sql_query("SELECT legal_s, real_s FROM lists_due")
        .get_result(conn)
        .optional()
        .map_err(StoreError::Query)?;
    Ok(row.map(|row| Instants {
        legal_s: row.legal_s,
        real_s: row.real_s,
    }))
}

/// Sets when the revocation lists are due.
pub(crate) fn put_lists_due(conn: &mut PgConnection, due: Instants) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO lists_due (legal_s, real_s) VALUES ($1, $2) \
         ON CONFLICT (only_row) DO UPDATE SET legal_s = excluded.legal_s, real_s = excluded.real_s",
    )
    .bind::<BigInt, _>(due.legal_s)
    .bind::<BigInt, _>(due.real_s)
    .execute(conn)
    .map_err(StoreError::Query)?;
    Ok(())
}
