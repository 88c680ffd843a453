//! How a consumer of lots behaves.

use rdkafka::ClientConfig;

use crate::config::BusConfig;
use crate::error::BusError;

/// Configuration of a [`LotConsumer`](crate::LotConsumer).
#[derive(Clone, Debug)]
pub struct LotConsumerConfig {
    /// The broker.
    pub bus: BusConfig,
    /// Name of the group, e.g. `validation`. The partitions are shared among its members.
    pub group: String,
    /// Static identity of this member, e.g. `validation-0`: a restart within the session timeout finds its
    /// partitions again without a rebalance. Two live members of one identity fence each other off: the older
    /// one's `run` ends with an error.
    pub group_instance_id: Option<String>,
    /// The topics to read.
    pub topics: Vec<String>,
    /// Records in a lot at most.
    pub lot_records_max: usize,
    /// Bytes in a lot at most, but at least one record.
    pub lot_bytes_max: usize,
    /// How long to wait for more after the first record of a lot, in milliseconds; 0 takes what is there.
    pub linger_ms: u64,
    /// How often [`LotHandler::tick`](crate::LotHandler::tick) is called, in milliseconds.
    pub tick_interval_ms: u64,
    /// Bytes that are read ahead of the handler, over all partitions. The bound of the consumer's memory, with
    /// one fetch answer on top.
    pub prefetch_bytes_max: usize,
    /// A member not heard of for so long, in milliseconds, has lost its partitions. The broker's default allows
    /// 6,000 at least. Too short: a busy machine loses partitions; too long: a dead member's partitions wait.
    pub session_timeout_ms: u32,
    /// When partitions must be given back, or at shutdown, while a lot keeps failing: how long it is still tried,
    /// in milliseconds. Less than the session timeout.
    pub drain_timeout_ms: u32,
    /// Longest time that one call to the handler may take, in milliseconds; a handler that hangs for longer loses
    /// its partitions to somebody who works. More than the session timeout.
    pub handler_timeout_ms: u32,
    /// First delay after [`HandleError::Retry`](crate::HandleError::Retry), in milliseconds; it doubles.
    pub retry_backoff_min_ms: u64,
    /// Longest delay after a retry, in milliseconds.
    pub retry_backoff_max_ms: u64,
}

impl LotConsumerConfig {
    /// Defaults: lots of up to 500 records or 4 MiB without linger, 8 MiB read ahead, a tick each 200 ms, session
    /// 10 s, drain 5 s, handler 5 min, retries after 50 ms to 5 s, no static identity.
    pub fn new(
        bus: BusConfig,
        group: impl Into<String>,
        topics: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self {
            bus,
            group: group.into(),
            group_instance_id: None,
            topics: topics.into_iter().map(Into::into).collect(),
            lot_records_max: 500,
            lot_bytes_max: 4 << 20,
            linger_ms: 0,
            tick_interval_ms: 200,
            prefetch_bytes_max: 8 << 20,
            session_timeout_ms: 10_000,
            drain_timeout_ms: 5_000,
            handler_timeout_ms: 300_000,
            retry_backoff_min_ms: 50,
            retry_backoff_max_ms: 5_000,
        }
    }

    pub(super) fn validate(&self) -> Result<(), BusError> {
        let rules = [
            (!self.group.is_empty(), "group must not be empty"),
            (!self.topics.is_empty(), "topics must not be empty"),
            (self.lot_records_max > 0, "lot_records_max must be positive"),
            (self.lot_bytes_max > 0, "lot_bytes_max must be positive"),
            (
                self.tick_interval_ms > 0,
                "tick_interval_ms must be positive",
            ),
            (
                self.prefetch_bytes_max >= 1_024,
                "prefetch_bytes_max must be at least 1024",
            ),
            (
                self.drain_timeout_ms < self.session_timeout_ms,
                "drain_timeout_ms must be less than session_timeout_ms",
            ),
            (
                self.handler_timeout_ms > self.session_timeout_ms,
                "handler_timeout_ms must be more than session_timeout_ms",
            ),
            (
                self.linger_ms < u64::from(self.session_timeout_ms),
                "linger_ms must be less than session_timeout_ms",
            ),
            (
                self.retry_backoff_min_ms <= self.retry_backoff_max_ms,
                "retry_backoff_min_ms must not exceed retry_backoff_max_ms",
            ),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, message)) => Err(BusError::config(*message)),
            None => Ok(()),
        }
    }

    /// A name that differs between members, for the jitter.
    pub(super) fn member_name(&self) -> String {
        let member = self
            .group_instance_id
            .as_ref()
            .unwrap_or(&self.bus.client_id);
        format!("{}/{member}", self.group)
    }

    pub(super) fn client(&self) -> Result<ClientConfig, BusError> {
        let mut client = self.bus.client()?;
        let prefetch_kbytes = (self.prefetch_bytes_max / 1_024).max(1);
        client
            .set("group.id", &self.group)
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", self.session_timeout_ms.to_string())
            .set(
                "heartbeat.interval.ms",
                (self.session_timeout_ms / 10).clamp(100, 3_000).to_string(),
            )
            .set("max.poll.interval.ms", self.handler_timeout_ms.to_string())
            // Positions belong to the service's database; commits are a courtesy made explicitly.
            .set("enable.auto.commit", "false")
            .set("enable.auto.offset.store", "false")
            // Never jump silently: a position out of range is an error that a human being judges.
            .set("auto.offset.reset", "error")
            .set("check.crcs", "true")
            .set("queued.max.messages.kbytes", prefetch_kbytes.to_string())
            .set(
                "fetch.message.max.bytes",
                self.prefetch_bytes_max.min(1 << 20).to_string(),
            )
            .set("fetch.wait.max.ms", "100")
            .set("fetch.queue.backoff.ms", "10")
            .set("fetch.error.backoff.ms", "100");
        if let Some(instance) = &self.group_instance_id {
            client.set("group.instance.id", instance);
        }
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> LotConsumerConfig {
        LotConsumerConfig::new(
            BusConfig::plaintext("127.0.0.1:9092", "test"),
            "group",
            ["topic"],
        )
    }

    #[test]
    fn the_defaults_are_valid_and_known_to_the_client_library() {
        config().validate().unwrap();
        config().client().unwrap().create_native_config().unwrap();
    }

    #[test]
    fn timeouts_are_checked_against_each_other() {
        let mut wrong = config();
        wrong.drain_timeout_ms = wrong.session_timeout_ms;
        let message = wrong.validate().unwrap_err().to_string();
        assert!(message.contains("drain_timeout_ms"), "{message}");

        let mut wrong = config();
        wrong.handler_timeout_ms = wrong.session_timeout_ms;
        let message = wrong.validate().unwrap_err().to_string();
        assert!(message.contains("handler_timeout_ms"), "{message}");
    }
}
