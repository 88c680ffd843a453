//! Who knocks: the certificate of the connection says it.

use std::sync::Arc;

use actix_web::HttpRequest;
use cnt_domain::codes::Siren;
use cnt_flow::RegistryVersion;
use cnt_service_kit::clock::paris;
use cnt_service_kit::http::Problem;
use cnt_trust::CertificateFacts;
use jiff::Timestamp;

use crate::http::Door;
use crate::http::refusal::Refusal;
use crate::tls::Peer;

/// A station that may come in.
#[derive(Debug)]
pub(crate) struct Known {
    /// Its connection certificate.
    pub(crate) fingerprint: [u8; 32],
    /// The collectivity it sends for.
    pub(crate) siren: Siren,
    /// What its connection certificate says.
    pub(crate) certificate: Arc<CertificateFacts>,
    /// The version of the registry that says so.
    pub(crate) version: Arc<RegistryVersion>,
}

impl Door {
    /// The station of a request: 401 for one that nobody knows or whose certificate is no longer good, 403 for one out
    /// of its period, 429 for one that asks too often. Judged by the registry's newest version, however old the connection.
    pub(crate) fn station(&self, request: &HttpRequest) -> Result<Known, Refusal> {
        let version = self.registry.current().ok_or_else(Refusal::not_ready)?;
        let peer = request.conn_data::<Peer>().ok_or_else(|| {
            Problem::unauthorized("The connection has no certificate of a station")
        })?;
        if peer.is_one_too_many() {
            return Err(Refusal::too_many("The station has too many connections"));
        }
        let at = self.context.clock.real_now().as_second();
        let certificate = peer
            .check(&self.judges, &version, at)
            .map_err(Problem::internal)?
            .map_err(|error| Problem::unauthorized(error.to_string()))?;
        let siren = judge(peer.fingerprint, &version, self.context.clock.legal_now())?;
        // Strangers are not counted: they would make the books grow.
        self.allowances.request(peer.fingerprint)?;
        Ok(Known {
            fingerprint: peer.fingerprint,
            siren,
            certificate,
            version,
        })
    }
}

fn judge(
    fingerprint: [u8; 32],
    version: &RegistryVersion,
    now: Timestamp,
) -> Result<Siren, Problem> {
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
    Ok(station.siren.clone())
}

#[cfg(test)]
mod tests {
    use cnt_contracts::registry::AnchorsV1;
    use cnt_domain::registry::{Period, Registry, Station};

    use super::*;

    fn registry() -> RegistryVersion {
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
        RegistryVersion {
            registry,
            anchors: AnchorsV1::default(),
        }
    }

    #[test]
    fn a_station_is_known_in_its_period_by_the_civil_day_in_paris() {
        let status = |fingerprint, now: &str| {
            judge([fingerprint; 32], &registry(), now.parse().unwrap())
                .map_or_else(|problem| problem.status.as_u16(), |_| 200)
        };
        assert_eq!(status(1, "2026-06-01T12:00:00Z"), 200);
        assert_eq!(status(1, "2026-12-31T22:59:59Z"), 200);
        assert_eq!(status(1, "2026-12-31T23:00:00Z"), 403);
        assert_eq!(status(2, "2026-06-01T12:00:00Z"), 401);
    }
}
