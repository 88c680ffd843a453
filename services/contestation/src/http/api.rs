//! The shapes of answers, and the place in a queue that a page ends at.

use cnt_contracts::hex32::Hex32;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{
    AttachmentRow, FileContext, FileRow, InquiryRow, LinkedRow, NamedDriverRow, OmpRow, Place,
    QueueRow, TransferRow,
};

/// A contestation was taken in for good.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Registered {
    /// The id that the sender chose.
    #[schema(value_type = String, format = "uuid")]
    pub(crate) id: Uuid,
    /// When it was received, on the legal clock (RFC 3339): the day that counts for the deadline (CPP 529-2).
    pub(crate) received_at: String,
}

/// An entry of a queue.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueueEntry {
    /// The contestation.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// Avis number.
    avis: String,
    /// Ground: `vehicule`, `designation` or `autre`.
    ground: String,
    /// Day on which the contravention is prescribed (CPP 9), `YYYY-MM-DD`.
    prescription: String,
    /// When it was received, on the legal clock (RFC 3339).
    received_at: String,
    /// Whether it was received within 45 days (CPP 529-2); to be shown, not to be decided by.
    admissible_deadline_ok: Option<bool>,
    /// Counts the changes of the file.
    version: i32,
}

impl From<&QueueRow> for QueueEntry {
    fn from(row: &QueueRow) -> Self {
        Self {
            id: row.id,
            avis: row.avis.clone(),
            ground: row.ground.clone(),
            prescription: row.prescription().to_string(),
            received_at: row.received_at().to_string(),
            admissible_deadline_ok: row.admissible_deadline_ok,
            version: row.version,
        }
    }
}

/// A page of a queue, oldest prescription first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QueuePage {
    /// The OMP.
    pub(crate) omp: String,
    /// Entries, without what the offenders write.
    pub(crate) entries: Vec<QueueEntry>,
    /// `after` of the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next: Option<String>,
}

/// How much work an OMP has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OmpWork {
    /// Code of the OMP.
    omp: String,
    /// Files in its queue.
    queued: i64,
    /// Files with its operators.
    claimed: i64,
    /// The first day on which one of them is prescribed, `YYYY-MM-DD`.
    oldest_prescription: String,
}

impl From<&OmpRow> for OmpWork {
    fn from(row: &OmpRow) -> Self {
        Self {
            omp: row.omp.clone(),
            queued: row.queued,
            claimed: row.claimed,
            oldest_prescription: row.oldest_prescription().to_string(),
        }
    }
}

/// The OMP that have open files.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OmpList {
    /// By code.
    pub(crate) omps: Vec<OmpWork>,
}

/// The avis that is contested.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContestedAvis {
    /// The MIF of the offence.
    #[schema(value_type = String, format = "uuid")]
    id_mif: Uuid,
    /// NatInf code.
    natinf: i32,
    /// Class of the contravention, 1 to 5.
    class: i16,
    /// Commune of the offence (INSEE).
    commune: String,
    /// Civil day of the offence.
    offence_day: String,
    /// Date printed on the avis.
    avis_date: String,
    /// Last day of a requête (CPP 529-2, 801).
    requete_deadline: String,
    /// Plate, if there is a vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    plate: Option<String>,
    /// Reduced fine in cents, where one exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    minoree_cents: Option<i64>,
    /// Fixed fine in cents.
    forfaitaire_cents: i64,
    /// Increased fine in cents.
    majoree_cents: i64,
}

/// Something that the addressee joined.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Attachment {
    /// Its number, from 1.
    n: i32,
    /// SHA-256, in hexadecimal.
    sha256: String,
    /// Size in bytes.
    bytes: i32,
    /// Media type.
    media: String,
}

impl From<AttachmentRow> for Attachment {
    fn from(row: AttachmentRow) -> Self {
        Self {
            n: row.n,
            sha256: Hex32(row.sha256().unwrap_or_default()).to_string(),
            bytes: row.bytes,
            media: row.media,
        }
    }
}

/// A driver whom an addressee names (CPP 529-10, R49-16).
#[derive(Serialize, ToSchema)]
pub(crate) struct NamedDriver {
    /// Last name.
    last_name: String,
    /// First names.
    first_names: String,
    /// Address: complements if any, street, town, country if abroad.
    address: Vec<String>,
    /// Day of birth.
    birth: String,
    /// Place of birth.
    birth_place: String,
    /// Number of the licence.
    licence: String,
}

impl std::fmt::Debug for NamedDriver {
    /// Personal data never reach logs.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("NamedDriver(***)")
    }
}

impl From<NamedDriverRow> for NamedDriver {
    fn from(row: NamedDriverRow) -> Self {
        Self {
            birth: row.birth().to_string(),
            last_name: row.last_name,
            first_names: row.first_names,
            address: row.address,
            birth_place: row.birth_place,
            licence: row.licence,
        }
    }
}

/// Something that the officer asked.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Inquiry {
    /// Its id.
    #[schema(value_type = String, format = "uuid")]
    id: Uuid,
    /// `report` of the agent or `piece` of the applicant.
    kind: String,
    /// What was asked.
    what: String,
    /// On which day.
    asked_on: String,
    /// By whom.
    asked_by: String,
    /// What came back.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    /// On which day.
    #[serde(skip_serializing_if = "Option::is_none")]
    answered_on: Option<String>,
}

impl From<InquiryRow> for Inquiry {
    fn from(row: InquiryRow) -> Self {
        Self {
            id: row.id,
            asked_on: row.asked_day().to_string(),
            answered_on: row.answered_day().map(|day| day.to_string()),
            kind: row.kind,
            what: row.what,
            asked_by: row.asked_by,
            answer: row.answer,
        }
    }
}

