//! `cnt render`: one document from its data.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use clap::{Subcommand, ValueEnum};
use cnt_rendition::{DocumentInput, DocumentKind, Engine, Formes, Made, RenderRequest, Rendered};

use crate::output;

mod compare;

/// Arguments of `render`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct RenderArgs {
    #[command(subcommand)]
    command: Option<RenderCommand>,
    /// Kind of document.
    #[arg(required_unless_present = "list")]
    kind: Option<String>,
    /// Its facts, as JSON; the specimen when absent.
    #[arg(long)]
    data: Option<PathBuf>,
    /// PDF to write.
    #[arg(short, long, required_unless_present = "list")]
    output: Option<PathBuf>,
    /// What makes the document.
    #[arg(long, value_enum, default_value = "forme")]
    engine: EngineName,
    /// List the kinds and the versions of their templates.
    #[arg(long)]
    list: bool,
}

/// What can be done besides rendering one document.
#[derive(Subcommand)]
enum RenderCommand {
    /// Hold filled documents against typst's own.
    Compare(compare::CompareArgs),
}

/// What makes documents.
#[derive(Clone, Copy, ValueEnum)]
enum EngineName {
    /// typst lays out the whole document.
    Typst,
    /// A forme is filled; typst makes what no forme takes.
    Forme,
}

/// `cnt render`.
pub(crate) fn run(args: &RenderArgs) -> anyhow::Result<ExitCode> {
    if let Some(RenderCommand::Compare(compare)) = &args.command {
        return compare::run(compare);
    }
    let engine = Engine::new()?;
    if args.list {
        for kind in DocumentKind::ALL {
            output::line(&format!(
                "{kind}  template {}",
                engine.template_version(kind)
            ));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (Some(kind), Some(target)) = (&args.kind, &args.output) else {
        anyhow::bail!("a kind and a file to write are needed");
    };
    let kind: DocumentKind = kind.parse()?;
    let document = match &args.data {
        None => DocumentInput::specimen(kind)?,
        Some(path) => {
            let json =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            DocumentInput::from_json(kind, &json)?
        }
    };
    let rendered = made(engine, args.engine, &RenderRequest { document })?;
    std::fs::write(target, &rendered.pdf)
        .with_context(|| format!("cannot write {}", target.display()))?;
    output::say(&format!(
        "{} pages, {} bytes written to {}",
        rendered.pages,
        rendered.pdf.len(),
        target.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Makes one document, and says so where typst had to.
fn made(engine: Engine, name: EngineName, request: &RenderRequest) -> anyhow::Result<Rendered> {
    if matches!(name, EngineName::Typst) {
        return Ok(engine.render(request)?);
    }
    let made = Formes::new(Arc::new(engine))?.make(request)?;
    if let Made::Typeset(_, reason) = &made {
        output::say(&format!("Laid out by typst: {}.", reason.as_str()));
    }
    Ok(Rendered {
        pages: made.pages(),
        pdf: made.into_pdf(),
    })
}
