//! The queues of the OMP.

use cnt_store::{PgConnection, StoreError};
use diesel::connection::Connection;
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Bool, Date as SqlDate, Integer, Nullable, SmallInt, Text, Timestamptz,
    Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::instants::{civil_date, pg_date, pg_timestamp, timestamp};
use crate::db::prepared::Prepare as _;
use crate::step::Step;

/// Who asks, and for which OMP: rows of another OMP do not exist for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    /// The operator.
    pub(crate) user: String,
    /// Their OMP.
    pub(crate) omp: String,
}

/// An entry of a queue.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct QueueRow {
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Avis number as written on the envelope.
    #[diesel(sql_type = Text)]
    pub(crate) avis: String,
    /// Word of the ground.
    #[diesel(sql_type = Text)]
    pub(crate) ground: String,
    #[diesel(sql_type = SqlDate)]
    prescription: PgDate,
    #[diesel(sql_type = Timestamptz)]
    received_at: PgTimestamp,
    /// Whether it came in time.
    #[diesel(sql_type = Nullable<Bool>)]
    pub(crate) admissible_deadline_ok: Option<bool>,
    /// 0 when urgent, else 1.
    #[diesel(sql_type = SmallInt)]
    pub(crate) rank: i16,
    /// Counts the changes of the row.
    #[diesel(sql_type = Integer)]
    pub(crate) version: i32,
}

impl QueueRow {
    /// Day of prescription.
    pub(crate) fn prescription(&self) -> Date {
        civil_date(self.prescription)
    }

    /// When it was received (legal clock).
    pub(crate) fn received_at(&self) -> Timestamp {
        timestamp(self.received_at)
    }
}

/// A place before every entry: PostgreSQL's `-infinity` of each type.
const BEFORE_ALL: (i16, PgDate, PgTimestamp, Uuid) =
    (-1, PgDate(i32::MIN), PgTimestamp(i64::MIN), Uuid::nil());
/// Desks from which whoever claims over the API is given files: escalated ones, then those for all.
const DESKS: [&str; 2] = [OFFICERS_DESK, ""];
/// The desk of files that were escalated.
pub(crate) const OFFICERS_DESK: &str = "@officer";

/// A place in a queue: rank, prescription, reception, id.
pub(crate) type Place = (i16, Date, Timestamp, Uuid);

/// Up to `limit` entries of a queue, in the order of work, after the place of another entry; those that sleep are not in it.
pub(crate) fn queue(
    conn: &mut PgConnection,
    omp: &str,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<QueueRow>, StoreError> {
    let queued = Step::CLAIM.from();
    let (rank, day, instant, id) = after.map_or(BEFORE_ALL, |(rank, day, instant, id)| {
        (rank, pg_date(day), pg_timestamp(instant), id)
    });
    Ok(diesel::sql_query(format!(
        "SELECT id, avis, ground, prescription, received_at, admissible_deadline_ok, rank, version \
         FROM contestation WHERE omp = $1 AND state = '{queued}' AND snoozed_until IS NULL \
             AND (rank, prescription, received_at, id) > ($6, $3, $4, $5) \
         ORDER BY rank, prescription, received_at, id LIMIT $2"
    ))
    .bind::<Text, _>(omp)
    .bind::<BigInt, _>(limit)
    .bind::<SqlDate, _>(day)
    .bind::<Timestamptz, _>(instant)
    .bind::<SqlUuid, _>(id)
    .bind::<SmallInt, _>(rank)
    .prepared()
    .load(conn)?)
}

/// How much work an OMP has.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct OmpRow {
    /// Code of the OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// Files in the queue.
    #[diesel(sql_type = BigInt)]
    pub(crate) queued: i64,
    /// Files with an operator.
    #[diesel(sql_type = BigInt)]
    pub(crate) claimed: i64,
    #[diesel(sql_type = SqlDate)]
    oldest_prescription: PgDate,
}

impl OmpRow {
    /// The first day on which one of its open files is prescribed.
    pub(crate) fn oldest_prescription(&self) -> Date {
        civil_date(self.oldest_prescription)
    }
}

