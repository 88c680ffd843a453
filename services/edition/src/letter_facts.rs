//! What a document lot says of a letter.

use cnt_contracts::document::{DocumentFacts, ReportAskedV1};
use cnt_contracts::letter::{LetterRequestV1, LetterV1};
use cnt_rendition::DocumentKind;

use crate::addressee::Addressee;
use crate::avis::Avis;
use crate::portal_key::portal_key_sha256;
use crate::verdict_lot::AcceptedMif;

/// The template of a letter. That to a designated driver is the avis itself.
pub(crate) fn document_kind(letter: &LetterV1) -> DocumentKind {
    match letter {
        LetterV1::AmendeMajoree(_) => DocumentKind::AmendeMajoree,
        LetterV1::Irrecevabilite(_) => DocumentKind::Irrecevabilite,
        LetterV1::Classement(_) => DocumentKind::Classement,
        LetterV1::Transmission(_) => DocumentKind::Transmission,
        LetterV1::Designated(_) => DocumentKind::AvisContravention,
        LetterV1::Receipt(_) => DocumentKind::AccuseEnregistrement,
        LetterV1::ProcesVerbal(_) => DocumentKind::ProcesVerbal,
        LetterV1::FineMaintained(_) => DocumentKind::Maintien,
        LetterV1::PieceAsked(_) => DocumentKind::DemandePiece,
        LetterV1::ReportAsked(_) => DocumentKind::DemandeRapport,
        LetterV1::HandOver(_) => DocumentKind::Bordereau,
    }
}

/// The facts of a letter; of an avis to a designated driver, those of a first issue under its own number.
pub(crate) fn facts(
    request: &LetterRequestV1,
    accepted: &AcceptedMif,
    addressee: &Addressee,
    avis: &Avis,
    key: &str,
    pages: u32,
) -> DocumentFacts {
    let mif = &accepted.mif;
    let plate = mif.vehicle.as_ref().map(|vehicle| &vehicle.plate);
    let designated = match &request.letter {
        LetterV1::Designated(said) => Some(said),
        _ => None,
    };
    DocumentFacts {
        avis: avis.number.to_string(),
        kind: request.letter.kind().to_owned(),
        issue: designated.map_or(request.issue, |_| 1),
        replaces: designated.map(|said| said.replaces.clone()),
        id_mif: mif.id.0,
        reception: accepted.reception,
        siren: mif.siren.to_string(),
        service: mif.service.to_string(),
        natinf: mif.offence.natinf.0,
        class: avis.input.offence.class,
        commune: mif.offence.place.commune.to_string(),
        offence_day: mif.offence.day.to_string(),
        avis_date: request.sent_on.clone(),
        requete_until: designated.map(|_| avis.input.contest.until.to_string()),
        plate: plate.map(|plate| plate.as_str().to_owned()),
        plate_country: plate.map(|plate| plate.country().to_string()),
        addressee: addressee.name.clone(),
        postcode: addressee.postcode.clone(),
        locality: addressee.locality.clone(),
        pages: u16::try_from(pages).unwrap_or(u16::MAX),
        sheets: u16::from(document_kind(&request.letter).leaves()),
        minoree_cents: avis.amounts.minoree.map(|minoree| minoree.0),
        forfaitaire_cents: avis.amounts.forfaitaire.0,
        majoree_cents: avis.amounts.majoree.0,
        consignation_cents: avis.input.contest.consignation_cents,
        omp: avis.omp.to_string(),
        represented: addressee.is_represented(),
        key_sha256: portal_key_sha256(key),
        is_kept: request.is_kept,
        recommended: match &request.letter {
            LetterV1::Irrecevabilite(said) => said
                .recommended
                .as_ref()
                .map(|letter| letter.number.clone()),
            _ => None,
        },
        report: match &request.letter {
            LetterV1::ReportAsked(said) => Some(ReportAskedV1 {
                inquiry: said.inquiry,
                wanted: said.wanted.clone(),
                until: said.until.clone(),
            }),
            _ => None,
        },
    }
}
