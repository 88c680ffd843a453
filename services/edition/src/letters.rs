//! The flow `edition-letters`: letters that another service asks for. One request lot makes one document lot, which goes
//! the way of every other: archive and dispatch take it in.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use cnt_bus::Record;
use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_contracts::events::{DocumentLotEvent, LetterRequestEvent, LotRef};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{LetterRequestV1, LetterV1};
use cnt_contracts::topics::{DOCUMENT_LOT, LETTER_REQUEST};
use cnt_domain::codes::OmpCode;
use cnt_domain::ids::AvisNumber;
use cnt_flow::{
    LotWork, Plumbing, Poison, Prepared, RegistryVersion, RegistryView, WorkError, event_of,
    event_record, lot_id, lot_ref,
};
use cnt_rendition::{Fallback, Forme};
use cnt_service_kit::cpu::CpuPool;
use cnt_service_kit::{ServiceContext, failpoint};
use cnt_store::outbox::OutboxEvent;
use cnt_store::{FailureClass, PgConnection, Session, done_lots};
use cnt_vault::{LotAbout, LotKind, LotReader, LotWriter, MemberInput, ObjectStore, SealedLot};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::NAME;
use crate::addressee::{Addressee, designated};
use crate::avis::{Issue, avis, omp_printed};
use crate::config::Config;
use crate::db::{self, FinishedLetters};
use crate::document_lot::Workshop;
use crate::letter_document::{MadeDocument, Making};
use crate::letter_facts::{document_kind, facts};
use crate::metrics::LetterMetrics;
use crate::parallel::map_in_order;
use crate::portal_key::portal_key;
use crate::verdict_lot::{self, AcceptedMif, KeptMif};

/// The consumer group.
pub const GROUP: &str = "edition-letters";
/// What keys on letters that are only shown are derived from: they open nothing.
const PREVIEW_SECRET: &str = "a letter that is only shown";
/// Version of the events.
const EVENT_VERSION: u16 = 1;

/// A letter that cannot be made. Messages name the avis and fields, never a person.
#[derive(Debug, thiserror::Error)]
#[error("the letter {letter} cannot be edited")]
pub struct LetterError {
    letter: String,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// What letters are made with.
#[derive(Clone)]
pub(crate) struct Desk {
    objects: Arc<dyn ObjectStore>,
    registry: RegistryView,
    registry_wait: Duration,
    cpu: CpuPool,
    workshop: Arc<Workshop>,
}

/// The work on requests for letters.
pub struct Letters {
    desk: Desk,
    first_number: i64,
    metrics: LetterMetrics,
}

/// What became of one request lot, to be committed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edited {
    request_lot: Hex32,
    lot: LotRef,
    letters: u32,
    /// Why letters were laid out by typst, one each.
    typeset: Vec<Fallback>,
}

/// A letter asked for, read.
struct Asked {
    id: String,
    request: LetterRequestV1,
    /// Number of an avis to a designated driver.
    number: Option<AvisNumber>,
}

