//! What filling costs, beside typst: `cargo bench --workspace --features cnt-rendition/criterion --bench filling`.
//!
//! The three measure the same avis in turn: typst's layout and export, the filled forme, and SHA-256 of as many bytes
//! as a tail has, which no way of filling can go below.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use sha2::{Digest, Sha256};

use cnt_rendition::{DocumentKind, Engine, Formes, Made, RenderRequest, corpus_request};

/// Documents that are measured in turn.
const DOCUMENTS: u64 = 512;

/// Avis that are filled, not laid out.
fn requests(formes: &Formes) -> Vec<(RenderRequest, Vec<u8>)> {
    (0..DOCUMENTS)
        .filter_map(|rank| {
            let request = corpus_request(DocumentKind::AvisContravention, 1, rank).ok()?;
            match formes.make(&request).ok()? {
                Made::Filled(filled) => Some((request, filled.tail)),
                Made::Typeset(..) => None,
            }
        })
        .collect()
}

fn filling(criterion: &mut Criterion) {
    let engine = Arc::new(Engine::new().expect("the embedded templates can be used"));
    let formes = Formes::new(Arc::clone(&engine)).expect("the embedded faces can be tabulated");
    let requests = requests(&formes);
    let mut group = criterion.benchmark_group("avis_contravention");
    group.throughput(Throughput::Elements(1));
    let mut turn = requests.iter().cycle();
    group.bench_function("forme", |bencher| {
        bencher.iter(|| {
            turn.next()
                .map(|(request, _)| formes.make(black_box(request)))
        });
    });
    let mut turn = requests.iter().cycle();
    group.bench_function("sha256_of_tail", |bencher| {
        bencher.iter(|| turn.next().map(|(_, tail)| Sha256::digest(black_box(tail))));
    });
    let mut turn = requests.iter().cycle();
    group.sample_size(10);
    group.bench_function("typst", |bencher| {
        bencher.iter(|| {
            turn.next()
                .map(|(request, _)| engine.render(black_box(request)))
        });
    });
    group.finish();
}

criterion_group!(benches, filling);
criterion_main!(benches);
