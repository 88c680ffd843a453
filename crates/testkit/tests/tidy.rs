//! The rules of the architecture, executed (ARCHITECTURE.md, "Invariants of the code").
#![cfg(test)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Longest source file: each holds one thing.
const LINES_MAX: usize = 500;

/// Tests run in their package's folder. It is asked for now and not when compiling, so that clones which share compiled
/// tests look each at itself.
fn root() -> PathBuf {
    Path::new("../..").canonicalize().unwrap()
}

/// Every file below a folder, sources of the build and hidden folders aside.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with('.') || name == "target" {
            continue;
        }
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = root();
    let mut found = Vec::new();
    for folder in ["crates", "services", "loadtest"] {
        files(&root.join(folder), &mut found);
    }
    found
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            (
                path.strip_prefix(&root)
                    .unwrap()
                    .to_string_lossy()
                    .into_owned(),
                text,
            )
        })
        .collect()
}

struct Package {
    folder: String,
    name: String,
    manifest: toml::Table,
}

fn packages() -> Vec<Package> {
    let root = root();
    let mut folders = vec!["loadtest".to_owned()];
    for parent in ["crates", "services"] {
        for entry in fs::read_dir(root.join(parent)).unwrap() {
            folders.push(format!(
                "{parent}/{}",
                entry.unwrap().file_name().to_string_lossy()
            ));
        }
    }
    folders
        .into_iter()
        .map(|folder| {
            let text = fs::read_to_string(root.join(&folder).join("Cargo.toml")).unwrap();
            let manifest: toml::Table = text.parse().unwrap();
            let name = manifest["package"]["name"].as_str().unwrap().to_owned();
            Package {
                folder,
                name,
                manifest,
            }
        })
        .collect()
}

fn dependencies(package: &Package, table: &str) -> BTreeSet<String> {
    let table = package.manifest.get(table).and_then(toml::Value::as_table);
    table
        .map(|table| table.keys().cloned().collect())
        .unwrap_or_default()
}

/// A heavy dependency, and the only folders that may name it.
const ISOLATED: [(&str, &[&str]); 5] = [
    ("rdkafka", &["crates/bus/"]),
    ("typst", &["crates/rendition/"]),
    ("lettre", &["services/dispatch/"]),
    ("rcgen", &["crates/trust/"]),
    ("zstd", &["crates/vault/", "services/gateway/", "loadtest/"]),
];

#[test]
fn heavy_dependencies_are_named_where_they_belong() {
    for package in packages() {
        let named =
            &dependencies(&package, "dependencies") | &dependencies(&package, "dev-dependencies");
        for (dependency, folders) in ISOLATED {
            let is_home = folders
                .iter()
                .any(|folder| format!("{}/", package.folder) == *folder);
            assert!(
                is_home || !named.contains(dependency),
                "{} may not depend on {dependency}",
                package.name
            );
        }
    }
}

#[test]
fn diesel_stays_in_the_store_and_in_db_modules() {
    let uses_diesel = |text: &str| {
        text.lines().any(|line| {
            let code = line.trim_start();
            !code.starts_with("//") && (code.contains("diesel::") || code.starts_with("use diesel"))
        })
    };
    for (path, text) in sources() {
        let is_home = path.starts_with("crates/store/")
            || path.ends_with("/tests/tidy.rs")
            || (path.starts_with("services/")
                && (path.contains("/src/db/") || path.ends_with("/src/db.rs")))
            || (path.starts_with("services/") && path.contains("/tests/"));
        assert!(is_home || !uses_diesel(&text), "{path} names diesel");
    }
}

#[test]
fn nobody_but_the_binary_depends_on_a_service() {
    let packages = packages();
    let services: BTreeSet<String> = packages
        .iter()
        .filter(|package| package.folder.starts_with("services/"))
        .map(|package| package.name.clone())
        .collect();
    // The fuzzer feeds what reads bytes from outside, wherever it lies.
    let may = ["cnt", "cnt-fuzz"];
    for package in packages
        .iter()
        .filter(|package| !may.contains(&package.name.as_str()))
    {
        let named =
            &dependencies(package, "dependencies") | &dependencies(package, "dev-dependencies");
        let wrong: Vec<_> = named.intersection(&services).collect();
        assert!(wrong.is_empty(), "{} depends on {wrong:?}", package.name);
    }
}

