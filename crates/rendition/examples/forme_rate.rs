//! Measures how many documents one core fills in a second, and nothing else: made to be profiled.
//!
//! `cargo run --release -p cnt-rendition --example forme_rate -- [DOCUMENTS]`

use std::error::Error;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use cnt_rendition::{DocumentKind, Engine, Formes, Made, corpus_request};

fn main() -> Result<(), Box<dyn Error>> {
    let argument = std::env::args().nth(1);
    let documents: u64 = argument.map_or(Ok(100_000), |count| count.parse())?;
    let formes = Formes::new(Arc::new(Engine::new()?))?;
    let kind = DocumentKind::AvisContravention;
    for rank in 0..documents.min(10_000) {
        formes.make(&corpus_request(kind, 1, rank)?)?;
    }
    let (mut taken, mut bytes, mut filled) = (Duration::ZERO, 0, 0_u64);
    for first in (0..documents).step_by(1_000) {
        let requests = (first..first + 1_000)
            .map(|rank| corpus_request(kind, 1, rank))
            .collect::<Result<Vec<_>, _>>()?;
        let begun = Instant::now();
        for request in &requests {
            if let Made::Filled(document) = formes.make(request)? {
                bytes += document.tail.len();
                filled += 1;
            }
        }
        taken += begun.elapsed();
    }
    let micros = taken.as_micros() / u128::from(documents.max(1));
    writeln!(
        std::io::stdout(),
        "{micros} µs a document; {filled} of {documents} filled, {} bytes of tail",
        bytes / usize::try_from(filled.max(1))?
    )?;
    Ok(())
}
