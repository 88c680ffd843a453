//! What a demo can be asked.

use std::path::PathBuf;

use clap::Args;
use cnt_registry::nation::COLLECTIVITIES_DEFAULT;

/// Arguments of `demo`.
#[derive(Args, Debug, Clone)]
pub(crate) struct DemoArgs {
    /// How many MIFs to send.
    #[arg(long, default_value_t = 5_000)]
    pub(crate) mifs: u64,
    /// Decides collectivities, MIFs and contestations.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Collectivities.
    #[arg(long, default_value_t = COLLECTIVITIES_DEFAULT)]
    pub(crate) collectivities: usize,
    /// Then live through so many days after the avis, up to 500: payments, mail that comes back, letters of every kind,
    /// decisions, designations, titres, réclamations, judgments; what nobody prosecutes within a year is prescribed.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub(crate) days: Option<u32>,
    /// Kill -9 each service, the broker and the database once in mid-run, and start them again.
    #[arg(long)]
    pub(crate) kill: bool,
    /// Write the figures as JSON to this file.
    #[arg(long)]
    pub(crate) report: Option<PathBuf>,
    /// Stop the system at the end and remove its data; the letters stay. Without this it runs on, with its queues of files
    /// to work through in a browser, until `cnt down`.
    #[arg(long)]
    pub(crate) stop: bool,
}
