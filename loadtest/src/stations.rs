//! The stations' connection certificates: what they open connections to the gateway with.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use cnt_contracts::senders::SendersV1;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::client::{ClientConfig, GatewayClient};
use crate::error::GeneratorError;

/// The stations of a nation with their connection certificates and keys, and the authority of the gateway's own
/// certificate. Cheap to clone.
#[derive(Clone)]
pub struct Stations {
    root: Certificate<'static>,
    credentials: Arc<HashMap<[u8; 32], ClientCert>>,
    provider: Arc<CryptoProvider>,
}

impl std::fmt::Debug for Stations {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Stations")
            .field("stations", &self.credentials.len())
            .finish_non_exhaustive()
    }
}

impl Stations {
    /// Loads `senders.json`, the stations' files and the root of `pki/` of a nation's directory.
    ///
    /// # Errors
    /// When a file is missing or does not hold what it should.
    pub fn load(nation: &Path) -> Result<Self, GeneratorError> {
        let senders: SendersV1 = crate::fleet::json(&nation.join("senders.json"))?;
        let root = certificate(&nation.join("pki/agents-root.crt.pem"))?;
        let mut credentials = HashMap::with_capacity(senders.stations.len());
        for station in &senders.stations {
            let chain = [certificate(&nation.join(&station.certificate))?];
            let path = nation.join(&station.key);
            let key = PrivateKey::from_pem(&read(&path)?)
                .map_err(|_| GeneratorError::Pem { path: path.clone() })?;
            let credential = ClientCert::new_with_certs(&chain, key);
            credentials.insert(station.fingerprint.0, credential);
        }
        Ok(Self {
            root,
            credentials: Arc::new(credentials),
            provider: Arc::new(aws_lc_rs::default_provider()),
        })
    }

    /// A client of the gateway that connects as the station of this fingerprint.
    ///
    /// # Errors
    /// When the nation has no such station.
    pub fn client(
        &self,
        config: ClientConfig,
        station: [u8; 32],
    ) -> Result<GatewayClient, GeneratorError> {
        let credential = self
            .credentials
            .get(&station)
            .ok_or(GeneratorError::Nation("station of this fingerprint"))?;
        let tls = TlsConfig::builder()
            .client_cert(Some(credential.clone()))
            .root_certs(RootCerts::new_with_certs(std::slice::from_ref(&self.root)))
            .unversioned_rustls_crypto_provider(Arc::clone(&self.provider))
            .build();
        Ok(GatewayClient::new(config, tls))
    }
}

fn certificate(path: &Path) -> Result<Certificate<'static>, GeneratorError> {
    Certificate::from_pem(&read(path)?).map_err(|_| GeneratorError::Pem {
        path: path.to_owned(),
    })
}

fn read(path: &Path) -> Result<Vec<u8>, GeneratorError> {
    std::fs::read(path).map_err(|source| GeneratorError::File {
        path: path.to_owned(),
        source,
    })
}
