//! The account that PostgreSQL runs as, since it refuses to run as root.

use std::fs;
use std::path::Path;

use crate::error::{StackError, file_error};

/// An account of the operating system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OsUser {
    /// Login name.
    pub name: String,
    /// Numeric user id.
    pub uid: u32,
    /// Numeric id of the main group.
    pub gid: u32,
}

impl OsUser {
    /// The account for a server that must not be root: `None` when this process is not root (then the
    /// server simply runs as we do), else `postgres`, else `nobody`.
    pub(crate) fn unprivileged() -> Result<Option<Self>, StackError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        let path = Path::new("/etc/passwd");
        let passwd = fs::read_to_string(path).map_err(file_error("read", path))?;
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| find(&passwd, name))
            .map(Some)
            .ok_or_else(|| StackError::Missing {
                what: "an unprivileged account (postgres or nobody)".to_owned(),
                remedy: "install the Debian package postgresql".to_owned(),
            })
    }
}

/// Finds an account in the text of `/etc/passwd` (passwd(5)).
fn find(passwd: &str, name: &str) -> Option<OsUser> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then(|| OsUser {
            name: name.to_owned(),
            uid,
            gid,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0:root:/:/bin/sh\n\
        postgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/bash\n\
        nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let user = find(PASSWD, "postgres").unwrap();
        assert_eq!((user.uid, user.gid), (101, 104));
        assert_eq!(find(PASSWD, "post"), None);
    }

    #[test]
    fn root_is_never_taken() {
        assert_eq!(find(PASSWD, "root"), None);
    }
}
