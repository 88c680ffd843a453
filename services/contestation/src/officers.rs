//! The signatures of officers: who signed a statement, by their certificate.

use std::sync::{Mutex, PoisonError};

use cnt_contracts::officer::OfficerStatement;
use cnt_contracts::registry::AnchorsV1;
use cnt_trust::{
    CardVerifier, CertificateProfile, RevocationView, Scratch, TrustAnchors, VerifierOptions, oid,
};
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde::de::DeserializeOwned;

/// Why a statement is not the officer's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unsigned {
    /// The registry has no authority that certifies officers.
    #[error("no authority certifies officers")]
    NoAuthority,
    /// It is not signed by a certificate of an officer.
    #[error("not signed with an officer's certificate: {0}")]
    NotAnOfficer(String),
    /// Another OMP's officer signed.
    #[error("signed by the officer of another OMP")]
    OtherOmp,
    /// It was not signed now: a certificate that has ended would sign by a date of its own choice.
    #[error("not signed within a day of now")]
    OtherTime,
    /// Something else was signed.
    #[error("something else was signed")]
    OtherStatement,
}

/// How far, in seconds, the instant of a signature may be from that of its reception.
const SIGNED_WITHIN_S: u64 = 24 * 3_600;

/// Judges officers' signatures against the authority of the registry's current version.
#[derive(Debug, Default)]
pub(crate) struct Officers {
    /// The root that the verifier was made for.
    kept: Mutex<Option<(String, CardVerifier)>>,
}

impl Officers {
    fn verifier(&self, anchors: &AnchorsV1) -> Result<CardVerifier, Unsigned> {
        // The value is replaced whole: a panic elsewhere leaves nothing half done.
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((root, verifier)) = kept.as_ref()
            && *root == anchors.origin_root
        {
            return Ok(verifier.clone());
        }
        let verifier = made(&anchors.origin_root).ok_or(Unsigned::NoAuthority)?;
        *kept = Some((anchors.origin_root.clone(), verifier.clone()));
        Ok(verifier)
    }

    /// Proves that the officer of an OMP signed a statement, `now` on the real clock.
    ///
    /// # Errors
    /// See [`Unsigned`].
    pub(crate) fn check<D: DeserializeOwned + PartialEq>(
        &self,
        anchors: &AnchorsV1,
        omp: &str,
        (statement, signature): (&OfficerStatement<D>, &str),
        now: Timestamp,
    ) -> Result<(), Unsigned> {
        let verifier = self.verifier(anchors)?;
        let mut scratch = Scratch::default();
        let checked = verifier.check_bytes(signature.as_bytes(), &mut scratch);
        let verification = &checked.verification;
        if !verification.is_accepted() {
            let first = verification.problems.first();
            let why = first.map_or_else(String::new, ToString::to_string);
            return Err(Unsigned::NotAnOfficer(why));
        }
        let certificate = verification.certificate.as_ref();
        let number = certificate.and_then(|status| status.facts().card_number.as_deref());
        if number != Some(omp) {
            return Err(Unsigned::OtherOmp);
        }
        let message = checked.message.ok_or(Unsigned::OtherStatement)?;
        if message.signing_time().abs_diff(now.as_second()) > SIGNED_WITHIN_S {
            return Err(Unsigned::OtherTime);
        }
        let signed: OfficerStatement<D> =
            serde_json::from_slice(message.payload()).map_err(|_| Unsigned::OtherStatement)?;
        if signed == *statement {
            Ok(())
        } else {
            Err(Unsigned::OtherStatement)
        }
    }
}

fn made(root: &str) -> Option<CardVerifier> {
    let root = CertificateDer::from_pem_slice(root.as_bytes()).ok()?;
    let profile = CertificateProfile::officer_signature(oid::OFFICER_SIGNATURE).ok()?;
    let anchors = TrustAnchors::new(profile, &[root.as_ref()], &[]).ok()?;
    let options = VerifierOptions::default();
    Some(CardVerifier::new(
        anchors,
        RevocationView::default(),
        options,
    ))
}

#[cfg(test)]
mod tests {
    use cnt_trust::issue::{AuthorityRole, Hierarchy, HierarchyParams};
    use cnt_trust::sign_compact;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const SINCE: i64 = 1_767_225_600;
    /// A day later, when all is signed.
    const NOW: i64 = SINCE + 86_400;

    fn decision(version: i32) -> OfficerStatement<Value> {
        OfficerStatement::Decision {
            contestation: Uuid::from_u128(1),
            omp: "OMP-35-01".to_owned(),
            version,
            decision: json!({"kind": "fine_maintained"}),
        }
    }

    #[test]
    fn only_the_officer_of_the_omp_signs_and_only_what_is_said() {
        let hierarchy = Hierarchy::generate(HierarchyParams::from_number(7, SINCE)).unwrap();
        let other = Hierarchy::generate(HierarchyParams::from_number(8, SINCE)).unwrap();
        let anchors = AnchorsV1 {
            origin_root: hierarchy.authority(AuthorityRole::Origin).certificate_pem(),
            ..AnchorsV1::default()
        };
        let signed = |by: &Hierarchy, omp: &str, statement: &OfficerStatement<Value>| {
            let issued = by.issue_officer(omp, "Tribunal de police", SINCE).unwrap();
            let payload = serde_json::to_vec(statement).unwrap();
            sign_compact(&payload, NOW, &issued.signer().unwrap()).unwrap()
        };
        let officers = Officers::default();
        let at = |now, signature: &str| {
            let now = Timestamp::from_second(now).unwrap();
            officers.check(&anchors, "OMP-35-01", (&decision(1), signature), now)
        };
        let check = |signature: &str| at(NOW, signature);
        assert_eq!(
            check(&signed(&hierarchy, "OMP-35-01", &decision(1))),
            Ok(())
        );
        assert_eq!(
            check(&signed(&hierarchy, "OMP-35-02", &decision(1))),
            Err(Unsigned::OtherOmp)
        );
        assert_eq!(
            check(&signed(&hierarchy, "OMP-35-01", &decision(2))),
            Err(Unsigned::OtherStatement)
        );
        // A certificate that has ended signs nothing under an older date.
        let own = signed(&hierarchy, "OMP-35-01", &decision(1));
        assert_eq!(at(NOW + 86_400, &own), Ok(()));
        assert_eq!(at(NOW + 86_401, &own), Err(Unsigned::OtherTime));
        assert_eq!(at(NOW - 86_401, &own), Err(Unsigned::OtherTime));
        let foreign = check(&signed(&other, "OMP-35-01", &decision(1)));
        assert!(matches!(foreign, Err(Unsigned::NotAnOfficer(_))));
        assert!(matches!(check("x"), Err(Unsigned::NotAnOfficer(_))));
        // A station's seal is no officer's signature.
        let station = cnt_trust::issue::StationIdentity {
            number: "OMP-35-01".to_owned(),
            siren: "213502388".to_owned(),
            organisation: "Ville".to_owned(),
        };
        let seal = hierarchy.issue_station_seal(&station, SINCE).unwrap();
        let payload = serde_json::to_vec(&decision(1)).unwrap();
        let seal = sign_compact(&payload, NOW, &seal.signer().unwrap()).unwrap();
        assert!(matches!(check(&seal), Err(Unsigned::NotAnOfficer(_))));
        let nobody = officers.check(
            &AnchorsV1::default(),
            "OMP-35-01",
            (&decision(1), &seal),
            Timestamp::from_second(NOW).unwrap(),
        );
        assert_eq!(nobody, Err(Unsigned::NoAuthority));
    }
}
