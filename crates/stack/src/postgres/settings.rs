//! The cluster's settings.

use super::home::Home;
use crate::config::{Durability, StackConfig};
use crate::error::StackError;
use crate::files;

/// Writes `postgresql.conf` and `pg_hba.conf` anew, so that the settings are ours at every start.
pub(super) fn write(config: &StackConfig, home: &Home, port: u16) -> Result<(), StackError> {
    // Only this one is relaxed. Without synchronous_commit a commit may still lie in the server's own
    // memory when it is killed, and without full_page_writes a killed write may leave half a page.
    let fsync = match config.durability {
        Durability::Durable => "on",
        Durability::Relaxed => "off",
    };
    let socket_dir = home.socket_dir.to_string_lossy().replace('\'', "''");
    let text = format!(
        "\
port = {port}
unix_socket_directories = '{socket_dir}'
fsync = {fsync}
full_page_writes = on
synchronous_commit = on
{SETTINGS}"
    );
    // The third holds what `ALTER SYSTEM` said: nothing of it survives a restart unseen.
    let files = [
        ("postgresql.conf", text.as_str()),
        ("pg_hba.conf", ACCESS),
        ("postgresql.auto.conf", ""),
    ];
    for (name, text) in files {
        let path = home.data.join(name);
        files::write(&path, text, 0o600)?;
        files::give(&path, home.owner.as_ref())?;
    }
    Ok(())
}

/// A password on both ways in; nothing for replication.
const ACCESS: &str = "\
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
";

/// What does not depend on where the cluster lies.
const SETTINGS: &str = "\
listen_addresses = '127.0.0.1'
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = '256MB'
max_wal_size = '4GB'
checkpoint_timeout = '15min'
wal_compression = on
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] %u@%d '
# The log holds no personal data: neither statements nor the key values of a violated constraint.
log_min_error_statement = panic
log_error_verbosity = terse
log_statement = 'none'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
";
