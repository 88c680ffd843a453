//! The avis as they are announced, and the routing of what waited for them.

use cnt_domain::law::Law;
use cnt_store::{PgConnection, StoreError};
use diesel::pg::data_types::PgDate;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Bool, Date as SqlDate, SmallInt, Text};
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::courrier::in_time_sql;
use crate::db::instants::pg_date;
use crate::step::Step;

diesel::table! {
    avis (number) {
        #[sql_name = "avis"]
        number -> BigInt,
        lot_id -> Bytea,
        verdict_lot -> Nullable<Bytea>,
        member_id -> Text,
        issue -> SmallInt,
        id_mif -> Uuid,
        siren -> Integer,
        natinf -> Integer,
        class -> SmallInt,
        commune -> Text,
        omp -> Text,
        offence_day -> Date,
        avis_date -> Date,
        plate -> Nullable<Text>,
        person -> Nullable<Bytea>,
        forfaitaire_cents -> BigInt,
        minoree_cents -> Nullable<BigInt>,
        majoree_cents -> BigInt,
        requete_deadline -> Date,
        prescription -> Date,
    }
}

/// One issue of an avis de contravention, as a document lot tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AvisIssue {
    /// The avis.
    pub(crate) number: i64,
    /// The document lot.
    pub(crate) lot_id: [u8; 32],
    /// The verdict lot that holds its MIF.
    pub(crate) verdict_lot: [u8; 32],
    /// Its member in the lot.
    pub(crate) member_id: String,
    /// Number of the issue, from 1.
    pub(crate) issue: i16,
    /// The MIF it comes from.
    pub(crate) id_mif: Uuid,
    /// Collectivity.
    pub(crate) siren: i32,
    /// Offence.
    pub(crate) natinf: i32,
    /// Class of the contravention.
    pub(crate) class: i16,
    /// Commune of the offence (INSEE).
    pub(crate) commune: String,
    /// The OMP of the place of the offence.
    pub(crate) omp: String,
    /// Civil day of the offence.
    pub(crate) offence_day: Date,
    /// Date printed on the avis.
    pub(crate) avis_date: Date,
    /// Plate.
    pub(crate) plate: Option<String>,
    /// Whom it is sent to, by name and place, as a digest that serves to link files only.
    pub(crate) person: [u8; 16],
    /// Fixed fine, cents.
    pub(crate) forfaitaire_cents: i64,
    /// Reduced fine, cents.
    pub(crate) minoree_cents: Option<i64>,
    /// Increased fine, cents.
    pub(crate) majoree_cents: i64,
    /// Last day of a requête.
    pub(crate) requete_deadline: Date,
    /// Day on which the action is prescribed.
    pub(crate) prescription: Date,
    /// Whether the addressee lives abroad.
    pub(crate) abroad: bool,
    /// Whether a consignation goes with the requête (CPP 529-10).
    pub(crate) is_529_10: bool,
}

#[derive(Insertable)]
#[diesel(table_name = avis, treat_none_as_default_value = false)]
struct NewAvis<'a> {
    number: i64,
    lot_id: &'a [u8],
    verdict_lot: Option<&'a [u8]>,
    member_id: &'a str,
    issue: i16,
    id_mif: Uuid,
    siren: i32,
    natinf: i32,
    class: i16,
    commune: &'a str,
    omp: &'a str,
    offence_day: PgDate,
    avis_date: PgDate,
    plate: Option<&'a str>,
    person: Option<&'a [u8]>,
    forfaitaire_cents: i64,
    minoree_cents: Option<i64>,
    majoree_cents: i64,
    requete_deadline: PgDate,
    prescription: PgDate,
}

/// Writes the first issues of avis, which are new. Returns how many.
pub(crate) fn avis_insert(
    conn: &mut PgConnection,
    issues: &[&AvisIssue],
) -> Result<usize, StoreError> {
    if issues.is_empty() {
        return Ok(0);
    }
    let rows: Vec<NewAvis<'_>> = issues
        .iter()
        .map(|issue| NewAvis {
            number: issue.number,
            lot_id: &issue.lot_id,
            verdict_lot: Some(&issue.verdict_lot),
            member_id: &issue.member_id,
            issue: issue.issue,
            id_mif: issue.id_mif,
            siren: issue.siren,
            natinf: issue.natinf,
            class: issue.class,
            commune: &issue.commune,
            omp: &issue.omp,
            offence_day: pg_date(issue.offence_day),
            avis_date: pg_date(issue.avis_date),
            plate: issue.plate.as_deref(),
            person: Some(&issue.person),
            forfaitaire_cents: issue.forfaitaire_cents,
            minoree_cents: issue.minoree_cents,
            majoree_cents: issue.majoree_cents,
            requete_deadline: pg_date(issue.requete_deadline),
            prescription: pg_date(issue.prescription),
        })
        .collect();
    Ok(diesel::copy_from(avis::table)
        .from_insertable(&rows)
        .execute(conn)?)
}

