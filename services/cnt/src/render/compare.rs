//! `cnt render compare`: filled documents held against typst's own, by what they draw, by the page images of two
//! independent renderers, and by text.

use std::path::Path;
use std::process::{Command, ExitCode};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, ensure};
use clap::Args;
use cnt_contracts::commands::load::RenderComparison;
use cnt_rendition::{DocumentKind, Engine, Formes, Made, compare_drawings, corpus_request};

use crate::output;

/// Arguments of `render compare`.
#[derive(Args)]
pub(super) struct CompareArgs {
    /// Documents to compare, of all kinds by turns.
    #[arg(long, default_value_t = 2_000)]
    count: u64,
    /// Documents of this kind alone.
    #[arg(long)]
    kind: Option<DocumentKind>,
    /// Seed of their facts.
    #[arg(long, default_value_t = 3)]
    seed: u64,
    /// Compare what content streams draw, not page images and text: needs neither poppler nor mutool, and is faster by far.
    #[arg(long)]
    drawings_only: bool,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// What a comparison counts.
#[derive(Default)]
struct Counts {
    differences: AtomicU64,
    fallbacks: AtomicU64,
}

/// `cnt render compare`: exits 1 on any difference.
pub(super) fn run(args: &CompareArgs) -> anyhow::Result<ExitCode> {
    let formes = Formes::new(Arc::new(Engine::new()?))?;
    let counts = Counts::default();
    let kinds: Vec<DocumentKind> = match args.kind {
        Some(kind) => vec![kind],
        None => DocumentKind::ALL.to_vec(),
    };
    let progress = output::bar("compare", args.count);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let work = |first: usize| -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let documents = (0..args.count).zip(kinds.iter().cycle());
        for (number, kind) in documents.skip(first).step_by(threads) {
            let rank = number / u64::try_from(kinds.len())?;
            compare(&formes, args, *kind, rank, folder.path(), &counts)?;
            progress.inc(1);
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || work(first)))
            .collect();
        threads.into_iter().try_for_each(|thread| {
            thread
                .join()
                .map_err(|_| anyhow::anyhow!("a thread panicked"))?
        })
    })?;
    progress.finish_and_clear();
    let comparison = RenderComparison {
        count: args.count,
        seed: args.seed,
        differences: counts.differences.into_inner(),
        fallbacks: counts.fallbacks.into_inner(),
    };
    if args.json {
        output::json(&comparison)?;
    } else {
        output::line(&format!(
            "{} documents compared, {} not filled; differences: {}",
            comparison.count, comparison.fallbacks, comparison.differences
        ));
    }
    Ok(ExitCode::from(u8::from(comparison.differences > 0)))
}

fn compare(
    formes: &Formes,
    args: &CompareArgs,
    kind: DocumentKind,
    rank: u64,
    folder: &Path,
    counts: &Counts,
) -> anyhow::Result<()> {
    let request = corpus_request(kind, args.seed, rank)?;
    let made = formes.make(&request)?;
    if matches!(made, Made::Typeset(..)) {
        counts.fallbacks.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    }
    let (filled, typst) = (made.into_pdf(), formes.engine().render(&request)?.pdf);
    let difference = if let Some(difference) = compare_drawings(&filled, &typst)? {
        Some(format!("{difference:?}"))
    } else if args.drawings_only || seen(&filled, folder)? == seen(&typst, folder)? {
        None
    } else {
        Some("page images or text".to_owned())
    };
    if let Some(difference) = difference {
        counts.differences.fetch_add(1, Ordering::Relaxed);
        output::line(&format!("{kind} {rank}: {difference}"));
    }
    Ok(())
}

/// Page images as poppler and as mutool draw them, and the text.
fn seen(pdf: &[u8], folder: &Path) -> anyhow::Result<[Vec<u8>; 3]> {
    let file = folder.join("document.pdf");
    std::fs::write(&file, pdf)?;
    let images = printed(
        Command::new("pdftoppm")
            .args(["-r", "72", "-gray"])
            .arg(&file),
    )?;
    let other_images = printed(
        Command::new("mutool")
            .args([
                "draw", "-q", "-r", "72", "-c", "gray", "-F", "pgm", "-o", "-",
            ])
            .arg(&file),
    )?;
    let text = printed(Command::new("pdftotext").arg(&file).arg("-"))?;
    ensure!(!images.is_empty(), "pdftoppm gave no image");
    ensure!(!other_images.is_empty(), "mutool gave no image");
    Ok([images, other_images, text])
}

fn printed(command: &mut Command) -> anyhow::Result<Vec<u8>> {
    let output = command.output().with_context(|| {
        format!(
            "{} must be installed (poppler-utils, mupdf-tools)",
            command.get_program().display()
        )
    })?;
    ensure!(
        output.status.success(),
        "{}: {}",
        command.get_program().display(),
        output.status
    );
    Ok(output.stdout)
}
