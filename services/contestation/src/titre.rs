//! The titre exécutoire of the day (CPP 529-2, R49-5): the OMP signs the list of those who neither paid nor contested.
//! Signed, each fine is majorée, and the letters are asked for in the same transaction.

use std::collections::HashMap;
use std::fmt::Write as _;

use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{DueV1, LetterV1, MajoreeLetterV1};
use cnt_domain::law::Law;
use cnt_domain::life::{AvisLife, Event};
use cnt_evidence::{Hash, VerifierKey};
use cnt_store::{LotError, PgConnection};
use cnt_vault::{ObjectStore, SealedLot};
use jiff::Timestamp;
use jiff::civil::Date;

use crate::config::TitreSection;
use crate::db::{self, LetterRow, LifeRow, NewTitre, Substitutes};
use crate::letters::{self, Wanted};
use crate::life::{Happening, Outcome, What, happen, recall};

/// Most avis of one titre.
const AVIS_MAX: i64 = 2_000;
/// First line of what is signed.
const HEADLINE: &str = "titre exécutoire";

/// A titre that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proposal {
    /// Its number.
    pub(crate) number: String,
    /// The OMP who signs.
    pub(crate) omp: String,
    /// The day.
    pub(crate) day: Date,
    /// Avis and increased fine of each, by number.
    pub(crate) avis: Vec<(i64, i64)>,
    /// Sum in cents.
    pub(crate) total_cents: i64,
    /// SHA-256 of the list: a line `avis;cents` each.
    pub(crate) list_sha256: [u8; 32],
}

/// The lives of a titre by their avis.
type Lives = HashMap<i64, AvisLife>;

impl Proposal {
    fn of(
        conn: &mut PgConnection,
        rows: &[LifeRow],
        omp: &str,
        day: Date,
    ) -> Result<Option<(Self, Lives)>, LotError> {
        if rows.is_empty() {
            return Ok(None);
        }
        let mut lives = HashMap::with_capacity(rows.len());
        let (mut avis, mut total_cents, mut list) = (Vec::new(), 0_i64, String::new());
        for row in rows {
            let life = recall(&row.state, &row.memory).map_err(LotError::refused)?;
            let cents = life.memory().opening.amounts.majoree.0;
            avis.push((row.avis, cents));
            total_cents = total_cents.saturating_add(cents);
            // Writing to a String cannot fail.
            let _written = writeln!(list, "{};{cents}", row.avis);
            lives.insert(row.avis, life);
        }
        let nth = db::titres_of_day(conn, omp, day)?.saturating_add(1);
        let place = omp.strip_prefix("OMP-").unwrap_or(omp);
        let proposal = Self {
            number: format!("T{}-{place}-{nth}", day.strftime("%y%m%d")),
            omp: omp.to_owned(),
            day,
            avis,
            total_cents,
            list_sha256: *Hash::of(list.as_bytes()).as_bytes(),
        };
        Ok(Some((proposal, lives)))
    }

    /// What the OMP signs: it names the list by its SHA-256.
    pub(crate) fn text(&self) -> String {
        format!(
            "{HEADLINE}\n{}\n{}\n{}\n{} avis\n{} cents\nsha256 {}\n",
            self.number,
            self.omp,
            self.day,
            self.avis.len(),
            self.total_cents,
            Hex32(self.list_sha256)
        )
    }
}

/// The next titre of an OMP, and of those in whose place it acts on that day (CPP 46 to 48).
pub(crate) fn proposal(
    conn: &mut PgConnection,
    law: &Law,
    omp: &str,
    day: Date,
) -> Result<Option<Proposal>, LotError> {
    let omps = Substitutes::of(law, day).acts_for(omp);
    let rows = db::titre_lives(conn, &omps, AVIS_MAX, false)?;
    Ok(Proposal::of(conn, &rows, omp, day)?.map(|(proposal, _)| proposal))
}

/// What came of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signed {
    /// The titre stands.
    Done(Proposal),
    /// Nothing waits for a signature.
    Nothing,
    /// The OMP has no key registered.
    NoKey,
    /// The note is not signed by the OMP's key.
    Unsigned,
    /// What was signed is not what waits now.
    Changed,
}

/// What signing needs besides the database.
pub(crate) struct Signing<'a> {
    /// The law.
    pub(crate) law: &'a Law,
    /// Where the request is written.
    pub(crate) objects: &'a dyn ObjectStore,
    /// The comptable in whose name the letters go.
    pub(crate) config: &'a TitreSection,
    /// Who signs.
    pub(crate) who: &'a str,
    /// The day in Paris.
    pub(crate) day: Date,
    /// The legal instant.
    pub(crate) at: Timestamp,
}

