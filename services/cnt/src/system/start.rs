//! Starting and stopping the whole system.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use anyhow::Context;
use cnt_bus::{Admin, BusConfig};
use cnt_contracts::services;
use cnt_contracts::topics::LEGAL_CLOCK;
use cnt_flow::{access_rules, topic_specs};
use cnt_registry::nation::COLLECTIVITIES_DEFAULT;
use cnt_service_kit::shutdown::Shutdown;
use cnt_stack::process::Lifetime;
use cnt_stack::{DatabaseRole, KAFKA_ADMIN, Stack, free_ports};

use super::environment::{contestation_environment, environment, own_setting, portal_secret};
use super::log_key;
use super::{RunDir, ServiceChild, SystemRecord};
use crate::output;

/// How long the services may take to become ready.
const READY_DEADLINE: Duration = Duration::from_secs(90);

/// Services with an HTTP interface of their own.
const WITH_HTTP: [&str; 5] = ["registry", "gateway", "dispatch", "contestation", "archive"];

/// The pages of addressees, among the HTTP interfaces of contestation.
const PORTAL: &str = "portal";
/// The console of the OMP, another of them.
pub(crate) const CONSOLE: &str = "console";
/// The same for those who have a card, over mutual TLS.
pub(crate) const CONSOLE_CARD: &str = "console-card";

/// How the services are spread over processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    /// All in one process.
    Together,
    /// Each in its own.
    Apart,
}

/// How to start a system.
#[derive(Debug, Clone)]
pub(crate) struct StartOptions {
    /// Processes.
    pub(crate) layout: Layout,
    /// Whether it outlives this program.
    pub(crate) detached: bool,
    /// Seed of the simulated nation.
    pub(crate) seed: u64,
    /// Collectivities of the simulated nation.
    pub(crate) collectivities: usize,
    /// Only these services; all when absent.
    pub(crate) only: Option<&'static [&'static str]>,
    /// Say nothing of the steps.
    pub(crate) quiet: bool,
    /// Settings of services other than their defaults: variables `CNT_SERVICE__SECTION__KEY` and their values.
    pub(crate) settings: &'static [(&'static str, &'static str)],
}

impl Default for StartOptions {
    fn default() -> Self {
        Self {
            layout: Layout::Together,
            detached: false,
            seed: 7,
            collectivities: COLLECTIVITIES_DEFAULT,
            only: None,
            quiet: true,
            settings: &[],
        }
    }
}

/// A started system.
pub(crate) struct System {
    stack: Option<Stack>,
    children: Vec<ServiceChild>,
    record: SystemRecord,
    run_dir: RunDir,
}

impl System {
    /// Starts everything and waits until every service is ready. If that fails, or is interrupted, nothing is left
    /// running.
    pub(crate) fn start(
        run_dir: &RunDir,
        options: &StartOptions,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        Self::bring_up(run_dir, options, shutdown).or_else(|error| {
            super::stop_all(run_dir).context("cannot stop what was started")?;
            Err(error)
        })
    }

    fn bring_up(
        run_dir: &RunDir,
        options: &StartOptions,
        shutdown: &Shutdown,
    ) -> anyhow::Result<Self> {
        let step = |text: &str| {
            anyhow::ensure!(!shutdown.is_requested(), "interrupted");
            if !options.quiet {
                output::say(text);
            }
            Ok(())
        };
        std::fs::create_dir_all(run_dir.path().join("logs"))?;
        crate::nation::ensure(&run_dir.nation(), options.seed, options.collectivities)?;
        step("Starting Kafka and PostgreSQL")?;
        let config = run_dir.stack_config()?;
        let stack = if options.detached {
            Stack::start_detached(&config)?
        } else {
            Stack::start(&config)?
        };
        provision(&stack)?;
        prepare_broker(&stack)?;
        step("Starting the services")?;
        let children = spawn_services(run_dir, &stack, options)?;
        let record = SystemRecord {
            bootstrap: stack.kafka().bootstrap().to_owned(),
            reconcile_password_file: Some(stack.kafka().password_file(services::RECONCILE_ROLE)),
            reconcile_conninfo: stack.postgres().conninfo(services::RECONCILE_ROLE),
            conninfo: services::ALL
                .iter()
                .map(|service| ((*service).to_owned(), stack.postgres().conninfo(service)))
                .collect(),
            services: children.iter().map(ServiceChild::record).collect(),
        };
        // Before they are ready, so that `cnt down` finds them also when this program is killed meanwhile.
        run_dir.write(&record)?;
        let system = Self {
            stack: Some(stack),
            children,
            record,
            run_dir: run_dir.clone(),
        };
        system.wait_until_ready(shutdown)?;
        Ok(system)
    }

