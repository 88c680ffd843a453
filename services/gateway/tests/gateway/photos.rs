//! Photographs: handed in before their MIF or within seven days of it, and told of when they do not come.

use std::sync::PoisonError;

use cnt_contracts::hex32::Hex32;
use cnt_contracts::receipt::Receipt;
use cnt_testkit::wait_for;
use cnt_trust::sha256;
use cnt_vault::{LotId, LotKind, ObjectStore as _};
use uuid::Uuid;

use crate::world::{PEACE, World, world};

const JPEG: &str = "image/jpeg";

fn picture(name: &str) -> (Vec<u8>, [u8; 32], String) {
    let bytes = [&b"\xFF\xD8\xFF\xE0"[..], name.as_bytes()].concat();
    let hash = sha256(&bytes);
    (bytes, hash, hex::encode(hash))
}

impl World {
    /// The photographs that a MIF misses, by its receipts: all of the collectivity's, once as many came.
    fn missing(&self, station: u8, count: usize) -> Vec<(Uuid, Hex32)> {
        wait_for("receipts of missing photographs", || {
            let page = self.page(station, "limit=10000");
            let missing: Vec<_> = page
                .receipts
                .iter()
                .filter_map(|receipt| match receipt {
                    Receipt::PhotoMissing {
                        reception, sha256, ..
                    } => Some((*reception, *sha256)),
                    _ => None,
                })
                .collect();
            Ok((missing.len() >= count).then_some(missing))
        })
        .unwrap()
    }
}

#[test]
fn a_photograph_is_kept_once_and_bit_by_bit() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let (bytes, hash, text) = picture("kept");
    let first = world.hand_in(3, &text, JPEG, &bytes);
    assert_eq!(first.status, 201, "{}", first.body);
    assert_eq!(first.json()["sha256"], text);
    let again = world.hand_in(3, &text, JPEG, &bytes);
    assert_eq!((again.status, again.json()), (200, first.json()));
    let kept = world.objects.get(LotKind::Photo, LotId::from_bytes(hash));
    assert_eq!(kept.unwrap(), bytes);
    // Another collectivity hands in its own.
    assert_eq!(world.hand_in(4, &text, JPEG, &bytes).status, 201);
}

#[test]
fn what_is_no_photograph_or_not_the_one_named_is_refused() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let (bytes, _, text) = picture("one");
    let (_, _, other) = picture("other");
    let large = [&b"\xFF\xD8\xFF\xE0"[..], &vec![0; 10_000_000]].concat();
    let large_hash = hex::encode(sha256(&large));
    let script = hex::encode(sha256(b"<svg/>"));
    for (hash, media, body, status, code) in [
        (&other, JPEG, &bytes[..], 400, "photo_hash"),
        (&text.to_uppercase(), JPEG, &bytes, 400, "photo_hash"),
        (&"x".to_owned(), JPEG, &bytes, 400, "photo_hash"),
        (&text, "image/svg+xml", &bytes, 415, "content_type"),
        (&text, "image/png", &bytes, 415, "content_type"),
        (&script, JPEG, b"<svg/>", 415, "content_type"),
        (&text, JPEG, b"", 400, "empty_body"),
        (&large_hash, JPEG, &large, 413, "body_too_large"),
    ] {
        let refused = world.hand_in(3, hash, media, body);
        assert_eq!(
            (refused.status, refused.problem().code.as_str()),
            (status, code)
        );
    }
    let kept = world
        .objects
        .exists(LotKind::Photo, LotId::from_bytes(sha256(b"<svg/>")));
    assert!(!kept.unwrap());
    assert_eq!(world.get(3, &format!("/v1/photos/{text}")).status, 405);
}

#[test]
fn what_does_not_come_in_seven_days_is_told_and_then_too_late() {
    let world = world();
    let _peace = PEACE.read().unwrap_or_else(PoisonError::into_inner);
    let (early, early_hash, early_text) = picture("early");
    let (late, late_hash, late_text) = picture("late");
    let (timely, timely_hash, timely_text) = picture("timely");
    assert_eq!(world.hand_in(20, &early_text, JPEG, &early).status, 201);
    let old = world.commit_with_photos(20, &[early_hash, late_hash], 8);
    let recent = world.commit_with_photos(20, &[timely_hash], 6);
    assert_eq!(world.missing(20, 1), [(old, Hex32(late_hash))]);
    let refused = world.hand_in(20, &late_text, JPEG, &late);
    assert_eq!(
        (refused.status, refused.problem().code.as_str()),
        (409, "photo_too_late")
    );
    let stored = world
        .objects
        .exists(LotKind::Photo, LotId::from_bytes(late_hash));
    assert!(!stored.unwrap(), "nobody would ever see it");
    assert_eq!(world.hand_in(20, &timely_text, JPEG, &timely).status, 201);
    // Another MIF that names it still waits for it, and another collectivity's never did.
    let named_again = world.commit_with_photos(20, &[late_hash], 1);
    wait_for("the other MIF", || {
        Ok((world.hand_in(20, &late_text, JPEG, &late).status == 201).then_some(()))
    })
    .unwrap();
    assert_eq!(world.hand_in(19, &late_text, JPEG, &late).status, 201);
    let missing = world.missing(20, 1);
    assert!(
        missing
            .iter()
            .all(|(reception, _)| *reception != recent && *reception != named_again)
    );
    assert_eq!(missing.len(), 1);
}
