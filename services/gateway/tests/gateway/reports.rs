//! Reports that officers ask of agents: told by a receipt, answered by the collectivity alone.

use std::sync::PoisonError;
use std::time::Duration;

use cnt_bus::{Admin, Record, read_range};
use cnt_contracts::events::DocumentLotEvent;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::receipt::Receipt;
use cnt_contracts::report::ReportV1;
use cnt_contracts::topics::{DOCUMENT_LOT, REPORT_INBOUND};
use cnt_flow::lot_ref;
use cnt_testkit::wait_for;
use cnt_vault::{LotKind, MemberInput, ObjectStore as _};
use serde_json::json;
use uuid::Uuid;

use crate::world::{Answer, PEACE, World, answer, siren, world};

const STATION: u8 = 12;

impl World {
    /// A document lot that asks a report of the collectivity of a station.
    fn ask_report(&self, station: u8, inquiry: Uuid) {
        let id = Uuid::from_u128(0xA5);
        let meta = json!({
            "type": "document", "avis": "9900000001", "kind": "RAP", "issue": 1, "id_mif": id, "reception": id,
            "siren": siren(station), "service": "35PM001", "natinf": 7528, "class": 4, "commune": "35238",
            "offence_day": "2026-10-01", "avis_date": "2026-11-20", "addressee": "X", "postcode": "35000",
            "locality": "RENNES", "pages": 2, "sheets": 1, "forfaitaire_cents": 13_500, "majoree_cents": 37_500,
            "omp": "OMP-35-01", "key_sha256": "", "is_kept": true,
            "report": {"inquiry": inquiry, "wanted": "Qui conduisait ?", "until": "2027-01-04"},
        });
        let member = MemberInput::new("9900000001/RAP/1".to_owned(), Vec::new(), &meta).unwrap();
        let lot = self.seal(LotKind::Document, vec![member]);
        self.objects.put(&lot).unwrap();
        let event = DocumentLotEvent {
            version: 1,
            lot: lot_ref(&lot),
            documents: 1,
            not_transformed: 0,
            verdict_lot: Hex32::default(),
        };
        self.send(DOCUMENT_LOT.name, 0, &serde_json::to_value(event).unwrap());
    }

    fn report(&self, station: u8, inquiry: &str, body: &str) -> Answer {
        let url = self.url(&format!("/v1/reports/{inquiry}"));
        let request = self.agent(station).put(url);
        answer(request.content_type("application/json").send(body).unwrap())
    }

    /// Every report that the broker holds.
    fn reports(&self) -> Vec<ReportV1> {
        let bus = self.stack.bus("test");
        let admin = Admin::new(&bus).unwrap();
        let mut found = Vec::new();
        for held in admin.offsets(REPORT_INBOUND.name).unwrap() {
            let take = |record: Record| -> Result<(), std::io::Error> {
                found.push(serde_json::from_slice(&record.value)?);
                Ok(())
            };
            let (range, patience) = (held.low..held.high, Duration::from_secs(60));
            read_range(
                &bus,
                REPORT_INBOUND.name,
                held.partition,
                range,
                patience,
                take,
            )
            .unwrap();
        }
        found
    }
}

#[test]
fn a_report_is_asked_by_a_receipt_and_answered_by_its_collectivity() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let inquiry = Uuid::from_u128(0x7E57);
    let good = json!({"agent": "990017", "text": "Le titulaire.\nVu de près."}).to_string();
    assert_eq!(
        world.report(STATION, &inquiry.to_string(), &good).status,
        404
    );
    world.ask_report(STATION, inquiry);
    wait_for("the question", || {
        let page = world.page(STATION, "limit=1000");
        let asked = page.receipts.iter().any(|receipt| {
            matches!(receipt, Receipt::ReportAsked { inquiry: own, wanted, until, .. }
                if *own == inquiry && wanted == "Qui conduisait ?" && until == "2027-01-04")
        });
        Ok(asked.then_some(()))
    })
    .unwrap();
    let path = inquiry.to_string();
    for (body, status) in [
        ("", 400),
        ("{", 400),
        (r#"{"agent": "990017"}"#, 400),
        (r#"{"agent": "99 00", "text": "Vu."}"#, 422),
        (r#"{"agent": "990017", "text": ""}"#, 422),
        (r#"{"agent": "990017", "text": "\u0000"}"#, 422),
    ] {
        assert_eq!(world.report(STATION, &path, body).status, status, "{body}");
    }
    // Another collectivity was not asked.
    assert_eq!(world.report(3, &path, &good).status, 404);
    let taken = world.report(STATION, &path, &good);
    assert_eq!(taken.status, 202, "{}", taken.body);
    assert_eq!(taken.json()["inquiry"], path);
    let reports = world.reports();
    assert_eq!(reports.len(), 1);
    assert_eq!(
        (
            reports[0].inquiry,
            reports[0].siren.clone(),
            reports[0].report.text.as_str()
        ),
        (inquiry, siren(STATION), "Le titulaire.\nVu de près.")
    );
    assert_eq!(
        world.get(STATION, &format!("/v1/reports/{path}")).status,
        405
    );
}
