//! Certificates for keys made elsewhere: holders prove that they have the key, and keep it.

use rcgen::{
    CertificateParams, CertificateSigningRequestParams, KeyPair, PKCS_ECDSA_P256_SHA256, PublicKey,
    PublicKeyData as _, SigningKey,
};
use rustls_pki_types::CertificateSigningRequestDer;
use rustls_pki_types::pem::PemObject as _;
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use super::IssueError;
use super::authority::AuthorityRole;
use super::hierarchy::{Hierarchy, LabelledSpec};
use super::identity::{AgentIdentity, CardUse, StationIdentity, StationUse};
use super::keys::{KeyKind, Seed};
use crate::certificate::VerifyingKey;
use crate::pkcs11::TokenKey;
use crate::serial::SerialNumber;

/// A P-256 key made here for a holder, at random.
pub struct HolderKey {
    key: KeyPair,
}

impl std::fmt::Debug for HolderKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("HolderKey(***)")
    }
}

impl HolderKey {
    /// Makes a key.
    ///
    /// # Errors
    /// When the library cannot.
    pub fn generate() -> Result<Self, IssueError> {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256)?;
        Ok(Self { key })
    }

    /// The private key, PKCS#8 in PEM.
    #[must_use]
    pub fn key_pem(&self) -> String {
        super::storage::pem("PRIVATE KEY", &self.key.serialize_der())
    }

    /// A request for a certificate (PKCS#10, RFC 2986), PEM. It names nobody: who the holder is, the authority knows.
    ///
    /// # Errors
    /// When the library cannot sign it.
    pub fn request_pem(&self) -> Result<String, IssueError> {
        request_pem(&self.key)
    }
}

impl TokenKey {
    /// As [`HolderKey::request_pem`], signed on the token.
    ///
    /// # Errors
    /// When the token cannot sign it.
    pub fn request_pem(&self) -> Result<String, IssueError> {
        request_pem(self)
    }
}

fn request_pem(key: &impl SigningKey) -> Result<String, IssueError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    let request = params.serialize_request(key)?;
    Ok(super::storage::pem("CERTIFICATE REQUEST", request.der()))
}

/// A public key whose holder has proved to have the private one, by the signature of a PKCS#10 request. What else the
/// request asks for is ignored.
#[derive(Debug, Clone)]
pub struct KeyRequest {
    public_key: PublicKey,
}

impl KeyRequest {
    /// Reads and verifies a request in PEM.
    ///
    /// # Errors
    /// [`IssueError::Request`] when it cannot be read or its signature is wrong.
    pub fn from_pem(pem: &str) -> Result<Self, IssueError> {
        let der = CertificateSigningRequestDer::from_pem_slice(pem.as_bytes())
            .map_err(|_| IssueError::Request)?;
        let request = CertificateSigningRequestParams::from_der(&der);
        let public_key = request.map_err(|_| IssueError::Request)?.public_key;
        Ok(Self { public_key })
    }
}

/// A certificate whose private key is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The certificate, DER.
    pub certificate_der: Vec<u8>,
    /// Its serial number.
    pub serial: SerialNumber,
    /// Who issued it.
    pub issuer: AuthorityRole,
    /// Last instant of its validity, Unix seconds.
    pub not_after: i64,
}

impl Certified {
    /// The certificate in PEM.
    #[must_use]
    pub fn certificate_pem(&self) -> String {
        super::storage::pem("CERTIFICATE", &self.certificate_der)
    }
}

impl Hierarchy {
    /// Issues one of a card's two certificates for the key of a request, valid for three years from `not_before`
    /// (Unix seconds).
    ///
    /// # Errors
    /// [`IssueError::KeyRefused`] when the key is neither P-256 nor RSA of 2048 to 4096 bits; when a name does not fit
    /// its encoding.
    pub fn certify_card_request(
        &self,
        agent: &AgentIdentity,
        card_use: CardUse,
        request: &KeyRequest,
        not_before: i64,
    ) -> Result<Certified, IssueError> {
        let (spec, role) = self.card_spec(agent, card_use, KeyKind::P256, not_before)?;
        self.certify(spec, request, role)
    }

