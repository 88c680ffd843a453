//! Titres exécutoires: what waits for a signature, and what was signed.

use cnt_contracts::letter::DriverV1;
use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::{PgDate, PgTimestamp};
use diesel::prelude::*;
use diesel::sql_types::{
    Array, BigInt, Binary, Date as SqlDate, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::Substitutes;
use crate::db::instants::{civil_date, pg_date, pg_timestamp, timestamp};
use crate::db::life::{LifeRow, NO_LETTER_ON_ITS_WAY};

/// How many avis of an OMP wait for its titre.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct ProposedRow {
    /// The OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    /// Avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
}

/// The OMP that have avis to sign for, themselves or in the place of another, or only the one asked for.
pub(crate) fn titres_proposed(
    conn: &mut PgConnection,
    substitutes: &Substitutes,
    only: Option<&str>,
) -> Result<Vec<ProposedRow>, StoreError> {
    Ok(diesel::sql_query(format!(
        "SELECT coalesce(s.acting, l.omp) AS omp, count(*) AS avis \
         FROM life l LEFT JOIN unnest($2, $3) AS s(omp, acting) ON s.omp = l.omp \
         WHERE l.state = 'titre_proposed' AND ($1 IS NULL OR coalesce(s.acting, l.omp) = $1) AND {NO_LETTER_ON_ITS_WAY} \
         GROUP BY 1 ORDER BY 1"
    ))
    .bind::<Nullable<Text>, _>(only)
    .bind::<Array<Text>, _>(&substitutes.omps)
    .bind::<Array<Text>, _>(&substitutes.by)
    .load(conn)?)
}

/// The lives of the next titre of whoever acts for these OMP, in the order of their numbers; locked when they are to be
/// signed.
pub(crate) fn titre_lives(
    conn: &mut PgConnection,
    omps: &[String],
    limit: i64,
    is_to_be_signed: bool,
) -> Result<Vec<LifeRow>, StoreError> {
    let lock = if is_to_be_signed {
        "FOR UPDATE OF l"
    } else {
        ""
    };
    Ok(diesel::sql_query(format!(
        "SELECT l.avis, l.omp, l.state, l.memory, l.steps FROM life l \
         WHERE l.state = 'titre_proposed' AND l.omp = ANY($1) AND {NO_LETTER_ON_ITS_WAY} \
         ORDER BY l.avis LIMIT $2 {lock}"
    ))
    .bind::<Array<Text>, _>(omps)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many titres an OMP has signed on a day.
pub(crate) fn titres_of_day(
    conn: &mut PgConnection,
    omp: &str,
    day: Date,
) -> Result<i64, StoreError> {
    let row: Count =
        diesel::sql_query("SELECT count(*) AS count FROM titre WHERE omp = $1 AND day = $2")
            .bind::<Text, _>(omp)
            .bind::<SqlDate, _>(pg_date(day))
            .get_result(conn)?;
    Ok(row.count)
}

#[derive(QueryableByName)]
struct Verifier {
    #[diesel(sql_type = Text)]
    verifier: String,
}

/// The key that verifies the signatures of an OMP.
pub(crate) fn signer(conn: &mut PgConnection, omp: &str) -> Result<Option<String>, StoreError> {
    let row: Option<Verifier> = diesel::sql_query("SELECT verifier FROM omp_signer WHERE omp = $1")
        .bind::<Text, _>(omp)
        .get_result(conn)
        .optional()?;
    Ok(row.map(|row| row.verifier))
}

/// Registers the key of an OMP that has none.
pub(crate) fn signer_register(
    conn: &mut PgConnection,
    omp: &str,
    (verifier, signature): (&str, &str),
    who: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO omp_signer (omp, verifier, registered_by, registered_at, signature) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (omp) DO NOTHING",
    )
    .bind::<Text, _>(omp)
    .bind::<Text, _>(verifier)
    .bind::<Text, _>(who)
    .bind::<Timestamptz, _>(pg_timestamp(at))
    .bind::<Text, _>(signature)
    .execute(conn)?;
    Ok(())
}

/// A titre to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewTitre<'a> {
    /// Its number.
    pub(crate) number: &'a str,
    /// The OMP.
    pub(crate) omp: &'a str,
    /// Day of signature.
    pub(crate) day: Date,
    /// Sum in cents.
    pub(crate) total_cents: i64,
    /// SHA-256 of the list.
    pub(crate) list_sha256: [u8; 32],
    /// What was signed, with the signature.
    pub(crate) note: &'a str,
    /// Who signed.
    pub(crate) who: &'a str,
    /// When (legal clock).
    pub(crate) at: Timestamp,
    /// The lot of the letters asked for.
    pub(crate) request_lot: [u8; 32],
    /// Avis and increased fine of each, in the order of the list.
    pub(crate) avis: &'a [(i64, i64)],
}

