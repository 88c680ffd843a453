//! Where the cluster lies: in the stack's directory if the server's account can get there.

use std::fs::DirBuilder;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::config::StackConfig;
use crate::error::{StackError, file_error};
use crate::files;
use crate::random::random_hex;
use crate::user::OsUser;

/// Longest path of a socket: `sun_path` of unix(7) has 108 bytes, of which PostgreSQL uses 107.
const SOCKET_PATH_BYTES_MAX: usize = 100;
/// The longest name PostgreSQL gives a socket, its lock included.
const SOCKET_NAME_LONGEST: &str = ".s.PGSQL.65535.lock";
/// Where a cluster goes that cannot lie in the stack's directory. Kept over a reboot.
const FALLBACK_HOME: &str = "/var/tmp/cnt-postgres-";
/// Where a socket goes whose path would be too long.
const FALLBACK_SOCKET: &str = "/tmp/cnt-socket-";

/// The cluster's directories and their owner.
#[derive(Debug, Clone)]
pub(super) struct Home {
    /// Directory that holds everything else, for the owner alone.
    pub(super) root: PathBuf,
    /// The cluster's data directory.
    pub(super) data: PathBuf,
    /// Directory of the socket.
    pub(super) socket_dir: PathBuf,
    /// The account that the server runs as; `None` for our own.
    pub(super) owner: Option<OsUser>,
}

impl Home {
    /// Finds or creates the directories.
    pub(super) fn prepare(config: &StackConfig) -> Result<Self, StackError> {
        let owner = OsUser::unprivileged()?;
        let root = match files::read(&root_pointer(config))? {
            Some(path) if Path::new(path.trim()).is_dir() => PathBuf::from(path.trim()),
            _ => create_root(config, owner.as_ref())?,
        };
        let socket_dir = socket_dir(config, &root, owner.as_ref())?;
        Ok(Self {
            data: root.join("data"),
            root,
            socket_dir,
            owner,
        })
    }

    /// A command that runs as the owner, in the cluster's directory.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = as_user(self.owner.as_ref(), program);
        command.current_dir(&self.root);
        command
    }

    /// Removes every directory that [`Home::prepare`] created for this stack.
    pub(super) fn remove(config: &StackConfig) -> Result<(), StackError> {
        for (pointer, prefix) in [
            (root_pointer(config), FALLBACK_HOME),
            (socket_pointer(config), FALLBACK_SOCKET),
        ] {
            let target = files::read(&pointer)?;
            if let Some(path) = target.as_deref().map(str::trim)
                && path
                    .strip_prefix(prefix)
                    .is_some_and(|rest| !rest.contains('/'))
            {
                files::remove_tree(Path::new(path))?;
            }
            files::remove_file(&pointer)?;
        }
        files::remove_tree(&config.dir.join("postgres"))
    }
}

/// A command that runs as `user`, or as ourselves.
fn as_user(user: Option<&OsUser>, program: &Path) -> Command {
    let Some(user) = user else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={}", user.uid))
        .arg(format!("--regid={}", user.gid));
    command.args(["--clear-groups", "--"]).arg(program);
    command
}

fn root_pointer(config: &StackConfig) -> PathBuf {
    config.dir.join("postgres.path")
}

fn socket_pointer(config: &StackConfig) -> PathBuf {
    config.dir.join("postgres-socket.path")
}

fn create_root(config: &StackConfig, owner: Option<&OsUser>) -> Result<PathBuf, StackError> {
    let inside = config.dir.join("postgres");
    files::create_dir(&inside, 0o700)?;
    files::give(&inside, owner)?;
    if reachable(&inside, owner)? {
        return Ok(inside);
    }
    files::remove_tree(&inside)?;
    let outside = create_fallback(FALLBACK_HOME, owner)?;
    tracing::debug!(postgres.home = %outside.display(), "Put the cluster where its account can get");
    files::write(&root_pointer(config), &outside.to_string_lossy(), 0o600)?;
    Ok(outside)
}

/// Whether the account can enter the directory, which also asks every directory above it.
fn reachable(dir: &Path, owner: Option<&OsUser>) -> Result<bool, StackError> {
    if owner.is_none() {
        return Ok(true);
    }
    let test = Path::new("test");
    let mut command = as_user(owner, test);
    command.arg("-x").arg(dir).current_dir("/");
    command
        .status()
        .map(|status| status.success())
        .map_err(file_error("run", Path::new("setpriv")))
}

fn socket_dir(
    config: &StackConfig,
    root: &Path,
    owner: Option<&OsUser>,
) -> Result<PathBuf, StackError> {
    let inside = root.join("socket");
    if inside.as_os_str().as_bytes().len() + 1 + SOCKET_NAME_LONGEST.len() < SOCKET_PATH_BYTES_MAX {
        files::create_dir(&inside, 0o700)?;
        files::give(&inside, owner)?;
        return Ok(inside);
    }
    let pointer = socket_pointer(config);
    if let Some(path) = files::read(&pointer)?.map(|text| PathBuf::from(text.trim()))
        && path.is_dir()
    {
        return Ok(path);
    }
    let outside = create_fallback(FALLBACK_SOCKET, owner)?;
    files::write(&pointer, &outside.to_string_lossy(), 0o600)?;
    Ok(outside)
}

/// Creates a directory with a random name in a place that everybody may write to. It must be new:
/// somebody else's directory is never taken over.
fn create_fallback(prefix: &str, owner: Option<&OsUser>) -> Result<PathBuf, StackError> {
    let path = PathBuf::from(format!("{prefix}{}", random_hex::<8>()?));
    DirBuilder::new()
        .mode(0o700)
        .create(&path)
        .map_err(file_error("create", &path))?;
    files::give(&path, owner)?;
    Ok(path)
}
