//! Request lots become document lots, once, on a real broker and database.

use cnt_bus::{HandleError, LotHandler};
use cnt_contracts::courrier::GroundWord;
use cnt_contracts::document::DocumentMeta;
use cnt_contracts::events::LetterRequestEvent;
use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{
    ClassementLetterV1, ContestedV1, DesignatedLetterV1, DriverV1, DueV1, LetterRequestV1,
    LetterV1, MaintainedLetterV1, MajoreeLetterV1, PieceAskedLetterV1, ProcesVerbalLetterV1,
    ReceiptLetterV1, ReceivedPieceV1, RecommendedV1, RefusalLetterV1, ReportAskedLetterV1,
    TransmissionLetterV1,
};
use cnt_contracts::topics::LETTER_REQUEST;
use cnt_contracts::verdict::VerdictMeta;
use cnt_edition::{Config, Edition, Letters, db};
use cnt_flow::{LotFlow, lot_id, lot_ref};
use cnt_service_kit::{ServiceContext, failpoint};
use cnt_store::{connect, migrate, quarantine};
use cnt_testkit::TestStack;
use cnt_vault::{
    LocalStore, LotAbout, LotKind, LotReader, LotWriter, MemberInput, ObjectStore, SealedLot,
};
use uuid::Uuid;

use crate::support::{Judged, poll_of, registry, verdict_lot};

const NOW: &str = "2027-01-20T10:00:00Z";

fn request(avis: u64, id_mif: Uuid, verdict_lot: Hex32) -> MemberInput {
    let due = |cents| DueV1 {
        cents,
        until_paper: "2027-02-22".to_owned(),
        until_remote: "2027-03-08".to_owned(),
    };
    let request = LetterRequestV1 {
        avis: avis.to_string(),
        issue: 1,
        id_mif,
        verdict_lot,
        avis_date: "2026-11-23".to_owned(),
        sent_on: "2027-01-20".to_owned(),
        omp: None,
        addressee: None,
        address: None,
        is_kept: false,
        letter: LetterV1::AmendeMajoree(Box::new(MajoreeLetterV1 {
            titre: "T270120-35-01-1".to_owned(),
            signed_on: "2027-01-20".to_owned(),
            reduced: due(30_000),
            full: due(37_500),
            claim_until: "2027-02-19".to_owned(),
            consignation_cents: None,
            accountant_name: "TRÉSORERIE DES AMENDES (SIMULATION)".to_owned(),
            accountant_address: vec!["BP 00000".to_owned(), "35000 RENNES".to_owned()],
        })),
    };
    MemberInput::new(format!("{avis}/AFM/1"), Vec::new(), &request).unwrap()
}

fn contested() -> ContestedV1 {
    ContestedV1 {
        case_number: "C9900000001".to_owned(),
        is_reclamation: false,
        is_online: true,
        sent_on: "2026-12-01".to_owned(),
    }
}

/// The letters after a contestation, of each kind and in each variant that decisions ask for.
fn after_contestation() -> Vec<LetterV1> {
    let refusal = |ground: &str, is_due: bool| RefusalLetterV1 {
        contested: contested(),
        grounds: vec![ground.to_owned()],
        recommended: None,
        new_contestation_until: None,
        cents: 13_500,
        due_until: is_due.then(|| "2027-01-04".to_owned()),
    };
    let mut unmotivated = refusal("IRR_MOTIF", false);
    unmotivated.recommended = Some(RecommendedV1 {
        number: "SIM9900000001".to_owned(),
        contest_until: "2027-01-04".to_owned(),
    });
    let mut again = refusal("IRR_PIECE", true);
    again.new_contestation_until = Some("2027-01-04".to_owned());
    let closed = |reason: &str| ClassementLetterV1 {
        contested: contested(),
        decided_on: "2026-12-03".to_owned(),
        reason: reason.to_owned(),
        prescribed_on: "2027-10-01".to_owned(),
    };
    let transmitted = |has_hearing| TransmissionLetterV1 {
        contested: contested(),
        transmitted_on: "2026-12-03".to_owned(),
        has_hearing,
        fine_min_cents: 13_500,
        fine_max_cents: 75_000,
        court_fee_cents: 3_100,
    };
    let refusals = [refusal("IRR_DELAI", false), unmotivated, again];
    let reasons = [
        "not_established",
        "not_the_author",
        "procedure",
        "circumstances",
    ];
    let piece = |label: &str| ReceivedPieceV1 {
        label: label.to_owned(),
        sha256: Hex32([7; 32]),
    };
    let receipt = |ground, pieces: Vec<ReceivedPieceV1>| ReceiptLetterV1 {
        contested: contested(),
        registered_at_us: 1_796_120_000_000_000,
        ground,
        contest_until: "2027-01-04".to_owned(),
        pieces,
        deposit_sha256: Hex32([8; 32]),
    };
    let receipts = [
        receipt(
            GroundWord::Vehicule,
            vec![piece("Pièce 1 (PDF)"), piece("Pièce 2 (JPEG)")],
        ),
        receipt(GroundWord::Designation, Vec::new()),
        receipt(GroundWord::Autre, Vec::new()),
    ];
    refusals
        .into_iter()
        .map(|letter| LetterV1::Irrecevabilite(Box::new(letter)))
        .chain(reasons.map(|reason| LetterV1::Classement(Box::new(closed(reason)))))
        .chain([false, true].map(|has| LetterV1::Transmission(Box::new(transmitted(has)))))
        .chain(receipts.map(|letter| LetterV1::Receipt(Box::new(letter))))
        .chain(of_the_file())
        .collect()
}

