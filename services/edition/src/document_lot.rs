//! From the accepted MIFs of a verdict lot to their document lot.

use std::collections::BTreeMap;
use std::sync::Arc;

use cnt_contracts::document::{DocumentFacts, DocumentMeta, NotTransformedFacts};
use cnt_domain::address::AddressProblem;
use cnt_domain::ids::AvisNumber;
use cnt_domain::verdict::NotTransformed;
use cnt_flow::{RegistryVersion, WorkError};
use cnt_rendition::{DocumentKind, Fallback, Forme, Made as Document, RenditionError};
use cnt_service_kit::config::Secret;
use cnt_vault::{LotAbout, LotKind, LotWriter, MemberInput, SealedLot, WriteError};
use jiff::Timestamp;
use uuid::Uuid;

use crate::NAME;
use crate::addressee::Addressee;
use crate::avis::{Avis, Issue, MissingFact, avis};
use crate::db::Reservation;
use crate::parallel::map_in_order;
use crate::portal_key::{portal_key, portal_key_sha256};
use crate::press::{LotFormes, Press, is_of_address};
use crate::verdict_lot::{AcceptedMif, AcceptedMifs};

/// The first issue of a document.
const FIRST_ISSUE: u16 = 1;

/// A document that cannot be made. Messages name the reception and fields, never a person.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    /// The registry lacks a fact.
    #[error("accepted reception {reception} cannot be edited")]
    Missing {
        /// The reception.
        reception: Uuid,
        /// What is missing.
        #[source]
        source: MissingFact,
    },
    /// It cannot be rendered.
    #[error("the avis of reception {reception} cannot be rendered")]
    Rendition {
        /// The reception.
        reception: Uuid,
        /// Why.
        #[source]
        source: RenditionError,
    },
    /// It cannot be a member of a lot.
    #[error("the avis of reception {reception} cannot be written")]
    Write {
        /// The reception.
        reception: Uuid,
        /// Why.
        #[source]
        source: WriteError,
    },
    /// Its number lies outside the simulation.
    #[error("reception {reception} has no avis number")]
    Number {
        /// The reception.
        reception: Uuid,
    },
}

/// A document lot, built and not yet written.
pub struct DocumentLot {
    /// The sealed lot.
    pub sealed: SealedLot,
    /// Documents in it.
    pub avis: usize,
    /// The reasons of the accepted MIFs without one.
    pub not_transformed: Vec<NotTransformed>,
    /// Documents of which a free text or the break of a line was changed to fit.
    pub adapted: usize,
    /// Why documents were laid out by typst instead of being filled into a forme.
    pub typeset: Vec<Fallback>,
}

/// What documents are made with.
pub struct Workshop {
    /// The engine and the forme.
    pub press: Press,
    /// Secret of the portal keys.
    pub portal_secret: Secret,
    /// Retention class of every lot.
    pub retention_class: String,
}

/// One member with what is counted of it.
struct Made {
    member: MemberInput,
    outcome: Result<Edited, NotTransformed>,
}

/// How a document was made.
struct Edited {
    is_adapted: bool,
    forme: Result<Arc<Forme>, Fallback>,
}

impl Made {
    /// Documents are stored against the forme they were filled into, others as they are.
    fn with_forme(self, formes: &LotFormes) -> Self {
        let edited = self.outcome.as_ref().ok();
        let forme = edited.and_then(|edited| edited.forme.as_ref().ok());
        match forme.and_then(|forme| formes.of(forme)) {
            Some(forme) => Self {
                member: self.member.with_forme(forme),
                ..self
            },
            None => self,
        }
    }
}

