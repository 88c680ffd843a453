//! Signing: the profile's header, and keys in software.

use std::fmt::Write as _;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256,
};
use x509_cert::Certificate;
use x509_cert::der::Decode;

use crate::algorithm::Algorithm;
use crate::codec;
use crate::header::X5C_COUNT_MAX;

/// Why a message could not be signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// The private key cannot be read as a key of the algorithm.
    #[error("not a private key for {algorithm}")]
    KeyRejected {
        /// The algorithm asked for.
        algorithm: Algorithm,
    },
    /// The first certificate cannot be read.
    #[error("the signer's certificate is not a well-formed certificate")]
    CertificateMalformed,
    /// There are no certificates, or more than three.
    #[error("a signer has one to three certificates")]
    CertificateCount,
    /// Key and certificate do not belong together.
    #[error("the private key is not the certificate's")]
    KeyNotOfCertificate,
    /// The library or the card refused to sign.
    #[error("signing failed")]
    Refused(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// A key that signs messages, in software or on a card.
pub trait MessageSigner {
    /// The algorithm of its key.
    fn algorithm(&self) -> Algorithm;

    /// The signer's certificate first, then at most two authorities', as DER.
    fn certificate_chain_der(&self) -> &[Vec<u8>];

    /// Signs the bytes; the signature is in the form JWS carries (r‖s for ES256).
    ///
    /// # Errors
    /// When the key cannot be used.
    fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, SignError>;
}

/// A private key held in memory.
#[derive(Debug)]
pub struct SoftwareSigner {
    key: SoftwareKey,
    chain: Vec<Vec<u8>>,
}

#[derive(Debug)]
enum SoftwareKey {
    Ecdsa(EcdsaKeyPair),
    Rsa(rsa::KeyPair),
}

impl SoftwareSigner {
    /// A signer of a PKCS#8 key and the certificates that go with it, the signer's first.
    ///
    /// # Errors
    /// When key or certificate cannot be read or do not belong together.
    pub fn from_pkcs8(
        algorithm: Algorithm,
        key_pkcs8: &[u8],
        chain: Vec<Vec<u8>>,
    ) -> Result<Self, SignError> {
        let rejected = SignError::KeyRejected { algorithm };
        let key = match algorithm {
            Algorithm::Es256 => {
                EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key_pkcs8)
                    .map(SoftwareKey::Ecdsa)
            }
            Algorithm::Rs256 => rsa::KeyPair::from_pkcs8(key_pkcs8).map(SoftwareKey::Rsa),
        }
        .map_err(|_| rejected)?;
        if chain.len() > X5C_COUNT_MAX {
            return Err(SignError::CertificateCount);
        }
        let first = chain.first().ok_or(SignError::CertificateCount)?;
        let certificate =
            Certificate::from_der(first).map_err(|_| SignError::CertificateMalformed)?;
        let info = certificate.tbs_certificate().subject_public_key_info();
        if info.subject_public_key.as_bytes() != Some(key.public_key()) {
            return Err(SignError::KeyNotOfCertificate);
        }
        Ok(Self { key, chain })
    }
}

impl SoftwareKey {
    fn public_key(&self) -> &[u8] {
        match self {
            Self::Ecdsa(key) => key.public_key().as_ref(),
            Self::Rsa(key) => key.public_key().as_ref(),
        }
    }
}

impl MessageSigner for SoftwareSigner {
    fn algorithm(&self) -> Algorithm {
        match self.key {
            SoftwareKey::Ecdsa(_) => Algorithm::Es256,
            SoftwareKey::Rsa(_) => Algorithm::Rs256,
        }
    }

    fn certificate_chain_der(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match &self.key {
            SoftwareKey::Ecdsa(key) => key
                .sign(&random, signing_input)
                .map(|signature| signature.as_ref().to_vec())
                .map_err(|error| SignError::Refused(error.into())),
            SoftwareKey::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, signing_input, &mut signature)
                    .map_err(|error| SignError::Refused(error.into()))?;
                Ok(signature)
            }
        }
    }
}

/// Signs a payload as a compact JWS of the profile, signed at `iat` (Unix seconds).
///
/// # Errors
/// When the signer has no certificate or cannot sign.
pub fn sign_compact(
    payload: &[u8],
    iat: i64,
    signer: &dyn MessageSigner,
) -> Result<String, SignError> {
    let mut message = String::with_capacity(4096 + payload.len() * 4 / 3);
    let header = protected_header(iat, signer)?;
    codec::encode_url_to(header.as_bytes(), &mut message);
    message.push('.');
    codec::encode_url_to(payload, &mut message);
    let signature = signer.sign(message.as_bytes())?;
    message.push('.');
    codec::encode_url_to(&signature, &mut message);
    Ok(message)
}

fn protected_header(iat: i64, signer: &dyn MessageSigner) -> Result<String, SignError> {
    let chain = signer.certificate_chain_der();
    let first = chain.first().ok_or(SignError::CertificateCount)?;
    let mut thumbprint = String::with_capacity(43);
    codec::encode_url_to(&codec::sha256(first), &mut thumbprint);
    let certificates: Vec<String> = chain
        .iter()
        .map(|der| format!("\"{}\"", codec::encode_padded(der)))
        .collect();
    let mut header = String::with_capacity(2048);
    write!(
        header,
        r#"{{"alg":"{}","typ":"jose","cty":"json","x5c":[{}],"x5t#S256":"{thumbprint}","iat":{iat}}}"#,
        signer.algorithm(),
        certificates.join(","),
    )
    .map_err(|error| SignError::Refused(error.into()))?;
    Ok(header)
}
