//! Files that go to the tribunal de police, and what they hold.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Date as SqlDate, Integer, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::instants::{civil_date, pg_timestamp};

/// A prosecution whose file can be handed over.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub(crate) struct HandOverRow {
    /// The contestation decided.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) contestation: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// The procedure before the tribunal.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) detail: Option<String>,
    /// The officer's signature over the decision.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) signature: Option<String>,
    /// Files handed over about the avis before.
    #[diesel(sql_type = SmallInt)]
    pub(crate) before: i16,
}

/// Locks prosecutions whose notice and procès-verbal are edited and whose file is not handed over; at most one an avis.
pub(crate) fn hand_overs_claim(
    conn: &mut PgConnection,
    limit: i64,
) -> Result<Vec<HandOverRow>, StoreError> {
    let mut rows: Vec<HandOverRow> = diesel::sql_query(
        "SELECT d.contestation, d.avis, d.detail, d.signature, \
                (SELECT count(*) FROM hand_over h WHERE h.avis = d.avis)::smallint AS before \
         FROM decision d \
         WHERE d.kind = 'prosecution' AND d.request_lot IS NOT NULL AND NOT d.is_handed_over \
           AND EXISTS (SELECT 1 FROM document t WHERE t.avis = d.avis AND t.kind = 'TTP') \
           AND EXISTS (SELECT 1 FROM document p WHERE p.avis = d.avis AND p.kind = 'PVE') \
         ORDER BY d.avis, d.contestation LIMIT $1 FOR UPDATE OF d SKIP LOCKED",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?;
    rows.dedup_by_key(|row| row.avis);
    Ok(rows)
}

/// Writes files down as handed over, in the lot that asks for their bordereaux.
pub(crate) fn hand_overs_insert(
    conn: &mut PgConnection,
    rows: &[&HandOverRow],
    request_lot: &[u8; 32],
    at: Timestamp,
) -> Result<(), StoreError> {
    let of = || rows.iter();
    let files: Vec<Uuid> = of().map(|row| row.contestation).collect();
    diesel::sql_query(
        "INSERT INTO hand_over (avis, issue, contestation, request_lot, asked_at) \
         SELECT avis, issue, contestation, $4, $5 FROM unnest($1, $2, $3) AS h(avis, issue, contestation)",
    )
    .bind::<Array<BigInt>, _>(of().map(|row| row.avis).collect::<Vec<_>>())
    .bind::<Array<SmallInt>, _>(of().map(|row| row.before.saturating_add(1)).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(&files)
    .bind::<Binary, _>(request_lot.as_slice())
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .execute(conn)?;
    diesel::sql_query("UPDATE decision SET is_handed_over = true WHERE contestation = ANY($1)")
        .bind::<Array<SqlUuid>, _>(&files)
        .execute(conn)?;
    Ok(())
}

/// A piece of a file: a member of a lot, or what was written into a form.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct PieceRow {
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// What it is: the kind of a document of ours, `scan` of an envelope, `online` as it was written on the portal, `joined`
    /// to that, or the answer to a question, `report` or `piece`.
    #[diesel(sql_type = Text)]
    pub(crate) what: String,
    /// Its number among what is joined, from 1.
    #[diesel(sql_type = Integer)]
    pub(crate) n: i32,
    #[diesel(sql_type = SqlDate)]
    day: PgDate,
    /// Kind of the lot.
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    #[diesel(sql_type = Nullable<Binary>)]
    lot: Option<Vec<u8>>,
    /// The member.
    #[diesel(sql_type = Text)]
    pub(crate) member: String,
    #[diesel(sql_type = Nullable<Binary>)]
    sha256: Option<Vec<u8>>,
    /// Media type, of what came.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) media: Option<String>,
    /// What was written.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) text: Option<String>,
}

impl PieceRow {
    /// The day it bears or came on.
    pub(crate) fn day(&self) -> Date {
        civil_date(self.day)
    }

    /// The lot that holds it.
    pub(crate) fn lot(&self) -> Option<[u8; 32]> {
        self.lot.as_deref()?.try_into().ok()
    }

    /// SHA-256 of its bytes.
    pub(crate) fn sha256(&self) -> Option<[u8; 32]> {
        self.sha256.as_deref()?.try_into().ok()
    }
}

/// What the files of some avis hold, those of one avis together: the procès-verbal first, then by day documents sent,
/// envelopes with their scans, what was written and joined on the portal, reports of the agent.
pub(crate) fn file_pieces(
    conn: &mut PgConnection,
    avis: &[i64],
) -> Result<Vec<PieceRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT avis, what, n, day, kind, lot, member, sha256, media, text FROM ( \
           SELECT avis, kind AS what, 0 AS n, day, 'document' AS kind, lot_id AS lot, member_id AS member, \
                  NULL::bytea AS sha256, NULL AS media, NULL AS text, CASE WHEN kind = 'PVE' THEN 0 ELSE 1 END AS first \
           FROM document WHERE avis = ANY($1) AND kind <> 'BTP' AND NOT (kind = 'PVE' AND issue > 1) \
           UNION ALL \
           SELECT avis, 'scan', 0, received_day, 'courrier', scan_lot, id::text, scan_sha256, scan_media, NULL, 2 \
           FROM courrier WHERE avis = ANY($1) AND NOT is_duplicate AND scan_lot IS NOT NULL AND contestation IS NOT NULL \
           UNION ALL \
           SELECT c.avis_number, 'online', 0, c.received_day, 'courrier', NULL, c.id::text, NULL, NULL, c.motivation, 2 \
           FROM contestation c JOIN courrier k ON k.contestation = c.id AND NOT k.is_duplicate AND k.channel = 'portal' \
           WHERE c.avis_number = ANY($1) \
           UNION ALL \
           SELECT c.avis_number, 'joined', t.n, c.received_day, 'courrier', t.lot, c.id || '/' || t.n, t.sha256, t.media, NULL, 3 \
           FROM attachment t JOIN contestation c ON c.id = t.contestation WHERE c.avis_number = ANY($1) \
           UNION ALL \
           SELECT c.avis_number, q.kind, 0, q.answered_day, 'courrier', NULL, q.id::text, NULL, NULL, \
                  q.what || E'\\n\\n' || q.answer, 4 \
           FROM inquiry q JOIN contestation c ON c.id = q.contestation \
           WHERE c.avis_number = ANY($1) AND q.answer IS NOT NULL) AS pieces \
         ORDER BY avis, CASE WHEN first = 0 THEN 0 ELSE 1 END, day, first, member",
    )
    .bind::<Array<BigInt>, _>(avis)
    .load(conn)?)
}
