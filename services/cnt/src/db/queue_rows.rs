//! Open files made in bulk, the bare statement that claims are measured beside, and what the tables say of claims.

use std::collections::BTreeMap;

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Double, Text, Uuid as SqlUuid};
use uuid::Uuid;

/// Files that are going to be made.
pub(crate) struct NewFiles<'a> {
    /// Number of the first avis.
    pub(crate) first_avis: i64,
    /// Addressees; there are fewer than files, so that files are linked.
    pub(crate) addressees: i64,
    /// The OMP.
    pub(crate) omps: &'a [String],
    /// Where, from 0 to 1, the share of one ends and the next begins.
    pub(crate) bounds: &'a [f64],
}

/// What the file number `n` is about. `$1` and `$2` are the first number and the last, `$3` is the first avis, `$4` and
/// `$5` are the OMP and their bounds, `$6` counts the addressees, `$7` are words.
const NUMBERED: &str = "WITH numbered AS ( \
     SELECT n, $3 + n AS avis, md5('file ' || n)::uuid AS id, \
            ($4::text[])[1 + width_bucket((hashint8extended(n, 1) & 1073741823)::float8 / 1073741824, $5::float8[])] AS omp, \
            current_date + 20 + (hashint8extended(n, 2) & 1073741823)::integer % 300 AS prescription, \
            ((hashint8extended(n, 3) & 1073741823) % $6)::integer AS addressee, \
            (hashint8extended(n, 4) & 1073741823)::integer AS drawn \
     FROM generate_series($1, $2) n)";

/// The avis: each of an offence a year before its prescription.
const AVIS: &str = "INSERT INTO avis (avis, lot_id, verdict_lot, member_id, issue, id_mif, siren, natinf, class, commune, \
         omp, offence_day, avis_date, plate, person, forfaitaire_cents, minoree_cents, majoree_cents, \
         requete_deadline, prescription) \
     SELECT avis, sha256(convert_to('documents ' || n / 2000, 'UTF8')), sha256(convert_to('verdicts ' || n / 2000, 'UTF8')), \
            avis || '/ACO/1', 1, md5('mif ' || n)::uuid, 200000000 + drawn % 4000, 6083, 4, '75056', \
            omp, prescription - 365, prescription - 360, \
            chr(65 + addressee / 17576000 % 26) || chr(65 + addressee / 676000 % 26) || '-' \
                || lpad((addressee / 676 % 1000)::text, 3, '0') || '-' \
                || chr(65 + addressee / 26 % 26) || chr(65 + addressee % 26), \
            substr(sha256(int4send(addressee)), 1, 16), 13500, 9000, 37500, prescription - 315, prescription \
     FROM numbered";

/// The files: received within the fortnight after their avis, routed, known to the lives of their avis.
const CONTESTATIONS: &str = "INSERT INTO contestation (id, avis, avis_number, ground, motivation, state, omp, received_at, \
         received_day, posted_day, admissible_deadline_ok, prescription, version, lived) \
     SELECT id, avis::text, avis, CASE drawn % 3 WHEN 0 THEN 'vehicule' ELSE 'autre' END, \
            'Je conteste cette contravention, comme le montrent les pièces que je joins à ma demande : ' \
                || (SELECT string_agg(($7::text[])[1 + (drawn >> shift) % 64], ' ') FROM unnest(ARRAY[0, 6, 12, 18]) shift) \
                || '. Dossier numéro ' || n, \
            'queued', omp, day + drawn % 86400 * interval '1 second', day::date, day::date - 1, true, prescription, 2, true \
     FROM numbered CROSS JOIN LATERAL (SELECT (prescription - 358 + drawn % 14)::timestamptz AS day) received";

/// Their words.
const FILE_WORDS: &str = "INSERT INTO file_words SELECT id, file_words_of(motivation, omp) FROM contestation \
     WHERE avis_number BETWEEN $1 AND $2";

/// Their avis, which are contested.
const LIVES: &str = "INSERT INTO life (avis, omp, state, next_day, memory) \
     SELECT avis, omp, 'contested', prescription + 1, replace(replace(json_build_object( \
         'offence', offence_day, 'sent', avis_date, 'abroad', false, 'is_529_10', false, 'minoree', minoree_cents, \
         'forfaitaire', forfaitaire_cents, 'majoree', majoree_cents, 'is_majoree', false, \
         'deadlines', json_build_array(avis_date + 15, avis_date + 30, avis_date + 45, avis_date + 60, requete_deadline), \
         'titre_day', avis_date + 61, 'prescription', prescription, 'has_minoree', true, 'reduction_percent', 20, \
         'received', 0, 'consigned', 0)::text, ' : ', ':'), ', ', ',') \
     FROM avis WHERE avis BETWEEN $1 AND $2";

/// An envelope for each file.
const COURRIERS: &str = "INSERT INTO courrier (topic_id, partition, record_offset, contestation, kind, channel, \
         is_duplicate, received_at, id, avis, received_day, posted_day, coded, owner, outcome) \
     SELECT md5('courrier')::uuid, avis_number % 6, avis_number, id, 'requete', 'portal', false, received_at, id, \
            avis_number, received_day, posted_day, 'requete', 'omp', 'open' \
     FROM contestation WHERE avis_number BETWEEN $1 AND $2";

