//! The only place of this program that speaks SQL: the books as the services keep them, read by the role that may
//! read everything and write nothing, in one snapshot of the database.

pub(crate) mod archive_rows;
pub(crate) mod queue_rows;

use cnt_store::{DatabaseConfig, LotError, PgConnection, Session, lot_transaction};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bytea, Integer, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// The stored position of a service in a partition.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct PositionRow {
    /// Service.
    #[diesel(sql_type = Text)]
    pub(crate) service: String,
    /// Topic.
    #[diesel(sql_type = Text)]
    pub(crate) topic: String,
    /// The broker's id of the topic.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) topic_id: Uuid,
    /// Partition.
    #[diesel(sql_type = Integer)]
    pub(crate) partition: i32,
    /// First offset that was not handled yet.
    #[diesel(sql_type = BigInt)]
    pub(crate) next_offset: i64,
}

/// An event that was not published yet, or stands in quarantine.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct PendingRow {
    /// Service that holds it.
    #[diesel(sql_type = Text)]
    pub(crate) service: String,
    /// Topic.
    #[diesel(sql_type = Text)]
    pub(crate) topic: String,
    /// The event or record.
    #[diesel(sql_type = Nullable<Bytea>)]
    pub(crate) payload: Option<Vec<u8>>,
}

/// One verdict lot, with what validation's table of MIFs holds of it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct VerdictLotRow {
    /// Object.
    #[diesel(sql_type = Bytea)]
    pub(crate) lot_id: Vec<u8>,
    /// Accepted, rejected, replayed, as the lot was written.
    #[diesel(sql_type = Integer)]
    pub(crate) accepted: i32,
    #[diesel(sql_type = Integer)]
    pub(crate) rejected: i32,
    #[diesel(sql_type = Integer)]
    pub(crate) replayed: i32,
    /// Accepted MIFs among the rows of the lot.
    #[diesel(sql_type = BigInt)]
    pub(crate) accepted_rows: i64,
    /// Sequence of the lot.
    #[diesel(sql_type = BigInt)]
    pub(crate) seq: i64,
}

/// One verdict lot as edition saw it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct EditionLotRow {
    #[diesel(sql_type = Bytea)]
    pub(crate) verdict_lot: Vec<u8>,
    #[diesel(sql_type = Nullable<Bytea>)]
    pub(crate) document_lot: Option<Vec<u8>>,
    #[diesel(sql_type = Integer)]
    pub(crate) accepted: i32,
    #[diesel(sql_type = Integer)]
    pub(crate) avis: i32,
    #[diesel(sql_type = Integer)]
    pub(crate) not_transformed: i32,
    #[diesel(sql_type = diesel::sql_types::Bool)]
    pub(crate) is_done: bool,
}

/// A request for letters: what was asked for, and what became of it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct LetterLotRow {
    /// The request lot.
    #[diesel(sql_type = Bytea)]
    pub(crate) request_lot: Vec<u8>,
    /// Letters that a titre, a decision or contestations asked for; none if none did.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) asked: Option<i32>,
    /// Letters edited; none before they are.
    #[diesel(sql_type = Nullable<Integer>)]
    pub(crate) edited: Option<i32>,
    /// Their document lot.
    #[diesel(sql_type = Nullable<Bytea>)]
    pub(crate) document_lot: Option<Vec<u8>>,
}

/// How many rows a service keeps of a document lot.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct LotCountRow {
    #[diesel(sql_type = Bytea)]
    pub(crate) lot_id: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    pub(crate) rows: i64,
}

