//! The broker's settings and those of its log.

use std::path::PathBuf;

use crate::config::StackConfig;
use crate::error::StackError;
use crate::files;

use super::users::Users;

/// The broker's own directory.
pub(super) fn home(config: &StackConfig) -> PathBuf {
    config.dir.join("kafka")
}

/// Where the topics lie.
pub(super) fn data_dir(config: &StackConfig) -> PathBuf {
    home(config).join("data")
}

/// Where Java unpacks native libraries; emptied at each start, for a killed broker leaves them there.
pub(super) fn scratch_dir(config: &StackConfig) -> PathBuf {
    home(config).join("tmp")
}

/// The broker's settings.
pub(super) fn file(config: &StackConfig) -> PathBuf {
    home(config).join("server.properties")
}

/// The settings of the broker's log.
pub(super) fn log_file(config: &StackConfig) -> PathBuf {
    home(config).join("log4j2.properties")
}

/// Writes both files and empties the scratch directory.
pub(super) fn write(
    config: &StackConfig,
    client_port: u16,
    controller_port: u16,
    users: Option<&Users>,
) -> Result<(), StackError> {
    // A backslash begins an escape in a properties file.
    let data = data_dir(config).display().to_string().replace('\\', "\\\\");
    let access = users.map_or_else(
        || "listener.security.protocol.map=CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT\n".to_owned(),
        Users::settings,
    );
    let text = format!(
        "\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=CLIENT://127.0.0.1:{client_port},CONTROLLER://127.0.0.1:{controller_port}
advertised.listeners=CLIENT://127.0.0.1:{client_port}
{access}inter.broker.listener.name=CLIENT
controller.listener.names=CONTROLLER
log.dirs={data}
{SETTINGS}"
    );
    files::remove_tree(&scratch_dir(config))?;
    files::create_dir(&scratch_dir(config), 0o700)?;
    files::write(&file(config), &text, 0o600)?;
    files::write(&log_file(config), LOG_SETTINGS, 0o600)
}

/// What does not depend on where the broker runs.
const SETTINGS: &str = "\
# Topics are declared, never born of a typing error.
auto.create.topics.enable=false
# One node: one copy.
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=1
# A message is a MIF with its photographs' hashes, or an event about a lot: 4 MiB is ample.
message.max.bytes=4194304
replica.fetch.max.bytes=4194304
# Consumers of a group are all started at once by the same program: there is nobody to wait for.
group.initial.rebalance.delay.ms=0
# After kill -9 the controller refuses the broker until the session of its former self is over: by
# default 9 s.
broker.session.timeout.ms=4000
broker.heartbeat.interval.ms=500
# After kill -9 the last segment of each partition is read again.
log.segment.bytes=134217728
num.recovery.threads.per.data.dir=2
# Two cores, shared with everything else; the cleaner's buffer is part of the heap.
num.network.threads=2
num.io.threads=4
log.cleaner.dedupe.buffer.size=33554432
";

/// Warnings, and the line that tells the start; to the standard output, which goes to the log file.
const LOG_SETTINGS: &str = "\
status=error
appenders=out
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%d{ISO8601} %p %c{1} %m%n
rootLogger.level=warn
rootLogger.appenderRefs=out
rootLogger.appenderRef.out.ref=out
loggers=start
logger.start.name=kafka.server.KafkaRaftServer
logger.start.level=info
";
