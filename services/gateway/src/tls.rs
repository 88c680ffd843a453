//! Who may open a connection, and who did.
//!
//! Authorities and revocation lists are those of the registry's newest version, at each handshake; nothing is loaded
//! once.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::dev::Extensions;
use actix_web::rt::net::TcpStream;
use anyhow::Context;
use cnt_flow::{ByVersion, RegistryVersion, RegistryView};
use cnt_trust::seal::SealVerifier;
use cnt_trust::tls::{AuthorityDer, Doorkeeper, Refusal};
use cnt_trust::{CertificateFacts, ConnectionError, ConnectionVerifier};
use rustls_pki_types::CertificateDer;

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
pub(crate) struct Judges(ByVersion<Judge>);

impl Judges {
    /// The judge by the authorities and lists of that version.
    pub(crate) fn of(&self, version: &RegistryVersion) -> anyhow::Result<Arc<Judge>> {
        self.0.of(version, |version| {
            let anchors = &version.anchors;
            let origin = AuthorityDer::from_pem(&anchors.origin_root, &anchors.origin_crls)
                .context("the registry's origin authority or one of its lists is not PEM")?;
            let (root, lists) = (&origin.certificate, origin.lists());
            Ok(Judge {
                connections: ConnectionVerifier::of_stations(root, &lists)?,
                seals: SealVerifier::new(root, &lists)?,
            })
        })
    }
}

/// Lets in who shows a connection certificate of the origin authority.
pub(crate) struct Stations {
    pub(crate) registry: RegistryView,
    pub(crate) judges: Arc<Judges>,
}

impl Doorkeeper for Stations {
    fn check(&self, certificate: &[u8], at: i64) -> Result<(), Refusal> {
        let unable = |why: String| {
            tracing::warn!(error = why, "Connection cannot be judged");
            Refusal::NotNow("no authority is known".to_owned())
        };
        let version = self
            .registry
            .current()
            .ok_or_else(|| unable("no version of the registry yet".to_owned()))?;
        let judge = self
            .judges
            .of(&version)
            .map_err(|error| unable(format!("{error:#}")))?;
        let checked = judge.connections.check(certificate, at);
        if let Err(error) = &checked {
            tracing::info!(error = %error, "Connection refused");
        }
        Ok(checked.map(drop)?)
    }
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
