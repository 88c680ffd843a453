//! Document lots made by hand.

use cnt_contracts::document::{DocumentFacts, DocumentMeta, NotTransformedFacts};
use cnt_contracts::events::DocumentLotEvent;
use cnt_contracts::hex32::Hex32;
use cnt_vault::{Forme, LotAbout, LotKind, LotWriter, MemberInput, SealedLot};
use uuid::Uuid;

/// What addressees' postcodes are taken from, in turn; the empty one is abroad.
pub(crate) const POSTCODES: [&str; 6] = ["75011", "35000", "69003", "13001", "97400", ""];

/// Bytes that stand for the PDF of an avis.
pub(crate) fn pdf(avis: i64) -> Vec<u8> {
    let page = "BT /F1 10 Tf (avis de contravention) Tj ET\n".repeat(200);
    format!("%PDF-1.7\n{page}({avis:010})\n%%EOF\n").into_bytes()
}

/// Facts of an ACO.
pub(crate) fn facts(avis: i64) -> DocumentFacts {
    let turn = usize::try_from(avis).unwrap() % POSTCODES.len();
    DocumentFacts {
        avis: format!("{avis:010}"),
        kind: "ACO".to_owned(),
        issue: 1,
        replaces: None,
        id_mif: Uuid::from_u128(u128::try_from(avis).unwrap()),
        reception: Uuid::from_u128(1),
        siren: "217500016".to_owned(),
        service: "PM75001".to_owned(),
        natinf: 6083,
        class: 2,
        commune: "75056".to_owned(),
        offence_day: if avis % 10 == 5 {
            "2026-02-10".to_owned()
        } else {
            "2026-03-01".to_owned()
        },
        avis_date: "2026-03-05".to_owned(),
        requete_until: None,
        plate: (avis % 2 == 0).then(|| "AB-123-CD".to_owned()),
        plate_country: Some("F".to_owned()),
        addressee: if avis % 10 == 3 {
            "M. ÉLOI DE L’ÎLE".to_owned()
        } else {
            "MME CAMILLE SPECIMEN".to_owned()
        },
        postcode: POSTCODES[turn].to_owned(),
        locality: "SPECIMEN".to_owned(),
        pages: 4,
        sheets: 2 + u16::try_from(turn % 2).unwrap(),
        minoree_cents: Some(2_200),
        forfaitaire_cents: 3_500,
        majoree_cents: 7_500,
        consignation_cents: None,
        omp: if avis % 10 == 4 { "OMP35" } else { "OMP75" }.to_owned(),
        represented: false,
        key_sha256: "00".repeat(32),
        is_kept: false,
        recommended: None,
        report: None,
    }
}

/// A lot of the documents of `n` avis from `first` on, and of one MIF that ended without, with its event.
pub(crate) fn document_lot(first: i64, n: u32) -> (SealedLot, DocumentLotEvent) {
    let mut about = LotAbout::new("2026-03-02T08:15:30Z".parse().unwrap(), "test", "1");
    about.retention_class = Some("avis-5-years".to_owned());
    let mut writer = LotWriter::new(LotKind::Document, about).unwrap();
    let forme = writer
        .add_forme(&Forme::prepare("aco/test", pdf(0)).unwrap())
        .unwrap();
    for avis in first..first + i64::from(n) {
        let facts = facts(avis);
        let id = format!("{}/{}/{}", facts.avis, facts.kind, facts.issue);
        let meta = DocumentMeta::Document(Box::new(facts));
        writer
            .add_member(
                MemberInput::new(id, pdf(avis), &meta)
                    .unwrap()
                    .with_forme(forme),
            )
            .unwrap();
    }
    let id_mif = Uuid::from_u128(u128::MAX);
    let meta = DocumentMeta::NotTransformed(NotTransformedFacts {
        id_mif,
        reception: Uuid::from_u128(2),
        siren: "217500016".to_owned(),
        reason: "INCONNU".to_owned(),
        message: "L'immatriculation est inconnue.".to_owned(),
    });
    writer
        .add_member(MemberInput::new(format!("nt/{id_mif}"), Vec::new(), &meta).unwrap())
        .unwrap();
    let lot = writer.finish().unwrap();
    let event = DocumentLotEvent {
        version: 1,
        lot: cnt_flow::lot_ref(&lot),
        documents: n,
        not_transformed: 1,
        verdict_lot: Hex32([0; 32]),
    };
    (lot, event)
}