/// What else is asked for about a file.
fn of_the_file() -> [LetterV1; 4] {
    [
        LetterV1::FineMaintained(Box::new(MaintainedLetterV1 {
            contested: contested(),
            decided_on: "2026-12-03".to_owned(),
            paid_cents: 13_500,
        })),
        LetterV1::PieceAsked(Box::new(PieceAskedLetterV1 {
            contested: contested(),
            wanted: "La copie de la carte,\nrecto et verso.".to_owned(),
            until: "2027-01-04".to_owned(),
        })),
        LetterV1::ProcesVerbal(ProcesVerbalLetterV1 {}),
        LetterV1::ReportAsked(Box::new(ReportAskedLetterV1 {
            contested: contested(),
            inquiry: Uuid::from_u128(5),
            wanted: "Où était le panneau ?".to_owned(),
            until: "2027-01-04".to_owned(),
        })),
    ]
}

#[test]
fn every_letter_after_a_contestation_is_made() {
    let Bench {
        stack,
        objects,
        mut flow,
    } = bench();
    let verdicts = verdict_lot(&objects, 1, &[Judged::signed("ZZ001ZZ")]);
    let id_mif = mifs_of(&objects, verdicts.lot.id).remove(0);
    let letters = after_contestation();
    let members: Vec<MemberInput> = (1..)
        .zip(&letters)
        .map(|(issue, letter)| {
            let request = LetterRequestV1 {
                avis: "9900000001".to_owned(),
                issue,
                id_mif,
                verdict_lot: verdicts.lot.id,
                avis_date: "2026-11-23".to_owned(),
                sent_on: "2026-12-03".to_owned(),
                omp: None,
                addressee: None,
                address: None,
                is_kept: false,
                letter: letter.clone(),
            };
            let id = format!("9900000001/{}/{issue}", letter.kind());
            MemberInput::new(id, Vec::new(), &request).unwrap()
        })
        .collect();
    let asked = request_lot(members);
    objects.put(&asked).unwrap();
    let lot = poll_of(LETTER_REQUEST.name, Uuid::from_u128(9), 0, &[event(&asked)]);
    flow.handle(&lot).unwrap();
    let mut conn = connect(&stack.database("edition")).unwrap();
    let aside = quarantine::list(&mut conn, None, 10).unwrap();
    let details: Vec<_> = aside.iter().map(|entry| &entry.record.detail).collect();
    assert!(details.is_empty(), "{details:?}");
    let made: Vec<_> = objects.list(LotKind::Document).unwrap().collect();
    let id = *made[0].as_ref().unwrap();
    let reader = LotReader::open(objects.get(LotKind::Document, id).unwrap()).unwrap();
    let templates = &reader.manifest().templates;
    let kinds: Vec<&str> = templates.keys().map(String::as_str).collect();
    assert_eq!(
        kinds,
        ["ACE", "CSS", "DEP", "IRR", "MAI", "PVE", "RAP", "TTP"]
    );
    for content in reader.contents().unwrap() {
        let (member, pdf) = content.unwrap();
        assert!(pdf.starts_with(b"%PDF-1.7"), "{}", member.id);
    }
    assert_eq!(reader.members().unwrap().len(), letters.len());
}

pub(crate) fn request_lot(members: Vec<MemberInput>) -> SealedLot {
    let about = LotAbout::new(NOW.parse().unwrap(), "test", "0");
    let mut writer = LotWriter::new(LotKind::Request, about).unwrap();
    writer.add_members(members).unwrap();
    writer.finish().unwrap()
}

pub(crate) fn event(lot: &SealedLot) -> Vec<u8> {
    let event = LetterRequestEvent {
        version: 1,
        lot: lot_ref(lot),
    };
    serde_json::to_vec(&event).unwrap()
}

pub(crate) struct Bench {
    pub(crate) stack: TestStack,
    pub(crate) objects: LocalStore,
    pub(crate) flow: LotFlow<Letters>,
}

