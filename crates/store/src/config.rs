//! What a service is told about its database.

use serde::Deserialize;

use crate::error::StoreError;

/// How a service reaches its database, and the limits of its sessions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseConfig {
    /// A libpq keyword string, such as `host=/run/pg user=cnt_edition dbname=cnt passfile=/etc/cnt/pgpass`.
    /// It must not carry a password: `passfile` (or `sslcert`) names the file that holds the secret.
    pub conninfo: String,
    /// The most connections a [`Pool`](crate::Pool) opens.
    #[serde(default = "default_pool_size")]
    pub pool_size: usize,
    /// After how many milliseconds the server cancels a statement; 0 means never.
    #[serde(default = "default_statement_timeout_ms")]
    pub statement_timeout_ms: u32,
    /// After how many milliseconds the server gives up waiting for a lock; 0 means never.
    #[serde(default = "default_lock_timeout_ms")]
    pub lock_timeout_ms: u32,
    /// The name under which the sessions stand in `pg_stat_activity`.
    #[serde(default = "default_application_name")]
    pub application_name: String,
}

fn default_pool_size() -> usize {
    4
}

/// A lot takes tens of milliseconds; thirty seconds mean that something is wrong with the server.
fn default_statement_timeout_ms() -> u32 {
    30_000
}

/// Below the statement timeout, so that the message names the lock and not the statement.
fn default_lock_timeout_ms() -> u32 {
    10_000
}

fn default_application_name() -> String {
    "cnt".to_owned()
}

impl DatabaseConfig {
    /// The configuration with the default limits.
    pub fn new(conninfo: impl Into<String>, application_name: impl Into<String>) -> Self {
        Self {
            conninfo: conninfo.into(),
            pool_size: default_pool_size(),
            statement_timeout_ms: default_statement_timeout_ms(),
            lock_timeout_ms: default_lock_timeout_ms(),
            application_name: application_name.into(),
        }
    }

    /// Checks what can be checked without a server.
    ///
    /// # Errors
    /// [`StoreError::Configuration`] when the connection string is no keyword string or carries a
    /// password, or when the pool is empty.
    pub fn check(&self) -> Result<(), StoreError> {
        let refuse = |reason: &str| {
            Err(StoreError::Configuration {
                reason: reason.to_owned(),
            })
        };
        if self.pool_size == 0 {
            return refuse("pool_size must be at least 1");
        }
        match keywords(&self.conninfo) {
            None => refuse("conninfo must be a libpq keyword string (key=value …)"),
            Some(found) if found.iter().any(|keyword| keyword == "password") => {
                refuse("conninfo must not carry a password; name a file with passfile=")
            }
            Some(_) => Ok(()),
        }
    }

    /// The connection string with our defaults in front: libpq lets a later keyword win.
    pub(crate) fn conninfo_with_defaults(&self) -> String {
        format!(
            "connect_timeout=5 keepalives_idle=30 keepalives_interval=5 keepalives_count=4 {}",
            self.conninfo
        )
    }
}

/// The keywords of a libpq connection string, in order; `None` when it is not well formed.
///
/// The grammar is that of libpq (documentation of PostgreSQL 15, §34.1.1.1): `keyword = value`, spaces around
/// the sign are allowed, a value is quoted by `'`, and a backslash takes the next character as it is.
fn keywords(conninfo: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = conninfo.chars().peekable();
    loop {
        while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return Some(found);
        }
        let mut keyword = String::new();
        while let Some(c) = rest.next_if(|c| *c != '=' && !c.is_ascii_whitespace()) {
            keyword.push(c);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if keyword.is_empty() || !keyword.chars().all(plain) {
            return None;
        }
        found.push(keyword);
        while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        rest.next_if_eq(&'=')?;
        while rest.next_if(|c| c.is_ascii_whitespace()).is_some() {}
        skip_value(&mut rest)?;
    }
}

/// Skips one value; `None` when its quote is never closed.
fn skip_value(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<()> {
    let quoted = rest.next_if_eq(&'\'').is_some();
    loop {
        match rest.peek() {
            None => return (!quoted).then_some(()),
            Some('\'') if quoted => {
                rest.next();
                return Some(());
            }
            Some(c) if !quoted && c.is_ascii_whitespace() => return Some(()),
            Some('\\') => {
                rest.next();
                rest.next();
            }
            Some(_) => {
                rest.next();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn checked(conninfo: &str) -> Result<(), StoreError> {
        DatabaseConfig::new(conninfo, "test").check()
    }

    #[test]
    fn a_password_is_refused_wherever_it_stands() {
        assert!(checked("host=/run/pg dbname=cnt passfile=/etc/pgpass").is_ok());
        assert!(checked("").is_ok());
        for bad in [
            "password=secret",
            "host=x password = 'se cret'",
            "host='a\\'b' password=x",
            "postgres://u:p@h/db",
            "postgresql://u@h/db?password=x",
            "host",
            "host='open",
        ] {
            assert!(checked(bad).is_err(), "{bad}");
        }
        // Inside a quoted value it is a value.
        assert!(checked("application_name='x password=y'").is_ok());
    }

    #[test]
    fn the_configuration_has_defaults_and_no_unknown_members() {
        let config: DatabaseConfig = serde_json::from_str(r#"{"conninfo": "host=/x"}"#).unwrap();
        assert_eq!(config, DatabaseConfig::new("host=/x", "cnt"));
        assert!(serde_json::from_str::<DatabaseConfig>(r#"{"conninfo": "", "x": 1}"#).is_err());
        let empty = DatabaseConfig {
            pool_size: 0,
            ..config
        };
        assert!(empty.check().is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in ".{0,80}") {
            let _parsed = keywords(&text);
        }

        #[test]
        fn written_keywords_come_back(pairs in prop::collection::vec(("[a-z_]{1,12}", ".{0,12}"), 0..6)) {
            let mut text = String::new();
            for (keyword, value) in &pairs {
                let escaped = value.replace('\\', "\\\\").replace('\'', "\\'");
                text.push_str(&format!("{keyword} = '{escaped}' "));
            }
            let written: Vec<String> = pairs.into_iter().map(|(keyword, _)| keyword).collect();
            prop_assert_eq!(keywords(&text), Some(written));
        }
    }
}
