//! Pre-signed streams on disk.

use std::fs;
use std::sync::atomic::{AtomicU64, Ordering};

use cnt_loadtest::{
    Expectation, Generator, GeneratorParams, Presigned, PresignedError, Recipe, write_presigned,
};

use super::support;

const COUNT: u64 = 700;

fn recipe(seed: u64) -> Recipe {
    Recipe {
        seed,
        count: COUNT,
        now: support::now().to_string(),
        bad_share: 0.04,
        replay_share: 0.005,
        conflict_share: 0.002,
        senders_sha256: String::new(),
        part_mifs: 100,
    }
}

#[test]
fn what_is_written_is_read_back_with_its_expectations() {
    let nation = support::nation();
    let params = GeneratorParams::new(7, COUNT, support::now());
    let generator = Generator::new(nation.path(), &params).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let seen = AtomicU64::new(0);
    let written = write_presigned(directory.path(), &generator, &recipe(7), |done| {
        seen.fetch_max(done, Ordering::Relaxed);
    })
    .unwrap();
    assert_eq!((written.signed, written.resumed), (COUNT, 0));
    assert_eq!(seen.into_inner(), COUNT);
    let presigned = Presigned::open(directory.path()).unwrap();
    assert_eq!(presigned.manifest(), &written.manifest);
    let manifest = presigned.manifest();
    assert!(manifest.is_complete());
    assert_eq!(manifest.parts.len(), 7);
    let mifs: Vec<_> = presigned.parts().flat_map(Result::unwrap).collect();
    assert_eq!(mifs.len(), 700);
    for mif in &mifs {
        let made = generator.item(mif.index).unwrap();
        assert_eq!((mif.id_mif, mif.station), (made.id_mif, made.station));
        assert_eq!(
            (&mif.siren, mif.expectation),
            (&made.siren, made.expectation)
        );
        assert_eq!(
            mif.compact.split('.').nth(1),
            made.compact.split('.').nth(1)
        );
    }
    let is_accepted = |expectation| match expectation {
        Expectation::Accepted | Expectation::Warned(_) => true,
        Expectation::Rejected(_) | Expectation::Replayed => false,
    };
    let accepted = mifs.iter().filter(|mif| is_accepted(mif.expectation));
    assert_eq!(u64::try_from(accepted.count()).unwrap(), manifest.accepted);
    let rejected: u64 = manifest.rejected_by_code.values().sum();
    assert_eq!(manifest.accepted + manifest.replayed + rejected, COUNT);
    for (file, least) in [("contestations.ndjson", 5), ("returned-mail.ndjson", 10)] {
        let text = fs::read_to_string(directory.path().join(file)).unwrap();
        assert!(text.lines().count() >= least, "{file}: {text}");
    }
}

#[test]
fn a_run_that_was_broken_off_is_taken_up_and_another_stream_is_refused() {
    let nation = support::nation();
    let params = GeneratorParams::new(7, COUNT, support::now());
    let generator = Generator::new(nation.path(), &params).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let whole = write_presigned(directory.path(), &generator, &recipe(7), |_| {}).unwrap();
    // As if the power had gone while the fifth part was written.
    let mut manifest = whole.manifest.clone();
    let kept = manifest.parts[3].clone();
    manifest.parts.truncate(4);
    let path = directory.path().join("manifest.json");
    fs::write(&path, serde_json::to_vec(&manifest).unwrap()).unwrap();
    fs::write(directory.path().join("part-00004.mifs.zst.partial"), b"x").unwrap();
    let again = write_presigned(directory.path(), &generator, &recipe(7), |_| {}).unwrap();
    assert_eq!((again.signed, again.resumed), (300, 400));
    assert_eq!(again.manifest.parts[3], kept);
    let presigned = Presigned::open(directory.path()).unwrap();
    assert_eq!(presigned.parts().flat_map(Result::unwrap).count(), 700);
    let other = write_presigned(directory.path(), &generator, &recipe(8), |_| {});
    assert!(matches!(other, Err(PresignedError::OtherStream { .. })));
}

#[test]
fn damage_is_named() {
    let nation = support::nation();
    let params = GeneratorParams::new(7, COUNT, support::now());
    let generator = Generator::new(nation.path(), &params).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let written = write_presigned(directory.path(), &generator, &recipe(7), |_| {}).unwrap();
    let part = &written.manifest.parts[2];
    let path = directory.path().join(&part.file);
    let mut bytes = fs::read(&path).unwrap();
    bytes[50] ^= 1;
    fs::write(&path, bytes).unwrap();
    let presigned = Presigned::open(directory.path()).unwrap();
    assert!(matches!(
        presigned.part(part),
        Err(PresignedError::Damaged { .. })
    ));
    assert!(presigned.part(&written.manifest.parts[1]).is_ok());
}