    /// Issues one of a station's two certificates for the key of a request, valid for three years from `not_before`
    /// (Unix seconds).
    ///
    /// # Errors
    /// As for [`Self::certify_card_request`].
    pub fn certify_station_request(
        &self,
        station: &StationIdentity,
        station_use: StationUse,
        request: &KeyRequest,
        not_before: i64,
    ) -> Result<Certified, IssueError> {
        let spec = self.station_use_spec(station_use, station, not_before)?;
        self.certify(spec, request, AuthorityRole::Origin)
    }

    fn certify(
        &self,
        spec: LabelledSpec,
        request: &KeyRequest,
        role: AuthorityRole,
    ) -> Result<Certified, IssueError> {
        let LabelledSpec { mut leaf, label } = spec;
        let info = request.public_key.subject_public_key_info();
        let fingerprint = hex::encode(crate::codec::sha256(&info));
        leaf.serial = Seed::new(&self.params.seed).serial(&format!("{label}/{fingerprint}"))?;
        let certificate_der = leaf.issue(&request.public_key, self.authority(role))?;
        let certificate =
            Certificate::from_der(&certificate_der).map_err(|_| IssueError::KeyRefused)?;
        VerifyingKey::read(certificate.tbs_certificate()).map_err(|_| IssueError::KeyRefused)?;
        Ok(Certified {
            certificate_der,
            serial: leaf.serial,
            issuer: role,
            not_after: leaf.not_after,
        })
    }
}

#[cfg(test)]
mod tests {
    use rustls_pki_types::PrivatePkcs8KeyDer;

    use super::*;
    use crate::issue::HierarchyParams;
    use crate::{CardVerifier, RevocationView, Scratch, SoftwareSigner, VerifierOptions};

    const START: i64 = 1_750_000_000;

    #[test]
    fn a_card_certified_by_request_signs_and_its_other_certificate_does_not() {
        let hierarchy = Hierarchy::generate(HierarchyParams::from_number(7, START)).unwrap();
        let agent = AgentIdentity::simulated(1, "100000001", "Commune de Fictive");
        let key = HolderKey::generate().unwrap();
        let request = KeyRequest::from_pem(&key.request_pem().unwrap()).unwrap();
        let verifier = CardVerifier::new(
            hierarchy.card_anchors().unwrap(),
            RevocationView::default(),
            VerifierOptions::default(),
        );
        let mut scratch = Scratch::default();
        for (card_use, accepted) in [(CardUse::Signature, true), (CardUse::Authentication, false)] {
            let issued = hierarchy
                .certify_card_request(&agent, card_use, &request, START)
                .unwrap();
            let key = PrivatePkcs8KeyDer::from_pem_slice(key.key_pem().as_bytes()).unwrap();
            let signer = SoftwareSigner::from_pkcs8(
                crate::Algorithm::Es256,
                key.secret_pkcs8_der(),
                vec![issued.certificate_der],
            )
            .unwrap();
            let message = crate::sign_compact(b"{}", START + 60, &signer).unwrap();
            let checked = verifier.check_bytes(message.as_bytes(), &mut scratch);
            assert_eq!(checked.verification.is_accepted(), accepted, "{card_use:?}");
        }
    }

    #[test]
    fn a_request_with_another_signature_proves_nothing() {
        let request = HolderKey::generate().unwrap().request_pem().unwrap();
        let mut der = CertificateSigningRequestDer::from_pem_slice(request.as_bytes())
            .unwrap()
            .to_vec();
        if let Some(last) = der.last_mut() {
            *last ^= 1;
        }
        let forged = super::super::storage::pem("CERTIFICATE REQUEST", &der);
        assert!(matches!(
            KeyRequest::from_pem(&forged),
            Err(IssueError::Request)
        ));
        assert!(KeyRequest::from_pem("none").is_err());
    }
}