/// The table that the bare statement works on: the same rows with the queue's index alone, no checks, no references.
const BARE: [&str; 3] = [
    "CREATE TABLE bare (LIKE contestation) WITH (fillfactor = 80)",
    "ALTER TABLE bare ADD PRIMARY KEY (id)",
    "CREATE INDEX bare_queue ON bare (omp, prescription, received_at, id) WHERE state = 'queued'",
];

/// The same rows.
const BARE_ROWS: &str =
    "INSERT INTO bare SELECT * FROM contestation WHERE avis_number BETWEEN $1 AND $2";

/// Creates the table of the bare statement.
pub(crate) fn bare_create(conn: &mut PgConnection) -> Result<(), StoreError> {
    for sql in BARE {
        diesel::sql_query(sql).execute(conn)?;
    }
    Ok(())
}

/// Makes the files with the numbers from `first` to `last`.
pub(crate) fn fill(
    conn: &mut PgConnection,
    new: &NewFiles<'_>,
    (first, last): (i64, i64),
) -> Result<(), StoreError> {
    for rows in [AVIS, CONTESTATIONS] {
        diesel::sql_query(with_numbered(rows))
            .bind::<BigInt, _>(first)
            .bind::<BigInt, _>(last)
            .bind::<BigInt, _>(new.first_avis)
            .bind::<Array<Text>, _>(new.omps)
            .bind::<Array<Double>, _>(new.bounds)
            .bind::<BigInt, _>(new.addressees)
            .bind::<Array<Text>, _>(&WORDS[..])
            .execute(conn)?;
    }
    for rows in [FILE_WORDS, LIVES, COURRIERS, BARE_ROWS] {
        diesel::sql_query(rows)
            .bind::<BigInt, _>(new.first_avis + first)
            .bind::<BigInt, _>(new.first_avis + last)
            .execute(conn)?;
    }
    Ok(())
}

fn with_numbered(rows: &str) -> String {
    format!("{NUMBERED} {rows}")
}

/// Words of the contestations, of which each has four.
const WORDS: [&str; 64] = [
    "abonnement",
    "accident",
    "agent",
    "ambulance",
    "amende",
    "arbre",
    "assurance",
    "atelier",
    "attestation",
    "avocat",
    "balise",
    "banque",
    "barrière",
    "caméra",
    "camion",
    "carrefour",
    "carte",
    "cession",
    "chantier",
    "chauffeur",
    "clinique",
    "clôture",
    "commerce",
    "conducteur",
    "copropriété",
    "déménagement",
    "dépannage",
    "destruction",
    "employeur",
    "erreur",
    "facture",
    "feu",
    "fourrière",
    "garage",
    "gendarmerie",
    "handicap",
    "horodateur",
    "hôpital",
    "immatriculation",
    "infirmière",
    "intervention",
    "livraison",
    "location",
    "magasin",
    "marquage",
    "médecin",
    "notaire",
    "panneau",
    "passage",
    "pharmacie",
    "photographie",
    "plaque",
    "police",
    "pompier",
    "priorité",
    "propriétaire",
    "radar",
    "remorquage",
    "stationnement",
    "taxi",
    "travaux",
    "urgence",
    "usurpation",
    "vente",
];

/// Indexes and triggers that a bulk of rows would only wait for; what they keep is made at the end.
pub(crate) fn fill_begin(conn: &mut PgConnection) -> Result<(), StoreError> {
    for sql in [
        "ALTER TABLE contestation DISABLE TRIGGER USER",
        "DROP INDEX file_words_words",
    ] {
        diesel::sql_query(sql).execute(conn)?;
    }
    Ok(())
}

/// Makes what the triggers would have kept.
pub(crate) fn fill_end(conn: &mut PgConnection) -> Result<(), StoreError> {
    for sql in [
        "ALTER TABLE contestation ENABLE TRIGGER USER",
        "CREATE INDEX file_words_words ON file_words USING gin (words)",
        "INSERT INTO open_files SELECT omp, ground, prescription, count(*) FROM contestation GROUP BY 1, 2, 3",
    ] {
        diesel::sql_query(sql).execute(conn)?;
    }
    Ok(())
}

/// Whether autovacuum is at work.
pub(crate) fn is_vacuuming(conn: &mut PgConnection) -> Result<bool, StoreError> {
    Ok(count(
        conn,
        "SELECT count(*) AS count FROM pg_stat_progress_vacuum",
    )? > 0)
}

