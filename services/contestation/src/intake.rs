//! What an envelope must be like to be taken in.

use cnt_contracts::courrier::{
    ContestationRequest, CourrierV1, CourrierV2, EnvelopeV2, ScanV2, WishV3,
};
use cnt_domain::avis::Ground;
use cnt_domain::civil::paris_date;
use cnt_domain::courrier::{CourrierKind, Undelivered};
use cnt_domain::ids::AvisNumber;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

mod wish;

pub(crate) use wish::{
    AddressRefused, NamedDriver, WISH_VERSION, WORD_CHARACTERS_MAX, check_address, named_driver,
};

/// Longest motivation, in characters.
pub(crate) const MOTIVATION_CHARACTERS_MAX: usize = 4_000;
/// Longest text taken for an avis number on an envelope from the mail room, in characters.
const AVIS_TEXT_CHARACTERS_MAX: usize = 64;
/// The version of [`CourrierV1`].
pub(crate) const PORTAL_VERSION: u16 = 1;
/// The version of [`CourrierV2`].
pub(crate) const MAIL_VERSION: u16 = 2;
/// Channel of what came through the portal.
pub(crate) const PORTAL: &str = "portal";
/// Channel of what came through the mail room.
const MAIL: &str = "mail";

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RequestRefused {
    /// The id is the nil UUID: every careless sender would share it.
    #[error("the id must be a UUID of the sender's own, not the nil one")]
    Id,
    /// The avis number cannot be one.
    #[error("the avis number must be ten digits beginning with 99")]
    Avis,
    /// The motivation is empty, too long or holds control characters.
    #[error(
        "the motivation must have 1 to 4000 characters and no control character but the line feed"
    )]
    Motivation,
}

impl RequestRefused {
    /// Stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Id => "id_nil",
            Self::Avis => "avis_malformed",
            Self::Motivation => "motivation_malformed",
        }
    }

    /// Place of the fault in the request (RFC 6901).
    pub(crate) fn pointer(self) -> &'static str {
        match self {
            Self::Id => "/id",
            Self::Avis => "/avis",
            Self::Motivation => "/motivation",
        }
    }
}

pub(crate) fn is_printable(text: &str) -> bool {
    !text
        .chars()
        .any(|character| character.is_control() && character != '\n')
}

fn is_avis_text(text: &str) -> bool {
    text.chars().count() <= AVIS_TEXT_CHARACTERS_MAX && is_printable(text)
}

fn check_body(request: &ContestationRequest) -> Result<(), RequestRefused> {
    if request.id.is_nil() {
        return Err(RequestRefused::Id);
    }
    let length = request.motivation.chars().count();
    if !(1..=MOTIVATION_CHARACTERS_MAX).contains(&length) || !is_printable(&request.motivation) {
        return Err(RequestRefused::Motivation);
    }
    Ok(())
}

/// Checks what an offender asks on the portal, where the avis number is typed by them and can be refused at once.
pub(crate) fn check_request(request: &ContestationRequest) -> Result<AvisNumber, RequestRefused> {
    let avis = request.avis.parse().map_err(|_| RequestRefused::Avis)?;
    check_body(request)?;
    Ok(avis)
}

/// What a contestation says and has.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Written {
    /// Ground.
    pub(crate) ground: Ground,
    /// What the offender writes; of paper, as the mail room read it, and it may be empty.
    pub(crate) text: String,
    /// What a contestation on paper has; none of those of the portal.
    pub(crate) pieces: Option<Vec<&'static str>>,
    /// Consignation that it proves, in cents.
    pub(crate) consigned_cents: i64,
}

impl std::fmt::Debug for Written {
    /// The text is personal data.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Written({:?}, {:?})", self.ground, self.pieces)
    }
}

/// An envelope of the topic, as the books need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// Chosen by the sender: the same id is the same envelope; of a contestation, also its id.
    pub(crate) id: Uuid,
    /// What it is dealt with as.
    pub(crate) kind: CourrierKind,
    /// What it was said to be.
    pub(crate) coded: CourrierKind,
    /// The avis number as it was read.
    pub(crate) avis_text: String,
    /// The avis, if its number can be one.
    pub(crate) avis: Option<AvisNumber>,
    /// `portal` or `mail`.
    pub(crate) channel: &'static str,
    /// When it was taken in, on the legal clock.
    pub(crate) received_at: Timestamp,
    /// The civil day of reception in Paris: deadlines are counted in civil days (CPP 801).
    pub(crate) received_day: Date,
    /// Day of the postmark, or of the portal; none when it cannot be read.
    pub(crate) posted_day: Option<Date>,
    /// Of a contestation, what it says.
    pub(crate) written: Option<Written>,
    /// Of a letter that came back, why.
    pub(crate) undelivered: Option<Undelivered>,
    /// Of paper, its scan.
    pub(crate) scan: Option<ScanV2>,
    /// What is joined to a contestation of the portal.
    pub(crate) attachments: Vec<ScanV2>,
    /// Of a designation on the portal, the driver.
    pub(crate) driver: Option<NamedDriver>,
    /// What is asked on the portal besides contesting.
    pub(crate) wish: Option<WishV3>,
}

