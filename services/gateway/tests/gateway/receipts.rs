//! Receipts: each exactly once, to whom it belongs, whatever happens meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::PoisonError;

use cnt_flow::lot_ref;
use cnt_service_kit::ids::new_random;
use cnt_store::quarantine::{self, QuarantineState};
use cnt_testkit::wait_for;
use cnt_vault::{LotKind, ObjectStore};
use uuid::Uuid;

use crate::world::{PEACE, siren, world};

fn sorted(receptions: &[Uuid]) -> BTreeSet<Uuid> {
    receptions.iter().copied().collect()
}

#[test]
fn odd_pages_give_each_receipt_once_while_blocks_are_committed() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let lots: Vec<Vec<(Uuid, Option<String>)>> = (0..40)
        .map(|lot| {
            let owner = |member| match member % 5 {
                0 => None,
                1 | 2 => Some(siren(5)),
                _ => Some(siren(4)),
            };
            (0..lot % 9 + 3)
                .map(|member| (new_random(), owner(member)))
                .collect()
        })
        .collect();
    let documents: Vec<Vec<Uuid>> = (0..10)
        .map(|lot| (0..=lot).map(|_| new_random()).collect())
        .collect();
    let of = |number| -> BTreeSet<Uuid> {
        let mine = |(_, owner): &&(Uuid, Option<String>)| *owner == Some(siren(number));
        lots.iter()
            .flatten()
            .filter(mine)
            .map(|(reception, _)| *reception)
            .collect()
    };
    let mut expected = of(4);
    expected.extend(documents.iter().flatten());

    let (seen, cursor) = std::thread::scope(|scope| {
        scope.spawn(|| {
            for (number, lot) in (0i32..).zip(&lots) {
                let announced = world.commit_verdicts(lot, number % 4);
                if number % 5 == 0 {
                    // The event comes again, also on another partition.
                    world.announce_verdicts(announced, (number / 5) % 4);
                }
                if let Some(documents) = documents
                    .get(usize::try_from(number / 4).unwrap())
                    .filter(|_| number % 4 == 0)
                {
                    world.commit_not_transformed(documents, &siren(4), number % 3);
                }
            }
        });
        world.read_until(4, String::new(), expected.len(), &[7, 1, 13, 3])
    });
    assert_eq!(seen.len(), expected.len());
    assert_eq!(sorted(&seen), expected);
    let (again, end) = world.read_until(4, String::new(), expected.len(), &[10_000]);
    assert_eq!(
        (sorted(&again), again.len()),
        (expected.clone(), expected.len())
    );
    for cursor in [cursor, end] {
        let page = world.page(4, &format!("cursor={cursor}"));
        assert!(page.receipts.is_empty() && !page.more);
    }
    let (others, _) = world.read_until(5, String::new(), of(5).len(), &[11]);
    assert_eq!((sorted(&others), others.len()), (of(5), of(5).len()));
    assert!(world.page(6, "").receipts.is_empty());
}

#[test]
fn a_reader_that_waits_is_answered_when_something_comes() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let reception = new_random();
    let page = std::thread::scope(|scope| {
        let reader = scope.spawn(|| world.page(7, "wait_s=30"));
        world.commit_verdicts(&[(reception, Some(siren(7)))], 1);
        reader.join().unwrap()
    });
    assert_eq!(page.receipts.len(), 1);
    assert!(!page.more);
}

#[test]
fn a_lot_taken_out_of_quarantine_reaches_readers_that_passed_its_place() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let (damaged, after) = (new_random(), new_random());
    let lot = world.verdict_lot(&[(damaged, Some(siren(8)))]);
    world.objects.put(&lot).unwrap();
    let path = world.objects.locator(LotKind::Verdict, lot.id());
    let path = path.strip_prefix("file://").unwrap_or(&path);
    let writable = |bytes: &[u8]| {
        fs::set_permissions(path, fs::Permissions::from_mode(0o640)).unwrap();
        fs::write(path, bytes).unwrap();
    };
    writable(b"not a lot, but long enough to look for a footer in it; and so on and so forth, up to here, at least");
    world.announce_verdicts(lot_ref(&lot), 2);
    world.commit_verdicts(&[(after, Some(siren(8)))], 2);
    let (seen, cursor) = world.read_until(8, String::new(), 1, &[10]);
    assert_eq!(seen, [after]);

    writable(lot.bytes());
    let mut conn = cnt_store::connect(&world.stack.database("gateway")).unwrap();
    let waiting = quarantine::list(&mut conn, Some(QuarantineState::Waiting), 10).unwrap();
    let entry = waiting
        .iter()
        .find(|entry| entry.record.reason == "lot_unreadable")
        .unwrap();
    quarantine::request_replay(&mut conn, entry.id).unwrap();
    let (seen, cursor) = world.read_until(8, cursor, 1, &[10]);
    assert_eq!(seen, [damaged]);
    assert!(
        world
            .page(8, &format!("cursor={cursor}"))
            .receipts
            .is_empty()
    );
    wait_for("the replay to be booked", || {
        let entry = quarantine::get(&mut conn, entry.id)?;
        Ok(entry.filter(|entry| entry.state == QuarantineState::Replayed))
    })
    .unwrap();
}

#[test]
fn queries_that_make_no_sense_are_refused() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    for (query, code) in [
        ("cursor=!", "bad_cursor"),
        ("cursor=AAAA", "bad_cursor"),
        ("limit=0", "bad_query"),
        ("limit=10001", "bad_query"),
        ("limit=many", "bad_query"),
        ("wait_s=31", "bad_query"),
        ("after=1", "bad_query"),
    ] {
        let answer = world.get(9, &format!("/v1/receipts?{query}"));
        assert_eq!(
            (answer.status, answer.problem().code.as_str()),
            (400, code),
            "{query}"
        );
    }
}
