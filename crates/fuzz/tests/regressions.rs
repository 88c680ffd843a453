//! Every seed, every input that once broke a target, and some thousand neighbours of the seeds.
#![cfg(test)]

use std::path::Path;

use cnt_fuzz::TARGETS;

/// Neighbours of each seed.
const NEIGHBOURS: u64 = 300;

/// A small generator (splitmix64): the same neighbours every time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(below.max(1)).unwrap()).unwrap()
    }
}

/// The seed with a byte changed, taken out or put in, a part doubled, or its end cut off.
fn neighbour(seed: &[u8], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(bytes.len());
        let byte = u8::try_from(dice.roll(256)).unwrap();
        match dice.roll(5) {
            0 if !bytes.is_empty() => bytes[at] = byte,
            1 if !bytes.is_empty() => drop(bytes.remove(at)),
            2 => bytes.insert(at, byte),
            3 => {
                let end = (at + dice.roll(40)).min(bytes.len());
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            _ => bytes.truncate(at),
        }
    }
    bytes
}

#[test]
fn seeds_and_their_neighbours_break_nothing() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{}", target.name);
        let mut dice = Dice(7);
        for seed in seeds {
            (target.run)(&seed);
            for _ in 0..NEIGHBOURS {
                (target.run)(&neighbour(&seed, &mut dice));
            }
        }
    }
}

#[test]
fn what_once_broke_a_target_does_not_any_more() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    for target in TARGETS {
        let Ok(files) = std::fs::read_dir(folder.join(target.name)) else {
            continue;
        };
        for file in files {
            let path = file.unwrap().path();
            println!("{}", path.display());
            (target.run)(&std::fs::read(path).unwrap());
        }
    }
    // A folder that no target is named after would be forgotten.
    for entry in std::fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            cnt_fuzz::target(&name).is_some() || name == "README.md",
            "{name}"
        );
    }
}
