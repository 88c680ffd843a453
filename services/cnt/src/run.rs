//! `cnt run`: one service, or all of them, in this process.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, ValueEnum};
use cnt_flow::{Plumbing, PlumbingConfig};
use cnt_service_kit::{ServiceContext, telemetry};

/// How long a process may take to end its work after it was asked to stop.
const GRACE: Duration = Duration::from_secs(25);

/// Arguments of `run`.
#[derive(Args)]
pub(crate) struct RunArgs {
    /// The service.
    service: Service,
    /// Configuration file (TOML); the commented defaults are printed by `--defaults`.
    #[arg(long)]
    config: Option<PathBuf>,
    /// Print the service's default configuration and stop.
    #[arg(long)]
    defaults: bool,
}

/// The services.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Service {
    Registry,
    Gateway,
    Validation,
    Edition,
    Dispatch,
    Contestation,
    Archive,
    /// Every service in one process, each configured by its own environment.
    All,
}

/// Boots one service: configuration, log, context, health, plumbing, then its own `run`.
macro_rules! boot {
    ($service:ident, $args:expr) => {{
        let config = $service::Config::load($args.config.as_deref())?;
        telemetry::init(
            $service::NAME,
            config.telemetry.format,
            &config.telemetry.filter,
        )?;
        let context = ServiceContext::new($service::NAME, config.simulation.enabled, 0)?;
        context.shutdown.on_signals()?;
        let _ops = context.start_ops(config.ops.listen)?;
        let plumbing = PlumbingConfig::new(&config.broker, &config.objects, $service::NAME);
        let plumbing = Plumbing::start(&plumbing, &context)?;
        context.run_service(GRACE, |context| $service::run(config, context, plumbing))?;
    }};
}

impl Service {
    /// The commented default configuration; `all` has that of every service.
    const fn defaults(self) -> &'static str {
        match self {
            Service::Registry => include_str!("../../registry/config.default.toml"),
            Service::Gateway => include_str!("../../gateway/config.default.toml"),
            Service::Validation => include_str!("../../validation/config.default.toml"),
            Service::Edition => include_str!("../../edition/config.default.toml"),
            Service::Dispatch => include_str!("../../dispatch/config.default.toml"),
            Service::Contestation => include_str!("../../contestation/config.default.toml"),
            Service::Archive => include_str!("../../archive/config.default.toml"),
            Service::All => "# Each service has its own: cnt run SERVICE --defaults",
        }
    }
}

/// `cnt run`.
pub(crate) fn run(args: &RunArgs) -> anyhow::Result<ExitCode> {
    if args.defaults {
        crate::output::line(args.service.defaults());
        return Ok(ExitCode::SUCCESS);
    }
    match args.service {
        Service::Registry => boot!(cnt_registry, args),
        Service::Gateway => boot!(cnt_gateway, args),
        Service::Validation => boot!(cnt_validation, args),
        Service::Edition => boot!(cnt_edition, args),
        Service::Dispatch => boot!(cnt_dispatch, args),
        Service::Contestation => boot!(cnt_contestation, args),
        Service::Archive => boot!(cnt_archive, args),
        Service::All => all()?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Starts a service of a shared process; its failure stops the process.
macro_rules! spawn {
    ($service:ident, $context:expr, $plumbing:expr) => {{
        let config = $service::Config::load(None)?;
        let context = $context.for_service($service::NAME);
        let plumbing = $plumbing.for_service(&config.broker, $service::NAME)?;
        actix_web::rt::spawn(async move {
            let stop = context.shutdown.clone();
            let outcome = $service::run(config, context, plumbing).await;
            stop.request();
            outcome
        })
    }};
}

/// Every service in this process.
fn all() -> anyhow::Result<()> {
    let first = cnt_registry::Config::load(None)?;
    telemetry::init("cnt", first.telemetry.format, &first.telemetry.filter)?;
    let context = ServiceContext::new("cnt", first.simulation.enabled, 0)?;
    context.shutdown.on_signals()?;
    let _ops = context.start_ops(first.ops.listen)?;
    let plumbing = PlumbingConfig::new(&first.broker, &first.objects, cnt_registry::NAME);
    let plumbing = Plumbing::start(&plumbing, &context)?;
    context.run_service(GRACE, |context| async move {
        let services = [
            spawn!(cnt_registry, context, plumbing),
            spawn!(cnt_gateway, context, plumbing),
            spawn!(cnt_validation, context, plumbing),
            spawn!(cnt_edition, context, plumbing),
            spawn!(cnt_dispatch, context, plumbing),
            spawn!(cnt_contestation, context, plumbing),
            spawn!(cnt_archive, context, plumbing),
        ];
        for service in services {
            service.await??;
        }
        Ok(())
    })
}