impl Letters {
    /// Sets the work up, with what the avis are made with.
    ///
    /// # Errors
    /// When the metrics are registered already.
    pub fn new(
        config: &Config,
        context: &ServiceContext,
        plumbing: &Plumbing,
        workshop: Arc<Workshop>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            desk: Desk {
                objects: Arc::clone(&plumbing.objects),
                registry: plumbing.registry.clone(),
                registry_wait: Duration::from_millis(config.lots.registry_wait_ms),
                cpu: context.cpu.clone(),
                workshop,
            },
            first_number: config.numbers.first_number,
            metrics: LetterMetrics::register(&context.registry)?,
        })
    }

    /// What letters are made with, for whoever shows them.
    pub(crate) fn desk(&self) -> Desk {
        self.desk.clone()
    }

    /// Reads a request lot, renders its letters and writes the document lot.
    fn edit(&self, session: &mut Session, event: &LetterRequestEvent) -> Result<Edited, WorkError> {
        let reader = LotReader::open(
            self.desk
                .objects
                .get(LotKind::Request, lot_id(event.lot.id))?,
        )?;
        let mut asked = Vec::new();
        for member in reader.members()? {
            let request: LetterRequestV1 = member.meta()?;
            let id = member.id.clone();
            asked.push(Asked {
                id,
                request,
                number: None,
            });
        }
        self.number(session, event.lot.id, &mut asked)?;
        let mut writer = LotWriter::new(
            LotKind::Document,
            self.about(reader.manifest().created_at, event, &asked),
        )?;
        let mut made = Vec::with_capacity(asked.len());
        for group in asked.chunk_by(|a, b| a.request.verdict_lot == b.request.verdict_lot) {
            made.extend(self.desk.letters_of(group)?);
        }
        let typeset = made.iter().filter_map(|one| one.typeset).collect();
        let used = made.iter().filter_map(|one| one.forme.as_ref());
        let formes = self.desk.workshop.press.lot_formes(used, &mut writer)?;
        let members = made
            .into_iter()
            .map(|one| match one.forme.and_then(|forme| formes.of(&forme)) {
                Some(forme) => one.member.with_forme(forme),
                None => one.member,
            })
            .collect();
        writer.add_members(members)?;
        let sealed: SealedLot = writer.finish()?;
        self.desk.objects.put(&sealed)?;
        failpoint::hit("edition.after_letters_object").map_err(WorkError::later)?;
        Ok(Edited {
            request_lot: event.lot.id,
            lot: lot_ref(&sealed),
            letters: u32::try_from(asked.len()).unwrap_or(u32::MAX),
            typeset,
        })
    }

    /// Gives avis to designated drivers their numbers, which are reserved for the lot in a transaction of their own: a second
    /// run prints the same.
    fn number(
        &self,
        session: &mut Session,
        request_lot: Hex32,
        asked: &mut [Asked],
    ) -> Result<(), WorkError> {
        let is_avis = |one: &&mut Asked| matches!(one.request.letter, LetterV1::Designated(_));
        let count = asked.iter_mut().filter(is_avis).count();
        if count == 0 {
            return Ok(());
        }
        let numbers = i32::try_from(count).map_err(WorkError::never)?;
        let from = self.first_number;
        let first = session.lot(|conn| db::reserve_letters(conn, request_lot, numbers, from))?;
        let first = first.ok_or_else(|| WorkError::later(crate::work::NumbersExhausted))?;
        for (number, one) in (first..).zip(asked.iter_mut().filter(is_avis)) {
            let number = u64::try_from(number).map_err(WorkError::never)?;
            one.number = Some(AvisNumber::new(number).map_err(WorkError::never)?);
        }
        Ok(())
    }

    /// The instant in the manifest is that of the request: a second run makes the same bytes.
    fn about(
        &self,
        created_at: Timestamp,
        event: &LetterRequestEvent,
        asked: &[Asked],
    ) -> LotAbout {
        let mut about = LotAbout::new(
            created_at,
            &format!("cnt-{NAME}"),
            env!("CARGO_PKG_VERSION"),
        );
        about.retention_class = Some(self.desk.workshop.retention_class.clone());
        for one in asked {
            let kind = document_kind(&one.request.letter);
            let version = self
                .desk
                .workshop
                .press
                .formes()
                .engine()
                .template_version(kind);
            about
                .templates
                .insert(kind.code().to_owned(), version.to_owned());
        }
        about.about = serde_json::json!({ "request_lot": event.lot.id });
        about
    }
}

impl Desk {
    /// A letter as it would be made: no number is given out, and the key on it opens nothing.
    ///
    /// # Errors
    /// What cannot be printed, or the verdict lot is not there.
    pub(crate) fn preview(&self, request: LetterRequestV1) -> Result<Vec<u8>, WorkError> {
        let asked = Asked {
            id: request.avis.clone(),
            request,
            number: None,
        };
        let written = self.written(&[asked], PREVIEW_SECRET)?.pop();
        let made = written
            .ok_or_else(|| WorkError::never("no letter was made"))?
            .made;
        Ok([made.prefix.as_ref(), &made.tail].concat())
    }