/// A word and how many rows have it.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct WordCountRow {
    #[diesel(sql_type = Text)]
    pub(crate) word: String,
    #[diesel(sql_type = BigInt)]
    pub(crate) rows: i64,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Text)]
    key: String,
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The books of all services at one instant.
#[derive(Debug, Clone, Default)]
pub(crate) struct Books {
    pub(crate) positions: Vec<PositionRow>,
    pub(crate) outboxes: Vec<PendingRow>,
    pub(crate) quarantines: Vec<PendingRow>,
    pub(crate) verdict_lots: Vec<VerdictLotRow>,
    /// Rows of MIFs whose lot is not in the table of lots.
    pub(crate) stray_mifs: Vec<String>,
    pub(crate) edition_lots: Vec<EditionLotRow>,
    pub(crate) archive_rows: Vec<LotCountRow>,
    pub(crate) fold_rows: Vec<LotCountRow>,
    pub(crate) avis_rows: Vec<LotCountRow>,
    pub(crate) folds_by_state: Vec<WordCountRow>,
    /// Folds that a spool should hold but does not, or the reverse.
    pub(crate) spool_breaks: Vec<String>,
    /// Requests for letters.
    pub(crate) letter_lots: Vec<LetterLotRow>,
    /// Lives by state.
    pub(crate) lives_by_state: Vec<WordCountRow>,
    /// Avis without a life, or lives without an avis.
    pub(crate) stray_lives: Vec<String>,
    /// Lives whose journal has not as many steps as the life says.
    pub(crate) torn_lives: Vec<String>,
    pub(crate) contestations_by_state: Vec<WordCountRow>,
    pub(crate) courriers: i64,
    pub(crate) courriers_duplicate: i64,
    /// Envelopes that brought no contestation, repetitions left out.
    pub(crate) courriers_other: i64,
    /// Envelopes by kind, repetitions left out.
    pub(crate) courriers_by_kind: Vec<WordCountRow>,
    /// Envelopes that wait for an answer, by owner.
    pub(crate) courriers_open: Vec<WordCountRow>,
    /// Letters that came back, of which the life of their avis does not know yet.
    pub(crate) returned_untold: i64,
    /// Envelopes open though their contestation is decided, or the reverse.
    pub(crate) unanswered: Vec<String>,
    /// Avis whose steps oblige the comptable otherwise than the notices say.
    pub(crate) notices_torn: Vec<String>,
    /// Designated drivers, by where they live.
    pub(crate) designations: Vec<WordCountRow>,
    /// Of them, those whose avis is not there yet.
    pub(crate) designations_waiting: i64,
    /// Notices that the comptable has not had, by what they say.
    pub(crate) notices_pending: Vec<WordCountRow>,
    /// Contestations without any courrier.
    pub(crate) stray_contestations: Vec<String>,
}

/// Reads all books in one read-only snapshot.
pub(crate) fn read_books(conninfo: &str) -> anyhow::Result<Books> {
    let mut session = Session::new(DatabaseConfig::new(conninfo, "cnt-reconcile"));
    let connection = session.connection()?;
    let books = lot_transaction(connection, |conn| {
        diesel::sql_query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            .execute(conn)?;
        snapshot(conn)
    })?;
    Ok(books)
}

fn snapshot(conn: &mut PgConnection) -> Result<Books, LotError> {
    let mut books = Books::default();
    for service in cnt_contracts::services::ALL {
        let union = |columns: &str, table: &str| {
            format!("SELECT '{service}' AS service, {columns} FROM {service}.{table}")
        };
        let positions = union("topic, topic_id, partition, next_offset", "position");
        books
            .positions
            .extend(diesel::sql_query(positions).load::<PositionRow>(conn)?);
        let outbox = union("topic, payload", "outbox");
        books
            .outboxes
            .extend(diesel::sql_query(outbox).load::<PendingRow>(conn)?);
        let quarantine = union("topic, value AS payload", "quarantine")
            + " WHERE state IN ('waiting', 'replay', 'discard')";
        books
            .quarantines
            .extend(diesel::sql_query(quarantine).load::<PendingRow>(conn)?);
    }
    mifs(conn, &mut books)?;
    documents(conn, &mut books)?;
    contestations(conn, &mut books)?;
    courriers(conn, &mut books)?;
    Ok(books)
}

fn mifs(conn: &mut PgConnection, books: &mut Books) -> Result<(), LotError> {
    books.verdict_lots = diesel::sql_query(
        "SELECT l.lot_id, l.accepted, l.rejected, l.replayed, l.seq, coalesce(m.rows, 0) AS accepted_rows \
         FROM validation.lot l LEFT JOIN \
         (SELECT lot_seq, count(*) AS rows FROM validation.mif WHERE verdict = 1 GROUP BY lot_seq) m \
         ON m.lot_seq = l.seq",
    )
    .load(conn)?;
    books.stray_mifs = keys(
        conn,
        "SELECT m.id_mif::text AS key FROM validation.mif m \
         LEFT JOIN validation.lot l ON l.seq = m.lot_seq WHERE l.seq IS NULL LIMIT 1000",
    )?;
    books.edition_lots = diesel::sql_query(
        "SELECT verdict_lot, document_lot, accepted, avis, not_transformed, done_at IS NOT NULL AS is_done \
         FROM edition.lot",
    )
    .load(conn)?;
    Ok(())
}

