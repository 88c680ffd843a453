//! What the archive proves, verified without it.

use std::fs;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use cnt_archive::ConsistencyView;
use cnt_evidence::{
    Checkpoint, Hash, ProofBundle, SigningKey, TreeHead, VerifierKey, verify_consistency,
};
use cnt_flow::Plumbing;
use cnt_testkit::{TestStack, wait_for};
use diesel::prelude::*;

use crate::archive::{Archive, Count, HEADERS, publish};
use crate::repair;
use crate::support::{document_lot, pdf};

const ORIGIN: &str = "test.invalid/archive";

pub(crate) fn write_key(file: &Path) {
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    let text = SigningKey::encode(ORIGIN, &[5; 32]).unwrap();
    let mut options = fs::OpenOptions::new();
    let mut key = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .unwrap();
    std::io::Write::write_all(&mut key, text.as_bytes()).unwrap();
    assert_eq!(key.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

pub(crate) fn verifier() -> VerifierKey {
    SigningKey::from_seed(ORIGIN, &[5; 32])
        .unwrap()
        .verifier()
        .clone()
}

/// The latest checkpoint, once it covers so many leaves.
fn checkpoint(archive: &Archive, size: u64) -> TreeHead {
    wait_for("the checkpoint", || {
        let answer = archive.get("/v1/evidence/checkpoint", &[]);
        if answer.status != 200 {
            return Ok(None);
        }
        let note = String::from_utf8(answer.body).unwrap();
        let tree = Checkpoint::open(&note, &verifier()).unwrap().tree;
        Ok((tree.size == size).then_some(tree))
    })
    .unwrap()
}

fn proof(archive: &Archive, avis: i64) -> ProofBundle {
    let answer = archive.get(&format!("/v1/documents/{avis}/proof"), &HEADERS);
    assert_eq!(answer.status, 200);
    serde_json::from_slice(&answer.body).unwrap()
}

fn sql(archive: &mut Archive, query: &str) -> i64 {
    let found: Count = diesel::sql_query(query)
        .get_result(&mut archive.database)
        .unwrap();
    found.count
}

pub(crate) fn proven(stack: &TestStack, plumbing: &Plumbing, archive: &mut Archive) {
    let journalled = archive.count("consultation");
    let before = checkpoint(archive, 50);
    let key = archive.get("/v1/evidence/key", &[]).body;
    assert_eq!(
        String::from_utf8(key).unwrap().trim_end(),
        verifier().to_string()
    );
    let members = (7_500_000_001..=7_500_000_040).chain(7_500_001_001..=7_500_001_010);
    for (leaf, avis) in (0..).zip(members) {
        let bundle = proof(archive, avis);
        assert_eq!(bundle.index, leaf, "sealing order");
        bundle.verify(&verifier(), Some(&pdf(avis))).unwrap();
        assert!(bundle.verify(&verifier(), Some(&pdf(avis + 1))).is_err());
    }
    assert_eq!(archive.count("consultation"), journalled + 50);
    let old = proof(archive, 7_500_000_001);
    grown(plumbing, archive, &before, &old);
    tiles(archive);
    repair::rebuilt(stack, archive);
    repair::compared(stack, archive);
    let anew = proof(archive, 7_500_000_001);
    assert_eq!((anew.index, anew.salt), (old.index, old.salt));
    grows_on(plumbing, archive);
    salt_dies(archive);
}

fn grown(plumbing: &Plumbing, archive: &mut Archive, before: &TreeHead, old: &ProofBundle) {
    // More documents, and the first lot announced again: old leaves stay, the tree grows by the new ones only.
    let (lot, event) = document_lot(7_500_003_001, 300);
    plumbing.objects.put(&lot).unwrap();
    let (_, again) = document_lot(7_500_000_001, 40);
    publish(plumbing, "document.lot", &[&again, &event, &event]);
    let after = checkpoint(archive, 350);
    assert_eq!(archive.count("evidence_lot"), 3);
    let answer = archive.get("/v1/evidence/consistency?from=50&to=350", &[]);
    let view: ConsistencyView = serde_json::from_slice(&answer.body).unwrap();
    let path: Vec<Hash> = view.path.iter().map(|hash| hash.parse().unwrap()).collect();
    verify_consistency(before, &after, &path).unwrap();
    assert_eq!(
        archive
            .get("/v1/evidence/consistency?from=50&to=351", &[])
            .code(),
        "bad_query"
    );
    let new = proof(archive, 7_500_000_001);
    assert_eq!((new.index, new.salt), (old.index, old.salt));
    new.verify(&verifier(), Some(&pdf(7_500_000_001))).unwrap();
}

/// An index that was made anew takes up lots as the one before.
fn grows_on(plumbing: &Plumbing, archive: &mut Archive) {
    let before = checkpoint(archive, 350);
    let (lot, event) = document_lot(7_500_004_001, 20);
    plumbing.objects.put(&lot).unwrap();
    let (_, again) = document_lot(7_500_000_001, 40);
    publish(plumbing, "document.lot", &[&again, &event]);
    let after = checkpoint(archive, 370);
    let answer = archive.get("/v1/evidence/consistency?from=350&to=370", &[]);
    let view: ConsistencyView = serde_json::from_slice(&answer.body).unwrap();
    let path: Vec<Hash> = view.path.iter().map(|hash| hash.parse().unwrap()).collect();
    verify_consistency(&before, &after, &path).unwrap();
    proof(archive, 7_500_004_020)
        .verify(&verifier(), Some(&pdf(7_500_004_020)))
        .unwrap();
}

fn tiles(archive: &Archive) {
    assert_eq!(
        archive.get("/v1/evidence/tile/0/000", &[]).body.len(),
        256 * 32
    );
    assert_eq!(
        archive.get("/v1/evidence/tile/0/001.p/94", &[]).body.len(),
        94 * 32
    );
    assert_eq!(
        archive
            .get("/v1/evidence/tile/entries/001.p/94", &[])
            .body
            .len(),
        94 * 34
    );
    for unknown in [
        "0/002",
        "0",
        "../log.key",
        "..%2F..%2Flog.key",
        "0//000",
        "",
    ] {
        let answer = archive.get(&format!("/v1/evidence/tile/{unknown}"), &[]);
        assert_eq!(answer.status, 404, "{unknown}");
    }
}

fn salt_dies(archive: &mut Archive) {
    // A dead salt ends its own proof, and no other.
    let killed = "UPDATE evidence_lot SET salts = overlay(salts PLACING decode(repeat('00', 32), 'hex') FROM 1) WHERE first = 0";
    diesel::sql_query(killed)
        .execute(&mut archive.database)
        .unwrap();
    assert_eq!(
        archive
            .get("/v1/documents/7500000001/proof", &HEADERS)
            .status,
        404
    );
    proof(archive, 7_500_000_002)
        .verify(&verifier(), Some(&pdf(7_500_000_002)))
        .unwrap();
    let leaves = "SELECT sum(leaves) AS count FROM evidence_lot";
    let rows = "SELECT count(DISTINCT leaf) AS count FROM document";
    assert_eq!((sql(archive, leaves), sql(archive, rows)), (370, 370));
}
