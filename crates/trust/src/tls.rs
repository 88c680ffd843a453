//! Mutual TLS: a server that asks at each handshake who may open a connection.
//!
//! TLS 1.3 only, and sessions are never resumed, so that every connection shows its certificate.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use rustls_pki_types::pem::{self, PemObject as _};
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime};

use crate::connection::ConnectionError;

/// Why nobody comes in.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The certificate opens nothing here.
    #[error(transparent)]
    Certificate(#[from] ConnectionError),
    /// Nobody can be judged now; the handshake says so, and no more.
    #[error("connections cannot be judged yet: {0}")]
    NotNow(String),
}

/// Who may open connections.
pub trait Doorkeeper: Send + Sync + 'static {
    /// Judges a certificate (DER) as of `at`, Unix seconds of the real clock.
    ///
    /// # Errors
    /// [`Refusal`].
    fn check(&self, certificate: &[u8], at: i64) -> Result<(), Refusal>;
}

/// Why a server cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("cannot read {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: pem::Error,
    },
    /// Certificate and key cannot be used, or not together.
    #[error("the server's certificate and key cannot be used")]
    Identity(#[from] Error),
}

/// The server's side of the handshake: its certificate with what leads to the authority, its key, both PEM; and who may
/// come in.
///
/// # Errors
/// When certificate or key cannot be read or do not belong together.
pub fn mutual(
    certificate: &Path,
    key: &Path,
    keeper: impl Doorkeeper,
) -> Result<ServerConfig, TlsError> {
    let file = |path: &Path| {
        let path = path.to_owned();
        |source| TlsError::File { path, source }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(file(certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(file(key))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let door = Door {
        keeper: Box::new(keeper),
        algorithms: provider.signature_verification_algorithms,
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(door))
        .with_single_cert(chain, key)?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// An authority and its revocation lists, DER.
#[derive(Debug, Clone)]
pub struct AuthorityDer {
    /// The certificate.
    pub certificate: CertificateDer<'static>,
    lists: Vec<CertificateRevocationListDer<'static>>,
}

impl AuthorityDer {
    /// Reads them from PEM.
    ///
    /// # Errors
    /// When one of them is not PEM.
    pub fn from_pem(certificate: &str, lists: &[String]) -> Result<Self, pem::Error> {
        let lists = lists
            .iter()
            .map(|pem| CertificateRevocationListDer::from_pem_slice(pem.as_bytes()));
        Ok(Self {
            certificate: CertificateDer::from_pem_slice(certificate.as_bytes())?,
            lists: lists.collect::<Result<_, _>>()?,
        })
    }

    /// The revocation lists.
    #[must_use]
    pub fn lists(&self) -> Vec<&[u8]> {
        self.lists.iter().map(AsRef::as_ref).collect()
    }
}

struct Door {
    keeper: Box<dyn Doorkeeper>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl fmt::Debug for Door {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Door").finish_non_exhaustive()
    }
}

/// What the handshake's alert says.
fn alert(error: &ConnectionError) -> Error {
    let certificate = match error {
        ConnectionError::Unreadable => CertificateError::BadEncoding,
        ConnectionError::Path(path) if path.is_revoked() => CertificateError::Revoked,
        ConnectionError::Path(path) if path.is_expired() => CertificateError::Expired,
        ConnectionError::Path(_) => CertificateError::UnknownIssuer,
        ConnectionError::Profile(_) => CertificateError::InvalidPurpose,
    };
    Error::InvalidCertificate(certificate)
}

impl ClientCertVerifier for Door {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let at = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        match self.keeper.check(end_entity, at) {
            Ok(()) => Ok(ClientCertVerified::assertion()),
            Err(Refusal::Certificate(error)) => Err(alert(&error)),
            Err(refusal @ Refusal::NotNow(_)) => Err(Error::General(refusal.to_string())),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.3 only".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
