//! Certificate revocation lists (RFC 5280 §5): dates, no reasons.

use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams};

use super::IssueError;
use super::authority::Authority;
use super::leaf::instant;
use crate::revocation::Revocation;

/// Number and dates of a CRL. Instants are Unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CrlDates {
    /// `CRLNumber`, growing from one CRL of an authority to the next.
    pub number: u64,
    /// When it is issued.
    pub this_update: i64,
    /// When the next will be there at the latest; RGS *** asks for at most 36 hours.
    pub next_update: i64,
}

impl Authority {
    /// The CRL of this authority as of `dates.this_update`: of the revocations given, those known
    /// and effective by then. It carries `CRLNumber` and authority key identifier, and no reasons:
    /// RGS does not publish why a person's certificate was revoked.
    ///
    /// # Errors
    /// When the dates cannot be encoded or do not follow each other.
    pub fn crl(&self, dates: CrlDates, revocations: &[Revocation]) -> Result<Vec<u8>, IssueError> {
        let mut due: Vec<&Revocation> = revocations
            .iter()
            .filter(|revocation| {
                revocation.effective_at.max(revocation.known_from) <= dates.this_update
            })
            .collect();
        due.sort_by_key(|revocation| (revocation.serial, revocation.effective_at));
        due.dedup_by_key(|revocation| revocation.serial);
        let mut revoked_certs = Vec::with_capacity(due.len());
        for revocation in due {
            revoked_certs.push(RevokedCertParams {
                serial_number: revocation.serial.as_bytes().to_vec().into(),
                revocation_time: instant!(revocation.effective_at),
                reason_code: None,
                invalidity_date: None,
            });
        }
        let params = CertificateRevocationListParams {
            this_update: instant!(dates.this_update),
            next_update: instant!(dates.next_update),
            crl_number: dates.number.into(),
            issuing_distribution_point: None,
            revoked_certs,
            key_identifier_method: KeyIdMethod::Sha256,
        };
        Ok(params.signed_by(self.issuer())?.der().to_vec())
    }
}
