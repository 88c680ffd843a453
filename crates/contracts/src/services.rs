//! The services of the chain, by name.

/// Every service. Its database role is `cnt_<name>`, its schema `<name>`, its environment prefix `CNT_<NAME>`.
pub const ALL: [&str; 7] = [
    "registry",
    "gateway",
    "validation",
    "edition",
    "dispatch",
    "contestation",
    "archive",
];

/// Every name under which a program of ours reaches the broker: the services, and [`RECONCILE_ROLE`].
pub fn principals() -> impl Iterator<Item = &'static str> {
    ALL.into_iter().chain([RECONCILE_ROLE])
}

/// Name of the role under which the console of the OMP reaches the database, in contestation's schema: it sees what the
/// session's operator may see, by the database's own policies.
pub const CONSOLE_ROLE: &str = "console";

/// Name of the role that may read all schemas, and of the principal that may read all topics; neither writes.
pub const RECONCILE_ROLE: &str = "reconcile";
