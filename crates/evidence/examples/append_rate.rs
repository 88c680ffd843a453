//! Leaves appended a second, tiles grown, and size and time of proofs: `cargo run --release -p cnt-evidence --example append_rate`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use cnt_evidence::{
    Commitment, Frontier, Hash, Salt, TileStore, TileTree, consistency, grow, inclusion,
    verify_inclusion,
};

/// Leaves of the tree measured.
const LEAVES: u64 = 1_000_000;
/// Documents of a lot.
const LOT: u64 = 1_000;
/// Proofs made.
const PROOFS: u64 = 1_000;

/// Tiles in memory: what is measured is the tree, not a disk.
#[derive(Default)]
struct Memory(RefCell<HashMap<String, Vec<u8>>>);

impl TileStore for Memory {
    type Error = std::io::Error;

    fn read(&self, path: &str) -> Result<Vec<u8>, Self::Error> {
        let tiles = self.0.borrow();
        let tile = tiles.get(path).cloned();
        tile.ok_or_else(|| std::io::ErrorKind::NotFound.into())
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Self::Error> {
        self.0.borrow_mut().insert(path.to_owned(), bytes.to_vec());
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout().lock();
    let salt = Salt::from_bytes([7; 32]);
    let start = Instant::now();
    let entries: Vec<_> = (0..LEAVES)
        .map(|index| Commitment::new(&salt, &Hash::of(&index.to_be_bytes()), "7500000012/ACO/1"))
        .collect();
    let rate = |start: Instant, count: u64| count as f64 / start.elapsed().as_secs_f64();
    writeln!(out, "commitments_per_s {:.0}", rate(start, LEAVES))?;
    let mut frontier = Frontier::default();
    let start = Instant::now();
    frontier.append_all(entries.iter().map(Commitment::leaf));
    writeln!(out, "leaves_appended_per_s {:.0}", rate(start, LEAVES))?;
    let store = Memory::default();
    let start = Instant::now();
    for (lot, entries) in (0..).zip(entries.chunks(usize::try_from(LOT)?)) {
        grow(&store, lot * LOT, entries)?;
    }
    writeln!(out, "leaves_in_tiles_per_s {:.0}", rate(start, LEAVES))?;
    let start = Instant::now();
    let (mut hashes, head) = (0, frontier.head());
    for proof in 0..PROOFS {
        let index = proof * (LEAVES / PROOFS);
        let tree = TileTree::new(&store, LEAVES);
        let path = inclusion(&tree, index, LEAVES)?;
        let entry = entries.get(usize::try_from(index)?).ok_or("no entry")?;
        verify_inclusion(entry.leaf(), index, &head, &path)?;
        hashes += path.len();
    }
    let each = start.elapsed().as_micros() / u128::from(PROOFS);
    let mean = hashes / usize::try_from(PROOFS)?;
    writeln!(
        out,
        "inclusion_proof_hashes {mean} bytes {} us {each}",
        mean * 32
    )?;
    let tree = TileTree::new(&store, LEAVES);
    let start = Instant::now();
    let path = consistency(&tree, LEAVES / 3, LEAVES)?;
    let time = start.elapsed().as_micros();
    writeln!(out, "consistency_proof_hashes {} us {time}", path.len())?;
    Ok(())
}
