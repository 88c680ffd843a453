//! Look-ups a second in the simulated SIV, on one core: `cargo run --release -p cnt-domain --example siv_rate`.
#![expect(
    clippy::print_stdout,
    reason = "it is a bench: printing is its purpose"
)]

use std::time::Instant;

use cnt_domain::plate::{Country, Plate};
use cnt_domain::siv;
use jiff::civil::date;

fn main() {
    let day = date(2026, 11, 20);
    let letters: Vec<char> = "ABCDEFGHJKLMNPQRTVXYZ".chars().collect();
    let pair = |n: usize| {
        letters
            .iter()
            .cycle()
            .skip(n % 21)
            .step_by(1 + n / 21 % 20)
            .take(2)
            .collect::<String>()
    };
    let plates: Vec<Plate> = (0..1_000_000)
        .filter_map(|n: usize| {
            let text = format!("{}{:03}{}", pair(n / 999), 1 + n % 999, pair(n / 7));
            Plate::parse(&text, Country::FRANCE).ok()
        })
        .collect();
    let start = Instant::now();
    let mut found = 0_usize;
    let mut letters = 0_usize;
    for plate in &plates {
        if let Ok(registration) = siv::look_up(plate, day) {
            found += 1;
            letters += registration.liable.identity.name().len();
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a rate for reading")]
    let rate = plates.len() as f64 / seconds;
    println!(
        "{} plates, {found} holders, {letters} letters of names: {rate:.0} look-ups/s on one core",
        plates.len()
    );
}
