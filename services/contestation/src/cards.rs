//! The cards of those who work for an OMP: who may open a connection with one, and whose it is.
//!
//! Authorities and revocation lists are those of the registry's newest version, at each look.

use std::sync::Arc;

use anyhow::Context as _;
use cnt_flow::{ByVersion, RegistryView};
use cnt_trust::tls::{AuthorityDer, Doorkeeper, Refusal};
use cnt_trust::{CertificateFacts, ConnectionVerifier};

/// Judges operators' authentication certificates. Cheap to clone; clones share everything.
#[derive(Clone)]
pub(crate) struct Cards {
    registry: RegistryView,
    verifiers: Arc<ByVersion<ConnectionVerifier>>,
}

impl Cards {
    pub(crate) fn new(registry: RegistryView) -> Self {
        Self {
            registry,
            verifiers: Arc::default(),
        }
    }

    /// What a certificate (DER) says of its holder, who may come in at `at`, Unix seconds of the real clock.
    ///
    /// # Errors
    /// [`Refusal`].
    pub(crate) fn facts(&self, certificate: &[u8], at: i64) -> Result<CertificateFacts, Refusal> {
        let unable = |why: String| {
            tracing::warn!(error = why, "Cards cannot be judged");
            Refusal::NotNow("no authority is known".to_owned())
        };
        let version = self
            .registry
            .current()
            .ok_or_else(|| unable("no version of the registry yet".to_owned()))?;
        let verifier = self
            .verifiers
            .of(&version, |version| {
                let anchors = &version.anchors;
                let origin = AuthorityDer::from_pem(&anchors.origin_root, &anchors.origin_crls)
                    .context("the registry's origin authority or one of its lists is not PEM")?;
                ConnectionVerifier::of_operators(&origin.certificate, &origin.lists())
                    .context("the registry's origin authority cannot be used")
            })
            .map_err(|error: anyhow::Error| unable(format!("{error:#}")))?;
        Ok(verifier.check(certificate, at)?)
    }
}

impl Doorkeeper for Cards {
    fn check(&self, certificate: &[u8], at: i64) -> Result<(), Refusal> {
        let checked = self.facts(certificate, at);
        if let Err(Refusal::Certificate(error)) = &checked {
            tracing::info!(error = %error, "A card was refused");
        }
        checked.map(drop)
    }
}
