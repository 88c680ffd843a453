//! Topics: creating them, telling them apart, measuring them.

use std::time::{Duration, Instant};

use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;
use uuid::Uuid;

use crate::block_on::block_on;
use crate::config::BusConfig;
use crate::context::LogContext;
use crate::error::BusError;
use crate::native;

/// How long one question to the broker may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);

/// What a topic must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name, e.g. `cnt.mif.inbound.v1`.
    pub name: String,
    /// Partitions: the most consumers that can share it. Growing it later moves keys to other partitions.
    pub partitions: i32,
    /// How long records are kept; for ever when `None`.
    pub retention: Option<Duration>,
    /// Largest record batch the broker takes, in bytes.
    pub max_message_bytes: u32,
    /// What becomes of old records.
    pub cleanup: Cleanup,
}

/// What becomes of old records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// They are deleted after the retention time.
    Delete,
    /// The last record of each key is kept; older ones are removed in time, leaving gaps in the offsets.
    Compact,
}

/// What the broker holds of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionOffsets {
    /// The partition.
    pub partition: i32,
    /// Offset of the first record held.
    pub low: i64,
    /// Offset that the next record will get.
    pub high: i64,
}

impl PartitionOffsets {
    /// Records held, gaps of compaction included.
    pub fn records(&self) -> i64 {
        self.high - self.low
    }
}

/// What an [`AccessRule`] is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading a topic.
    ReadTopic(String),
    /// Writing a topic.
    WriteTopic(String),
    /// Being a member of any consumer group whose name begins so.
    JoinGroups(String),
    /// Getting an id for the broker's duplicate detection, which a [`Producer`](crate::Producer) asks for when it is
    /// made: without it, one that may write nothing is beyond repair from the start. It opens no topic.
    BecomeProducer,
}

/// Something that a principal may do. A broker with an authorizer refuses whatever no rule allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessRule {
    /// Who: the user name, without Kafka's `User:`.
    pub principal: String,
    /// What.
    pub access: Access,
}

/// Administration of topics. Calls block the calling thread, inside or outside a runtime, for at most some
/// fifteen seconds each.
pub struct Admin {
    client: AdminClient<LogContext>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Admin").finish_non_exhaustive()
    }
}

impl Admin {
    /// Creates the client; it connects with the first question.
    ///
    /// # Errors
    /// [`BusError::Config`], [`BusError::PasswordFile`] or [`BusError::Client`] on a configuration the client
    /// library refuses.
    pub fn new(config: &BusConfig) -> Result<Self, BusError> {
        let client = config
            .client()?
            .create_with_context(LogContext::default())
            .map_err(BusError::client("create admin client"))?;
        Ok(Self { client })
    }

