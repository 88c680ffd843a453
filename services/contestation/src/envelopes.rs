//! What becomes of envelopes that the mail room or the CNT deals with: identified, answered, or said to need no answer.

use cnt_domain::avis::Ground;
use cnt_domain::courrier::CourrierKind;
use cnt_domain::ids::AvisNumber;
use cnt_domain::law::Law;
use cnt_domain::life::Event;
use cnt_store::{LotError, PgConnection};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::db::{self, Close, EnvelopeRow, Found};
use crate::life::{Happening, Outcome, What, happen, recall};

/// How an envelope is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum How {
    /// With an answer, in few words.
    Answered(String),
    /// Without, for a reason.
    NoneNeeded(String),
    /// The new address was declared on that day (CPP 530, R49-6-1).
    AddressDeclared(Date),
}

/// What came of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It is closed.
    Done,
    /// There is no such envelope.
    Unknown,
    /// It was closed before.
    Closed,
    /// The officer answers it.
    Contestation,
    /// It is no address change about an avis that is known.
    NotAnAddress,
    /// The law refuses it.
    Refused(String),
}

/// Answers an envelope, in the caller's transaction.
pub(crate) fn answer(
    conn: &mut PgConnection,
    law: &Law,
    (by, at): (&str, Timestamp),
    id: Uuid,
    how: &How,
) -> Result<Answered, LotError> {
    let Some(row) = db::envelope_lock(conn, id)? else {
        return Ok(Answered::Unknown);
    };
    if row.has_contestation {
        return Ok(Answered::Contestation);
    }
    if !row.is_open() {
        return Ok(Answered::Closed);
    }
    let (is_answered, detail) = match how {
        How::Answered(how) => (true, how.clone()),
        How::NoneNeeded(why) => (false, why.clone()),
        How::AddressDeclared(declared_on) => {
            if let Some(refused) = declare(conn, law, at, &row, *declared_on)? {
                return Ok(refused);
            }
            let detail =
                format!("address declared on {declared_on}: the majoration falls (CPP R49-6-1)");
            (true, detail)
        }
    };
    let detail = detail.as_str();
    db::envelope_close(
        conn,
        id,
        &Close {
            is_answered,
            detail,
            by,
            at,
        },
    )?;
    Ok(Answered::Done)
}

/// Lets the majoration fall: only whoever declared the address within the delay of CPP 530 is excused.
fn declare(
    conn: &mut PgConnection,
    law: &Law,
    at: Timestamp,
    row: &EnvelopeRow,
    declared_on: Date,
) -> Result<Option<Answered>, LotError> {
    let (Some(avis), true) = (row.avis, row.kind == CourrierKind::AddressChange.as_str()) else {
        return Ok(Some(Answered::NotAnAddress));
    };
    if declared_on > row.received_day() {
        let why = "nothing is declared after it was received".to_owned();
        return Ok(Some(Answered::Refused(why)));
    }
    let rows = db::lives_lock(conn, &[avis])?;
    let Some(life) = rows.first() else {
        return Ok(Some(Answered::NotAnAddress));
    };
    let life = recall(&life.state, &life.memory).map_err(LotError::refused)?;
    let abroad = life.memory().opening.abroad;
    let last = db::majoree_sent_on(conn, avis)?
        .and_then(|sent| law.reclamation_barred_after(sent, abroad));
    if let Some(last) = last.filter(|last| declared_on > *last) {
        let why = format!("the address had to be declared until {last} (CPP 530)");
        return Ok(Some(Answered::Refused(why)));
    }
    let happening = Happening {
        avis,
        what: What::Event(Event::AddressChange),
        day: cnt_domain::civil::paris_date(at),
        cause: format!("courrier {}", row.id),
    };
    match happen(conn, law, at, &[happening])?.pop() {
        Some(Outcome::Lived(_)) => Ok(None),
        Some(Outcome::Refused(refusal)) => Ok(Some(Answered::Refused(refusal.to_string()))),
        Some(Outcome::Unknown) | None => Ok(Some(Answered::NotAnAddress)),
    }
}

/// What came of an identification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Assigned {
    /// It goes its way.
    Done,
    /// There is no such envelope.
    Unknown,
    /// It was closed before.
    Closed,
    /// It was identified before.
    Before,
    /// What was found does not fit the envelope.
    Mismatch(&'static str),
}

/// What an envelope is, by what was found out about it.
pub(crate) fn found(
    row: &EnvelopeRow,
    kind: Option<CourrierKind>,
    avis: Option<AvisNumber>,
    ground: Option<Ground>,
    text: String,
) -> Result<Found, Assigned> {
    if row.kind != CourrierKind::Unidentifiable.as_str() {
        return Err(Assigned::Before);
    }
    if !row.is_open() {
        return Err(Assigned::Closed);
    }
    let mismatch = |why| Err(Assigned::Mismatch(why));
    let coded: CourrierKind = row
        .coded
        .parse()
        .map_err(|_| Assigned::Mismatch("the envelope has a kind that is none"))?;
    let kind = kind.unwrap_or(coded);
    if kind == CourrierKind::Unidentifiable {
        return mismatch("say what the envelope is");
    }
    if kind.needs_avis() != avis.is_some() {
        return mismatch("this kind of envelope is about an avis, or about none");
    }
    // A file that is there stays one, and a letter that came back has the motive that the post gave.
    if row.has_contestation != kind.is_contestation() && (row.has_contestation || ground.is_none())
        || (kind == CourrierKind::Npai) != (coded == CourrierKind::Npai)
    {
        return mismatch(
            "a contestation has a ground, and what was read as one is one; so is a letter that came back",
        );
    }
    let is_new_file = kind.is_contestation() && !row.has_contestation;
    let written = ground
        .filter(|_| is_new_file)
        .map(|ground| (ground.as_str(), text));
    Ok(Found {
        kind,
        avis: avis.map(|avis| avis.to_string()).unwrap_or_default(),
        number: avis.and_then(|avis| i64::try_from(avis.get()).ok()),
        written,
    })
}
