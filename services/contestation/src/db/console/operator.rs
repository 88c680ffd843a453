//! Operators and their sessions: what the service itself keeps, and the console's role never reads.

use cnt_store::{PgConnection, StoreError};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Integer, Nullable, Text};

use crate::db::prepared::Prepare as _;

/// What proves that somebody is an operator.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Access {
    /// Argon2id, in PHC form.
    #[diesel(sql_type = Text)]
    pub(crate) password: String,
    /// Secret of the one-time codes.
    #[diesel(sql_type = Binary)]
    pub(crate) totp_secret: Vec<u8>,
    /// The last step of time whose code was used.
    #[diesel(sql_type = BigInt)]
    pub(crate) totp_step: i64,
}

/// An operator who may enter, by login.
pub(crate) fn access(conn: &mut PgConnection, login: &str) -> Result<Option<Access>, StoreError> {
    Ok(diesel::sql_query(
        "SELECT password, totp_secret, totp_step FROM operator WHERE login = $1 AND disabled_at IS NULL",
    )
    .bind::<Text, _>(login)
    .get_result(conn)
    .optional()?)
}

/// The operator whose card it is, by the SHA-256 of its certificate.
pub(crate) fn holder(
    conn: &mut PgConnection,
    certificate: &[u8; 32],
) -> Result<Option<String>, StoreError> {
    #[derive(QueryableByName)]
    struct Holder {
        #[diesel(sql_type = Text)]
        login: String,
    }
    let holder: Option<Holder> = diesel::sql_query(
        "SELECT login FROM operator WHERE certificate = $1 AND disabled_at IS NULL",
    )
    .bind::<Binary, _>(certificate.as_slice())
    .get_result(conn)
    .optional()?;
    Ok(holder.map(|holder| holder.login))
}

/// Opens a session; false when the code's step was used before, also by a request at the same time.
pub(crate) fn session_open(
    conn: &mut PgConnection,
    login: &str,
    token_sha256: &[u8; 32],
    totp_step: Option<i64>,
    (idle_minutes, hours): (i32, i32),
) -> Result<bool, StoreError> {
    conn.transaction(|conn| {
        if let Some(step) = totp_step {
            let taken = diesel::sql_query(
                "UPDATE operator SET totp_step = $2 WHERE login = $1 AND totp_step < $2",
            )
            .bind::<Text, _>(login)
            .bind::<BigInt, _>(step)
            .execute(conn)?;
            if taken == 0 {
                return Ok(false);
            }
        }
        diesel::sql_query(
            "INSERT INTO operator_session (token_sha256, login, idle, ends_at) \
             VALUES ($1, $2, make_interval(mins => $3), clock_timestamp() + make_interval(hours => $4))",
        )
        .bind::<Binary, _>(token_sha256.as_slice())
        .bind::<Text, _>(login)
        .bind::<Integer, _>(idle_minutes)
        .bind::<Integer, _>(hours)
        .execute(conn)?;
        entry(conn, login, "entered")?;
        Ok(true)
    })
}

/// Ends a session, which journals who left.
pub(crate) fn session_end(
    conn: &mut PgConnection,
    token_sha256: &[u8; 32],
) -> Result<(), StoreError> {
    diesel::sql_query(
        "WITH ended AS (UPDATE operator_session SET ended_at = clock_timestamp() \
                        WHERE token_sha256 = $1 AND ended_at IS NULL RETURNING login) \
         INSERT INTO operator_entry (login, what) SELECT login, 'left' FROM ended",
    )
    .bind::<Binary, _>(token_sha256.as_slice())
    .execute(conn)?;
    Ok(())
}

/// Journals that somebody came or was refused.
pub(crate) fn entry(conn: &mut PgConnection, login: &str, what: &str) -> Result<(), StoreError> {
    diesel::sql_query("INSERT INTO operator_entry (login, what) VALUES ($1, $2)")
        .bind::<Text, _>(login)
        .bind::<Text, _>(what)
        .execute(conn)?;
    Ok(())
}

/// An operator as they are set up.
#[derive(Clone)]
pub(crate) struct NewOperator<'a> {
    /// Their login.
    pub(crate) login: &'a str,
    /// Their name.
    pub(crate) name: &'a str,
    /// Their OMP.
    pub(crate) omp: &'a str,
    /// Word of the role.
    pub(crate) role: &'a str,
    /// Argon2id, in PHC form.
    pub(crate) password: &'a str,
    /// Secret of the one-time codes.
    pub(crate) totp_secret: &'a [u8],
    /// SHA-256 of the card's authentication certificate.
    pub(crate) certificate: Option<[u8; 32]>,
}

/// Sets an operator up, or anew: their sessions end.
pub(crate) fn operator_put(
    conn: &mut PgConnection,
    new: &NewOperator<'_>,
) -> Result<(), StoreError> {
    conn.transaction(|conn| {
        diesel::sql_query(
            "INSERT INTO operator (login, name, omp, role, password, totp_secret, certificate) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (login) DO UPDATE SET name = excluded.name, omp = excluded.omp, role = excluded.role, \
                 password = excluded.password, totp_secret = excluded.totp_secret, \
                 certificate = excluded.certificate, totp_step = 0, disabled_at = NULL",
        )
        .bind::<Text, _>(new.login)
        .bind::<Text, _>(new.name)
        .bind::<Text, _>(new.omp)
        .bind::<Text, _>(new.role)
        .bind::<Text, _>(new.password)
        .bind::<Binary, _>(new.totp_secret)
        .bind::<Nullable<Binary>, _>(new.certificate.as_ref().map(<[u8; 32]>::as_slice))
        .execute(conn)?;
        diesel::sql_query(
            "UPDATE operator_session SET ended_at = clock_timestamp() WHERE login = $1 AND ended_at IS NULL",
        )
        .bind::<Text, _>(new.login)
        .execute(conn)?;
        Ok(())
    })
}

/// Another operator of the same OMP.
#[derive(Debug, Clone, QueryableByName)]
pub(crate) struct Colleague {
    /// Their login.
    #[diesel(sql_type = Text)]
    pub(crate) login: String,
    /// Their name.
    #[diesel(sql_type = Text)]
    pub(crate) name: String,
    /// Word of the role.
    #[diesel(sql_type = Text)]
    pub(crate) role: String,
}

/// The operators of the session's OMP.
pub(crate) fn colleagues(conn: &mut PgConnection) -> Result<Vec<Colleague>, StoreError> {
    Ok(
        diesel::sql_query("SELECT login, name, role FROM console_operators()")
            .prepared()
            .load(conn)?,
    )
}
