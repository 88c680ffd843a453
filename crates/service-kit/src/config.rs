//! Configuration in layers: defaults compiled in, then a file, then the environment.
//!
//! 1. The commented default file of a service names every key; what has no sensible default is
//!    left out there and its absence is an error that names the key.
//! 2. An optional TOML file overrides it key by key (arrays are replaced whole).
//! 3. `CNT_<SERVICE>__SECTION__KEY` overrides both. A value that starts with `[` or `{` is read
//!    as TOML, anything else as one scalar.
//! 4. Unknown keys are refused (`#[serde(deny_unknown_fields)]` on every section), and an error
//!    names the key, the layer it comes from and what was expected.
//!
//! Sections must not use `#[serde(flatten)]`: it hides the type that a key expects.

mod sections;

use std::path::{Path, PathBuf};

use config::{Map, Value, ValueKind};
use serde::de::DeserializeOwned;

pub use sections::{
    BrokerSaslSection, BrokerSection, DatabaseSection, HttpSection, ObjectsSection, OpsSection,
    Secret, SimulationSection, TelemetrySection,
};

const DEFAULTS_LAYER: &str = "the compiled-in defaults";

/// Loads `T` from `defaults_toml`, then `file`, then the process's environment variables that
/// start with `env_prefix` (as `CNT_VALIDATION`) and two underscores.
///
/// # Errors
/// [`ConfigError`], which names the key and the layer at fault.
pub fn load<T: DeserializeOwned>(
    defaults_toml: &str,
    file: Option<&Path>,
    env_prefix: &str,
) -> Result<T, ConfigError> {
    let pattern = variable_pattern(env_prefix);
    let mut variables = Vec::new();
    for (name, value) in std::env::vars_os() {
        let Ok(name) = name.into_string() else {
            continue;
        };
        if name.starts_with(&pattern) {
            let value = value
                .into_string()
                .map_err(|_| ConfigError::NotUnicode { name: name.clone() })?;
            variables.push((name, value));
        }
    }
    load_with(defaults_toml, file, env_prefix, variables)
}

/// As [`load`], with the environment passed in: for tests, and for a launcher that configures
/// several services in one process. Variables without the prefix are ignored.
///
/// # Errors
/// [`ConfigError`], which names the key and the layer at fault.
pub fn load_with<T: DeserializeOwned>(
    defaults_toml: &str,
    file: Option<&Path>,
    env_prefix: &str,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let mut layers = vec![Layer::from_toml(DEFAULTS_LAYER.to_owned(), defaults_toml)?];
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::ReadFile {
            path: path.to_owned(),
            source,
        })?;
        layers.push(Layer::from_toml(format!("file {}", path.display()), &text)?);
    }
    let pattern = variable_pattern(env_prefix);
    let mut variables: Vec<_> = environment.into_iter().collect();
    variables.sort();
    for (name, value) in variables {
        if let Some(rest) = name.strip_prefix(&pattern) {
            layers.push(Layer::from_variable(&name, rest, &value)?);
        }
    }
    let merged = layers
        .iter()
        .fold(config::Config::builder(), |builder, layer| {
            builder.add_source(layer.clone())
        })
        .build()
        .map_err(|error| ConfigError::Invalid {
            key: String::new(),
            layer: DEFAULTS_LAYER.to_owned(),
            problem: error.to_string(),
        })?;
    serde_path_to_error::deserialize(merged).map_err(|error| {
        explain(
            &error.path().to_string(),
            error.inner(),
            &layers,
            env_prefix,
        )
    })
}

fn variable_pattern(env_prefix: &str) -> String {
    format!("{env_prefix}__")
}

