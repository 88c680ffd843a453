//! The document of a letter: addressee, offence and vehicle as on the avis, the rest as asked.

use std::sync::Arc;

use bytes::Bytes;
use cnt_contracts::letter::{DueV1, LetterRequestV1, LetterV1, MajoreeLetterV1};
use cnt_domain::registry::Registry;
use cnt_rendition::{
    AccountantInput, AddresseeRole, AmendeMajoreeInput, AmountDue, ClaimInput, DocumentInput,
    Fallback, Forme, Formes, Made, ProcesVerbalInput, RenderRequest, RenditionError, TitleInput,
};
use cnt_vault::ObjectStore;
use jiff::civil::Date;

use crate::addressee::Addressee;
use crate::after_contestation::{self, Source};
use crate::avis::Avis;
use crate::hand_over::{Dossier, hand_over};
use crate::proces_verbal;
use crate::verdict_lot::KeptMif;

/// How many times the texts of one procès-verbal are shortened before it is given up.
const ADAPTATIONS_MAX: usize = 24;

/// What a letter is made from.
pub(crate) struct Making<'a> {
    pub(crate) objects: &'a dyn ObjectStore,
    pub(crate) formes: &'a Formes,
    pub(crate) registry: &'a Registry,
    pub(crate) avis: &'a Avis,
    pub(crate) kept: &'a KeptMif,
    pub(crate) addressee: &'a Addressee,
    /// Key of the file on the portal.
    pub(crate) key: &'a str,
    pub(crate) sent_on: Date,
}

/// A letter, made.
pub(crate) struct MadeDocument {
    /// What documents of its forme begin with; empty without one.
    pub(crate) prefix: Bytes,
    pub(crate) tail: Vec<u8>,
    /// SHA-256 of the whole, where it is known already.
    pub(crate) sha256: Option<[u8; 32]>,
    pub(crate) pages: u32,
    pub(crate) forme: Option<Arc<Forme>>,
    /// Why it was laid out by typst, where a forme was tried.
    pub(crate) typeset: Option<Fallback>,
}

impl From<Made> for MadeDocument {
    fn from(made: Made) -> Self {
        let pages = made.pages();
        let (forme, typeset, sha256) = match &made {
            Made::Filled(filled) => (Some(Arc::clone(&filled.forme)), None, Some(filled.sha256)),
            Made::Typeset(_, reason) => (None, Some(*reason), None),
        };
        let (prefix, tail) = made.into_parts();
        Self {
            prefix,
            tail,
            sha256,
            pages,
            forme,
            typeset,
        }
    }
}

