//! `cnt clock`: the legal clock, which rules deadlines and can be advanced in a simulation.

use std::process::ExitCode;
use std::str::FromStr;

use clap::Subcommand;
use cnt_contracts::commands::ClockState;
use serde_json::json;

use crate::output;
use crate::system::RunDir;

/// What can be asked of the legal clock.
#[derive(Subcommand)]
pub(crate) enum ClockCommand {
    /// Show it.
    Show,
    /// Advance it, e.g. by `75d`, `36h` or `90m`; it never goes back.
    Advance {
        /// By how much.
        by: Advance,
    },
}

/// A span to advance by, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Advance {
    seconds: u32,
}

impl FromStr for Advance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || "a number of days, hours or minutes is expected, as 75d, 36h or 90m".to_owned();
        let unit = text.chars().last().ok_or_else(wrong)?;
        let seconds_per_unit = match unit {
            'd' => 86_400,
            'h' => 3_600,
            'm' => 60,
            's' => 1,
            _ => return Err(wrong()),
        };
        let number: u32 = text.trim_end_matches(unit).parse().map_err(|_| wrong())?;
        let seconds = number.checked_mul(seconds_per_unit).ok_or_else(wrong)?;
        Ok(Self { seconds })
    }
}

/// `cnt clock`.
pub(crate) fn run(run_dir: &RunDir, command: ClockCommand) -> anyhow::Result<ExitCode> {
    let url = crate::system::running_or_started(run_dir)?.url("registry")?;
    let state: ClockState = match command {
        ClockCommand::Show => crate::http::get_json(&format!("{url}/v1/clock"))?,
        ClockCommand::Advance { by } => crate::http::post_json(
            &format!("{url}/v1/clock/advance"),
            &json!({"seconds": by.seconds}),
        )?,
    };
    output::json(&state)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_unit() {
        let seconds = |text: &str| text.parse::<Advance>().map(|advance| advance.seconds);
        assert_eq!(seconds("75d"), Ok(75 * 86_400));
        assert_eq!(seconds("90m"), Ok(5_400));
        assert!(seconds("75").is_err());
        assert!(seconds("d").is_err());
        assert!(seconds("-1d").is_err());
        assert!(seconds("99999999d").is_err());
    }
}
