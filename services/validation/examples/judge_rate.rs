//! How fast valid MIFs are judged by all rules, on one thread, beside the bare signature. Prints JSON.
//!
//! `cargo run --release -p cnt-validation --example judge_rate [seconds]`

#[expect(dead_code, reason = "the tests use more of their world than this does")]
#[path = "../tests/all/fixture.rs"]
mod fixture;

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use cnt_trust::{MessageSigner as _, Scratch};
use cnt_validation::{Judge, TransmissionLimits};
use serde_json::json;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use fixture::{World, stamp, version_of};

const AGENTS: u32 = 2_000;
const ROUNDS: usize = 5;

/// A MIF with what bare verification needs of it, prepared.
struct Prepared {
    message: String,
    signing_input: Vec<u8>,
    signature: Vec<u8>,
    key: ParsedPublicKey,
}

fn main() -> anyhow::Result<()> {
    let seconds: f64 = std::env::args()
        .nth(1)
        .map_or(Ok(1.0), |text| text.parse())?;
    let time = Duration::from_secs_f64(seconds);
    let world = World::new(AGENTS)?;
    let prepared = (0..AGENTS)
        .map(|index| prepare(&world, index))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let judge = Judge::new(
        Arc::new(version_of(&world.snapshot)?),
        TransmissionLimits::default(),
    )?;
    let (stamp, mut scratch) = (stamp(1)?, Scratch::default());
    let mut judged = |one: &Prepared| {
        let judgement = judge.judge(one.message.as_bytes(), &stamp, &mut scratch);
        judgement.problems.is_empty() && judgement.may_occupy
    };
    let (mut bare, mut whole) = (Vec::new(), Vec::new());
    // Rounds are interleaved, so that a noisy neighbour strikes both; the first warms the caches.
    for round in 0..=ROUNDS {
        let verified = rate(&prepared, time, |one| {
            one.key
                .verify_sig(&one.signing_input, &one.signature)
                .is_ok()
        })?;
        let judged = rate(&prepared, time, &mut judged)?;
        if round > 0 {
            bare.push(verified);
            whole.push(judged);
        }
    }
    let (bare, whole) = (median(bare), median(whole));
    let report = json!({
        "certificates": AGENTS,
        "message_bytes": prepared.first().map(|one| one.message.len()),
        "bare_per_s": bare.round(),
        "judge_per_s": whole.round(),
        "bare_us": 1e6 / bare,
        "judge_us": 1e6 / whole,
        "beyond_bare_us": 1e6 / whole - 1e6 / bare,
        "share_of_bare": whole / bare,
    });
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

fn prepare(world: &World, index: u32) -> anyhow::Result<Prepared> {
    let place = usize::try_from(index)?;
    let agent = world.agents.get(place).context("no such agent")?;
    let message = world.mif(place, index)?;
    let signing_input = message.rsplit_once('.').context("no signature")?.0;
    let signing_input = signing_input.as_bytes().to_vec();
    let certificate = Certificate::from_der(&agent.card.certificate_der)?;
    let info = certificate.tbs_certificate().subject_public_key_info();
    let bytes = info.subject_public_key.as_bytes().context("no key")?;
    Ok(Prepared {
        signature: agent.signer.sign(&signing_input)?,
        key: ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes)?,
        signing_input,
        message,
    })
}

fn rate(
    prepared: &[Prepared],
    time: Duration,
    mut work: impl FnMut(&Prepared) -> bool,
) -> anyhow::Result<f64> {
    let started = Instant::now();
    let mut count = 0_u32;
    while started.elapsed() < time {
        for one in prepared {
            anyhow::ensure!(work(one), "a good MIF is refused");
            count += 1;
        }
    }
    Ok(f64::from(count) / started.elapsed().as_secs_f64())
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
