//! The lives of the avis and the journal of their steps.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Date as SqlDate, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::courrier::in_time_sql;
use crate::db::instants::{civil_date, pg_date, pg_timestamp, timestamp};
use crate::db::notice::notices_of;
use crate::db::prepared::Prepare as _;
use crate::step::Step;

diesel::table! {
    life (avis) {
        avis -> BigInt,
        omp -> Text,
        state -> Text,
        next_day -> Nullable<Date>,
        memory -> Text,
    }
}

diesel::table! {
    life_step (avis, n) {
        avis -> BigInt,
        n -> Integer,
        at -> Timestamptz,
        day -> Date,
        event -> Text,
        cause -> Text,
        before -> Text,
        after -> Text,
        basis -> Nullable<Text>,
        refusal -> Nullable<Text>,
        duties -> Array<Text>,
    }
}

/// A life that begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewLife {
    /// The avis.
    pub(crate) avis: i64,
    /// The OMP of the place of the offence.
    pub(crate) omp: String,
    /// Word of the state.
    pub(crate) state: &'static str,
    /// The first day that changes something by itself.
    pub(crate) next_day: Option<Date>,
    /// What the machine remembers.
    pub(crate) memory: String,
}

/// Writes lives that begin, by one COPY.
pub(crate) fn lives_insert(conn: &mut PgConnection, lives: &[NewLife]) -> Result<(), StoreError> {
    if lives.is_empty() {
        return Ok(());
    }
    let rows: Vec<_> = lives
        .iter()
        .map(|new| {
            (
                life::avis.eq(new.avis),
                life::omp.eq(new.omp.as_str()),
                life::state.eq(new.state),
                life::next_day.eq(new.next_day.map(pg_date)),
                life::memory.eq(new.memory.as_str()),
            )
        })
        .collect();
    diesel::copy_from(life::table)
        .from_insertable(&rows)
        .execute(conn)?;
    Ok(())
}

/// A life.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct LifeRow {
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// The OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// Word of the state.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// What the machine remembers.
    #[diesel(sql_type = Text)]
    pub(crate) memory: String,
    /// Steps journalled so far.
    #[diesel(sql_type = Integer)]
    pub(crate) steps: i32,
}

/// Locks lives, in the order of their numbers so that two writers never wait for each other in a circle.
pub(crate) fn lives_lock(
    conn: &mut PgConnection,
    avis: &[i64],
) -> Result<Vec<LifeRow>, StoreError> {
    if avis.is_empty() {
        return Ok(Vec::new());
    }
    Ok(diesel::sql_query(
        "SELECT avis, omp, state, memory, steps FROM life WHERE avis = ANY($1) \
         ORDER BY avis FOR UPDATE",
    )
    .bind::<Array<BigInt>, _>(avis)
    .load(conn)?)
}

/// Nobody's day passes, and nobody is signed for, while a letter of theirs is not known to their life or is in
/// quarantine.
pub(super) const NO_LETTER_ON_ITS_WAY: &str = "NOT EXISTS (SELECT 1 FROM contestation c \
     WHERE c.avis_number = l.avis AND NOT c.lived) \
     AND NOT EXISTS (SELECT 1 FROM quarantine q WHERE q.topic = 'courrier.inbound' \
                     AND q.state IN ('waiting', 'replay') \
                     AND q.key = convert_to(l.avis::text, 'UTF8'))";

#[derive(QueryableByName)]
struct FirstDay {
    #[diesel(sql_type = Nullable<SqlDate>)]
    day: Option<PgDate>,
}

/// The first day on which some life changes by itself.
pub(crate) fn next_day(conn: &mut PgConnection) -> Result<Option<Date>, StoreError> {
    let answer: FirstDay =
        diesel::sql_query("SELECT min(next_day) AS day FROM life").get_result(conn)?;
    Ok(answer.day.map(civil_date))
}

