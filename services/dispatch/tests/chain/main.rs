//! Dispatch on a real Kafka and a real PostgreSQL.

#[cfg(test)]
mod dispatch;
#[cfg(test)]
mod support;
