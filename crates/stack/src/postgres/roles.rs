//! Roles, schemas and rights, as SQL for the superuser.

use std::fmt::Write;

use crate::error::StackError;

/// A role to be provisioned. Its name in the database is `cnt_NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseRole {
    /// A service: owns the schema `NAME`, finds its tables there and nowhere else, and has no right on
    /// anybody else's.
    Service {
        /// The service's name, which is also its schema's.
        name: String,
    },
    /// A guest in a service's schema: finds its tables there, and may do with them what that service's migrations grant,
    /// which is nothing at first.
    Guest {
        /// The guest's name.
        name: String,
        /// The service.
        of: String,
    },
    /// A reader of every service's tables, present and future, for the reconciliation: may change
    /// nothing. It names tables with their schema.
    ReadAll {
        /// The reader's name.
        name: String,
    },
}

impl DatabaseRole {
    /// A service's role.
    #[must_use]
    pub fn service(name: &str) -> Self {
        Self::Service {
            name: name.to_owned(),
        }
    }

    /// A guest in the schema of a service.
    #[must_use]
    pub fn guest(name: &str, of: &str) -> Self {
        Self::Guest {
            name: name.to_owned(),
            of: of.to_owned(),
        }
    }

    /// A role that reads all schemas.
    #[must_use]
    pub fn read_all(name: &str) -> Self {
        Self::ReadAll {
            name: name.to_owned(),
        }
    }

    /// Name as given.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Service { name } | Self::Guest { name, .. } | Self::ReadAll { name } => name,
        }
    }

    /// Name in the database.
    #[must_use]
    pub fn database_role(&self) -> String {
        database_role(self.name())
    }
}

pub(super) fn database_role(name: &str) -> String {
    format!("cnt_{name}")
}

/// Names go into SQL as they are, so that only harmless ones are let in.
pub(super) fn check_name(name: &str) -> Result<(), StackError> {
    let head = name.starts_with(|first: char| first.is_ascii_lowercase());
    let tail = name
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if head && tail && name.len() <= 40 {
        return Ok(());
    }
    Err(StackError::RoleName {
        name: name.to_owned(),
    })
}

/// Statements with a password must never reach the server's log, not even when they fail.
const UNLOGGED: &str = "SET log_min_error_statement = panic;\nSET log_statement = 'none';\n\
    SET log_min_duration_statement = -1;\n";

/// What belongs to the whole cluster: the database, and roles with their passwords (hexadecimal).
pub(super) fn cluster_sql(database: &str, roles: &[(&DatabaseRole, String)]) -> String {
    let mut sql = format!(
        "{UNLOGGED}\
SELECT 'CREATE DATABASE {database}' WHERE NOT EXISTS \
(SELECT FROM pg_database WHERE datname = '{database}')
\\gexec
REVOKE ALL ON DATABASE {database}, postgres, template1 FROM PUBLIC;
"
    );
    for (role, password) in roles {
        let name = role.database_role();
        sql.push_str(&format_lines(&[
            format!(
                "SELECT 'CREATE ROLE {name}' WHERE NOT EXISTS \
                 (SELECT FROM pg_roles WHERE rolname = '{name}')"
            ),
            "\\gexec".to_owned(),
            format!(
                "ALTER ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION \
                 NOBYPASSRLS PASSWORD '{password}';"
            ),
        ]));
    }
    sql
}

/// What belongs to one database: schemas, search paths and rights. Services come first, whatever the
/// order given; a reader reads the schemas of all services provisioned so far, and a service that
/// comes later is opened to the readers there are.
pub(super) fn database_sql(database: &str, roles: &[DatabaseRole]) -> String {
    let mut sql = "SET client_min_messages = warning;\nBEGIN;\n\
        REVOKE ALL ON SCHEMA public FROM PUBLIC;\n"
        .to_owned();
    for role in roles {
        if let DatabaseRole::Service { name: schema } = role {
            let name = role.database_role();
            sql.push_str(&format_lines(&[
                format!("GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {name};"),
                format!("CREATE SCHEMA IF NOT EXISTS {schema} AUTHORIZATION {name};"),
                format!("COMMENT ON SCHEMA {schema} IS 'cnt service';"),
                format!("ALTER ROLE {name} IN DATABASE {database} SET search_path = {schema};"),
            ]));
        }
    }
    for role in roles {
        if let DatabaseRole::Guest { of, .. } = role {
            let name = role.database_role();
            sql.push_str(&format_lines(&[
                format!("GRANT CONNECT ON DATABASE {database} TO {name};"),
                format!("GRANT USAGE ON SCHEMA {of} TO {name};"),
                format!("ALTER ROLE {name} IN DATABASE {database} SET search_path = {of};"),
            ]));
        }
    }
    for role in roles {
        if let DatabaseRole::ReadAll { .. } = role {
            let name = role.database_role();
            sql.push_str(&format_lines(&[
                format!("GRANT CONNECT ON DATABASE {database} TO {name};"),
                format!("COMMENT ON ROLE {name} IS 'cnt reader';"),
                format!("ALTER ROLE {name} IN DATABASE {database} SET search_path = pg_catalog;"),
                format!("ALTER ROLE {name} SET default_transaction_read_only = on;"),
            ]));
        }
    }
    sql.push_str(GRANT_READERS);
    sql.push_str("COMMIT;\n");
    sql
}

/// Opens every service's schema to every reader.
const GRANT_READERS: &str = "\
DO $$
DECLARE
  service record;
  reader name;
BEGIN
  FOR service IN
    SELECT nspname AS schema, pg_get_userbyid(nspowner) AS owner FROM pg_namespace
    WHERE obj_description(oid, 'pg_namespace') = 'cnt service'
  LOOP
    FOR reader IN
      SELECT rolname FROM pg_roles WHERE shobj_description(oid, 'pg_authid') = 'cnt reader'
    LOOP
      EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', service.schema, reader);
      EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA %I TO %I', service.schema, reader);
      EXECUTE format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA %I GRANT SELECT ON TABLES TO %I',
                     service.owner, service.schema, reader);
    END LOOP;
  END LOOP;
END
$$;
";

fn format_lines(lines: &[String]) -> String {
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing to a String cannot fail.
        let _written = writeln!(text, "{line}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_names_are_let_in() {
        for name in ["validation", "a1_b"] {
            check_name(name).unwrap();
        }
        for name in ["", "A", "1a", "a-b", "a b", "a;drop", "é", &"a".repeat(41)] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
