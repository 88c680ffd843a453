//! The machine of a measurement: the yardstick beside which figures are printed.

use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair,
    UnparsedPublicKey,
};
use cnt_contracts::commands::bench::BenchMachine;

use crate::bench::rendition::count;

/// Measurements, of which the median counts.
const RUNS: usize = 5;

/// How long one lasts.
const RUN: Duration = Duration::from_millis(400);

/// Bytes of a signed message: about those of a MIF.
const MESSAGE_BYTES: usize = 1_500;

/// Measures how quickly one core verifies P-256 signatures.
///
/// # Errors
/// The library refuses its own signature.
pub(crate) fn measured() -> anyhow::Result<BenchMachine> {
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let key = EcdsaKeyPair::generate(algorithm).context("cannot make a key")?;
    let message = [7; MESSAGE_BYTES];
    let signature = key
        .sign(&SystemRandom::new(), &message)
        .context("cannot sign")?;
    let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
    let mut runs = Vec::with_capacity(RUNS);
    for _ in 0..RUNS {
        let (begun, mut verified) = (Instant::now(), 0);
        while begun.elapsed() < RUN {
            let is_genuine = public.verify(&message, signature.as_ref()).is_ok();
            ensure!(is_genuine, "a signature is not genuine");
            verified += 1;
        }
        runs.push(count(verified) / begun.elapsed().as_secs_f64());
    }
    let mut sorted = runs.clone();
    sorted.sort_by(f64::total_cmp);
    Ok(BenchMachine {
        cores: u32::try_from(std::thread::available_parallelism()?.get())?,
        p256_verify_per_s: *sorted.get(RUNS / 2).context("no run")?,
        p256_verify_per_s_runs: runs,
    })
}