/// Why a record is no envelope: reason and detail for the quarantine, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// One of few words.
    pub(crate) reason: &'static str,
    /// What exactly.
    pub(crate) detail: String,
}

fn refuse(reason: &'static str, detail: &str) -> Unreadable {
    Unreadable {
        reason,
        detail: detail.to_owned(),
    }
}

fn json<T: DeserializeOwned>(value: &[u8]) -> Result<T, Unreadable> {
    serde_json::from_slice(value).map_err(|error| Unreadable {
        reason: "courrier_unreadable",
        detail: format!("line {}, column {}", error.line(), error.column()),
    })
}

/// Reads a record of `courrier.inbound`.
pub(crate) fn read_envelope(value: &[u8]) -> Result<Envelope, Unreadable> {
    #[derive(Deserialize)]
    struct Version {
        version: u16,
    }
    match json::<Version>(value)?.version {
        PORTAL_VERSION => contestation(json(value)?),
        MAIL_VERSION => paper(json(value)?),
        WISH_VERSION => wish::wish(json(value)?),
        other => Err(refuse("courrier_version", &format!("version {other}"))),
    }
}

fn instant(microseconds: i64) -> Result<Timestamp, Unreadable> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| refuse("courrier_instant", "no instant of the calendar"))
}

/// What cannot be told to be about an avis waits for the mail room.
fn dealt_with_as(coded: CourrierKind, avis: Option<AvisNumber>) -> CourrierKind {
    if coded.needs_avis() && avis.is_none() {
        CourrierKind::Unidentifiable
    } else {
        coded
    }
}

fn contestation(courrier: CourrierV1) -> Result<Envelope, Unreadable> {
    let channel = match courrier.channel.as_str() {
        PORTAL => PORTAL,
        MAIL => MAIL,
        _ => return Err(refuse("courrier_channel", "neither portal nor mail")),
    };
    let received_at = instant(courrier.received_at_us)?;
    let request = courrier.contestation;
    check_body(&request).map_err(|error| refuse(error.code(), &error.to_string()))?;
    if !is_avis_text(&request.avis) {
        return Err(refuse("avis_malformed", "not even a short text"));
    }
    let (avis, ground) = (request.avis.parse().ok(), Ground::from(request.ground));
    let driver = match courrier.driver {
        None => None,
        Some(said) => {
            let named = named_driver(said).filter(|_| ground == Ground::Designation);
            let malformed = || refuse("driver_malformed", "no driver of a designation");
            Some(named.ok_or_else(malformed)?)
        }
    };
    let coded = match ground {
        Ground::Designation => CourrierKind::Designation,
        Ground::VehicleNotMine | Ground::Other => CourrierKind::Requete,
    };
    let received_day = paris_date(received_at);
    Ok(Envelope {
        id: request.id,
        kind: dealt_with_as(coded, avis),
        coded,
        avis_text: request.avis,
        avis,
        channel,
        received_at,
        received_day,
        posted_day: Some(received_day),
        written: Some(Written {
            ground,
            text: request.motivation,
            pieces: None,
            consigned_cents: 0,
        }),
        undelivered: None,
        scan: None,
        attachments: courrier.attachments,
        driver,
        wish: None,
    })
}

fn paper(courrier: CourrierV2) -> Result<Envelope, Unreadable> {
    let received_at = instant(courrier.received_at_us)?;
    let (envelope, scan) = (courrier.envelope, courrier.scan);
    let days =
        check_envelope(&envelope).map_err(|error| refuse(error.code(), &error.to_string()))?;
    let avis = envelope.avis.parse().ok();
    let coded = CourrierKind::from(envelope.kind);
    Ok(Envelope {
        id: envelope.id,
        kind: dealt_with_as(coded, avis),
        coded,
        avis,
        avis_text: envelope.avis,
        channel: MAIL,
        received_at,
        received_day: days.received,
        posted_day: days.posted,
        written: envelope.paper.map(|paper| Written {
            ground: paper.ground.into(),
            text: paper.text,
            pieces: Some(paper.pieces.iter().map(|piece| piece.as_str()).collect()),
            consigned_cents: paper.consigned_cents,
        }),
        undelivered: envelope.undelivered.map(Undelivered::from),
        scan: Some(scan),
        attachments: Vec::new(),
        driver: None,
        wish: None,
    })
}