impl Workshop {
    /// Builds the document lot of a verdict lot, on the rayon pool this is called from. The number of a document is
    /// the first of the reservation plus its rank among the documents, in the order of the verdict lot. The same
    /// input gives the same bytes.
    ///
    /// # Errors
    /// [`WorkError::Never`] naming the first reception that cannot be edited.
    pub fn build(
        &self,
        accepted: &AcceptedMifs,
        reservation: Reservation,
        registries: &BTreeMap<u64, Arc<RegistryVersion>>,
    ) -> Result<DocumentLot, WorkError> {
        let mut writer = LotWriter::new(LotKind::Document, self.about(accepted, reservation)?)?;
        let ranked: Vec<_> = ranked(&accepted.mifs).into_iter().collect();
        let made = map_in_order(
            &ranked,
            rayon::current_num_threads(),
            |(rank, mif)| match &mif.addressee {
                Ok(addressee) => {
                    let registry = registries.get(&mif.registry_version);
                    let edit = Edit {
                        workshop: self,
                        mif,
                        addressee,
                    };
                    edit.document(*rank, reservation, registry.map(Arc::as_ref))
                }
                Err(reason) => not_transformed(mif, *reason),
            },
        )
        .map_err(WorkError::later)?;
        let made: Vec<Made> = made
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(WorkError::never)?;
        let used = made
            .iter()
            .filter_map(|one| one.outcome.as_ref().ok()?.forme.as_ref().ok());
        let formes = self.press.lot_formes(used, &mut writer)?;
        let mut lot = Counts::default();
        let mut members = Vec::with_capacity(made.len());
        for one in made {
            let one = one.with_forme(&formes);
            lot.count(one.outcome);
            members.push(one.member);
        }
        writer.add_members(members)?;
        Ok(DocumentLot {
            sealed: writer.finish()?,
            avis: lot.avis,
            not_transformed: lot.not_transformed,
            adapted: lot.adapted,
            typeset: lot.typeset,
        })
    }

    fn about(
        &self,
        accepted: &AcceptedMifs,
        reservation: Reservation,
    ) -> Result<LotAbout, WorkError> {
        let created_at =
            Timestamp::from_microsecond(accepted.received_at_us).map_err(WorkError::never)?;
        let mut about = LotAbout::new(
            created_at,
            &format!("cnt-{NAME}"),
            env!("CARGO_PKG_VERSION"),
        );
        about.retention_class = Some(self.retention_class.clone());
        about.templates.insert(
            DocumentKind::AvisContravention.code().to_owned(),
            self.press.template_version().to_owned(),
        );
        about.about = serde_json::json!({
            "verdict_lot": accepted.verdict_lot,
            "avis_date": reservation.avis_date.to_string(),
        });
        Ok(about)
    }
}

#[derive(Default)]
struct Counts {
    avis: usize,
    adapted: usize,
    typeset: Vec<Fallback>,
    not_transformed: Vec<NotTransformed>,
}

impl Counts {
    fn count(&mut self, outcome: Result<Edited, NotTransformed>) {
        match outcome {
            Ok(edited) => {
                self.avis += 1;
                self.adapted += usize::from(edited.is_adapted);
                self.typeset.extend(edited.forme.err());
            }
            Err(reason) => self.not_transformed.push(reason),
        }
    }
}

/// Each MIF with its rank among those that get an avis.
fn ranked(mifs: &[AcceptedMif]) -> Vec<(i64, &AcceptedMif)> {
    let mut rank = 0;
    mifs.iter()
        .map(|mif| {
            let own = rank;
            rank += i64::from(mif.addressee.is_ok());
            (own, mif)
        })
        .collect()
}

fn not_transformed(accepted: &AcceptedMif, reason: NotTransformed) -> Result<Made, EditError> {
    let mif = &accepted.mif;
    let meta = DocumentMeta::NotTransformed(NotTransformedFacts {
        id_mif: mif.id.0,
        reception: accepted.reception,
        siren: mif.siren.to_string(),
        reason: reason.as_str().to_owned(),
        message: reason.message(),
    });
    let member =
        MemberInput::new(format!("nt/{}", mif.id), Vec::new(), &meta).map_err(|source| {
            EditError::Write {
                reception: accepted.reception,
                source,
            }
        })?;
    Ok(Made {
        member,
        outcome: Err(reason),
    })
}

/// One document in the making.
struct Edit<'a> {
    workshop: &'a Workshop,
    mif: &'a AcceptedMif,
    addressee: &'a Addressee,
}

