//! Envelopes after they were taken in: who waits for what, what came back, what was answered.

use cnt_domain::courrier::{CourrierKind, Undelivered};
use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Bool, Date as SqlDate, Integer, Nullable, Text, Timestamptz,
    Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::courrier::{ANSWERED, NONE_NEEDED, OPEN};
use crate::db::instants::{civil_date, pg_date, pg_timestamp, timestamp};
use crate::step::Step;

/// A letter that came back and that its life does not know of yet.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct ReturnedRow {
    /// The envelope.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    #[diesel(sql_type = Text)]
    undelivered: String,
    #[diesel(sql_type = SqlDate)]
    received_day: PgDate,
}

impl ReturnedRow {
    /// Why it came back.
    pub(crate) fn motive(&self) -> Option<Undelivered> {
        self.undelivered.parse().ok()
    }

    /// The civil day on which it came back.
    pub(crate) fn received_day(&self) -> Date {
        civil_date(self.received_day)
    }
}

/// Locks letters that came back and whose avis have a life that does not know of it.
pub(crate) fn returned_to_live(
    conn: &mut PgConnection,
    limit: i64,
) -> Result<Vec<ReturnedRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT k.id, k.avis, k.undelivered, k.received_day FROM courrier k \
         WHERE NOT k.lived AND EXISTS (SELECT 1 FROM life l WHERE l.avis = k.avis) \
         ORDER BY k.received_day, k.id LIMIT $1 FOR UPDATE SKIP LOCKED",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// Their lives know of these.
pub(crate) fn returned_lived(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), StoreError> {
    if !ids.is_empty() {
        diesel::sql_query("UPDATE courrier SET lived = true WHERE id = ANY($1) AND NOT lived")
            .bind::<Array<SqlUuid>, _>(ids)
            .execute(conn)?;
    }
    Ok(())
}

/// An envelope as it is shown.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct EnvelopeRow {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Word of what it is dealt with as.
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    /// Word of what it was said to be.
    #[diesel(sql_type = Text)]
    pub(crate) coded: String,
    /// The avis.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) avis: Option<i64>,
    /// `portal` or `mail`.
    #[diesel(sql_type = Text)]
    pub(crate) channel: String,
    #[diesel(sql_type = SqlDate)]
    received_day: PgDate,
    #[diesel(sql_type = Nullable<SqlDate>)]
    posted_day: Option<PgDate>,
    /// Word of who owes the answer.
    #[diesel(sql_type = Text)]
    pub(crate) owner: String,
    /// The OMP, of a contestation that is routed.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) omp: Option<String>,
    /// Whether it brought a contestation.
    #[diesel(sql_type = Bool)]
    pub(crate) has_contestation: bool,
    /// `open`, `answered` or `none_needed`.
    #[diesel(sql_type = Text)]
    pub(crate) outcome: String,
    /// How, or why not.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) outcome_detail: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    outcome_at: Option<PgTimestamp>,
    /// By whom.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) outcome_by: Option<String>,
    #[diesel(sql_type = Nullable<SqlDate>)]
    answer_until: Option<PgDate>,
    /// The post's motive.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) undelivered: Option<String>,
    #[diesel(sql_type = Nullable<Binary>)]
    scan_lot: Option<Vec<u8>>,
    #[diesel(sql_type = Nullable<Binary>)]
    scan_sha256: Option<Vec<u8>>,
    /// Size of the scan.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) scan_bytes: Option<i32>,
    /// Media type of the scan.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) scan_media: Option<String>,
}

impl EnvelopeRow {
    /// Civil day of reception.
    pub(crate) fn received_day(&self) -> Date {
        civil_date(self.received_day)
    }

    /// Day of the postmark.
    pub(crate) fn posted_day(&self) -> Option<Date> {
        self.posted_day.map(civil_date)
    }

    /// When it was answered (legal clock).
    pub(crate) fn outcome_at(&self) -> Option<Timestamp> {
        self.outcome_at.map(timestamp)
    }

    /// Last day of the answer.
    pub(crate) fn answer_until(&self) -> Option<Date> {
        self.answer_until.map(civil_date)
    }

    /// The lot that holds the scan.
    pub(crate) fn scan_lot(&self) -> Option<[u8; 32]> {
        self.scan_lot.as_deref()?.try_into().ok()
    }

    /// SHA-256 of the scan.
    pub(crate) fn scan_sha256(&self) -> Option<[u8; 32]> {
        self.scan_sha256.as_deref()?.try_into().ok()
    }

    /// Whether nobody has answered.
    pub(crate) fn is_open(&self) -> bool {
        self.outcome == OPEN
    }
}

