//! `cnt bench`: figures beside the baseline that is measured in the same run.

mod archive_query;
mod gateway;
mod machine;
mod omp_queue;
mod rendition;
mod storage;
mod validation;
mod vault;

use std::process::ExitCode;

use clap::Subcommand;

use crate::system::RunDir;

/// What can be measured.
#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Filling formes beside typst, and what a document costs to keep.
    Rendition(rendition::RenditionArgs),
    /// All rules on MIFs in memory, beside bare verification of their signatures.
    Validation(validation::ValidationArgs),
    /// The archive's answers over HTTP, beside a bare SELECT.
    ArchiveQuery(archive_query::QueryArgs),
    /// Claims of the next file over HTTP, beside a bare SKIP LOCKED.
    OmpQueue(omp_queue::QueueArgs),
    /// Sealing lots, beside typst's own PDF and zstd at level 19.
    Vault(vault::VaultArgs),
    /// Handing in over mutual TLS, beside the same requests against a bare echo server.
    Gateway(gateway::GatewayArgs),
}

/// `cnt bench`.
pub(crate) fn run(run_dir: &RunDir, command: &BenchCommand) -> anyhow::Result<ExitCode> {
    match command {
        BenchCommand::Rendition(args) => rendition::run(args),
        BenchCommand::Validation(args) => validation::run(args),
        BenchCommand::Vault(args) => vault::run(args),
        BenchCommand::ArchiveQuery(args) => archive_query::run(run_dir, args),
        BenchCommand::OmpQueue(args) => omp_queue::run(run_dir, args),
        BenchCommand::Gateway(args) => gateway::run(args),
    }
}
