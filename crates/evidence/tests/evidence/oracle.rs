//! Go's transparency log, built once into the cache (`deploy/tlog`), judges ours.
//!
//! Without Go these tests fail: a judge that did not sit has not acquitted.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use cnt_evidence::{Checkpoint, Hash, TileId, TileStore as _, TreeHead, consistency, inclusion};
use serde_json::{Value, json};

use crate::support::{Dir, Log, entry, key};

fn cache() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(cache) = set("CNT_CACHE") {
        return PathBuf::from(cache);
    }
    match set("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache).join("cnt"),
        None => PathBuf::from(set("HOME").expect("HOME is set")).join(".cache/cnt"),
    }
}

const SOURCES: [&str; 3] = [
    include_str!("../../../../deploy/tlog/go.mod"),
    include_str!("../../../../deploy/tlog/go.sum"),
    include_str!("../../../../deploy/tlog/judge.go"),
];

/// The judge; another file for every change of `deploy/tlog`.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let parent = cache().join("tlog");
        let program = parent.join(Hash::of(SOURCES.concat().as_bytes()).to_string());
        if program.exists() {
            return program;
        }
        std::fs::create_dir_all(&parent).unwrap();
        let partial = tempfile::tempdir_in(&parent).unwrap();
        let output = Command::new("go")
            .args([
                "build",
                "-buildvcs=false",
                "-mod=readonly",
                "-modcacherw",
                "-o",
            ])
            .arg(partial.path().join("judge"))
            .arg(".")
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/tlog"))
            .env("GOMODCACHE", parent.join("modules"))
            .env("GOCACHE", parent.join("build"))
            .env("GOTOOLCHAIN", "local")
            .output()
            .expect("Go must be installed");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "Go could not build the judge: {said}"
        );
        // Renamed when complete; a run beside this one may have been first.
        std::fs::rename(partial.path().join("judge"), &program).unwrap();
        program
    })
}

fn judge(cases: &[Value]) -> Vec<Value> {
    let mut child = Command::new(built())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let lines: String = cases.iter().map(|case| format!("{case}\n")).collect();
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let verdicts: Vec<Value> = said
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(verdicts.len(), cases.len(), "the judge left some out");
    verdicts
}

/// How many leaves and steps of each log are looked at.
fn looks() -> u64 {
    let is_full = std::env::var("CNT_TEST_FULL").is_ok_and(|value| value == "1");
    if is_full { 150 } else { 4 }
}

const SIZES: [u64; 13] = [1, 2, 3, 7, 8, 9, 255, 256, 257, 511, 513, 1_000, 66_000];

fn inclusion_case(leaf: Hash, index: u64, tree: &TreeHead, path: &[Hash]) -> Value {
    json!({"kind": "inclusion", "size": tree.size, "root": tree.root, "index": index, "leaf": leaf, "path": path})
}

fn consistency_case(first: &TreeHead, tree: &TreeHead, path: &[Hash]) -> Value {
    json!({"kind": "consistency", "size": tree.size, "root": tree.root, "first": first.size,
        "first_root": first.root, "path": path})
}

/// The same path with one bit of one hash changed; none when it has no hash.
fn damaged(path: &[Hash], place: u64) -> Option<Vec<Hash>> {
    let mut path = path.to_vec();
    let place = usize::try_from(place).unwrap() % path.len().max(1);
    let hash = path.get_mut(place)?;
    let mut bytes = *hash.as_bytes();
    bytes[place % 32] ^= 0x10;
    *hash = Hash::from_bytes(bytes);
    Some(path)
}

#[derive(Default)]
struct Docket {
    cases: Vec<Value>,
    expected: Vec<Expected>,
}

enum Expected {
    Accepted,
    Refused,
    Head(TreeHead),
    Paths(Vec<Hash>, Vec<Hash>),
}

impl Docket {
    fn add(&mut self, case: Value, expected: Expected) {
        self.cases.push(case);
        self.expected.push(expected);
    }

    fn checkpoint(&mut self, tree: &TreeHead) {
        let note = Checkpoint::sign(tree, &key()).unwrap();
        let verifier = key().verifier().to_string();
        let case = |note: &str| json!({"kind": "checkpoint", "key": verifier, "note": note});
        self.add(case(&note), Expected::Head(*tree));
        let other = note.replacen(&format!("\n{}\n", tree.size), "\n4\n", 1);
        self.add(case(&other), Expected::Refused);
    }