fn documents(conn: &mut PgConnection, books: &mut Books) -> Result<(), LotError> {
    let rows_of =
        |table: &str| format!("SELECT lot_id, count(*) AS rows FROM {table} GROUP BY lot_id");
    books.archive_rows = diesel::sql_query(rows_of("archive.document")).load(conn)?;
    books.fold_rows = diesel::sql_query(rows_of("dispatch.fold")).load(conn)?;
    books.avis_rows = diesel::sql_query(rows_of("contestation.avis")).load(conn)?;
    books.folds_by_state = diesel::sql_query(
        "SELECT state AS word, count(*) AS rows FROM dispatch.fold GROUP BY state",
    )
    .load(conn)?;
    books.spool_breaks = keys(
        conn,
        "SELECT encode(s.spool_id, 'hex') AS key FROM dispatch.spool s LEFT JOIN \
         (SELECT spool_id, count(*) AS rows FROM dispatch.fold WHERE spool_id IS NOT NULL GROUP BY spool_id) f \
         USING (spool_id) WHERE s.folds <> coalesce(f.rows, 0) \
         UNION ALL \
         SELECT avis::text FROM dispatch.fold f LEFT JOIN dispatch.spool s USING (spool_id) \
         WHERE f.state IN ('spooled', 'deposited') AND s.spool_id IS NULL LIMIT 1000",
    )?;
    Ok(())
}

fn contestations(conn: &mut PgConnection, books: &mut Books) -> Result<(), LotError> {
    books.letter_lots = diesel::sql_query(
        "SELECT coalesce(t.request_lot, l.request_lot) AS request_lot, t.letters AS asked, \
                l.letters AS edited, l.document_lot \
         FROM contestation.letter_request t FULL JOIN edition.letter_lot l USING (request_lot)",
    )
    .load(conn)?;
    books.lives_by_state = diesel::sql_query(
        "SELECT state AS word, count(*) AS rows FROM contestation.life GROUP BY state",
    )
    .load(conn)?;
    books.stray_lives = keys(
        conn,
        "SELECT coalesce(a.avis, l.avis)::text AS key FROM contestation.avis a \
         FULL JOIN contestation.life l USING (avis) \
         WHERE a.avis IS NULL OR l.avis IS NULL LIMIT 1000",
    )?;
    books.torn_lives = keys(
        conn,
        "SELECT l.avis::text AS key FROM contestation.life l LEFT JOIN \
         (SELECT avis, count(*) AS steps, max(n) AS last FROM contestation.life_step GROUP BY avis) s \
         USING (avis) \
         WHERE l.steps <> coalesce(s.steps, 0) OR l.steps <> coalesce(s.last, 0) LIMIT 1000",
    )?;
    books.contestations_by_state = diesel::sql_query(
        "SELECT state AS word, count(*) AS rows FROM contestation.contestation GROUP BY state",
    )
    .load(conn)?;
    books.notices_torn = keys(
        conn,
        "SELECT coalesce(s.avis, n.avis)::text AS key FROM \
         (SELECT avis, count(*) AS duties FROM contestation.life_step, unnest(duties) d \
          WHERE d = 'tell_comptable' OR d LIKE 'refund %' OR d LIKE 'set_off %' GROUP BY avis) s \
         FULL JOIN (SELECT avis, count(*) AS notices FROM contestation.comptable_notice GROUP BY avis) n USING (avis) \
         WHERE s.duties IS DISTINCT FROM n.notices LIMIT 1000",
    )?;
    books.designations = diesel::sql_query(
        "SELECT CASE WHEN is_abroad THEN 'abroad' ELSE 'france' END AS word, count(*) AS rows \
         FROM contestation.designation GROUP BY 1",
    )
    .load(conn)?;
    books.designations_waiting = count(
        conn,
        "SELECT count(*) AS count FROM contestation.designation WHERE new_avis IS NULL",
    )?;
    books.notices_pending = diesel::sql_query(
        "SELECT what AS word, count(*) AS rows FROM contestation.comptable_notice WHERE taken_at IS NULL GROUP BY what",
    )
    .load(conn)?;
    Ok(())
}

