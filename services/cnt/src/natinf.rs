//! `cnt natinf`: the nomenclature of offences: show a code by date, take the ministry's list in, compare lists.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use cnt_contracts::commands::law::{NatInfEntryView, NatInfView};
use cnt_contracts::law::{LawV1, to_law};
use cnt_contracts::registry::{NatInfV1, SnapshotV1, to_natinf};
use cnt_domain::civil::paris_date;
use cnt_domain::law::{Author, Competence, HolderLiability, Law};
use cnt_domain::money::Cents;
use cnt_domain::natinf::{NatInf, NatInfEntry, NatInfList, NatInfRefusal};
use cnt_domain::registry::AgentQuality;
use cnt_registry::reference::{
    Import, NatInfChange, Nature, OfficialEntry, diff, merge, natinf, read_official,
};
use cnt_service_kit::clock::Clock;
use jiff::civil::Date;
use serde_json::Value;

use crate::output;
use crate::system::RunDir;

/// What can be asked of the nomenclature.
#[derive(Subcommand)]
pub(crate) enum NatinfCommand {
    /// Show an offence as it was on a day; exits with 1 when it was not in force.
    Show {
        /// NatInf number.
        code: u32,
        /// The day (YYYY-MM-DD); today when absent.
        #[arg(long)]
        on: Option<Date>,
        /// One line of JSON.
        #[arg(long)]
        json: bool,
        /// Registry snapshot (JSON); the running system's, else that of the test collectivities, else what is compiled in.
        #[arg(long)]
        snapshot: Option<PathBuf>,
    },
    /// Take the ministry's list (CSV) into the running registry, as a new version.
    Import {
        /// The list, as the ministry publishes it.
        file: PathBuf,
        /// First day on which it holds (YYYY-MM-DD); today when absent.
        #[arg(long)]
        from: Option<Date>,
        /// It is the whole list: what it lacks has ended.
        #[arg(long)]
        complete: bool,
        /// Change nothing, say what would change; needs no running system.
        #[arg(long)]
        check: bool,
    },
    /// Compare two lists (the ministry's CSV, or registry snapshots); exits with 1 when they differ.
    Diff {
        /// The first list.
        one: PathBuf,
        /// The second list.
        other: PathBuf,
    },
}

/// `cnt natinf`.
pub(crate) fn run(run_dir: &RunDir, command: NatinfCommand) -> anyhow::Result<ExitCode> {
    match command {
        NatinfCommand::Show {
            code,
            on,
            json,
            snapshot,
        } => {
            let (entries, graver, law) = nomenclature(run_dir, snapshot.as_deref())?;
            show(
                code,
                on.unwrap_or_else(today),
                json,
                &entries,
                &graver,
                &law,
            )
        }
        NatinfCommand::Import {
            file,
            from,
            complete,
            check,
        } => {
            let from = from.unwrap_or_else(today);
            if check && run_dir.running()?.is_none() {
                return check_offline(run_dir, &file, from, complete);
            }
            import(run_dir, &file, from, complete, check)
        }
        NatinfCommand::Diff { one, other } => compare(&one, &other),
    }
}

/// Today in Paris.
pub(crate) fn today() -> Date {
    paris_date(Clock::system().0.legal_now())
}

/// The newest snapshot that can be had without starting anything.
pub(crate) fn snapshot(
    run_dir: &RunDir,
    file: Option<&Path>,
) -> anyhow::Result<Option<SnapshotV1>> {
    if let Some(file) = file {
        return Ok(Some(serde_json::from_slice(&read(file)?)?));
    }
    if let Some(running) = run_dir.running()? {
        let url = format!("{}/v1/snapshot", running.url("registry")?);
        return Ok(Some(crate::http::get_json(&url)?));
    }
    let file = run_dir.nation().join("snapshot.json");
    if file.exists() {
        return Ok(Some(serde_json::from_slice(&read(&file)?)?));
    }
    Ok(None)
}

fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))
}

fn nomenclature(
    run_dir: &RunDir,
    file: Option<&Path>,
) -> anyhow::Result<(Vec<NatInfV1>, Vec<u32>, LawV1)> {
    Ok(match snapshot(run_dir, file)? {
        Some(snapshot) => (snapshot.natinf, snapshot.natinf_graver, snapshot.law),
        None => (natinf()?, Vec::new(), LawV1::default()),
    })
}

