//! `cnt demo`: a seeded run through the whole system, judged by the sender's own ledger and by the books.

mod args;
mod chaos;
mod days;
mod judge;
mod mail_room;
mod officers;
mod progress;
mod receiving;
mod report;
mod samples;
mod sending;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use cnt_loadtest::{Fleet, Generator, GeneratorParams, Stations, read_ledger};
use cnt_service_kit::shutdown::Shutdown;
use cnt_stack::Stack;
use uuid::Uuid;

pub(crate) use args::DemoArgs;
use progress::Progress;
use report::Report;
pub(crate) use sending::now_s;

use crate::output;
use crate::reconcile::{Balance, reconcile};
use crate::system::{Layout, RunDir, StartOptions, System};

/// How long the books may take to settle after the last receipt.
const SETTLE_MAX: Duration = Duration::from_secs(120);

/// `cnt demo`.
pub(crate) fn run(run_dir: &RunDir, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let run_dir = run_dir.sibling("demo");
    let _lock = run_dir.lock()?;
    if crate::system::stop_all(&run_dir)? > 0 {
        output::say("Stopped the system that an earlier demo had left running.");
    }
    Stack::remove(&run_dir.stack_config()?)?;
    run_dir.clear()?;
    let begun = Instant::now();
    let mut progress = Progress::new();
    progress.step("start", "Starting Kafka, PostgreSQL and seven services");
    let options = StartOptions {
        layout: Layout::Apart,
        detached: !args.stop,
        seed: args.seed,
        collectivities: args.collectivities,
        ..StartOptions::default()
    };
    let system = System::start(&run_dir, &options, &Shutdown::new())?;
    let outcome = play(&system, args, &mut progress);
    let mut report = match outcome {
        Ok(done) => done,
        Err(error) => {
            output::say(&format!(
                "The logs are in {}",
                run_dir.path().join("logs").display()
            ));
            system.stop()?;
            return Err(error);
        }
    };
    report.0.mifs = args.mifs;
    report.0.seed = args.seed;
    report.0.collectivities = u64::try_from(args.collectivities)?;
    progress.end();
    if args.stop {
        progress.step("stop", "Stopping everything");
        system.stop()?;
    } else {
        system.leave()?;
    }
    report.0.steps = progress.finish();
    report.0.seconds = begun.elapsed().as_secs_f64();
    conclude(&run_dir, args, &report)
}

/// The last screen and the report.
fn conclude(run_dir: &RunDir, args: &DemoArgs, report: &Report) -> anyhow::Result<ExitCode> {
    output::line(&report.table());
    output::line("");
    if let Some(path) = &args.report {
        let json = serde_json::to_vec_pretty(&report.0)?;
        std::fs::write(path, json).with_context(|| format!("cannot write {}", path.display()))?;
        output::line(&format!("  the figures           {}", path.display()));
    }
    if args.stop {
        // Letters and ledger stay; the system's data go, wherever PostgreSQL had to put its own.
        Stack::remove(&run_dir.stack_config()?)?;
        for part in [
            "stack",
            "objects",
            "nation",
            "logs",
            "omp",
            "mail",
            "operators",
        ] {
            let path = run_dir.path().join(part);
            if path.exists() {
                std::fs::remove_dir_all(&path)
                    .with_context(|| format!("cannot remove {}", path.display()))?;
            }
        }
    } else {
        if let Some(record) = run_dir.running()? {
            crate::operator::show_console(run_dir, &record)?;
        }
        let dir = run_dir.path().display();
        output::line(&format!(
            "  still running         ./dev cnt --run-dir {dir} reconcile"
        ));
        output::line("  to stop it            ./dev down");
        output::line("  with kill -9          ./dev demo --kill");
    }
    Ok(if report.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(1)
    })
}

