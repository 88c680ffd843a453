//! How fast a list of the ministry's size is read and taken in, in each encoding. Prints JSON.
//!
//! `cargo run --release -p cnt-registry --example natinf_rate [lines]`

use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Instant;

use cnt_registry::reference::{Import, merge, natinf, read_official};
use jiff::civil::date;
use serde_json::json;

fn main() -> anyhow::Result<()> {
    let lines: u32 = std::env::args()
        .nth(1)
        .map_or(Ok(17_000), |text| text.parse())?;
    let text = synthetic(lines)?;
    let latin1: Vec<u8> = text
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)))
        .collect::<Result<_, _>>()?;
    let vetted = natinf()?;
    let import = Import {
        from: date(2026, 12, 1),
        is_complete: true,
    };
    let mut report = serde_json::Map::new();
    for (name, bytes) in [("utf8", text.as_bytes()), ("latin1", latin1.as_slice())] {
        let begun = Instant::now();
        let list = read_official(bytes)?;
        let read = begun.elapsed();
        let merged = merge(&vetted, &[], &list, import);
        report.insert(
            name.to_owned(),
            json!({
                "bytes": bytes.len(),
                "lines": list.entries.len(),
                "encoding": list.encoding.as_str(),
                "read_ms": read.as_secs_f64() * 1e3,
                "taken_in_ms": begun.elapsed().as_secs_f64() * 1e3,
                "changes": merged.changes.len(),
            }),
        );
    }
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

/// Lines as long as the extract's are on average.
fn synthetic(lines: u32) -> anyhow::Result<String> {
    let mut text =
        String::from("Numéro NATINF;Nature de l'infraction;Qualification de l'infraction;");
    text.push_str("Définie par;Réprimée par\n");
    for code in 1..=lines {
        let nature = match code % 3 {
            0 => "Délit".to_owned(),
            1 => format!("Contravention de classe {}", code % 5 + 1),
            _ => "Crime".to_owned(),
        };
        writeln!(
            text,
            "{code};{nature};INFRACTION D'ESSAI NUMÉRO {code} COMMISE À L'OCCASION DE LA CONDUITE D'UN VÉHICULE;\
             ART.R.{code} §I 1°, ART.L.121-2 C.ROUTE. ART.L.2213-2 2° C.G.C.T.;ART.R.{code} §II AL.1 C.ROUTE."
        )?;
    }
    Ok(text)
}
