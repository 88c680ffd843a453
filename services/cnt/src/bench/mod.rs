//! `cnt bench`: figures beside the baseline that is measured in the same run.

mod machine;
mod rendition;
mod storage;
mod validation;

use std::process::ExitCode;

use clap::Subcommand;

/// What can be measured.
#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Filling formes beside typst, and what a document costs to keep.
    Rendition(rendition::RenditionArgs),
    /// All rules on MIFs in memory, beside bare verification of their signatures.
    Validation(validation::ValidationArgs),
}

/// `cnt bench`.
pub(crate) fn run(command: &BenchCommand) -> anyhow::Result<ExitCode> {
    match command {
        BenchCommand::Rendition(args) => rendition::run(args),
        BenchCommand::Validation(args) => validation::run(args),
    }
}
