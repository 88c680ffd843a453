//! `cnt archive search|get`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use cnt_archive::SearchView;
use cnt_domain::ids::AvisNumber;
use serde_json::json;

use crate::output;
use crate::system::RunDir;

/// Who consults, besides the user of the shell.
#[derive(Args)]
pub(crate) struct Consulting {
    /// In which role: cnt, archives, omp:CODE or collectivity:SIREN; bounds what is seen.
    #[arg(long, default_value = "cnt")]
    role: String,
    /// Why it is consulted; journalled.
    #[arg(long, default_value = "operation")]
    purpose: String,
}

/// Arguments of `search`.
#[derive(Args)]
pub(crate) struct SearchArgs {
    /// Avis number, ten digits.
    #[arg(long)]
    avis: Option<String>,
    /// Plate; hyphens, spaces and case make no difference.
    #[arg(long)]
    plate: Option<String>,
    /// Words of the addressee's name, in any order; accents, case and civility make no difference.
    #[arg(long)]
    name: Option<String>,
    /// First day of the offence, YYYY-MM-DD.
    #[arg(long)]
    from: Option<String>,
    /// Last day of the offence, YYYY-MM-DD.
    #[arg(long)]
    until: Option<String>,
    /// SIREN of the collectivity.
    #[arg(long)]
    collectivity: Option<String>,
    /// Code of the competent OMP.
    #[arg(long)]
    omp: Option<String>,
    /// Kind of document, such as ACO.
    #[arg(long)]
    kind: Option<String>,
    /// Postcode of the addressee.
    #[arg(long)]
    postcode: Option<String>,
    /// Which offence comes first.
    #[arg(long, value_parser = ["newest", "oldest"])]
    order: Option<String>,
    /// Documents on a page, 200 at most.
    #[arg(long)]
    limit: Option<String>,
    /// What the page before said to go on with.
    #[arg(long)]
    cursor: Option<String>,
    #[command(flatten)]
    consulting: Consulting,
    /// Answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `get`.
#[derive(Args)]
pub(crate) struct GetArgs {
    /// Avis number, ten digits.
    avis: AvisNumber,
    /// File to write.
    #[arg(short, long)]
    output: PathBuf,
    /// Kind of document.
    #[arg(long, default_value = "ACO")]
    kind: String,
    /// Number of the issue; the latest if not given.
    #[arg(long, default_value = "")]
    issue: String,
    #[command(flatten)]
    consulting: Consulting,
    /// Say what was done as JSON.
    #[arg(long)]
    json: bool,
}

/// The user of the shell.
pub(crate) fn user() -> String {
    std::env::var("USER").unwrap_or_else(|_| "operator".to_owned())
}

/// The headers of a consultation.
pub(crate) fn headers<'a>(
    user: &'a str,
    role: &'a str,
    purpose: &'a str,
) -> [(&'static str, &'a str); 3] {
    [
        ("CNT-User", user),
        ("CNT-Role", role),
        ("CNT-Purpose", purpose),
    ]
}

/// `cnt archive search`.
pub(crate) fn search(run_dir: &RunDir, args: &SearchArgs) -> anyhow::Result<ExitCode> {
    let url = crate::system::running_or_started(run_dir)?.url("archive")?;
    let fields = [
        ("avis", &args.avis),
        ("plate", &args.plate),
        ("name", &args.name),
        ("from", &args.from),
        ("until", &args.until),
        ("collectivity", &args.collectivity),
        ("omp", &args.omp),
        ("kind", &args.kind),
        ("postcode", &args.postcode),
        ("order", &args.order),
        ("limit", &args.limit),
        ("cursor", &args.cursor),
    ];
    let said = fields.iter();
    let said = said.filter_map(|(name, value)| Some((*name, value.as_deref()?)));
    let parameters: Vec<_> = said.collect();
    let user = user();
    let headers = headers(&user, &args.consulting.role, &args.consulting.purpose);
    let url = format!("{url}/v1/documents");
    let (status, body) = crate::http::get_with(&url, &parameters, &headers)?;
    anyhow::ensure!(
        status == 200,
        "{}",
        crate::http::refusal(&url, status, &body)
    );
    let view: SearchView =
        serde_json::from_slice(&body).context("the archive gave an unexpected answer")?;
    if args.json {
        output::json(&view)?;
    } else {
        tell(&view);
    }
    Ok(ExitCode::from(u8::from(view.documents.is_empty())))
}

fn tell(view: &SearchView) {
    for document in &view.documents {
        output::line(&format!(
            "{} {:<4} {:>2}  {}  {:<12} {:<9} {:<5} {}",
            document.avis,
            document.kind,
            document.issue,
            document.offence_day,
            document.plate.as_deref().unwrap_or("-"),
            document.siren,
            document.postcode,
            document.addressee
        ));
    }
    let more = if view.count_is_capped {
        "more than "
    } else {
        ""
    };
    output::say(&format!("{more}{} found", view.count));
    if let Some(next) = &view.next {
        output::say(&format!("go on with --cursor {next}"));
    }
}

/// `cnt archive get`.
pub(crate) fn get(run_dir: &RunDir, args: &GetArgs) -> anyhow::Result<ExitCode> {
    let url = crate::system::running_or_started(run_dir)?.url("archive")?;
    let url = format!("{url}/v1/documents/{}", args.avis);
    let user = user();
    let headers = headers(&user, &args.consulting.role, &args.consulting.purpose);
    let parameters = [("kind", args.kind.as_str()), ("issue", args.issue.as_str())];
    let (status, body) = crate::http::get_with(&url, &parameters, &headers)?;
    if status == 404 {
        output::say(&crate::http::refusal(&url, status, &body));
        return Ok(ExitCode::from(1));
    }
    anyhow::ensure!(
        status == 200,
        "{}",
        crate::http::refusal(&url, status, &body)
    );
    std::fs::write(&args.output, &body)
        .with_context(|| format!("cannot write {}", args.output.display()))?;
    if args.json {
        let told = json!({"avis": args.avis.to_string(), "kind": args.kind, "bytes": body.len(), "file": args.output});
        output::json(&told)?;
    } else {
        output::say(&format!(
            "{} bytes written to {}",
            body.len(),
            args.output.display()
        ));
    }
    Ok(ExitCode::SUCCESS)
}
