//! Topics.

use cnt_bus::{BusError, OutRecord};

use crate::support::{broker, spec};

#[test]
fn topics_are_ensured_again_and_again_but_never_shrunk() {
    let broker = broker();
    let admin = broker.admin();
    let name = broker.topic(3);
    admin
        .ensure_topics(&[spec(&name, 3), spec(&format!("{name}.other"), 1)])
        .unwrap();
    admin.ensure_topics(&[spec(&name, 2)]).unwrap();
    assert_eq!(admin.partitions(&name).unwrap(), 3);

    let error = admin.ensure_topics(&[spec(&name, 4)]).unwrap_err();
    assert!(
        matches!(
            error,
            BusError::Partitions {
                wanted: 4,
                found: 3,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn a_topic_created_again_has_another_id() {
    let broker = broker();
    let admin = broker.admin();
    let name = broker.topic(1);
    let first = admin.topic_id(&name).unwrap();
    assert!(!first.is_nil());
    assert_eq!(admin.topic_id(&name).unwrap(), first);

    admin.delete_topic(&name).unwrap();
    let error = admin.topic_id(&name).unwrap_err();
    assert!(matches!(error, BusError::TopicMissing { .. }), "{error}");

    admin.ensure_topics(&[spec(&name, 1)]).unwrap();
    assert_ne!(admin.topic_id(&name).unwrap(), first);
}

#[test]
fn offsets_tell_what_the_broker_holds() {
    let broker = broker();
    let name = broker.topic(2);
    let record = |partition| OutRecord::new(name.as_str(), "key", "value").partition(partition);
    broker
        .producer()
        .send_all(vec![record(1), record(1), record(1)])
        .unwrap();
    let offsets = broker.admin().offsets(&name).unwrap();
    let held: Vec<_> = offsets
        .iter()
        .map(|held| (held.partition, held.records()))
        .collect();
    assert_eq!(held, [(0, 0), (1, 3)]);

    let error = broker.admin().offsets("cnt.test.missing").unwrap_err();
    assert!(matches!(error, BusError::TopicMissing { .. }), "{error}");
}
