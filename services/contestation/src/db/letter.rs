//! Documents about an avis, who fetched them, and the receipts of contestations.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date as SqlDate, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::avis::is_of_omp;
use crate::db::instants::{civil_date, pg_date, pg_timestamp, timestamp};
use crate::db::prepared::Prepare as _;

/// What is no affair of the addressee: the file handed over to the tribunal de police, the question to the agent.
const INTERNAL: &str = "('BTP', 'RAP')";

/// A document as its lot announces it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDocument {
    /// The avis it is about.
    pub(crate) avis: i64,
    /// Its kind.
    pub(crate) kind: String,
    /// Number of the issue, from 1.
    pub(crate) issue: i16,
    /// The day it bears.
    pub(crate) day: Date,
    /// The document lot.
    pub(crate) lot_id: [u8; 32],
    /// Its member in the lot.
    pub(crate) member_id: String,
}

/// Writes documents; one that is known changes nothing.
pub(crate) fn documents_insert(
    conn: &mut PgConnection,
    documents: &[&NewDocument],
) -> Result<(), StoreError> {
    if documents.is_empty() {
        return Ok(());
    }
    let of = || documents.iter();
    diesel::sql_query(
        "INSERT INTO document (avis, kind, issue, day, lot_id, member_id) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
    )
    .bind::<Array<BigInt>, _>(of().map(|new| new.avis).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(of().map(|new| new.kind.as_str()).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(of().map(|new| new.issue).collect::<Vec<_>>())
    .bind::<Array<SqlDate>, _>(of().map(|new| pg_date(new.day)).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(of().map(|new| new.lot_id.as_slice()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(of().map(|new| new.member_id.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// A document that the post took.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct DepositedRow {
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// Its kind.
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    /// Number of the issue.
    #[diesel(sql_type = SmallInt)]
    pub(crate) issue: i16,
    #[diesel(sql_type = SqlDate)]
    day: PgDate,
}

impl DepositedRow {
    /// The day it bears.
    pub(crate) fn day(&self) -> Date {
        civil_date(self.day)
    }
}

/// Writes down when the post took these documents; gives those that are known.
pub(crate) fn documents_deposited(
    conn: &mut PgConnection,
    documents: &[(i64, String, i16)],
    day: Date,
) -> Result<Vec<DepositedRow>, StoreError> {
    Ok(diesel::sql_query(
        "UPDATE document d SET deposited_on = $4 FROM unnest($1, $2, $3) AS u(avis, kind, issue) \
         WHERE d.avis = u.avis AND d.kind = u.kind AND d.issue = u.issue \
         RETURNING d.avis, d.kind, d.issue, d.day",
    )
    .bind::<Array<BigInt>, _>(documents.iter().map(|one| one.0).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(
        documents
            .iter()
            .map(|one| one.1.as_str())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<SmallInt>, _>(documents.iter().map(|one| one.2).collect::<Vec<_>>())
    .bind::<SqlDate, _>(pg_date(day))
    .load(conn)?)
}

/// A document about an avis.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct DocumentRow {
    /// Its kind.
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    /// Number of the issue.
    #[diesel(sql_type = SmallInt)]
    pub(crate) issue: i16,
    #[diesel(sql_type = SqlDate)]
    day: PgDate,
    #[diesel(sql_type = Nullable<SqlDate>)]
    deposited_on: Option<PgDate>,
    #[diesel(sql_type = Binary)]
    lot_id: Vec<u8>,
    /// Its member in the lot.
    #[diesel(sql_type = Text)]
    pub(crate) member_id: String,
}

impl DocumentRow {
    /// The day on which the post took it, once that is known.
    pub(crate) fn deposited_on(&self) -> Option<Date> {
        self.deposited_on.map(civil_date)
    }

    /// The day it bears.
    pub(crate) fn day(&self) -> Date {
        civil_date(self.day)
    }

    /// The lot that holds it.
    pub(crate) fn lot(&self) -> Option<[u8; 32]> {
        self.lot_id.as_slice().try_into().ok()
    }
}

/// The documents about an avis, the oldest first; for its addressee without those of the file alone.
pub(crate) fn documents(
    conn: &mut PgConnection,
    avis: i64,
    is_operator: bool,
) -> Result<Vec<DocumentRow>, StoreError> {
    Ok(diesel::sql_query(format!(
        "SELECT kind, issue, day, deposited_on, lot_id, member_id FROM document WHERE avis = $1 AND ($2 OR kind NOT IN {INTERNAL}) \
         ORDER BY day, kind, issue"
    ))
    .bind::<BigInt, _>(avis)
    .bind::<Bool, _>(is_operator)
    .prepared()
    .load(conn)?)
}

/// Who fetches a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    /// Their name, or the addressee.
    pub(crate) who: String,
    /// Their OMP, if they have one.
    pub(crate) omp: Option<String>,
    /// Whether they see what is no affair of the addressee.
    pub(crate) is_operator: bool,
}

/// A document about an avis that somebody fetches; of another OMP's avis there is none. The reading is journalled in the
/// same transaction.
pub(crate) fn document_read(
    conn: &mut PgConnection,
    reader: &Reader,
    avis: i64,
    (kind, issue): (&str, i16),
    now: Timestamp,
) -> Result<Option<DocumentRow>, StoreError> {
    conn.transaction(|conn| {
        if let Some(omp) = &reader.omp
            && !is_of_omp(conn, avis, omp)?
        {
            return Ok(None);
        }
        let found: Option<DocumentRow> = diesel::sql_query(format!(
            "SELECT kind, issue, day, deposited_on, lot_id, member_id FROM document \
             WHERE avis = $1 AND kind = $2 AND issue = $3 AND ($4 OR kind NOT IN {INTERNAL})"
        ))
        .bind::<BigInt, _>(avis)
        .bind::<Text, _>(kind)
        .bind::<SmallInt, _>(issue)
        .bind::<Bool, _>(reader.is_operator)
        .get_result(conn)
        .optional()?;
        if found.is_some() {
            diesel::sql_query(
                "INSERT INTO document_consultation (at, who, avis, kind, issue) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind::<Timestamptz, _>(pg_timestamp(now))
            .bind::<Text, _>(&reader.who)
            .bind::<BigInt, _>(avis)
            .bind::<Text, _>(kind)
            .bind::<SmallInt, _>(issue)
            .execute(conn)?;
        }
        Ok(found)
    })
}

/// A contestation of the portal of which a receipt is owed.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct ReceivedRow {
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// Word of the ground.
    #[diesel(sql_type = Text)]
    pub(crate) ground: String,
    /// What the addressee writes.
    #[diesel(sql_type = Text)]
    pub(crate) motivation: String,
    #[diesel(sql_type = Timestamptz)]
    received_at: PgTimestamp,
    #[diesel(sql_type = SqlDate)]
    received_day: PgDate,
    /// Media types of what is joined, in its order.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) media: Vec<String>,
    /// SHA-256 of what is joined, in its order.
    #[diesel(sql_type = Array<Binary>)]
    pub(crate) sha256: Vec<Vec<u8>>,
    /// Receipts that its avis had before.
    #[diesel(sql_type = BigInt)]
    pub(crate) receipts: i64,
}

impl ReceivedRow {
    /// When it was received (legal clock).
    pub(crate) fn received_at(&self) -> Timestamp {
        timestamp(self.received_at)
    }

    /// The civil day of reception in Paris.
    pub(crate) fn received_day(&self) -> Date {
        civil_date(self.received_day)
    }
}

/// Those of these contestations that came through the portal and have no receipt, in the order of reception.
pub(crate) fn receipts_owed(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<ReceivedRow>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(diesel::sql_query(
        "SELECT c.id, c.avis_number AS avis, c.ground, c.motivation, c.received_at, c.received_day, \
                ARRAY(SELECT t.media FROM attachment t WHERE t.contestation = c.id ORDER BY t.n) AS media, \
                ARRAY(SELECT t.sha256 FROM attachment t WHERE t.contestation = c.id ORDER BY t.n) AS sha256, \
                (SELECT count(*) FROM receipt r WHERE r.avis = c.avis_number) AS receipts \
         FROM contestation c JOIN courrier k ON k.id = c.id AND NOT k.is_duplicate AND k.channel = 'portal' \
         WHERE c.id = ANY($1) AND NOT EXISTS (SELECT 1 FROM receipt r WHERE r.contestation = c.id) \
         ORDER BY c.received_at, c.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(conn)?)
}

/// A receipt that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NewReceipt {
    /// The contestation.
    pub(crate) contestation: Uuid,
    /// Its avis.
    pub(crate) avis: i64,
    /// Number of the receipt among those of its avis.
    pub(crate) issue: i16,
}

/// Receipts were asked for in a lot.
pub(crate) fn receipts_insert(
    conn: &mut PgConnection,
    request_lot: &[u8; 32],
    receipts: &[NewReceipt],
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO receipt (contestation, avis, issue, request_lot) \
         SELECT contestation, avis, issue, $1 FROM unnest($2, $3, $4) AS u(contestation, avis, issue)",
    )
    .bind::<Binary, _>(&request_lot[..])
    .bind::<Array<SqlUuid>, _>(receipts.iter().map(|new| new.contestation).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(receipts.iter().map(|new| new.avis).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(receipts.iter().map(|new| new.issue).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}