    fn log(&mut self, log: &Log) {
        let (tree, last) = (log.tree(), log.last());
        for look in 0..looks().min(last.size) {
            let index = look * (last.size - 1) / looks().min(last.size).max(2).saturating_sub(1);
            let index = index.min(last.size - 1);
            let (leaf, path) = (
                entry(index).leaf(),
                inclusion(&tree, index, last.size).unwrap(),
            );
            self.add(
                inclusion_case(leaf, index, &last, &path),
                Expected::Accepted,
            );
            if let Some(path) = damaged(&path, look) {
                self.add(inclusion_case(leaf, index, &last, &path), Expected::Refused);
            }
            let other = entry(index + 1).leaf();
            self.add(
                inclusion_case(other, index, &last, &path),
                Expected::Refused,
            );
            let first = index + 1;
            let steps = consistency(&tree, first, last.size).unwrap();
            let dir = log.folder.path();
            let case = json!({"kind": "tiles", "dir": dir, "size": last.size, "root": last.root, "index": index, "first": first});
            self.add(case, Expected::Paths(path, steps));
        }
        for head in &log.heads {
            self.checkpoint(head);
            let path = consistency(&tree, head.size, last.size).unwrap();
            self.add(consistency_case(head, &last, &path), Expected::Accepted);
            if let Some(path) = damaged(&path, head.size) {
                self.add(consistency_case(head, &last, &path), Expected::Refused);
            }
        }
    }

    fn sit(&self) {
        let hashes = |value: &Value| -> Vec<Hash> {
            serde_json::from_value::<Option<Vec<Hash>>>(value.clone())
                .unwrap()
                .unwrap_or_default()
        };
        for ((case, expected), verdict) in self
            .cases
            .iter()
            .zip(&self.expected)
            .zip(judge(&self.cases))
        {
            let is_refused = verdict["refused"] != "";
            let should = matches!(expected, Expected::Refused);
            assert_eq!(is_refused, should, "{case}: {verdict}");
            match expected {
                Expected::Head(tree) => {
                    assert_eq!(verdict["size"], tree.size);
                    assert_eq!(verdict["root"], tree.root.to_string());
                }
                Expected::Paths(inclusion, consistency) => {
                    assert_eq!(&hashes(&verdict["inclusion"]), inclusion, "{case}");
                    assert_eq!(&hashes(&verdict["consistency"]), consistency, "{case}");
                }
                Expected::Accepted | Expected::Refused => {}
            }
        }
    }
}

#[test]
fn go_verifies_what_we_publish_and_refuses_what_is_damaged() {
    let mut docket = Docket::default();
    let mut logs = Vec::new();
    for end in 1..=SIZES.len() {
        let log = Log::grown(&SIZES[..end]);
        docket.log(&log);
        logs.push(log);
    }
    docket.sit();
    println!("judged by Go: {} cases", docket.cases.len());
}

#[test]
fn go_refuses_damaged_tiles() {
    let log = Log::grown(&[513]);
    let (store, last) = (Dir(log.folder.path().to_owned()), log.last());
    let case = json!({"kind": "tiles", "dir": store.path(), "size": last.size, "root": last.root, "index": 300, "first": 257});
    let tile = TileId {
        level: 0,
        index: 1,
        width: 256,
    }
    .path();
    let sound = store.read(&tile).unwrap();
    assert_eq!(judge(std::slice::from_ref(&case))[0]["refused"], "");
    for place in [0, 44 * 32, 255 * 32 + 31] {
        let mut bytes = sound.clone();
        bytes[place] ^= 1;
        store.write(&tile, &bytes).unwrap();
        assert_ne!(
            judge(std::slice::from_ref(&case))[0]["refused"],
            "",
            "{place}"
        );
    }
    store.write(&tile, &sound).unwrap();
    let bundle = cnt_evidence::entries_path(1, 256);
    let mut bytes = store.read(&bundle).unwrap();
    bytes[44 * 34 + 5] ^= 1;
    store.write(&bundle, &bytes).unwrap();
    assert_ne!(judge(&[case])[0]["refused"], "");
}
