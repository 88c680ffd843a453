//! What an envelope must be like to be taken in.

use cnt_contracts::courrier::{ContestationRequest, CourrierV1};
use cnt_domain::civil::paris_date;
use cnt_domain::ids::AvisNumber;
use jiff::Timestamp;
use jiff::civil::Date;

/// Longest motivation, in characters.
pub(crate) const MOTIVATION_CHARACTERS_MAX: usize = 4_000;
/// Longest text taken for an avis number on an envelope from the mail room, in characters.
const AVIS_TEXT_CHARACTERS_MAX: usize = 64;
/// The version of [`CourrierV1`].
pub(crate) const COURRIER_VERSION: u16 = 1;
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

fn is_printable(text: &str) -> bool {
    !text
        .chars()
        .any(|character| character.is_control() && character != '\n')
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

/// An envelope of the topic, as the books need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    /// The contestation.
    pub(crate) request: ContestationRequest,
    /// The avis, if its number can be one.
    pub(crate) avis: Option<AvisNumber>,
    /// `portal` or `mail`.
    pub(crate) channel: &'static str,
    /// When it was received, on the legal clock.
    pub(crate) received_at: Timestamp,
    /// The civil day of that instant in Paris: deadlines are counted in civil days (CPP 801).
    pub(crate) received_day: Date,
}

/// Why a record is no envelope: reason and detail for the quarantine, without personal data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// One of few words.
    pub(crate) reason: &'static str,
    /// What exactly.
    pub(crate) detail: String,
}

/// Reads a record of `courrier.inbound`.
pub(crate) fn read_envelope(value: &[u8]) -> Result<Envelope, Unreadable> {
    let refuse = |reason, detail: &str| Unreadable {
        reason,
        detail: detail.to_owned(),
    };
    let courrier: CourrierV1 = serde_json::from_slice(value).map_err(|error| Unreadable {
        reason: "courrier_unreadable",
        detail: format!("line {}, column {}", error.line(), error.column()),
    })?;
    if courrier.version != COURRIER_VERSION {
        return Err(refuse(
            "courrier_version",
            &format!("version {}", courrier.version),
        ));
    }
    let channel = match courrier.channel.as_str() {
        PORTAL => PORTAL,
        MAIL => MAIL,
        _ => return Err(refuse("courrier_channel", "neither portal nor mail")),
    };
    let received_at = Timestamp::from_microsecond(courrier.received_at_us)
        .map_err(|_| refuse("courrier_instant", "no instant of the calendar"))?;
    let request = courrier.contestation;
    check_body(&request).map_err(|error| Unreadable {
        reason: error.code(),
        detail: error.to_string(),
    })?;
    if request.avis.chars().count() > AVIS_TEXT_CHARACTERS_MAX || !is_printable(&request.avis) {
        return Err(refuse("avis_malformed", "not even a short text"));
    }
    Ok(Envelope {
        avis: request.avis.parse().ok(),
        channel,
        received_at,
        received_day: paris_date(received_at),
        request,
    })
}

#[cfg(test)]
mod tests {
    use cnt_contracts::courrier::GroundWord;
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn request(avis: &str, motivation: &str) -> ContestationRequest {
        ContestationRequest {
            id: Uuid::from_u128(7),
            avis: avis.to_owned(),
            ground: GroundWord::Autre,
            motivation: motivation.to_owned(),
        }
    }

    fn record(change: impl FnOnce(&mut CourrierV1)) -> Vec<u8> {
        let mut courrier = CourrierV1 {
            version: COURRIER_VERSION,
            received_at_us: 1_795_424_400_000_000,
            channel: PORTAL.to_owned(),
            contestation: request("9900000017", "Je conteste."),
        };
        change(&mut courrier);
        serde_json::to_vec(&courrier).unwrap()
    }

    #[test]
    fn a_request_is_bounded() {
        let longest = "é".repeat(MOTIVATION_CHARACTERS_MAX);
        assert!(check_request(&request("9900000017", "a\nb")).is_ok());
        assert!(check_request(&request("9900000017", &longest)).is_ok());
        for bad in ["", "a\tb", "a\u{0}b", "a\rb", &format!("{longest}x")] {
            let outcome = check_request(&request("9900000017", bad));
            assert_eq!(outcome, Err(RequestRefused::Motivation));
        }
        for bad in ["", "1234567890", "99000000170", "990000001x"] {
            assert_eq!(check_request(&request(bad, "x")), Err(RequestRefused::Avis));
        }
        let mut nil = request("9900000017", "x");
        nil.id = Uuid::nil();
        assert_eq!(check_request(&nil), Err(RequestRefused::Id));
    }

    #[test]
    fn the_day_of_reception_is_that_of_paris() {
        let late = record(|courrier| courrier.received_at_us = 1_783_031_400_000_000);
        let envelope = read_envelope(&late).unwrap();
        assert_eq!(envelope.received_at.to_string(), "2026-07-02T22:30:00Z");
        assert_eq!(envelope.received_day.to_string(), "2026-07-03");
    }

    #[test]
    fn an_envelope_without_a_usable_avis_number_is_kept() {
        let envelope = read_envelope(&record(|courrier| {
            courrier.channel = MAIL.to_owned();
            courrier.contestation.avis = "illisible".to_owned();
        }))
        .unwrap();
        assert_eq!((envelope.avis, envelope.channel), (None, MAIL));
    }

    #[test]
    fn what_is_no_envelope_says_why() {
        let reason = |bytes: &[u8]| read_envelope(bytes).unwrap_err().reason;
        assert_eq!(reason(b"{"), "courrier_unreadable");
        assert_eq!(reason(&record(|c| c.version = 2)), "courrier_version");
        assert_eq!(
            reason(&record(|c| c.channel = "fax".to_owned())),
            "courrier_channel"
        );
        assert_eq!(
            reason(&record(|c| c.received_at_us = i64::MAX)),
            "courrier_instant"
        );
        assert_eq!(
            reason(&record(|c| c.contestation.motivation.clear())),
            "motivation_malformed"
        );
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(read_envelope(&bytes).is_err());
        }

        #[test]
        fn whatever_the_portal_takes_the_flow_can_read(avis in "99[0-9]{8}", motivation in "[^\\p{Cc}]{1,60}") {
            let asked = request(&avis, &motivation);
            prop_assert!(check_request(&asked).is_ok());
            let envelope = read_envelope(&record(|courrier| courrier.contestation = asked)).unwrap();
            prop_assert_eq!(envelope.avis.map(|number| number.to_string()), Some(avis));
        }
    }
}