fn show(
    code: u32,
    on: Date,
    json: bool,
    entries: &[NatInfV1],
    graver: &[u32],
    law: &LawV1,
) -> anyhow::Result<ExitCode> {
    let law = to_law(law)?;
    let own = entries.iter().filter(|entry| entry.code == code);
    let versions: Vec<NatInfEntry> = own.map(to_natinf).collect::<Result<_, _>>()?;
    let list =
        NatInfList::new(versions.clone()).with_graver(graver.iter().map(|code| NatInf(*code)));
    let found = list.in_force(NatInf(code), on);
    let status = match found {
        Ok(_) => "in_force",
        Err(NatInfRefusal::NotInForce) => "not_in_force",
        Err(NatInfRefusal::NotContravention) => "not_contravention",
        Err(NatInfRefusal::Unknown) => "unknown",
    };
    let view = NatInfView {
        code,
        on: on.to_string(),
        status: status.to_owned(),
        entry: found.ok().map(|entry| entry_view(entry, &law, on)),
    };
    if json {
        output::json(&view)?;
    } else {
        print(&view, &versions);
    }
    Ok(ExitCode::from(u8::from(view.entry.is_none())))
}

fn entry_view(entry: &NatInfEntry, law: &Law, on: Date) -> NatInfEntryView {
    let amounts = law.amounts(entry, Author::Natural, on);
    let competence = AgentQuality::ALL.map(|quality| {
        let word = match law.competence(quality, entry, false, on) {
            Competence::Yes => "yes",
            Competence::Unverified => "unverified",
            Competence::No => "no",
        };
        (quality.as_str().to_owned(), word.to_owned())
    });
    let holder = match law.holder(entry, on) {
        HolderLiability::Responsible => "responsible",
        HolderLiability::Liable => "liable",
        HolderLiability::None => "none",
    };
    NatInfEntryView {
        from: entry.from.to_string(),
        to: entry.to.map(|last| last.to_string()),
        qualification: entry.qualification.clone(),
        defined_by: entry.defined_by.clone(),
        punished_by: entry.punished_by.clone(),
        class: entry.class.number(),
        points: entry.points,
        family: entry.family.clone(),
        supported: entry.supported,
        fixed_fine: law.is_fixed_fine(entry, on),
        minoree_cents: amounts
            .and_then(|amounts| amounts.minoree)
            .map(|cents| cents.0),
        forfaitaire_cents: amounts.map(|amounts| amounts.forfaitaire.0),
        majoree_cents: amounts.map(|amounts| amounts.majoree.0),
        court_max_cents: law.court_max(entry.class, on).map(|cents| cents.0),
        competence: competence.into_iter().collect(),
        holder: holder.to_owned(),
    }
}

/// For people, in the words of the trade.
fn print(view: &NatInfView, versions: &[NatInfEntry]) {
    let Some(entry) = &view.entry else {
        let why = match view.status.as_str() {
            "not_contravention" => "délit ou crime",
            "not_in_force" => "pas en vigueur",
            _ => "inconnue de la nomenclature",
        };
        output::line(&format!("NatInf {} au {} : {why}", view.code, view.on));
        for version in versions {
            let last = version
                .to
                .map_or_else(String::new, |last| format!(" au {last}"));
            output::line(&format!(
                "  en vigueur du {}{last} : {}",
                version.from, version.qualification
            ));
        }
        return;
    };
    let line = |name: &str, text: &str| output::line(&format!("  {name:<13}{text}"));
    output::line(&format!("NatInf {} : {}", view.code, entry.qualification));
    let last = entry
        .to
        .as_ref()
        .map_or_else(String::new, |last| format!(" au {last}"));
    line(
        "au",
        &format!("{} : en vigueur depuis le {}{last}", view.on, entry.from),
    );
    let family = entry.family.as_deref().unwrap_or("famille non vérifiée");
    let taken = if entry.supported {
        ""
    } else {
        ", non prise en charge"
    };
    line(
        "classe",
        &format!(
            "{}, {} point(s), {family}{taken}",
            entry.class, entry.points
        ),
    );
    line("définie par", &entry.defined_by);
    line("réprimée par", &entry.punished_by);
    line("amende", &fine(entry));
    let competence: Vec<String> = entry
        .competence
        .iter()
        .map(|(quality, word)| format!("{quality} {}", french(word)))
        .collect();
    line("compétence", &competence.join(", "));
    line("titulaire", french(&entry.holder));
}

