//! C2SP `tlog-checkpoint`: origin, size and root of a log, signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::{Hash, TreeHead};
use crate::note::{NoteError, SigningKey, VerifierKey};

/// A checkpoint does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note is malformed or not signed by the key.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The note's text is not a checkpoint.
    #[error("the note is not a checkpoint")]
    Malformed,
    /// It is of another log.
    #[error("the checkpoint is of another log")]
    Origin,
}

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// Name of the log; the name of its key too.
    pub origin: String,
    /// Its size and root.
    pub tree: TreeHead,
}

impl Checkpoint {
    /// Signs with the log's key, whose name is the origin.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn sign(tree: &TreeHead, key: &SigningKey) -> Result<String, NoteError> {
        let origin = key.verifier().key().name();
        let root = STANDARD.encode(tree.root.as_bytes());
        key.sign(&format!("{origin}\n{}\n{root}\n", tree.size))
    }

    /// The checkpoint in a note that the log's key signed.
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, CheckpointError> {
        let mut lines = key.open(note)?.lines();
        let mut line = || lines.next().ok_or(CheckpointError::Malformed);
        let (origin, size, root) = (line()?, line()?, line()?);
        if origin != key.key().name() {
            return Err(CheckpointError::Origin);
        }
        let number: u64 = size.parse().map_err(|_| CheckpointError::Malformed)?;
        let root = STANDARD.decode(root).ok().and_then(|b| b.try_into().ok());
        let root = root.ok_or(CheckpointError::Malformed)?;
        // One size has one spelling: no sign, no leading zero.
        if number.to_string() != size {
            return Err(CheckpointError::Malformed);
        }
        Ok(Self {
            origin: origin.to_owned(),
            tree: TreeHead {
                size: number,
                root: Hash::from_bytes(root),
            },
        })
    }
}
