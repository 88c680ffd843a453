//! `cnt bench vault`: what a document costs to keep, beside typst's own PDF and zstd at its best.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::ensure;
use clap::Args;
use cnt_contracts::commands::bench::BenchVault;
use cnt_edition::press::Press;
use cnt_rendition::{DocumentKind, corpus_request};
use cnt_vault::{Layout, MemberInput};

use crate::bench::rendition::count;
use crate::bench::storage::{stored, writer};
use crate::output;

/// zstd's level of the comparison.
const LEVEL: i32 = 19;

/// Arguments of `bench vault`.
#[derive(Args)]
pub(crate) struct VaultArgs {
    /// Documents to seal in lots of 2,000, 20,000 at most; no two are alike.
    #[arg(long, default_value_t = 20_000)]
    documents: u64,
    /// Documents that typst lays out whole, and that zstd compresses together at level 19.
    #[arg(long, default_value_t = 500)]
    whole_documents: u64,
    /// Seed of the facts.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// `cnt bench vault`.
pub(crate) fn run(args: &VaultArgs) -> anyhow::Result<ExitCode> {
    ensure!(
        args.documents > 0 && args.whole_documents > 0,
        "nothing to measure"
    );
    let press = Press::new(None)?;
    output::say("Sealing …");
    let stored = stored(&press, args.documents, args.seed)?;
    output::say("Whole PDFs …");
    let (pdf_bytes, zstd19_bytes) = whole(&press, args)?;
    let result = BenchVault {
        sealed_per_s: stored.sealed_per_s,
        bytes_per_document: stored.bytes_per_document,
        ratio_to_pdf: pdf_bytes / stored.bytes_per_document,
        zstd19_bytes,
    };
    if args.json {
        output::json(&result)?;
    } else {
        output::line(&format!(
            "sealed {:.0}/s, {:.0} bytes a document: {:.1} times smaller than typst's PDF of {pdf_bytes:.0} bytes; zstd -{LEVEL} over whole PDFs: {zstd19_bytes:.0} bytes",
            result.sealed_per_s, result.bytes_per_document, result.ratio_to_pdf
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Bytes by document of typst's PDFs, and of the same compressed together, in frames as large as a lot allows.
fn whole(press: &Press, args: &VaultArgs) -> anyhow::Result<(f64, f64)> {
    let layout = Layout::Blocks {
        members_max: usize::MAX,
        bytes_max: u64::MAX,
    };
    let mut writer = writer()?.with_layout(layout).with_level(LEVEL)?;
    let (mut bytes, mut members) = (0, Vec::new());
    for rank in 0..args.whole_documents {
        let request = corpus_request(DocumentKind::AvisContravention, args.seed, rank)?;
        let pdf = press.formes().engine().render(&request)?.pdf;
        bytes += u64::try_from(pdf.len())?;
        members.push(MemberInput::new(rank.to_string(), pdf, &())?);
    }
    writer.add_members(members)?;
    let sealed = writer.finish()?;
    let frames = sealed.locations().iter();
    let frames: BTreeSet<_> = frames
        .map(|member| (member.frame_offset, member.frame_length))
        .collect();
    let compressed = frames.iter().map(|(_, length)| length).sum();
    let documents = count(args.whole_documents);
    Ok((count(bytes) / documents, count(compressed) / documents))
}