fn fine(entry: &NatInfEntryView) -> String {
    let euros = |cents: Option<i64>| {
        cents.map_or_else(|| "aucune".to_owned(), |cents| Cents(cents).to_string())
    };
    let most = euros(entry.court_max_cents);
    if entry.forfaitaire_cents.is_none() {
        return format!("pas d'amende forfaitaire (CPP R48-1), au plus {most}");
    }
    format!(
        "minorée {}, forfaitaire {}, majorée {}, au plus {most}",
        euros(entry.minoree_cents),
        euros(entry.forfaitaire_cents),
        euros(entry.majoree_cents)
    )
}

fn french(word: &str) -> &str {
    match word {
        "yes" => "oui",
        "no" => "non",
        "unverified" => "non vérifiée",
        "responsible" => "responsable pécuniairement (code de la route L121-2)",
        "liable" => "redevable pécuniairement (code de la route L121-3, R121-6)",
        _ => "ne répond pas de l'infraction",
    }
}

fn import(
    run_dir: &RunDir,
    file: &Path,
    from: Date,
    complete: bool,
    check: bool,
) -> anyhow::Result<ExitCode> {
    let url = crate::system::running_or_started(run_dir)?.url("registry")?;
    let url = format!("{url}/v1/natinf?from={from}&complete={complete}&check={check}");
    let answer: Value = crate::http::post_bytes(&url, "text/csv", &read(file)?)?;
    output::json(&answer)?;
    Ok(ExitCode::SUCCESS)
}

fn check_offline(
    run_dir: &RunDir,
    file: &Path,
    from: Date,
    is_complete: bool,
) -> anyhow::Result<ExitCode> {
    let (entries, graver, _) = nomenclature(run_dir, None)?;
    let list = read_official(&read(file)?)?;
    let merged = merge(&entries, &graver, &list, Import { from, is_complete });
    let contraventions = list
        .entries
        .iter()
        .filter(|entry| matches!(entry.nature, Nature::Contravention(_)));
    let codes = |wanted: fn(&NatInfChange) -> Option<u32>| -> Vec<u32> {
        merged.changes.iter().filter_map(wanted).collect()
    };
    output::json(&serde_json::json!({
        "written": false,
        "encoding": list.encoding.as_str(),
        "lines": list.entries.len(),
        "contraventions": contraventions.count(),
        "added": codes(|change| match change { NatInfChange::Added(code) => Some(*code), _ => None }),
        "changed": codes(|change| match change { NatInfChange::Changed(code) => Some(*code), _ => None }),
        "ended": codes(|change| match change { NatInfChange::Ended(code) => Some(*code), _ => None }),
    }))?;
    Ok(ExitCode::SUCCESS)
}

/// A list from either kind of file; of a snapshot, what holds on.
fn list(file: &Path) -> anyhow::Result<Vec<OfficialEntry>> {
    let bytes = read(file)?;
    if !bytes.trim_ascii_start().starts_with(b"{") {
        let list = read_official(&bytes);
        return Ok(list
            .with_context(|| format!("{} is not a NatInf list", file.display()))?
            .entries);
    }
    let snapshot: SnapshotV1 = serde_json::from_slice(&bytes)?;
    let open = snapshot
        .natinf
        .into_iter()
        .filter(|entry| entry.period.to.is_none());
    Ok(open
        .map(|entry| OfficialEntry {
            code: entry.code,
            nature: Nature::Contravention(entry.class),
            qualification: entry.qualification,
            defined_by: entry.defined_by,
            punished_by: entry.punished_by,
        })
        .collect())
}

fn compare(one: &Path, other: &Path) -> anyhow::Result<ExitCode> {
    let (one, other) = (list(one)?, list(other)?);
    let words = |entries: &[OfficialEntry], code: u32| {
        let entry = entries.iter().find(|entry| entry.code == code);
        entry
            .map(|entry| entry.qualification.clone())
            .unwrap_or_default()
    };
    let changes = diff(&one, &other);
    for change in &changes {
        let text = match change {
            NatInfChange::Added(code) => format!("+ {code} {}", words(&other, *code)),
            NatInfChange::Changed(code) => format!("~ {code} {}", words(&other, *code)),
            NatInfChange::Ended(code) => format!("- {code} {}", words(&one, *code)),
        };
        output::line(&text);
    }
    Ok(ExitCode::from(u8::from(!changes.is_empty())))
}
