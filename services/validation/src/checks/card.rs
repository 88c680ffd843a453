//! CARD: is the signer's card a registered one, of the declared agent, and not revoked?
//!
//! Chain, profile and validity at `iat` are judged by `cnt_trust`; this is what only the registry knows.

use cnt_domain::codes::CardSerial;
use cnt_domain::problem::{Problem, ProblemCode};
use cnt_domain::registry::{Card, CardRevocation, RevocationReason};
use cnt_trust::{CertificateFacts, Revocation, judge_revocation};

use super::{Facts, signature};

pub(super) fn check(facts: &Facts<'_>, problems: &mut Vec<Problem>) {
    let Some(signer) = facts.signer else {
        return;
    };
    let card = registered(facts, signer);
    match card {
        None => problems.push(Problem::at(
            ProblemCode::CardUnknown,
            "/agent/carte/numero_serie",
            "certificat du signataire absent du registre",
        )),
        Some(card) => revocation(facts, signer, card, problems),
    }
    belonging(facts, signer, card, problems);
}

/// The card whose signature certificate is the signer's, bit for bit.
fn registered<'a>(facts: &Facts<'a>, signer: &CertificateFacts) -> Option<&'a Card> {
    let serial: CardSerial = signer.card_number.as_deref()?.parse().ok()?;
    let card = facts.registry.cards.get(&serial)?;
    (card.certificate == signer.fingerprint).then_some(card)
}

/// Of the registered card count the registry's words; of a stranger's, those of its certificate.
fn belonging(
    facts: &Facts<'_>,
    signer: &CertificateFacts,
    card: Option<&Card>,
    problems: &mut Vec<Problem>,
) {
    let Some(mif) = facts.mif else {
        return;
    };
    let (serial, siren, matricule) = match card {
        Some(card) => (
            Some(card.serial.as_str()),
            Some(card.siren.as_str()),
            Some(card.matricule.as_str()),
        ),
        None => (
            signer.card_number.as_deref(),
            signer.siren.as_deref(),
            signer.agent_number.as_deref(),
        ),
    };
    let declared = [
        (
            "/agent/carte/numero_serie",
            mif.card.as_str(),
            serial,
            "autre carte que celle du signataire",
        ),
        (
            "/service/siren",
            mif.siren.as_str(),
            siren,
            "carte d'une autre collectivité",
        ),
        (
            "/agent/matricule",
            mif.matricule.as_str(),
            matricule,
            "carte d'un autre agent",
        ),
    ];
    for (pointer, declared, held, detail) in declared {
        if held.is_some_and(|held| held != declared) {
            problems.push(Problem::at(ProblemCode::CardOtherAgent, pointer, detail));
        }
    }
}

fn revocation(
    facts: &Facts<'_>,
    signer: &CertificateFacts,
    card: &Card,
    problems: &mut Vec<Problem>,
) {
    let (Some(revocation), Some(signed_at)) = (card.revocation, facts.signed_at) else {
        return;
    };
    let revocation = dated(signer, &revocation);
    let judged = judge_revocation(
        signed_at,
        facts.stamp.received_at.as_second(),
        [&revocation],
    );
    problems.extend(judged.problem().as_ref().map(signature::problem));
}

fn dated(signer: &CertificateFacts, revocation: &CardRevocation) -> Revocation {
    Revocation {
        serial: signer.serial,
        effective_at: revocation.effective_at.as_second(),
        reason: reason(revocation.reason),
        // The version judged by is the one in force at reception: all it holds was known then.
        known_from: i64::MIN,
    }
}

fn reason(reason: RevocationReason) -> cnt_trust::RevocationReason {
    use cnt_trust::RevocationReason as Trust;
    match reason {
        RevocationReason::Loss => Trust::Loss,
        RevocationReason::Theft => Trust::Theft,
        RevocationReason::Compromise => Trust::Compromise,
        RevocationReason::Departure => Trust::Departure,
        RevocationReason::CollectivityLeaving => Trust::CollectivityLeaving,
        RevocationReason::WrongData => Trust::WrongData,
        RevocationReason::Superseded => Trust::Superseded,
        RevocationReason::Suspension => Trust::Suspension,
    }
}