const COLUMNS: &str = "k.id, k.kind, k.coded, k.avis, k.channel, k.received_day, k.posted_day, k.owner, c.omp, \
     k.contestation IS NOT NULL AS has_contestation, k.outcome, k.outcome_detail, k.outcome_at, k.outcome_by, \
     k.answer_until, k.undelivered, k.scan_lot, k.scan_sha256, k.scan_bytes, k.scan_media \
     FROM courrier k LEFT JOIN contestation c ON c.id = k.contestation \
     WHERE NOT k.is_duplicate AND ($1 IS NULL OR c.omp = $1)";

/// What is asked of the list of envelopes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Whose.
    pub(crate) owner: &'static str,
    /// Those that were answered or need no answer too.
    pub(crate) with_closed: bool,
    /// After this place.
    pub(crate) after: Option<(Date, Uuid)>,
    /// At most so many.
    pub(crate) limit: i64,
}

/// The envelopes of an owner, oldest reception first; with an OMP only its own.
pub(crate) fn envelopes(
    conn: &mut PgConnection,
    omp: Option<&str>,
    asked: &Listed,
) -> Result<Vec<EnvelopeRow>, StoreError> {
    let (day, id) = asked
        .after
        .map_or((Date::MIN, Uuid::nil()), |(day, id)| (day, id));
    Ok(diesel::sql_query(format!(
        "SELECT {COLUMNS} AND k.owner = $2 AND ($3 OR k.outcome = '{OPEN}') AND (k.received_day, k.id) > ($4, $5) \
         ORDER BY k.received_day, k.id LIMIT $6"
    ))
    .bind::<Nullable<Text>, _>(omp)
    .bind::<Text, _>(asked.owner)
    .bind::<Bool, _>(asked.with_closed)
    .bind::<SqlDate, _>(pg_date(day.max(Date::constant(1, 1, 1))))
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(asked.limit)
    .load(conn)?)
}

/// Whether an envelope is read or its scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// What is known of it.
    Read,
    /// Its scan.
    Scan,
}

/// An envelope, if the asker may see it. The reading is journalled in the same transaction.
pub(crate) fn envelope_read(
    conn: &mut PgConnection,
    (user, omp): (&str, Option<&str>),
    id: Uuid,
    look: Look,
    now: Timestamp,
) -> Result<Option<EnvelopeRow>, StoreError> {
    conn.transaction(|conn| {
        let found: Option<EnvelopeRow> =
            diesel::sql_query(format!("SELECT {COLUMNS} AND k.id = $2"))
                .bind::<Nullable<Text>, _>(omp)
                .bind::<SqlUuid, _>(id)
                .get_result(conn)
                .optional()?;
        if found.is_some() {
            let what = match look {
                Look::Read => "read",
                Look::Scan => "scan",
            };
            diesel::sql_query(
                "INSERT INTO courrier_consultation (at, who, what, id) VALUES ($1, $2, $3, $4)",
            )
            .bind::<Timestamptz, _>(pg_timestamp(now))
            .bind::<Text, _>(user)
            .bind::<Text, _>(what)
            .bind::<SqlUuid, _>(id)
            .execute(conn)?;
        }
        Ok(found)
    })
}

/// An envelope, locked.
pub(crate) fn envelope_lock(
    conn: &mut PgConnection,
    id: Uuid,
) -> Result<Option<EnvelopeRow>, StoreError> {
    Ok(
        diesel::sql_query(format!("SELECT {COLUMNS} AND k.id = $2 FOR UPDATE OF k"))
            .bind::<Nullable<Text>, _>(None::<&str>)
            .bind::<SqlUuid, _>(id)
            .get_result(conn)
            .optional()?,
    )
}

/// How something was answered, or why it need not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Close<'a> {
    /// Whether there is an answer.
    pub(crate) is_answered: bool,
    /// How, or why not.
    pub(crate) detail: &'a str,
    /// By whom.
    pub(crate) by: &'a str,
    /// When (legal clock).
    pub(crate) at: Timestamp,
}

fn close_sql(condition: &str) -> String {
    format!(
        "UPDATE courrier SET outcome = CASE WHEN $2 THEN '{ANSWERED}' ELSE '{NONE_NEEDED}' END, outcome_detail = $3, \
                outcome_by = $4, outcome_at = $5 WHERE {condition} AND outcome = '{OPEN}'"
    )
}

/// Closes an envelope that is open.
pub(crate) fn envelope_close(
    conn: &mut PgConnection,
    id: Uuid,
    close: &Close<'_>,
) -> Result<(), StoreError> {
    diesel::sql_query(close_sql("id = $1"))
        .bind::<SqlUuid, _>(id)
        .bind::<Bool, _>(close.is_answered)
        .bind::<Text, _>(close.detail)
        .bind::<Text, _>(close.by)
        .bind::<Timestamptz, _>(pg_timestamp(close.at))
        .execute(conn)?;
    Ok(())
}

