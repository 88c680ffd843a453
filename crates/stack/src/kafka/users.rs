//! Who may connect to the broker, and their passwords.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::config::{KAFKA_ADMIN, StackConfig};
use crate::error::StackError;
use crate::files;
use crate::random::random_hex;

/// The broker's users. `Debug` is absent on purpose: passwords are in here.
pub(super) struct Users {
    admin_password: String,
    /// Name and password, the administrator's included.
    all: Vec<(String, String)>,
}

/// Where a user's password lies.
pub(super) fn password_file(dir: &Path, user: &str) -> PathBuf {
    home(dir).join(user)
}

/// Removes all passwords.
pub(super) fn remove(dir: &Path) -> Result<(), StackError> {
    files::remove_tree(&home(dir))
}

fn home(dir: &Path) -> PathBuf {
    dir.join("secrets").join("kafka")
}

impl Users {
    /// The users of a configuration; none when it asks for an open broker. Passwords are made the first time, as long
    /// as the storage is not formatted: later the broker would not know them.
    pub(super) fn of(config: &StackConfig, formatted: bool) -> Result<Option<Self>, StackError> {
        if config.kafka_users.is_empty() {
            return Ok(None);
        }
        files::create_dir(&config.dir.join("secrets"), 0o700)?;
        files::create_dir(&home(&config.dir), 0o700)?;
        let password = |user: &str| {
            let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit();
            if user.is_empty() || !user.chars().all(|letter| plain(letter) || letter == '-') {
                return Err(StackError::RoleName {
                    name: user.to_owned(),
                });
            }
            let path = password_file(&config.dir, user);
            if let Some(text) = files::read(&path)? {
                return Ok(text.trim_end().to_owned());
            }
            if formatted {
                return Err(StackError::KafkaUser {
                    dir: config.dir.clone(),
                    user: user.to_owned(),
                });
            }
            let password = random_hex::<24>()?;
            files::write(&path, &format!("{password}\n"), 0o600)?;
            Ok(password)
        };
        let admin_password = password(KAFKA_ADMIN)?;
        let mut all = vec![(KAFKA_ADMIN.to_owned(), admin_password.clone())];
        for user in &config.kafka_users {
            all.push((user.clone(), password(user)?));
        }
        Ok(Some(Self {
            admin_password,
            all,
        }))
    }

    /// What the storage tool is told, so that the users are there with the broker's first breath.
    pub(super) fn format_arguments(&self) -> String {
        let mut text = String::new();
        for (user, password) in &self.all {
            // Writing into a String cannot fail.
            _ = write!(
                text,
                " --add-scram SCRAM-SHA-512=[name={user},password={password}]"
            );
        }
        text
    }

    /// The broker's settings: SCRAM for clients and for itself; for the controller, which must know its only client
    /// before it has read what SCRAM knows, a password in this file; no right that no access list gives.
    pub(super) fn settings(&self) -> String {
        let password = &self.admin_password;
        format!(
            "\
listener.security.protocol.map=CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
listener.name.client.sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
listener.name.client.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
username=\"{KAFKA_ADMIN}\" password=\"{password}\";
listener.name.controller.sasl.enabled.mechanisms=PLAIN
sasl.mechanism.controller.protocol=PLAIN
listener.name.controller.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
username=\"{KAFKA_ADMIN}\" password=\"{password}\" user_{KAFKA_ADMIN}=\"{password}\";
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:{KAFKA_ADMIN}
allow.everyone.if.no.acl.found=false
"
        )
    }
}
