//! The calls of the C library that the Rust client does not wrap.

mod acls;

use std::ffi::{CStr, CString, c_char};
use std::time::Duration;

use rdkafka::bindings as native;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaRespErr;
use uuid::Uuid;

use crate::error::BusError;

pub(crate) use acls::create_acls;

const ACTION: &str = "describe topics";

/// A pointer from the C library, given back to it on drop.
struct Owned<T> {
    pointer: *mut T,
    free: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    fn new(
        pointer: *mut T,
        free: unsafe extern "C" fn(*mut T),
        action: &'static str,
    ) -> Result<Self, BusError> {
        if pointer.is_null() {
            return Err(BusError::TimedOut { action });
        }
        Ok(Self { pointer, free })
    }
}

impl<T> Drop for Owned<T> {
    #[expect(unsafe_code, reason = "gives a C object back")]
    fn drop(&mut self) {
        // SAFETY: `pointer` is not null (checked by `new`), came from the constructor that pairs with `free`
        // at each of the call sites below, and is freed only here.
        unsafe { (self.free)(self.pointer) }
    }
}

fn error_of(code: RDKafkaRespErr) -> KafkaError {
    KafkaError::AdminOp(code.into())
}

/// The broker's answer to a request.
struct Answer {
    // Fields drop in their order: the event before the queue that it came by.
    event: Owned<native::rd_kafka_event_t>,
    _queue: Owned<native::rd_kafka_queue_t>,
}

/// Sends an administrator's request and waits for its answer, which is no error as a whole.
#[expect(
    unsafe_code,
    reason = "some requests are not wrapped by the Rust client"
)]
fn ask<C: ClientContext>(
    client: &Client<C>,
    action: &'static str,
    operation: native::rd_kafka_admin_op_t,
    timeout: Duration,
    send: impl FnOnce(
        *mut native::rd_kafka_t,
        *mut native::rd_kafka_AdminOptions_t,
        *mut native::rd_kafka_queue_t,
    ),
) -> Result<Answer, BusError> {
    let timeout_ms = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX - 1_000);
    let mut text: [c_char; 256] = [0; 256];
    // SAFETY: `client` keeps the native client alive for the whole call, and the C library is thread-safe. Every object
    // made here is wrapped in `Owned` beside its own destructor; `text` is as long as it is said to be.
    unsafe {
        let rk = client.native_ptr();
        let queue = Owned::new(
            native::rd_kafka_queue_new(rk),
            native::rd_kafka_queue_destroy,
            action,
        )?;
        let options = Owned::new(
            native::rd_kafka_AdminOptions_new(rk, operation),
            native::rd_kafka_AdminOptions_destroy,
            action,
        )?;
        let set = native::rd_kafka_AdminOptions_set_request_timeout(
            options.pointer,
            timeout_ms,
            text.as_mut_ptr(),
            text.len(),
        );
        check(action, set)?;
        send(rk, options.pointer, queue.pointer);
        let event = Owned::new(
            native::rd_kafka_queue_poll(queue.pointer, timeout_ms + 1_000),
            native::rd_kafka_event_destroy,
            action,
        )?;
        check(action, native::rd_kafka_event_error(event.pointer))?;
        Ok(Answer {
            event,
            _queue: queue,
        })
    }
}

