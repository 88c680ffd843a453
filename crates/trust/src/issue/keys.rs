//! Private keys, drawn from the seed where the library allows it.

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use rcgen::{
    KeyPair, PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_RSA_SHA256, PublicKeyData,
    RsaKeySize, SignatureAlgorithm, SigningKey,
};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

use super::IssueError;
use crate::algorithm::Algorithm;
use crate::pkcs11::{TokenAccess, TokenKey};
use crate::serial::SerialNumber;

/// The kind of a holder's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// P-256, drawn from the seed: the same seed gives the same key.
    P256,
    /// RSA of 2048 bits, random: takes some 100 ms.
    Rsa2048,
    /// RSA of 3072 bits, random: takes some 300 ms.
    Rsa3072,
}

impl KeyKind {
    /// The signature algorithm that goes with the key.
    #[must_use]
    pub const fn algorithm(self) -> Algorithm {
        match self {
            Self::P256 => Algorithm::Es256,
            Self::Rsa2048 | Self::Rsa3072 => Algorithm::Rs256,
        }
    }
}

/// The key of an authority.
pub(super) enum AuthorityKey {
    /// In this process and in a file.
    Software(KeyPair),
    /// On a token, which signs.
    Token {
        /// It.
        key: TokenKey,
        /// Where it is.
        place: TokenPlace,
    },
}

/// Where the key of an authority is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TokenPlace {
    /// The token.
    pub(super) access: TokenAccess,
    /// Identifier of the key on it, hexadecimal.
    pub(super) id: String,
}

impl AuthorityKey {
    /// Opens a key on a token.
    pub(super) fn on_token(place: TokenPlace) -> Result<Self, IssueError> {
        let id = hex::decode(&place.id).map_err(|_| IssueError::Key {
            label: place.id.clone(),
        })?;
        let key = place.access.open()?.into_key(&id)?;
        Ok(Self::Token { key, place })
    }

    /// Makes a key on a token.
    pub(super) fn make_on_token(
        access: &TokenAccess,
        id: u8,
        label: &str,
    ) -> Result<Self, IssueError> {
        let token = access.open()?;
        if token.has_key(&[id])? {
            return Err(IssueError::Key {
                label: format!("{label}: the token holds one already"),
            });
        }
        token.generate_p256(&[id], label)?;
        let key = token.into_key(&[id])?;
        let place = TokenPlace {
            access: access.clone(),
            id: hex::encode([id]),
        };
        Ok(Self::Token { key, place })
    }
}

impl PublicKeyData for AuthorityKey {
    fn der_bytes(&self) -> &[u8] {
        match self {
            Self::Software(key) => key.der_bytes(),
            Self::Token { key, .. } => key.der_bytes(),
        }
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        match self {
            Self::Software(key) => key.algorithm(),
            Self::Token { key, .. } => key.algorithm(),
        }
    }
}

impl SigningKey for AuthorityKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        match self {
            Self::Software(key) => key.sign(message),
            Self::Token { key, .. } => key.sign(message),
        }
    }
}

/// Everything the seed decides. One label, one value: labels name holder and purpose.
pub(super) struct Seed {
    key: hmac::Key,
}

impl Seed {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        Self {
            key: hmac::Key::new(hmac::HMAC_SHA256, seed),
        }
    }

    /// HMAC-SHA256 in counter mode (NIST SP 800-108 §4.1), one block.
    fn block(&self, purpose: &str, label: &str, counter: u8) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.key);
        context.update(&[counter]);
        context.update(b"cnt-trust/v1/");
        context.update(purpose.as_bytes());
        context.update(&[0]);
        context.update(label.as_bytes());
        let mut block = [0; 32];
        block.copy_from_slice(context.sign().as_ref());
        block
    }

    /// Sixteen bytes, positive and of full length: unpredictable without the seed.
    pub(super) fn serial(&self, label: &str) -> Result<SerialNumber, IssueError> {
        let block = self.block("serial", label, 0);
        let mut bytes: [u8; 16] = block.first_chunk().copied().unwrap_or_default();
        if let Some(first) = bytes.first_mut() {
            *first = *first & 0x7f | 0x40;
        }
        SerialNumber::from_bytes(&bytes).map_err(|_| IssueError::Key {
            label: label.to_owned(),
        })
    }

    /// The key of that kind and label, as PKCS#8.
    pub(super) fn key(&self, kind: KeyKind, label: &str) -> Result<KeyPair, IssueError> {
        match kind {
            KeyKind::P256 => self.p256(label),
            KeyKind::Rsa2048 => rsa(RsaKeySize::_2048),
            KeyKind::Rsa3072 => rsa(RsaKeySize::_3072),
        }
    }

    pub(super) fn p256(&self, label: &str) -> Result<KeyPair, IssueError> {
        // A block outside 1..n is refused by the library; the chance is 2⁻³² for each.
        let pkcs8 = (0..=u8::MAX).find_map(|counter| {
            let scalar = self.block("p256", label, counter);
            let key = EcdsaKeyPair::from_private_key_der(
                &ECDSA_P256_SHA256_FIXED_SIGNING,
                &ec_private_key(&scalar),
            );
            Some(key.ok()?.to_pkcs8v1().ok()?.as_ref().to_vec())
        });
        let pkcs8 = pkcs8.ok_or_else(|| IssueError::Key {
            label: label.to_owned(),
        })?;
        read_pkcs8(&pkcs8, Algorithm::Es256)
    }
}

/// `ECPrivateKey` of RFC 5915 without its public key, which the library computes.
fn ec_private_key(scalar: &[u8; 32]) -> Vec<u8> {
    let mut der = vec![0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20];
    der.extend_from_slice(scalar);
    // [0] { OBJECT IDENTIFIER 1.2.840.10045.3.1.7 }
    der.extend_from_slice(&[
        0xa0, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
    ]);
    der
}

pub(super) fn rsa(size: RsaKeySize) -> Result<KeyPair, IssueError> {
    Ok(KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, size)?)
}

pub(super) fn p384() -> Result<KeyPair, IssueError> {
    Ok(KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?)
}

pub(super) fn read_pkcs8(pkcs8: &[u8], algorithm: Algorithm) -> Result<KeyPair, IssueError> {
    let algorithm = match algorithm {
        Algorithm::Es256 => &PKCS_ECDSA_P256_SHA256,
        Algorithm::Rs256 => &PKCS_RSA_SHA256,
    };
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
    Ok(KeyPair::from_der_and_sign_algo(&key, algorithm)?)
}
