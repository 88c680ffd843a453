//! EU DSS, fetched and compiled once into the cache (`deploy/dss`), and what it says.
//!
//! Without a JDK or Maven these tests fail: a judge that did not sit has not acquitted.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use cnt_trust::oid;

use super::corpus::{Message, Realm};

/// What DSS says of one message.
#[derive(Debug, Clone)]
pub(super) struct Ruling {
    pub(super) indication: String,
    pub(super) sub_indication: String,
    pub(super) level: String,
    pub(super) errors: String,
}

impl Ruling {
    pub(super) fn is_accepted(&self) -> bool {
        self.indication == "TOTAL_PASSED"
    }
}

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

const POM: &str = include_str!("../../../../../deploy/dss/pom.xml");
const SOURCES: [&str; 3] = [
    include_str!("../../../../../deploy/dss/src/cnt/dss/Judge.java"),
    include_str!("../../../../../deploy/dss/src/cnt/dss/Policy.java"),
    include_str!("../../../../../deploy/dss/src/cnt/dss/Sign.java"),
];

/// The folder of the compiled classes and the jars; another for every change of `deploy/dss`.
fn built() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let version = cnt_trust::sha256([POM, &SOURCES.concat()].concat().as_bytes());
        let parent = cache().join("dss");
        let folder = parent.join(hex::encode(version));
        if folder.exists() {
            return folder;
        }
        std::fs::create_dir_all(&parent).unwrap();
        let partial = tempfile::tempdir_in(&parent).unwrap();
        let build = partial.path().display();
        let pom = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy/dss/pom.xml");
        let output = Command::new("mvn")
            .args(["-B", "-q", "-f"])
            .arg(pom)
            .arg(format!("-Dcnt.build={build}"))
            .args(["compile", "dependency:copy-dependencies"])
            .arg("-DincludeScope=runtime")
            .arg(format!("-DoutputDirectory={build}/jars"))
            .output()
            .expect("Maven must be installed");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "Maven could not build DSS: {said}");
        // Renamed when complete; a run beside this one may have been first.
        let renamed = std::fs::rename(partial.path(), &folder);
        assert!(renamed.is_ok() || folder.exists(), "{renamed:?}");
        folder
    })
}

fn java(class: &str, arguments: &[&str]) -> String {
    let built = built().display();
    let output = Command::new("java")
        .args(["-Xmx600m", "-XX:TieredStopAtLevel=1", "-cp"])
        .arg(format!("{built}/classes:{built}/jars/*"))
        .arg(class)
        .args(arguments)
        .output()
        .expect("Java must be installed");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{class}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Judges all messages of the corpus, each as of its reception, in one JVM.
pub(super) fn judge(realms: &[Realm], messages: &[Message]) -> Vec<Ruling> {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: &[u8]| {
        std::fs::write(folder.path().join(name), content).unwrap();
    };
    for realm in realms {
        write(&format!("{}-root.der", realm.slug), realm.root());
        write(&format!("{}-issuing.der", realm.slug), realm.issuing());
    }
    let mut files = HashMap::new();
    let mut table = String::new();
    for (index, message) in messages.iter().enumerate() {
        let file = format!("{index:05}.jws");
        write(&file, &message.bytes);
        let crls: Vec<String> = message
            .crls
            .iter()
            .map(|crl| {
                let next = files.len();
                let name = files.entry(crl).or_insert_with(|| {
                    let name = format!("{next}.crl");
                    write(&name, crl);
                    name
                });
                name.clone()
            })
            .collect();
        let realm = realms[message.realm].slug;
        writeln!(
            table,
            "{file}\t{}\t{realm}\t{}",
            message.reception,
            crls.join(",")
        )
        .unwrap();
    }
    write("cases.tsv", table.as_bytes());
    let folder = folder.path().to_str().unwrap();
    let said = java("cnt.dss.Judge", &[folder, oid::AGENT_SIGNATURE]);
    let rulings: Vec<Ruling> = said
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(fields[0], format!("{index:05}.jws"), "{line}");
            let field = |index: usize| fields[index].to_owned();
            Ruling {
                indication: field(1),
                sub_indication: field(2),
                level: field(3),
                errors: field(4),
            }
        })
        .collect();
    assert_eq!(rulings.len(), messages.len(), "DSS left some out");
    rulings
}

/// Signs a payload at an instant with each certificate and key; the messages DSS made.
pub(super) fn sign(payload: &[u8], iat: i64, cards: &[&cnt_trust::issue::Issued]) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: String| folder.path().join(name);
    std::fs::write(path("payload.json".into()), payload).unwrap();
    let mut table = String::new();
    for (index, card) in cards.iter().enumerate() {
        std::fs::write(path(format!("{index}.der")), &card.certificate_der).unwrap();
        std::fs::write(path(format!("{index}.key")), &card.key_pkcs8).unwrap();
        let kind = match card.algorithm {
            cnt_trust::Algorithm::Es256 => "EC",
            cnt_trust::Algorithm::Rs256 => "RSA",
        };
        writeln!(
            table,
            "payload.json\t{index}.der\t{index}.key\t{kind}\t{iat}\t{index}.jws"
        )
        .unwrap();
    }
    std::fs::write(path("sign.tsv".into()), table).unwrap();
    java("cnt.dss.Sign", &[folder.path().to_str().unwrap()]);
    let read = |index: usize| std::fs::read(path(format!("{index}.jws"))).unwrap();
    (0..cards.len()).map(read).collect()
}
