//! The file handed over to the tribunal de police: a bordereau that holds every piece, and their list for machines.

use cnt_contracts::hex32::Hex32;
use cnt_contracts::letter::{HandOverLetterV1, PieceV1, PlaceV1};
use cnt_domain::registry::Registry;
use cnt_flow::lot_id;
use cnt_rendition::{
    Attachment, BordereauInput, BordereauPieceInput, ContestedOffenceInput, PieceInput, Referral,
    pages_of,
};
use cnt_trust::sha256;
use cnt_vault::{LotKind, LotReader, ObjectStore};
use jiff::civil::Date;

use crate::after_contestation::{Source, tribunal};
use crate::avis::Avis;
use crate::text::{printable_free, shortened};
use crate::verdict_lot::KeptMif;

/// Name of the list of the pieces in the file.
const LIST: &str = "pieces.json";
/// Version of the list's shape.
const LIST_VERSION: u16 = 1;
/// Rows of the bordereau.
const ROWS_MAX: usize = 14;
/// Most pages that are printed of a piece.
const PAGES_MAX: u32 = 9_999;
/// Longest name of a piece, in characters.
const LABEL_MAX: usize = 40;
/// Longest name of the person, in characters.
const PERSON_MAX: usize = 145;

/// What the file is of.
pub(crate) struct Dossier<'a> {
    pub(crate) avis: &'a Avis,
    pub(crate) kept: &'a KeptMif,
    pub(crate) registry: &'a Registry,
    /// Name of whom it is about, as printed.
    pub(crate) person: &'a str,
    /// Day of the transmission.
    pub(crate) sent_on: Date,
}

/// A piece as the list names it.
#[derive(serde::Serialize)]
struct Listed<'a> {
    rank: usize,
    file: String,
    label: &'a str,
    day: &'a str,
    media: &'a str,
    bytes: usize,
    /// Not said of a PDF that cannot be read, for instance one under a password.
    pages: Option<u32>,
    sha256: Hex32,
}

/// The bordereau and the files it holds.
///
/// # Errors
/// A piece that cannot be read, or is not the one that was named.
pub(crate) fn hand_over(
    objects: &dyn ObjectStore,
    dossier: &Dossier<'_>,
    said: &HandOverLetterV1,
) -> Result<(BordereauInput, Vec<Attachment>), Source> {
    let (mut files, mut listed, mut printed) = (Vec::new(), Vec::new(), Vec::new());
    for (rank, piece) in (1..).zip(&said.pieces) {
        let bytes = read(objects, piece)?;
        if sha256(&bytes) != piece.sha256.0 {
            return Err("a piece is not the one that was named".into());
        }
        let pages = pages_of(&piece.media, &bytes);
        let file = format!("piece-{rank:02}.{}", extension(&piece.media));
        listed.push(Listed {
            rank,
            file: file.clone(),
            label: &piece.label,
            day: &piece.day,
            media: &piece.media,
            bytes: bytes.len(),
            pages,
            sha256: piece.sha256,
        });
        printed.push(BordereauPieceInput {
            piece: PieceInput {
                label: shortened(&printable_free(&piece.label), LABEL_MAX),
                sha256: piece.sha256.to_string(),
            },
            // What cannot be counted is one sheet to whoever looks for it.
            pages: pages.unwrap_or(1).clamp(1, PAGES_MAX),
        });
        files.push(Attachment {
            name: file,
            media: piece.media.clone(),
            description: piece.label.clone(),
            is_data: false,
            bytes,
        });
    }
    let list = list(dossier, said, &listed)?;
    let input = bordereau(dossier, said, rows(printed), sha256(&list))?;
    files.push(Attachment {
        name: LIST.to_owned(),
        media: "application/json".to_owned(),
        description: "Liste des pièces".to_owned(),
        is_data: true,
        bytes: list,
    });
    Ok((input, files))
}

