//! The file handed over to the tribunal holds every piece.

use std::path::Path;
use std::process::{Command, Output};

use cnt_bus::LotHandler;
use cnt_contracts::document::DocumentMeta;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{
    HandOverLetterV1, LetterRequestV1, LetterV1, PieceV1, PlaceV1, ProcesVerbalLetterV1,
};
use cnt_contracts::topics::LETTER_REQUEST;
use cnt_store::{connect, quarantine};
use cnt_testkit::wait_for;
use cnt_trust::sha256;
use cnt_vault::{LotId, LotKind, LotReader, MemberInput, ObjectStore};
use uuid::Uuid;

use crate::letters::{Bench, bench, event, mifs_of, request_lot};
use crate::support::{Judged, poll_of, verdict_lot};

const AVIS: &str = "9900000001";
const PHOTO: &[u8] = b"\x89PNG\r\n\x1a\n not really";

/// Asks for one letter and gives the document lot that it made.
fn made(
    bench: &mut Bench,
    offset: i64,
    (verdict_lot, id_mif): (Hex32, Uuid),
    letter: LetterV1,
) -> LotId {
    let documents = |bench: &Bench| -> Vec<LotId> {
        let all = bench.objects.list(LotKind::Document).unwrap();
        all.map(Result::unwrap).collect()
    };
    let before = documents(bench);
    let request = LetterRequestV1 {
        avis: AVIS.to_owned(),
        issue: 1,
        id_mif,
        verdict_lot,
        avis_date: "2026-11-23".to_owned(),
        sent_on: "2026-12-03".to_owned(),
        omp: None,
        addressee: None,
        address: None,
        is_kept: true,
        letter,
    };
    let id = format!("{AVIS}/{}/1", request.letter.kind());
    let asked = request_lot(vec![MemberInput::new(id, Vec::new(), &request).unwrap()]);
    bench.objects.put(&asked).unwrap();
    let lot = poll_of(
        LETTER_REQUEST.name,
        Uuid::from_u128(9),
        offset,
        &[event(&asked)],
    );
    // Another test of this process stops commits on purpose.
    wait_for("the letter", || Ok(bench.flow.handle(&lot).ok())).unwrap();
    let mut after = documents(bench).into_iter();
    after.find(|id| !before.contains(id)).unwrap()
}

fn piece(label: &str, place: PlaceV1, bytes: &[u8], media: &str) -> PieceV1 {
    PieceV1 {
        label: label.to_owned(),
        day: "2026-12-03".to_owned(),
        place,
        sha256: Hex32(sha256(bytes)),
        media: media.to_owned(),
    }
}

/// More pieces than the bordereau has rows for.
fn pieces(pv_lot: LotId, pv: &[u8]) -> Vec<PieceV1> {
    let in_lot = PlaceV1::Member {
        kind: "document".to_owned(),
        lot: Hex32(*pv_lot.as_bytes()),
        member: format!("{AVIS}/PVE/1"),
    };
    let alone = PlaceV1::Object {
        kind: "photo".to_owned(),
        id: Hex32(sha256(PHOTO)),
    };
    let written = |n: usize| {
        let text = format!("Je conteste, {n} fois.");
        let place = PlaceV1::Text { text: text.clone() };
        piece(
            "Contestation en ligne",
            place,
            text.as_bytes(),
            "text/plain",
        )
    };
    let mut pieces = vec![
        piece("Procès-verbal", in_lot, pv, "application/pdf"),
        piece("Photographie n° 1", alone, PHOTO, "image/png"),
    ];
    pieces.extend((1..=14).map(written));
    pieces
}

fn run(program: &str, arguments: &[&str], file: &Path) -> Output {
    let output = Command::new(program)
        .args(arguments)
        .arg(file)
        .arg("-")
        .current_dir(file.parent().unwrap())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    output
}

/// The bordereau holds the pieces, bit for bit, and their list; a reader that is not ours takes them out.
#[test]
fn the_file_handed_over_holds_every_piece() {
    let mut bench = bench();
    let verdicts = verdict_lot(&bench.objects, 1, &[Judged::signed("ZZ001ZZ")]);
    let mif = (
        verdicts.lot.id,
        mifs_of(&bench.objects, verdicts.lot.id).remove(0),
    );
    let pv_lot = made(
        &mut bench,
        0,
        mif,
        LetterV1::ProcesVerbal(ProcesVerbalLetterV1 {}),
    );
    let reader = LotReader::open(bench.objects.get(LotKind::Document, pv_lot).unwrap()).unwrap();
    let member = reader.find(&format!("{AVIS}/PVE/1")).unwrap().unwrap();
    let DocumentMeta::Document(facts) = member.meta().unwrap() else {
        panic!("a procès-verbal is a document")
    };
    assert!(facts.is_kept && facts.pages == 2);
    let pv = reader.read(member).unwrap();

    let photo = LotId::from_bytes(sha256(PHOTO));
    bench
        .objects
        .put_bytes(LotKind::Photo, photo, PHOTO)
        .unwrap();
    let said = HandOverLetterV1 {
        bordereau: "B9900000001-1".to_owned(),
        case_number: "C9900000001".to_owned(),
        has_hearing: false,
        prescribed_on: "2027-12-03".to_owned(),
        pieces: pieces(pv_lot, &pv),
    };
    let lot = made(&mut bench, 1, mif, LetterV1::HandOver(Box::new(said)));
    let mut conn = connect(&bench.stack.database("edition")).unwrap();
    let aside = quarantine::list(&mut conn, None, 10).unwrap();
    let details: Vec<_> = aside.iter().map(|entry| &entry.record.detail).collect();
    assert!(details.is_empty(), "{details:?}");

    let reader = LotReader::open(bench.objects.get(LotKind::Document, lot).unwrap()).unwrap();
    let member = reader.find(&format!("{AVIS}/BTP/1")).unwrap().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("bordereau.pdf");
    std::fs::write(&file, reader.read(member).unwrap()).unwrap();
    what_it_holds(&file, &pv);
}

fn what_it_holds(file: &Path, pv: &[u8]) {
    let folder = file.parent().unwrap();
    let detached = Command::new("pdfdetach")
        .arg("-saveall")
        .arg(file)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(detached.status.success(), "{detached:?}");
    let held = |name: &str| std::fs::read(folder.join(name)).unwrap();
    assert_eq!(held("piece-01.pdf"), pv);
    assert_eq!(held("piece-02.png"), PHOTO);
    assert_eq!(held("piece-16.txt"), "Je conteste, 14 fois.".as_bytes());
    let list: serde_json::Value = serde_json::from_slice(&held("pieces.json")).unwrap();
    assert_eq!(list["pièces"][0]["pages"], 2);
    assert_eq!(list["pièces"][1]["sha256"], hex::encode(sha256(PHOTO)));
    let printed = run("pdftotext", &["-layout"], file);
    let text = String::from_utf8(printed.stdout).unwrap();
    let digest = hex::encode(sha256(&held("pieces.json")));
    let (first, _) = digest.split_at(8);
    assert!(text.contains(first), "{text}");
    assert!(text.contains("3 autres pièces, voir pieces.json"), "{text}");
}
