//! `cnt bench rendition`: how many documents a core fills, beside how many typst lays out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use clap::Args;
use cnt_contracts::commands::bench::{BenchRendition, FillingStages};
use cnt_edition::press::Press;
use cnt_rendition::{
    DocumentInput, DocumentKind, Made, RenderRequest, Shelf, compare_drawings, corpus_request,
};

use crate::bench::{machine, storage};
use crate::output;

/// The kind that is measured.
const KIND: DocumentKind = DocumentKind::AvisContravention;

/// Documents that are kept until the last of them is made, as edition keeps those of a lot.
const LOT: usize = 200;

/// Documents whose stages are timed.
const STAGED: u64 = 20_000;

/// One document in so many is compared with typst's.
const COMPARED_EVERY: usize = 100;

/// Arguments of `bench rendition`.
#[derive(Args)]
pub(crate) struct RenditionArgs {
    /// Documents to fill; no two are alike.
    #[arg(long, default_value_t = 100_000)]
    documents: u64,
    /// Documents that typst lays out for the baseline.
    #[arg(long, default_value_t = 1_000)]
    typst_documents: u64,
    /// Seed of the facts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What filling gave.
struct Filling {
    seconds: f64,
    fallbacks: BTreeMap<&'static str, u64>,
    bytes: u64,
    compared: u64,
}

/// `cnt bench rendition`.
pub(crate) fn run(args: &RenditionArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        args.documents > 0 && args.typst_documents > 0,
        "nothing to measure"
    );
    let machine = machine::measured()?;
    let shelf = tempfile::tempdir()?;
    output::say("Tabulating faces and compiling formes …");
    let (_, formes, formes_compiled_s) = ready(shelf.path(), args)?;
    let (press, _, formes_taken_s) = ready(shelf.path(), args)?;
    output::say(&format!(
        "{formes} formes: {formes_compiled_s:.2} s, from disk {formes_taken_s:.2} s; typst …"
    ));
    let typst_per_s = typst(&press, args)?;
    output::say("Filling …");
    let filling = fill(&press, args)?;
    output::say("Storing …");
    let stored = storage::stored(&press, args.documents, args.seed)?;
    let documents = count(args.documents);
    let forme_per_s = documents / filling.seconds;
    let result = BenchRendition {
        typst_per_s,
        forme_per_s,
        ratio: forme_per_s / typst_per_s,
        bytes_pdf: count(filling.bytes) / documents,
        bytes_stored: stored.bytes_per_document,
        lot_documents: storage::LOT_DOCUMENTS.min(args.documents),
        sealed_per_s: stored.sealed_per_s,
        fallbacks: filling.fallbacks.values().sum(),
        documents: args.documents,
        stages: stages(&press, args)?,
        formes,
        formes_compiled_s,
        formes_taken_s,
        machine,
    };
    if args.json {
        output::json(&result)?;
    } else {
        report(&result, &filling, &stored);
    }
    Ok(ExitCode::SUCCESS)
}

fn report(result: &BenchRendition, filling: &Filling, stored: &storage::Stored) {
    output::line(&format!(
        "typst      {:>10.0} documents/s/core",
        result.typst_per_s
    ));
    output::line(&format!(
        "forme      {:>10.0} documents/s/core, {:.0} times as many",
        result.forme_per_s, result.ratio
    ));
    output::line(&format!(
        "compared   {:>10} with typst: no difference",
        filling.compared
    ));
    let stages = &result.stages;
    for (name, microseconds) in [
        ("facts", stages.facts_us),
        ("forme", stages.forme_us),
        ("setting", stages.setting_us),
        ("SHA-256", stages.hashing_us),
    ] {
        output::line(&format!("  {name:<8} {microseconds:>10.1} µs a document"));
    }
    for (reason, count) in &filling.fallbacks {
        output::line(&format!("fallback   {count:>10} {reason}"));
    }
    output::line(&format!(
        "machine    {:>10.0} P-256 verifications/s/core",
        result.machine.p256_verify_per_s
    ));
    output::line(&format!("PDF        {:>10.0} bytes", result.bytes_pdf));
    output::line(&format!(
        "stored     {:>10.0} bytes, {:.0} sealed/s on all cores",
        result.bytes_stored, stored.sealed_per_s
    ));
}

