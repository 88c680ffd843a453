//! Sending, and reading a range back.

use std::time::Duration;

use cnt_bus::{BusConfig, OutRecord, Producer, ProducerConfig, SendErrorKind, read_range};

use crate::support::{DEADLINE, TestError, broker, metrics};

#[test]
fn positions_are_dense_and_in_the_order_given() {
    let broker = broker();
    let topic = broker.topic(1);
    let producer = broker.producer();
    for round in 0..3 {
        let records = (0..500)
            .map(|_| OutRecord::new(topic.as_str(), "key", "value"))
            .collect();
        let positions = producer.send_all(records).unwrap();
        let offsets: Vec<_> = positions.iter().map(|position| position.offset).collect();
        assert_eq!(
            offsets,
            (round * 500..(round + 1) * 500).collect::<Vec<_>>()
        );
    }
    producer.flush(DEADLINE).unwrap();
    assert_eq!(producer.in_flight(), 0);
    assert_eq!(producer.send_all(Vec::new()).unwrap(), []);
}

#[test]
fn one_key_keeps_to_one_partition() {
    let broker = broker();
    let topic = broker.topic(8);
    let producer = broker.producer();
    let send = |key: &str| {
        let records = (0..5)
            .map(|_| OutRecord::new(topic.as_str(), key.to_owned(), "v"))
            .collect();
        producer.send_all(records).unwrap()
    };
    let mut partitions_used: Vec<_> = (0..20)
        .map(|number| {
            let positions = send(&format!("service-{number}"));
            assert!(
                positions
                    .iter()
                    .all(|at| at.partition == positions[0].partition)
            );
            positions[0].partition
        })
        .collect();
    partitions_used.sort_unstable();
    partitions_used.dedup();
    assert!(
        partitions_used.len() > 2,
        "keys are spread: {partitions_used:?}"
    );
}

#[test]
fn a_record_comes_back_as_it_was_sent() {
    let broker = broker();
    let topic = broker.topic(1);
    let sent = OutRecord::new(topic.as_str(), "service-75056", vec![0_u8, 1, 255])
        .header("reception_id", "r-1")
        .header("origin", vec![0xff_u8])
        .timestamp_ms(1_700_000_000_123);
    let tombstone = OutRecord::new(topic.as_str(), "service-75056", "");
    broker.producer().send_all(vec![sent, tombstone]).unwrap();

    let mut back = Vec::new();
    let count = read_range(&broker.bus(), &topic, 0, 0..i64::MAX, DEADLINE, |record| {
        back.push(record);
        Ok::<_, TestError>(())
    });
    assert_eq!(count.unwrap(), 2);
    let [first, second] = &back[..] else {
        panic!("{back:?}")
    };
    assert_eq!(first.key.as_deref(), Some(b"service-75056".as_ref()));
    assert_eq!(&first.value[..], [0, 1, 255]);
    assert_eq!(first.headers.get_str("reception_id"), Some("r-1"));
    assert_eq!(first.headers.get("origin"), Some([0xff].as_ref()));
    assert_eq!(first.timestamp_ms, 1_700_000_000_123);
    assert_eq!(first.bytes(), 13 + 3 + 12 + 3 + 6 + 1);
    assert!(second.value.is_empty());
    assert!(second.headers.is_empty());
}

#[test]
fn a_range_ends_where_it_is_told() {
    let broker = broker();
    let topic = broker.topic(1);
    broker.fill(&topic, 1, 100);
    let mut offsets = Vec::new();
    let read = |offsets: &mut Vec<i64>, range| {
        read_range(&broker.bus(), &topic, 0, range, DEADLINE, |record| {
            offsets.push(record.offset);
            Ok::<_, TestError>(())
        })
    };
    assert_eq!(read(&mut offsets, 10..20).unwrap(), 10);
    assert_eq!(offsets, (10..20).collect::<Vec<_>>());
    assert_eq!(read(&mut offsets, 100..200).unwrap(), 0);
}

#[test]
fn failures_say_what_to_do() {
    let broker = broker();
    let topic = broker.topic(1);
    let producer = broker.producer();
    let large = OutRecord::new(topic.as_str(), "key", vec![0; 2 << 20]);
    let small = OutRecord::new(topic.as_str(), "key", "value");
    let error = producer
        .send_all(vec![small.clone(), large, small])
        .unwrap_err();
    assert_eq!(error.kind, SendErrorKind::TooLarge);
    assert!(!error.is_transient());
    let known: Vec<_> = error.acknowledged.iter().map(Option::is_some).collect();
    assert_eq!(known, [true, false, false]);

    let mut config = ProducerConfig::new(broker.bus());
    config.delivery_timeout_ms = 3_000;
    let producer = Producer::new(&config, metrics()).unwrap();
    let unknown = OutRecord::new("cnt.test.missing", "key", "value");
    let error = producer.send_all(vec![unknown]).unwrap_err();
    assert!(
        matches!(error.kind, SendErrorKind::Refused | SendErrorKind::TimedOut),
        "{error}"
    );
}

#[tokio::test]
async fn without_a_broker_a_sender_is_told_to_slow_down() {
    let mut config = ProducerConfig::new(BusConfig::plaintext("127.0.0.1:1", "bus-test"));
    config.queue_records_max = 2;
    config.delivery_timeout_ms = 500;
    let producer = Producer::new(&config, metrics()).unwrap();
    let record = || OutRecord::new("cnt.test", "key", "value");
    let (first, second, third) = tokio::join!(
        producer.send(record()),
        producer.send(record()),
        producer.send(record())
    );
    assert_eq!(third.unwrap_err().kind, SendErrorKind::Busy);
    assert_eq!(first.unwrap_err().kind, SendErrorKind::TimedOut);
    assert!(second.unwrap_err().is_transient());
    assert!(producer.flush(Duration::from_secs(10)).is_ok());
    assert_eq!(producer.in_flight(), 0);
}

#[tokio::test]
async fn many_senders_share_one_producer() {
    let broker = broker();
    let topic = broker.topic(1);
    let producer = std::sync::Arc::new(broker.producer());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..200 {
        let producer = std::sync::Arc::clone(&producer);
        let record = OutRecord::new(topic.as_str(), "key", "value");
        tasks.spawn(async move { producer.send(record).await.map(|at| at.offset) });
    }
    let mut offsets: Vec<_> = tasks
        .join_all()
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    offsets.sort_unstable();
    assert_eq!(offsets, (0..200).collect::<Vec<_>>());
}