/// The OMP that have open files, or only the one asked for.
pub(crate) fn omps(conn: &mut PgConnection, only: Option<&str>) -> Result<Vec<OmpRow>, StoreError> {
    let claimed = Step::CLAIM.to();
    Ok(diesel::sql_query(format!(
        "WITH open AS (SELECT omp, sum(files)::bigint AS files, min(prescription) AS oldest FROM ( \
                 SELECT omp, prescription, sum(files) AS files FROM open_count WHERE $1 IS NULL OR omp = $1 \
                 GROUP BY omp, prescription HAVING sum(files) > 0) f GROUP BY omp), \
             held AS (SELECT omp, count(*) AS files FROM contestation \
                 WHERE state = '{claimed}' AND ($1 IS NULL OR omp = $1) GROUP BY omp) \
         SELECT open.omp, open.files - coalesce(held.files, 0) AS queued, coalesce(held.files, 0) AS claimed, \
                open.oldest AS oldest_prescription \
         FROM open LEFT JOIN held USING (omp) ORDER BY open.omp"
    ))
    .bind::<Nullable<Text>, _>(only)
    .load(conn)?)
}

/// A whole file.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct FileRow {
    /// What the queue shows of it.
    #[diesel(embed)]
    pub(crate) entry: QueueRow,
    /// The OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// Word of the state.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// What the offender writes.
    #[diesel(sql_type = Text)]
    pub(crate) motivation: String,
    /// The operator who holds it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) claimed_by: Option<String>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    lease_until: Option<PgTimestamp>,
    /// Envelopes that carried it.
    #[diesel(sql_type = BigInt)]
    pub(crate) courriers: i64,
    /// The MIF of the offence.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id_mif: Uuid,
    /// Offence.
    #[diesel(sql_type = Integer)]
    pub(crate) natinf: i32,
    /// Class.
    #[diesel(sql_type = SmallInt)]
    pub(crate) class: i16,
    /// Commune of the offence (INSEE).
    #[diesel(sql_type = Text)]
    pub(crate) commune: String,
    #[diesel(sql_type = SqlDate)]
    offence_day: PgDate,
    #[diesel(sql_type = SqlDate)]
    avis_date: PgDate,
    #[diesel(sql_type = SqlDate)]
    requete_deadline: PgDate,
    /// Plate.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) plate: Option<String>,
    /// Fixed fine, cents.
    #[diesel(sql_type = BigInt)]
    pub(crate) forfaitaire_cents: i64,
    /// Reduced fine, cents.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub(crate) minoree_cents: Option<i64>,
    /// Increased fine, cents.
    #[diesel(sql_type = BigInt)]
    pub(crate) majoree_cents: i64,
}

impl FileRow {
    /// End of the lease (real clock).
    pub(crate) fn lease_until(&self) -> Option<Timestamp> {
        self.lease_until.map(timestamp)
    }

    /// Day of the offence.
    pub(crate) fn offence_day(&self) -> Date {
        civil_date(self.offence_day)
    }

    /// Date of the avis.
    pub(crate) fn avis_date(&self) -> Date {
        civil_date(self.avis_date)
    }

    /// Last day of a requête.
    pub(crate) fn requete_deadline(&self) -> Date {
        civil_date(self.requete_deadline)
    }
}

/// Reads a file without asking who reads it.
fn file_unjournalled(
    conn: &mut PgConnection,
    omp: &str,
    id: Uuid,
) -> Result<Option<FileRow>, StoreError> {
    let file = diesel::sql_query(
        "SELECT c.id, c.avis, c.ground, c.prescription, c.received_at, c.admissible_deadline_ok, \
                c.rank, c.version, c.omp, c.state, c.motivation, c.claimed_by, c.lease_until, \
                (SELECT count(*) FROM courrier e WHERE e.contestation = c.id) AS courriers, \
                a.id_mif, a.natinf, a.class, a.commune, a.offence_day, a.avis_date, \
                a.requete_deadline, a.plate, a.forfaitaire_cents, a.minoree_cents, a.majoree_cents \
         FROM contestation c JOIN avis a ON a.avis = c.avis_number \
         WHERE c.id = $1 AND c.omp = $2",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(omp);
    Ok(file.prepared().get_result(conn).optional()?)
}

/// Where a file lies in its queue.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct PlaceRow {
    /// Whose desk it is for; empty for all.
    #[diesel(sql_type = Text)]
    pub(crate) desk: String,
    /// 0 when urgent.
    #[diesel(sql_type = SmallInt)]
    pub(crate) rank: i16,
}

/// Where a file that is there lies.
pub(crate) fn place_of(conn: &mut PgConnection, id: Uuid) -> Result<PlaceRow, StoreError> {
    Ok(
        diesel::sql_query("SELECT desk, rank FROM contestation WHERE id = $1")
            .bind::<SqlUuid, _>(id)
            .prepared()
            .get_result(conn)?,
    )
}

fn journal(
    conn: &mut PgConnection,
    scope: &Scope,
    what: &str,
    id: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    let insert = diesel::sql_query(
        "INSERT INTO consultation (at, who, what, id, omp) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind::<Timestamptz, _>(pg_timestamp(now))
    .bind::<Text, _>(&scope.user)
    .bind::<Text, _>(what)
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp);
    insert.prepared().execute(conn)?;
    Ok(())
}