/// Why a configuration was refused.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line cannot be read.
    #[error("configuration file {} cannot be read", path.display())]
    ReadFile {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A layer is not TOML.
    #[error("{layer} is not valid TOML")]
    Syntax {
        /// The layer: the defaults, a file or a variable.
        layer: String,
        /// Where and why.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// A variable of ours is not Unicode.
    #[error("environment variable {name} is not valid Unicode")]
    NotUnicode {
        /// The variable.
        name: String,
    },
    /// No layer gives a key that has no default.
    #[error("configuration key `{key}` is missing: set it in the file or as {variable}")]
    Missing {
        /// The key, dotted.
        key: String,
        /// The environment variable that would set it.
        variable: String,
    },
    /// A key is unknown or its value is not of the expected type.
    #[error("configuration key `{key}` in {layer}: {problem}")]
    Invalid {
        /// The key, dotted.
        key: String,
        /// The layer at fault.
        layer: String,
        /// What was found and what was expected.
        problem: String,
    },
}

/// One source, remembered so that an error can name it.
#[derive(Clone, Debug)]
struct Layer {
    name: String,
    values: Map<String, Value>,
}

impl config::Source for Layer {
    fn clone_into_box(&self) -> Box<dyn config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, config::ConfigError> {
        Ok(self.values.clone())
    }
}

impl Layer {
    fn from_toml(name: String, text: &str) -> Result<Self, ConfigError> {
        let table = parse_toml(&name, text)?;
        let values = table
            .into_iter()
            .map(|(key, value)| (key, to_value(&name, value)))
            .collect();
        Ok(Self { name, values })
    }

    /// `rest` is the name of the variable without its prefix: `SECTION__KEY`.
    fn from_variable(variable: &str, rest: &str, text: &str) -> Result<Self, ConfigError> {
        let name = format!("environment variable {variable}");
        let parsed = if text.starts_with(['[', '{']) {
            let mut table = parse_toml(&name, &format!("value = {text}"))?;
            table.remove("value")
        } else {
            None
        };
        let scalar = parsed.unwrap_or_else(|| toml::Value::String(text.to_owned()));
        let lowered = rest.to_lowercase();
        let (first, inner) = lowered
            .split_once("__")
            .map_or((lowered.as_str(), None), |(first, inner)| {
                (first, Some(inner))
            });
        let keys = inner.into_iter().flat_map(|inner| inner.rsplit("__"));
        let value = keys.fold(scalar, |value, key| {
            toml::Value::Table(toml::Table::from_iter([(key.to_owned(), value)]))
        });
        let values = Map::from_iter([(first.to_owned(), to_value(&name, value))]);
        Ok(Self { name, values })
    }

    /// Whether this layer gives `path`, or a scalar where the path goes on.
    fn gives(&self, path: &str) -> bool {
        let mut table = &self.values;
        for segment in path.split('.') {
            let name = segment.split('[').next().unwrap_or(segment);
            match table.get(name).map(|value| &value.kind) {
                None => return false,
                Some(ValueKind::Table(inner)) => table = inner,
                Some(_) => return true,
            }
        }
        true
    }
}

fn parse_toml(layer: &str, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|source| ConfigError::Syntax {
        layer: layer.to_owned(),
        source: Box::new(source),
    })
}

fn to_value(layer: &String, value: toml::Value) -> Value {
    let kind = match value {
        toml::Value::String(text) => ValueKind::String(text),
        toml::Value::Integer(number) => ValueKind::I64(number),
        // As text, so that 1.7 is refused for an integer instead of rounded.
        toml::Value::Float(number) => ValueKind::String(number.to_string()),
        toml::Value::Boolean(truth) => ValueKind::Boolean(truth),
        toml::Value::Datetime(instant) => ValueKind::String(instant.to_string()),
        toml::Value::Array(items) => ValueKind::Array(
            items
                .into_iter()
                .map(|item| to_value(layer, item))
                .collect(),
        ),
        toml::Value::Table(table) => ValueKind::Table(
            table
                .into_iter()
                .map(|(key, inner)| (key, to_value(layer, inner)))
                .collect(),
        ),
    };
    Value::new(Some(layer), kind)
}

fn explain(
    path: &str,
    error: &config::ConfigError,
    layers: &[Layer],
    env_prefix: &str,
) -> ConfigError {
    if let config::ConfigError::NotFound(key) = error {
        let variable = format!("{env_prefix}__{}", key.replace('.', "__").to_uppercase());
        return ConfigError::Missing {
            key: key.clone(),
            variable,
        };
    }
    // The last layer that gives the key is the one whose value was read.
    let layer = layers.iter().rev().find(|layer| layer.gives(path));
    ConfigError::Invalid {
        key: path.to_owned(),
        layer: layer.map_or_else(|| DEFAULTS_LAYER.to_owned(), |layer| layer.name.clone()),
        problem: problem(error),
    }
}

/// What was found and expected, without the key: it is named once, by us.
fn problem(error: &config::ConfigError) -> String {
    match error {
        config::ConfigError::Type {
            unexpected,
            expected,
            ..
        } => {
            format!("invalid type: {unexpected}, expected {expected}")
        }
        config::ConfigError::At { error, .. } => problem(error),
        other => other.to_string(),
    }
}
