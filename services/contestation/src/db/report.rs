//! Reports of agents, and the questions that they answer.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, Bool, Date as SqlDate, Integer, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::instants::{pg_date, pg_timestamp};

/// A report as it came.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ReportRow {
    /// The question.
    pub(crate) inquiry: Uuid,
    /// The collectivity.
    pub(crate) siren: i32,
    /// Number of the agent.
    pub(crate) agent: String,
    /// What they report.
    pub(crate) text: String,
    /// When it came (legal clock).
    pub(crate) received_at: Timestamp,
    /// The civil day in Paris.
    pub(crate) day: Date,
    /// Word of what became of it.
    pub(crate) outcome: &'static str,
}

/// A question to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(crate) struct QuestionRow {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The collectivity of the avis.
    #[diesel(sql_type = Integer)]
    pub(crate) siren: i32,
    /// Whether it was answered.
    #[diesel(sql_type = Bool)]
    pub(crate) is_answered: bool,
}

/// Locks the questions to agents among these.
pub(crate) fn questions_lock(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<QuestionRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT q.id, a.siren, q.answer IS NOT NULL AS is_answered FROM inquiry q \
         JOIN contestation c ON c.id = q.contestation JOIN avis a ON a.avis = c.avis_number \
         WHERE q.id = ANY($1) AND q.kind = 'report' ORDER BY q.id FOR UPDATE OF q",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .load(conn)?)
}

/// Writes reports down; those with this outcome answer their questions, on the day on which they came.
pub(crate) fn reports_insert(
    conn: &mut PgConnection,
    rows: &[ReportRow],
    answers: &str,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let of = || rows.iter();
    let inquiries: Vec<Uuid> = of().map(|row| row.inquiry).collect();
    let texts: Vec<&str> = of().map(|row| row.text.as_str()).collect();
    let agents: Vec<&str> = of().map(|row| row.agent.as_str()).collect();
    let outcomes: Vec<&str> = of().map(|row| row.outcome).collect();
    diesel::sql_query(
        "UPDATE inquiry q SET answer = r.text, answered_day = greatest(r.day, q.asked_day), \
                answered_by = 'agent ' || r.agent \
         FROM unnest($1, $2, $3, $4, $5) AS r(inquiry, text, agent, outcome, day) \
         WHERE q.id = r.inquiry AND r.outcome = $6 AND q.answer IS NULL",
    )
    .bind::<Array<SqlUuid>, _>(&inquiries)
    .bind::<Array<Text>, _>(&texts)
    .bind::<Array<Text>, _>(&agents)
    .bind::<Array<Text>, _>(&outcomes)
    .bind::<Array<SqlDate>, _>(of().map(|row| pg_date(row.day)).collect::<Vec<_>>())
    .bind::<Text, _>(answers)
    .execute(conn)?;
    diesel::sql_query(
        "INSERT INTO agent_report (inquiry, siren, agent, text, received_at, outcome) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Array<SqlUuid>, _>(&inquiries)
    .bind::<Array<Integer>, _>(of().map(|row| row.siren).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(&agents)
    .bind::<Array<Text>, _>(&texts)
    .bind::<Array<Timestamptz>, _>(
        of().map(|row| pg_timestamp(row.received_at))
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(&outcomes)
    .execute(conn)?;
    Ok(())
}