/// Why an envelope on paper is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum EnvelopeRefused {
    /// The id is the nil UUID.
    #[error("the id must be a UUID of the sender's own, not the nil one")]
    Id,
    /// Not even a short text.
    #[error("the avis number, as it was read, has at most 64 characters and no control character")]
    Avis,
    /// A day that is none, or a postmark after the reception.
    #[error("days are written YYYY-MM-DD, and nothing is posted after it was received")]
    Day,
    /// The parts do not fit the kind.
    #[error(
        "a requête, réclamation or designation has `paper`, a designation with the ground `designation`; nothing else has"
    )]
    Paper,
    /// The text is too long or holds control characters.
    #[error(
        "the text must have at most 4000 characters and no control character but the line feed"
    )]
    Text,
    /// A negative consignation.
    #[error("a consignation is no negative amount")]
    Consignation,
    /// A motive of the post on something that is no letter of ours, or none on one.
    #[error(
        "a letter that came back, and nothing else, has the motive of the post in `undelivered`"
    )]
    Undelivered,
}

impl EnvelopeRefused {
    /// Stable code.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Id => "id_nil",
            Self::Avis => "avis_malformed",
            Self::Day => "day_malformed",
            Self::Paper => "paper_mismatch",
            Self::Text => "text_malformed",
            Self::Consignation => "amount_malformed",
            Self::Undelivered => "undelivered_mismatch",
        }
    }

    /// Place of the fault in the envelope (RFC 6901).
    pub(crate) fn pointer(self) -> &'static str {
        match self {
            Self::Id => "/id",
            Self::Avis => "/avis",
            Self::Day => "/received_on",
            Self::Paper => "/paper",
            Self::Text => "/paper/text",
            Self::Consignation => "/paper/consigned_cents",
            Self::Undelivered => "/undelivered",
        }
    }
}

/// The days of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Days {
    /// Of reception.
    pub(crate) received: Date,
    /// Of the postmark.
    pub(crate) posted: Option<Date>,
}

/// Checks what the mail room says of an envelope.
pub(crate) fn check_envelope(envelope: &EnvelopeV2) -> Result<Days, EnvelopeRefused> {
    let kind = CourrierKind::from(envelope.kind);
    if envelope.id.is_nil() {
        return Err(EnvelopeRefused::Id);
    }
    if !is_avis_text(&envelope.avis) {
        return Err(EnvelopeRefused::Avis);
    }
    let day = |text: &str| text.parse::<Date>().map_err(|_| EnvelopeRefused::Day);
    let days = Days {
        received: day(&envelope.received_on)?,
        posted: envelope.posted_on.as_deref().map(day).transpose()?,
    };
    if days.posted.is_some_and(|posted| posted > days.received) {
        return Err(EnvelopeRefused::Day);
    }
    if kind.is_contestation() != envelope.paper.is_some() {
        return Err(EnvelopeRefused::Paper);
    }
    if (kind == CourrierKind::Npai) != envelope.undelivered.is_some() {
        return Err(EnvelopeRefused::Undelivered);
    }
    if let Some(paper) = &envelope.paper {
        let is_designation = Ground::from(paper.ground) == Ground::Designation;
        if is_designation != (kind == CourrierKind::Designation) {
            return Err(EnvelopeRefused::Paper);
        }
        if paper.text.chars().count() > MOTIVATION_CHARACTERS_MAX || !is_printable(&paper.text) {
            return Err(EnvelopeRefused::Text);
        }
        if paper.consigned_cents < 0 {
            return Err(EnvelopeRefused::Consignation);
        }
    }
    Ok(days)
}

/// What a scan is by its first bytes; none when it is nothing that the mail room makes.
pub(crate) fn media(bytes: &[u8]) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 5] = [
        (b"%PDF-", "application/pdf"),
        (b"II*\0", "image/tiff"),
        (b"MM\0*", "image/tiff"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
    ];
    KNOWN
        .iter()
        .find(|(magic, _)| bytes.starts_with(magic))
        .map(|(_, media)| *media)
}

#[cfg(test)]
mod tests;
