//! From the facts in a lot to blocks of receipts, one per collectivity.

use std::collections::BTreeMap;
use std::io::Read;

use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_contracts::hex32::Hex32;
use cnt_contracts::receipt::Receipt;
use cnt_contracts::verdict::VerdictMeta;
use cnt_domain::codes::Siren;
use cnt_vault::MemberEntry;
use jiff::Timestamp;

use crate::cursor::Stream;
use crate::db::{Awaited, Missed, ReportAsked};

const ZSTD_LEVEL: i32 = 3;

/// The receipts of one lot for one collectivity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Block {
    /// The collectivity.
    pub(crate) siren: i32,
    /// How many receipts.
    pub(crate) n: i32,
    /// They, as zstd of JSON lines.
    pub(crate) receipts: Vec<u8>,
}

/// What a lot gives.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct LotReceipts {
    /// One block per collectivity, in their order.
    pub(crate) blocks: Vec<Block>,
    /// Verdicts without addressee.
    pub(crate) unaddressed: u64,
    /// Photographs that accepted MIFs name.
    pub(crate) photos: Vec<Awaited>,
    /// Reports asked of agents.
    pub(crate) reports: Vec<ReportAsked>,
}

/// A lot whose facts cannot be told to anybody.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiptError {
    /// The facts of a member are not what they must be.
    #[error("the facts of member {position} cannot be read")]
    Meta {
        /// Its position in the lot.
        position: usize,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Receipts cannot be written or read.
    #[error("receipts cannot be packed or unpacked")]
    Pack(#[source] std::io::Error),
    /// A block holds something else than lines.
    #[error("a block of receipts is not text")]
    Text(#[from] std::string::FromUtf8Error),
    /// More receipts than a block can have.
    #[error("a lot holds too many receipts")]
    TooMany,
}

/// The receipts of a lot's members, in their order.
pub(crate) fn of_members(
    stream: Stream,
    members: &[MemberEntry],
) -> Result<LotReceipts, ReceiptError> {
    let mut unaddressed = 0;
    let (mut photos, mut reports) = (Vec::new(), Vec::new());
    let mut lines: BTreeMap<i32, (i32, Vec<u8>)> = BTreeMap::new();
    for (position, member) in members.iter().enumerate() {
        let wrong = |source: Box<dyn std::error::Error + Send + Sync>| ReceiptError::Meta {
            position,
            source,
        };
        let (siren, receipt) = match stream {
            Stream::Verdict => {
                let meta: VerdictMeta = member.meta().map_err(|error| wrong(error.into()))?;
                photos.extend(awaited(&meta).map_err(wrong)?);
                of_verdict(meta)
            }
            Stream::Document => match member.meta().map_err(|error| wrong(error.into()))? {
                // Of the letters after the avis only those that ask a report are an affair of the sender.
                DocumentMeta::Document(facts) if facts.report.is_some() => of_question(*facts),
                DocumentMeta::Document(facts) if facts.kind != ACO => continue,
                meta => of_document(meta),
            },
        };
        let Some(siren) = siren else {
            unaddressed += 1;
            continue;
        };
        let siren: Siren = siren
            .parse()
            .map_err(|error: cnt_domain::InvalidValue| wrong(error.into()))?;
        if let Receipt::ReportAsked { inquiry, .. } = receipt {
            let siren = siren.as_number();
            reports.push(ReportAsked { inquiry, siren });
        }
        add_line(&mut lines, siren.as_number(), &receipt, position)?;
    }
    let blocks = packed(lines)?;
    Ok(LotReceipts {
        blocks,
        unaddressed,
        photos,
        reports,
    })
}

/// Blocks out of lines and their number.
fn packed(lines: BTreeMap<i32, (i32, Vec<u8>)>) -> Result<Vec<Block>, ReceiptError> {
    lines
        .into_iter()
        .map(|(siren, (n, text))| {
            let receipts = zstd::bulk::compress(&text, ZSTD_LEVEL).map_err(ReceiptError::Pack)?;
            Ok(Block { siren, n, receipts })
        })
        .collect()
}

/// The receipts of photographs that did not come, one block per collectivity.
pub(crate) fn of_missed(missed: &[Missed]) -> Result<Vec<Block>, ReceiptError> {
    let mut lines: BTreeMap<i32, (i32, Vec<u8>)> = BTreeMap::new();
    for (position, photo) in missed.iter().enumerate() {
        let receipt = Receipt::PhotoMissing {
            reception: photo.reception,
            id_mif: photo.id_mif,
            sha256: Hex32(photo.sha256),
        };
        add_line(&mut lines, photo.siren, &receipt, position)?;
    }
    packed(lines)
}

/// Adds a receipt to the lines of a collectivity.
fn add_line(
    lines: &mut BTreeMap<i32, (i32, Vec<u8>)>,
    siren: i32,
    receipt: &Receipt,
    position: usize,
) -> Result<(), ReceiptError> {
    let (count, text) = lines.entry(siren).or_default();
    serde_json::to_writer(&mut *text, receipt).map_err(|error| ReceiptError::Meta {
        position,
        source: error.into(),
    })?;
    text.push(b'\n');
    *count = count.checked_add(1).ok_or(ReceiptError::TooMany)?;
    Ok(())
}

/// The photographs that a MIF names, if it was accepted: validation writes no other.
fn awaited(meta: &VerdictMeta) -> Result<Vec<Awaited>, Box<dyn std::error::Error + Send + Sync>> {
    let (Some(siren), Some(id_mif)) = (&meta.station_siren, meta.id_mif) else {
        return Ok(Vec::new());
    };
    let siren = siren.parse::<Siren>()?.as_number();
    let received_at = Timestamp::from_microsecond(meta.received_at_us)?;
    let photos = meta.photos.iter();
    Ok(photos
        .map(|hash| Awaited {
            siren,
            sha256: hash.0,
            reception: meta.reception,
            id_mif,
            received_at,
        })
        .collect())
}

/// The avis de contravention.
const ACO: &str = "ACO";

fn of_verdict(meta: VerdictMeta) -> (Option<String>, Receipt) {
    let receipt = Receipt::Verdict {
        reception: meta.reception,
        id_mif: meta.id_mif,
        verdict: meta.verdict,
        replay_of: meta.replay_of,
        replayed_verdict: meta.replayed_verdict,
        problems: meta.problems,
    };
    (meta.station_siren, receipt)
}

fn of_question(facts: DocumentFacts) -> (Option<String>, Receipt) {
    let asked = facts.report.unwrap_or_default();
    let receipt = Receipt::ReportAsked {
        reception: facts.reception,
        id_mif: facts.id_mif,
        avis: facts.avis,
        inquiry: asked.inquiry,
        wanted: asked.wanted,
        until: asked.until,
    };
    (Some(facts.siren), receipt)
}

fn of_document(meta: DocumentMeta) -> (Option<String>, Receipt) {
    match meta {
        DocumentMeta::Document(facts) => {
            let receipt = Receipt::Avis {
                reception: facts.reception,
                id_mif: facts.id_mif,
                avis: facts.avis,
                avis_date: facts.avis_date,
            };
            (Some(facts.siren), receipt)
        }
        DocumentMeta::NotTransformed(facts) => {
            let receipt = Receipt::NonTransforme {
                reception: facts.reception,
                id_mif: facts.id_mif,
                reason: facts.reason,
                message: facts.message,
            };
            (Some(facts.siren), receipt)
        }
    }
}

/// The lines of a block; each is a receipt as JSON.
pub(crate) fn unpack(block: &[u8]) -> Result<String, ReceiptError> {
    let mut text = Vec::new();
    zstd::stream::read::Decoder::with_buffer(block)
        .and_then(|mut decoder| decoder.read_to_end(&mut text))
        .map_err(ReceiptError::Pack)?;
    Ok(String::from_utf8(text)?)
}

#[cfg(test)]
mod tests {
    use cnt_service_kit::ids::new_random;
    use serde_json::{Value, json};

    use super::*;

    fn member(meta: Value) -> MemberEntry {
        serde_json::from_value(json!({
            "id": new_random(), "size": 0, "sha256": "0".repeat(64), "frame_offset": 0, "frame_length": 0,
            "frame_size": 0, "inner_offset": 0, "forme": null, "meta": meta,
        }))
        .unwrap()
    }

    fn verdict(siren: Option<&str>, reception: u128) -> MemberEntry {
        let mut meta = json!({
            "reception": uuid::Uuid::from_u128(reception), "received_at_us": 1, "registry_version": 1,
            "station": "0".repeat(64), "verdict": "rejected",
        });
        if let Some(siren) = siren {
            meta["station_siren"] = json!(siren);
        }
        member(meta)
    }

    #[test]
    fn verdicts_go_to_their_collectivity_in_order() {
        let members = [
            verdict(Some("200000002"), 1),
            verdict(None, 2),
            verdict(Some("100000001"), 3),
            verdict(Some("200000002"), 4),
        ];
        let receipts = of_members(Stream::Verdict, &members).unwrap();
        assert_eq!(receipts.unaddressed, 1);
        let told: Vec<_> = receipts
            .blocks
            .iter()
            .map(|block| (block.siren, block.n, unpack(&block.receipts).unwrap()))
            .collect();
        assert_eq!(told[0].0, 100_000_001);
        assert_eq!((told[1].0, told[1].1), (200_000_002, 2));
        let receptions: Vec<_> = told[1]
            .2
            .lines()
            .map(|line| serde_json::from_str::<Value>(line).unwrap()["reception"].clone())
            .collect();
        assert_eq!(
            receptions,
            [uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(4)].map(|reception| json!(reception))
        );
    }

    #[test]
    fn a_mif_without_avis_says_why() {
        let meta = json!({"type": "not_transformed", "id_mif": uuid::Uuid::nil(),
            "reception": uuid::Uuid::nil(), "siren": "100000001", "reason": "VOLE",
            "message": "Le véhicule est signalé volé."});
        let receipts = of_members(Stream::Document, &[member(meta)]).unwrap();
        let line = unpack(&receipts.blocks[0].receipts).unwrap();
        let receipt: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(receipt["type"], "non_transforme");
        assert_eq!(receipt["reason"], "VOLE");
        assert_eq!(receipt["message"], "Le véhicule est signalé volé.");
    }

    #[test]
    fn unreadable_facts_name_their_member() {
        let members = [verdict(None, 1), member(json!({"a": 1}))];
        let error = of_members(Stream::Verdict, &members).unwrap_err();
        assert!(matches!(error, ReceiptError::Meta { position: 1, .. }));
    }
}
