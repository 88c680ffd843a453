//! Files of lines that come from outside: CSV with a header line, separated by semicolons, a reference of its own in each.

use std::collections::HashMap;
use std::path::Path;

use anyhow::Context;
use serde::de::DeserializeOwned;

/// Reads a file whole. Errors name the file and the line, and where a reference stood before; `what` says what a
/// reference is.
pub(crate) fn read<L: DeserializeOwned, T>(
    file: &Path,
    what: &str,
    reference: impl Fn(&L) -> &str,
    convert: impl Fn(L) -> anyhow::Result<T>,
) -> anyhow::Result<Vec<T>> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .trim(csv::Trim::All)
        .from_path(file)
        .with_context(|| format!("cannot read {}", file.display()))?;
    let mut read = Vec::new();
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, line) in reader.deserialize::<L>().enumerate() {
        // The first line is the header.
        let number = index + 2;
        let at = || format!("{}, line {number}", file.display());
        let line = line.with_context(at)?;
        if let Some(first) = seen.insert(reference(&line).to_owned(), number) {
            anyhow::bail!("{}: the {what} stands in line {first} too", at());
        }
        read.push(convert(line).with_context(at)?);
    }
    Ok(read)
}
