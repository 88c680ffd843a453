//! One decision on many files: what is shown of them first, the time to undo it, and what came of each.

use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgTimestamp;
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::Scope;
use crate::db::instants::{pg_timestamp, timestamp};
use crate::step::Step;

/// Decisions of a round at most.
const DUE_MAX: i64 = 50;
/// Bulks that are listed.
const LISTED_MAX: i64 = 50;

/// A file that is to be decided with others.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct BulkFile {
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// The version that is shown.
    #[diesel(sql_type = Integer)]
    pub(crate) version: i32,
    /// Word of the state.
    #[diesel(sql_type = Text)]
    pub(crate) state: String,
    /// Who holds it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) claimed_by: Option<String>,
    /// Word of the state of the avis.
    #[diesel(sql_type = Text)]
    pub(crate) life: String,
    /// What its life remembers.
    #[diesel(sql_type = Text)]
    pub(crate) memory: String,
}

/// Files of the OMP, in the order of work; each reading is journalled.
pub(crate) fn bulk_files(
    conn: &mut PgConnection,
    scope: &Scope,
    ids: &[Uuid],
    now: Timestamp,
) -> Result<Vec<BulkFile>, StoreError> {
    let files: Vec<BulkFile> = diesel::sql_query(
        "SELECT c.id, l.avis, c.version, c.state, c.claimed_by, l.state AS life, l.memory \
         FROM contestation c JOIN life l ON l.avis = c.avis_number \
         WHERE c.id = ANY($1) AND c.omp = $2 ORDER BY c.rank, c.prescription, c.received_at, c.id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Text, _>(&scope.omp)
    .load(conn)?;
    diesel::sql_query(
        "INSERT INTO consultation (at, who, what, id, omp) SELECT $2, $3, 'read', id, $4 FROM unnest($1) AS f(id)",
    )
    .bind::<Array<SqlUuid>, _>(files.iter().map(|file| file.id).collect::<Vec<_>>())
    .bind::<Timestamptz, _>(pg_timestamp(now))
    .bind::<Text, _>(&scope.user)
    .bind::<Text, _>(&scope.omp)
    .execute(conn)?;
    Ok(files)
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Integer)]
    version: i32,
}

/// Takes those of these files that are as they were shown and that nobody else holds; gives them in their new version.
pub(crate) fn bulk_take(
    conn: &mut PgConnection,
    scope: &Scope,
    files: &[(Uuid, i32)],
    lease_until: Timestamp,
) -> Result<Vec<(Uuid, i32)>, StoreError> {
    let (queued, claimed) = (Step::CLAIM.from(), Step::CLAIM.to());
    let taken: Vec<Taken> = diesel::sql_query(format!(
        "UPDATE contestation c SET state = '{claimed}', claimed_by = $4, lease_until = $5, snoozed_until = NULL, \
             version = c.version + 1 \
         FROM unnest($1, $2) AS f(id, version) \
         WHERE c.id = f.id AND c.version = f.version AND c.omp = $3 \
           AND (c.state = '{queued}' OR (c.state = '{claimed}' AND c.claimed_by = $4)) \
         RETURNING c.id, c.version"
    ))
    .bind::<Array<SqlUuid>, _>(files.iter().map(|file| file.0).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(files.iter().map(|file| file.1).collect::<Vec<_>>())
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .bind::<Timestamptz, _>(pg_timestamp(lease_until))
    .load(conn)?;
    Ok(taken.into_iter().map(|row| (row.id, row.version)).collect())
}

/// Writes a decision on many files down, each with its signature; it is taken after so many seconds.
pub(crate) fn bulk_write(
    conn: &mut PgConnection,
    scope: &Scope,
    (id, word, undo_seconds): (Uuid, &str, i32),
    files: &[(Uuid, i32, String)],
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO bulk (id, omp, who, word, due_at) \
         VALUES ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Text, _>(&scope.omp)
    .bind::<Text, _>(&scope.user)
    .bind::<Text, _>(word)
    .bind::<Double, _>(f64::from(undo_seconds))
    .execute(conn)?;
    diesel::sql_query(
        "INSERT INTO bulk_file (bulk, contestation, version, signature) \
         SELECT $1, * FROM unnest($2, $3, $4)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Array<SqlUuid>, _>(files.iter().map(|file| file.0).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(files.iter().map(|file| file.1).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(files.iter().map(|file| file.2.as_str()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}

/// A decision on many files.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct BulkRow {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Who decided.
    #[diesel(sql_type = Text)]
    pub(crate) who: String,
    /// The decision, as JSON.
    #[diesel(sql_type = Text)]
    pub(crate) word: String,
    #[diesel(sql_type = Timestamptz)]
    asked_at: PgTimestamp,
    /// Seconds until it is taken; none when it was undone.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) due_in: Option<i32>,
    /// Files that wait.
    #[diesel(sql_type = BigInt)]
    pub(crate) waiting: i64,
    /// Files that were decided.
    #[diesel(sql_type = BigInt)]
    pub(crate) decided: i64,
    /// Files that the law, or another, spoke against.
    #[diesel(sql_type = BigInt)]
    pub(crate) refused: i64,
}

impl BulkRow {
    /// When it was asked for.
    pub(crate) fn asked_at(&self) -> Timestamp {
        timestamp(self.asked_at)
    }
}

/// The decisions on many files that the OMP took last, or one of them.
pub(crate) fn bulks(
    conn: &mut PgConnection,
    only: Option<Uuid>,
) -> Result<Vec<BulkRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT b.id, b.who, b.word, b.asked_at, \
                CASE WHEN b.cancelled_at IS NULL THEN greatest(0, ceil(extract(epoch FROM b.due_at - clock_timestamp())))::integer END AS due_in, \
                count(f.bulk) FILTER (WHERE f.outcome IS NULL) AS waiting, \
                count(f.bulk) FILTER (WHERE f.outcome = 'decided') AS decided, \
                count(f.bulk) FILTER (WHERE f.outcome = 'refused') AS refused \
         FROM (SELECT * FROM bulk WHERE $1 IS NULL OR id = $1 ORDER BY asked_at DESC LIMIT $2) b \
         LEFT JOIN bulk_file f ON f.bulk = b.id \
         GROUP BY b.id, b.who, b.word, b.asked_at, b.due_at, b.cancelled_at ORDER BY b.asked_at DESC",
    )
    .bind::<Nullable<SqlUuid>, _>(only)
    .bind::<BigInt, _>(LISTED_MAX)
    .load(conn)?)
}

