//! `cnt bench validation`: all rules in memory, beside the bare verification of the same signatures.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, ensure};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use clap::Args;
use cnt_contracts::commands::bench::{BenchValidation, ValidationRate};
use cnt_contracts::registry::{SnapshotV1, to_registry};
use cnt_contracts::stamp::ReceptionStamp;
use cnt_domain::ids::ReceptionId;
use cnt_domain::verdict::Verdict;
use cnt_flow::RegistryVersion;
use cnt_loadtest::{GeneratedMif, Generator, GeneratorParams};
use cnt_registry::nation::{COLLECTIVITIES_DEFAULT, Nation, NationParams};
use cnt_service_kit::clock::Clock;
use cnt_service_kit::ids;
use cnt_trust::Scratch;
use cnt_trust::issue::KeyKind;
use cnt_validation::{Judge, TransmissionLimits};
use hashbrown::HashMap;
use jiff::ToSpan as _;
use rayon::prelude::*;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::bench::machine;
use crate::bench::rendition::count;
use crate::output;

/// Agents of each collectivity: some 2,160 in all.
const AGENTS_PER_COLLECTIVITY: usize = 40;

/// Share of MIFs with a fault.
const BAD_SHARE: f64 = 0.04;

/// Arguments of `bench validation`.
#[derive(Args)]
pub(crate) struct ValidationArgs {
    /// Distinct MIFs of each kind of key.
    #[arg(long, default_value_t = 40_000)]
    messages: u64,
    /// Rounds, by turns bare and with all rules; the median counts.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Seed of agents and MIFs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

/// `cnt bench validation`.
pub(crate) fn run(args: &ValidationArgs) -> anyhow::Result<ExitCode> {
    ensure!(args.messages > 0 && args.rounds > 0, "nothing to measure");
    let machine = machine::measured()?;
    let result = BenchValidation {
        p256: rate(args, KeyKind::P256)?,
        rsa2048: rate(args, KeyKind::Rsa2048)?,
        machine,
    };
    if args.json {
        output::json(&result)?;
    } else {
        for (name, rate) in [("P-256", &result.p256), ("RSA-2048", &result.rsa2048)] {
            output::line(&format!(
                "{name:<9}{:>9.0} MIF/s with all rules, {:>9.0}/s bare: {:.1} %; {} agents, {} rejected",
                rate.per_s,
                rate.bare_verify_per_s,
                rate.ratio_to_bare_verify * 100.0,
                rate.agents,
                rate.rejected
            ));
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn rate(args: &ValidationArgs, key: KeyKind) -> anyhow::Result<ValidationRate> {
    output::say(&format!("Cards and MIFs, {key:?} …"));
    let folder = tempfile::tempdir()?;
    let now = Clock::system().0.legal_now();
    let start = now
        .to_zoned(jiff::tz::TimeZone::UTC)
        .date()
        .checked_sub(120.days())?;
    let params = NationParams {
        seed: args.seed,
        collectivities: COLLECTIVITIES_DEFAULT,
        agents_per_collectivity: AGENTS_PER_COLLECTIVITY,
        start,
    };
    let nation = Nation::build_with_cards(&params, key)?;
    let agents = u64::try_from(nation.snapshot.cards.len())?;
    nation.save(folder.path())?;
    let stream = GeneratorParams {
        bad_share: BAD_SHARE,
        replay_share: 0.0,
        conflict_share: 0.0,
        ..GeneratorParams::new(args.seed, args.messages, now)
    };
    let messages = Generator::new(folder.path(), &stream)?.chunk(0..args.messages)?;
    let judge = judge(folder.path())?;
    let stamps: Vec<ReceptionStamp> = messages
        .iter()
        .map(|message| ReceptionStamp {
            reception: ReceptionId(ids::new_reception_id()),
            received_at: now,
            registry_version: judge.version().registry.version,
            station: message.station,
            submission: None,
        })
        .collect();
    let bare = bare(&messages)?;
    let mut rounds = Vec::with_capacity(args.rounds);
    let mut rejected = 0;
    for _ in 0..args.rounds {
        let begun = Instant::now();
        let genuine = bare.par_iter().filter(|one| one.is_genuine()).count();
        let bare_per_s = count(u64::try_from(bare.len())?) / begun.elapsed().as_secs_f64();
        let begun = Instant::now();
        rejected = messages
            .par_iter()
            .zip(&stamps)
            .map_init(Scratch::default, |scratch, (message, stamp)| {
                judge
                    .judge(message.compact.as_bytes(), stamp, scratch)
                    .verdict()
            })
            .filter(|verdict| *verdict == Verdict::Rejected)
            .count();
        let per_s = count(args.messages) / begun.elapsed().as_secs_f64();
        ensure!(
            genuine > 0 && rejected > 0,
            "nothing was verified, or nothing found"
        );
        rounds.push((per_s / bare_per_s, per_s, bare_per_s));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, per_s, bare_per_s) = *rounds.get(args.rounds / 2).context("no round")?;
    Ok(ValidationRate {
        per_s,
        bare_verify_per_s: bare_per_s,
        ratio_to_bare_verify: ratio,
        messages: args.messages,
        rejected: u64::try_from(rejected)?,
        agents,
    })
}

/// A judge by a nation's registry, its caches empty.
fn judge(nation: &Path) -> anyhow::Result<Judge> {
    let snapshot: SnapshotV1 =
        serde_json::from_slice(&std::fs::read(nation.join("snapshot.json"))?)?;
    let version = RegistryVersion {
        registry: to_registry(&snapshot)?,
        anchors: snapshot.anchors,
    };
    Ok(Judge::new(
        Arc::new(version),
        TransmissionLimits::default(),
    )?)
}

/// What a library is given to verify one signature, and nothing else.
struct Bare<'a> {
    key: Arc<ParsedPublicKey>,
    input: &'a [u8],
    signature: Vec<u8>,
}

impl Bare<'_> {
    fn is_genuine(&self) -> bool {
        self.key.verify_sig(self.input, &self.signature).is_ok()
    }
}

/// The signatures of all messages that have one, their keys parsed beforehand, each once.
fn bare(messages: &[GeneratedMif]) -> anyhow::Result<Vec<Bare<'_>>> {
    let mut keys: HashMap<String, Option<Arc<ParsedPublicKey>>> = HashMap::new();
    let mut all = Vec::with_capacity(messages.len());
    for message in messages {
        let Some((input, signature)) = message.compact.rsplit_once('.') else {
            continue;
        };
        let header = input.split('.').next().unwrap_or_default();
        let (Ok(header), Ok(signature)) = (
            URL_SAFE_NO_PAD.decode(header),
            URL_SAFE_NO_PAD.decode(signature),
        ) else {
            continue;
        };
        let Some(certificate) = certificate(&header) else {
            continue;
        };
        let key = keys
            .entry(certificate)
            .or_insert_with_key(|encoded| key(encoded).map(Arc::new));
        if let Some(key) = key {
            all.push(Bare {
                key: Arc::clone(key),
                input: input.as_bytes(),
                signature,
            });
        }
    }
    let least = messages.len() * 9 / 10;
    ensure!(all.len() >= least, "too few messages have a signature");
    Ok(all)
}

/// The signer's certificate in a header, as it is written there.
fn certificate(header: &[u8]) -> Option<String> {
    let header: serde_json::Value = serde_json::from_slice(header).ok()?;
    header.pointer("/x5c/0")?.as_str().map(str::to_owned)
}

fn key(encoded: &str) -> Option<ParsedPublicKey> {
    let der = STANDARD.decode(encoded).ok()?;
    let certificate = Certificate::from_der(&der).ok()?;
    let info = certificate
        .tbs_certificate()
        .subject_public_key_info()
        .clone();
    let bytes = info.subject_public_key.as_bytes()?;
    // An uncompressed point of P-256 has 65 bytes; nothing else is as short.
    let algorithm: &'static dyn VerificationAlgorithm = if bytes.len() == 65 {
        &ECDSA_P256_SHA256_FIXED
    } else {
        &RSA_PKCS1_2048_8192_SHA256
    };
    ParsedPublicKey::new(algorithm, bytes).ok()
}
