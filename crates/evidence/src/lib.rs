#![doc = include_str!("../README.md")]

mod checkpoint;
mod commitment;
mod frontier;
mod hash;
mod note;
mod proof;
mod tiles;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use commitment::{Commitment, Salt};
pub use frontier::{Frontier, FrontierError};
pub use hash::{Hash, ParseHashError, TreeHead, empty_root, leaf_hash, node_hash};
pub use note::{NoteError, NoteKey, SigningKey, VerifierKey};
pub use proof::{
    Nodes, ProofError, consistency, inclusion, root_of, verify_consistency, verify_inclusion,
};
pub use tiles::{
    BUNDLE_ENTRY_BYTES, TILE_WIDTH, TileError, TileId, TileStore, TileTree, entries_path, grow,
};

mod bundle;
pub use bundle::{BundleError, ProofBundle};
