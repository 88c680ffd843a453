//! The flow `contestation-documents`: which avis exist, for routing and deadlines.

use std::sync::{Arc, LazyLock};

use cnt_bus::Record;
use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_contracts::events::DocumentLotEvent;
use cnt_contracts::law::{LawV1, to_law};
use cnt_contracts::topics::DOCUMENT_LOT;
use cnt_domain::amounts::FineAmounts;
use cnt_domain::ids::AvisNumber;
use cnt_domain::law::Law;
use cnt_domain::life::{Event, Opening};
use cnt_domain::money::Cents;
use cnt_flow::{LotWork, Poison, Prepared, RegistryView, WorkError, event_of, lot_id};
use cnt_service_kit::clock::Clock;
use cnt_service_kit::failpoint;
use cnt_store::outbox::OutboxEvent;
use cnt_store::{PgConnection, Session, done_lots};
use cnt_vault::{Digest, LotKind, LotReader, ObjectStore};
use jiff::civil::Date;

use crate::db::{self, AvisIssue, NewDocument, NewLife, Substitutes};
use crate::life::{Happening, What, happen, law_now, opened, tell_received};

/// The consumer group.
pub(crate) const GROUP: &str = "contestation-documents";
/// The avis de contravention.
const ACO: &str = "ACO";
/// The avis to a driver who was designated.
const ACD: &str = "ACD";
/// The avis d'amende forfaitaire majorée; other letters change nothing here yet.
const AFM: &str = "AFM";

/// Takes document lots in.
pub(crate) struct DocumentsWork {
    objects: Arc<dyn ObjectStore>,
    registry: RegistryView,
    clock: Clock,
}

impl DocumentsWork {
    pub(crate) fn new(objects: Arc<dyn ObjectStore>, registry: RegistryView, clock: Clock) -> Self {
        Self {
            objects,
            registry,
            clock,
        }
    }

    /// The avis of a lot, and what its letters mean to others; only its index is read, not the documents.
    fn read(&self, event: &DocumentLotEvent) -> Result<Announced, WorkError> {
        let object = self.objects.open(LotKind::Document, lot_id(event.lot.id))?;
        let reader = LotReader::open_at(object)?;
        let mut announced = Announced {
            lot: event.lot.id.0,
            issues: Vec::new(),
            designated: Vec::new(),
            letters: Vec::new(),
            documents: Vec::new(),
        };
        for member in reader.members()? {
            let meta: DocumentMeta = member.meta().map_err(WorkError::never)?;
            let DocumentMeta::Document(facts) = meta else {
                continue;
            };
            let wrong = |what| WorkError::never(format!("{what} of a document"));
            let document = document(&facts, event, &member.id).map_err(wrong)?;
            announced.documents.push(document);
            match facts.kind.as_str() {
                ACO => announced
                    .issues
                    .push(avis_issue(&facts, event, &member.id).map_err(wrong)?),
                ACD => {
                    let issue = avis_issue(&facts, event, &member.id).map_err(wrong)?;
                    // The announcement of letters names their request lot where others name the verdict lot.
                    let lot = event.verdict_lot.0;
                    announced.designated.push((lot, issue.number));
                    announced.issues.push(issue);
                }
                AFM => announced
                    .letters
                    .push(majoree_sent(&facts, &member.id).map_err(wrong)?),
                _ => {}
            }
        }
        Ok(announced)
    }
}

/// The facts as the table keeps them; names the member that makes no sense.
fn avis_issue(
    facts: &DocumentFacts,
    event: &DocumentLotEvent,
    member_id: &str,
) -> Result<AvisIssue, &'static str> {
    let avis: AvisNumber = facts.avis.parse().map_err(|_| "avis")?;
    let offence_day: Date = facts.offence_day.parse().map_err(|_| "offence_day")?;
    let avis_date: Date = facts.avis_date.parse().map_err(|_| "avis_date")?;
    Ok(AvisIssue {
        number: i64::try_from(avis.get()).map_err(|_| "avis")?,
        lot_id: event.lot.id.0,
        verdict_lot: event.verdict_lot.0,
        member_id: member_id.to_owned(),
        issue: i16::try_from(facts.issue).map_err(|_| "issue")?,
        id_mif: facts.id_mif,
        siren: facts.siren.parse().map_err(|_| "siren")?,
        natinf: i32::try_from(facts.natinf).map_err(|_| "natinf")?,
        class: i16::from(facts.class),
        commune: facts.commune.clone(),
        omp: facts.omp.clone(),
        offence_day,
        avis_date,
        plate: facts.plate.clone(),
        person: person(facts),
        forfaitaire_cents: facts.forfaitaire_cents,
        minoree_cents: facts.minoree_cents,
        majoree_cents: facts.majoree_cents,
        requete_deadline: requete_deadline(facts, avis_date)?,
        prescription: prescription(offence_day)?,
        // Only addresses abroad have no postcode of ours.
        abroad: facts.postcode.is_empty(),
        is_529_10: facts.consignation_cents.is_some(),
    })
}