pub(crate) fn bench() -> Bench {
    let stack = TestStack::start().unwrap();
    let objects = LocalStore::new(stack.objects_dir());
    let registry = registry(&objects);
    let mut conn = connect(&stack.database("edition")).unwrap();
    migrate(&mut conn, &db::migrations()).unwrap();
    let given = [
        ("DATABASE__CONNINFO", stack.conninfo("edition")),
        ("BROKER__BOOTSTRAP", stack.bus("x").bootstrap),
        ("OBJECTS__DIR", stack.objects_dir().display().to_string()),
        ("PORTAL__SECRET", "a secret of the tests".to_owned()),
        ("PREVIEW__LISTEN", "127.0.0.1:0".to_owned()),
    ];
    let given = given.map(|(key, value)| (format!("CNT_EDITION__{key}"), value));
    let config = Config::load_with(None, given).unwrap();
    let context = ServiceContext::for_test(cnt_edition::NAME, NOW.parse().unwrap()).unwrap();
    let plumbing = stack.plumbing(&context).unwrap();
    plumbing.registry.announce(&registry).unwrap();
    let setup = plumbing
        .flow(
            &context,
            stack.database("edition"),
            "unused",
            &[LETTER_REQUEST],
        )
        .unwrap();
    let edition = Edition::new(&config, &context, &plumbing).unwrap();
    let letters = Letters::new(&config, &context, &plumbing, edition.workshop()).unwrap();
    let flow = LotFlow::new(&setup, letters, cnt_edition::NAME);
    Bench {
        stack,
        objects,
        flow,
    }
}

fn designated(avis: u64, id_mif: Uuid, verdict_lot: Hex32, address: &[&str]) -> MemberInput {
    let request = LetterRequestV1 {
        avis: avis.to_string(),
        issue: 1,
        id_mif,
        verdict_lot,
        avis_date: "2026-11-23".to_owned(),
        sent_on: "2027-01-20".to_owned(),
        omp: None,
        addressee: Some(DriverV1 {
            last_name: "MÜLLER".to_owned(),
            first_names: "Anna".to_owned(),
            address: address.iter().map(|line| (*line).to_owned()).collect(),
        }),
        address: None,
        is_kept: false,
        letter: LetterV1::Designated(DesignatedLetterV1 {
            replaces: format!("{avis}/ACO/1"),
        }),
    };
    MemberInput::new(format!("{avis}/ACD/1"), Vec::new(), &request).unwrap()
}

/// A designated driver gets an avis of their own: its own number, their address, the delays of its own date; made again, it
/// is the same.
#[test]
fn designated_drivers_get_avis_of_their_own() {
    let Bench {
        stack,
        objects,
        mut flow,
    } = bench();
    let mut conn = connect(&stack.database("edition")).unwrap();
    let verdicts = verdict_lot(&objects, 1, &[Judged::accepted("ZZ001ZZ")]);
    let id_mif = mifs_of(&objects, verdicts.lot.id).remove(0);
    let asked = request_lot(vec![
        designated(
            9_900_000_001,
            id_mif,
            verdicts.lot.id,
            &["1 rue du Four", "35000 Rennes"],
        ),
        designated(
            9_900_000_002,
            id_mif,
            verdicts.lot.id,
            &["3 Bahnhofstraße", "10115 Berlin", "DE"],
        ),
    ]);
    objects.put(&asked).unwrap();
    let lot = poll_of(LETTER_REQUEST.name, Uuid::from_u128(9), 0, &[event(&asked)]);
    let armed = failpoint::arm("edition.before_letters_commit=error").unwrap();
    assert!(matches!(flow.handle(&lot), Err(HandleError::Retry(_))));
    drop(armed);
    flow.handle(&lot).unwrap();
    let aside = quarantine::list(&mut conn, None, 10).unwrap();
    let details: Vec<_> = aside.iter().map(|entry| &entry.record.detail).collect();
    assert!(details.is_empty(), "{details:?}");
    let made: Vec<_> = objects.list(LotKind::Document).unwrap().collect();
    assert_eq!(made.len(), 1, "both runs made the same object");
    let id = *made[0].as_ref().unwrap();
    let reader = LotReader::open(objects.get(LotKind::Document, id).unwrap()).unwrap();
    assert!(reader.manifest().templates.contains_key("ACO"));
    let contents: Vec<_> = reader.contents().unwrap().map(Result::unwrap).collect();
    for (n, (member, pdf)) in (1_u64..).zip(&contents) {
        assert!(pdf.starts_with(b"%PDF-1.7"));
        let DocumentMeta::Document(facts) = member.meta().unwrap() else {
            panic!("{} is no document", member.id);
        };
        let number = 9_900_000_000 + n;
        assert_eq!(member.id, format!("{number}/ACD/1"));
        assert_eq!(facts.replaces, Some(format!("{number}/ACO/1")));
        assert_eq!((facts.avis, facts.issue), (number.to_string(), 1));
        assert_eq!((facts.addressee.as_str(), facts.sheets), ("Anna MÜLLER", 3));
        assert_eq!(facts.postcode.is_empty(), n == 2, "abroad");
        assert_eq!(facts.consignation_cents, None);
        // 45 days end on Saturday 6 March; a month more abroad.
        let until = if n == 1 { "2027-03-08" } else { "2027-04-06" };
        assert_eq!(facts.requete_until.as_deref(), Some(until));
    }
}

