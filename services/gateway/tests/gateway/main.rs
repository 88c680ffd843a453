//! The gateway on a real broker and a real database.

mod faults;
mod receipts;
mod submissions;
// Marked as a test so that clippy lets it unwrap.
#[cfg(test)]
mod world;