/// Locks a lot of lives whose day has come, the oldest first; those that others hold are left to them.
pub(crate) fn lives_due(
    conn: &mut PgConnection,
    today: Date,
    limit: i64,
) -> Result<Vec<LifeRow>, StoreError> {
    Ok(diesel::sql_query(format!(
        "SELECT l.avis, l.omp, l.state, l.memory, l.steps FROM life l \
         WHERE l.next_day <= $1 AND {NO_LETTER_ON_ITS_WAY} \
         ORDER BY l.next_day, l.avis LIMIT $2 FOR UPDATE OF l SKIP LOCKED"
    ))
    .bind::<SqlDate, _>(pg_date(today))
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// What changes in a life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LifeChange {
    /// The avis.
    pub(crate) avis: i64,
    /// Word of the state.
    pub(crate) state: &'static str,
    /// The first day that changes something by itself.
    pub(crate) next_day: Option<Date>,
    /// What the machine remembers.
    pub(crate) memory: String,
    /// Steps journalled.
    pub(crate) steps: i32,
    /// The last day of prosecution, where it moved.
    pub(crate) prescription: Option<Date>,
    /// The last day of a requête, where it moved.
    pub(crate) requete: Option<Date>,
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StepRow {
    /// The avis.
    pub(crate) avis: i64,
    /// Its number in the life, from 1.
    pub(crate) n: i32,
    /// When it was written (legal clock).
    pub(crate) at: Timestamp,
    /// The civil day on which it happened.
    pub(crate) day: Date,
    /// Word of the event.
    pub(crate) event: &'static str,
    /// What it comes from.
    pub(crate) cause: String,
    /// Word of the state before.
    pub(crate) before: &'static str,
    /// Word of the state after.
    pub(crate) after: &'static str,
    /// The article it happens by; none when it was refused.
    pub(crate) basis: Option<&'static str>,
    /// Why it was refused.
    pub(crate) refusal: Option<String>,
    /// What somebody must do now.
    pub(crate) duties: Vec<String>,
}

/// Writes what changed in lives that the caller has locked, and the steps.
pub(crate) fn lives_write(
    conn: &mut PgConnection,
    changes: &[LifeChange],
    steps: &[StepRow],
) -> Result<(), StoreError> {
    if changes.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE life SET state = c.state, next_day = c.next_day, memory = c.memory, steps = c.steps \
         FROM unnest($1, $2, $3, $4, $5) AS c(avis, state, next_day, memory, steps) \
         WHERE life.avis = c.avis",
    )
    .bind::<Array<BigInt>, _>(changes.iter().map(|c| c.avis).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(changes.iter().map(|c| c.state).collect::<Vec<_>>())
    .bind::<Array<Nullable<SqlDate>>, _>(
        changes
            .iter()
            .map(|c| c.next_day.map(pg_date))
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(changes.iter().map(|c| c.memory.as_str()).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(changes.iter().map(|c| c.steps).collect::<Vec<_>>())
    .execute(conn)?;
    let rows: Vec<_> = steps
        .iter()
        .map(|step| {
            (
                life_step::avis.eq(step.avis),
                life_step::n.eq(step.n),
                life_step::at.eq(pg_timestamp(step.at)),
                life_step::day.eq(pg_date(step.day)),
                life_step::event.eq(step.event),
                life_step::cause.eq(step.cause.as_str()),
                life_step::before.eq(step.before),
                life_step::after.eq(step.after),
                life_step::basis.eq(step.basis),
                life_step::refusal.eq(step.refusal.as_deref()),
                life_step::duties.eq(&step.duties),
            )
        })
        .collect();
    diesel::copy_from(life_step::table)
        .from_insertable(&rows)
        .execute(conn)?;
    notices_of(conn, steps)?;
    deadlines_write(conn, changes)?;
    prescriptions_write(conn, changes)
}

/// A letter that was sent later than it says, or again, moves the last day of a requête: what waits is judged by it.
fn deadlines_write(conn: &mut PgConnection, changes: &[LifeChange]) -> Result<(), StoreError> {
    let moved = changes
        .iter()
        .filter_map(|change| Some((change.avis, change.requete?)));
    let (decided, in_time) = (Step::DECIDE.to(), in_time_sql("c", "m.day"));
    write_days(
        conn,
        moved.collect(),
        [
            "UPDATE avis a SET requete_deadline = m.day FROM unnest($1, $2) AS m(avis, day) WHERE a.avis = m.avis".to_owned(),
            format!(
                "UPDATE contestation c SET admissible_deadline_ok = {in_time} FROM unnest($1, $2) AS m(avis, day) \
                 WHERE c.avis_number = m.avis AND c.state <> '{decided}'"
            ),
        ],
    )
}

/// Acts that interrupt move the prescription (CPP 9-2): the avis and the files that wait have it too.
fn prescriptions_write(conn: &mut PgConnection, changes: &[LifeChange]) -> Result<(), StoreError> {
    let moved = changes
        .iter()
        .filter_map(|change| Some((change.avis, change.prescription?)));
    let decided = Step::DECIDE.to();
    let statements = [
        "UPDATE avis a SET prescription = m.day FROM unnest($1, $2) AS m(avis, day) WHERE a.avis = m.avis".to_owned(),
        format!(
            "UPDATE contestation c SET prescription = m.day FROM unnest($1, $2) AS m(avis, day) \
             WHERE c.avis_number = m.avis AND c.prescription IS NOT NULL AND c.state <> '{decided}'"
        ),
    ];
    write_days(conn, moved.collect(), statements)
}

/// Runs statements over avis and their days; `$1` are the avis, `$2` the days.
fn write_days(
    conn: &mut PgConnection,
    moved: Vec<(i64, Date)>,
    statements: [String; 2],
) -> Result<(), StoreError> {
    if moved.is_empty() {
        return Ok(());
    }
    for sql in statements {
        diesel::sql_query(sql)
            .bind::<Array<BigInt>, _>(moved.iter().map(|one| one.0).collect::<Vec<_>>())
            .bind::<Array<SqlDate>, _>(moved.iter().map(|one| pg_date(one.1)).collect::<Vec<_>>())
            .execute(conn)?;
    }
    Ok(())
}

/// A contestation that its life does not know of yet.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct WrittenRow {
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis_number: i64,
    #[diesel(sql_type = SqlDate)]
    counted_day: PgDate,
    /// Consignation that goes with it, in cents.
    #[diesel(sql_type = BigInt)]
    pub(crate) consigned_cents: i64,
}

impl WrittenRow {
    /// The day that counts: of the postmark, or else of reception.
    pub(crate) fn counted_day(&self) -> Date {
        civil_date(self.counted_day)
    }
}

/// Locks routed contestations that their lives do not know of, in the order of reception.
pub(crate) fn contestations_to_live(
    conn: &mut PgConnection,
    limit: i64,
) -> Result<Vec<WrittenRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT id, avis_number, coalesce(posted_day, received_day) AS counted_day, consigned_cents \
         FROM contestation \
         WHERE NOT lived AND state <> 'awaiting_routing' \
         ORDER BY received_at, id LIMIT $1 FOR UPDATE SKIP LOCKED",
    )
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

/// Their lives know of these.
pub(crate) fn contestations_lived(conn: &mut PgConnection, ids: &[Uuid]) -> Result<(), StoreError> {
    if !ids.is_empty() {
        diesel::sql_query("UPDATE contestation SET lived = true WHERE id = ANY($1)")
            .bind::<Array<SqlUuid>, _>(ids)
            .execute(conn)?;
    }
    Ok(())
}

/// A line of the journal, as it was written.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct StepRead {
    /// Its number in the life, from 1.
    #[diesel(sql_type = Integer)]
    pub(crate) n: i32,
    #[diesel(sql_type = Timestamptz)]
    at: PgTimestamp,
    #[diesel(sql_type = SqlDate)]
    day: PgDate,
    /// Word of the event.
    #[diesel(sql_type = Text)]
    pub(crate) event: String,
    /// What it comes from.
    #[diesel(sql_type = Text)]
    pub(crate) cause: String,
    /// Word of the state before.
    #[diesel(sql_type = Text)]
    pub(crate) before: String,
    /// Word of the state after.
    #[diesel(sql_type = Text)]
    pub(crate) after: String,
    /// The article.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) basis: Option<String>,
    /// Why it was refused.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) refusal: Option<String>,
    /// What somebody must do.
    #[diesel(sql_type = Array<Text>)]
    pub(crate) duties: Vec<String>,
}

impl StepRead {
    /// When it was written (legal clock).
    pub(crate) fn at(&self) -> Timestamp {
        timestamp(self.at)
    }

    /// The civil day on which it happened.
    pub(crate) fn day(&self) -> Date {
        civil_date(self.day)
    }
}

/// A life with its journal, if it is the OMP's or the asker has none. The reading is journalled in the same transaction.
pub(crate) fn life_read(
    conn: &mut PgConnection,
    user: &str,
    omp: Option<&str>,
    avis: i64,
    now: Timestamp,
) -> Result<Option<(LifeRow, Vec<StepRead>)>, StoreError> {
    conn.transaction(|conn| {
        let life: Option<LifeRow> = diesel::sql_query(
            "SELECT avis, omp, state, memory, steps FROM life \
             WHERE avis = $1 AND ($2 IS NULL OR omp = $2 \
                 OR EXISTS (SELECT 1 FROM contestation c WHERE c.avis_number = $1 AND c.omp = $2))",
        )
        .bind::<BigInt, _>(avis)
        .bind::<Nullable<Text>, _>(omp)
        .prepared()
        .get_result(conn)
        .optional()?;
        let Some(life) = life else {
            return Ok(None);
        };
        diesel::sql_query("INSERT INTO life_consultation (at, who, avis) VALUES ($1, $2, $3)")
            .bind::<Timestamptz, _>(pg_timestamp(now))
            .bind::<Text, _>(user)
            .bind::<BigInt, _>(avis)
            .prepared()
            .execute(conn)?;
        // No later than the row above says, whatever is committed meanwhile.
        let steps = diesel::sql_query(
            "SELECT n, at, day, event, cause, before, after, basis, refusal, duties \
             FROM life_step WHERE avis = $1 AND n <= $2 ORDER BY n",
        )
        .bind::<BigInt, _>(avis)
        .bind::<Integer, _>(life.steps)
        .prepared()
        .load(conn)?;
        Ok(Some((life, steps)))
    })
}
