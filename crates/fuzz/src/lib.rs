#![doc = include_str!("../README.md")]

mod targets;
mod world;

use std::path::Path;

/// Something that reads bytes from outside.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// What it is called, as an argument and as a folder.
    pub name: &'static str,
    /// Reads the bytes; panics if what came of them breaks its rule.
    pub run: fn(&[u8]),
    /// Inputs that it reads to the end.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every target.
pub const TARGETS: [Target; 7] = [
    Target {
        name: "jws",
        run: targets::jws,
        seeds: targets::jws_seeds,
    },
    Target {
        name: "certificate",
        run: targets::certificate,
        seeds: targets::certificate_seeds,
    },
    Target {
        name: "seal",
        run: targets::seal,
        seeds: targets::seal_seeds,
    },
    Target {
        name: "mif",
        run: targets::mif,
        seeds: targets::mif_seeds,
    },
    Target {
        name: "plate",
        run: targets::plate,
        seeds: targets::plate_seeds,
    },
    Target {
        name: "csv",
        run: targets::csv,
        seeds: targets::csv_seeds,
    },
    Target {
        name: "lot",
        run: targets::lot,
        seeds: targets::lot_seeds,
    },
];

/// The target of that name.
#[must_use]
pub fn target(name: &str) -> Option<Target> {
    TARGETS.into_iter().find(|target| target.name == name)
}

/// Writes the seeds of every target to `<directory>/<target>/seed-<n>`.
///
/// # Errors
/// When a file cannot be written.
pub fn write_seeds(directory: &Path) -> std::io::Result<()> {
    for target in TARGETS {
        let folder = directory.join(target.name);
        std::fs::create_dir_all(&folder)?;
        for (number, seed) in (target.seeds)().iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{number}")), seed)?;
        }
    }
    Ok(())
}
