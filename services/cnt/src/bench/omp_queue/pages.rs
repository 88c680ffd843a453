//! Pages of the console with all files in the tables: each kind is asked for again and again, by operators in turn.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use cnt_contracts::commands::bench::BenchPage;
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::PgConnection;

use super::load::Latencies;
use super::offices::Operator;
use crate::db::queue_rows::{self, PageFile};
use crate::system::{CONSOLE, RunDir, System};

/// Operators who look, each of another OMP; the largest has several, of which one looks.
const LOOKERS: usize = 20;

/// Somebody at the console.
struct Looker {
    cookie: String,
    /// A file of theirs.
    file: PageFile,
    supervisor: String,
    auditor: String,
}

/// The pages that are measured: name, path, what is looked for, whose session opens it.
fn pages(looker: &Looker) -> [(&'static str, String, Option<String>, &str); 9] {
    let PageFile {
        id, avis, plate, ..
    } = &looker.file;
    let words = looker.file.words().join(" ");
    let own = looker.cookie.as_str();
    let at = |path: &str| path.to_owned();
    let search = |name, sought: String| (name, at("/recherche"), Some(sought), own);
    let (chief, auditor) = (looker.supervisor.as_str(), looker.auditor.as_str());
    [
        ("queue", at("/file"), None, own),
        ("queue_page_40", at("/file?page=40"), None, own),
        ("queue_of_a_ground", at("/file?motif=vehicule"), None, own),
        ("file", format!("/dossiers/{id}"), None, own),
        search("search_avis", avis.to_string()),
        search("search_plate", plate.clone()),
        search("search_words", words),
        ("board", at("/tableau"), None, chief),
        ("journal", at("/journal"), None, auditor),
    ]
}

/// Opens every page so many times, one after the other; the times by page.
pub(super) fn look(
    (run_dir, system): (&RunDir, &System),
    conn: &mut PgConnection,
    operators: &[Operator],
    (views, shutdown): (u32, &Shutdown),
) -> anyhow::Result<BTreeMap<String, BenchPage>> {
    let base = system.record().url(CONSOLE)?;
    let mut lookers = Vec::new();
    let mut omps: Vec<&str> = operators.iter().map(|one| one.omp.as_str()).collect();
    omps.dedup();
    // Evenly over all that have operators, the largest among them.
    let stride = (omps.len() / LOOKERS).max(1);
    for (rank, omp) in omps.iter().step_by(stride).take(LOOKERS).enumerate() {
        let file = queue_rows::page_file(conn, omp)?;
        let file = file.with_context(|| format!("{omp} has no file"))?;
        let enter = |role: &str| {
            let login = format!("{role}-{rank}");
            crate::operator::enter(run_dir, system.record(), (&login, "Essai", role), omp)
        };
        lookers.push(Looker {
            cookie: enter("officer")?,
            supervisor: enter("supervisor")?,
            auditor: enter("auditor")?,
            file,
        });
    }
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(60)))
        .max_redirects(0)
        .build()
        .new_agent();
    let mut taken: BTreeMap<&str, Vec<Duration>> = BTreeMap::new();
    for looker in lookers.iter().cycle().take(usize::try_from(views)?) {
        for (page, path, sought, cookie) in pages(looker) {
            ensure!(!shutdown.is_requested(), "interrupted");
            let begun = Instant::now();
            let mut request = agent.get(format!("{base}{path}")).header("Cookie", cookie);
            if let Some(sought) = sought {
                request = request.query("q", sought);
            }
            let mut answer = request.call().with_context(|| format!("no page {path}"))?;
            let text = answer.body_mut().read_to_string()?;
            taken.entry(page).or_default().push(begun.elapsed());
            ensure!(
                answer.status() == 200 && text.contains("</html>"),
                "{path} answered {}",
                answer.status()
            );
        }
    }
    let seen = taken.into_iter().map(|(page, times)| {
        let times = Latencies::of(times);
        let figures = BenchPage {
            p50_ms: times.percentile_ms(50),
            p95_ms: times.percentile_ms(95),
            max_ms: times.percentile_ms(100),
            views,
        };
        (page.to_owned(), figures)
    });
    Ok(seen.collect())
}