fn request(args: &RenditionArgs, rank: u64) -> anyhow::Result<RenderRequest> {
    Ok(corpus_request(KIND, args.seed, rank)?)
}

/// A press with the formes that the corpus needs, as a service has after its first minutes; their number; and the
/// seconds that it took.
fn ready(shelf: &Path, args: &RenditionArgs) -> anyhow::Result<(Press, u64, f64)> {
    let report = |error: &std::io::Error| output::say(&format!("shelf: {error}"));
    let begun = Instant::now();
    let press = Press::new(Some(Shelf::open(shelf, report)?))?;
    let mut names = BTreeSet::new();
    for rank in 0..args.documents.min(10_000) {
        if let Made::Filled(filled) = press.formes().make(&request(args, rank)?)? {
            names.insert(filled.forme.name().to_owned());
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    Ok((press, u64::try_from(names.len())?, seconds))
}

/// Mean microseconds of a filled document by stage.
fn stages(press: &Press, args: &RenditionArgs) -> anyhow::Result<FillingStages> {
    let mut sums = [Duration::ZERO; 4];
    let mut documents = 0;
    for rank in 0..args.documents.min(STAGED) {
        if let Some(stages) = press.formes().stages(&request(args, rank)?)? {
            let all = [stages.facts, stages.forme, stages.setting, stages.hashing];
            for (sum, stage) in sums.iter_mut().zip(all) {
                *sum += stage;
            }
            documents += 1;
        }
    }
    let [facts_us, forme_us, setting_us, hashing_us] =
        sums.map(|sum| sum.as_secs_f64() * 1e6 / count(documents.max(1)));
    Ok(FillingStages {
        facts_us,
        forme_us,
        setting_us,
        hashing_us,
    })
}

/// Documents a second that typst lays out, one after another.
fn typst(press: &Press, args: &RenditionArgs) -> anyhow::Result<f64> {
    let requests = (0..args.typst_documents)
        .map(|rank| request(args, rank))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let begun = Instant::now();
    for request in &requests {
        press.formes().engine().render(request)?;
    }
    Ok(count(args.typst_documents) / begun.elapsed().as_secs_f64())
}

/// Fills all documents; the clock runs from the facts to the tail and the hash of the whole.
fn fill(press: &Press, args: &RenditionArgs) -> anyhow::Result<Filling> {
    let mut filling = Filling {
        seconds: 0.0,
        fallbacks: BTreeMap::new(),
        bytes: 0,
        compared: 0,
    };
    let mut taken = Duration::ZERO;
    for first in (0..args.documents).step_by(LOT) {
        let ranks = first..args.documents.min(first + LOT as u64);
        let requests = ranks
            .map(|rank| request(args, rank))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let mut made = Vec::with_capacity(requests.len());
        let begun = Instant::now();
        for request in &requests {
            made.push(press.formes().make(request)?);
        }
        taken += begun.elapsed();
        for made in made {
            filling.bytes += match &made {
                Made::Filled(filled) => size(filled.forme.prefix().len() + filled.tail.len()),
                Made::Typeset(rendered, reason) => {
                    *filling.fallbacks.entry(reason.as_str()).or_default() += 1;
                    size(rendered.pdf.len())
                }
            };
        }
    }
    filling.seconds = taken.as_secs_f64();
    filling.compared = compare(press, args)?;
    Ok(filling)
}

/// Makes one in so many of the documents once more, the same bytes, and holds it against typst's; gives their number.
fn compare(press: &Press, args: &RenditionArgs) -> anyhow::Result<u64> {
    let mut compared = 0;
    for rank in (0..args.documents).step_by(COMPARED_EVERY) {
        let request = request(args, rank)?;
        let made = press.formes().make(&request)?.into_pdf();
        let typst = press.formes().engine().render(&request)?.pdf;
        let difference = compare_drawings(&made, &typst)?;
        ensure!(
            difference.is_none(),
            "document {rank} differs from typst's: {difference:?}"
        );
        compared += 1;
    }
    Ok(compared)
}

/// The avis in a request.
pub(crate) fn avis(request: RenderRequest) -> anyhow::Result<cnt_rendition::AvisInput> {
    match request.document {
        DocumentInput::AvisContravention(avis) => Some(avis),
        _ => None,
    }
    .context("the corpus holds another kind of document")
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

/// A count as a number to divide with.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub(crate) fn count(count: u64) -> f64 {
    count as f64
}