/// The whole file, if it is the OMP's. The reading is journalled in the same transaction: nothing is shown that is not.
pub(crate) fn file(
    conn: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<FileRow>, StoreError> {
    conn.transaction(|conn| {
        let found = file_unjournalled(conn, &scope.omp, id)?;
        if found.is_some() {
            journal(conn, scope, "read", id, now)?;
        }
        Ok(found)
    })
}

#[derive(QueryableByName)]
struct Claimed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Takes the next file of the queue for the operator until `lease_until` (real clock): first what is assigned to them, then
/// from the desks given, in their order. None when there is nothing, or others are taking all that is left. The reading is
/// journalled.
pub(crate) fn claim_from(
    conn: &mut PgConnection,
    scope: &Scope,
    desks: &[&str],
    (now, lease_until): (Timestamp, Timestamp),
) -> Result<Option<FileRow>, StoreError> {
    conn.transaction(|conn| {
        let Some(id) = claim_at(conn, scope, desks, (now, lease_until))? else {
            return Ok(None);
        };
        file_unjournalled(conn, &scope.omp, id)
    })
}

/// The same, from the desks of whoever may decide.
pub(crate) fn claim(
    conn: &mut PgConnection,
    scope: &Scope,
    now: Timestamp,
    lease_until: Timestamp,
) -> Result<Option<FileRow>, StoreError> {
    claim_from(conn, scope, &DESKS, (now, lease_until))
}

fn claim_at(
    conn: &mut PgConnection,
    scope: &Scope,
    desks: &[&str],
    (now, lease_until): (Timestamp, Timestamp),
) -> Result<Option<Uuid>, StoreError> {
    let (from, to) = (Step::CLAIM.from(), Step::CLAIM.to());
    // Each desk is looked at when those before it have nothing: the rows of a union come in its order.
    let at = |desk: usize| {
        format!(
            "SELECT id FROM (SELECT id FROM contestation \
                 WHERE omp = $1 AND desk = ($4::text[])[{}] AND state = '{from}' AND snoozed_until IS NULL \
                 ORDER BY rank, prescription, received_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) desk_{desk}",
            desk + 1
        )
    };
    let looked_at: Vec<&str> = [scope.user.as_str()].iter().chain(desks).copied().collect();
    let nexts: Vec<String> = (0..looked_at.len()).map(at).collect();
    // Materialized, so that the row is chosen and locked exactly once.
    let claim = diesel::sql_query(format!(
        "WITH next AS MATERIALIZED ({} LIMIT 1), \
         taken AS (UPDATE contestation c SET state = '{to}', claimed_by = $2, lease_until = $3, \
             version = c.version + 1 \
         FROM next WHERE c.id = next.id RETURNING c.id), \
         told AS (INSERT INTO consultation (at, who, what, id, omp) SELECT $5, $2, 'claim', id, $1 FROM taken) \
         SELECT id FROM taken",
        nexts.join(" UNION ALL ")
    ))
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(lease_until))
    .bind::<Array<Text>, _>(looked_at)
    .bind::<Timestamptz, _>(pg_timestamp(now));
    let claimed: Option<Claimed> = claim.prepared().get_result(conn).optional()?;
    Ok(claimed.map(|row| row.id))
}

/// What a release found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Claim {
    /// The operator held the file; it is back in the queue.
    Released,
    /// The file is the OMP's, but the operator does not hold it.
    NotHeld,
    /// There is no such file for this OMP.
    Unknown,
}

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Bool)]
    known: bool,
}

/// Puts a file that the operator holds back into the queue.
pub(crate) fn release(
    conn: &mut PgConnection,
    scope: &Scope,
    id: Uuid,
) -> Result<Claim, StoreError> {
    let (from, to) = (Step::RELEASE.from(), Step::RELEASE.to());
    let released = diesel::sql_query(format!(
        "UPDATE contestation SET state = '{to}', claimed_by = NULL, lease_until = NULL, \
             version = version + 1 \
         WHERE id = $1 AND omp = $2 AND state = '{from}' AND claimed_by = $3"
    ))
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .prepared()
    .execute(conn)?;
    if released > 0 {
        return Ok(Claim::Released);
    }
    let answer: Known = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM contestation WHERE id = $1 AND omp = $2) AS known",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .prepared()
    .get_result(conn)?;
    Ok(if answer.known {
        Claim::NotHeld
    } else {
        Claim::Unknown
    })
}
