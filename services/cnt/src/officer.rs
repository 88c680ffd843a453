//! The certificates of officers: what they sign.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use cnt_contracts::officer::OfficerStatement;
use cnt_registry::nation::officer_files;
use cnt_service_kit::clock::Clock;
use cnt_trust::{Algorithm, SoftwareSigner, sign_compact};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use serde_json::Value;

use crate::system::RunDir;

/// Whose certificate signs.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct OfficerArgs {
    /// The officer's certificate (PEM); that of the simulated nation when absent.
    #[arg(long, requires = "officer_key")]
    officer_certificate: Option<PathBuf>,
    /// The key of the certificate (PKCS#8 PEM).
    #[arg(long, requires = "officer_certificate")]
    officer_key: Option<PathBuf>,
}

/// An officer who signs.
pub(crate) struct Officer(SoftwareSigner);

impl Officer {
    /// The officer of an OMP, by the files given or those of the nation.
    ///
    /// # Errors
    /// When a file is missing, or certificate and key do not belong together.
    pub(crate) fn of(run_dir: &RunDir, omp: &str, args: &OfficerArgs) -> anyhow::Result<Self> {
        let nation = run_dir.nation();
        let (certificate, key) = officer_files(omp);
        let certificate = args
            .officer_certificate
            .clone()
            .unwrap_or_else(|| nation.join(certificate));
        let key = args.officer_key.clone().unwrap_or_else(|| nation.join(key));
        Self::read(&certificate, &key)
    }

    fn read(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        let read = |path: &Path| {
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let chain = CertificateDer::from_pem_slice(&read(certificate)?)
            .with_context(|| format!("{} is no certificate", certificate.display()))?;
        let secret = PrivatePkcs8KeyDer::from_pem_slice(&read(key)?)
            .with_context(|| format!("{} is no PKCS#8 key", key.display()))?;
        let signer = SoftwareSigner::from_pkcs8(
            Algorithm::Es256,
            secret.secret_pkcs8_der(),
            vec![chain.to_vec()],
        )?;
        Ok(Self(signer))
    }

    /// The signature over a statement.
    ///
    /// # Errors
    /// When it cannot be signed.
    pub(crate) fn sign(&self, statement: &OfficerStatement<Value>) -> anyhow::Result<String> {
        let now = Clock::system().0.legal_now().as_second();
        Ok(sign_compact(&serde_json::to_vec(statement)?, now, &self.0)?)
    }
}
