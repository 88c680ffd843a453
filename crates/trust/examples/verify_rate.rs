//! How fast messages are verified, in processor time of one thread, beside the bare
//! signature. Prints JSON.
//!
//! `cargo run --release -p cnt-trust --example verify_rate [seconds]`

use std::io::Write as _;
use std::time::{Duration, Instant};

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256};
use cnt_trust::issue::{AgentIdentity, CardUse, Hierarchy, HierarchyParams, Issued, KeyKind};
use cnt_trust::{
    Algorithm, CardVerifier, CompactJws, Limits, MessageSigner, RevocationView, Scratch,
    VerifierOptions, sign_compact,
};
use serde_json::json;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

type Error = Box<dyn std::error::Error>;

const IAT: i64 = 1_780_000_000;
const ROUNDS: usize = 5;

/// A message with what bare verification needs of it, prepared.
struct Prepared {
    message: String,
    signing_input: Vec<u8>,
    signature: Vec<u8>,
    key: ParsedPublicKey,
}

fn main() -> Result<(), Error> {
    let seconds: f64 = std::env::args()
        .nth(1)
        .map_or(Ok(1.0), |text| text.parse())?;
    let time = Duration::from_secs_f64(seconds);
    let started = Instant::now();
    let hierarchy = Hierarchy::generate(HierarchyParams::from_number(7, IAT - 31_536_000))?;
    let hierarchy_ms = started.elapsed().as_secs_f64() * 1e3;
    let started = Instant::now();
    let p256 = prepare(&hierarchy, KeyKind::P256, 2000)?;
    let prepared_2000_ms = started.elapsed().as_secs_f64() * 1e3;
    let rsa = prepare(&hierarchy, KeyKind::Rsa2048, 8)?;
    let report = json!({
        "hierarchy_ms": hierarchy_ms,
        "agents_issued_and_signed_2000_ms": prepared_2000_ms,
        "es256": measure(&hierarchy, &p256, time)?,
        "rs256": measure(&hierarchy, &rsa, time)?,
    });
    let mut output = std::io::stdout().lock();
    writeln!(output, "{}", serde_json::to_string_pretty(&report)?)?;
    Ok(())
}

fn prepare(hierarchy: &Hierarchy, kind: KeyKind, count: u32) -> Result<Vec<Prepared>, Error> {
    let mut prepared = Vec::new();
    for index in 0..count {
        let agent = AgentIdentity::simulated(index, "123456789", "Commune de Fictive");
        let card = hierarchy.issue_card(&agent, CardUse::Signature, kind, IAT - 8_640_000)?;
        prepared.push(prepare_one(&card, index)?);
    }
    Ok(prepared)
}

fn prepare_one(card: &Issued, index: u32) -> Result<Prepared, Error> {
    let signer = card.signer()?;
    let text = "x".repeat(1400);
    let payload = json!({ "index": index, "text": text }).to_string();
    let message = sign_compact(payload.as_bytes(), IAT, &signer)?;
    let input = message.rsplit_once('.').ok_or("no signature")?.0;
    let certificate = Certificate::from_der(&card.certificate_der)?;
    let info = certificate.tbs_certificate().subject_public_key_info();
    let bytes = info.subject_public_key.as_bytes().ok_or("no key")?;
    let key = match card.algorithm {
        Algorithm::Es256 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, bytes)?,
        Algorithm::Rs256 => ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, bytes)?,
    };
    let signing_input = input.as_bytes().to_vec();
    let signature = signer.sign(&signing_input)?;
    Ok(Prepared {
        signing_input,
        signature,
        key,
        message,
    })
}

/// Interleaves bare and whole rounds, so that a noisy neighbour strikes both; medians of rates.
fn measure(
    hierarchy: &Hierarchy,
    prepared: &[Prepared],
    time: Duration,
) -> Result<serde_json::Value, Error> {
    let options = VerifierOptions::default();
    let anchors = hierarchy.card_anchors()?;
    let verifier = CardVerifier::new(anchors, RevocationView::default(), options);
    let mut scratch = Scratch::default();
    let cold = Instant::now();
    for one in prepared {
        if !verifier
            .check_bytes(one.message.as_bytes(), &mut scratch)
            .verification
            .is_accepted()
        {
            return Err("a good message is refused".into());
        }
    }
    let cold_us = cold.elapsed().as_secs_f64() * 1e6 / f64::from(u32::try_from(prepared.len())?);
    let (mut bare, mut whole, mut parsed) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        bare.push(rate(prepared, time, |one| {
            one.key
                .verify_sig(&one.signing_input, &one.signature)
                .is_ok()
        })?);
        whole.push(rate(prepared, time, |one| {
            verifier
                .check_bytes(one.message.as_bytes(), &mut scratch)
                .verification
                .is_accepted()
        })?);
        parsed.push(rate(prepared, time / 5, |one| {
            CompactJws::parse(one.message.as_bytes(), &Limits::default(), &mut scratch).is_ok()
        })?);
    }
    let (bare, whole, parsed) = (median(bare), median(whole), median(parsed));
    let message_bytes = prepared.first().map(|one| one.message.len());
    Ok(json!({
        "message_bytes": message_bytes,
        "certificates": prepared.len(),
        "bare_per_s": bare.round(),
        "check_per_s": whole.round(),
        "share_of_bare": whole / bare,
        "beyond_bare_us": 1e6 / whole - 1e6 / bare,
        "parse_us": 1e6 / parsed,
        "cold_check_us": cold_us,
    }))
}

fn rate(
    prepared: &[Prepared],
    time: Duration,
    mut verify: impl FnMut(&Prepared) -> bool,
) -> Result<f64, Error> {
    let started = Instant::now();
    let cpu = cpu_seconds();
    let mut count = 0_u32;
    while started.elapsed() < time {
        for one in prepared {
            if !verify(one) {
                return Err("a good message is refused".into());
            }
            count += 1;
        }
    }
    let spent = match (cpu, cpu_seconds()) {
        (Some(before), Some(after)) => after - before,
        _ => started.elapsed().as_secs_f64(),
    };
    Ok(f64::from(count) / spent)
}

/// Processor time of this thread, in seconds: on a shared machine the wall tells of others.
fn cpu_seconds() -> Option<f64> {
    let schedstat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    let nanoseconds: f64 = schedstat.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
