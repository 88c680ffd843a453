//! Signing with a card, or any token, over PKCS#11.
//!
//! The key is made on the token and never leaves it; the token signs. Nothing that verifies
//! messages comes here.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{
    Attribute, AttributeType, CertificateType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm, SigningKey};
use x509_cert::Certificate;
use x509_cert::der::asn1::OctetStringRef;
use x509_cert::der::{Decode, Encode};

use crate::algorithm::Algorithm;
use crate::codec;
use crate::signer::{MessageSigner, SignError};

/// Why a token cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The personal code is not the token's. Cards block after a few of these.
    #[error("the PIN is wrong")]
    PinWrong,
    /// Too many wrong codes.
    #[error("the token is blocked")]
    PinBlocked,
    /// The environment variable with the personal code is not set.
    #[error("the environment variable {variable} with the PIN is not set")]
    PinMissing {
        /// Its name.
        variable: String,
    },
    /// No token of that label is inserted.
    #[error("there is no token {label:?}")]
    NoToken {
        /// The label asked for.
        label: String,
    },
    /// The token does not hold what is asked for.
    #[error("the token holds no {what} under that identifier")]
    NoObject {
        /// The kind of object.
        what: &'static str,
    },
    /// The key is none the profile signs with, or not the certificate's.
    #[error("the token's key is neither P-256 nor RSA, or not its certificate's")]
    KeyRefused,
    /// The library or the token failed.
    #[error("the token failed")]
    Token(#[source] Error),
}

impl From<Error> for TokenError {
    fn from(error: Error) -> Self {
        match error {
            Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange, _) => Self::PinWrong,
            Error::Pkcs11(RvError::PinLocked, _) => Self::PinBlocked,
            other => Self::Token(other),
        }
    }
}

/// A personal code: never shown, wiped from memory after use.
#[derive(Debug)]
pub struct Pin(AuthPin);

impl Pin {
    /// The code somebody has just typed.
    #[must_use]
    pub fn new(code: String) -> Self {
        Self(AuthPin::new(code.into_boxed_str()))
    }

    /// The code in an environment variable. There is none on the command line, where everybody
    /// on the machine could read it.
    ///
    /// # Errors
    /// When the variable is not set.
    pub fn from_environment(variable: &str) -> Result<Self, TokenError> {
        std::env::var(variable)
            .map(Self::new)
            .map_err(|_| TokenError::PinMissing {
                variable: variable.to_owned(),
            })
    }
}

/// Where a token is and how it is opened; what a file or a command line may say of it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenAccess {
    /// The PKCS#11 library.
    pub module: PathBuf,
    /// Label of the token.
    pub token: String,
    /// The environment variable with the personal code.
    pub pin_variable: String,
}

impl TokenAccess {
    /// Opens the token.
    ///
    /// # Errors
    /// When library, token or code are missing, or the code is wrong.
    pub fn open(&self) -> Result<Token, TokenError> {
        let pin = Pin::from_environment(&self.pin_variable)?;
        Token::open(&self.module, &self.token, &pin)
    }
}

/// The library, loaded and initialised once in this process: it would be ended for all by the first who leaves it.
fn library(module: &Path) -> Result<Pkcs11, TokenError> {
    static LOADED: Mutex<BTreeMap<PathBuf, Pkcs11>> = Mutex::new(BTreeMap::new());
    // Nothing under the lock can panic half way.
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(library) = loaded.get(module) {
        return Ok(library.clone());
    }
    let library = Pkcs11::new(module)?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        other => other?,
    }
    loaded.insert(module.to_owned(), library.clone());
    Ok(library)
}

/// A token opened with its personal code.
#[derive(Debug)]
pub struct Token {
    session: Session,
}

/// `1.2.840.10045.3.1.7`, DER.
const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// The `SubjectPublicKeyInfo` of a P-256 key up to its point (RFC 5480 §2).
const P256_INFO: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

