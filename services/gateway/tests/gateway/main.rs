//! The gateway on a real broker and a real database.

// Marked as tests so that clippy lets them unwrap.
#[cfg(test)]
mod connections;
mod faults;
mod limits;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod photos;
mod receipts;
#[cfg(test)]
mod reports;
mod seals;
mod submissions;
mod tls;
#[cfg(test)]
mod world;
