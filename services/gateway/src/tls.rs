//! Mutual TLS: the gateway's certificate, and who may open a connection.
//!
//! Authorities and revocation lists are those of the registry's newest version, at each handshake; nothing is loaded
//! once. Sessions are never resumed, so that every connection shows its certificate.

use std::any::Any;
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use anyhow::Context;
use cnt_flow::{RegistryVersion, RegistryView};
use cnt_trust::seal::SealVerifier;
use cnt_trust::{CertificateFacts, ConnectionError, ConnectionVerifier};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, aws_lc_rs, verify_tls13_signature};
use rustls::server::NoServerSessionStorage;
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, ServerConfig,
    SignatureScheme,
};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, CertificateRevocationListDer, PrivateKeyDer, UnixTime};

use crate::config::TlsSection;
use crate::places::{Place, Places};

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is inside is replaced whole: a panic elsewhere leaves nothing half done.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Judges stations by one version of the registry.
pub(crate) struct Judge {
    /// Their connection certificates.
    pub(crate) connections: ConnectionVerifier,
    /// Their seals.
    pub(crate) seals: SealVerifier,
}

/// Judges stations by a version of the registry; the last judge is kept.
#[derive(Default)]
pub(crate) struct Judges {
    last: Mutex<Option<(u64, Arc<Judge>)>>,
}

impl Judges {
    /// The judge by the authorities and lists of that version.
    pub(crate) fn of(&self, version: &RegistryVersion) -> anyhow::Result<Arc<Judge>> {
        let number = version.registry.version;
        if let Some((known, judge)) = &*locked(&self.last)
            && *known == number
        {
            return Ok(Arc::clone(judge));
        }
        let root = CertificateDer::from_pem_slice(version.anchors.origin_root.as_bytes())
            .context("the registry's origin authority is not PEM")?;
        let lists = version
            .anchors
            .origin_crls
            .iter()
            .map(|pem| CertificateRevocationListDer::from_pem_slice(pem.as_bytes()))
            .collect::<Result<Vec<_>, _>>()
            .context("a revocation list of the registry is not PEM")?;
        let lists: Vec<&[u8]> = lists.iter().map(AsRef::as_ref).collect();
        let judge = Arc::new(Judge {
            connections: ConnectionVerifier::new(&root, &lists)?,
            seals: SealVerifier::new(&root, &lists)?,
        });
        *locked(&self.last) = Some((number, Arc::clone(&judge)));
        Ok(judge)
    }
}

/// Lets in who shows a connection certificate of the origin authority.
struct Stations {
    registry: RegistryView,
    judges: Arc<Judges>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl fmt::Debug for Stations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Stations").finish_non_exhaustive()
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

impl ClientCertVerifier for Stations {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let unable = |why: String| {
            tracing::warn!(error = why, "Connection cannot be judged");
            Error::General("connections cannot be judged yet".to_owned())
        };
        let version = self
            .registry
            .current()
            .ok_or_else(|| unable("no version of the registry yet".to_owned()))?;
        let judge = self
            .judges
            .of(&version)
            .map_err(|error| unable(format!("{error:#}")))?;
        let at = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        match judge.connections.check(end_entity, at) {
            Ok(_) => Ok(ClientCertVerified::assertion()),
            Err(error) => {
                tracing::info!(error = %error, "Connection refused");
                Err(alert(&error))
            }
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

/// The server's side of the handshake.
///
/// # Errors
/// When certificate or key cannot be read or do not belong together.
pub(crate) fn server_config(
    section: &TlsSection,
    registry: RegistryView,
    judges: Arc<Judges>,
) -> anyhow::Result<ServerConfig> {
    let named = |path: &Path| format!("cannot read {}", path.display());
    let chain = CertificateDer::pem_file_iter(&section.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .with_context(|| named(&section.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&section.key).with_context(|| named(&section.key))?;
    let provider = Arc::new(aws_lc_rs::default_provider());
    let stations = Stations {
        registry,
        judges,
        algorithms: provider.signature_verification_algorithms,
    };
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(Arc::new(stations))
        .with_single_cert(chain, key)
        .context("the gateway's certificate and key cannot be used")?;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

/// Who is at the other end of a connection.
pub(crate) struct Peer {
    pub(crate) certificate: CertificateDer<'static>,
    pub(crate) fingerprint: [u8; 32],
    /// Version of the registry that let it in last, and what the certificate says.
    pub(crate) judged: Mutex<Option<(u64, Arc<CertificateFacts>)>>,
    /// Its place among the station's connections; `None` when there was none left.
    place: Option<Place>,
}

impl Peer {
    /// Whether the station has too many connections for this one to be served.
    pub(crate) fn is_one_too_many(&self) -> bool {
        self.place.is_none()
    }

    /// What the certificate says; judged anew when the registry has changed since or its validity has ended.
    ///
    /// # Errors
    /// Why it is not let in any more; or that the registry's authorities cannot be used.
    pub(crate) fn check(
        &self,
        judges: &Judges,
        version: &RegistryVersion,
        at: i64,
    ) -> anyhow::Result<Result<Arc<CertificateFacts>, ConnectionError>> {
        let number = version.registry.version;
        if let Some((by, facts)) = &*locked(&self.judged)
            && *by == number
            && at <= facts.not_after
        {
            return Ok(Ok(Arc::clone(facts)));
        }
        let judge = judges.of(version)?;
        let facts = match judge.connections.check(&self.certificate, at) {
            Ok(facts) => Arc::new(facts),
            Err(error) => return Ok(Err(error)),
        };
        *locked(&self.judged) = Some((number, Arc::clone(&facts)));
        Ok(Ok(facts))
    }
}

/// Notes who opened a connection.
pub(crate) fn note(places: &Places, connection: &dyn Any, data: &mut Extensions) {
    let certificate = connection
        .downcast_ref::<TlsStream<TcpStream>>()
        .and_then(|stream| stream.get_ref().1.peer_certificates()?.first());
    // Without one there is no peer, and every request is refused.
    if let Some(certificate) = certificate {
        let fingerprint = cnt_trust::sha256(certificate);
        data.insert(Peer {
            certificate: certificate.clone().into_owned(),
            fingerprint,
            judged: Mutex::new(None),
            place: places.take(fingerprint),
        });
    }
}
