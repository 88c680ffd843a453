//! What addressees join to contestations, and what they follow.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{
    BigInt, Binary, Bool, Date as SqlDate, Integer, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::Scope;
use crate::db::instants::{civil_date, pg_date, pg_timestamp};
use crate::db::prepared::Prepare as _;
use crate::intake::Envelope;

diesel::table! {
    attachment (contestation, n) {
        contestation -> Uuid,
        n -> Integer,
        lot -> Bytea,
        sha256 -> Bytea,
        bytes -> Integer,
        media -> Text,
    }
}

/// Writes what new contestations bring with them, by one COPY.
pub(super) fn attachments_insert(
    conn: &mut PgConnection,
    envelopes: &[&Envelope],
) -> Result<(), StoreError> {
    let rows: Vec<_> = envelopes
        .iter()
        .flat_map(|envelope| {
            let joined = (1_i32..).zip(&envelope.attachments);
            joined.map(|(n, joined)| {
                (
                    attachment::contestation.eq(envelope.id),
                    attachment::n.eq(n),
                    attachment::lot.eq(joined.lot.0.as_slice()),
                    attachment::sha256.eq(joined.sha256.0.as_slice()),
                    attachment::bytes.eq(i32::try_from(joined.bytes).unwrap_or(i32::MAX)),
                    attachment::media.eq(joined.media.as_str()),
                )
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    diesel::copy_from(attachment::table)
        .from_insertable(&rows)
        .execute(conn)?;
    Ok(())
}

/// Something joined to a contestation.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct AttachmentRow {
    /// Its number, from 1.
    #[diesel(sql_type = Integer)]
    pub(crate) n: i32,
    #[diesel(sql_type = Binary)]
    lot: Vec<u8>,
    #[diesel(sql_type = Binary)]
    sha256: Vec<u8>,
    /// Size in bytes.
    #[diesel(sql_type = Integer)]
    pub(crate) bytes: i32,
    /// Media type.
    #[diesel(sql_type = Text)]
    pub(crate) media: String,
}

impl AttachmentRow {
    /// The lot that holds it.
    pub(crate) fn lot(&self) -> Option<[u8; 32]> {
        self.lot.as_slice().try_into().ok()
    }

    /// SHA-256 of its bytes.
    pub(crate) fn sha256(&self) -> Option<[u8; 32]> {
        self.sha256.as_slice().try_into().ok()
    }
}

/// What is joined to a contestation.
pub(super) fn attachments(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Vec<AttachmentRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT n, lot, sha256, bytes, media FROM attachment WHERE contestation = $1 ORDER BY n",
    )
    .bind::<SqlUuid, _>(id)
    .prepared()
    .load(conn)?)
}

/// Something joined to a file of the OMP. The reading is journalled in the same transaction.
pub(crate) fn attachment_read(
    conn: &mut PgConnection,
    scope: &Scope,
    (id, n): (Uuid, i32),
    now: Timestamp,
) -> Result<Option<AttachmentRow>, StoreError> {
    conn.transaction(|conn| {
        let found: Option<AttachmentRow> = diesel::sql_query(
            "SELECT t.n, t.lot, t.sha256, t.bytes, t.media FROM attachment t \
             JOIN contestation c ON c.id = t.contestation WHERE c.id = $1 AND c.omp = $2 AND t.n = $3",
        )
        .bind::<SqlUuid, _>(id)
        .bind::<Text, _>(&scope.omp)
        .bind::<Integer, _>(n)
        .get_result(conn)
        .optional()?;
        if found.is_some() {
            diesel::sql_query(
                "INSERT INTO consultation (at, who, what, id, omp) VALUES ($1, $2, 'attachment', $3, $4)",
            )
            .bind::<Timestamptz, _>(pg_timestamp(now))
            .bind::<Text, _>(&scope.user)
            .bind::<SqlUuid, _>(id)
            .bind::<Text, _>(&scope.omp)
            .execute(conn)?;
        }
        Ok(found)
    })
}

/// A contestation as its sender follows it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct FollowedRow {
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    #[diesel(sql_type = SqlDate)]
    received_day: PgDate,
    /// Word of the ground.
    #[diesel(sql_type = Text)]
    pub(crate) ground: String,
    /// Word of the decision.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) decision: Option<String>,
    #[diesel(sql_type = Nullable<SqlDate>)]
    decided_day: Option<PgDate>,
    /// Number of its receipt, once that can be fetched.
    #[diesel(sql_type = Nullable<SmallInt>)]
    pub(crate) receipt: Option<i16>,
    /// Whether it came through the portal.
    #[diesel(sql_type = Bool)]
    pub(crate) is_online: bool,
}

impl FollowedRow {
    /// Day of reception.
    pub(crate) fn received_day(&self) -> Date {
        civil_date(self.received_day)
    }

    /// Day of the decision.
    pub(crate) fn decided_day(&self) -> Option<Date> {
        self.decided_day.map(civil_date)
    }
}

/// The contestations of an avis, the oldest first.
pub(crate) fn followed(conn: &mut PgConnection, avis: i64) -> Result<Vec<FollowedRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT c.id, c.received_day, c.ground, d.kind AS decision, d.day AS decided_day, \
                x.issue AS receipt, EXISTS (SELECT 1 FROM courrier k WHERE k.id = c.id AND NOT k.is_duplicate \
                                            AND k.channel = 'portal') AS is_online \
         FROM contestation c \
         LEFT JOIN decision d ON d.contestation = c.id \
         LEFT JOIN receipt r ON r.contestation = c.id \
         LEFT JOIN document x ON x.avis = r.avis AND x.kind = 'ACE' AND x.issue = r.issue \
         WHERE c.avis_number = $1 ORDER BY c.received_at, c.id",
    )
    .bind::<BigInt, _>(avis)
    .load(conn)?)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Whether the addressee was seen to look at the file on that day.
pub(crate) fn is_consulted_on(
    conn: &mut PgConnection,
    avis: i64,
    day: Date,
) -> Result<bool, StoreError> {
    let answer: Found = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM life_step WHERE avis = $1 AND event = 'consulted' AND day = $2) AS found",
    )
    .bind::<BigInt, _>(avis)
    .bind::<SqlDate, _>(pg_date(day))
    .get_result(conn)?;
    Ok(answer.found)
}
