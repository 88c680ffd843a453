//! Who knocks. In a simulation a header says it; with mutual TLS the connection will.

use std::sync::Arc;

use actix_web::HttpRequest;
use cnt_contracts::hex32::Hex32;
use cnt_domain::codes::Siren;
use cnt_flow::RegistryVersion;
use cnt_service_kit::clock::paris;
use cnt_service_kit::http::Problem;
use jiff::Timestamp;

use crate::http::Door;
use crate::http::refusal::Refusal;

/// Header with the SHA-256 of the station's connection certificate, 64 hexadecimal digits.
pub(crate) const STATION_HEADER: &str = "CNT-Station";

/// A station that may come in.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its connection certificate.
    pub(crate) fingerprint: [u8; 32],
    /// The collectivity it sends for.
    pub(crate) siren: Siren,
    /// The version of the registry that says so.
    pub(crate) version: Arc<RegistryVersion>,
}

impl Door {
    /// The station of a request: 401 for one that nobody knows, 403 for one out of its period.
    pub(crate) fn station(&self, request: &HttpRequest) -> Result<Known, Refusal> {
        let version = self.registry.current().ok_or_else(Refusal::not_ready)?;
        let now = self.context.clock.legal_now();
        let fingerprint = fingerprint(request)?;
        Ok(judge(fingerprint, version, now)?)
    }
}

fn fingerprint(request: &HttpRequest) -> Result<[u8; 32], Problem> {
    let mut values = request.headers().get_all(STATION_HEADER);
    let (Some(value), None) = (values.next(), values.next()) else {
        let detail = format!("The header {STATION_HEADER} is expected once");
        return Err(Problem::unauthorized(detail));
    };
    value
        .to_str()
        .ok()
        .and_then(Hex32::parse)
        .map(|fingerprint| fingerprint.0)
        .ok_or_else(|| {
            Problem::unauthorized(format!("{STATION_HEADER} must be 64 hexadecimal digits"))
        })
}

fn judge(
    fingerprint: [u8; 32],
    version: Arc<RegistryVersion>,
    now: Timestamp,
) -> Result<Known, Problem> {
    let station = version
        .registry
        .stations
        .get(&fingerprint)
        .ok_or_else(|| Problem::unauthorized("No station has this connection certificate"))?;
    if !station.period.contains(now.to_zoned(paris()).date()) {
        return Err(Problem::forbidden(
            "The station may not connect on this day",
        ));
    }
    Ok(Known {
        fingerprint,
        siren: station.siren.clone(),
        version,
    })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use cnt_contracts::registry::AnchorsV1;
    use cnt_domain::registry::{Period, Registry, Station};

    use super::*;

    fn registry() -> Arc<RegistryVersion> {
        let mut registry = Registry::default();
        let station = Station {
            fingerprint: [1; 32],
            siren: "100000001".parse().unwrap(),
            name: "Poste".to_owned(),
            period: Period {
                from: "2026-01-01".parse().unwrap(),
                to: Some("2026-12-31".parse().unwrap()),
            },
        };
        registry.stations.insert([1; 32], station);
        Arc::new(RegistryVersion {
            registry,
            anchors: AnchorsV1::default(),
        })
    }

    #[test]
    fn a_station_is_known_in_its_period_by_the_civil_day_in_paris() {
        let status = |fingerprint, now: &str| {
            judge([fingerprint; 32], registry(), now.parse().unwrap())
                .map_or_else(|problem| problem.status.as_u16(), |_| 200)
        };
        assert_eq!(status(1, "2026-06-01T12:00:00Z"), 200);
        assert_eq!(status(1, "2026-12-31T22:59:59Z"), 200);
        assert_eq!(status(1, "2026-12-31T23:00:00Z"), 403);
        assert_eq!(status(2, "2026-06-01T12:00:00Z"), 401);
    }

    #[test]
    fn the_header_is_asked_once_and_whole() {
        let digits = "ab".repeat(32);
        let asked = |values: &[&str]| {
            let mut request = TestRequest::default();
            for value in values {
                request = request.append_header((STATION_HEADER, *value));
            }
            fingerprint(&request.to_http_request()).map_err(|problem| problem.status.as_u16())
        };
        assert_eq!(asked(&[&digits]), Ok([0xab; 32]));
        for wrong in [&[][..], &["ab"], &[&digits, &digits], &["é"]] {
            assert_eq!(asked(wrong), Err(401));
        }
    }
}
