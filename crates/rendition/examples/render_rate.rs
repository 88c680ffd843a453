//! Measures how many documents one core renders in a second.
//!
//! `cargo run --release -p cnt-rendition --example render_rate -- [DOCUMENTS] [PDF_OUT]`
//! prints one JSON object on one line.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use cnt_rendition::{DocumentInput, DocumentKind, Engine, RenderRequest, TelepaymentInput};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let documents: u64 = arguments.next().map_or(Ok(500), |count| count.parse())?;
    let kind = DocumentKind::AvisContravention;
    let engine = Engine::new()?;
    let specimen = engine.specimen(kind)?;
    if let Some(path) = arguments.next() {
        std::fs::write(path, &specimen.pdf)?;
    }
    let json = include_bytes!("../templates/specimen/avis_contravention.json");
    let template = DocumentInput::from_json(kind, json)?;
    let rss_start_kib = rss_kib();
    let start = Instant::now();
    let mut bytes = 0_usize;
    for serial in 0..documents {
        bytes += engine.render(&request(&template, serial)?)?.pdf.len();
    }
    let seconds = start.elapsed().as_secs_f64();
    let count = u32::try_from(documents)?;
    let report = serde_json::json!({
        "documents": documents,
        "documents_per_s_per_core": (f64::from(count) / seconds).round(),
        "bytes_pdf": bytes.checked_div(usize::try_from(documents)?),
        "pages": specimen.pages,
        "rss_start_kib": rss_start_kib,
        "rss_end_kib": rss_kib(),
    });
    writeln!(std::io::stdout(), "{report}")?;
    Ok(())
}

/// A request with a number, recipient and plate of its own.
fn request(template: &DocumentInput, serial: u64) -> Result<RenderRequest, Box<dyn Error>> {
    let mut document = template.clone();
    if let DocumentInput::AvisContravention(input) = &mut document {
        input.avis_number = format!("99{:08}", serial % 100_000_000);
        input.telepayment =
            TelepaymentInput::of_avis(&input.avis_number).ok_or("not a simulated avis")?;
        if let Some(line) = input.recipient.first_mut() {
            *line = format!("MONSIEUR JEAN DUPONT{serial:07}");
        }
        if let Some(vehicle) = &mut input.vehicle {
            vehicle.plate = format!("AB-{:03}-CD", serial % 1000);
        }
    }
    Ok(RenderRequest { document })
}

/// Resident memory of this process, where the system tells it.
fn rss_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