/// An avis about the same plate or the same person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkedAvis {
    /// Avis number.
    avis: String,
    /// What links it: `plate`, `person`.
    by: Vec<String>,
    /// Where it stands.
    state: String,
    /// Its OMP.
    omp: String,
    /// NatInf code.
    natinf: i32,
    /// Day of the offence.
    offence_day: String,
    /// Contestations of it.
    contestations: i64,
}

impl From<LinkedRow> for LinkedAvis {
    fn from(row: LinkedRow) -> Self {
        Self {
            avis: row.avis.to_string(),
            by: row.by.split(' ').map(str::to_owned).collect(),
            offence_day: row.offence_day().to_string(),
            state: row.state,
            omp: row.omp,
            natinf: row.natinf,
            contestations: row.contestations,
        }
    }
}

/// A transfer of a file from one OMP to another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FileTransfer {
    /// Whose queue it left.
    from: String,
    /// Whom it went to.
    to: String,
    /// Why.
    reason: String,
    /// The operator who sent it on.
    by: String,
    /// When, on the legal clock (RFC 3339).
    at: String,
}

impl From<TransferRow> for FileTransfer {
    fn from(row: TransferRow) -> Self {
        Self {
            at: row.transferred_at().to_string(),
            from: row.from_omp,
            to: row.to_omp,
            reason: row.reason,
            by: row.transferred_by,
        }
    }
}

/// A whole file.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContestationFile {
    /// What the queue shows of it.
    entry: QueueEntry,
    /// Whose queue it is in: the OMP of the place of the offence, the one who acts for it, or whom it was transferred to.
    omp: String,
    /// `queued`, `claimed` or `decided`.
    state: String,
    /// What the offender writes.
    motivation: String,
    /// Envelopes that carried it.
    courriers: i64,
    /// The operator who holds it.
    #[serde(skip_serializing_if = "Option::is_none")]
    claimed_by: Option<String>,
    /// End of the lease, on the real clock (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    lease_until: Option<String>,
    /// Day of the postmark or of the portal; absent where the postmark cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    posted_on: Option<String>,
    /// What the mail room found in the envelope; absent for the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pieces: Option<Vec<String>>,
    /// Day on which the réclamation was received (CPP 530, R49-8).
    #[serde(skip_serializing_if = "Option::is_none")]
    admitted_on: Option<String>,
    /// The decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    /// What the addressee joined.
    attachments: Vec<Attachment>,
    /// The driver whom the addressee named on the portal.
    #[serde(skip_serializing_if = "Option::is_none")]
    driver: Option<NamedDriver>,
    /// What the officer asked, and what came back.
    inquiries: Vec<Inquiry>,
    /// The transfers from one OMP to another, the oldest first.
    transfers: Vec<FileTransfer>,
    /// Avis about the same plate or the same person, the newest offence first, at most 50.
    linked: Vec<LinkedAvis>,
    /// The avis.
    avis: ContestedAvis,
}

impl From<(FileRow, FileContext)> for ContestationFile {
    fn from((row, context): (FileRow, FileContext)) -> Self {
        let context_day = |day: Option<Date>| day.map(|day| day.to_string());
        let row = &row;
        Self {
            posted_on: context_day(context.posted_day),
            pieces: context.pieces,
            admitted_on: context_day(context.admitted_day),
            decision: context.decision,
            attachments: context
                .attachments
                .into_iter()
                .map(Attachment::from)
                .collect(),
            driver: context.driver.map(NamedDriver::from),
            inquiries: context.inquiries.into_iter().map(Inquiry::from).collect(),
            transfers: context
                .transfers
                .into_iter()
                .map(FileTransfer::from)
                .collect(),
            linked: context.linked.into_iter().map(LinkedAvis::from).collect(),
            entry: QueueEntry::from(&row.entry),
            omp: row.omp.clone(),
            state: row.state.clone(),
            motivation: row.motivation.clone(),
            courriers: row.courriers,
            claimed_by: row.claimed_by.clone(),
            lease_until: row.lease_until().map(|instant| instant.to_string()),
            avis: ContestedAvis {
                id_mif: row.id_mif,
                natinf: row.natinf,
                class: row.class,
                commune: row.commune.clone(),
                offence_day: row.offence_day().to_string(),
                avis_date: row.avis_date().to_string(),
                requete_deadline: row.requete_deadline().to_string(),
                plate: row.plate.clone(),
                minoree_cents: row.minoree_cents,
                forfaitaire_cents: row.forfaitaire_cents,
                majoree_cents: row.majoree_cents,
            },
        }
    }
}

/// The place of an entry, as a client hands it back.
pub(crate) fn place_text(row: &QueueRow) -> String {
    format!(
        "{}_{}_{}_{}",
        row.rank,
        row.prescription(),
        row.received_at().as_microsecond(),
        row.id
    )
}

/// Reads a place back.
pub(crate) fn place(text: &str) -> Option<Place> {
    let mut parts = text.splitn(4, '_');
    let rank = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    let instant = Timestamp::from_microsecond(parts.next()?.parse().ok()?).ok()?;
    let id = parts.next()?.parse().ok()?;
    Some((rank, day, instant, id))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_place_is_read_back() {
        let id = Uuid::from_u128(9);
        let text = format!("1_2027-10-01_1795424400000001_{id}");
        let (rank, day, instant, found) = place(&text).unwrap();
        assert_eq!(
            (
                rank,
                day.to_string().as_str(),
                instant.as_microsecond(),
                found
            ),
            (1, "2027-10-01", 1_795_424_400_000_001, id)
        );
    }

    proptest! {
        #[test]
        fn any_text_is_a_place_or_none(text in ".{0,80}") {
            let _place = place(&text);
        }
    }
}