/// Takes in later issues: the document and its dates are those of the newest issue; facts of the offence do not change.
pub(crate) fn avis_update(
    conn: &mut PgConnection,
    issues: &[&AvisIssue],
) -> Result<usize, StoreError> {
    if issues.is_empty() {
        return Ok(0);
    }
    let dates = |of: fn(&AvisIssue) -> Date| issues.iter().map(|i| pg_date(of(i))).collect();
    let (avis_dates, deadlines): (Vec<PgDate>, Vec<PgDate>) =
        (dates(|i| i.avis_date), dates(|i| i.requete_deadline));
    Ok(diesel::sql_query(
        "UPDATE avis a SET lot_id = e.lot_id, member_id = e.member_id, issue = e.issue, \
                           avis_date = e.avis_date, requete_deadline = e.requete_deadline \
         FROM (SELECT DISTINCT ON (avis) * FROM unnest($1, $2, $3, $4, $5, $6) \
               AS u(avis, lot_id, member_id, issue, avis_date, requete_deadline) \
               ORDER BY avis, issue DESC) e \
         WHERE a.avis = e.avis AND a.issue < e.issue",
    )
    .bind::<Array<BigInt>, _>(issues.iter().map(|i| i.number).collect::<Vec<_>>())
    .bind::<Array<Binary>, _>(
        issues
            .iter()
            .map(|i| i.lot_id.as_slice())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<Text>, _>(
        issues
            .iter()
            .map(|i| i.member_id.as_str())
            .collect::<Vec<_>>(),
    )
    .bind::<Array<SmallInt>, _>(issues.iter().map(|i| i.issue).collect::<Vec<_>>())
    .bind::<Array<SqlDate>, _>(avis_dates)
    .bind::<Array<SqlDate>, _>(deadlines)
    .execute(conn)?)
}

/// Sends the contestations that waited for these avis to their OMP. Returns how many.
pub(crate) fn route(
    conn: &mut PgConnection,
    substitutes: &Substitutes,
    avis: &[i64],
) -> Result<usize, StoreError> {
    if avis.is_empty() {
        return Ok(0);
    }
    Ok(
        diesel::sql_query(routing_sql("AND a.avis = ANY($3)", "FOR UPDATE OF c"))
            .bind::<Array<Text>, _>(&substitutes.omps)
            .bind::<Array<Text>, _>(&substitutes.by)
            .bind::<Array<BigInt>, _>(avis)
            .execute(conn)?,
    )
}

/// Who acts in the place of which OMP on a day, one beside the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Substitutes {
    /// Those who are replaced.
    pub(crate) omps: Vec<String>,
    /// Those who act.
    pub(crate) by: Vec<String>,
}

impl Substitutes {
    /// Those of the law on a day (CPP 46 to 48).
    pub(crate) fn of(law: &Law, on: Date) -> Self {
        let mut found = Self::default();
        for row in &law.substitutions {
            let omp = row.omp.to_string();
            let acting = law.substitution(&row.omp, on);
            if let Some(acting) = acting.filter(|_| !found.omps.contains(&omp)) {
                found.by.push(acting.by.to_string());
                found.omps.push(omp);
            }
        }
        found
    }

    /// The OMP for which one acts: itself, unless another acts for it, and those whom it replaces.
    pub(crate) fn acts_for(&self, omp: &str) -> Vec<String> {
        let is_replaced = self.omps.iter().any(|replaced| replaced == omp);
        let replaced = self.omps.iter().zip(&self.by);
        replaced
            .filter(|(_, acting)| *acting == omp)
            .map(|(replaced, _)| replaced.clone())
            .chain((!is_replaced).then(|| omp.to_owned()))
            .collect()
    }
}

/// Whether an avis is an OMP's: by the place of its offence, or because a file about it is theirs.
pub(crate) fn is_of_omp(conn: &mut PgConnection, avis: i64, omp: &str) -> Result<bool, StoreError> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_theirs: bool,
    }
    let row: Row = diesel::sql_query(
        "SELECT EXISTS (SELECT 1 FROM avis WHERE avis = $1 AND omp = $2) \
             OR EXISTS (SELECT 1 FROM contestation WHERE avis_number = $1 AND omp = $2) AS is_theirs",
    )
    .bind::<BigInt, _>(avis)
    .bind::<Text, _>(omp)
    .get_result(conn)?;
    Ok(row.is_theirs)
}

/// The statement that routes; `lock` orders writers, so that two of them never wait for each other in a circle.
/// States stand in the text, for an index on part of a table serves no statement that names the part by a parameter.
pub(super) fn routing_sql(condition: &str, lock: &str) -> String {
    let (from, to) = (Step::ROUTE.from(), Step::ROUTE.to());
    let in_time = in_time_sql("c", "a.requete_deadline");
    format!(
        "WITH found AS MATERIALIZED ( \
             SELECT c.id, coalesce(s.acting, a.omp) AS omp, a.prescription, {in_time} AS in_time \
             FROM contestation c JOIN avis a ON a.avis = c.avis_number \
                 LEFT JOIN unnest($1, $2) AS s(omp, acting) ON s.omp = a.omp \
             WHERE c.state = '{from}' {condition} ORDER BY c.id {lock}) \
         UPDATE contestation c SET state = '{to}', omp = found.omp, \
             prescription = found.prescription, version = c.version + 1, \
             admissible_deadline_ok = found.in_time \
         FROM found WHERE c.id = found.id AND c.state = '{from}'"
    )
}
