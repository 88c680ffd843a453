//! Envelopes on paper on their way in: their scans become one lot, and each a record for the broker.

use cnt_bus::OutRecord;
use cnt_contracts::courrier::{CourrierV2, EnvelopeV2, ScanV2};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::topics::COURRIER_INBOUND;
use cnt_domain::civil::paris;
use cnt_domain::ids::AvisNumber;
use cnt_vault::{Digest, LotAbout, LotKind, LotWriter, MemberInput, SealedLot};
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use crate::NAME;
use crate::intake::MAIL_VERSION;

/// Scans are disposed of with the file they belong to: five years after its last event (arrêté of 20/02/2012).
const RETENTION_CLASS: &str = "contestation-5-years";

/// An envelope that was checked, with its scan.
pub(crate) struct Mailed {
    /// What the mail room says of it.
    pub(crate) envelope: EnvelopeV2,
    /// Day of reception.
    pub(crate) received: Date,
    /// The scan.
    pub(crate) scan: Vec<u8>,
    /// What the scan is.
    pub(crate) media: &'static str,
}

/// Why scans could not be sealed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotSealed {
    /// The lot cannot be written.
    #[error("the scans make no lot")]
    Lot(#[from] cnt_vault::WriteError),
    /// An envelope cannot be written as JSON.
    #[error("an envelope cannot be written")]
    Json(#[from] serde_json::Error),
    /// A day at which no instant of Paris exists.
    #[error("no noon on that day")]
    Day(#[from] jiff::Error),
    /// A scan beyond what a record can say.
    #[error("a scan is too large")]
    Size,
}

/// Something joined to a contestation, checked.
pub(crate) struct Joined {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// What it is.
    pub(crate) media: &'static str,
}

/// An empty courrier lot of a day.
fn lot_of(day: Date) -> Result<LotWriter, NotSealed> {
    let created_at = day.at(12, 0, 0, 0).to_zoned(paris())?.timestamp();
    let mut about = LotAbout::new(
        created_at,
        &format!("cnt-{NAME}"),
        env!("CARGO_PKG_VERSION"),
    );
    about.retention_class = Some(RETENTION_CLASS.to_owned());
    Ok(LotWriter::new(LotKind::Courrier, about)?)
}

/// The lot of what is joined to a contestation, and where each piece is kept; none when nothing is joined. The same pieces on
/// the same day make the same lot.
pub(crate) fn seal_joined(
    id: Uuid,
    day: Date,
    joined: Vec<Joined>,
) -> Result<Option<(SealedLot, Vec<ScanV2>)>, NotSealed> {
    if joined.is_empty() {
        return Ok(None);
    }
    let mut writer = lot_of(day)?;
    let mut kept = Vec::with_capacity(joined.len());
    for (n, joined) in (1..).zip(joined) {
        let sha256 = Digest::of(&joined.bytes);
        let bytes = u32::try_from(joined.bytes.len()).map_err(|_| NotSealed::Size)?;
        let member = MemberInput::new(format!("{id}/{n}"), joined.bytes, &())?;
        writer.add_member(member.with_sha256(sha256))?;
        kept.push((sha256, bytes, joined.media));
    }
    let lot = writer.finish()?;
    let scans = kept
        .into_iter()
        .map(|(sha256, bytes, media)| ScanV2 {
            lot: Hex32(*lot.id().as_bytes()),
            sha256: Hex32(*sha256.as_bytes()),
            bytes,
            media: media.to_owned(),
        })
        .collect();
    Ok(Some((lot, scans)))
}

/// The lot of the scans and the records of the envelopes. The same envelopes always make the same lot, so that a request
/// repeated leaves no second copy: the lot is dated by the last day of reception.
pub(crate) fn seal(
    mut mailed: Vec<Mailed>,
    received_at: Timestamp,
) -> Result<(SealedLot, Vec<OutRecord>), NotSealed> {
    mailed.sort_by_key(|mailed| mailed.envelope.id);
    let last = mailed.iter().map(|mailed| mailed.received).max();
    let mut writer = lot_of(last.unwrap_or_default())?;
    let mut scans = Vec::with_capacity(mailed.len());
    for mailed in mailed {
        let sha256 = Digest::of(&mailed.scan);
        let bytes = u32::try_from(mailed.scan.len()).map_err(|_| NotSealed::Size)?;
        let id = mailed.envelope.id.to_string();
        let member = MemberInput::new(id, mailed.scan, &mailed.envelope)?.with_sha256(sha256);
        writer.add_member(member)?;
        scans.push((mailed.envelope, sha256, bytes, mailed.media));
    }
    let lot = writer.finish()?;
    let records = scans
        .into_iter()
        .map(|(envelope, sha256, bytes, media)| {
            // Envelopes about one avis keep their order; those about none are each on their own.
            let key = match envelope.avis.parse::<AvisNumber>() {
                Ok(avis) => avis.to_string(),
                Err(_) => envelope.id.to_string(),
            };
            let courrier = CourrierV2 {
                version: MAIL_VERSION,
                received_at_us: received_at.as_microsecond(),
                envelope,
                scan: ScanV2 {
                    lot: Hex32(*lot.id().as_bytes()),
                    sha256: Hex32(*sha256.as_bytes()),
                    bytes,
                    media: media.to_owned(),
                },
            };
            let value = serde_json::to_vec(&courrier)?;
            Ok(OutRecord::new(COURRIER_INBOUND.name, key, value))
        })
        .collect::<Result<_, NotSealed>>()?;
    Ok((lot, records))
}

#[cfg(test)]
mod tests {
    use cnt_contracts::courrier::KindWord;
    use cnt_vault::LotReader;
    use jiff::civil::date;

    use super::*;

    fn mailed(n: u128, avis: &str) -> Mailed {
        Mailed {
            envelope: EnvelopeV2 {
                id: Uuid::from_u128(n),
                kind: KindWord::PvRequest,
                avis: avis.to_owned(),
                received_on: "2026-12-10".to_owned(),
                posted_on: None,
                paper: None,
                undelivered: None,
            },
            received: date(2026, 12, 10),
            scan: format!("%PDF-{n}").into_bytes(),
            media: "application/pdf",
        }
    }

    #[test]
    fn the_same_envelopes_make_the_same_lot_in_any_order() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (first, records) = seal(vec![mailed(2, "x"), mailed(1, "9900000017")], at(1)).unwrap();
        let (again, _) = seal(vec![mailed(1, "9900000017"), mailed(2, "x")], at(2)).unwrap();
        assert_eq!(first.id(), again.id());
        assert_eq!(records.len(), 2);
        let reader = LotReader::open(first.bytes()).unwrap();
        let member = reader
            .find(&Uuid::from_u128(2).to_string())
            .unwrap()
            .unwrap();
        assert_eq!(&reader.read(member).unwrap()[..], b"%PDF-2");
        assert_eq!(
            first.manifest().created_at.to_string(),
            "2026-12-10T11:00:00Z"
        );
    }
}
