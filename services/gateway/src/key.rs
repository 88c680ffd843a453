//! The key of an inbound record: the service code, so that one police service stays in order.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use cnt_domain::codes::ServiceCode;
use serde::Deserialize;

#[derive(Deserialize)]
struct Payload<'a> {
    #[serde(borrow)]
    service: Service<'a>,
}

#[derive(Deserialize)]
struct Service<'a> {
    #[serde(borrow)]
    code_service: Cow<'a, str>,
}

/// The service code that the payload of a compact JWS claims. Nothing is verified: it chooses a partition, no more.
pub(crate) fn service_code(jws: &[u8]) -> Option<ServiceCode> {
    let payload = jws.split(|byte| *byte == b'.').nth(1)?;
    let json = BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?;
    let payload: Payload<'_> = serde_json::from_slice(&json).ok()?;
    payload.service.code_service.parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn jws(payload: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(payload))
    }

    #[test]
    fn the_code_is_found_and_nothing_else_is_asked() {
        let mif = jws(r#"{"agent":[{}],"service":{"corps":"X","code_service":"75AB1"},"lieu":7}"#);
        assert_eq!(service_code(mif.as_bytes()).unwrap().as_str(), "75AB1");
    }

    #[test]
    fn what_cannot_be_read_has_no_code() {
        for payload in [
            "",
            "{}",
            r#"{"service":{}}"#,
            r#"{"service":{"code_service":"too long for it"}}"#,
        ] {
            assert_eq!(service_code(jws(payload).as_bytes()), None, "{payload}");
        }
        assert_eq!(service_code(b"no dots"), None);
        assert_eq!(service_code(b"a.!!.b"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200), text in ".{0,100}") {
            let _any = service_code(&bytes);
            let _any = service_code(jws(&text).as_bytes());
        }
    }
}
