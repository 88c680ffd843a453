//! Certificates of stations, and connections with them.

use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use cnt_trust::issue::{AuthorityRole, Issued, StationIdentity};
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, ClientConnection, StreamOwned};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

use crate::world::{World, legal_now_s, real_now, siren};

/// A raw TLS connection.
pub(crate) type Socket = StreamOwned<ClientConnection, TcpStream>;

pub(crate) fn identity(station: u8) -> StationIdentity {
    StationIdentity {
        number: format!("ST{station:06}"),
        siren: siren(station),
        organisation: "Commune de Fictive".to_owned(),
    }
}

/// A seal over MIFs with this certificate's key.
pub(crate) fn seal_by<'m>(
    issued: &Issued,
    mifs: impl IntoIterator<Item = &'m [u8]>,
    at: i64,
) -> String {
    let hashes: Vec<_> = mifs.into_iter().map(cnt_trust::sha256).collect();
    cnt_trust::seal::sign(&hashes, at, &issued.signer().unwrap()).unwrap()
}

impl World {
    /// The connection certificate of a station; issued once, for its signature is another each time.
    pub(crate) fn issued(&self, station: u8) -> Issued {
        let mut issued = self.issued.lock().unwrap();
        let known = issued.entry(station).or_insert_with(|| {
            let since = real_now() - 100 * 86_400;
            self.hierarchy
                .issue_station_connection(&identity(station), since)
                .unwrap()
        });
        known.clone()
    }

    /// The seal certificate of a station, valid on the legal clock.
    pub(crate) fn seal_of(&self, station: u8) -> Issued {
        let mut seals = self.seals.lock().unwrap();
        let known = seals.entry(station).or_insert_with(|| {
            let since = legal_now_s() - 100 * 86_400;
            self.hierarchy
                .issue_station_seal(&identity(station), since)
                .unwrap()
        });
        known.clone()
    }

    /// The seal of a station over MIFs, made now on the legal clock.
    pub(crate) fn seal_over<'m>(
        &self,
        station: u8,
        mifs: impl IntoIterator<Item = &'m [u8]>,
    ) -> String {
        seal_by(&self.seal_of(station), mifs, legal_now_s())
    }

    pub(crate) fn fingerprint(&self, station: u8) -> [u8; 32] {
        cnt_trust::sha256(&self.issued(station).certificate_der)
    }

    /// A client's side of TLS, with this certificate or none.
    pub(crate) fn tls(&self, issued: Option<&Issued>) -> TlsConfig {
        let root = self.hierarchy.authority(AuthorityRole::AgentsRoot);
        let root = Certificate::from_der(root.certificate_der()).to_owned();
        let credential = issued.map(|issued| {
            let chain = [Certificate::from_der(&issued.certificate_der).to_owned()];
            let key = PrivateKey::from_pem(issued.key_pem().as_bytes()).unwrap();
            ClientCert::new_with_certs(&chain, key)
        });
        TlsConfig::builder()
            .client_cert(credential)
            .root_certs(RootCerts::new_with_certs(&[root]))
            .unversioned_rustls_crypto_provider(Arc::new(aws_lc_rs::default_provider()))
            .build()
    }

    pub(crate) fn agent_with(&self, issued: Option<&Issued>) -> ureq::Agent {
        ureq::Agent::config_builder()
            .tls_config(self.tls(issued))
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent()
    }

    /// A raw connection, the handshake not begun, of a client that offers these versions.
    pub(crate) fn raw(
        &self,
        issued: Option<&Issued>,
        versions: &[&'static rustls::SupportedProtocolVersion],
    ) -> Socket {
        let mut roots = rustls::RootCertStore::empty();
        let root = self.hierarchy.authority(AuthorityRole::AgentsRoot);
        roots
            .add(CertificateDer::from(root.certificate_der().to_vec()))
            .unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_protocol_versions(versions)
            .unwrap()
            .with_root_certificates(roots);
        let config = match issued {
            None => builder.with_no_client_auth(),
            Some(issued) => {
                let chain = vec![CertificateDer::from(issued.certificate_der.clone())];
                let key = PrivatePkcs8KeyDer::from(issued.key_pkcs8.clone());
                builder.with_client_auth_cert(chain, key.into()).unwrap()
            }
        };
        let name = "localhost".try_into().unwrap();
        let connection = ClientConnection::new(Arc::new(config), name).unwrap();
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        StreamOwned::new(connection, stream)
    }

    /// A raw connection of TLS 1.3, the handshake done as far as the client sees it.
    pub(crate) fn socket(&self, issued: Option<&Issued>) -> std::io::Result<Socket> {
        let mut socket = self.raw(issued, &[&rustls::version::TLS13]);
        while socket.conn.is_handshaking() {
            socket.conn.complete_io(&mut socket.sock)?;
        }
        Ok(socket)
    }

    pub(crate) fn agent(&self, station: u8) -> ureq::Agent {
        let mut agents = self.agents.lock().unwrap();
        let agent = agents
            .entry(station)
            .or_insert_with(|| self.agent_with(Some(&self.issued(station))));
        agent.clone()
    }
}