    /// The letters about MIFs of one verdict lot, as members of a lot.
    fn letters_of(&self, asked: &[Asked]) -> Result<Vec<MadeLetter>, WorkError> {
        self.written(asked, self.workshop.portal_secret.expose())?
            .into_iter()
            .zip(asked)
            .map(|(written, one)| written.member(one))
            .collect()
    }

    /// The letters about MIFs of one verdict lot; their keys come from a secret.
    fn written(&self, asked: &[Asked], secret: &str) -> Result<Vec<Written>, WorkError> {
        let Some(first) = asked.first() else {
            return Ok(Vec::new());
        };
        let wanted: HashSet<Uuid> = asked.iter().map(|one| one.request.id_mif).collect();
        let mifs = self
            .cpu
            .run_blocking(|| {
                verdict_lot::accepted_of(self.objects.as_ref(), first.request.verdict_lot, &wanted)
            })
            .map_err(WorkError::never)??;
        let accepted = mifs.iter().map(|kept| &kept.accepted);
        let registries = verdict_lot::registries(&self.registry, accepted, self.registry_wait)?;
        let by_id: HashMap<Uuid, &KeptMif> = mifs
            .iter()
            .map(|kept| (kept.accepted.mif.id.0, kept))
            .collect();
        let letter = |one: &Asked| {
            let made = self.letter(one, &by_id, &registries, secret);
            made.map_err(|source| LetterError {
                letter: one.id.clone(),
                source,
            })
        };
        self.cpu
            .run_blocking(|| map_in_order(asked, rayon::current_num_threads(), letter))
            .map_err(WorkError::never)?
            .map_err(WorkError::later)?
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(WorkError::never)
    }

    fn letter(
        &self,
        asked: &Asked,
        mifs: &HashMap<Uuid, &KeptMif>,
        registries: &BTreeMap<u64, Arc<RegistryVersion>>,
        secret: &str,
    ) -> Result<Written, Box<dyn std::error::Error + Send + Sync>> {
        let request = &asked.request;
        let kept = *mifs
            .get(&request.id_mif)
            .ok_or("the verdict lot holds no such MIF")?;
        let mif = &kept.accepted;
        let addressee = &addressee_of(request, mif)?;
        let registry = registries
            .get(&mif.registry_version)
            .ok_or("its version of the registry is not here")?;
        let number: AvisNumber = match asked.number {
            Some(number) => number,
            None => request.avis.parse()?,
        };
        let key = portal_key(secret, number);
        let issue = Issue {
            number,
            date: match asked.number {
                Some(_) => request.sent_on.parse()?,
                None => request.avis_date.parse()?,
            },
            portal_key: &key,
        };
        let mut avis = avis(&mif.mif, addressee, &registry.registry, &issue)?;
        if let Some(code) = &request.omp {
            let acting = registry.registry.omps.get(&code.parse::<OmpCode>()?);
            let acting = acting.ok_or("the registry holds no such OMP")?;
            avis.input.contest.omp = omp_printed(acting);
        }
        // What the avis shows shortened, the letter shows the same way.
        avis.input = self.workshop.press.fitting(avis.input)?;
        let sent_on: Date = request.sent_on.parse()?;
        let made = Making {
            objects: self.objects.as_ref(),
            formes: self.workshop.press.formes(),
            registry: &registry.registry,
            avis: &avis,
            kept,
            addressee,
            key: &key,
            sent_on,
        }
        .make(request)?;
        let facts = facts(request, mif, addressee, &avis, &key, made.pages);
        Ok(Written { made, facts })
    }
}

/// A letter that is made, and what is said of it.
struct Written {
    made: MadeDocument,
    facts: DocumentFacts,
}

impl Written {
    fn member(self, asked: &Asked) -> Result<MadeLetter, WorkError> {
        let made = self.made;
        let meta = DocumentMeta::Document(Box::new(self.facts));
        let id = match asked.number {
            Some(number) => format!("{number}/{}/1", asked.request.letter.kind()),
            None => asked.id.clone(),
        };
        let mut member = MemberInput::new(id, made.tail, &meta).map_err(WorkError::never)?;
        if made.forme.is_some() {
            member = member.with_prefix(made.prefix);
        }
        if let Some(sha256) = made.sha256 {
            member = member.with_sha256(sha256.into());
        }
        Ok(MadeLetter {
            member,
            forme: made.forme,
            typeset: made.typeset,
        })
    }
}