fn read(objects: &dyn ObjectStore, piece: &PieceV1) -> Result<Vec<u8>, Source> {
    match &piece.place {
        PlaceV1::Text { text } => Ok(text.clone().into_bytes()),
        PlaceV1::Object { kind, id } => Ok(objects.get(kind_of(kind)?, lot_id(*id))?.to_vec()),
        PlaceV1::Member { kind, lot, member } => {
            let reader = LotReader::open_at(objects.open(kind_of(kind)?, lot_id(*lot))?)?;
            let entry = reader.find(member)?.ok_or("a lot without the piece")?;
            Ok(reader.read(entry)?.to_vec())
        }
    }
}

fn kind_of(word: &str) -> Result<LotKind, Source> {
    let mut all = LotKind::ALL.into_iter();
    all.find(|kind| kind.as_str() == word)
        .ok_or_else(|| "a kind of object that nobody knows".into())
}

/// What the bordereau prints of the pieces: all of them, or as many as it has rows and a row for the others, whose
/// fingerprint is that of their fingerprints, a line each.
fn rows(mut pieces: Vec<BordereauPieceInput>) -> Vec<BordereauPieceInput> {
    if pieces.len() <= ROWS_MAX {
        return pieces;
    }
    let others = pieces.split_off(ROWS_MAX - 1);
    let digests: String = others
        .iter()
        .map(|piece| format!("{}\n", piece.piece.sha256))
        .collect();
    pieces.push(BordereauPieceInput {
        piece: PieceInput {
            label: format!("{} autres pièces, voir {LIST}", others.len()),
            sha256: hex::encode(sha256(digests.as_bytes())),
        },
        pages: others
            .iter()
            .map(|piece| piece.pages)
            .sum::<u32>()
            .clamp(1, PAGES_MAX),
    });
    pieces
}

fn extension(media: &str) -> &'static str {
    match media {
        "application/pdf" => "pdf",
        "image/tiff" => "tiff",
        "image/jpeg" => "jpg",
        "image/png" => "png",
        "text/plain" => "txt",
        _ => "bin",
    }
}

/// The list of the pieces: what an archive needs to take the file in (SEDA 2.3: a unit per piece, with its producer, its
/// date, its format, its size and its digest).
fn list(
    dossier: &Dossier<'_>,
    said: &HandOverLetterV1,
    pieces: &[Listed<'_>],
) -> Result<Vec<u8>, serde_json::Error> {
    let mif = &dossier.kept.accepted.mif;
    serde_json::to_vec_pretty(&serde_json::json!({
        "version": LIST_VERSION,
        "simulation": "SPÉCIMEN – SIMULATION",
        "bordereau": said.bordereau,
        "dossier": said.case_number,
        "avis": dossier.avis.input.avis_number,
        "procès_verbal": mif.pv_number.as_str(),
        "producteur": dossier.avis.omp.to_string(),
        "service_versant": mif.siren.to_string(),
        "date_infraction": mif.offence.day.to_string(),
        "date_transmission": dossier.sent_on.to_string(),
        "prescription": said.prescribed_on,
        "pièces": pieces,
    }))
}

fn bordereau(
    dossier: &Dossier<'_>,
    said: &HandOverLetterV1,
    pieces: Vec<BordereauPieceInput>,
    list_sha256: [u8; 32],
) -> Result<BordereauInput, Source> {
    let input = &dossier.avis.input;
    Ok(BordereauInput {
        bordereau_number: said.bordereau.clone(),
        avis_number: input.avis_number.clone(),
        pv_number: dossier.kept.accepted.mif.pv_number.as_str().to_owned(),
        case_number: said.case_number.clone(),
        sent_on: dossier.sent_on,
        omp: input.contest.omp.clone(),
        tribunal: tribunal(dossier.registry, &dossier.avis.omp)
            .ok_or("the registry holds no such OMP")?,
        referral: if said.has_hearing {
            Referral::Citation { hearing: None }
        } else {
            Referral::OrdonnancePenale
        },
        person: shortened(&printable_free(dossier.person), PERSON_MAX),
        offence: ContestedOffenceInput {
            date: input.offence.date,
            time: input.offence.time,
            commune: input.offence.place.commune.clone(),
            natinf: input.offence.natinf,
            qualification: input.offence.qualification.clone(),
        },
        prescribed_on: said.prescribed_on.parse()?,
        pages_total: pieces.iter().map(|piece| piece.pages).sum(),
        pieces,
        file_sha256: hex::encode(list_sha256),
    })
}