impl Token {
    /// Opens the token of that label through the PKCS#11 library `module`.
    ///
    /// # Errors
    /// When library or token are missing, or the code is wrong.
    pub fn open(module: &Path, label: &str, pin: &Pin) -> Result<Self, TokenError> {
        let library = library(module)?;
        for slot in library.get_slots_with_initialized_token()? {
            if library.get_token_info(slot)?.label().trim_end() == label {
                let session = library.open_rw_session(slot)?;
                match session.login(UserType::User, Some(&pin.0)) {
                    // Another session of this process did, and all of them are.
                    Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
                    other => other?,
                }
                return Ok(Self { session });
            }
        }
        Err(TokenError::NoToken {
            label: label.to_owned(),
        })
    }

    /// Makes a P-256 key on the token, which it never leaves; its `SubjectPublicKeyInfo`, DER, for
    /// the authority to certify.
    ///
    /// # Errors
    /// When the token cannot.
    pub fn generate_p256(&self, id: &[u8], label: &str) -> Result<Vec<u8>, TokenError> {
        let names = [
            Attribute::Token(true),
            Attribute::Id(id.to_vec()),
            Attribute::Label(label.as_bytes().to_vec()),
        ];
        let public = [
            &names[..],
            &[
                Attribute::Private(false),
                Attribute::EcParams(P256.to_vec()),
            ],
        ];
        let private = [
            &names[..],
            &[
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Sign(true),
            ],
        ];
        let (public, _) = self.session.generate_key_pair(
            &Mechanism::EccKeyPairGen,
            &public.concat(),
            &private.concat(),
        )?;
        Ok([&P256_INFO, &self.point(public)?[..]].concat())
    }

    /// Puts the certificate of a key beside it.
    ///
    /// # Errors
    /// When the certificate cannot be read or the token refuses it.
    pub fn store_certificate(&self, id: &[u8], der: &[u8]) -> Result<(), TokenError> {
        let certificate = Certificate::from_der(der).map_err(|_| TokenError::KeyRefused)?;
        let subject = certificate.tbs_certificate().subject().to_der();
        self.session.create_object(&[
            Attribute::Class(ObjectClass::CERTIFICATE),
            Attribute::CertificateType(CertificateType::X_509),
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Id(id.to_vec()),
            Attribute::Subject(subject.map_err(|_| TokenError::KeyRefused)?),
            Attribute::Value(der.to_vec()),
        ])?;
        Ok(())
    }

    /// Whether the token holds a private key under that identifier: whoever makes one there looks first.
    ///
    /// # Errors
    /// When the token cannot say.
    pub fn has_key(&self, id: &[u8]) -> Result<bool, TokenError> {
        let wanted = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Id(id.to_vec()),
        ];
        Ok(!self.session.find_objects(&wanted)?.is_empty())
    }

    /// Removes everything under that identifier.
    ///
    /// # Errors
    /// When the token refuses.
    pub fn destroy(&self, id: &[u8]) -> Result<(), TokenError> {
        for object in self.session.find_objects(&[Attribute::Id(id.to_vec())])? {
            self.session.destroy_object(object)?;
        }
        Ok(())
    }

    /// The key of that identifier, for certificates and revocation lists.
    ///
    /// # Errors
    /// When the token lacks it, or it is not P-256.
    pub fn into_key(self, id: &[u8]) -> Result<TokenKey, TokenError> {
        let object = |class, what| {
            let wanted = [Attribute::Class(class), Attribute::Id(id.to_vec())];
            let found = self.session.find_objects(&wanted)?;
            found.first().copied().ok_or(TokenError::NoObject { what })
        };
        let key = object(ObjectClass::PRIVATE_KEY, "private key")?;
        let public = object(ObjectClass::PUBLIC_KEY, "public key")?;
        if self.algorithm(key)? != Algorithm::Es256 {
            return Err(TokenError::KeyRefused);
        }
        let point = self.point(public)?;
        Ok(TokenKey {
            session: Mutex::new(self.session),
            key,
            point,
        })
    }

    /// The point of a P-256 public key, uncompressed.
    fn point(&self, public: ObjectHandle) -> Result<Vec<u8>, TokenError> {
        let found = self
            .session
            .get_attributes(public, &[AttributeType::EcPoint])?;
        let point = found.iter().find_map(|attribute| match attribute {
            Attribute::EcPoint(der) => <&OctetStringRef>::from_der(der).ok(),
            _ => None,
        });
        point
            .filter(|point| point.as_bytes().len() == 65)
            .map(|point| point.as_bytes().to_vec())
            .ok_or(TokenError::KeyRefused)
    }

    /// A signer with the key and the certificate of that identifier.
    ///
    /// # Errors
    /// When the token lacks one of them, or the key is not the certificate's.
    pub fn into_signer(self, id: &[u8]) -> Result<TokenSigner, TokenError> {
        let object = |class, what| {
            let found = self
                .session
                .find_objects(&[Attribute::Class(class), Attribute::Id(id.to_vec())])?;
            found.first().copied().ok_or(TokenError::NoObject { what })
        };
        let key = object(ObjectClass::PRIVATE_KEY, "private key")?;
        let certificate = object(ObjectClass::CERTIFICATE, "certificate")?;
        let algorithm = self.algorithm(key)?;
        let found = self
            .session
            .get_attributes(certificate, &[AttributeType::Value])?;
        let der = found.into_iter().find_map(|attribute| match attribute {
            Attribute::Value(der) => Some(der),
            _ => None,
        });
        let signer = TokenSigner {
            session: self.session,
            key,
            algorithm,
            chain: vec![der.ok_or(TokenError::NoObject {
                what: "certificate",
            })?],
        };
        signer.check_certificate()?;
        Ok(signer)
    }

    fn algorithm(&self, key: ObjectHandle) -> Result<Algorithm, TokenError> {
        let found = self
            .session
            .get_attributes(key, &[AttributeType::KeyType])?;
        match found.first() {
            Some(Attribute::KeyType(KeyType::EC)) => Ok(Algorithm::Es256),
            Some(Attribute::KeyType(KeyType::RSA)) => Ok(Algorithm::Rs256),
            _ => Err(TokenError::KeyRefused),
        }
    }
}