impl Making<'_> {
    /// Makes the letter that was asked for.
    ///
    /// # Errors
    /// What was asked cannot be printed; messages name fields, never a person.
    pub(crate) fn make(&self, request: &LetterRequestV1) -> Result<MadeDocument, Source> {
        let (avis, sent_on) = (self.avis, self.sent_on);
        let document = match &request.letter {
            LetterV1::AmendeMajoree(said) => {
                DocumentInput::AmendeMajoree(Box::new(self.amende_majoree(said)?))
            }
            LetterV1::Designated(_) => DocumentInput::AvisContravention(avis.input.clone()),
            LetterV1::Irrecevabilite(said) => DocumentInput::Irrecevabilite(Box::new(
                after_contestation::irrecevabilite(avis, sent_on, said)?,
            )),
            LetterV1::Classement(said) => DocumentInput::Classement(Box::new(
                after_contestation::classement(avis, sent_on, said)?,
            )),
            LetterV1::FineMaintained(said) => DocumentInput::Maintien(Box::new(
                after_contestation::maintien(avis, sent_on, said)?,
            )),
            LetterV1::PieceAsked(said) => DocumentInput::DemandePiece(Box::new(
                after_contestation::demande_piece(avis, sent_on, said)?,
            )),
            LetterV1::Receipt(said) => DocumentInput::AccuseEnregistrement(Box::new(
                after_contestation::receipt(avis, sent_on, said)?,
            )),
            LetterV1::ReportAsked(said) => {
                let mif = &self.kept.accepted.mif;
                DocumentInput::DemandeRapport(Box::new(after_contestation::demande_rapport(
                    avis, mif, sent_on, said,
                )?))
            }
            LetterV1::Transmission(said) => {
                let court = after_contestation::tribunal(self.registry, &avis.omp)
                    .ok_or("the registry holds no such OMP")?;
                DocumentInput::Transmission(Box::new(after_contestation::transmission(
                    avis, sent_on, court, said,
                )?))
            }
            LetterV1::ProcesVerbal(_) => {
                let input = proces_verbal::proces_verbal(avis, self.kept, self.registry, sent_on)?;
                return Ok(self.fitting(input)?.into());
            }
            LetterV1::HandOver(said) => {
                let dossier = Dossier {
                    avis,
                    kept: self.kept,
                    registry: self.registry,
                    person: &self.addressee.name,
                    sent_on,
                };
                let (input, files) = hand_over(self.objects, &dossier, said)?;
                let rendered = self.formes.engine().hand_over(&input, files)?;
                return Ok(MadeDocument {
                    prefix: Bytes::new(),
                    tail: rendered.pdf,
                    sha256: None,
                    pages: rendered.pages,
                    forme: None,
                    typeset: None,
                });
            }
        };
        Ok(self.formes.make(&RenderRequest { document })?.into())
    }

    /// A procès-verbal whose lesser texts are shortened until it fits.
    fn fitting(&self, input: ProcesVerbalInput) -> Result<Made, RenditionError> {
        let mut request = RenderRequest {
            document: DocumentInput::ProcesVerbal(Box::new(input)),
        };
        for _ in 0..ADAPTATIONS_MAX {
            let error = match self.formes.make(&request) {
                Ok(made) => return Ok(made),
                Err(error) => error,
            };
            let DocumentInput::ProcesVerbal(input) = &mut request.document else {
                return Err(error);
            };
            let is_adapted =
                crate::press::field(&error).is_some_and(|field| proces_verbal::adapt(input, field));
            if !is_adapted {
                return Err(error);
            }
        }
        self.formes.make(&request)
    }

    /// What the avis d'amende forfaitaire majorée prints: addressee, offence and vehicle as on the avis, the rest as asked.
    fn amende_majoree(&self, said: &MajoreeLetterV1) -> Result<AmendeMajoreeInput, jiff::Error> {
        let (avis, input) = (self.avis, &self.avis.input);
        Ok(AmendeMajoreeInput {
            reference: format!("99{}", avis.number),
            sent_on: self.sent_on,
            avis_number: input.avis_number.clone(),
            avis_date: input.avis_date,
            portal_key: self.key.to_owned(),
            recipient: input.recipient.clone(),
            is_abroad: input.is_abroad,
            is_legal_person_author: input.addressee == AddresseeRole::LegalPersonAuthor,
            offence: input.offence.clone(),
            vehicle: input.vehicle.clone(),
            points: input.points,
            title: TitleInput {
                signed_on: said.signed_on.parse()?,
                number: said.titre.clone(),
                omp: input.contest.omp.clone(),
            },
            accountant: AccountantInput {
                name: said.accountant_name.clone(),
                address: said.accountant_address.clone(),
            },
            reduced: due(&said.reduced)?,
            full: due(&said.full)?,
            claim: ClaimInput {
                until: said.claim_until.parse()?,
                // It goes by ordinary letter.
                never_after: None,
                consignation_cents: said.consignation_cents,
            },
        })
    }
}

fn due(due: &DueV1) -> Result<AmountDue, jiff::Error> {
    Ok(AmountDue {
        cents: due.cents,
        until_paper: due.until_paper.parse()?,
        until_remote: due.until_remote.parse()?,
    })
}
