//! Records as they come from the broker and as they are handed to it.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use rdkafka::Message;
use rdkafka::message::{BorrowedMessage, Headers as _};

/// A record read from a topic. Its bytes share one allocation.
#[derive(Clone, Debug)]
pub struct Record {
    /// Topic it was read from.
    pub topic: Arc<str>,
    /// Partition it was read from.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// Milliseconds since 1970-01-01 UTC, as set by the producer or the broker; −1 when absent.
    pub timestamp_ms: i64,
    /// Key, when it has one.
    pub key: Option<Bytes>,
    /// Payload; empty for a tombstone.
    pub value: Bytes,
    /// Headers in the order of the producer.
    pub headers: Headers,
}

impl Record {
    /// Copies a record out of the client library, in one allocation.
    pub(crate) fn copy_from(message: &BorrowedMessage<'_>, topic: Arc<str>) -> Self {
        let key = message.key();
        let value = message.payload().unwrap_or_default();
        let headers = message.headers();
        let mut bytes_total = key.map_or(0, <[u8]>::len) + value.len();
        if let Some(headers) = headers {
            for header in headers.iter() {
                bytes_total += header.key.len() + header.value.map_or(0, <[u8]>::len);
            }
        }
        let mut buffer = BytesMut::with_capacity(bytes_total);
        let mut take = |part: &[u8]| {
            buffer.extend_from_slice(part);
            buffer.split().freeze()
        };
        let key = key.map(&mut take);
        let value = take(value);
        let headers = headers.map_or_else(Vec::new, |headers| {
            headers
                .iter()
                .map(|header| {
                    (
                        take(header.key.as_bytes()),
                        take(header.value.unwrap_or_default()),
                    )
                })
                .collect()
        });
        Self {
            topic,
            partition: message.partition(),
            offset: message.offset(),
            timestamp_ms: message.timestamp().to_millis().unwrap_or(-1),
            key,
            value,
            headers: Headers(headers),
        }
    }

    /// Bytes of key, value and headers: what it weighs in a lot.
    pub fn bytes(&self) -> usize {
        let headers = self.headers.0.iter();
        self.key.as_ref().map_or(0, Bytes::len)
            + self.value.len()
            + headers
                .map(|(name, value)| name.len() + value.len())
                .sum::<usize>()
    }
}

/// The headers of a record. There are few, so a lookup is a scan.
#[derive(Clone, Debug, Default)]
pub struct Headers(Vec<(Bytes, Bytes)>);

impl Headers {
    /// The last header of that name, as Kafka's own clients define a lookup.
    pub fn get(&self, name: &str) -> Option<&[u8]> {
        let found = self.0.iter().rev().find(|(key, _)| key == name.as_bytes());
        found.map(|(_, value)| value.as_ref())
    }

    /// The same as text; `None` also when it is not UTF-8.
    pub fn get_str(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.get(name)?).ok()
    }

    /// All headers in order. A name that is not UTF-8 is shown as empty.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, value)| {
            (
                std::str::from_utf8(name).unwrap_or_default(),
                value.as_ref(),
            )
        })
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: Into<Bytes>, V: Into<Bytes>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(headers: T) -> Self {
        Self(
            headers
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// A record to be sent.
#[derive(Clone, Debug)]
pub struct OutRecord {
    /// Topic.
    pub topic: Arc<str>,
    /// Partition; chosen by the key's murmur2 hash, as Java clients do, when absent.
    pub partition: Option<i32>,
    /// Key; records of one key stay in order. Empty means none, and a partition at random.
    pub key: Bytes,
    /// Payload; empty makes a tombstone.
    pub value: Bytes,
    /// Headers.
    pub headers: Vec<(&'static str, Vec<u8>)>,
    /// Milliseconds since 1970-01-01 UTC; the client library's clock when absent.
    pub timestamp_ms: Option<i64>,
}

impl OutRecord {
    /// A record without headers, its partition chosen by its key.
    pub fn new(topic: impl Into<Arc<str>>, key: impl Into<Bytes>, value: impl Into<Bytes>) -> Self {
        Self {
            topic: topic.into(),
            partition: None,
            key: key.into(),
            value: value.into(),
            headers: Vec::new(),
            timestamp_ms: None,
        }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<Vec<u8>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Sends it to this partition, whatever its key.
    #[must_use]
    pub fn partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// Sets its timestamp, in milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn timestamp_ms(mut self, timestamp_ms: i64) -> Self {
        self.timestamp_ms = Some(timestamp_ms);
        self
    }
}

/// Where an acknowledged record lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordPosition {
    /// Partition of the topic it was sent to.
    pub partition: i32,
    /// Its offset there.
    pub offset: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lookup_takes_the_last_header_of_a_name() {
        let headers = Headers::from_iter([("kind", "mif"), ("kind", "verdict"), ("lot", "7")]);
        assert_eq!(headers.get_str("kind"), Some("verdict"));
        assert_eq!(headers.get("lot"), Some(b"7".as_ref()));
        assert_eq!(headers.get("missing"), None);
        assert_eq!(headers.iter().count(), 3);
    }

    #[test]
    fn a_header_that_is_not_text_has_no_text() {
        let headers = Headers::from_iter([("raw", vec![0xff, 0xfe])]);
        assert_eq!(headers.get_str("raw"), None);
        assert_eq!(headers.get("raw"), Some([0xff, 0xfe].as_ref()));
    }
}
