//! The guide for integrators, executed: from an empty directory to an avis number by its own commands.

use std::path::Path;
use std::process::Command;

use crate::support::Centre;

/// Tests run in their package's folder.
const GUIDE: &str = "../gateway/README.md";

/// The commands of a section, in order.
fn commands(section: &str) -> String {
    let text = std::fs::read_to_string(GUIDE).unwrap();
    let (_, text) = text.split_once(&format!("## {section}\n")).unwrap();
    let text = text.split("\n## ").next().unwrap();
    let blocks: Vec<_> = text
        .split("```sh\n")
        .skip(1)
        .map(|block| block.split("```").next().unwrap())
        .collect();
    assert!(blocks.len() > 5, "the guide has no commands");
    blocks.concat()
}

#[test]
fn the_guide_leads_from_an_empty_directory_to_an_avis_number() {
    let directory = tempfile::tempdir().unwrap();
    let centre = Centre::in_directory(&directory.path().join("centre"), &[]);
    let binaries = Path::new(env!("CARGO_BIN_EXE_cnt")).parent().unwrap();
    let path = format!("{}:{}", binaries.display(), std::env::var("PATH").unwrap());
    let script = format!("set -euo pipefail\n{}", commands("Guide for integrators"));
    let output = Command::new("bash")
        .args(["-c", &script])
        .current_dir(directory.path())
        .env("PATH", path)
        .output()
        .unwrap();
    let (said, complained) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{complained}");
    let last = said.lines().last().unwrap();
    let number = last.strip_prefix("avis ").unwrap();
    assert!(
        number.len() == 10 && number.bytes().all(|byte| byte.is_ascii_digit()),
        "{last}"
    );
    for file in ["station.p12", "card.p12"] {
        assert!(directory.path().join(file).metadata().unwrap().len() > 500);
    }
    // It stopped what it had started.
    assert!(!centre.directory().exists());
}
