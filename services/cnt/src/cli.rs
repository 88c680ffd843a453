//! The command line: what a person can ask, and which module answers.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::system::RunDir;

/// The simulated Centre national de traitement.
///
/// Exit codes: 0 done; 1 the answer is no (books not balanced, a MIF rejected, a document unknown); 2 the command
/// could not be carried out.
#[derive(Parser)]
#[command(name = "cnt", version, max_term_width = 100)]
pub(crate) struct Cli {
    /// Directory of the running system.
    #[arg(long, env = "CNT_RUN_DIR", global = true, hide_env = true)]
    run_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Send offences through the whole system and show the balanced books.
    Demo(crate::demo::DemoArgs),
    /// Start Kafka, PostgreSQL and all services, and stop them with Ctrl-C.
    Up(UpArgs),
    /// Stop what `up --detach` started.
    Down(DownArgs),
    /// Print the base URL of a service of the running system.
    Url {
        /// The service.
        service: String,
    },
    /// Run one service (or `all`) with its configuration from a file and the environment.
    Run(crate::run::RunArgs),
    /// Prove from stores and topics that the books balance.
    Reconcile(crate::reconcile::ReconcileArgs),
    /// Sign and check MIFs.
    #[command(subcommand)]
    Mif(crate::mif::MifCommand),
    /// Fetch documents.
    #[command(subcommand)]
    Document(crate::avis_document::DocumentCommand),
    /// Search the archive, get documents and proofs; verify a proof.
    #[command(subcommand)]
    Archive(crate::archive::ArchiveCommand),
    /// The life of an avis.
    #[command(subcommand)]
    Avis(crate::avis::AvisCommand),
    /// The table that the life of every avis follows.
    #[command(subcommand)]
    Life(crate::avis::LifeCommand),
    /// Payments of the Treasury.
    #[command(subcommand)]
    Payment(crate::payment::PaymentCommand),
    /// Envelopes: lots of the mail room, who waits for what, answers.
    #[command(subcommand)]
    Courrier(crate::courrier::CourrierCommand),
    /// Acts of the procedure: judgments, oppositions, acts that interrupt prescription.
    #[command(subcommand)]
    Act(crate::act::ActCommand),
    /// What the comptable has to know.
    #[command(subcommand)]
    Comptable(crate::act::ComptableCommand),
    /// Contestations: the queue of an OMP, a file, a decision.
    #[command(subcommand)]
    Contestation(crate::contestation::ContestationCommand),
    /// Titres exécutoires: what waits for an OMP, and its signature.
    #[command(subcommand)]
    Titre(crate::titre::TitreCommand),
    /// Operators of the console: set up, list, one-time codes.
    #[command(subcommand)]
    Operator(crate::operator::OperatorCommand),
    /// Print spools at the plants, and their deposit at the post.
    #[command(subcommand)]
    Spool(crate::spool::SpoolCommand),
    /// Messages set aside: list, show, replay, discard.
    #[command(subcommand)]
    Quarantine(crate::quarantine::QuarantineCommand),
    /// The legal clock of the simulation.
    #[command(subcommand)]
    Clock(crate::clock::ClockCommand),
    /// Test collectivities with their agents, cards and stations.
    #[command(subcommand)]
    Nation(crate::nation::NationCommand),
    /// Agents' cards: issue, suspend, revoke, show.
    #[command(subcommand)]
    Card(crate::holders::CardCommand),
    /// Collectivities' stations: issue, cut.
    #[command(subcommand)]
    Station(crate::holders::StationCommand),
    /// The nomenclature of offences.
    #[command(subcommand)]
    Natinf(crate::natinf::NatinfCommand),
    /// Which OMP is competent where: show a commune by date, take the ministry's table in.
    #[command(subcommand)]
    Competence(crate::competence::CompetenceCommand),
    /// Amounts, delays, holidays and competence: the law as dated tables.
    #[command(subcommand)]
    Law(crate::law::LawCommand),
    /// MIFs signed ahead of time, for tests of load.
    #[command(subcommand)]
    Load(crate::load::LoadCommand),
    /// Render a document from its data.
    Render(crate::render::RenderArgs),
    /// Measure, beside a baseline of the same run.
    #[command(subcommand)]
    Bench(crate::bench::BenchCommand),
    /// The published schemas.
    Schemas(crate::schemas::SchemasArgs),
}

/// Arguments of `up`.
#[derive(Args)]
struct UpArgs {
    /// Return when everything is ready; `cnt down` stops it.
    #[arg(long)]
    detach: bool,
    /// One process for each service instead of one for all.
    #[arg(long)]
    apart: bool,
}

/// Arguments of `down`.
#[derive(Args)]
struct DownArgs {
    /// Remove the data too.
    #[arg(long)]
    purge: bool,
}

impl Cli {
    /// Carries the command out.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let run_dir = RunDir::locate(self.run_dir)?;
        match self.command {
            Command::Demo(args) => crate::demo::run(&run_dir, &args),
            Command::Up(args) => crate::system::up(&run_dir, args.detach, args.apart),
            Command::Down(args) => crate::system::down_with_demo(&run_dir, args.purge),
            Command::Url { service } => crate::system::url(&run_dir, &service),
            Command::Run(args) => crate::run::run(&args),
            Command::Reconcile(args) => crate::reconcile::run(&run_dir, &args),
            Command::Mif(command) => crate::mif::run(&run_dir, command),
            Command::Document(command) => crate::avis_document::run(&run_dir, command),
            Command::Archive(command) => crate::archive::run(&run_dir, command),
            Command::Avis(command) => crate::avis::run(&run_dir, command),
            Command::Life(command) => crate::avis::life(command),
            Command::Payment(command) => crate::payment::run(&run_dir, command),
            Command::Courrier(command) => crate::courrier::run(&run_dir, command),
            Command::Act(command) => crate::act::run(&run_dir, command),
            Command::Comptable(command) => crate::act::comptable(&run_dir, command),
            Command::Contestation(command) => crate::contestation::run(&run_dir, command),
            Command::Operator(command) => crate::operator::run(&run_dir, command),
            Command::Spool(command) => crate::spool::run(&run_dir, command),
            Command::Titre(command) => crate::titre::run(&run_dir, command),
            Command::Quarantine(command) => crate::quarantine::run(&run_dir, command),
            Command::Clock(command) => crate::clock::run(&run_dir, command),
            Command::Nation(command) => crate::nation::run(command),
            Command::Card(command) => crate::holders::card(&run_dir, command),
            Command::Station(command) => crate::holders::station(&run_dir, command),
            Command::Natinf(command) => crate::natinf::run(&run_dir, command),
            Command::Competence(command) => crate::competence::run(&run_dir, command),
            Command::Law(command) => crate::law::run(&run_dir, command),
            Command::Load(command) => crate::load::run(command),
            Command::Render(args) => crate::render::run(&args),
            Command::Bench(command) => crate::bench::run(&run_dir, &command),
            Command::Schemas(args) => crate::schemas::run(&args),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
