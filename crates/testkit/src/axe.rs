//! axe-core, which finds on a page whatever a program can find against the WCAG. Maven fetches its pinned jar once
//! (`deploy/axe/pom.xml`); without it the test fails: a judge that did not sit has not acquitted.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::Context as _;
use serde_json::Value;

use crate::Browser;

/// What the pom pins: the script's folder in the cache bears its name.
const POM: &str = include_str!("../../../deploy/axe/pom.xml");
const SCRIPT: &str = "axe.min.js";
/// What a page is held against: WCAG 2.0 to 2.2, levels A and AA, and what axe calls good practice.
const RUN: &str = "return axe.run(document, {resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', \
                   'wcag22aa', 'best-practice']}).then(found => found.violations.map(one => one.id + ': ' + one.help + '\\n  ' + \
                   one.nodes.map(node => node.html + ' ' + node.failureSummary).join('\\n  ')));";

fn cache() -> anyhow::Result<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(cache) = set("CNT_CACHE") {
        return Ok(PathBuf::from(cache));
    }
    Ok(match set("XDG_CACHE_HOME") {
        Some(cache) => PathBuf::from(cache).join("cnt"),
        None => PathBuf::from(set("HOME").context("HOME is not set")?).join(".cache/cnt"),
    })
}

/// The version that the pom pins.
fn version() -> &'static str {
    POM.split("<version>")
        .filter_map(|rest| rest.split_once("</version>"))
        .map(|(version, _)| version)
        .find(|version| version.contains('.'))
        .unwrap_or("unknown")
}

fn fetched() -> anyhow::Result<String> {
    let folder = cache()?.join("axe").join(version());
    let script = folder.join(SCRIPT);
    if !script.exists() {
        std::fs::create_dir_all(&folder)?;
        let partial = tempfile::tempdir_in(&folder)?;
        let root =
            std::env::var_os("CNT_ROOT").map_or_else(|| PathBuf::from("../.."), PathBuf::from);
        let output = Command::new("mvn")
            .args(["-B", "-q", "-f"])
            .arg(root.join("deploy/axe/pom.xml"))
            .arg("dependency:unpack-dependencies")
            .arg(format!("-DoutputDirectory={}", partial.path().display()))
            .output()
            .context("Maven must be installed")?;
        let said = String::from_utf8_lossy(&output.stdout);
        anyhow::ensure!(
            output.status.success(),
            "Maven could not fetch axe-core: {said}"
        );
        // Renamed when complete: a test running beside this one never sees half a script.
        std::fs::rename(partial.path().join(SCRIPT), &script)?;
    }
    read(&script)
}

fn read(path: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn script() -> anyhow::Result<&'static str> {
    static SOURCE: OnceLock<String> = OnceLock::new();
    if let Some(source) = SOURCE.get() {
        return Ok(source);
    }
    let source = fetched()?;
    Ok(SOURCE.get_or_init(|| source))
}

/// What axe-core finds on the page that a browser shows, each with the elements it is about; nothing, when all is well.
///
/// # Errors
/// When axe-core cannot be fetched or run.
pub fn axe(browser: &Browser) -> anyhow::Result<Vec<String>> {
    browser.run(script()?, &[])?;
    let found = browser.run(RUN, &[])?;
    let found = found.as_array().context("axe-core gave no list")?;
    Ok(found
        .iter()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect())
}