/// A key on a token.
#[derive(Debug)]
pub struct TokenSigner {
    session: Session,
    key: ObjectHandle,
    algorithm: Algorithm,
    chain: Vec<Vec<u8>>,
}

impl TokenSigner {
    /// Signs once and verifies with the certificate: nothing else tells that they belong together.
    fn check_certificate(&self) -> Result<(), TokenError> {
        const TRIAL: &[u8] = b"cnt-trust";
        let refused = |_| TokenError::KeyRefused;
        let signature = self.sign(TRIAL).map_err(refused)?;
        let verifies = self.chain.first().is_some_and(|der| {
            crate::certificate::verifies(der, self.algorithm, TRIAL, &signature)
        });
        verifies.then_some(()).ok_or(TokenError::KeyRefused)
    }
}

impl MessageSigner for TokenSigner {
    fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    fn certificate_chain_der(&self) -> &[Vec<u8>] {
        &self.chain
    }

    fn sign(&self, signing_input: &[u8]) -> Result<Vec<u8>, SignError> {
        let signed = match self.algorithm {
            // Few tokens hash for ECDSA; they give r‖s, as JWS wants it.
            Algorithm::Es256 => {
                let hash = codec::sha256(signing_input);
                self.session.sign(&Mechanism::Ecdsa, self.key, &hash)
            }
            Algorithm::Rs256 => {
                let mechanism = Mechanism::Sha256RsaPkcs;
                self.session.sign(&mechanism, self.key, signing_input)
            }
        };
        signed.map_err(|error| SignError::Refused(error.into()))
    }
}

/// A P-256 key on a token that signs certificates, requests and revocation lists.
#[derive(Debug)]
pub struct TokenKey {
    session: Mutex<Session>,
    key: ObjectHandle,
    point: Vec<u8>,
}

impl PublicKeyData for TokenKey {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl SigningKey for TokenKey {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        let hash = codec::sha256(message);
        // A session does one thing at a time, and has nothing half done after a panic.
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let signed = session.sign(&Mechanism::Ecdsa, self.key, &hash);
        drop(session);
        let raw = signed.map_err(|_| rcgen::Error::RemoteKeyError)?;
        let der = crate::ecdsa::der_from_raw(&raw).ok_or(rcgen::Error::RemoteKeyError)?;
        Ok(der.as_bytes().to_vec())
    }
}
