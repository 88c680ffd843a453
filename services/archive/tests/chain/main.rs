//! The archive on a real Kafka and a real PostgreSQL.

#[cfg(test)]
mod archive;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod search;
#[cfg(test)]
mod support;
