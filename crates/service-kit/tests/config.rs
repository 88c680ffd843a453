//! Layering of the configuration, and what its errors say.

#![cfg(test)]

use std::io::Write;
use std::path::Path;

use cnt_service_kit::config::{
    ConfigError, DatabaseSection, HttpSection, SimulationSection, load, load_with,
};
use serde::Deserialize;

const DEFAULTS: &str = r#"
plants = ["Rennes", "Meaux"]
ratio = 0.5

[database]
# conninfo has no default
pool_size = 4
statement_timeout_ms = 30000

[http]
listen = "127.0.0.1:0"

[simulation]
enabled = false
"#;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TestConfig {
    plants: Vec<String>,
    ratio: f64,
    database: DatabaseSection,
    http: HttpSection,
    simulation: SimulationSection,
}

const CONNINFO: (&str, &str) = (
    "CNT_TEST__DATABASE__CONNINFO",
    "host=/run user=x password=p4ss",
);

fn try_load(file: &str, variables: &[(&str, &str)]) -> Result<TestConfig, String> {
    let mut path = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    path.write_all(file.as_bytes()).unwrap();
    let owned = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load_with(DEFAULTS, Some(path.path()), "CNT_TEST", owned).map_err(|error| {
        error
            .to_string()
            .replace(&path.path().display().to_string(), "F")
    })
}

#[test]
fn file_overrides_defaults_and_environment_overrides_file() {
    let file = "plants = [\"Lyon\"]\n[database]\npool_size = 8\nstatement_timeout_ms = 5\n";
    let variables = [
        CONNINFO,
        ("CNT_TEST__DATABASE__POOL_SIZE", "16"),
        ("CNT_TEST__SIMULATION__ENABLED", "true"),
        ("CNT_TESTING__UNRELATED", "1"),
    ];
    let config = try_load(file, &variables).unwrap();
    assert_eq!(config.plants, ["Lyon"]);
    assert!((config.ratio - 0.5).abs() < f64::EPSILON);
    assert_eq!(config.database.pool_size.get(), 16);
    assert_eq!(config.database.statement_timeout_ms, 5);
    assert_eq!(config.http.listen.port(), 0);
    assert!(config.simulation.enabled);
    assert_eq!(config.database.conninfo.expose(), CONNINFO.1);
    assert!(!format!("{config:?}").contains("p4ss"));
}

#[test]
fn a_list_can_be_given_by_the_environment() {
    let variables = [CONNINFO, ("CNT_TEST__PLANTS", "[\"Lille\", \"Nice\"]")];
    assert_eq!(try_load("", &variables).unwrap().plants, ["Lille", "Nice"]);
}

/// `expected`: what the message must hold, separated by `|`.
fn check(file: &str, variables: &[(&str, &str)], expected: &str) {
    let message = try_load(file, variables).unwrap_err();
    for part in expected.split('|') {
        assert!(message.contains(part), "{part:?} is not in {message:?}");
    }
}

#[test]
fn errors_of_a_file_name_key_layer_and_expected_type() {
    let in_file = |text: &str, expected: &str| check(text, &[CONNINFO], expected);
    in_file(
        "[database]\npool_size = \"many\"",
        "`database.pool_size`|in file F|string \"many\"|expected an integer",
    );
    in_file(
        "[database]\npool_size = 1.7",
        "`database.pool_size`|an integer",
    );
    in_file("[database]\npool_size = 0", "`database.pool_size`|nonzero");
    in_file(
        "[http]\nport = 1",
        "`http.port`|in file F|unknown field `port`",
    );
    in_file("typo = 1", "`typo`|in file F|unknown field `typo`");
    in_file("plants = [", "file F|not valid TOML");
    check(
        "",
        &[],
        "`database.conninfo`|missing|CNT_TEST__DATABASE__CONNINFO",
    );
}

#[test]
fn errors_of_the_environment_name_the_variable() {
    let of = |name: &str, value: &str, expected: &str| {
        let name = format!("CNT_TEST__{name}");
        let named = format!("environment variable {name}|{expected}");
        check(
            "[simulation]\nenabled = true",
            &[CONNINFO, (&name, value)],
            &named,
        );
    };
    of("HTTP__LISTEN", "nowhere", "`http.listen`|socket address");
    of(
        "SIMULATION__ENABLED",
        "perhaps",
        "`simulation.enabled`|expected a boolean",
    );
    of("HTTP__LISTN", "127.0.0.1:1", "`http.listn`|unknown field");
    of("PLANTS", "[1", "not valid TOML");
    of("HTTP", "x", "`http`|invalid type");
}

#[test]
fn a_missing_file_is_an_error_that_names_it() {
    let path = Path::new("/nonexistent/cnt.toml");
    let error = load::<TestConfig>(DEFAULTS, Some(path), "CNT_TEST").unwrap_err();
    assert!(matches!(&error, ConfigError::ReadFile { path: named, .. } if named == path));
    assert!(error.to_string().contains("/nonexistent/cnt.toml"));
}
