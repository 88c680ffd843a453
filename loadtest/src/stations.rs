//! The stations' certificates: what they open connections to the gateway with, and what they seal with.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use cnt_contracts::senders::SendersV1;
use cnt_trust::{Algorithm, SoftwareSigner};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::client::{ClientConfig, GatewayClient, Sealer};
use crate::error::GeneratorError;

/// The stations of a nation with their certificates and keys, and the authority of the gateway's own
/// certificate. Cheap to clone.
#[derive(Clone)]
pub struct Stations {
    root: Certificate<'static>,
    credentials: Arc<HashMap<[u8; 32], Credentials>>,
    provider: Arc<CryptoProvider>,
}

struct Credentials {
    connection: ClientCert,
    sealer: Sealer,
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
    /// Loads `senders.json`, the stations' files and the root of `pki/` of a nation's directory. Seals are dated by
    /// `now`, Unix seconds.
    ///
    /// # Errors
    /// When a file is missing or does not hold what it should.
    pub fn load(nation: &Path, now: fn() -> i64) -> Result<Self, GeneratorError> {
        let senders: SendersV1 = crate::fleet::json(&nation.join("senders.json"))?;
        let root = certificate(&nation.join("pki/agents-root.crt.pem"))?;
        let mut credentials = HashMap::with_capacity(senders.stations.len());
        for station in &senders.stations {
            let chain = [certificate(&nation.join(&station.certificate))?];
            let path = nation.join(&station.key);
            let key = PrivateKey::from_pem(&read(&path)?)
                .map_err(|_| GeneratorError::Pem { path: path.clone() })?;
            let sealer = Sealer {
                signer: Arc::new(seal_key(nation, &station.name)?),
                now,
            };
            let credential = Credentials {
                connection: ClientCert::new_with_certs(&chain, key),
                sealer,
            };
            credentials.insert(station.fingerprint.0, credential);
        }
        Ok(Self {
            root,
            credentials: Arc::new(credentials),
            provider: Arc::new(aws_lc_rs::default_provider()),
        })
    }

    /// Fingerprints of the connection certificates, in their order.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<[u8; 32]> {
        let mut fingerprints: Vec<_> = self.credentials.keys().copied().collect();
        fingerprints.sort_unstable();
        fingerprints
    }

    /// How the station of this fingerprint seals.
    ///
    /// # Errors
    /// When the nation has no such station.
    pub fn sealer(&self, station: [u8; 32]) -> Result<Sealer, GeneratorError> {
        Ok(self.credential(station)?.sealer.clone())
    }

    /// The client's side of TLS with the certificate of this fingerprint.
    ///
    /// # Errors
    /// When the nation has no such station.
    pub fn tls(&self, station: [u8; 32]) -> Result<TlsConfig, GeneratorError> {
        let credential = self.credential(station)?;
        Ok(TlsConfig::builder()
            .client_cert(Some(credential.connection.clone()))
            .root_certs(RootCerts::new_with_certs(std::slice::from_ref(&self.root)))
            .unversioned_rustls_crypto_provider(Arc::clone(&self.provider))
            .build())
    }

    fn credential(&self, station: [u8; 32]) -> Result<&Credentials, GeneratorError> {
        self.credentials
            .get(&station)
            .ok_or(GeneratorError::Nation("station of this fingerprint"))
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
        Ok(GatewayClient::new(
            config,
            self.tls(station)?,
            self.sealer(station)?,
        ))
    }
}

fn seal_key(nation: &Path, station: &str) -> Result<SoftwareSigner, GeneratorError> {
    let file = |kind: &str| nation.join(format!("stations/{station}.seal.{kind}.pem"));
    let (certificate, key) = (file("crt"), file("key"));
    let bad = |path: &Path| GeneratorError::Pem {
        path: path.to_owned(),
    };
    let chain =
        CertificateDer::from_pem_slice(&read(&certificate)?).map_err(|_| bad(&certificate))?;
    let pkcs8 = PrivatePkcs8KeyDer::from_pem_slice(&read(&key)?).map_err(|_| bad(&key))?;
    SoftwareSigner::from_pkcs8(
        Algorithm::Es256,
        pkcs8.secret_pkcs8_der(),
        vec![chain.to_vec()],
    )
    .map_err(|_| bad(&key))
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
