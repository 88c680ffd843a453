//! What a file shows besides itself: what was received, asked, answered, and the files it is linked with.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Date as SqlDate, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::Scope;
use crate::db::attachment::{AttachmentRow, attachments};
use crate::db::instants::{civil_date, pg_date, pg_timestamp};
use crate::db::prepared::Prepare as _;
use crate::db::said::{NamedDriverRow, driver_named};
use crate::db::transfer::{TransferRow, transfers};
use crate::step::Step;

/// Most linked files that are shown.
const LINKED_MAX: i64 = 50;

/// An avis about the same plate or the same person.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct LinkedRow {
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// What links it: `plate`, `person` or both, with a space between.
    #[diesel(sql_type = Text)]
    pub(crate) by: String,
    /// Where it stands.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// Its OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// Offence.
    #[diesel(sql_type = Integer)]
    pub(crate) natinf: i32,
    #[diesel(sql_type = SqlDate)]
    offence_day: PgDate,
    /// Contestations of it.
    #[diesel(sql_type = BigInt)]
    pub(crate) contestations: i64,
}

impl LinkedRow {
    /// Day of the offence.
    pub(crate) fn offence_day(&self) -> Date {
        civil_date(self.offence_day)
    }
}

/// Something that the officer asked.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct InquiryRow {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// `report` of the agent or `piece` of the applicant.
    #[diesel(sql_type = Text)]
    pub(crate) kind: String,
    /// What was asked.
    #[diesel(sql_type = Text)]
    pub(crate) what: String,
    #[diesel(sql_type = SqlDate)]
    asked_day: PgDate,
    /// By whom.
    #[diesel(sql_type = Text)]
    pub(crate) asked_by: String,
    /// What came back.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) answer: Option<String>,
    #[diesel(sql_type = Nullable<SqlDate>)]
    answered_day: Option<PgDate>,
}

impl InquiryRow {
    /// The day on which it was asked.
    pub(crate) fn asked_day(&self) -> Date {
        civil_date(self.asked_day)
    }

    /// The day on which it was answered.
    pub(crate) fn answered_day(&self) -> Option<Date> {
        self.answered_day.map(civil_date)
    }
}

#[derive(QueryableByName)]
struct Paper {
    #[diesel(sql_type = Nullable<SqlDate>)]
    posted_day: Option<PgDate>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    pieces: Option<Vec<String>>,
    #[diesel(sql_type = Nullable<SqlDate>)]
    admitted_day: Option<PgDate>,
    #[diesel(sql_type = Nullable<Text>)]
    decision: Option<String>,
}

/// What a file shows besides itself.
#[derive(Debug, Clone)]
pub(crate) struct FileContext {
    /// Day of the postmark or of the portal.
    pub(crate) posted_day: Option<Date>,
    /// What was found in the envelope, of paper.
    pub(crate) pieces: Option<Vec<String>>,
    /// The day on which the réclamation was received.
    pub(crate) admitted_day: Option<Date>,
    /// The decision.
    pub(crate) decision: Option<String>,
    /// What is joined.
    pub(crate) attachments: Vec<AttachmentRow>,
    /// The driver whom it names.
    pub(crate) driver: Option<NamedDriverRow>,
    /// What was asked.
    pub(crate) inquiries: Vec<InquiryRow>,
    /// Whose queues it went through.
    pub(crate) transfers: Vec<TransferRow>,
    /// Linked files.
    pub(crate) linked: Vec<LinkedRow>,
}

