//! What is taken in, and what is not.

use super::*;
use cnt_contracts::courrier::{GroundWord, KindWord, PaperV2, PieceWord, UndeliveredWord};
use cnt_contracts::hex32::Hex32;
use proptest::prelude::*;

fn request(avis: &str, motivation: &str) -> ContestationRequest {
    ContestationRequest {
        id: Uuid::from_u128(7),
        avis: avis.to_owned(),
        ground: GroundWord::Autre,
        motivation: motivation.to_owned(),
    }
}

fn record(change: impl FnOnce(&mut CourrierV1)) -> Vec<u8> {
    let mut courrier = CourrierV1 {
        version: PORTAL_VERSION,
        received_at_us: 1_795_424_400_000_000,
        channel: PORTAL.to_owned(),
        contestation: request("9900000017", "Je conteste."),
        attachments: Vec::new(),
        driver: None,
    };
    change(&mut courrier);
    serde_json::to_vec(&courrier).unwrap()
}

#[test]
fn a_request_is_bounded() {
    let longest = "é".repeat(MOTIVATION_CHARACTERS_MAX);
    assert!(check_request(&request("9900000017", "a\nb")).is_ok());
    assert!(check_request(&request("9900000017", &longest)).is_ok());
    for bad in ["", "a\tb", "a\u{0}b", "a\rb", &format!("{longest}x")] {
        let outcome = check_request(&request("9900000017", bad));
        assert_eq!(outcome, Err(RequestRefused::Motivation));
    }
    for bad in ["", "1234567890", "99000000170", "990000001x"] {
        assert_eq!(check_request(&request(bad, "x")), Err(RequestRefused::Avis));
    }
    let mut nil = request("9900000017", "x");
    nil.id = Uuid::nil();
    assert_eq!(check_request(&nil), Err(RequestRefused::Id));
}

#[test]
fn the_day_of_reception_is_that_of_paris() {
    let late = record(|courrier| courrier.received_at_us = 1_783_031_400_000_000);
    let envelope = read_envelope(&late).unwrap();
    assert_eq!(envelope.received_at.to_string(), "2026-07-02T22:30:00Z");
    assert_eq!(envelope.received_day.to_string(), "2026-07-03");
}

#[test]
fn an_envelope_without_a_usable_avis_number_is_kept() {
    let envelope = read_envelope(&record(|courrier| {
        courrier.channel = MAIL.to_owned();
        courrier.contestation.avis = "illisible".to_owned();
    }))
    .unwrap();
    assert_eq!((envelope.avis, envelope.channel), (None, MAIL));
}

#[test]
fn what_is_no_envelope_says_why() {
    let reason = |bytes: &[u8]| read_envelope(bytes).unwrap_err().reason;
    assert_eq!(reason(b"{"), "courrier_unreadable");
    assert_eq!(reason(&record(|c| c.version = 99)), "courrier_version");
    assert_eq!(
        reason(&record(|c| c.channel = "fax".to_owned())),
        "courrier_channel"
    );
    assert_eq!(
        reason(&record(|c| c.received_at_us = i64::MAX)),
        "courrier_instant"
    );
    assert_eq!(
        reason(&record(|c| c.contestation.motivation.clear())),
        "motivation_malformed"
    );
}

fn envelope(kind: KindWord) -> EnvelopeV2 {
    EnvelopeV2 {
        id: Uuid::from_u128(8),
        kind,
        avis: "9900000017".to_owned(),
        received_on: "2026-12-10".to_owned(),
        posted_on: Some("2026-12-07".to_owned()),
        paper: None,
        undelivered: None,
    }
}

fn paper() -> PaperV2 {
    PaperV2 {
        ground: GroundWord::Autre,
        text: String::new(),
        pieces: vec![PieceWord::Avis, PieceWord::Destinataire],
        consigned_cents: 13_500,
    }
}

