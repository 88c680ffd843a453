//! How the service under test is configured.

use std::net::SocketAddr;

use cnt_contestation::Config;
use cnt_service_kit::config::{
    BrokerSection, DatabaseSection, HttpSection, ObjectsSection, OpsSection, Secret,
    SimulationSection, TelemetrySection,
};
use serde_json::{Value, json};

use crate::officers::server_certificate;
use crate::support::World;

/// For the four listeners: queue, portal, console, its door for cards.
pub(crate) fn config(world: &World, [listen, portal, console, card]: [SocketAddr; 4]) -> Config {
    let (certificate, key) = server_certificate(world.stack.directory());
    let section: Value = json!({
        "portal": {
            "listen": portal, "secure_cookie": false, "forwarded": false, "session_idle_minutes": 20, "sessions_max": 100,
            "acknowledgement_timeout_ms": 1_500, "retry_after_seconds": 5,
        },
        "console": {
            "listen": console, "conninfo": world.stack.conninfo("console"), "pool_size": 4, "secure_cookie": false,
            "session_idle_minutes": 30, "session_hours": 10, "undo_seconds": 6, "signatures": world.stack.directory().join("officers"),
            "card": { "listen": card, "certificate": certificate, "key": key },
        },
        "mail": { "scan_bytes_max": 1_000, "lot_bytes_max": 100_000 },
        "queue": { "lease_minutes": 30, "page_max": 50 },
        "titre": { "accountant_name": "TRÉSORERIE", "accountant_address": ["35000 RENNES"] },
        "tribunal": { "court_fee_cents": 3_100 },
        "telemetry": { "format": "plain", "filter": "info" },
    });
    let part = |name: &str| section[name].clone();
    Config {
        database: DatabaseSection {
            conninfo: Secret::new(world.stack.conninfo(cnt_contestation::NAME)),
            pool_size: 4.try_into().unwrap(),
            statement_timeout_ms: 30_000,
        },
        broker: BrokerSection {
            bootstrap: world.stack.bus("test").bootstrap,
            sasl: None,
        },
        objects: ObjectsSection {
            dir: world.stack.objects_dir(),
        },
        http: HttpSection { listen },
        ops: OpsSection { listen },
        telemetry: serde_json::from_value::<TelemetrySection>(part("telemetry")).unwrap(),
        simulation: SimulationSection { enabled: true },
        mail: serde_json::from_value(part("mail")).unwrap(),
        portal: serde_json::from_value(part("portal")).unwrap(),
        queue: serde_json::from_value(part("queue")).unwrap(),
        console: serde_json::from_value(part("console")).unwrap(),
        titre: serde_json::from_value(part("titre")).unwrap(),
        tribunal: serde_json::from_value(part("tribunal")).unwrap(),
    }
}
