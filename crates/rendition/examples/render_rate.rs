//! Measures how many documents one core renders in a second.
//!
//! `cargo run --release -p cnt-rendition --example render_rate -- [DOCUMENTS] [THREADS]`
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
    let threads: u64 = arguments.next().map_or(Ok(1), |count| count.parse())?;
    let json = include_bytes!("../templates/specimen/avis_contravention.json");
    let template = DocumentInput::from_json(kind, json)?;
    let rss_start_kib = rss_kib();
    let start = Instant::now();
    let mut bytes = 0_usize;
    std::thread::scope(|scope| -> Result<(), Box<dyn Error>> {
        let (engine, template) = (&engine, &template);
        let work = move |first: u64| -> Result<usize, String> {
            let mut bytes = 0_usize;
            for serial in (first..documents).step_by(usize::try_from(threads).unwrap_or(1)) {
                let request = request(template, serial).map_err(|error| error.to_string())?;
                bytes += engine
                    .render(&request)
                    .map_err(|error| error.to_string())?
                    .pdf
                    .len();
            }
            Ok(bytes)
        };
        let workers: Vec<_> = (0..threads)
            .map(|first| scope.spawn(move || work(first)))
            .collect();
        for worker in workers {
            bytes += worker.join().map_err(|_| "a thread panicked")??;
        }
        Ok(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let count = u32::try_from(documents)?;
    let report = serde_json::json!({
        "documents": documents,
        "threads": threads,
        "documents_per_s_per_thread": (f64::from(count) / seconds / f64::from(u32::try_from(threads)?)).round(),
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
