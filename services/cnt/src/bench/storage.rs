//! What documents cost to keep: lots of them, sealed as edition seals them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::ensure;
use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_edition::press::Press;
use cnt_rendition::{AvisInput, DocumentKind, Forme, Made, corpus_request};
use cnt_vault::{LotAbout, LotKind, LotReader, LotWriter, MemberInput, SealedLot};
use uuid::Uuid;

use crate::bench::rendition::{avis, count};

/// Documents of a lot.
pub(crate) const LOT_DOCUMENTS: u64 = 2_000;

/// Lots that are sealed.
const LOTS_MAX: u64 = 10;

/// What storing gave.
pub(crate) struct Stored {
    /// Bytes of lot objects by document: manifest, index and copies of formes included.
    pub(crate) bytes_per_document: f64,
    /// Documents compressed and sealed a second, on all cores.
    pub(crate) sealed_per_s: f64,
}

/// Seals lots of the corpus, and reads a few documents of each back.
pub(crate) fn stored(press: &Press, documents: u64, seed: u64) -> anyhow::Result<Stored> {
    let documents = documents.min(LOT_DOCUMENTS * LOTS_MAX);
    let (mut bytes, mut taken) = (0_u64, Duration::ZERO);
    for first in (0..documents).step_by(usize::try_from(LOT_DOCUMENTS)?) {
        let mut made = Vec::new();
        for rank in first..documents.min(first + LOT_DOCUMENTS) {
            let request = corpus_request(DocumentKind::AvisContravention, seed, rank)?;
            made.push((press.formes().make(&request)?, avis(request)?));
        }
        let samples: Vec<Vec<u8>> = made
            .iter()
            .step_by(97)
            .map(|(made, _)| made.clone().into_pdf())
            .collect();
        // Formes are prepared once in the life of a process, as they are compiled once.
        press.lot_formes(formes(&made), &mut writer()?)?;
        let begun = Instant::now();
        let sealed = seal(press, made)?;
        taken += begun.elapsed();
        bytes += u64::try_from(sealed.bytes().len())?;
        read_back(sealed, &samples)?;
    }
    Ok(Stored {
        bytes_per_document: count(bytes) / count(documents),
        sealed_per_s: count(documents) / taken.as_secs_f64(),
    })
}

/// Lots of the corpus.
pub(crate) fn lots(press: &Press, documents: u64, seed: u64) -> anyhow::Result<Vec<SealedLot>> {
    let documents = documents.min(LOT_DOCUMENTS * LOTS_MAX);
    let mut lots = Vec::new();
    for first in (0..documents).step_by(usize::try_from(LOT_DOCUMENTS)?) {
        let mut made = Vec::new();
        for rank in first..documents.min(first + LOT_DOCUMENTS) {
            let request = corpus_request(DocumentKind::AvisContravention, seed, rank)?;
            made.push((press.formes().make(&request)?, avis(request)?));
        }
        lots.push(seal(press, made)?);
    }
    Ok(lots)
}

fn seal(press: &Press, made: Vec<(Made, AvisInput)>) -> anyhow::Result<SealedLot> {
    let mut writer = writer()?;
    let formes = press.lot_formes(formes(&made), &mut writer)?;
    let mut members = Vec::with_capacity(made.len());
    for (made, avis) in made {
        let meta = DocumentMeta::Document(Box::new(facts(&avis, made.pages())));
        let id = format!("{}/ACO/1", avis.avis_number);
        let (sha256, forme) = match &made {
            Made::Filled(filled) => (Some(filled.sha256), formes.of(&filled.forme)),
            Made::Typeset(..) => (None, None),
        };
        let (prefix, tail) = made.into_parts();
        let mut member = MemberInput::new(id, tail, &meta)?.with_prefix(prefix);
        if let Some(sha256) = sha256 {
            member = member.with_sha256(sha256.into());
        }
        if let Some(forme) = forme {
            member = member.with_forme(forme);
        }
        members.push(member);
    }
    writer.add_members(members)?;
    Ok(writer.finish()?)
}

/// An empty lot of documents.
pub(crate) fn writer() -> anyhow::Result<LotWriter> {
    let mut about = LotAbout::new("2026-03-16T08:00:00Z".parse()?, "cnt-bench", "0");
    about.retention_class = Some("bench".to_owned());
    Ok(LotWriter::new(LotKind::Document, about)?)
}

/// The formes that documents were filled into.
fn formes(made: &[(Made, AvisInput)]) -> impl Iterator<Item = &Arc<Forme>> {
    made.iter().filter_map(|(made, _)| match made {
        Made::Filled(filled) => Some(&filled.forme),
        Made::Typeset(..) => None,
    })
}

fn read_back(sealed: SealedLot, samples: &[Vec<u8>]) -> anyhow::Result<()> {
    let reader = LotReader::open(sealed.into_bytes())?;
    for (entry, sample) in reader.members()?.iter().step_by(97).zip(samples) {
        ensure!(
            reader.read(entry)? == sample.as_slice(),
            "a document came back different"
        );
    }
    Ok(())
}

/// Facts as edition writes them.
fn facts(avis: &AvisInput, pages: u32) -> DocumentFacts {
    let rank = avis.avis_number.parse::<u128>().unwrap_or(0);
    let scattered = rank.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835);
    DocumentFacts {
        avis: avis.avis_number.clone(),
        kind: "ACO".to_owned(),
        issue: 1,
        replaces: None,
        id_mif: Uuid::from_u128(scattered),
        reception: Uuid::from_u128(scattered.rotate_left(64)),
        siren: "213502388".to_owned(),
        service: avis.police_service.code.clone(),
        natinf: avis.offence.natinf,
        class: avis.offence.class,
        commune: "35238".to_owned(),
        offence_day: avis.offence.date.to_string(),
        avis_date: avis.avis_date.to_string(),
        requete_until: Some(avis.contest.until.to_string()),
        plate: avis.vehicle.as_ref().map(|vehicle| vehicle.plate.clone()),
        plate_country: avis.vehicle.as_ref().map(|_| "FR".to_owned()),
        addressee: avis.recipient.first().cloned().unwrap_or_default(),
        postcode: "35000".to_owned(),
        locality: "RENNES".to_owned(),
        pages: u16::try_from(pages).unwrap_or(u16::MAX),
        sheets: u16::from(DocumentKind::AvisContravention.leaves()),
        minoree_cents: avis.amounts.minoree.map(|due| due.cents),
        forfaitaire_cents: avis.amounts.forfaitaire.cents,
        majoree_cents: avis.amounts.majoree.cents,
        consignation_cents: None,
        omp: "35".to_owned(),
        represented: false,
        key_sha256: hex::encode(
            [
                scattered.to_be_bytes(),
                scattered.rotate_left(9).to_be_bytes(),
            ]
            .concat(),
        ),
        is_kept: false,
        recommended: None,
        report: None,
    }
}