/// Which of our crates each of our crates may depend on.
const LAYERS: [(&str, &[&str]); 12] = [
    ("cnt-domain", &[]),
    ("cnt-contracts", &["cnt-domain"]),
    ("cnt-trust", &[]),
    ("cnt-bus", &[]),
    ("cnt-store", &[]),
    ("cnt-evidence", &[]),
    ("cnt-vault", &[]),
    ("cnt-rendition", &["cnt-domain"]),
    ("cnt-stack", &[]),
    ("cnt-service-kit", &[]),
    (
        "cnt-flow",
        &[
            "cnt-bus",
            "cnt-contracts",
            "cnt-domain",
            "cnt-service-kit",
            "cnt-store",
            "cnt-vault",
        ],
    ),
    (
        "cnt-loadtest",
        &["cnt-domain", "cnt-contracts", "cnt-trust", "cnt-bus"],
    ),
];

#[test]
fn the_layers_hold() {
    for package in packages() {
        let named = dependencies(&package, "dependencies");
        let ours: BTreeSet<&str> = named
            .iter()
            .map(String::as_str)
            .filter(|name| name.starts_with("cnt-"))
            .collect();
        if let Some((_, allowed)) = LAYERS.iter().find(|(name, _)| *name == package.name) {
            let wrong: Vec<_> = ours.iter().filter(|name| !allowed.contains(name)).collect();
            assert!(
                wrong.is_empty(),
                "{} may not depend on {wrong:?}",
                package.name
            );
        } else {
            let is_upper = package.folder.starts_with("services/")
                || ["cnt-testkit", "cnt-fuzz"].contains(&package.name.as_str());
            assert!(
                is_upper,
                "{} has no layer: say what it may depend on",
                package.name
            );
        }
        assert!(
            !named.contains("cnt-testkit"),
            "{}: the testkit is for tests",
            package.name
        );
    }
}

#[test]
fn the_domain_knows_no_wire_and_no_clock() {
    let packages = packages();
    let domain = packages
        .iter()
        .find(|package| package.name == "cnt-domain")
        .unwrap();
    let named = dependencies(domain, "dependencies");
    for dependency in ["serde", "serde_json", "tokio", "tracing"] {
        assert!(
            !named.contains(dependency),
            "the domain may not depend on {dependency}"
        );
    }
}

#[test]
fn manifests_inherit_lints_and_are_named_after_their_folder() {
    for package in packages() {
        let lints = package
            .manifest
            .get("lints")
            .and_then(|lints| lints.get("workspace"));
        assert_eq!(
            lints.and_then(toml::Value::as_bool),
            Some(true),
            "{}: lints.workspace",
            package.name
        );
        let last = package.folder.rsplit('/').next().unwrap();
        let expected = if last == "cnt" {
            "cnt".to_owned()
        } else {
            format!("cnt-{last}")
        };
        assert_eq!(package.name, expected);
    }
}

#[test]
fn dependencies_have_one_version_in_one_place() {
    for package in packages() {
        for table in ["dependencies", "dev-dependencies", "build-dependencies"] {
            let Some(table) = package.manifest.get(table).and_then(toml::Value::as_table) else {
                continue;
            };
            for (name, value) in table {
                let is_inherited =
                    value.get("workspace").and_then(toml::Value::as_bool) == Some(true);
                assert!(
                    is_inherited,
                    "{}: {name} is not taken from the workspace",
                    package.name
                );
            }
        }
    }
}

#[test]
fn files_hold_one_thing_and_say_which() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(lines <= LINES_MAX, "{path} has {lines} lines");
        let begins_with_docs = text
            .lines()
            .find(|line| !line.trim().is_empty())
            .is_some_and(|line| {
                line.starts_with("//!") || line.starts_with("#![doc") || line.starts_with("#![cfg")
            });
        let is_generated_schema = path.ends_with("/schema.rs");
        let is_test = path.contains("/tests/");
        assert!(
            begins_with_docs || is_generated_schema || is_test,
            "{path} does not say what it holds"
        );
    }
}

#[test]
fn nothing_is_left_open_or_switched_off() {
    // Spelled in parts, so that this file does not find itself.
    let forbidden = [
        concat!("#[ig", "nore"),
        concat!("#[should", "_panic"),
        concat!("FIX", "ME"),
        concat!("#[al", "low("),
    ];
    for (path, text) in sources() {
        for word in forbidden {
            assert!(!text.contains(word), "{path} holds {word}");
        }
    }
}

#[test]
fn every_package_has_a_readme_that_is_its_front_page() {
    let root = root();
    for package in packages() {
        let folder = root.join(&package.folder);
        let readme = fs::read_to_string(folder.join("README.md")).unwrap_or_default();
        assert!(
            readme.lines().count() >= 5,
            "{} has no README worth reading",
            package.name
        );
        let front = ["src/lib.rs", "src/main.rs"]
            .iter()
            .filter_map(|file| fs::read_to_string(folder.join(file)).ok())
            .any(|text| text.contains("include_str!(\"../README.md\")"));
        assert!(front, "{}: the README is not the front page", package.name);
    }
}