fn play(system: &System, args: &DemoArgs, progress: &mut Progress) -> anyhow::Result<Report> {
    let run_dir = system.run_dir();
    progress.step(
        "sign",
        &format!("Signing {} MIFs with the agents' cards", args.mifs),
    );
    let now = cnt_service_kit::clock::Clock::system().0.legal_now();
    let fleet = Fleet::load(&run_dir.nation())?;
    let credentials = Stations::load(&run_dir.nation(), now_s)?;
    let generator = Generator::of_fleet(fleet, &GeneratorParams::new(args.seed, args.mifs, now))?;
    let stations = sending::by_station(generator.chunk(0..args.mifs)?);
    let gateway = system.record().url("gateway")?;
    let gateway = (gateway.as_str(), &credentials);
    let ledger_path = run_dir.path().join("ledger.txt");
    progress.bar("send", "Sending, acknowledged", args.mifs);
    let kills = send(system, args, progress, gateway, &stations, &ledger_path)?;
    let ledger = read_ledger(&ledger_path)?;
    progress.bar("receive", "Verdicts and avis received", args.mifs);
    let readers = sending::one_per_collectivity(&stations);
    let received = receiving::receive_all(gateway, &readers, &ledger, |ended| progress.set(ended))?;
    progress.step("contest", "Offenders contest");
    let indices = ledger.iter().map(|entry| (entry.index, entry.id_mif));
    let indices: BTreeMap<u64, Uuid> = indices.collect();
    let portal = system.record().url("contestation")?;
    let grounds = receiving::contest(&portal, &generator, &received, &indices)?;
    progress.step("settle", "Balancing the books");
    let mut balance = settle(system)?;
    let mut done = days::Done::default();
    if let Some(days) = args.days {
        let cast = cast(&generator, &received, &indices);
        done = days::live(system, &cast, (args.seed, days), progress)?;
        progress.step("settle again", "Balancing the books after those days");
        balance = settle(system)?;
    }
    let judged = judge::judge(&ledger, &received, |index| generator.expectation(index));
    let mut report = Report::new(&balance, judged);
    report.0.rejected_by_code = received.rejected_by_code();
    report.0.warnings_by_code = received.warnings_by_code();
    report.0.not_transformed_by_reason = received.not_transformed_by_reason();
    report.0.contestations_by_ground = grounds;
    report.0.samples = samples::write(system, &generator, &received, &indices)?;
    report.0.kills = kills;
    report.0.payments = done.payments;
    report.0.decisions = done.decisions;
    report.0.majorees = done.majorees;
    report.0.reclamations = done.reclamations;
    report.0.mailed = done.mailed;
    report.0.admissions = done.admissions;
    report.0.addresses = done.addresses;
    report.0.acts = done.acts;
    report.0.notices = done.notices;
    Ok(report)
}

/// Who plays in the days after the avis.
fn cast(
    generator: &Generator,
    received: &judge::Received,
    indices: &BTreeMap<u64, Uuid>,
) -> days::Cast {
    let returned = indices.iter().filter_map(|(index, id)| {
        let mail = generator.returned_mail(*index)?;
        let avis = received.avis.get(id)?.first()?;
        Some((avis.clone(), mail_room::motive(mail.reason)))
    });
    days::Cast {
        avis: received.avis.values().flatten().cloned().collect(),
        returned: returned.collect(),
    }
}

/// Sends everything, with or without kills in mid-run.
fn send(
    system: &System,
    args: &DemoArgs,
    progress: &Progress,
    gateway: (&str, &Stations),
    stations: &[sending::Station],
    ledger: &Path,
) -> anyhow::Result<BTreeMap<String, u32>> {
    let (sent, stop) = (AtomicU64::new(0), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let killer = args.kill.then(|| {
            scope.spawn(|| {
                chaos::kill_each_once(system, &sent, args.mifs, &stop, |target| {
                    progress.note(&format!("kill -9 {target}, started again"));
                })
            })
        });
        let watcher = scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                progress.set(sent.load(Ordering::Relaxed));
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        let outcome = sending::send_all(gateway, stations, ledger, &sent);
        if outcome.is_err() {
            stop.store(true, Ordering::Relaxed);
        }
        let kills = killer.map(|killer| {
            killer
                .join()
                .map_err(|_| anyhow::anyhow!("the killer panicked"))
        });
        stop.store(true, Ordering::Relaxed);
        watcher
            .join()
            .map_err(|_| anyhow::anyhow!("the watcher panicked"))?;
        outcome?;
        Ok(kills.transpose()?.transpose()?.unwrap_or_default())
    })
}

/// Reconciles until nothing is in progress any more.
fn settle(system: &System) -> anyhow::Result<Balance> {
    let deadline = Instant::now() + SETTLE_MAX;
    loop {
        let balance = reconcile(system.record(), system.run_dir())?;
        let is_settled = balance.balanced && balance.totals.in_progress == 0;
        if is_settled || Instant::now() > deadline {
            return Ok(balance);
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}