#[test]
fn letters_are_made_once_from_the_mifs_of_their_avis() {
    let Bench {
        stack,
        objects,
        mut flow,
    } = bench();
    let mut conn = connect(&stack.database("edition")).unwrap();
    let verdicts = verdict_lot(
        &objects,
        1,
        &[
            Judged::accepted("ZZ001ZZ"),
            Judged::accepted("ZZ002ZZ"),
            Judged::accepted("ZZ007ZZ"),
        ],
    );
    let mifs = mifs_of(&objects, verdicts.lot.id);
    let asked = request_lot(vec![
        request(9_900_000_001, mifs[0], verdicts.lot.id),
        request(9_900_000_002, mifs[1], verdicts.lot.id),
        request(9_900_000_003, mifs[2], verdicts.lot.id),
    ]);
    objects.put(&asked).unwrap();
    let topic = Uuid::from_u128(9);
    let lot = |offset| poll_of(LETTER_REQUEST.name, topic, offset, &[event(&asked)]);

    // The process dies between the object and the commit: the second run makes the same object.
    let armed = failpoint::arm("edition.before_letters_commit=error").unwrap();
    assert!(matches!(flow.handle(&lot(0)), Err(HandleError::Retry(_))));
    drop(armed);
    flow.handle(&lot(0)).unwrap();
    let made: Vec<_> = objects.list(LotKind::Document).unwrap().collect();
    assert_eq!(made.len(), 1);
    // Announced again, it changes nothing.
    flow.handle(&lot(1)).unwrap();
    let done = db::letters_done(&mut conn, &[Hex32(*asked.id().as_bytes())]).unwrap();
    assert_eq!(done.len(), 1);

    letters_are_whole(&objects, *made[0].as_ref().unwrap(), *asked.id().as_bytes());
    // A letter about a MIF that the lot does not hold is set aside, alone.
    let stray = request_lot(vec![request(
        9_900_000_004,
        Uuid::from_u128(1),
        verdicts.lot.id,
    )]);
    objects.put(&stray).unwrap();
    let both = [event(&stray), b"{".to_vec()];
    flow.handle(&poll_of(LETTER_REQUEST.name, topic, 2, &both))
        .unwrap();
    let waiting = quarantine::list(&mut conn, None, 10).unwrap();
    let mut reasons: Vec<_> = waiting
        .iter()
        .map(|entry| entry.record.reason.as_str())
        .collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["event_unreadable", "not_editable"]);
}

pub(crate) fn mifs_of(objects: &LocalStore, lot: Hex32) -> Vec<Uuid> {
    let object = objects.get(LotKind::Verdict, lot_id(lot)).unwrap();
    let reader = LotReader::open(object).unwrap();
    let members = reader.members().unwrap().iter();
    members
        .map(|member| member.meta::<VerdictMeta>().unwrap().id_mif.unwrap())
        .collect()
}

fn letters_are_whole(objects: &LocalStore, id: cnt_vault::LotId, asked: [u8; 32]) {
    let reader = LotReader::open(objects.get(LotKind::Document, id).unwrap()).unwrap();
    assert_eq!(
        reader.manifest().about["request_lot"],
        Hex32(asked).to_string()
    );
    let contents: Vec<_> = reader.contents().unwrap().map(Result::unwrap).collect();
    assert_eq!(contents.len(), 3);
    for (member, pdf) in &contents {
        assert!(pdf.starts_with(b"%PDF-1.7"), "{}", member.id);
        let DocumentMeta::Document(facts) = member.meta().unwrap() else {
            panic!("{} is no document", member.id);
        };
        assert_eq!(
            (facts.kind.as_str(), facts.avis_date.as_str()),
            ("AFM", "2027-01-20")
        );
        assert_eq!(member.id, format!("{}/AFM/1", facts.avis));
        assert_eq!(facts.sheets, 1);
    }
    let abroad: DocumentMeta = contents[2].0.meta().unwrap();
    assert!(matches!(abroad, DocumentMeta::Document(facts) if facts.postcode.is_empty()));
}
