//! The archive on a real Kafka and a real PostgreSQL.

#[cfg(test)]
mod archive;
#[cfg(test)]
mod evidence;
#[cfg(test)]
mod repair;
#[cfg(test)]
mod search;
#[cfg(test)]
mod support;
#[cfg(test)]
mod verify;
