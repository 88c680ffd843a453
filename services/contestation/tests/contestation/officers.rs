//! What officers sign.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use cnt_contracts::law::{LawV1, SubstitutionV1};
use cnt_contracts::officer::OfficerStatement;
use cnt_contracts::registry::{DateText, OmpV1};
use cnt_trust::issue::{AuthorityRole, CrlDates, Hierarchy, HierarchyParams, Issued, pem};
use cnt_trust::{Revocation, RevocationReason, sign_compact};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{NOW, Service};

/// Certifies officers.
pub(crate) static OFFICERS: LazyLock<Hierarchy> =
    LazyLock::new(|| Hierarchy::generate(HierarchyParams::from_number(1, *SINCE)).unwrap());
/// The day before the service's clock stands still.
static SINCE: LazyLock<i64> = LazyLock::new(|| now() - 86_400);

/// The instant at which the clock of the service under test stands, in seconds.
fn now() -> i64 {
    let now: Timestamp = NOW.parse().unwrap();
    now.as_second()
}

/// From when the certificates of this world are valid.
pub(crate) fn since() -> i64 {
    *SINCE
}

/// The signature of an OMP's officer over a statement.
pub(crate) fn signed_by(omp: &str, statement: &OfficerStatement<Value>) -> String {
    let issued = OFFICERS
        .issue_officer(omp, "Tribunal de police", *SINCE)
        .unwrap();
    let payload = serde_json::to_vec(statement).unwrap();
    sign_compact(&payload, now(), &issued.signer().unwrap()).unwrap()
}

/// Leaves certificate and key of an OMP's officer where the console looks for them.
pub(crate) fn install(directory: &Path, omp: &str) {
    let issued = OFFICERS
        .issue_officer(omp, "Tribunal de police", *SINCE)
        .unwrap();
    std::fs::create_dir_all(directory).unwrap();
    let file = |kind: &str| directory.join(format!("{omp}.{kind}.pem"));
    std::fs::write(file("crt"), issued.certificate_pem()).unwrap();
    std::fs::write(file("key"), issued.key_pem()).unwrap();
}

/// Leaves certificate and key of a server on this machine; their files.
pub(crate) fn server_certificate(directory: &Path) -> (PathBuf, PathBuf) {
    let issued = OFFICERS
        .issue_tls_server("console", &["localhost"], *SINCE)
        .unwrap();
    let services = OFFICERS.authority(AuthorityRole::Services);
    let file = |kind: &str| directory.join(format!("console.{kind}.pem"));
    let chain = issued.certificate_pem() + &services.certificate_pem();
    std::fs::write(file("crt"), chain).unwrap();
    std::fs::write(file("key"), issued.key_pem()).unwrap();
    (file("crt"), file("key"))
}

/// The card of somebody who works for an OMP.
pub(crate) fn card_of(login: &str, omp: &str) -> Issued {
    OFFICERS
        .issue_operator((login, "Essai"), omp, *SINCE)
        .unwrap()
}

/// A revocation list of the authority that certifies cards, PEM.
pub(crate) fn list_of(revoked: &Issued) -> String {
    let dates = CrlDates {
        number: 1,
        this_update: *SINCE,
        next_update: *SINCE + 30 * 86_400,
    };
    let revocation = Revocation {
        serial: revoked.serial,
        effective_at: *SINCE,
        reason: RevocationReason::Theft,
        known_from: *SINCE,
    };
    let authority = OFFICERS.authority(AuthorityRole::Origin);
    pem("X509 CRL", &authority.crl(dates, &[revocation]).unwrap())
}

/// An OMP to which files can be transferred.
pub(crate) fn omps() -> Vec<OmpV1> {
    vec![OmpV1 {
        code: "OMP-51-01".to_owned(),
        court: "Tribunal de police".to_owned(),
        address: Vec::new(),
    }]
}

/// The law, with an order of substitution.
pub(crate) fn law() -> LawV1 {
    LawV1 {
        substitutions: vec![SubstitutionV1 {
            omp: "OMP-08-01".to_owned(),
            by: "OMP-51-01".to_owned(),
            from: DateText("2026-01-01".to_owned()),
            to: None,
            reason: "ordonnance du procureur général".to_owned(),
        }],
        ..LawV1::default()
    }
}

impl Service {
    /// Decides a file, signed by the officer of the OMP.
    pub(crate) fn decide(
        &self,
        (id, omp): (Uuid, &str),
        version: i64,
        decision: &Value,
    ) -> (u16, Value) {
        let signature = signed_by(
            omp,
            &OfficerStatement::Decision {
                contestation: id,
                omp: omp.to_owned(),
                version: i32::try_from(version).unwrap(),
                decision: decision.clone(),
            },
        );
        let body = json!({"version": version, "decision": decision, "signature": signature});
        let path = format!("/v1/contestations/{id}/decide");
        self.post(&path, &body.to_string(), "leroy", omp)
    }
}
