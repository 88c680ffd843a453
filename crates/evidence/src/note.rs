//! C2SP `signed-note` with Ed25519.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;

/// The byte that says Ed25519, before a key and in the hash of its id.
const ALGORITHM: u8 = 1;
/// What a private key's text begins with.
const PRIVATE: &str = "PRIVATE+KEY+";
/// What a signature line begins with: em dash, space.
const SIGNATURE: &str = "\u{2014} ";
/// Longest note read, in bytes.
const NOTE_BYTES_MAX: usize = 64 * 1024;

/// A note or a key is not what it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The name of a key is empty or holds a space or a plus.
    #[error("the name of a key is not empty and holds neither space nor plus")]
    Name,
    /// The text is not a key.
    #[error("not an Ed25519 note key")]
    Key,
    /// The text is not a note.
    #[error("not a signed note")]
    Malformed,
    /// No signature is by the key.
    #[error("the note is not signed by the key")]
    Unsigned,
    /// The signature does not verify.
    #[error("the signature does not verify")]
    Signature,
}

/// Name and id of a key: what a signature line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteKey {
    name: String,
    id: [u8; 4],
}

impl NoteKey {
    fn new(name: &str, public: &[u8]) -> Result<Self, NoteError> {
        if name.is_empty() || name.contains(char::is_whitespace) || name.contains('+') {
            return Err(NoteError::Name);
        }
        let preimage = [name.as_bytes(), b"\n", &[ALGORITHM], public].concat();
        let [a, b, c, d, ..] = *Hash::of(&preimage).as_bytes();
        Ok(Self {
            name: name.to_owned(),
            id: [a, b, c, d],
        })
    }

    /// Name of the key.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

/// Name, id and 32 bytes of a key in the common text form.
fn parse_key(text: &str) -> Result<(&str, [u8; 4], [u8; 32]), NoteError> {
    let mut parts = text.trim_end().splitn(3, '+');
    let mut part = || parts.next().ok_or(NoteError::Key);
    let (name, id, key) = (part()?, part()?, part()?);
    let mut id_bytes = [0; 4];
    hex::decode_to_slice(id, &mut id_bytes).map_err(|_| NoteError::Key)?;
    let key = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
    match key.split_first() {
        Some((&ALGORITHM, bytes)) => {
            let bytes = bytes.try_into().map_err(|_| NoteError::Key)?;
            Ok((name, id_bytes, bytes))
        }
        _ => Err(NoteError::Key),
    }
}

/// A public key; as text `name+id+key`, the verifier key of `sumdb/note`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    key: NoteKey,
    public: [u8; 32],
}

impl VerifierKey {
    /// Name and id.
    #[must_use]
    pub const fn key(&self) -> &NoteKey {
        &self.key
    }

    /// The text of a note, when it carries a signature by this key that verifies. Other keys' signatures are passed
    /// over, as the format demands.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn open<'note>(&self, note: &'note str) -> Result<&'note str, NoteError> {
        let is_forbidden = |c: char| c.is_control() && c != '\n';
        if note.len() > NOTE_BYTES_MAX || note.chars().any(is_forbidden) {
            return Err(NoteError::Malformed);
        }
        let (before, signatures) = note.rsplit_once("\n\n").ok_or(NoteError::Malformed)?;
        let text = note.get(..=before.len()).ok_or(NoteError::Malformed)?;
        let signatures = signatures.strip_suffix('\n').ok_or(NoteError::Malformed)?;
        let mut ours = None;
        for line in signatures.split('\n') {
            let line = line.strip_prefix(SIGNATURE).ok_or(NoteError::Malformed)?;
            let (name, signature) = line.split_once(' ').ok_or(NoteError::Malformed)?;
            let signature = STANDARD
                .decode(signature)
                .map_err(|_| NoteError::Malformed)?;
            let (id, signature) = signature
                .split_first_chunk::<4>()
                .ok_or(NoteError::Malformed)?;
            if name == self.key.name && *id == self.key.id {
                ours = ours.or_else(|| Some(signature.to_vec()));
            }
        }
        let signature = ours.ok_or(NoteError::Unsigned)?;
        UnparsedPublicKey::new(&ED25519, &self.public)
            .verify(text.as_bytes(), &signature)
            .map_err(|_| NoteError::Signature)?;
        Ok(text)
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = [&[ALGORITHM], self.public.as_slice()].concat();
        let (id, key) = (hex::encode(self.key.id), STANDARD.encode(key));
        write!(formatter, "{}+{id}+{key}", self.key.name)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let (name, id, public) = parse_key(text)?;
        let key = NoteKey::new(name, &public)?;
        if key.id == id {
            Ok(Self { key, public })
        } else {
            Err(NoteError::Key)
        }
    }
}

/// A private key. `Debug` shows only its name.
pub struct SigningKey {
    verifier: VerifierKey,
    pair: Ed25519KeyPair,
}

impl SigningKey {
    /// The key with this name and 32 secret bytes from a secure generator.
    ///
    /// # Errors
    /// [`NoteError::Name`], [`NoteError::Key`].
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| NoteError::Key)?;
        let public = pair.public_key().as_ref();
        let public: [u8; 32] = public.try_into().map_err(|_| NoteError::Key)?;
        let key = NoteKey::new(name, &public)?;
        let verifier = VerifierKey { key, public };
        Ok(Self { verifier, pair })
    }

    /// The key from its text, `PRIVATE+KEY+name+id+seed`.
    ///
    /// # Errors
    /// [`NoteError`].
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let text = text.strip_prefix(PRIVATE).ok_or(NoteError::Key)?;
        let (name, id, seed) = parse_key(text)?;
        let key = Self::from_seed(name, &seed)?;
        if key.verifier.key.id == id {
            Ok(key)
        } else {
            Err(NoteError::Key)
        }
    }

    /// The text of the private key that [`Self::parse`] reads, for its file and nowhere else.
    ///
    /// # Errors
    /// As [`Self::from_seed`].
    pub fn encode(name: &str, seed: &[u8; 32]) -> Result<String, NoteError> {
        let id = hex::encode(Self::from_seed(name, seed)?.verifier.key.id);
        let seed = STANDARD.encode([&[ALGORITHM], seed.as_slice()].concat());
        Ok(format!("{PRIVATE}{name}+{id}+{seed}"))
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text, which ends with a newline. The same text gives the same note: Ed25519 is deterministic.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when the text does not end with a newline or holds another control character.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !text.ends_with('\n') || text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(NoteError::Malformed);
        }
        let NoteKey { name, id } = &self.verifier.key;
        let signature = self.pair.sign(text.as_bytes());
        let signature = STANDARD.encode([id, signature.as_ref()].concat());
        Ok(format!("{text}\n{SIGNATURE}{name} {signature}\n"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.verifier.key.name)
    }
}