/// The document as it can be fetched.
fn document(
    facts: &DocumentFacts,
    event: &DocumentLotEvent,
    member_id: &str,
) -> Result<NewDocument, &'static str> {
    let avis: AvisNumber = facts.avis.parse().map_err(|_| "avis")?;
    Ok(NewDocument {
        avis: i64::try_from(avis.get()).map_err(|_| "avis")?,
        kind: facts.kind.clone(),
        issue: i16::try_from(facts.issue).map_err(|_| "issue")?,
        day: facts.avis_date.parse().map_err(|_| "avis_date")?,
        lot_id: event.lot.id.0,
        member_id: member_id.to_owned(),
    })
}

/// The same name at the same place is taken for the same person.
fn person(facts: &DocumentFacts) -> [u8; 16] {
    let text = [&facts.addressee, &facts.postcode, &facts.locality].map(String::as_str);
    let digest = Digest::of(text.join("\n").as_bytes());
    let mut short = [0; 16];
    for (byte, from) in short.iter_mut().zip(digest.as_bytes()) {
        *byte = *from;
    }
    short
}

/// What the law compiled in says: for documents that do not print it.
static LAW: LazyLock<Option<Law>> = LazyLock::new(|| to_law(&LawV1::default()).ok());

/// The last day of the requête is what the avis printed; of documents that do not say it, what the law gives for a holder
/// in France.
fn requete_deadline(facts: &DocumentFacts, avis_date: Date) -> Result<Date, &'static str> {
    match &facts.requete_until {
        Some(text) => text.parse().map_err(|_| "requete_until"),
        None => LAW
            .as_ref()
            .and_then(|law| law.deadlines(avis_date, false))
            .map(|deadlines| deadlines.requete)
            .ok_or("avis_date"),
    }
}

/// The last day on which a contravention can be prosecuted, if nothing interrupts (CPP 9).
fn prescription(offence_day: Date) -> Result<Date, &'static str> {
    LAW.as_ref()
        .and_then(|law| law.prescription(offence_day))
        .ok_or("offence_day")
}

/// The avis of increased fine is sent on the day it bears, which starts its delays (CPP R49-6, 530).
fn majoree_sent(facts: &DocumentFacts, member_id: &str) -> Result<Happening, &'static str> {
    let avis: AvisNumber = facts.avis.parse().map_err(|_| "avis")?;
    Ok(Happening {
        avis: i64::try_from(avis.get()).map_err(|_| "avis")?,
        what: What::Event(Event::MajoreeSent),
        day: facts.avis_date.parse().map_err(|_| "avis_date")?,
        cause: format!("document {member_id}"),
    })
}

/// The life of an avis that edition has announced: it is sent on the day it bears.
fn life_of(law: &Law, issue: &AvisIssue) -> Result<NewLife, WorkError> {
    let opening = Opening {
        offence: issue.offence_day,
        sent: issue.avis_date,
        abroad: issue.abroad,
        amounts: FineAmounts {
            minoree: issue.minoree_cents.map(Cents),
            forfaitaire: Cents(issue.forfaitaire_cents),
            majoree: Cents(issue.majoree_cents),
        },
        is_529_10: issue.is_529_10,
    };
    opened(law, issue.number, &issue.omp, opening)
}

/// What a record announced.
pub(crate) struct Announced {
    lot: [u8; 32],
    issues: Vec<AvisIssue>,
    /// Avis to designated drivers, with the lot that asked for them.
    designated: Vec<([u8; 32], i64)>,
    letters: Vec<Happening>,
    /// All of them, as they can be fetched.
    documents: Vec<NewDocument>,
}

impl LotWork for DocumentsWork {
    type Effect = Vec<Announced>;