    /// Waits until every service says that it is ready.
    fn wait_until_ready(&self, shutdown: &Shutdown) -> anyhow::Result<()> {
        let deadline = Instant::now() + READY_DEADLINE;
        for child in &self.children {
            let url = format!("http://{}/health/ready", child.record().ops);
            loop {
                let answer = crate::http::get(&url, &[]);
                if matches!(&answer, Ok((200, _))) {
                    break;
                }
                let why = match answer {
                    Ok((_, body)) => String::from_utf8_lossy(&body).into_owned(),
                    Err(error) => format!("{error:#}"),
                };
                anyhow::ensure!(!shutdown.is_requested(), "interrupted");
                anyhow::ensure!(
                    child.is_alive() && Instant::now() < deadline,
                    "{} did not become ready: {why}\n{}",
                    child.name(),
                    child.log_tail()
                );
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }

    /// What is known of it.
    pub(crate) fn record(&self) -> &SystemRecord {
        &self.record
    }

    /// Its directory.
    pub(crate) fn run_dir(&self) -> &RunDir {
        &self.run_dir
    }

    /// Broker and database.
    pub(crate) fn stack(&self) -> Option<&Stack> {
        self.stack.as_ref()
    }

    /// The services' processes.
    pub(crate) fn children(&self) -> &[ServiceChild] {
        &self.children
    }

    /// Starts again what has ended by itself.
    pub(crate) fn restart_the_dead(&self) -> anyhow::Result<()> {
        if let Some(stack) = &self.stack {
            if !stack.kafka().is_alive() {
                output::say("Kafka had ended and is started again.");
                stack.kafka().restart()?;
            }
            if !stack.postgres().is_alive() {
                output::say("PostgreSQL had ended and is started again.");
                stack.postgres().restart()?;
            }
        }
        for child in &self.children {
            if child.restart_if_dead()? {
                output::say(&format!(
                    "{} had ended and was started again.\n{}",
                    child.name(),
                    child.log_tail()
                ));
                self.remember()?;
            }
        }
        Ok(())
    }

    /// Stops everything; the data stay.
    pub(crate) fn stop(mut self) -> anyhow::Result<()> {
        for child in &self.children {
            child.request_stop()?;
        }
        for child in &self.children {
            child.stop()?;
        }
        if let Some(stack) = self.stack.take() {
            stack.stop()?;
        }
        self.run_dir.forget()
    }

    /// Leaves it running; `cnt down` stops it.
    pub(crate) fn leave(self) -> anyhow::Result<()> {
        self.remember()
    }

    /// Writes down the processes as they are now.
    fn remember(&self) -> anyhow::Result<()> {
        let services = self.children.iter().map(ServiceChild::record).collect();
        self.run_dir.write(&SystemRecord {
            services,
            ..self.record.clone()
        })
    }
}

/// Creates the topics and says who may use them.
fn prepare_broker(stack: &Stack) -> anyhow::Result<()> {
    let mut bus = BusConfig::plaintext(stack.kafka().bootstrap(), "cnt-up");
    bus.security = super::scram(KAFKA_ADMIN, stack.kafka().password_file(KAFKA_ADMIN));
    let admin = Admin::new(&bus)?;
    admin.ensure_topics(&topic_specs())?;
    admin.grant(&access_rules())?;
    // The last rule is about this principal. A producer that comes before its right would be done for.
    let reconcile = services::RECONCILE_ROLE;
    bus.security = super::scram(reconcile, stack.kafka().password_file(reconcile));
    Ok(Admin::new(&bus)?.await_access(LEGAL_CLOCK.name)?)
}

fn provision(stack: &Stack) -> anyhow::Result<()> {
    let mut roles: Vec<_> = services::ALL
        .iter()
        .map(|name| DatabaseRole::service(name))
        .collect();
    roles.push(DatabaseRole::guest(
        services::CONSOLE_ROLE,
        cnt_contestation::NAME,
    ));
    roles.push(DatabaseRole::read_all(services::RECONCILE_ROLE));
    Ok(stack.postgres().provision(&roles)?)
}

/// What a service's process is started with: name, HTTP interfaces, health and metrics, environment.
type Part = (
    &'static str,
    Vec<(String, SocketAddr)>,
    SocketAddr,
    Vec<(String, String)>,
);

/// Edition is what keeps the cores busy, and typst's cache is one per process, behind locks: two instances of one
/// thread share the partitions and the work better than two threads do.
fn second_edition(parts: &mut [Part], ops: SocketAddr) -> Option<Part> {
    let (_, http, _, environment) = parts.iter_mut().find(|part| part.0 == "edition")?;
    environment.push(("RAYON_NUM_THREADS".to_owned(), "1".to_owned()));
    let mut environment = environment.clone();
    environment.push(("CNT_EDITION__OPS__LISTEN".to_owned(), ops.to_string()));
    // Letters are shown by the first; this one listens where nobody asks.
    let unasked = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    environment.push((
        "CNT_EDITION__PREVIEW__LISTEN".to_owned(),
        unasked.to_string(),
    ));
    Some(("edition-2", http.clone(), ops, environment))
}

fn spawn_services(
    run_dir: &RunDir,
    stack: &Stack,
    options: &StartOptions,
) -> anyhow::Result<Vec<ServiceChild>> {
    let lifetime = if options.detached {
        Lifetime::Detached
    } else {
        Lifetime::Tied
    };
    let mut ports = free_ports::<20>()?
        .into_iter()
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    let mut next = || ports.next().context("no port is left");
    let portal_secret = portal_secret(run_dir)?;
    let preview = next()?;
    let log_key = log_key::ensure(run_dir)?;
    let mut parts: Vec<Part> = Vec::new();
    for service in services::ALL {
        let mut http = if WITH_HTTP.contains(&service) {
            vec![(service.to_owned(), next()?)]
        } else {
            Vec::new()
        };
        let ops = next()?;
        let address = http.first().map(|(_, address)| *address);
        let mut environment = environment(run_dir, stack, service, address, ops, &portal_secret);
        if service == cnt_contestation::NAME {
            let (portal, console, card) = (next()?, next()?, next()?);
            http.push((PORTAL.to_owned(), portal));
            http.push((CONSOLE.to_owned(), console));
            http.push((CONSOLE_CARD.to_owned(), card));
            let listen = [portal, console, card, preview];
            environment.extend(contestation_environment(run_dir, stack, listen));
        }
        environment.extend(own_setting(service, preview, &log_key));
        // A service reads those that bear its name.
        let others = options.settings.iter();
        environment.extend(others.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
        if options.only.is_none_or(|only| only.contains(&service)) {
            parts.push((service, http, ops, environment));
        }
    }
    match options.layout {
        Layout::Apart => {
            let second = second_edition(&mut parts, next()?);
            parts.extend(second);
            parts
                .into_iter()
                .map(|(service, http, ops, environment)| {
                    ServiceChild::spawn(run_dir, service, http, ops, environment, lifetime)
                })
                .collect()
        }
        Layout::Together => {
            let ops = parts
                .first()
                .map(|part| part.2)
                .context("there is no service")?;
            let http = parts.iter().flat_map(|part| part.1.clone()).collect();
            let environment = parts.into_iter().flat_map(|part| part.3).collect();
            Ok(vec![ServiceChild::spawn(
                run_dir,
                "all",
                http,
                ops,
                environment,
                lifetime,
            )?])
        }
    }
}