/// Tells the planner what is there. Nothing is vacuumed.
pub(crate) fn analyze(conn: &mut PgConnection) -> Result<(), StoreError> {
    diesel::sql_query("ANALYZE avis, contestation, life, courrier, file_words, bare")
        .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Takes the next row of an OMP and nothing else; none when there is none.
pub(crate) fn bare_claim(conn: &mut PgConnection, omp: &str) -> Result<Option<Uuid>, StoreError> {
    conn.transaction(|conn| {
        let next: Option<IdRow> = diesel::sql_query(
            "SELECT id FROM bare WHERE omp = $1 AND state = 'queued' \
             ORDER BY prescription, received_at, id LIMIT 1 FOR UPDATE SKIP LOCKED",
        )
        .bind::<Text, _>(omp)
        .get_result(conn)
        .optional()?;
        if let Some(next) = &next {
            diesel::sql_query("UPDATE bare SET state = 'claimed' WHERE id = $1")
                .bind::<SqlUuid, _>(next.id)
                .execute(conn)?;
        }
        Ok(next.map(|next| next.id))
    })
}

/// Puts a row back.
pub(crate) fn bare_release(conn: &mut PgConnection, id: Uuid) -> Result<(), StoreError> {
    diesel::sql_query("UPDATE bare SET state = 'queued' WHERE id = $1")
        .bind::<SqlUuid, _>(id)
        .execute(conn)?;
    Ok(())
}

/// A row that was taken, and by whom; of the bare table by nobody.
#[derive(QueryableByName)]
pub(crate) struct ClaimedRow {
    /// The file.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// The operator.
    #[diesel(sql_type = Text)]
    pub(crate) claimed_by: String,
}

/// The files that are with an operator.
pub(crate) fn claimed(conn: &mut PgConnection) -> Result<Vec<ClaimedRow>, StoreError> {
    let sql = "SELECT id, claimed_by FROM contestation WHERE state = 'claimed'";
    Ok(diesel::sql_query(sql).load(conn)?)
}

/// The rows that were taken by the bare statement.
pub(crate) fn bare_claimed(conn: &mut PgConnection) -> Result<Vec<ClaimedRow>, StoreError> {
    let sql = "SELECT id, '' AS claimed_by FROM bare WHERE state = 'claimed'";
    Ok(diesel::sql_query(sql).load(conn)?)
}

#[derive(QueryableByName)]
struct CountRow {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(conn: &mut PgConnection, sql: &str) -> Result<u64, StoreError> {
    let row: CountRow = diesel::sql_query(sql).get_result(conn)?;
    Ok(u64::try_from(row.count).unwrap_or(0))
}

/// A file that is looked at.
#[derive(Debug, QueryableByName)]
pub(crate) struct PageFile {
    /// The file.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id: Uuid,
    /// Its avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// Its plate.
    #[diesel(sql_type = Text)]
    pub(crate) plate: String,
    /// What was written.
    #[diesel(sql_type = Text)]
    motivation: String,
}

impl PageFile {
    /// Two of its words, which other files bear too.
    pub(crate) fn words(&self) -> Vec<&str> {
        let text = self
            .motivation
            .split_once(" : ")
            .map_or("", |(_, after)| after);
        text.split([' ', '.']).take(2).collect()
    }
}

/// Some open file of an OMP.
pub(crate) fn page_file(
    conn: &mut PgConnection,
    omp: &str,
) -> Result<Option<PageFile>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT c.id, c.avis_number AS avis, a.plate, c.motivation FROM contestation c JOIN avis a ON a.avis = c.avis_number \
         WHERE c.omp = $1 AND c.state = 'queued' LIMIT 1",
    )
    .bind::<Text, _>(omp)
    .get_result(conn)
    .optional()?)
}

/// Claims in the journal.
pub(crate) fn journalled_claims(conn: &mut PgConnection) -> Result<u64, StoreError> {
    count(
        conn,
        "SELECT count(*) AS count FROM consultation WHERE what = 'claim'",
    )
}

/// Changes of all files since they were made, by their versions.
pub(crate) fn changes(conn: &mut PgConnection) -> Result<u64, StoreError> {
    count(
        conn,
        "SELECT coalesce(sum(version - 2), 0)::bigint AS count FROM contestation",
    )
}

/// Bytes of the queue's index.
pub(crate) fn queue_index_bytes(conn: &mut PgConnection) -> Result<u64, StoreError> {
    count(
        conn,
        "SELECT pg_relation_size('contestation_queue') AS count",
    )
}

/// Dead rows among the files, as the statistics say.
pub(crate) fn dead_rows(conn: &mut PgConnection) -> Result<u64, StoreError> {
    count(
        conn,
        "SELECT n_dead_tup AS count FROM pg_stat_user_tables WHERE relid = 'contestation'::regclass",
    )
}

/// Runs of autovacuum over the files.
pub(crate) fn autovacuums(conn: &mut PgConnection) -> Result<u64, StoreError> {
    count(
        conn,
        "SELECT autovacuum_count AS count FROM pg_stat_user_tables WHERE relid = 'contestation'::regclass",
    )
}

#[derive(QueryableByName)]
struct SettingRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    setting: String,
}

/// Settings of the database by name.
pub(crate) fn settings(
    conn: &mut PgConnection,
    names: &[&str],
) -> Result<BTreeMap<String, String>, StoreError> {
    let sql = "SELECT name, current_setting(name) AS setting FROM pg_settings WHERE name = ANY($1)";
    let rows: Vec<SettingRow> = diesel::sql_query(sql)
        .bind::<Array<Text>, _>(names)
        .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| (row.name, row.setting))
        .collect())
}
