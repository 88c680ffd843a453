//! The objects suffice: damage is found in them, and the index is made anew from them.

use std::fs;
use std::path::Path;

use cnt_archive::{EvidenceReport, RebuildError, RebuildReport, rebuild, verify_evidence};
use cnt_testkit::TestStack;
use cnt_vault::LocalStore;
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::archive::Archive;
use crate::evidence::verifier;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// Every row of the index, as text, without the instants at which it was written.
fn rows(archive: &mut Archive) -> Vec<(&'static str, String)> {
    let tables = [
        "lot",
        "document",
        "evidence_lot",
        "evidence_tree",
        "done_lot",
        // Older checkpoints are not in the objects: the latest says all that they said.
        "(SELECT * FROM checkpoint ORDER BY size DESC LIMIT 1)",
    ];
    let mut all = Vec::new();
    for table in tables {
        let query = format!(
            "SELECT (to_jsonb(t) - 'registered_at' - 'signed_at' - 'at')::text AS row FROM {table} AS t ORDER BY 1"
        );
        let rows: Vec<Row> = diesel::sql_query(query)
            .load(&mut archive.database)
            .unwrap();
        all.extend(rows.into_iter().map(|row| (table, row.row)));
    }
    all
}

fn anew(stack: &TestStack) -> Result<RebuildReport, RebuildError> {
    let store = LocalStore::new(stack.objects_dir());
    let database = stack.database("archive");
    rebuild(
        &database,
        &store,
        &stack.objects_dir(),
        &verifier(),
        &mut |_| (),
    )
}

fn evidence(stack: &TestStack) -> EvidenceReport {
    let store = LocalStore::new(stack.objects_dir());
    verify_evidence(&store, &stack.objects_dir(), &verifier(), &mut |_| ()).unwrap()
}

/// 350 documents in three lots are registered and under a checkpoint; one lot that lied of itself is in quarantine.
pub(crate) fn rebuilt(stack: &TestStack, archive: &mut Archive) {
    let before = rows(archive);
    for statement in [
        "TRUNCATE lot, document, evidence_lot, checkpoint, done_lot",
        "UPDATE evidence_tree SET size = 0, root = sha256(''), peaks = '', published = 0",
    ] {
        diesel::sql_query(statement)
            .execute(&mut archive.database)
            .unwrap();
    }
    let report = anew(stack).unwrap();
    let expected = RebuildReport {
        lots: 4,
        documents: 350,
        leaves: 350,
        problems: Vec::new(),
    };
    assert_eq!(report, expected);
    let after = rows(archive);
    assert_eq!(before.len(), after.len());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after);
    }
    assert_eq!(anew(stack).unwrap(), expected, "again, over what is there");
    assert_eq!(rows(archive), before);
}

pub(crate) fn compared(stack: &TestStack, archive: &mut Archive) {
    let sound = evidence(stack);
    let expected = EvidenceReport {
        leaves: 350,
        lots: 3,
        unlogged_lots: 0,
        unregistered_lots: 1,
        problems: Vec::new(),
    };
    assert_eq!(sound, expected);
    let folder = stack.objects_dir().join("evidence");
    let salts = fs::read_dir(folder.join("salts")).unwrap().next().unwrap();
    let salts = fs::read_dir(salts.unwrap().path()).unwrap().next().unwrap();
    let before = rows(archive);
    for (path, breaks_the_log) in [
        (folder.join("tile/0/000"), true),
        (folder.join("tile/0/001.p/94"), true),
        (folder.join("tile/1/000.p/1"), true),
        (folder.join("tile/entries/000"), true),
        (folder.join("tile/entries/001.p/94"), true),
        (folder.join("checkpoint"), true),
        (salts.unwrap().path(), false),
    ] {
        let problems = damaged(&path, || {
            if breaks_the_log {
                assert!(
                    matches!(anew(stack), Err(RebuildError::Damaged(_))),
                    "{path:?}"
                );
            }
            evidence(stack).problems
        });
        assert!(!problems.is_empty(), "{path:?}");
        if !breaks_the_log {
            // The lot is named, and its leaves.
            assert_eq!(problems.len(), 2, "{problems:?}");
        }
    }
    assert_eq!(
        rows(archive),
        before,
        "what cannot be made anew stays as it was"
    );
    assert_eq!(evidence(stack), expected);
}

/// What is seen while a file has a flipped bit.
fn damaged<T>(path: &Path, see: impl FnOnce() -> T) -> T {
    let bytes = fs::read(path).unwrap();
    let mut changed = bytes.clone();
    let middle = changed.len() / 2;
    changed[middle] ^= 1;
    fs::write(path, changed).unwrap();
    let seen = see();
    fs::write(path, bytes).unwrap();
    seen
}
