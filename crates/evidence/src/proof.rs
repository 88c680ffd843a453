//! Inclusion and consistency proofs: made as RFC 6962 §2.1.1 and §2.1.2 define them, verified by the algorithms of
//! RFC 9162 §2.1.3.2 and §2.1.4.2.

use crate::hash::{Hash, TreeHead, empty_root, node_hash};

/// Where the hashes of complete subtrees come from.
pub trait Nodes {
    /// What can go wrong.
    type Error;

    /// The hash of the complete subtree over the leaves `index << level` to `(index + 1) << level`, exclusive. Only
    /// asked for subtrees that lie wholly within the tree.
    ///
    /// # Errors
    /// When the source fails.
    fn node(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// A proof does not prove what it should.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No such leaf, or no such older tree.
    #[error("{position} is not in a tree of {size}")]
    OutOfRange {
        /// Index of the leaf, or size of the older tree.
        position: u64,
        /// Size of the tree.
        size: u64,
    },
    /// The proof has too few or too many hashes.
    #[error("a proof of the wrong length")]
    Length,
    /// The hashes do not lead to the root.
    #[error("the proof does not lead to the root")]
    Root,
}

/// Largest power of two below `n`, which is at least 2.
const fn split(n: u64) -> u64 {
    1 << (n - 1).ilog2()
}

/// The hash over the leaves `low` to `high`, exclusive; `low` begins a subtree of the tree.
fn range<N: Nodes>(nodes: &N, low: u64, high: u64) -> Result<Hash, N::Error> {
    let n = high - low;
    if n.is_power_of_two() {
        let level = n.ilog2();
        return nodes.node(level, low >> level);
    }
    let middle = low + split(n);
    Ok(node_hash(
        &range(nodes, low, middle)?,
        &range(nodes, middle, high)?,
    ))
}

/// The root of the first `size` leaves.
///
/// # Errors
/// When the source fails.
pub fn root_of<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    if size == 0 {
        Ok(empty_root())
    } else {
        range(nodes, 0, size)
    }
}

/// The path from leaf `index` to the root of the first `size` leaves, from the leaf upwards. Empty when there is no
/// such leaf, which no verification accepts.
///
/// # Errors
/// When the source fails.
pub fn inclusion<N: Nodes>(nodes: &N, index: u64, size: u64) -> Result<Vec<Hash>, N::Error> {
    let mut path = Vec::new();
    if index >= size {
        return Ok(path);
    }
    let (mut low, mut high) = (0, size);
    while high - low > 1 {
        let middle = low + split(high - low);
        if index < middle {
            path.push(range(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(range(nodes, low, middle)?);
            low = middle;
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `first` leaves is the beginning of the tree of `second`. Empty when there is nothing to
/// prove (`first` is 0 or `second`) and when `first` is beyond `second`, which no verification accepts.
///
/// # Errors
/// When the source fails.
pub fn consistency<N: Nodes>(nodes: &N, first: u64, second: u64) -> Result<Vec<Hash>, N::Error> {
    let mut path = Vec::new();
    if first == 0 || first >= second {
        return Ok(path);
    }
    let (mut low, mut high) = (0, second);
    while high != first {
        let middle = low + split(high - low);
        if first <= middle {
            path.push(range(nodes, middle, high)?);
            high = middle;
        } else {
            path.push(range(nodes, low, middle)?);
            low = middle;
        }
    }
    if low > 0 {
        path.push(range(nodes, low, high)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that the leaf with this hash is leaf `index` of the tree.
///
/// # Errors
/// [`ProofError`].
pub fn verify_inclusion(
    leaf: Hash,
    index: u64,
    tree: &TreeHead,
    path: &[Hash],
) -> Result<(), ProofError> {
    if index >= tree.size {
        return Err(ProofError::OutOfRange {
            position: index,
            size: tree.size,
        });
    }
    let (mut node, mut last, mut root) = (index, tree.size - 1, leaf);
    for hash in path {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            root = node_hash(hash, &root);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(&root, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        Err(ProofError::Length)
    } else if root == tree.root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// Whether `path` proves that `first` is the beginning of `second`.
///
/// # Errors
/// [`ProofError`].
pub fn verify_consistency(
    first: &TreeHead,
    second: &TreeHead,
    path: &[Hash],
) -> Result<(), ProofError> {
    if first.size > second.size {
        return Err(ProofError::OutOfRange {
            position: first.size,
            size: second.size,
        });
    }
    if first.size == 0 || first.size == second.size {
        let expected = if first.size == 0 {
            empty_root()
        } else {
            second.root
        };
        return match path {
            [] if first.root == expected => Ok(()),
            [] => Err(ProofError::Root),
            _ => Err(ProofError::Length),
        };
    }
    let (seed, rest) = if first.size.is_power_of_two() {
        (first.root, path)
    } else {
        let (seed, rest) = path.split_first().ok_or(ProofError::Length)?;
        (*seed, rest)
    };
    let shared = (first.size - 1).trailing_ones();
    let (mut node, mut last) = ((first.size - 1) >> shared, (second.size - 1) >> shared);
    let (mut older, mut newer) = (seed, seed);
    for hash in rest {
        if last == 0 {
            return Err(ProofError::Length);
        }
        if node & 1 == 1 || node == last {
            older = node_hash(hash, &older);
            newer = node_hash(hash, &newer);
            while node & 1 == 0 && node != 0 {
                node >>= 1;
                last >>= 1;
            }
        } else {
            newer = node_hash(&newer, hash);
        }
        node >>= 1;
        last >>= 1;
    }
    if last != 0 {
        Err(ProofError::Length)
    } else if older == first.root && newer == second.root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}