/// Undoes a decision on many files whose time has not come: they go back to the queue. False when it is too late.
pub(crate) fn bulk_cancel(conn: &mut PgConnection, id: Uuid) -> Result<bool, StoreError> {
    let (queued, claimed) = (Step::RELEASE.to(), Step::RELEASE.from());
    let undone = diesel::sql_query(
        "UPDATE bulk SET cancelled_at = clock_timestamp() \
         WHERE id = $1 AND cancelled_at IS NULL AND due_at > clock_timestamp()",
    )
    .bind::<SqlUuid, _>(id)
    .execute(conn)?;
    if undone == 0 {
        return Ok(false);
    }
    diesel::sql_query(format!(
        "WITH undone AS (UPDATE bulk_file SET outcome = 'cancelled' WHERE bulk = $1 AND outcome IS NULL RETURNING contestation, version) \
         UPDATE contestation c SET state = '{queued}', claimed_by = NULL, lease_until = NULL, version = c.version + 1 \
         FROM undone u WHERE c.id = u.contestation AND c.version = u.version AND c.state = '{claimed}'"
    ))
    .bind::<SqlUuid, _>(id)
    .execute(conn)?;
    Ok(true)
}

/// A file whose decision is due.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct DueRow {
    /// The decision on many.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) bulk: Uuid,
    /// The contestation.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) contestation: Uuid,
    /// The version under which the officer holds it.
    #[diesel(sql_type = Integer)]
    pub(crate) version: i32,
    /// The OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// Who decided.
    #[diesel(sql_type = Text)]
    pub(crate) who: String,
    /// The decision, as JSON.
    #[diesel(sql_type = Text)]
    pub(crate) word: String,
    /// The officer's signature.
    #[diesel(sql_type = Text)]
    pub(crate) signature: String,
}

/// Locks files whose decision is due.
pub(crate) fn bulk_due(conn: &mut PgConnection) -> Result<Vec<DueRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT f.bulk, f.contestation, f.version, b.omp, b.who, b.word, f.signature \
         FROM bulk_file f JOIN bulk b ON b.id = f.bulk \
         WHERE f.outcome IS NULL AND b.cancelled_at IS NULL AND b.due_at <= clock_timestamp() \
         ORDER BY f.contestation LIMIT $1 FOR UPDATE OF f SKIP LOCKED",
    )
    .bind::<BigInt, _>(DUE_MAX)
    .load(conn)?)
}

/// What came of the decisions on files; those that were refused go back to the queue, if nobody else has them.
pub(crate) fn bulk_told(
    conn: &mut PgConnection,
    told: &[(&DueRow, Option<String>)],
) -> Result<(), StoreError> {
    let (queued, claimed) = (Step::RELEASE.to(), Step::RELEASE.from());
    diesel::sql_query(format!(
        "WITH told AS (UPDATE bulk_file f SET outcome = CASE WHEN t.why IS NULL THEN 'decided' ELSE 'refused' END, detail = t.why \
             FROM unnest($1, $2, $3) AS t(bulk, contestation, why) \
             WHERE f.bulk = t.bulk AND f.contestation = t.contestation RETURNING f.contestation, f.version, f.outcome) \
         UPDATE contestation c SET state = '{queued}', claimed_by = NULL, lease_until = NULL, version = c.version + 1 \
         FROM told t WHERE t.outcome = 'refused' AND c.id = t.contestation AND c.version = t.version AND c.state = '{claimed}'"
    ))
    .bind::<Array<SqlUuid>, _>(told.iter().map(|one| one.0.bulk).collect::<Vec<_>>())
    .bind::<Array<SqlUuid>, _>(told.iter().map(|one| one.0.contestation).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(told.iter().map(|one| one.1.as_deref()).collect::<Vec<_>>())
    .execute(conn)?;
    Ok(())
}
