//! The reception stamp: what the gateway puts into the headers of an inbound record.

use cnt_domain::ids::ReceptionId;
use jiff::Timestamp;
use uuid::Uuid;

/// Header: reception id, sixteen bytes.
pub const RECEPTION_ID: &str = "reception-id";
/// Header: reception instant on the legal clock, microseconds since the epoch, eight bytes big-endian.
pub const RECEIVED_AT: &str = "received-at";
/// Header: version of the registry to judge by, eight bytes big-endian.
pub const REGISTRY_VERSION: &str = "registry-version";
/// Header: SHA-256 of the station's connection certificate, thirty-two bytes.
pub const STATION: &str = "station";
/// Header: id of the submission whose seal covers the MIF, sixteen bytes; absent without a seal.
pub const SUBMISSION: &str = "submission";
/// Header of the first MIF of a sealed submission alone: the station's seal with its payload, a compact JWS over the
/// hashes of all MIFs of the submission, UTF-8.
pub const SEAL: &str = "seal";

/// The seal that a record carries, if it is the first of a sealed submission.
///
/// # Errors
/// When it is no text.
pub fn seal_of<'a>(header: impl Fn(&str) -> Option<&'a [u8]>) -> Result<Option<&'a str>, BadStamp> {
    header(SEAL)
        .map(std::str::from_utf8)
        .transpose()
        .map_err(|_| BadStamp(SEAL))
}

/// What the gateway knows of a MIF when it takes it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceptionStamp {
    /// Identity of the reception.
    pub reception: ReceptionId,
    /// Instant of reception on the legal clock.
    pub received_at: Timestamp,
    /// Version of the registry in force at that instant: validation judges by exactly this one.
    pub registry_version: u64,
    /// SHA-256 of the sending station's connection certificate.
    pub station: [u8; 32],
    /// The sealed submission it came in, if any.
    pub submission: Option<Uuid>,
}

/// A record without a usable stamp: the gateway did not write it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("header {0} is missing or malformed")]
pub struct BadStamp(pub &'static str);

impl ReceptionStamp {
    /// The stamp as record headers.
    #[must_use]
    pub fn to_headers(&self) -> Vec<(&'static str, Vec<u8>)> {
        let mut headers = vec![
            (RECEPTION_ID, self.reception.0.as_bytes().to_vec()),
            (
                RECEIVED_AT,
                self.received_at.as_microsecond().to_be_bytes().to_vec(),
            ),
            (
                REGISTRY_VERSION,
                self.registry_version.to_be_bytes().to_vec(),
            ),
            (STATION, self.station.to_vec()),
        ];
        if let Some(submission) = self.submission {
            headers.push((SUBMISSION, submission.as_bytes().to_vec()));
        }
        headers
    }

    /// Reads the stamp back; `header` gives the value of a header by its name.
    ///
    /// # Errors
    /// Names the first header that is missing or malformed.
    pub fn from_headers<'a>(header: impl Fn(&str) -> Option<&'a [u8]>) -> Result<Self, BadStamp> {
        fn fixed<const N: usize>(
            value: Option<&[u8]>,
            name: &'static str,
        ) -> Result<[u8; N], BadStamp> {
            value
                .and_then(|bytes| bytes.try_into().ok())
                .ok_or(BadStamp(name))
        }
        let micros = i64::from_be_bytes(fixed(header(RECEIVED_AT), RECEIVED_AT)?);
        let submission = match header(SUBMISSION) {
            None => None,
            value => Some(Uuid::from_bytes(fixed(value, SUBMISSION)?)),
        };
        Ok(Self {
            reception: ReceptionId(Uuid::from_bytes(fixed(header(RECEPTION_ID), RECEPTION_ID)?)),
            received_at: Timestamp::from_microsecond(micros).map_err(|_| BadStamp(RECEIVED_AT))?,
            registry_version: u64::from_be_bytes(fixed(
                header(REGISTRY_VERSION),
                REGISTRY_VERSION,
            )?),
            station: fixed(header(STATION), STATION)?,
            submission,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_stamp_survives_its_headers(reception: u128, micros in 0i64..4_000_000_000_000_000, version: u64, station: [u8; 32], submission: Option<u128>) {
            let stamp = ReceptionStamp {
                reception: ReceptionId(Uuid::from_u128(reception)),
                received_at: Timestamp::from_microsecond(micros).unwrap(),
                registry_version: version,
                station,
                submission: submission.map(Uuid::from_u128),
            };
            let headers = stamp.to_headers();
            let find = |name: &str| headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_slice());
            prop_assert_eq!(ReceptionStamp::from_headers(find), Ok(stamp));
        }
    }

    #[test]
    fn a_missing_header_is_named() {
        assert_eq!(
            ReceptionStamp::from_headers(|_| None),
            Err(BadStamp(RECEIVED_AT))
        );
    }
}
