//! The index of a lot of the mail room: `courrier.csv`.

use std::path::Path;

use anyhow::Context;
use cnt_contracts::courrier::{
    EnvelopeV2, GroundWord, KindWord, PaperV2, PieceWord, UndeliveredWord,
};
use cnt_vault::Digest;
use jiff::civil::Date;
use serde::Deserialize;
use uuid::Uuid;

use crate::lines;
use crate::payment::cents;

/// Name of the index.
const INDEX: &str = "courrier.csv";
/// Longest number of an envelope, in characters.
const NUMBER_CHARACTERS_MAX: usize = 40;

/// A line of the file.
#[derive(Debug, Deserialize)]
struct Written {
    enveloppe: String,
    nature: String,
    avis: String,
    recu_le: String,
    poste_le: String,
    scan: String,
    cas: String,
    texte: String,
    pieces: String,
    consignation: String,
    motif: String,
}

/// An envelope that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// What it is, in the file's word.
    pub(crate) nature: String,
    /// As the service takes it.
    pub(crate) envelope: EnvelopeV2,
    /// Name of the scan's file.
    pub(crate) scan: String,
}

/// The id of an envelope, by the mail room's own number: the same number is the same envelope.
pub(crate) fn id_of(number: &str) -> Uuid {
    let digest = Digest::of(format!("cnt-courrier\n{number}").as_bytes());
    let mut bytes = [0; 16];
    for (byte, from) in bytes.iter_mut().zip(digest.as_bytes()) {
        *byte = *from;
    }
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// Reads the index of a lot, and looks whether every scan is there.
pub(crate) fn read(dir: &Path) -> anyhow::Result<Vec<Line>> {
    let convert = |written: Written| {
        let line = line(written)?;
        let scan = dir.join(&line.scan);
        anyhow::ensure!(scan.is_file(), "there is no {}", scan.display());
        Ok(line)
    };
    lines::read(
        &dir.join(INDEX),
        "envelope",
        |written: &Written| &written.enveloppe,
        convert,
    )
}

fn line(written: Written) -> anyhow::Result<Line> {
    let length = written.enveloppe.chars().count();
    anyhow::ensure!(
        (1..=NUMBER_CHARACTERS_MAX).contains(&length),
        "the number of an envelope has 1 to {NUMBER_CHARACTERS_MAX} characters"
    );
    let is_name = !written.scan.is_empty() && !written.scan.contains(['/', '\\']);
    anyhow::ensure!(is_name, "{:?} is no name of a scan", written.scan);
    let kind = kind(&written.nature)?;
    let day = |text: &str| {
        let day = text.parse::<Date>();
        day.with_context(|| format!("{text:?} is no date"))
    };
    let posted = Some(written.poste_le.as_str()).filter(|text| !text.is_empty());
    let is_contestation = cnt_domain::courrier::CourrierKind::from(kind).is_contestation();
    let paper = is_contestation.then(|| paper(&written)).transpose()?;
    let has_more = [
        &written.cas,
        &written.texte,
        &written.pieces,
        &written.consignation,
    ]
    .iter()
    .any(|text| !text.is_empty());
    anyhow::ensure!(
        is_contestation || !has_more,
        "only a contestation has cas, texte, pieces or consignation"
    );
    let undelivered = match written.motif.as_str() {
        "" => None,
        text => Some(motive(text)?),
    };
    Ok(Line {
        envelope: EnvelopeV2 {
            id: id_of(&written.enveloppe),
            kind,
            avis: written.avis,
            received_on: day(&written.recu_le)?.to_string(),
            posted_on: posted.map(day).transpose()?.map(|day| day.to_string()),
            paper,
            undelivered,
        },
        nature: written.nature,
        scan: written.scan,
    })
}

fn paper(written: &Written) -> anyhow::Result<PaperV2> {
    let ground = match written.cas.as_str() {
        "1" => GroundWord::Vehicule,
        "2" => GroundWord::Designation,
        "3" => GroundWord::Autre,
        other => anyhow::bail!("{other:?} is no case of the form: 1, 2 or 3"),
    };
    let pieces = written.pieces.split_whitespace().map(piece);
    let consigned_cents = match written.consignation.as_str() {
        "" => 0,
        text => cents(text).with_context(|| format!("{text:?} is no amount"))?,
    };
    Ok(PaperV2 {
        ground,
        text: written.texte.clone(),
        pieces: pieces.collect::<anyhow::Result<_>>()?,
        consigned_cents,
    })
}

fn kind(word: &str) -> anyhow::Result<KindWord> {
    Ok(match word {
        "requete" => KindWord::Requete,
        "reclamation" => KindWord::Reclamation,
        "designation" => KindWord::Designation,
        "npai" => KindWord::Npai,
        "photo" => KindWord::PhotoRequest,
        "pv" => KindWord::PvRequest,
        "adresse" => KindWord::AddressChange,
        "paiement" => KindWord::Payment,
        "delais" => KindWord::TimeRequest,
        "donnees" => KindWord::DataProtection,
        "inconnu" => KindWord::Unidentifiable,
        other => anyhow::bail!("{other:?} is no kind of envelope"),
    })
}

fn motive(word: &str) -> anyhow::Result<UndeliveredWord> {
    Ok(match word {
        "inconnu" => UndeliveredWord::Unknown,
        "adressage" => UndeliveredWord::Addressing,
        "refuse" => UndeliveredWord::Refused,
        "non_reclame" => UndeliveredWord::Unclaimed,
        other => anyhow::bail!("{other:?} is no motive of the post"),
    })
}

fn piece(word: &str) -> anyhow::Result<PieceWord> {
    Ok(match word {
        "avis" => PieceWord::Avis,
        "formulaire" => PieceWord::Formulaire,
        "recommande" => PieceWord::Recommande,
        "motif" => PieceWord::Motif,
        "preuve" => PieceWord::Preuve,
        "conducteur" => PieceWord::Conducteur,
        "destinataire" => PieceWord::Destinataire,
        other => anyhow::bail!("{other:?} is nothing that is looked for in an envelope"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "enveloppe;nature;avis;recu_le;poste_le;scan;cas;texte;pieces;consignation;motif\n";

    #[test]
    fn an_index_is_read_or_refused_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("1.pdf"), "%PDF-1.4").unwrap();
        let read_text = |lines: &str| {
            std::fs::write(dir.path().join(INDEX), format!("{HEADER}{lines}")).unwrap();
            read(dir.path()).map_err(|error| format!("{error:#}"))
        };
        let good = "P1;requete;9900000001;2026-12-10;2026-12-07;1.pdf;3;\"Non ; non.\";avis motif;135;\n\
                    P2;npai;9900000002;2026-12-10;;1.pdf;;;;;inconnu\n";
        let lines = read_text(good).unwrap();
        let paper = lines[0].envelope.paper.as_ref().unwrap();
        assert_eq!(
            (
                paper.text.as_str(),
                paper.consigned_cents,
                paper.pieces.len()
            ),
            ("Non ; non.", 13_500, 2)
        );
        assert_eq!(lines[0].envelope.id, id_of("P1"));
        assert_eq!(lines[1].envelope.posted_on, None);
        assert_eq!(
            lines[1].envelope.undelivered,
            Some(UndeliveredWord::Unknown)
        );
        for (bad, why) in [
            ("P1;pv;1;2026-12-10;;1.pdf;;;;;\n", "line 2 too"),
            (
                "P3;cadeau;1;2026-12-10;;1.pdf;;;;;\n",
                "is no kind of envelope",
            ),
            ("P3;pv;1;10/12/2026;;1.pdf;;;;;\n", "is no date"),
            ("P3;pv;1;2026-12-10;;2.pdf;;;;;\n", "there is no"),
            (
                "P3;pv;1;2026-12-10;;../1.pdf;;;;;\n",
                "is no name of a scan",
            ),
            ("P3;pv;1;2026-12-10;;1.pdf;3;;;;\n", "only a contestation"),
            (
                "P3;requete;1;2026-12-10;;1.pdf;4;;;;\n",
                "is no case of the form",
            ),
            (
                "P3;requete;1;2026-12-10;;1.pdf;3;;photo;;\n",
                "is nothing that",
            ),
        ] {
            let error = read_text(&format!("{good}{bad}")).unwrap_err();
            assert!(error.contains(why), "{error}");
            assert!(error.contains("line 4"), "{error}");
        }
    }
}
