//! `cnt schemas`: the published schemas, written from the code and checked against it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use crate::output;

/// Arguments of `schemas`.
#[derive(Args)]
pub(crate) struct SchemasArgs {
    /// Directory of the published schemas.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Write nothing; exit with 1 when a file differs from the code.
    #[arg(long)]
    check: bool,
}

/// `cnt schemas`.
pub(crate) fn run(args: &SchemasArgs) -> anyhow::Result<ExitCode> {
    let base = std::env::var_os("CNT_ROOT").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let dir = args.dir.clone().unwrap_or_else(|| base.join("schemas"));
    let mut documents: Vec<(String, String)> = cnt_contracts::schemas::published()
        .into_iter()
        .map(|document| (document.path.to_owned(), document.text))
        .collect();
    let interfaces = [
        ("registry", cnt_registry::openapi()),
        ("gateway", cnt_gateway::openapi().to_pretty_json()?),
        ("contestation", cnt_contestation::openapi()?),
        ("archive", cnt_archive::openapi().to_pretty_json()?),
        ("dispatch", cnt_dispatch::openapi().to_pretty_json()?),
    ];
    for (service, interface) in interfaces {
        documents.push((
            format!("openapi/{service}.json"),
            format!("{}\n", interface.trim_end()),
        ));
    }
    let mut drifted = 0;
    for (path, text) in documents {
        let file = dir.join(&path);
        if args.check {
            if std::fs::read_to_string(&file).ok().as_ref() != Some(&text) {
                output::say(&format!("schemas/{path} has drifted from the code"));
                drifted += 1;
            }
            continue;
        }
        if let Some(parent) = file.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    if drifted > 0 {
        output::say("Write them anew with: cnt schemas");
        return Ok(ExitCode::from(1));
    }
    Ok(ExitCode::SUCCESS)
}