/// The broker's ids of these topics, in their order. A missing topic is an error.
#[expect(
    unsafe_code,
    reason = "DescribeTopics is not wrapped by the Rust client"
)]
pub(crate) fn topic_ids<C: ClientContext>(
    client: &Client<C>,
    topics: &[&str],
    timeout: Duration,
) -> Result<Vec<Uuid>, BusError> {
    let names = topics
        .iter()
        .map(|topic| CString::new(*topic))
        .collect::<Result<Vec<_>, _>>();
    let names = names.map_err(|source| BusError::client(ACTION)(KafkaError::Nul(source)))?;
    let mut pointers: Vec<*const c_char> = names.iter().map(|name| name.as_ptr()).collect();

    // SAFETY: `pointers` refer to `names`, which outlive the call that copies them; the collection is wrapped beside
    // its own destructor and outlives the request. The descriptions belong to the answer and are only read while it
    // lives; `count` bounds their array.
    unsafe {
        let collection = Owned::new(
            native::rd_kafka_TopicCollection_of_topic_names(pointers.as_mut_ptr(), pointers.len()),
            native::rd_kafka_TopicCollection_destroy,
            ACTION,
        )?;
        let operation = native::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_DESCRIBETOPICS;
        let answer = ask(client, ACTION, operation, timeout, |rk, options, queue| {
            native::rd_kafka_DescribeTopics(rk, collection.pointer, options, queue);
        })?;
        let result = native::rd_kafka_event_DescribeTopics_result(answer.event.pointer);
        if result.is_null() {
            return Err(BusError::TimedOut { action: ACTION });
        }
        let mut count = 0;
        let first = native::rd_kafka_DescribeTopics_result_topics(result, &raw mut count);
        let descriptions = if first.is_null() {
            &[]
        } else {
            std::slice::from_raw_parts(first, count)
        };
        let mut found = Vec::with_capacity(count);
        for description in descriptions {
            found.push(describe(*description)?);
        }
        topics.iter().map(|topic| pick(&found, topic)).collect()
    }
}

fn check(action: &'static str, code: RDKafkaRespErr) -> Result<(), BusError> {
    match code {
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => Ok(()),
        code => Err(BusError::client(action)(error_of(code))),
    }
}

fn pick(found: &[(String, Uuid)], topic: &str) -> Result<Uuid, BusError> {
    let description = found
        .iter()
        .find(|(name, id)| name == topic && !id.is_nil());
    description
        .map(|(_, id)| *id)
        .ok_or_else(|| BusError::TopicMissing {
            topic: topic.to_owned(),
        })
}

/// Name and id of one topic.
///
/// # Safety
/// `description` must come from a `DescribeTopics` result whose event is alive.
#[expect(unsafe_code, reason = "reads a C result")]
unsafe fn describe(
    description: *const native::rd_kafka_TopicDescription_t,
) -> Result<(String, Uuid), BusError> {
    // SAFETY: the caller vouches for `description`; name, id and error are owned by it and copied at once.
    // The name is NUL-terminated by the library's contract; the id is checked for null.
    unsafe {
        let name = CStr::from_ptr(native::rd_kafka_TopicDescription_name(description));
        let name = name.to_string_lossy().into_owned();
        let code =
            native::rd_kafka_error_code(native::rd_kafka_TopicDescription_error(description));
        match code {
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR => {}
            RDKafkaRespErr::RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART => {
                return Err(BusError::TopicMissing { topic: name });
            }
            code => return Err(BusError::client(ACTION)(error_of(code))),
        }
        let id = native::rd_kafka_TopicDescription_topic_id(description);
        if id.is_null() {
            return Ok((name, Uuid::nil()));
        }
        let most = native::rd_kafka_Uuid_most_significant_bits(id).cast_unsigned();
        let least = native::rd_kafka_Uuid_least_significant_bits(id).cast_unsigned();
        Ok((name, Uuid::from_u64_pair(most, least)))
    }
}

/// The offset after the last record as of the latest fetch answer, without asking the broker.
#[expect(
    unsafe_code,
    reason = "cached watermarks are not wrapped by the Rust client"
)]
pub(crate) fn cached_high_watermark<C: ClientContext>(
    client: &Client<C>,
    topic: &str,
    partition: i32,
) -> Option<i64> {
    let topic = CString::new(topic).ok()?;
    let (mut low, mut high) = (-1, -1);
    // SAFETY: `client` keeps the native client alive, `topic` is NUL-terminated and outlives the call, and the
    // two out-pointers are valid i64 of ours.
    let code = unsafe {
        native::rd_kafka_get_watermark_offsets(
            client.native_ptr(),
            topic.as_ptr(),
            partition,
            &raw mut low,
            &raw mut high,
        )
    };
    (code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR && high >= 0).then_some(high)
}
