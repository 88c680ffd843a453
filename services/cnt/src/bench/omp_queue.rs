//! `cnt bench omp-queue`: claims of the next file over HTTP with millions of open files, beside a bare SKIP LOCKED.
//!
//! Phase by phase. The tables are filled: avis, their lives, files, envelopes, over all OMP as their inhabitants are. Then
//! the queues are worn: all operators claim at full speed, and every second file goes back at once, so that the index
//! gathers dead entries where the next claim begins; the bare statement does the same to a copy of the table. Then claims
//! arrive at instants fixed in advance, over one session for each operator, and as many of the bare statement between
//! them; every time counts from the planned instant. Nothing is vacuumed by hand. At last the console's pages are opened.

mod claimants;
mod judge;
mod load;
mod offices;
mod pages;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;
use cnt_contracts::commands::bench::{BenchMachine, BenchOmpQueue};
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::{DatabaseConfig, PgConnection, connect};

use self::claimants::{Bare, Session};
use self::load::{Arrivals, Latencies, Ledger, Phase};
use self::offices::{Offices, Operator};
use crate::bench::machine;
use crate::bench::rendition::count;
use crate::db::queue_rows::{self, NewFiles};
use crate::output;
use crate::system::{Layout, RunDir, StartOptions, System};

/// Number of the first avis.
const FIRST_AVIS: i64 = 1_000_000_000;
/// Files made by one statement.
const FILES_AT_ONCE: u64 = 50_000;
/// Connections that make files at once.
const FILLERS: usize = 2;
/// Connections of the bare statement: as many as the service's pool has by its defaults.
const BARE_CONNECTIONS: u32 = 4;
/// Time for all threads to be there before the first arrival.
const LEAD: Duration = Duration::from_millis(500);
/// Variable of the length of leases, and its value. Files that are kept stay so to the end, however slow the machine is.
const LEASE: (&str, &str) = ("CNT_CONTESTATION__QUEUE__LEASE_MINUTES", "1440");
/// How long autovacuum is waited for.
const SETTLE_MAX: Duration = Duration::from_secs(1_800);
/// Between two looks at it.
const LOOK: Duration = Duration::from_secs(1);
/// Settings that are printed.
const SETTINGS: [&str; 7] = [
    "fsync",
    "full_page_writes",
    "synchronous_commit",
    "autovacuum",
    "shared_buffers",
    "max_wal_size",
    "wal_compression",
];

