//! Formes from disk make the same documents as those just compiled.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cnt_rendition::{DocumentKind, Engine, Formes, Made, Shelf, corpus_request};

/// Documents of each kind.
const DOCUMENTS: u64 = 3;

/// The documents that a fresh process makes with this shelf, and how often the shelf was at fault.
fn made(folder: &Path) -> (Vec<Vec<u8>>, usize) {
    let faults = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&faults);
    let shelf = Shelf::open(folder, move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let engine = Arc::new(Engine::new().unwrap());
    let formes = Formes::with_shelf(engine, shelf.unwrap()).unwrap();
    let ranks = (0..DOCUMENTS).flat_map(|rank| DocumentKind::ALL.map(|kind| (kind, rank)));
    let documents = ranks.map(|(kind, rank)| {
        let made = formes
            .make(&corpus_request(kind, 9, rank).unwrap())
            .unwrap();
        assert!(matches!(made, Made::Filled(_)), "{kind} {rank}");
        made.into_pdf()
    });
    (documents.collect(), faults.load(Ordering::Relaxed))
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn formes_from_disk_make_the_same_bytes_and_damaged_ones_are_compiled_again() {
    let folder = tempfile::tempdir().unwrap();
    let shelf = folder.path().join("formes");
    let compiled = made(&shelf);
    let kept = files(&shelf);
    // A forme, and which slots stand in sentences, for each kind at least.
    assert!(kept.len() >= 2 * DocumentKind::ALL.len());
    let written = |path: &std::path::PathBuf| fs::metadata(path).unwrap().modified().unwrap();
    let before: Vec<_> = kept.iter().map(written).collect();
    assert_eq!(made(&shelf), compiled);
    let after: Vec<_> = kept.iter().map(written).collect();
    assert_eq!(before, after, "nothing is compiled twice");

    for path in &kept {
        let mut bytes = fs::read(path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        fs::write(path, bytes).unwrap();
    }
    let (documents, faults) = made(&shelf);
    assert_eq!((documents, faults), (compiled.0, kept.len()));
    assert_eq!(files(&shelf).len(), kept.len());
    assert_eq!(made(&shelf).1, 0, "they were written again");
}