/// What a file that is there shows besides itself.
pub(crate) fn file_context(conn: &mut PgConnection, id: Uuid) -> Result<FileContext, StoreError> {
    let paper = diesel::sql_query(
        "SELECT c.posted_day, c.pieces, m.day AS admitted_day, d.kind AS decision FROM contestation c \
         LEFT JOIN admission m ON m.contestation = c.id LEFT JOIN decision d ON d.contestation = c.id \
         WHERE c.id = $1",
    )
    .bind::<SqlUuid, _>(id);
    let paper: Paper = paper.prepared().get_result(conn)?;
    let inquiries = diesel::sql_query(
        "SELECT id, kind, what, asked_day, asked_by, answer, answered_day FROM inquiry \
         WHERE contestation = $1 ORDER BY asked_day, id",
    )
    .bind::<SqlUuid, _>(id);
    let inquiries = inquiries.prepared().load(conn)?;
    let linked = diesel::sql_query(
        "WITH mine AS MATERIALIZED ( \
             SELECT a.avis, a.plate, a.person FROM avis a JOIN contestation c ON c.avis_number = a.avis \
             WHERE c.id = $1), \
         found AS ( \
             SELECT a.avis, 'plate' AS by FROM mine m JOIN avis a ON a.plate = m.plate AND a.avis <> m.avis \
             UNION ALL \
             SELECT a.avis, 'person' FROM mine m JOIN avis a ON a.person = m.person AND a.avis <> m.avis) \
         SELECT a.avis, string_agg(f.by, ' ' ORDER BY f.by DESC) AS by, l.state, a.omp, a.natinf, a.offence_day, \
                (SELECT count(*) FROM contestation c WHERE c.avis_number = a.avis) AS contestations \
         FROM found f JOIN avis a USING (avis) JOIN life l USING (avis) \
         GROUP BY a.avis, l.state, a.omp, a.natinf, a.offence_day ORDER BY a.offence_day DESC, a.avis LIMIT $2",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(LINKED_MAX);
    let linked = linked.prepared().load(conn)?;
    Ok(FileContext {
        posted_day: paper.posted_day.map(civil_date),
        pieces: paper.pieces,
        admitted_day: paper.admitted_day.map(civil_date),
        decision: paper.decision,
        attachments: attachments(conn, id)?,
        driver: driver_named(conn, id)?,
        inquiries,
        transfers: transfers(conn, id)?,
        linked,
    })
}

/// Writes that a réclamation was received; the file, in its new version, still waits for its decision.
pub(crate) fn admit(
    conn: &mut PgConnection,
    scope: &Scope,
    (id, avis): (Uuid, i64),
    (day, at): (Date, Timestamp),
    signature: &str,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO admission (contestation, avis, day, admitted_by, admitted_at, signature) \
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<BigInt, _>(avis)
    .bind::<SqlDate, _>(pg_date(day))
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .bind::<Text, _>(signature)
    .execute(conn)?;
    diesel::sql_query("UPDATE contestation SET version = version + 1 WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .execute(conn)?;
    Ok(())
}

/// Something that the officer asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewInquiry {
    /// Its id, chosen by the asker: the same twice is one.
    pub(crate) id: Uuid,
    /// `report` or `piece`.
    pub(crate) kind: &'static str,
    /// What.
    pub(crate) what: String,
    /// On which day.
    pub(crate) day: Date,
}

/// Asks about a file of the OMP that is not decided; false when there is none.
pub(crate) fn inquiry_insert(
    conn: &mut PgConnection,
    scope: &Scope,
    file: Uuid,
    new: &NewInquiry,
) -> Result<bool, StoreError> {
    let decided = Step::DECIDE.to();
    let asked = diesel::sql_query(format!(
        "INSERT INTO inquiry (id, contestation, kind, what, asked_day, asked_by) \
         SELECT $1, c.id, $3, $4, $5, $6 FROM contestation c \
         WHERE c.id = $2 AND c.omp = $7 AND c.state <> '{decided}' \
         ON CONFLICT (id) DO UPDATE SET id = excluded.id \
             WHERE inquiry.contestation = excluded.contestation AND inquiry.what = excluded.what"
    ))
    .bind::<SqlUuid, _>(new.id)
    .bind::<SqlUuid, _>(file)
    .bind::<Text, _>(new.kind)
    .bind::<Text, _>(&new.what)
    .bind::<SqlDate, _>(pg_date(new.day))
    .bind::<Text, _>(&scope.user)
    .bind::<Text, _>(&scope.omp)
    .execute(conn)?;
    Ok(asked > 0)
}

/// Writes what came back to a question of the OMP; false when there is none that waits.
pub(crate) fn inquiry_answer(
    conn: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
    (answer, day): (&str, Date),
) -> Result<bool, StoreError> {
    let answered = diesel::sql_query(
        "UPDATE inquiry q SET answer = $2, answered_day = $3, answered_by = $4 FROM contestation c \
         WHERE q.id = $1 AND q.answer IS NULL AND q.asked_day <= $3 AND c.id = q.contestation AND c.omp = $5",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(answer)
    .bind::<SqlDate, _>(pg_date(day))
    .bind::<Text, _>(&scope.user)
    .bind::<Text, _>(&scope.omp)
    .execute(conn)?;
    Ok(answered > 0)
}