/// Arguments of `bench omp-queue`.
#[derive(Args)]
pub(crate) struct QueueArgs {
    /// Files in the queues of all OMP; they take about 3 kB each on the disk.
    #[arg(long, default_value_t = 5_000_000)]
    open_files: u64,
    /// Operators, each with a session and an OMP; the larger an OMP, the more it has.
    #[arg(long, default_value_t = 200)]
    operators: u32,
    /// Claims before the measurement, at full speed.
    #[arg(long, default_value_t = 200_000)]
    claims: u64,
    /// Claims a second while it is measured; as many of the bare statement.
    #[arg(long, default_value_t = 20)]
    rate: u64,
    /// Seconds of the measurement.
    #[arg(long, default_value_t = 60)]
    seconds: u64,
    /// Seconds for which autovacuum is to be idle once all files are there, before claims begin; it looks once a minute.
    #[arg(long, default_value_t = 75)]
    settle: u32,
    /// Times that each page of the console is opened.
    #[arg(long, default_value_t = 200)]
    views: u32,
    /// Seed of the arrivals.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave the data for another look.
    #[arg(long)]
    keep: bool,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// `cnt bench omp-queue`. It has a run directory of its own, which it removes first, and at the end unless told to keep it.
pub(crate) fn run(run_dir: &RunDir, args: &QueueArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        args.open_files > 0 && args.operators > 0 && args.rate > 0 && args.seconds > 0,
        "nothing to measure"
    );
    let machine = machine::measured()?;
    let run_dir = run_dir.sibling("bench-omp-queue");
    crate::system::down(&run_dir, true)?;
    let lock = run_dir.lock()?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    output::say("Starting Kafka, PostgreSQL and the services …");
    let options = StartOptions {
        layout: Layout::Apart,
        settings: &[LEASE],
        ..StartOptions::default()
    };
    let system = crate::system::start(&run_dir, &options, &shutdown)?;
    let measured = Bench::new((&run_dir, &system), args, &shutdown)?.measure(machine);
    system.stop()?;
    drop(lock);
    let result = measured?;
    if !args.keep {
        crate::system::down(&run_dir, true)?;
    }
    if args.json {
        output::json(&result)?;
    } else {
        output::line(&format!(
            "{} files, {} claims: p50 {:.2} ms, p99 {:.2} ms, at most {:.2} ms\n\
             bare SKIP LOCKED: p50 {:.2} ms, p99 {:.2} ms, at most {:.2} ms\nratio {:.2}",
            result.open_files,
            result.claims,
            result.p50_ms,
            result.p99_ms,
            result.max_ms,
            result.skip_locked_p50_ms,
            result.skip_locked_p99_ms,
            result.skip_locked_max_ms,
            result.ratio_to_skip_locked,
        ));
        for (page, times) in &result.pages {
            output::line(&format!(
                "page {page}: p50 {:.1} ms, p95 {:.1} ms",
                times.p50_ms, times.p95_ms
            ));
        }
    }
    Ok(if result.balanced {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

/// What a run needs.
struct Bench<'a> {
    place: (&'a RunDir, &'a System),
    args: &'a QueueArgs,
    shutdown: &'a Shutdown,
    offices: Offices,
    operators: Vec<Operator>,
    url: String,
    database: DatabaseConfig,
}

/// What was seen of the tables.
struct Seen {
    queue_index_filled: u64,
    dead_rows: u64,
    autovacuums: u64,
}

/// The times of a phase.
struct Times {
    service: Latencies,
    bare: Latencies,
}

impl<'a> Bench<'a> {
    fn new(
        (run_dir, system): (&'a RunDir, &'a System),
        args: &'a QueueArgs,
        shutdown: &'a Shutdown,
    ) -> anyhow::Result<Self> {
        let conninfo = system.record().conninfo_of("contestation")?;
        let mut database = DatabaseConfig::new(conninfo, "cnt-bench-omp-queue");
        database.statement_timeout_ms = 0;
        let offices = Offices::of_france()?;
        Ok(Self {
            place: (run_dir, system),
            args,
            shutdown,
            operators: offices.operators(args.operators)?,
            offices,
            url: system.record().url("contestation")?,
            database,
        })
    }

    fn measure(&self, machine: BenchMachine) -> anyhow::Result<BenchOmpQueue> {
        let mut conn = connect(&self.database)?;
        self.fill(&mut conn)?;
        let queue_index_filled = queue_rows::queue_index_bytes(&mut conn)?;
        let asked_again = AtomicU64::new(0);
        let mut sessions: Vec<Session<'_>> = Vec::new();
        sessions.resize_with(self.operators.len(), || {
            Session::new(&self.url, &asked_again)
        });
        let mut bare = (0..BARE_CONNECTIONS)
            .map(|_| Bare::new(&self.database))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let ledgers = (Ledger::default(), Ledger::default());
        let worn = self.wear(&mut sessions, &mut bare, &ledgers)?;
        let seen = Seen {
            queue_index_filled,
            dead_rows: queue_rows::dead_rows(&mut conn)?,
            autovacuums: queue_rows::autovacuums(&mut conn)?,
        };
        let times = self.open_loop(&mut sessions, &mut bare, &ledgers)?;
        output::say("Opening pages …");
        let looks = (self.args.views, self.shutdown);
        let pages = pages::look(self.place, &mut conn, &self.operators, looks)?;
        output::say("Judging …");
        let breaks = judge::breaks(&mut conn, &self.operators, &ledgers.0, &ledgers.1)?;
        for found in &breaks {
            output::say(&format!("Does not agree: {found}"));
        }
        let result = self.result(&mut conn, &seen, (&worn, &times), machine)?;
        Ok(BenchOmpQueue {
            asked_again: asked_again.load(Ordering::Relaxed),
            doubled: ledgers.0.doubled(),
            balanced: breaks.is_empty(),
            pages,
            ..result
        })
    }

    /// Fills the tables, and has them analysed once.
    fn fill(&self, conn: &mut PgConnection) -> anyhow::Result<()> {
        let files = self.args.open_files;
        let new = NewFiles {
            first_avis: FIRST_AVIS,
            // Of ten avis contested, six are of somebody who has another.
            addressees: i64::try_from(files)? * 3 / 5 + 1,
            omps: self.offices.codes(),
            bounds: self.offices.bounds(),
        };
        output::say("Filling the queues …");
        let begun = Instant::now();
        queue_rows::bare_create(conn)?;
        queue_rows::fill_begin(conn)?;
        let bar = output::bar("files", files);
        let next = AtomicU64::new(0);
        std::thread::scope(|scope| {
            let fillers =
                [(); FILLERS].map(|()| scope.spawn(|| self.fill_chunks(&new, &next, &bar)));
            fillers.into_iter().try_for_each(|filler| {
                filler
                    .join()
                    .map_err(|_| anyhow::anyhow!("a filler panicked"))?
            })
        })?;
        bar.finish_and_clear();
        queue_rows::fill_end(conn)?;
        queue_rows::analyze(conn)?;
        let per_s = count(files) / begun.elapsed().as_secs_f64();
        output::say(&format!("{per_s:.0} files a second"));
        self.settle(conn)
    }

    /// Makes files, chunk by chunk, until there are enough.
    fn fill_chunks(
        &self,
        new: &NewFiles<'_>,
        next: &AtomicU64,
        bar: &indicatif::ProgressBar,
    ) -> anyhow::Result<()> {
        let mut conn = connect(&self.database)?;
        loop {
            ensure!(!self.shutdown.is_requested(), "interrupted");
            let first = next.fetch_add(FILES_AT_ONCE, Ordering::Relaxed);
            let end = self
                .args
                .open_files
                .min(first.saturating_add(FILES_AT_ONCE));
            if first >= end {
                return Ok(());
            }
            let numbers = (i64::try_from(first)?, i64::try_from(end)? - 1);
            queue_rows::fill(&mut conn, new, numbers)?;
            bar.inc(end - first);
        }
    }

    /// Waits until autovacuum has seen the rows that were made: they came at once, as files never do.
    fn settle(&self, conn: &mut PgConnection) -> anyhow::Result<()> {
        output::say("Waiting for autovacuum …");
        let deadline = Instant::now() + SETTLE_MAX;
        let mut quiet = 0;
        while quiet < self.args.settle && Instant::now() < deadline {
            ensure!(!self.shutdown.wait_timeout(LOOK), "interrupted");
            quiet = if queue_rows::is_vacuuming(conn)? {
                0
            } else {
                quiet + 1
            };
        }
        Ok(())
    }

    /// Claims at full speed, those of the service first, then those of the bare statement.
    fn wear(
        &self,
        sessions: &mut [Session<'_>],
        bare: &mut [Bare],
        ledgers: &(Ledger, Ledger),
    ) -> anyhow::Result<Times> {
        let (claims, operators) = (self.args.claims, self.operators.len());
        output::say("Claiming at full speed …");
        let bar = output::bar("claims", claims);
        let arrivals = Arrivals::at_once(claims, operators, operators);
        let phase = self.phase(&ledgers.0, Instant::now(), &bar);
        let service = phase.serve(sessions, &arrivals)?;
        bar.finish_and_clear();
        let bar = output::bar("bare", claims);
        let arrivals = Arrivals::at_once(claims, operators, 1);
        let phase = self.phase(&ledgers.1, Instant::now(), &bar);
        let bare = phase.serve(bare, &arrivals)?;
        bar.finish_and_clear();
        Ok(Times { service, bare })
    }

    /// Claims at instants fixed in advance, those of the bare statement between those of the service.
    fn open_loop(
        &self,
        sessions: &mut [Session<'_>],
        bare: &mut [Bare],
        ledgers: &(Ledger, Ledger),
    ) -> anyhow::Result<Times> {
        output::say("Measuring …");
        let over = Duration::from_secs(self.args.seconds);
        let (claims, operators) = (self.args.rate * self.args.seconds, self.operators.len());
        let spread =
            |seed: u64, lines: usize| Arrivals::spread((claims, over), seed, operators, lines);
        let of_service = spread(self.args.seed, operators)?;
        let of_bare = spread(self.args.seed.wrapping_add(1 << 50), 1)?;
        let bar = output::bar("claims", claims * 2);
        let begun = Instant::now() + LEAD;
        let phases = (
            self.phase(&ledgers.0, begun, &bar),
            self.phase(&ledgers.1, begun, &bar),
        );
        let (service, bare) = std::thread::scope(|scope| {
            let beside = scope.spawn(|| phases.1.serve(bare, &of_bare));
            let service = phases.0.serve(sessions, &of_service);
            (service, beside.join())
        });
        bar.finish_and_clear();
        let bare = bare.map_err(|_| anyhow::anyhow!("the bare statement panicked"))?;
        Ok(Times {
            service: service?,
            bare: bare?,
        })
    }

    fn phase<'b>(
        &'b self,
        ledger: &'b Ledger,
        begun: Instant,
        bar: &'b indicatif::ProgressBar,
    ) -> Phase<'b> {
        Phase {
            operators: &self.operators,
            ledger,
            begun,
            shutdown: self.shutdown,
            bar,
        }
    }

    /// Everything but the judgement.
    fn result(
        &self,
        conn: &mut PgConnection,
        seen: &Seen,
        (worn, times): (&Times, &Times),
        machine: BenchMachine,
    ) -> anyhow::Result<BenchOmpQueue> {
        let args = self.args;
        let mib = |bytes: u64| count(bytes) / count(1 << 20);
        let mut settings = queue_rows::settings(conn, &SETTINGS)?;
        settings.insert("lease_minutes".to_owned(), LEASE.1.to_owned());
        let (service, bare) = (&times.service, &times.bare);
        let (p99_ms, skip_locked_p99_ms) = (service.percentile_ms(99), bare.percentile_ms(99));
        Ok(BenchOmpQueue {
            p99_ms,
            skip_locked_p99_ms,
            ratio_to_skip_locked: p99_ms / skip_locked_p99_ms,
            open_files: args.open_files,
            omps: u32::try_from(self.offices.codes().len())?,
            operators: args.operators,
            claims: args.rate * args.seconds,
            p50_ms: service.percentile_ms(50),
            max_ms: service.percentile_ms(100),
            skip_locked_p50_ms: bare.percentile_ms(50),
            skip_locked_max_ms: bare.percentile_ms(100),
            skip_locked_connections: BARE_CONNECTIONS,
            offered_per_s: count(args.rate),
            achieved_per_s: service.per_s()?,
            skip_locked_achieved_per_s: bare.per_s()?,
            seconds: args.seconds,
            churn_claims: args.claims,
            churn_per_s: worn.service.per_s()?,
            skip_locked_churn_per_s: worn.bare.per_s()?,
            asked_again: 0,
            dead_rows: seen.dead_rows,
            autovacuums: seen.autovacuums,
            queue_index_filled_mib: mib(seen.queue_index_filled),
            queue_index_mib: mib(queue_rows::queue_index_bytes(conn)?),
            doubled: 0,
            balanced: false,
            pages: BTreeMap::new(),
            settings,
            machine,
        })
    }
}
