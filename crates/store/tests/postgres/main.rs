//! The store on a real PostgreSQL, started for these tests alone.

#[cfg(test)]
mod connections;
#[cfg(test)]
mod copy;
#[cfg(test)]
mod done_lots;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod outbox;
#[cfg(test)]
mod outbox_faults;
#[cfg(test)]
mod positions;
#[cfg(test)]
mod quarantine;
#[cfg(test)]
mod support;
