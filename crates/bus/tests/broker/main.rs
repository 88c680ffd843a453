//! The bus on a real broker.

mod admin;
mod broadcast;
mod faults;
mod group;
mod producer;
mod rebalance;
// Marked as a test so that clippy lets it unwrap.
#[cfg(test)]
mod support;