fn mailed(envelope: EnvelopeV2) -> Vec<u8> {
    let scan = ScanV2 {
        lot: Hex32([1; 32]),
        sha256: Hex32([2; 32]),
        bytes: 9,
        media: "application/pdf".to_owned(),
    };
    serde_json::to_vec(&CourrierV2 {
        version: MAIL_VERSION,
        received_at_us: 1_795_424_400_000_000,
        envelope,
        scan,
    })
    .unwrap()
}

#[test]
fn an_envelope_on_paper_keeps_what_the_mail_room_read() {
    let requete = EnvelopeV2 {
        paper: Some(paper()),
        ..envelope(KindWord::Requete)
    };
    let read = read_envelope(&mailed(requete.clone())).unwrap();
    assert_eq!((read.kind, read.channel), (CourrierKind::Requete, MAIL));
    assert_eq!(read.posted_day.unwrap().to_string(), "2026-12-07");
    let written = read.written.unwrap();
    assert_eq!(written.pieces, Some(vec!["avis", "destinataire"]));
    assert_eq!(written.consigned_cents, 13_500);
    // Without a number that can be one, the mail room has to find out; what it is, is not forgotten.
    let unknown = EnvelopeV2 {
        avis: "99 000".to_owned(),
        ..requete
    };
    let read = read_envelope(&mailed(unknown)).unwrap();
    assert_eq!(
        (read.kind, read.coded),
        (CourrierKind::Unidentifiable, CourrierKind::Requete)
    );
    let gdpr = EnvelopeV2 {
        avis: String::new(),
        ..envelope(KindWord::DataProtection)
    };
    let read = read_envelope(&mailed(gdpr)).unwrap();
    assert_eq!(read.kind, CourrierKind::DataProtection);
}

#[test]
fn the_parts_of_an_envelope_fit_its_kind() {
    let refused = |envelope: &EnvelopeV2| check_envelope(envelope).unwrap_err();
    let bare = envelope(KindWord::Requete);
    assert_eq!(refused(&bare), EnvelopeRefused::Paper);
    let motive = Some(UndeliveredWord::Unknown);
    let returned = EnvelopeV2 {
        undelivered: motive,
        ..envelope(KindWord::Npai)
    };
    assert!(check_envelope(&returned).is_ok());
    assert_eq!(
        refused(&envelope(KindWord::Npai)),
        EnvelopeRefused::Undelivered
    );
    let designation = EnvelopeV2 {
        paper: Some(paper()),
        ..envelope(KindWord::Designation)
    };
    assert_eq!(refused(&designation), EnvelopeRefused::Paper);
    let late = EnvelopeV2 {
        posted_on: Some("2026-12-11".to_owned()),
        ..returned.clone()
    };
    assert_eq!(refused(&late), EnvelopeRefused::Day);
    let nil = EnvelopeV2 {
        id: Uuid::nil(),
        ..returned
    };
    assert_eq!(refused(&nil), EnvelopeRefused::Id);
    let mut owing = paper();
    owing.consigned_cents = -1;
    let owing = EnvelopeV2 {
        paper: Some(owing),
        ..envelope(KindWord::Reclamation)
    };
    assert_eq!(refused(&owing), EnvelopeRefused::Consignation);
}

#[test]
fn a_scan_is_known_by_its_first_bytes() {
    assert_eq!(media(b"%PDF-1.4\n"), Some("application/pdf"));
    assert_eq!(media(b"II*\0xx"), Some("image/tiff"));
    assert_eq!(media(b"<html>"), None);
    assert_eq!(media(b""), None);
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(read_envelope(&bytes).is_err());
    }

    #[test]
    fn whatever_the_portal_takes_the_flow_can_read(avis in "99[0-9]{8}", motivation in "[^\\p{Cc}]{1,60}") {
        let asked = request(&avis, &motivation);
        prop_assert!(check_request(&asked).is_ok());
        let envelope = read_envelope(&record(|courrier| courrier.contestation = asked)).unwrap();
        prop_assert_eq!(envelope.avis.map(|number| number.to_string()), Some(avis));
    }
}
