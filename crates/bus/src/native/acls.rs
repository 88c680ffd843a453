//! `CreateAcls`: what principals may do.

use std::ffi::{CString, c_char};
use std::time::Duration;

use rdkafka::bindings as native;
use rdkafka::client::{Client, ClientContext};
use rdkafka::error::KafkaError;

use super::{Owned, ask, check};
use crate::admin::{Access, AccessRule};
use crate::error::BusError;

const ACTION: &str = "create access rules";
/// The one name that a cluster has in access rules.
const CLUSTER: &str = "kafka-cluster";

/// A rule in the words of the C library.
struct Words {
    kind: native::rd_kafka_ResourceType_t,
    name: CString,
    pattern: native::rd_kafka_ResourcePatternType_t,
    principal: CString,
    operation: native::rd_kafka_AclOperation_t,
}

impl Words {
    fn of(rule: &AccessRule) -> Result<Self, BusError> {
        use native::rd_kafka_AclOperation_t as Operation;
        use native::rd_kafka_ResourcePatternType_t as Pattern;
        use native::rd_kafka_ResourceType_t as Kind;
        let topic = (
            Kind::RD_KAFKA_RESOURCE_TOPIC,
            Pattern::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        );
        let groups = (
            Kind::RD_KAFKA_RESOURCE_GROUP,
            Pattern::RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
        );
        let cluster = (
            Kind::RD_KAFKA_RESOURCE_BROKER,
            Pattern::RD_KAFKA_RESOURCE_PATTERN_LITERAL,
        );
        // Reading and writing imply the right to ask what there is.
        let read = Operation::RD_KAFKA_ACL_OPERATION_READ;
        let write = Operation::RD_KAFKA_ACL_OPERATION_WRITE;
        let ((kind, pattern), name, operation) = match &rule.access {
            Access::BecomeProducer => {
                let operation = Operation::RD_KAFKA_ACL_OPERATION_IDEMPOTENT_WRITE;
                (cluster, CLUSTER, operation)
            }
            Access::ReadTopic(name) => (topic, name.as_str(), read),
            Access::WriteTopic(name) => (topic, name.as_str(), write),
            Access::JoinGroups(name) => (groups, name.as_str(), read),
        };
        let text = |text: &str| {
            CString::new(text).map_err(|source| BusError::client(ACTION)(KafkaError::Nul(source)))
        };
        Ok(Self {
            kind,
            name: text(name)?,
            pattern,
            principal: text(&format!("User:{}", rule.principal))?,
            operation,
        })
    }

    /// The rule as an object of the C library.
    #[expect(unsafe_code, reason = "makes a C object")]
    fn binding(&self) -> Result<Owned<native::rd_kafka_AclBinding_t>, BusError> {
        let mut text: [c_char; 256] = [0; 256];
        // SAFETY: the strings are NUL-terminated and outlive the call, which copies them; `text` is as long as it is
        // said to be; the object is wrapped beside its own destructor.
        unsafe {
            let binding = native::rd_kafka_AclBinding_new(
                self.kind,
                self.name.as_ptr(),
                self.pattern,
                self.principal.as_ptr(),
                c"*".as_ptr(),
                self.operation,
                native::rd_kafka_AclPermissionType_t::RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW,
                text.as_mut_ptr(),
                text.len(),
            );
            if binding.is_null() {
                return Err(BusError::config("an access rule names nobody or nothing"));
            }
            Owned::new(binding, native::rd_kafka_AclBinding_destroy, ACTION)
        }
    }
}

/// Asks the broker for these rules and waits for its answer to each.
#[expect(unsafe_code, reason = "CreateAcls is not wrapped by the Rust client")]
pub(crate) fn create_acls<C: ClientContext>(
    client: &Client<C>,
    rules: &[AccessRule],
    timeout: Duration,
) -> Result<(), BusError> {
    let bindings = rules
        .iter()
        .map(|rule| Words::of(rule)?.binding())
        .collect::<Result<Vec<_>, _>>()?;
    let mut pointers: Vec<_> = bindings.iter().map(|binding| binding.pointer).collect();
    // SAFETY: `pointers` refer to `bindings`, which outlive the call that copies them. The results belong to the answer
    // and are only read while it lives; `count` bounds their array.
    unsafe {
        let operation = native::rd_kafka_admin_op_t::RD_KAFKA_ADMIN_OP_CREATEACLS;
        let answer = ask(client, ACTION, operation, timeout, |rk, options, queue| {
            native::rd_kafka_CreateAcls(rk, pointers.as_mut_ptr(), pointers.len(), options, queue);
        })?;
        let result = native::rd_kafka_event_CreateAcls_result(answer.event.pointer);
        if result.is_null() {
            return Err(BusError::TimedOut { action: ACTION });
        }
        let mut count = 0;
        let first = native::rd_kafka_CreateAcls_result_acls(result, &raw mut count);
        if first.is_null() {
            return Err(BusError::TimedOut { action: ACTION });
        }
        for result in std::slice::from_raw_parts(first, count) {
            let error = native::rd_kafka_acl_result_error(*result);
            // No error is a null pointer, whose code is that of success.
            check(ACTION, native::rd_kafka_error_code(error))?;
        }
    }
    Ok(())
}
