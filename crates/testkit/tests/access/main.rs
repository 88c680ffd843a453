//! Who may do what on the broker: the table of topics, executed by a real one.

#[cfg(test)]
mod broker;

use std::error::Error as _;
use std::os::unix::fs::MetadataExt as _;

use cnt_bus::{Access, AccessRule, BusConfig, BusError, SendErrorKind};
use cnt_contracts::services;
use cnt_contracts::topics::{self, MIF_INBOUND, MIF_VERDICT};
use cnt_stack::{Kafka, StackError};

use crate::broker::{Broker, producer, producer_with_patience, send};

#[test]
fn each_principal_may_do_what_the_table_says_and_nothing_else() {
    let broker = Broker::start();
    for writer in services::principals() {
        for topic in &topics::ALL {
            let what = format!("{writer} to {}", topic.name);
            let before = broker.written(topic);
            // A producer that was refused once is done for.
            let outcome = send(&producer(broker.bus(writer)), topic);
            let arrived = broker.written(topic) - before;
            if topic.producer == writer {
                outcome.unwrap();
                assert_eq!(arrived, 1, "{what}");
            } else {
                let error = outcome.unwrap_err();
                assert!(!error.is_transient(), "{what}");
                if writer != services::RECONCILE_ROLE {
                    assert_eq!(error.kind, SendErrorKind::Refused, "{what}");
                    let cause = error.source().unwrap().to_string();
                    assert!(
                        cause.contains("TopicAuthorizationFailed"),
                        "{what}: {cause}"
                    );
                }
                assert_eq!(arrived, 0, "{what}");
            }
        }
    }
    for reader in services::principals() {
        let may = reader == services::RECONCILE_ROLE || MIF_INBOUND.consumers.contains(&reader);
        match broker.read(reader, &MIF_INBOUND) {
            Ok(read) => {
                assert!(may, "{reader}");
                assert_eq!(read, broker.written(&MIF_INBOUND));
            }
            Err(error) => {
                assert!(!may, "{reader}: {error}");
                assert!(
                    matches!(error, BusError::Refused { .. }),
                    "{reader}: {error:?}"
                );
                assert!(!error.is_transient());
            }
        }
    }
    // Nor may a service help itself.
    let rule = AccessRule {
        principal: "edition".to_owned(),
        access: Access::WriteTopic(MIF_INBOUND.name.to_owned()),
    };
    let helped = broker.admin("edition").grant(&[rule]);
    assert!(
        matches!(helped, Err(BusError::Refused { .. })),
        "{helped:?}"
    );
}

#[test]
fn nobody_comes_in_without_a_password_and_rights_outlive_the_broker() {
    let broker = Broker::start();
    let gateway = producer(broker.bus("gateway"));
    send(&gateway, &MIF_INBOUND).unwrap();
    let wrong = broker.directory.path().join("wrong");
    std::fs::write(&wrong, "guessed\n").unwrap();
    for bus in [
        broker.bus_with("stranger", wrong.clone()),
        broker.bus_with("gateway", wrong),
        BusConfig::plaintext(broker.kafka.bootstrap(), "nobody"),
    ] {
        let outcome = send(&producer_with_patience(bus, 2_000), &MIF_INBOUND);
        assert_eq!(outcome.unwrap_err().kind, SendErrorKind::TimedOut);
    }
    assert_eq!(broker.written(&MIF_INBOUND), 1);

    broker.kafka.kill_hard().unwrap();
    broker.kafka.restart().unwrap();
    send(&gateway, &MIF_INBOUND).unwrap();
    let refused = send(&producer(broker.bus("edition")), &MIF_INBOUND);
    assert_eq!(refused.unwrap_err().kind, SendErrorKind::Refused);
    assert_eq!(broker.written(&MIF_INBOUND), 2);
    send(&producer(broker.bus("validation")), &MIF_VERDICT).unwrap();

    // Passwords are for this account alone; whom the broker was made without, it does not get to know.
    let file = std::fs::metadata(broker.kafka.password_file("gateway")).unwrap();
    assert_eq!(file.mode() & 0o777, 0o600);
    broker.kafka.stop().unwrap();
    let mut config = broker.config.clone();
    config.kafka_users.push("latecomer".to_owned());
    let late = Kafka::start(&config).unwrap_err();
    assert!(matches!(late, StackError::KafkaUser { user, .. } if user == "latecomer"));
}