/// Takes the signature of an OMP under its titre of the day, in the caller's transaction.
pub(crate) fn sign(
    conn: &mut PgConnection,
    signing: &Signing<'_>,
    omp: &str,
    note: &str,
) -> Result<Signed, LotError> {
    let Some(verifier) = db::signer(conn, omp)? else {
        return Ok(Signed::NoKey);
    };
    let verifier: VerifierKey = verifier.parse().map_err(LotError::refused)?;
    let Ok(text) = verifier.open(note) else {
        return Ok(Signed::Unsigned);
    };
    let omps = Substitutes::of(signing.law, signing.day).acts_for(omp);
    let rows = db::titre_lives(conn, &omps, AVIS_MAX, true)?;
    let Some((titre, lives)) = Proposal::of(conn, &rows, omp, signing.day)? else {
        return Ok(Signed::Nothing);
    };
    if text != titre.text() {
        return Ok(Signed::Changed);
    }
    let numbers: Vec<i64> = titre.avis.iter().map(|(avis, _)| *avis).collect();
    let rows = db::letter_rows(conn, &numbers)?;
    let lot = request_lot(signing, &titre, &lives, &rows)?;
    signing.objects.put(&lot).map_err(LotError::later)?;
    let happenings: Vec<Happening> = numbers
        .iter()
        .map(|avis| Happening {
            avis: *avis,
            what: What::Event(Event::TitreSigned),
            day: signing.day,
            cause: format!("titre {}", titre.number),
        })
        .collect();
    for outcome in happen(conn, signing.law, signing.at, &happenings)? {
        // A day that was due and not lived yet may stand against one of them: the list is another then.
        if !matches!(outcome, Outcome::Lived(Some(_))) {
            return Err(LotError::later(
                "an avis of the list is not proposed any more",
            ));
        }
    }
    db::titre_insert(
        conn,
        &NewTitre {
            number: &titre.number,
            omp,
            day: titre.day,
            total_cents: titre.total_cents,
            list_sha256: titre.list_sha256,
            note,
            who: signing.who,
            at: signing.at,
            request_lot: *lot.id().as_bytes(),
            avis: &titre.avis,
        },
    )?;
    letters::ask(conn, &lot)?;
    Ok(Signed::Done(titre))
}

/// The letters of a titre, asked for in one lot.
fn request_lot(
    signing: &Signing<'_>,
    titre: &Proposal,
    lives: &Lives,
    rows: &[LetterRow],
) -> Result<SealedLot, LotError> {
    let sent_on = signing.law.calendar.prolonged(signing.day);
    let mut members = Vec::with_capacity(rows.len());
    for row in rows {
        let life = lives
            .get(&row.avis)
            .ok_or_else(|| LotError::refused("a letter for an avis that is not of the titre"))?;
        let wanted = Wanted {
            before: row.issues,
            sent_on,
            omp: Some(titre.omp.clone()),
            addressee: row.driver(),
            address: row.declared.clone(),
            is_kept: false,
            letter: LetterV1::AmendeMajoree(Box::new(letter(signing, titre, life, sent_on)?)),
        };
        members.push(letters::member(row, wanted, &[])?);
    }
    letters::request_lot(signing.at, members)
}

fn letter(
    signing: &Signing<'_>,
    titre: &Proposal,
    life: &AvisLife,
    sent_on: Date,
) -> Result<MajoreeLetterV1, LotError> {
    let opening = life.memory().opening;
    let deadlines = signing
        .law
        .majoree_deadlines(sent_on, opening.abroad)
        .ok_or_else(|| LotError::later("the law has no delays for that day"))?;
    let majoree = opening.amounts.majoree.0;
    Ok(MajoreeLetterV1 {
        titre: titre.number.clone(),
        signed_on: titre.day.to_string(),
        reduced: DueV1 {
            cents: life.majoree_reduced().0,
            until_paper: deadlines.reduced_paper.to_string(),
            until_remote: deadlines.reduced_remote.to_string(),
        },
        full: DueV1 {
            cents: majoree,
            until_paper: deadlines.full_paper.to_string(),
            until_remote: deadlines.full_remote.to_string(),
        },
        claim_until: deadlines.reclamation.to_string(),
        consignation_cents: opening.is_529_10.then_some(majoree),
        accountant_name: signing.config.accountant_name.clone(),
        accountant_address: signing.config.accountant_address.clone(),
    })
}