/// Whom a letter goes to, at the address that they declared last.
fn addressee_of(
    request: &LetterRequestV1,
    mif: &AcceptedMif,
) -> Result<Addressee, Box<dyn std::error::Error + Send + Sync>> {
    let first = match &request.addressee {
        Some(driver) => designated(driver)?,
        None => {
            let addressee = mif.addressee.as_ref();
            addressee.map_err(|_| "nobody to address")?.clone()
        }
    };
    Ok(match &request.address {
        Some(address) => first.moved_to(address)?,
        None => first,
    })
}

/// A letter as a member of a lot.
struct MadeLetter {
    member: MemberInput,
    forme: Option<Arc<Forme>>,
    /// Why it has none, where one was tried.
    typeset: Option<Fallback>,
}

impl LotWork for Letters {
    type Effect = Vec<Edited>;

    fn prepare(
        &mut self,
        session: &mut Session,
        records: &[Record],
    ) -> Result<Prepared<Vec<Edited>>, WorkError> {
        let mut prepared = Prepared::clean(Vec::new());
        let mut events: Vec<(usize, LetterRequestEvent)> = Vec::new();
        for (index, record) in records.iter().enumerate() {
            match event_of::<LetterRequestEvent>(index, record) {
                Ok(event) if events.iter().any(|(_, known)| known.lot.id == event.lot.id) => {}
                Ok(event) => events.push((index, event)),
                Err(unreadable) => prepared.poison.push(unreadable),
            }
        }
        let names: Vec<Hex32> = events.iter().map(|(_, event)| event.lot.id).collect();
        let done = db::letters_done(session.connection()?, &names)?;
        events.retain(|(_, event)| !done.contains(&event.lot.id));
        for (index, event) in events {
            match self.edit(session, &event) {
                Ok(edited) => prepared.effect.push(edited),
                Err(error) if error.class() == FailureClass::Permanent => {
                    prepared.poison.push(Poison {
                        index,
                        reason: "not_editable",
                        detail: crate::work::chain(&error),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        Ok(prepared)
    }

    fn apply(
        &mut self,
        conn: &mut PgConnection,
        effect: &mut Vec<Edited>,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        let names: Vec<[u8; 32]> = effect.iter().map(|edited| edited.request_lot.0).collect();
        let mut is_new = done_lots::claim(conn, LETTER_REQUEST.name, &names)?.into_iter();
        effect.retain(|_| is_new.next().unwrap_or(false));
        let mut events = Vec::with_capacity(effect.len());
        let mut finished = Vec::with_capacity(effect.len());
        for edited in effect.iter() {
            finished.push(FinishedLetters {
                request_lot: edited.request_lot,
                document_lot: edited.lot.id,
                letters: i32::try_from(edited.letters).unwrap_or(i32::MAX),
            });
            let event = DocumentLotEvent {
                version: EVENT_VERSION,
                lot: edited.lot.clone(),
                documents: edited.letters,
                not_transformed: 0,
                verdict_lot: edited.request_lot,
            };
            events.push(event_record(&DOCUMENT_LOT, event.lot.id, &event)?);
        }
        db::finish_letters(conn, &finished)?;
        failpoint::hit("edition.before_letters_commit").map_err(WorkError::later)?;
        Ok(events)
    }

    fn committed(&mut self, effect: Vec<Edited>) {
        for edited in effect {
            self.metrics
                .rendered_total
                .inc_by(u64::from(edited.letters));
            for reason in edited.typeset {
                self.metrics.typeset_total.with(reason.into()).inc();
            }
        }
    }

    /// A letter that was asked for must be sent.
    fn discard(
        &mut self,
        _conn: &mut PgConnection,
        record: &Record,
    ) -> Result<Vec<OutboxEvent>, WorkError> {
        match event_of::<LetterRequestEvent>(0, record) {
            Ok(_) => Err(WorkError::never("a request for letters cannot be given up")),
            Err(_) => Ok(Vec::new()),
        }
    }
}
