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

/// Name of the role that may read all schemas and write none.
pub const RECONCILE_ROLE: &str = "reconcile";
