//! `cnt bench archive-query`: the archive's answers over HTTP, authorised and journalled, beside a bare SELECT.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::ensure;
use clap::Args;
use cnt_contracts::commands::bench::BenchArchiveQuery;
use cnt_edition::press::Press;
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::{DatabaseConfig, PgConnection, connect};
use cnt_vault::{LocalStore, ObjectStore as _, SealedLot};
use jiff::ToSpan as _;
use jiff::civil::{Date, date};

use crate::bench::rendition::count;
use crate::bench::storage::{LOT_DOCUMENTS, lots};
use crate::db::archive_rows;
use crate::output;
use crate::system::{RunDir, StartOptions};

/// First day of the offences; they go on for ten years.
const FIRST_DAY: Date = date(2016, 1, 1);
/// Days over which offences are spread.
const DAYS: u64 = 3_653;
/// Number of the first avis.
const FIRST_AVIS: u64 = 1_000_000_000;
/// Rows given to one COPY.
const ROWS_AT_ONCE: u64 = 500_000;
const SURNAMES: [&str; 8] = [
    "MARTIN", "BERNARD", "DUBOIS", "THOMAS", "ROBERT", "RICHARD", "PETIT", "DURAND",
];

/// Arguments of `bench archive-query`.
#[derive(Args)]
pub(crate) struct QueryArgs {
    /// Rows of the index.
    #[arg(long, default_value_t = 1_000_000)]
    rows: u64,
    /// Rows, among these, whose documents are in the object store: 20,000 at most.
    #[arg(long, default_value_t = 20_000)]
    documents: u64,
    /// Questions of each kind.
    #[arg(long, default_value_t = 2_000)]
    queries: u64,
    /// Seed of rows and questions.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// `cnt bench archive-query`. It has a run directory of its own, which it removes first and leaves.
pub(crate) fn run(run_dir: &RunDir, args: &QueryArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        args.rows >= args.documents && args.documents > 0 && args.queries > 0,
        "nothing to measure"
    );
    let run_dir = run_dir.sibling("bench-archive");
    crate::system::down(&run_dir, true)?;
    let _lock = run_dir.lock()?;
    let shutdown = Shutdown::new();
    shutdown.on_signals()?;
    let options = StartOptions::default();
    let system = crate::system::start(&run_dir, &options, &shutdown)?;
    let conninfo = system.record().conninfo_of("archive")?.to_owned();
    let mut database = DatabaseConfig::new(conninfo, "cnt-bench-archive");
    database.statement_timeout_ms = 0;
    fill(&mut connect(&database)?, &run_dir, args)?;
    output::say("Restarting …");
    system.stop()?;
    let system = crate::system::start(&run_dir, &options, &shutdown)?;
    database.conninfo = system.record().conninfo_of("archive")?.to_owned();
    let result = ask(system.record().url("archive")?, &database, args)?;
    system.stop()?;
    if args.json {
        output::json(&result)?;
    } else {
        output::line(&format!(
            "{} rows, p99: by number {:.2} ms, by plate and day {:.2} ms, the document {:.2} ms; bare SELECT {:.2} ms",
            result.rows,
            result.by_number_p99_ms,
            result.by_plate_p99_ms,
            result.document_p99_ms,
            result.bare_select_p99_ms
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks one thing after the other, each of another row.
fn ask(
    url: String,
    database: &DatabaseConfig,
    args: &QueryArgs,
) -> anyhow::Result<BenchArchiveQuery> {
    output::say("Asking …");
    let client = Client::new(url);
    let keys = |salt: u64, among: u64| {
        let seed = args.seed.wrapping_add(salt << 40);
        (0..args.queries).map(move |number| scattered(seed + number) % among)
    };
    let mut by_number = Vec::new();
    for row in keys(1, args.rows) {
        by_number.push(client.get(&format!("?avis={}", FIRST_AVIS + row))?);
    }
    let mut by_plate = Vec::new();
    for row in keys(2, args.rows) {
        let (plate, day) = (plate(row), day(row)?);
        by_plate.push(client.get(&format!("?plate={plate}&from={day}&until={day}"))?);
    }
    let mut documents = Vec::new();
    for row in keys(3, args.documents) {
        documents.push(client.get(&format!("/{}", FIRST_AVIS + row))?);
    }
    let mut bare = Vec::new();
    let mut conn = connect(database)?;
    for row in keys(4, args.rows) {
        bare.push(archive_rows::select(
            &mut conn,
            i64::try_from(FIRST_AVIS + row)?,
        )?);
    }
    Ok(BenchArchiveQuery {
        by_number_p99_ms: p99_ms(by_number),
        by_plate_p99_ms: p99_ms(by_plate),
        document_p99_ms: p99_ms(documents),
        bare_select_p99_ms: p99_ms(bare),
        rows: args.rows,
    })
}

/// One connection that asks one thing after the other.
struct Client {
    agent: ureq::Agent,
    url: String,
}

impl Client {
    fn new(url: String) -> Self {
        Self {
            agent: crate::http::agent(),
            url,
        }
    }

    /// How long it took to have the whole answer.
    fn get(&self, what: &str) -> anyhow::Result<Duration> {
        let url = format!("{}/v1/documents{what}", self.url);
        let begun = Instant::now();
        let mut answer = self
            .agent
            .get(&url)
            .header("CNT-User", "bench")
            .header("CNT-Role", "cnt")
            .header("CNT-Purpose", "bench")
            .call()?;
        let body = answer.body_mut().read_to_vec()?;
        let taken = begun.elapsed();
        ensure!(answer.status() == 200, "{url} answered {}", answer.status());
        ensure!(
            !body.starts_with(br#"{"documents":[]"#),
            "{url} found nothing"
        );
        Ok(taken)
    }
}

fn p99_ms(mut taken: Vec<Duration>) -> f64 {
    taken.sort_unstable();
    let rank = taken.len() * 99 / 100;
    let found = taken.get(rank.min(taken.len().saturating_sub(1)));
    found.map_or(0.0, |taken| taken.as_secs_f64() * 1_000.0)
}

/// Numbers that look random and come again (splitmix64).
pub(crate) fn scattered(seed: u64) -> u64 {
    let mixed = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed ^ (mixed >> 31)
}

fn plate(row: u64) -> String {
    let number = scattered(row ^ 0x00AB_CDEF) % (26 * 26 * 1_000 * 26 * 26);
    let letter = |place: u64| char::from(b'A' + u8::try_from(number / place % 26).unwrap_or(0));
    let digits = number / (26 * 26) % 1_000;
    format!(
        "{}{}-{digits:03}-{}{}",
        letter(26 * 26 * 1_000),
        letter(26 * 26 * 1_000 * 26),
        letter(1),
        letter(26)
    )
}

fn day(row: u64) -> anyhow::Result<Date> {
    let days = i64::try_from(scattered(row ^ 0x0DA7) % DAYS)?;
    Ok(FIRST_DAY.checked_add(days.days())?)
}

/// Rows over all months; the first of them have their documents in the object store.
fn fill(conn: &mut PgConnection, run_dir: &RunDir, args: &QueryArgs) -> anyhow::Result<()> {
    output::say("Sealing documents …");
    let store = LocalStore::new(run_dir.objects());
    let mut first = 0;
    for lot in lots(&Press::new(None)?, args.documents, args.seed)? {
        store.put(&lot)?;
        let lines = stored_lines(&lot, first)?;
        first += count_of(lines.len());
        archive_rows::copy(conn, &lines)?;
    }
    output::say("Copying rows …");
    let begun = Instant::now();
    while first < args.rows {
        let last = args.rows.min(first + ROWS_AT_ONCE);
        let lines: Vec<String> = (first..last)
            .map(|row| line(row, None))
            .collect::<Result<_, _>>()?;
        archive_rows::copy(conn, &lines)?;
        first = last;
    }
    let per_s = count(args.rows) / begun.elapsed().as_secs_f64();
    output::say(&format!("{per_s:.0} rows a second into the index"));
    archive_rows::vacuum(conn)?;
    Ok(())
}

fn count_of(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

fn stored_lines(lot: &SealedLot, first: u64) -> anyhow::Result<Vec<String>> {
    let rows = first..first + LOT_DOCUMENTS;
    let members = lot.locations().iter().zip(rows);
    let lot_id = lot.id().to_string();
    let lines = members.map(|(at, row)| {
        let forme = at.forme.map_or("\\N".to_owned(), |forme| forme.to_string());
        let place = format!(
            "{}\t{}\t{}\t{}\t{}\t{forme}\t\\\\x{}",
            at.frame_offset, at.frame_length, at.frame_size, at.inner_offset, at.size, at.sha256
        );
        line(row, Some((&lot_id, &place)))
    });
    lines.collect()
}

/// A row as COPY takes it; without an object it names one that is not there.
fn line(row: u64, stored: Option<(&str, &str)>) -> anyhow::Result<String> {
    let (plate, day) = (plate(row), day(row)?);
    let avis = FIRST_AVIS + row;
    let hash = scattered(row);
    let surname = SURNAMES
        .get(usize::try_from(hash % 8)?)
        .copied()
        .unwrap_or_default();
    let given = format!("P{}", hash / 8 % 5_000);
    let (lot, place) = match stored {
        Some((lot, place)) => (lot.to_owned(), place.to_owned()),
        None => (
            format!("{:064x}", row / LOT_DOCUMENTS),
            format!("0\t2000\t150000\t0\t150000\t0\t\\\\x{:064x}", hash),
        ),
    };
    let mut line = String::with_capacity(400);
    writeln!(
        line,
        "{avis}\tACO\t1\t\\\\x{lot}\t{avis}/ACO/1\t{place}\t{:032x}\t{}\t{plate}\tM {given} {surname}\t{day}\t{day}\t6083\t75056\t{:05}\t{}\t{{{surname},{given}}}\tOMP{:02}\tPM75001",
        u128::from(hash) << 64 | u128::from(row),
        200_000_000 + hash % 4_000,
        1_000 + hash / 16 % 95_000,
        plate.replace('-', ""),
        hash / 32 % 165,
    )?;
    Ok(line)
}
