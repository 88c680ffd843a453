//! `cnt render`: one document from its data.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use cnt_rendition::{DocumentInput, DocumentKind, Engine, RenderRequest};

use crate::output;

/// Arguments of `render`.
#[derive(Args)]
pub(crate) struct RenderArgs {
    /// Kind of document.
    #[arg(required_unless_present = "list")]
    kind: Option<String>,
    /// Its facts, as JSON; the specimen when absent.
    #[arg(long)]
    data: Option<PathBuf>,
    /// PDF to write.
    #[arg(short, long, required_unless_present = "list")]
    output: Option<PathBuf>,
    /// List the kinds and the versions of their templates.
    #[arg(long)]
    list: bool,
}

/// `cnt render`.
pub(crate) fn run(args: &RenderArgs) -> anyhow::Result<ExitCode> {
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
    let rendered = match &args.data {
        None => engine.specimen(kind)?,
        Some(path) => {
            let json =
                std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let document = DocumentInput::from_json(kind, &json)?;
            engine.render(&RenderRequest { document })?
        }
    };
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