    fn prepare(
        &mut self,
        _session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Self::Effect>, WorkError> {
        let mut prepared = Prepared::clean(Vec::new());
        for (index, record) in records.iter().enumerate() {
            let event: DocumentLotEvent = match event_of(index, record) {
                Ok(event) => event,
                Err(poison) => {
                    prepared.poison.push(poison);
                    continue;
                }
            };
            if event.lot.kind != LotKind::Document.as_str() || event.version != 1 {
                prepared.poison.push(Poison {
                    index,
                    reason: "event_unexpected",
                    detail: "not a document lot of version 1".to_owned(),
                });
                continue;
            }
            prepared.effect.push(self.read(&event)?);
        }
        Ok(prepared)
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Self::Effect,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let lots: Vec<[u8; 32]> = effect.iter().map(|announced| announced.lot).collect();
        let is_new = done_lots::claim(conn, DOCUMENT_LOT.name, &lots)?;
        let new: Vec<&Announced> = effect
            .iter()
            .zip(is_new)
            .filter_map(|(announced, is_new)| is_new.then_some(announced))
            .collect();
        let issues = new.iter().flat_map(|announced| &announced.issues);
        let (first, later): (Vec<&AvisIssue>, Vec<&AvisIssue>) =
            issues.partition(|issue| issue.issue == 1);
        db::avis_insert(conn, &first)?;
        db::avis_update(conn, &later)?;
        let documents: Vec<&NewDocument> = new.iter().flat_map(|one| &one.documents).collect();
        db::documents_insert(conn, &documents)?;
        let version = law_now(&self.registry)?;
        let law = &version.registry.law;
        let lives = first
            .iter()
            .map(|issue| life_of(law, issue))
            .collect::<Result<Vec<_>, _>>()?;
        db::lives_insert(conn, &lives)?;
        let designated = new.iter().flat_map(|announced| &announced.designated);
        let designated: Vec<_> = designated.copied().collect();
        if db::designations_edited(conn, &designated)? != designated.len() {
            return Err(WorkError::never(
                "an avis to a driver whom nobody designated",
            ));
        }
        let numbers: Vec<i64> = first.iter().map(|issue| issue.number).collect();
        let substitutes = Substitutes::of(law, self.clock.legal_today_paris());
        let routed = db::route(conn, &substitutes, &numbers)?;
        let letters: Vec<Happening> = new
            .iter()
            .flat_map(|announced| announced.letters.iter().cloned())
            .collect();
        happen(conn, law, self.clock.legal_now(), &letters)?;
        while tell_received(conn, &*self.objects, law, self.clock.legal_now())? > 0 {}
        failpoint::hit_with("contestation.before_commit", GROUP).map_err(WorkError::later)?;
        if routed > 0 {
            tracing::info!(
                contestations = routed,
                "Contestations were routed with their avis"
            );
        }
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use cnt_contracts::events::LotRef;
    use cnt_contracts::hex32::Hex32;
    use jiff::civil::date;
    use uuid::Uuid;

    use super::*;

    fn facts() -> DocumentFacts {
        DocumentFacts {
            avis: "9900000017".to_owned(),
            kind: ACO.to_owned(),
            issue: 1,
            replaces: None,
            id_mif: Uuid::from_u128(1),
            reception: Uuid::from_u128(2),
            siren: "213500013".to_owned(),
            service: "35001PM".to_owned(),
            natinf: 7_528,
            class: 4,
            commune: "35238".to_owned(),
            offence_day: "2026-10-01".to_owned(),
            avis_date: "2026-11-10".to_owned(),
            requete_until: None,
            plate: None,
            plate_country: None,
            addressee: "M. JEAN ESSAI".to_owned(),
            postcode: "35000".to_owned(),
            locality: "RENNES".to_owned(),
            pages: 4,
            sheets: 2,
            minoree_cents: Some(9_000),
            forfaitaire_cents: 13_500,
            majoree_cents: 37_500,
            consignation_cents: None,
            omp: "OMP-35-01".to_owned(),
            represented: false,
            key_sha256: String::new(),
            is_kept: false,
            recommended: None,
            report: None,
        }
    }

    fn event() -> DocumentLotEvent {
        DocumentLotEvent {
            version: 1,
            lot: LotRef {
                kind: "document".to_owned(),
                id: Hex32([7; 32]),
                bytes: 1,
                members: 1,
            },
            documents: 1,
            not_transformed: 0,
            verdict_lot: Hex32([8; 32]),
        }
    }

    #[test]
    fn deadlines_follow_the_law() {
        let issue = avis_issue(&facts(), &event(), "9900000017/ACO/1").unwrap();
        // 45 days end on Christmas, a Friday: Monday 28 December (CPP 529-2, 801).
        assert_eq!(issue.requete_deadline, date(2026, 12, 28));
        let mut abroad = facts();
        abroad.requete_until = Some("2027-01-25".to_owned());
        let issue = avis_issue(&abroad, &event(), "9900000017/ACO/1").unwrap();
        assert_eq!(issue.requete_deadline, date(2027, 1, 25), "as printed");
        assert_eq!(issue.prescription, date(2027, 10, 1));
        assert_eq!(prescription(date(2024, 2, 29)), Ok(date(2025, 2, 28)));
    }

    #[test]
    fn facts_that_make_no_sense_are_named() {
        let changed = |change: fn(&mut DocumentFacts)| {
            let mut facts = facts();
            change(&mut facts);
            avis_issue(&facts, &event(), "x").unwrap_err()
        };
        assert_eq!(changed(|facts| facts.avis.clear()), "avis");
        assert_eq!(changed(|facts| facts.siren = "x".to_owned()), "siren");
        assert_eq!(
            changed(|facts| facts.avis_date = "2026-02-30".to_owned()),
            "avis_date"
        );
    }
}