/// Writes a titre and its list.
pub(crate) fn titre_insert(
    conn: &mut PgConnection,
    titre: &NewTitre<'_>,
) -> Result<(), StoreError> {
    diesel::sql_query(
        "INSERT INTO titre (number, omp, day, avis, total_cents, list_sha256, note, signed_by, signed_at, request_lot) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind::<Text, _>(titre.number)
    .bind::<Text, _>(titre.omp)
    .bind::<SqlDate, _>(pg_date(titre.day))
    .bind::<Integer, _>(i32::try_from(titre.avis.len()).unwrap_or(i32::MAX))
    .bind::<BigInt, _>(titre.total_cents)
    .bind::<Binary, _>(titre.list_sha256.as_slice())
    .bind::<Text, _>(titre.note)
    .bind::<Text, _>(titre.who)
    .bind::<Timestamptz, _>(pg_timestamp(titre.at))
    .bind::<Binary, _>(titre.request_lot.as_slice())
    .execute(conn)?;
    let (avis, cents): (Vec<i64>, Vec<i64>) = titre.avis.iter().copied().unzip();
    diesel::sql_query(
        "INSERT INTO titre_avis (titre, rank, avis, majoree_cents) \
         SELECT $1, a.rank, a.avis, a.cents \
         FROM unnest($2, $3) WITH ORDINALITY AS a(avis, cents, rank)",
    )
    .bind::<Text, _>(titre.number)
    .bind::<Array<BigInt>, _>(avis)
    .bind::<Array<BigInt>, _>(cents)
    .execute(conn)?;
    Ok(())
}

/// What a letter needs to know of an avis besides its life.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct LetterRow {
    /// The avis.
    #[diesel(sql_type = BigInt)]
    pub(crate) avis: i64,
    /// The MIF.
    #[diesel(sql_type = SqlUuid)]
    pub(crate) id_mif: Uuid,
    #[diesel(sql_type = Nullable<Binary>)]
    verdict_lot: Option<Vec<u8>>,
    #[diesel(sql_type = SqlDate)]
    avis_date: PgDate,
    #[diesel(sql_type = Nullable<Text>)]
    last_name: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    first_names: Option<String>,
    #[diesel(sql_type = Nullable<Array<Text>>)]
    address: Option<Vec<String>>,
    /// The address that the addressee declared last.
    #[diesel(sql_type = Nullable<Array<Text>>)]
    pub(crate) declared: Option<Vec<String>>,
    /// The OMP whose queue has the file, if there is one.
    #[diesel(sql_type = Nullable<Text>)]
    pub(crate) acting: Option<String>,
    /// How many letters of the kind were asked for before.
    #[diesel(sql_type = BigInt)]
    pub(crate) issues: i64,
}

impl LetterRow {
    /// Date of the avis.
    pub(crate) fn avis_date(&self) -> Date {
        civil_date(self.avis_date)
    }

    /// Whom it goes to, if that is a driver who was designated.
    pub(crate) fn driver(&self) -> Option<DriverV1> {
        Some(DriverV1 {
            last_name: self.last_name.clone()?,
            first_names: self.first_names.clone()?,
            address: self.address.clone()?,
        })
    }

    /// The verdict lot, for avis taken in since it is kept.
    pub(crate) fn verdict_lot(&self) -> Option<[u8; 32]> {
        self.verdict_lot.as_deref()?.try_into().ok()
    }
}

/// What the letters of these avis need, those of one verdict lot together.
pub(crate) fn letter_rows(
    conn: &mut PgConnection,
    avis: &[i64],
) -> Result<Vec<LetterRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT a.avis, a.id_mif, a.verdict_lot, a.avis_date, d.last_name, d.first_names, d.address, \
                (SELECT x.address FROM declared_address x WHERE x.avis = a.avis \
                 ORDER BY x.declared_at DESC, x.courrier LIMIT 1) AS declared, \
                (SELECT c.omp FROM contestation c WHERE c.avis_number = a.avis AND c.omp IS NOT NULL \
                 ORDER BY c.received_at DESC, c.id LIMIT 1) AS acting, \
                (SELECT count(*) FROM titre_avis t WHERE t.avis = a.avis) AS issues \
         FROM avis a LEFT JOIN designation d ON d.new_avis = a.avis WHERE a.avis = ANY($1) ORDER BY a.verdict_lot, a.avis",
    )
    .bind::<Array<BigInt>, _>(avis)
    .load(conn)?)
}

/// A titre that was signed.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct TitreRow {
    /// Its number.
    #[diesel(sql_type = Text)]
    pub(crate) number: String,
    /// The OMP.
    #[diesel(sql_type = Text)]
    pub(crate) omp: String,
    #[diesel(sql_type = SqlDate)]
    day: PgDate,
    /// Avis in it.
    #[diesel(sql_type = Integer)]
    pub(crate) avis: i32,
    /// Sum in cents.
    #[diesel(sql_type = BigInt)]
    pub(crate) total_cents: i64,
    /// What was signed, with the signature.
    #[diesel(sql_type = Text)]
    pub(crate) note: String,
    /// Who signed.
    #[diesel(sql_type = Text)]
    pub(crate) signed_by: String,
    #[diesel(sql_type = Timestamptz)]
    signed_at: PgTimestamp,
}

impl TitreRow {
    /// Day of signature.
    pub(crate) fn day(&self) -> Date {
        civil_date(self.day)
    }

    /// When it was signed (legal clock).
    pub(crate) fn signed_at(&self) -> Timestamp {
        timestamp(self.signed_at)
    }
}

/// The titres signed last, of all OMP or only the one asked for.
pub(crate) fn titres_signed(
    conn: &mut PgConnection,
    only: Option<&str>,
    limit: i64,
) -> Result<Vec<TitreRow>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT number, omp, day, avis, total_cents, note, signed_by, signed_at FROM titre \
         WHERE $1 IS NULL OR omp = $1 ORDER BY signed_at DESC, number LIMIT $2",
    )
    .bind::<Nullable<Text>, _>(only)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}