    /// Creates the topics that do not exist and waits until each can be written to.
    ///
    /// Replication is the broker's default. Settings of a topic that exists are left alone.
    ///
    /// # Errors
    /// [`BusError::Partitions`] when a topic exists with fewer partitions than specified.
    pub fn ensure_topics(&self, specs: &[TopicSpec]) -> Result<(), BusError> {
        let settings: Vec<_> = specs.iter().map(settings).collect();
        let topics: Vec<_> = specs
            .iter()
            .zip(&settings)
            .map(|(spec, settings)| {
                let replication = TopicReplication::Fixed(-1);
                let topic = NewTopic::new(&spec.name, spec.partitions, replication);
                settings
                    .iter()
                    .fold(topic, |topic, (name, value)| topic.set(name, value))
            })
            .collect();
        let action = "create topics";
        let answers = block_on(self.client.create_topics(&topics, &options()))
            .map_err(BusError::client(action))?;
        for answer in answers {
            match answer {
                Ok(topic) => tracing::info!(kafka.topic = topic, "Topic created"),
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, code)) => {
                    tracing::warn!(kafka.topic = topic, kafka.error = %code, "Topic not created");
                    let source = rdkafka::error::KafkaError::AdminOp(code);
                    return Err(BusError::Client { action, source });
                }
            }
        }
        specs
            .iter()
            .try_for_each(|spec| self.await_partitions(spec))
    }

    /// Allows what these rules say, to principals connecting from anywhere. Rules that exist stay; a rule that is not
    /// given any more is not withdrawn. The broker takes a moment to follow them: see [`Admin::await_access`].
    ///
    /// # Errors
    /// [`BusError::Refused`] when this client's principal may not; [`BusError::Client`] when the broker has no
    /// authorizer, or refuses a rule.
    pub fn grant(&self, rules: &[AccessRule]) -> Result<(), BusError> {
        native::create_acls(self.client.inner(), rules, REQUEST_TIMEOUT)
    }

    /// Waits until this client's principal may use a topic. The broker follows rules in the order in which they were
    /// given, so whoever has been given the last one speaks for all of them.
    ///
    /// # Errors
    /// [`BusError::Refused`] when it still may not after some time, or what else was met.
    pub fn await_access(&self, topic: &str) -> Result<(), BusError> {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        loop {
            match self.partitions(topic) {
                Ok(_) => return Ok(()),
                Err(BusError::Refused { .. }) if Instant::now() < deadline => {
                    std::thread::park_timeout(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits until every partition of a topic has a leader.
    fn await_partitions(&self, spec: &TopicSpec) -> Result<(), BusError> {
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        loop {
            match self.partitions(&spec.name) {
                Ok(found) if found >= spec.partitions => return Ok(()),
                Ok(found) => {
                    return Err(BusError::Partitions {
                        topic: spec.name.clone(),
                        wanted: spec.partitions,
                        found,
                    });
                }
                // The controller has created it but this broker has not heard of it yet.
                Err(BusError::TopicMissing { .. }) if Instant::now() < deadline => {
                    std::thread::park_timeout(Duration::from_millis(20));
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Number of partitions of a topic.
    ///
    /// # Errors
    /// [`BusError::TopicMissing`] when there is no such topic or one of its partitions has no leader yet.
    pub fn partitions(&self, topic: &str) -> Result<i32, BusError> {
        let metadata = self
            .client
            .inner()
            .fetch_metadata(Some(topic), REQUEST_TIMEOUT)
            .map_err(BusError::client("fetch metadata"))?;
        let missing = || BusError::topic(topic, None);
        let found = metadata
            .topics()
            .iter()
            .find(|found| found.name() == topic)
            .ok_or_else(missing)?;
        let leaderless = found
            .partitions()
            .iter()
            .any(|partition| partition.leader() < 0);
        if let Some(code) = found.error() {
            return Err(BusError::topic(topic, Some(code.into())));
        }
        if found.partitions().is_empty() || leaderless {
            return Err(missing());
        }
        i32::try_from(found.partitions().len()).map_err(|_| missing())
    }

    /// The broker's id of a topic. A topic that is deleted and created again gets a new one, so that positions
    /// kept under the id never apply to the new topic's offsets.
    ///
    /// # Errors
    /// [`BusError::TopicMissing`] when there is no such topic.
    pub fn topic_id(&self, topic: &str) -> Result<Uuid, BusError> {
        let ids = native::topic_ids(self.client.inner(), &[topic], REQUEST_TIMEOUT)?;
        ids.first().copied().ok_or_else(|| BusError::TopicMissing {
            topic: topic.to_owned(),
        })
    }

    /// What the broker holds of each partition of a topic, by partition.
    ///
    /// # Errors
    /// [`BusError::TopicMissing`] when there is no such topic.
    pub fn offsets(&self, topic: &str) -> Result<Vec<PartitionOffsets>, BusError> {
        let partitions = self.partitions(topic)?;
        (0..partitions)
            .map(|partition| {
                let (low, high) = self
                    .client
                    .inner()
                    .fetch_watermarks(topic, partition, REQUEST_TIMEOUT)
                    .map_err(BusError::client("fetch watermarks"))?;
                Ok(PartitionOffsets {
                    partition,
                    low,
                    high,
                })
            })
            .collect()
    }

    /// Deletes a topic with all its records, and waits until the broker has forgotten it. A missing topic is no
    /// error.
    ///
    /// # Errors
    /// [`BusError::Client`] when the broker refuses, [`BusError::TimedOut`] when it takes too long.
    pub fn delete_topic(&self, topic: &str) -> Result<(), BusError> {
        let action = "delete topic";
        let answers = block_on(self.client.delete_topics(&[topic], &options()))
            .map_err(BusError::client(action))?;
        for answer in answers {
            match answer {
                Ok(_) | Err((_, RDKafkaErrorCode::UnknownTopicOrPartition)) => {}
                Err((_, code)) => {
                    let source = rdkafka::error::KafkaError::AdminOp(code);
                    return Err(BusError::Client { action, source });
                }
            }
        }
        let deadline = Instant::now() + REQUEST_TIMEOUT;
        while Instant::now() < deadline {
            match self.topic_id(topic) {
                Err(BusError::TopicMissing { .. }) => return Ok(()),
                Ok(_) => std::thread::park_timeout(Duration::from_millis(20)),
                Err(error) => return Err(error),
            }
        }
        Err(BusError::TimedOut { action })
    }
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(REQUEST_TIMEOUT))
        .operation_timeout(Some(REQUEST_TIMEOUT))
}

fn settings(spec: &TopicSpec) -> Vec<(&'static str, String)> {
    let retention_ms = spec
        .retention
        .map_or_else(|| "-1".to_owned(), |time| time.as_millis().to_string());
    let cleanup = match spec.cleanup {
        Cleanup::Delete => "delete",
        Cleanup::Compact => "compact",
    };
    vec![
        ("retention.ms", retention_ms),
        ("max.message.bytes", spec.max_message_bytes.to_string()),
        ("cleanup.policy", cleanup.to_owned()),
    ]
}
