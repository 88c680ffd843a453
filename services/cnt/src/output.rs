//! What people and scripts see: answers on standard output, everything else on standard error.

use std::io::Write;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

/// Writes one line of the answer. A reader that went away is no error of ours.
pub(crate) fn line(text: &str) {
    _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes the answer as one line of JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    line(&serde_json::to_string(value)?);
    Ok(())
}

/// Says something on standard error.
pub(crate) fn say(text: &str) {
    _ = writeln!(std::io::stderr(), "{text}");
}

/// Says why the command failed, with every cause.
pub(crate) fn error(error: &anyhow::Error) {
    say(&format!("cnt: {error:#}"));
}

/// A progress bar on the terminal, with what is done a second and the time that is left.
pub(crate) fn bar(text: &'static str, total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template(
        "  {msg:<10} {bar:36} {pos:>9}/{len} {per_sec:>14}, {eta} left",
    );
    ProgressBar::new(total)
        .with_message(text)
        .with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