fn courriers(conn: &mut PgConnection, books: &mut Books) -> Result<(), LotError> {
    books.courriers = count(conn, "SELECT count(*) AS count FROM contestation.courrier")?;
    books.courriers_duplicate = count(
        conn,
        "SELECT count(*) AS count FROM contestation.courrier WHERE is_duplicate",
    )?;
    books.courriers_other = count(
        conn,
        "SELECT count(*) AS count FROM contestation.courrier WHERE NOT is_duplicate AND contestation IS NULL",
    )?;
    books.courriers_by_kind = diesel::sql_query(
        "SELECT kind AS word, count(*) AS rows FROM contestation.courrier WHERE NOT is_duplicate GROUP BY kind",
    )
    .load(conn)?;
    books.courriers_open = diesel::sql_query(
        "SELECT owner AS word, count(*) AS rows FROM contestation.courrier WHERE outcome = 'open' GROUP BY owner",
    )
    .load(conn)?;
    books.returned_untold = count(
        conn,
        "SELECT count(*) AS count FROM contestation.courrier k \
         JOIN contestation.life l USING (avis) WHERE NOT k.lived",
    )?;
    books.unanswered = keys(
        conn,
        "SELECT k.id::text AS key FROM contestation.courrier k \
         JOIN contestation.contestation c ON c.id = k.contestation \
         WHERE NOT k.is_duplicate AND (k.outcome = 'open') = (c.state = 'decided') LIMIT 1000",
    )?;
    books.stray_contestations = keys(
        conn,
        "SELECT c.id::text AS key FROM contestation.contestation c \
         LEFT JOIN contestation.courrier k ON k.contestation = c.id AND NOT k.is_duplicate \
         WHERE k.contestation IS NULL \
         UNION ALL \
         SELECT k.contestation::text FROM contestation.courrier k \
         LEFT JOIN contestation.contestation c ON c.id = k.contestation \
         WHERE k.contestation IS NOT NULL AND c.id IS NULL LIMIT 1000",
    )?;
    Ok(())
}

fn keys(conn: &mut PgConnection, query: &str) -> Result<Vec<String>, LotError> {
    let rows: Vec<KeyRow> = diesel::sql_query(query).load(conn)?;
    Ok(rows.into_iter().map(|row| row.key).collect())
}

fn count(conn: &mut PgConnection, query: &str) -> Result<i64, LotError> {
    let row: CountRow = diesel::sql_query(query).get_result(conn)?;
    Ok(row.count)
}

/// The keys that a table holds of one lot, as text.
pub(crate) fn keys_of_lot(
    conninfo: &str,
    of: LotKeys,
    lot: &LotName<'_>,
) -> anyhow::Result<Vec<String>> {
    let mut session = Session::new(DatabaseConfig::new(conninfo, "cnt-reconcile"));
    let connection = session.connection()?;
    let rows: Vec<KeyRow> = match (of, lot) {
        (LotKeys::Mif, LotName::Seq(seq)) => diesel::sql_query(
            "SELECT id_mif::text AS key FROM validation.mif WHERE lot_seq = $1 AND verdict = 1",
        )
        .bind::<BigInt, _>(*seq)
        .load(connection)?,
        (LotKeys::Mif, LotName::Id(_)) | (_, LotName::Seq(_)) => Vec::new(),
        (_, LotName::Id(id)) => {
            let table = match of {
                LotKeys::Document => "archive.document",
                LotKeys::Fold => "dispatch.fold",
                LotKeys::Avis | LotKeys::Mif => "contestation.avis",
            };
            let query = format!("SELECT avis::text AS key FROM {table} WHERE lot_id = $1");
            diesel::sql_query(query)
                .bind::<Bytea, _>(*id)
                .load(connection)?
        }
    };
    Ok(rows.into_iter().map(|row| row.key).collect())
}

/// Which table's keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LotKeys {
    /// Accepted MIFs of validation.
    Mif,
    /// Documents of the archive.
    Document,
    /// Folds of dispatch.
    Fold,
    /// Avis of contestation.
    Avis,
}

/// How a table names a lot.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LotName<'a> {
    /// By validation's sequence.
    Seq(i64),
    /// By the object's id.
    Id(&'a [u8]),
}
