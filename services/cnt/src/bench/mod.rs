//! `cnt bench`: figures beside the baseline that is measured in the same run.

mod machine;
mod rendition;
mod storage;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be measured.
#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Filling formes beside typst, and what a document costs to keep.
    Rendition(rendition::RenditionArgs),
}

/// `cnt bench`.
pub(crate) fn run(command: &BenchCommand) -> anyhow::Result<ExitCode> {
    match command {
        BenchCommand::Rendition(args) => rendition::run(args),
    }
}