impl Edit<'_> {
    fn document(
        &self,
        rank: i64,
        reservation: Reservation,
        registry: Option<&RegistryVersion>,
    ) -> Result<Made, EditError> {
        let reception = self.mif.reception;
        let missing = |source| EditError::Missing { reception, source };
        let number = reservation
            .first_number
            .checked_add(rank)
            .and_then(|number| u64::try_from(number).ok())
            .and_then(|number| AvisNumber::new(number).ok())
            .ok_or(EditError::Number { reception })?;
        let registry = registry.ok_or_else(|| missing(MissingFact("version")))?;
        let key = portal_key(self.workshop.portal_secret.expose(), number);
        let issue = Issue {
            number,
            date: reservation.avis_date,
            portal_key: &key,
        };
        let avis =
            avis(&self.mif.mif, self.addressee, &registry.registry, &issue).map_err(missing)?;
        let printed = match self.workshop.press.print(avis.input.clone()) {
            Ok(printed) => printed,
            // Letters too wide for the window: the number that was reserved becomes a gap.
            Err(error) if is_of_address(&error) => {
                let reason = NotTransformed::Unwritable(AddressProblem::TooWide);
                return not_transformed(self.mif, reason);
            }
            Err(source) => return Err(EditError::Rendition { reception, source }),
        };
        let meta = DocumentMeta::Document(Box::new(self.facts(&avis, &key, printed.made.pages())));
        let kind = DocumentKind::AvisContravention.code();
        let id = format!("{number}/{kind}/{FIRST_ISSUE}");
        let (forme, sha256) = match &printed.made {
            Document::Filled(filled) => (Ok(Arc::clone(&filled.forme)), Some(filled.sha256)),
            Document::Typeset(_, reason) => (Err(*reason), None),
        };
        let (prefix, tail) = printed.made.into_parts();
        let mut member = MemberInput::new(id, tail, &meta)
            .map_err(|source| EditError::Write { reception, source })?
            .with_prefix(prefix);
        if let Some(sha256) = sha256 {
            member = member.with_sha256(sha256.into());
        }
        let is_adapted = printed.is_adapted;
        Ok(Made {
            member,
            outcome: Ok(Edited { is_adapted, forme }),
        })
    }

    fn facts(&self, avis: &Avis, key: &str, pages: u32) -> DocumentFacts {
        let mif = &self.mif.mif;
        let kind = DocumentKind::AvisContravention;
        let plate = mif.vehicle.as_ref().map(|vehicle| &vehicle.plate);
        DocumentFacts {
            avis: avis.number.to_string(),
            kind: kind.code().to_owned(),
            issue: FIRST_ISSUE,
            replaces: None,
            id_mif: mif.id.0,
            reception: self.mif.reception,
            siren: mif.siren.to_string(),
            service: mif.service.to_string(),
            natinf: mif.offence.natinf.0,
            class: avis.input.offence.class,
            commune: mif.offence.place.commune.to_string(),
            offence_day: mif.offence.day.to_string(),
            avis_date: avis.input.avis_date.to_string(),
            requete_until: Some(avis.input.contest.until.to_string()),
            plate: plate.map(|plate| plate.as_str().to_owned()),
            plate_country: plate.map(|plate| plate.country().to_string()),
            addressee: self.addressee.name.clone(),
            postcode: self.addressee.postcode.clone(),
            locality: self.addressee.locality.clone(),
            pages: u16::try_from(pages).unwrap_or(u16::MAX),
            sheets: u16::from(kind.leaves()),
            minoree_cents: avis.amounts.minoree.map(|minoree| minoree.0),
            forfaitaire_cents: avis.amounts.forfaitaire.0,
            majoree_cents: avis.amounts.majoree.0,
            consignation_cents: avis.input.contest.consignation_cents,
            omp: avis.omp.to_string(),
            represented: self.addressee.is_represented(),
            key_sha256: portal_key_sha256(key),
            is_kept: false,
            recommended: None,
            report: None,
        }
    }
}