/// Answers envelopes that are open, each by a detail of its own.
pub(crate) fn envelopes_answer(
    conn: &mut PgConnection,
    answers: &[(Uuid, String)],
    by: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (ids, details): (Vec<Uuid>, Vec<&str>) = answers
        .iter()
        .map(|(id, detail)| (*id, detail.as_str()))
        .unzip();
    diesel::sql_query(format!(
        "UPDATE courrier k SET outcome = '{ANSWERED}', outcome_detail = a.detail, outcome_by = $3, outcome_at = $4 \
         FROM unnest($1, $2) AS a(id, detail) WHERE k.id = a.id AND NOT k.is_duplicate AND k.outcome = '{OPEN}'"
    ))
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Array<Text>, _>(details)
    .bind::<Text, _>(by)
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .execute(conn)?;
    Ok(())
}

/// Closes the envelopes that brought contestations.
pub(super) fn envelopes_of_files_close(
    conn: &mut PgConnection,
    files: &[Uuid],
    close: &Close<'_>,
) -> Result<(), StoreError> {
    diesel::sql_query(close_sql("contestation = ANY($1)"))
        .bind::<Array<SqlUuid>, _>(files)
        .bind::<Bool, _>(close.is_answered)
        .bind::<Text, _>(close.detail)
        .bind::<Text, _>(close.by)
        .bind::<Timestamptz, _>(pg_timestamp(close.at))
        .execute(conn)?;
    Ok(())
}

/// What the mail room found out about an envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    /// What it is.
    pub(crate) kind: CourrierKind,
    /// The avis, ten digits; empty when it needs none.
    pub(crate) avis: String,
    /// Its number.
    pub(crate) number: Option<i64>,
    /// Of a contestation that was not known to be one: its ground and what it says.
    pub(crate) written: Option<(&'static str, String)>,
}

/// Makes an envelope that was unidentifiable what it is; the caller has locked it. Its contestation is routed by the next
/// round.
pub(crate) fn envelope_found(
    conn: &mut PgConnection,
    row: &EnvelopeRow,
    found: &Found,
    (by, at): (&str, Timestamp),
) -> Result<(), StoreError> {
    if let Some((ground, text)) = &found.written {
        let awaiting = Step::ROUTE.from();
        diesel::sql_query(format!(
            "INSERT INTO contestation (id, avis, avis_number, ground, motivation, received_at, received_day, posted_day, \
                 pieces, state) \
             SELECT id, $2, $3, $4, $5, received_at, received_day, posted_day, NULL, '{awaiting}' FROM courrier \
             WHERE id = $1 AND NOT is_duplicate"
        ))
        .bind::<SqlUuid, _>(row.id)
        .bind::<Text, _>(&found.avis)
        .bind::<Nullable<BigInt>, _>(found.number)
        .bind::<Text, _>(ground)
        .bind::<Text, _>(text)
        .execute(conn)?;
    } else if row.has_contestation {
        diesel::sql_query("UPDATE contestation SET avis = $2, avis_number = $3 WHERE id = $1")
            .bind::<SqlUuid, _>(row.id)
            .bind::<Text, _>(&found.avis)
            .bind::<Nullable<BigInt>, _>(found.number)
            .execute(conn)?;
    }
    let (kind, until) = (found.kind, found.kind.answer_until(row.received_day()));
    diesel::sql_query(
        "UPDATE courrier SET kind = $2, owner = $3, avis = $4, answer_until = $5, lived = undelivered IS NULL, \
                contestation = CASE WHEN $6 THEN id END \
         WHERE id = $1 AND NOT is_duplicate",
    )
    .bind::<SqlUuid, _>(row.id)
    .bind::<Text, _>(kind.as_str())
    .bind::<Text, _>(kind.owner().as_str())
    .bind::<Nullable<BigInt>, _>(found.number)
    .bind::<Nullable<SqlDate>, _>(until.map(pg_date))
    .bind::<Bool, _>(kind.is_contestation())
    .execute(conn)?;
    match kind.no_answer() {
        Some(detail) => {
            let is_answered = false;
            envelope_close(
                conn,
                row.id,
                &Close {
                    is_answered,
                    detail,
                    by,
                    at,
                },
            )
        }
        None => Ok(()),
    }
}

#[derive(QueryableByName)]
struct Day {
    #[diesel(sql_type = SqlDate)]
    day: PgDate,
}

/// The day on which the last avis of increased fine was sent.
pub(crate) fn majoree_sent_on(
    conn: &mut PgConnection,
    avis: i64,
) -> Result<Option<Date>, StoreError> {
    let found: Option<Day> = diesel::sql_query(
        "SELECT day FROM life_step WHERE avis = $1 AND event = 'majoree_sent' AND refusal IS NULL \
         ORDER BY n DESC LIMIT 1",
    )
    .bind::<BigInt, _>(avis)
    .get_result(conn)
    .optional()?;
    Ok(found.map(|row| civil_date(row.day)))
}
