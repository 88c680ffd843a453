//! The passwords of the cluster's roles, in a file that libpq reads by itself (`passfile`).

use std::path::{Path, PathBuf};

use crate::error::StackError;
use crate::files;
use crate::random::random_hex;

/// libpq's password file: one `host:port:database:user:password` a line. Debug output shows names only.
pub(super) struct PasswordFile {
    path: PathBuf,
    entries: Vec<(String, String)>,
}

impl PasswordFile {
    /// Where the file lies in a stack's directory.
    pub(super) fn path_in(dir: &Path) -> PathBuf {
        secrets(dir).join("pgpass")
    }

    /// Reads the file, if there is one already.
    pub(super) fn open(dir: &Path) -> Result<Self, StackError> {
        files::create_dir(&secrets(dir), 0o700)?;
        let path = Self::path_in(dir);
        let text = files::read(&path)?.unwrap_or_default();
        Ok(Self {
            path,
            entries: text.lines().filter_map(parse).collect(),
        })
    }

    /// Removes the file and its directory.
    pub(super) fn remove(dir: &Path) -> Result<(), StackError> {
        files::remove_tree(&secrets(dir))
    }

    /// Password of a role; made and written down the first time.
    pub(super) fn of(&mut self, role: &str) -> Result<String, StackError> {
        if let Some((_, password)) = self.entries.iter().find(|(name, _)| name == role) {
            return Ok(password.clone());
        }
        let password = random_hex::<24>()?;
        self.entries.push((role.to_owned(), password.clone()));
        let text: String = self
            .entries
            .iter()
            .map(|(role, password)| format!("*:*:*:{role}:{password}\n"))
            .collect();
        files::write(&self.path, &text, 0o600)?;
        Ok(password)
    }
}

impl std::fmt::Debug for PasswordFile {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("PasswordFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

fn secrets(dir: &Path) -> PathBuf {
    dir.join("secrets")
}

fn parse(line: &str) -> Option<(String, String)> {
    let (rest, password) = line.rsplit_once(':')?;
    let (_, role) = rest.rsplit_once(':')?;
    Some((role.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_made_once_and_found_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut passwords = PasswordFile::open(dir.path()).unwrap();
        let first = passwords.of("cnt_a").unwrap();
        assert_ne!(first, passwords.of("cnt_b").unwrap());
        assert_eq!(first.len(), 48);
        assert_eq!(
            PasswordFile::open(dir.path()).unwrap().of("cnt_a").unwrap(),
            first
        );
        assert!(!format!("{passwords:?}").contains(&first));
    }
}
