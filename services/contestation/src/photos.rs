//! The photographs of an avis: found through its MIF, shown to its OMP, given to the addressee with third parties masked.

use std::io::Cursor;

use cnt_contracts::document::{DocumentFacts, DocumentMeta};
use cnt_contracts::verdict::{VerdictMeta, VerdictWord};
use cnt_domain::codes::Siren;
use cnt_domain::photo::PhotoMedia;
use cnt_flow::WorkError;
use cnt_vault::{LotId, LotKind, LotReader, ObjectStore};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits, Rgb};

use crate::db::CaseRow;

/// Longest side of a photograph that is masked, in pixels.
const SIDE_MAX: u32 = 12_000;
/// Memory that decoding one may take, in bytes.
const DECODED_BYTES_MAX: u64 = 192 << 20;
/// Quality of the copies in JPEG.
const QUALITY: u8 = 90;

/// The SHA-256 of each photograph that the MIF of an avis names, in its order.
///
/// # Errors
/// See [`WorkError`].
pub(crate) fn named(objects: &dyn ObjectStore, case: &CaseRow) -> Result<Vec<[u8; 32]>, WorkError> {
    let Some(lot) = case.verdict_lot() else {
        return Ok(Vec::new());
    };
    let lot = LotId::from_bytes(lot);
    let reader = LotReader::open_at(objects.open(LotKind::Verdict, lot)?)?;
    for member in reader.members()? {
        let meta: VerdictMeta = member.meta().map_err(WorkError::never)?;
        let siren = meta.station_siren.as_deref().map(str::parse::<Siren>);
        let is_ours =
            siren.is_some_and(|siren| siren.is_ok_and(|siren| siren.as_number() == case.siren));
        if is_ours && meta.id_mif == Some(case.id_mif) && meta.verdict == VerdictWord::Accepted {
            return Ok(meta.photos.iter().map(|hash| hash.0).collect());
        }
    }
    Ok(Vec::new())
}

/// The facts of an avis, as its document lot says them: whom it goes to, and the SHA-256 of the key printed on it.
///
/// # Errors
/// See [`WorkError`].
pub(crate) fn avis_facts(
    objects: &dyn ObjectStore,
    case: &CaseRow,
) -> Result<Option<DocumentFacts>, WorkError> {
    let Some(lot) = case.document_lot() else {
        return Ok(None);
    };
    let lot = LotId::from_bytes(lot);
    let reader = LotReader::open_at(objects.open(LotKind::Document, lot)?)?;
    let Some(member) = reader.find(&case.member_id)? else {
        return Ok(None);
    };
    Ok(match member.meta().map_err(WorkError::never)? {
        DocumentMeta::Document(facts) => Some(*facts),
        DocumentMeta::NotTransformed(_) => None,
    })
}

/// A rectangle that hides a third party, in pixels from the upper left corner of the upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mask {
    /// Left edge.
    pub(crate) x: u32,
    /// Upper edge.
    pub(crate) y: u32,
    /// Width.
    pub(crate) width: u32,
    /// Height.
    pub(crate) height: u32,
}

/// Why a photograph cannot be copied.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MaskError {
    /// Neither JPEG nor PNG.
    #[error("it is neither JPEG nor PNG")]
    Media,
    /// It cannot be read, or not within the limits.
    #[error("it cannot be read as a picture")]
    Unreadable(#[source] image::ImageError),
    /// A rectangle is empty, or not wholly in the picture.
    #[error("mask {index} is not within the {width} × {height} pixels of the picture")]
    Outside {
        /// Which one, from 0.
        index: usize,
        /// Width of the picture.
        width: u32,
        /// Height of the picture.
        height: u32,
    },
    /// It cannot be written.
    #[error("the copy cannot be written")]
    Unwritable(#[source] image::ImageError),
}

/// A copy in which the rectangles are black: upright, and without anything but the picture (no place, no device).
///
/// # Errors
/// See [`MaskError`].
pub(crate) fn masked(photo: &[u8], masks: &[Mask]) -> Result<Vec<u8>, MaskError> {
    let media = PhotoMedia::of(photo).ok_or(MaskError::Media)?;
    let mut picture = read(photo)?.into_rgb8();
    let (width, height) = picture.dimensions();
    for (index, mask) in masks.iter().enumerate() {
        let outside = MaskError::Outside {
            index,
            width,
            height,
        };
        let (Some(right), Some(below)) = (
            mask.x.checked_add(mask.width),
            mask.y.checked_add(mask.height),
        ) else {
            return Err(outside);
        };
        if mask.width == 0 || mask.height == 0 || right > width || below > height {
            return Err(outside);
        }
        for y in mask.y..below {
            for x in mask.x..right {
                picture.put_pixel(x, y, Rgb([0, 0, 0]));
            }
        }
    }
    let mut copy = Vec::new();
    match media {
        PhotoMedia::Jpeg => {
            picture.write_with_encoder(JpegEncoder::new_with_quality(&mut copy, QUALITY))
        }
        PhotoMedia::Png => picture.write_with_encoder(PngEncoder::new(&mut copy)),
    }
    .map_err(MaskError::Unwritable)?;
    Ok(copy)
}

/// The picture, upright.
fn read(photo: &[u8]) -> Result<DynamicImage, MaskError> {
    let unreadable = MaskError::Unreadable;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::new(Cursor::new(photo))
        .with_guessed_format()
        .map_err(|error| unreadable(error.into()))?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    let orientation = decoder.orientation().map_err(unreadable)?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    fn picture(jpeg: bool) -> Vec<u8> {
        let white = RgbImage::from_pixel(40, 30, Rgb([255, 255, 255]));
        let mut bytes = Vec::new();
        if jpeg {
            white.write_with_encoder(JpegEncoder::new(&mut bytes))
        } else {
            white.write_with_encoder(PngEncoder::new(&mut bytes))
        }
        .unwrap();
        bytes
    }

    const MASK: Mask = Mask {
        x: 8,
        y: 8,
        width: 16,
        height: 16,
    };

    #[test]
    fn a_mask_hides_its_rectangle_alone() {
        for jpeg in [true, false] {
            let copy = masked(&picture(jpeg), &[MASK]).unwrap();
            assert_eq!(PhotoMedia::of(&copy) == Some(PhotoMedia::Jpeg), jpeg);
            let copy = image::load_from_memory(&copy).unwrap().into_rgb8();
            assert_eq!(copy.dimensions(), (40, 30));
            for (x, y, pixel) in copy.enumerate_pixels() {
                let is_dark = pixel.0.iter().all(|value| *value < 64);
                let is_light = pixel.0.iter().all(|value| *value > 192);
                let within = (8..24).contains(&x) && (8..24).contains(&y);
                assert!(if within { is_dark } else { is_light }, "{x} {y} {pixel:?}");
            }
        }
    }

    #[test]
    fn nothing_but_the_picture_is_left() {
        // A comment and an EXIF segment behind the start of the picture.
        let jpeg = picture(true);
        let segment = |marker: u8, text: &[u8]| {
            let length = u16::try_from(text.len() + 2).unwrap().to_be_bytes();
            [&[0xFF, marker], &length[..], text].concat()
        };
        let exif = [
            &b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"[..],
            b"GPS 48.1 -1.6",
        ]
        .concat();
        let photo = [
            &jpeg[..2],
            &segment(0xE1, &exif),
            &segment(0xFE, b"taken by SIM-000001"),
            &jpeg[2..],
        ]
        .concat();
        let copy = masked(&photo, &[]).unwrap();
        for told in [&b"GPS 48.1"[..], b"SIM-000001"] {
            assert!(photo.windows(told.len()).any(|bytes| bytes == told));
            assert!(!copy.windows(told.len()).any(|bytes| bytes == told));
        }
    }

    #[test]
    fn what_cannot_be_masked_is_refused() {
        let png = picture(false);
        for mask in [
            Mask { width: 0, ..MASK },
            Mask { x: 30, ..MASK },
            Mask { y: 15, ..MASK },
            Mask {
                x: u32::MAX,
                ..MASK
            },
        ] {
            let refused = masked(&png, &[MASK, mask]);
            assert!(matches!(refused, Err(MaskError::Outside { index: 1, .. })));
        }
        assert!(matches!(masked(b"<svg/>", &[]), Err(MaskError::Media)));
        assert!(matches!(
            masked(&png[..60], &[]),
            Err(MaskError::Unreadable(_))
        ));
        // A picture that claims more pixels than anybody takes.
        let mut large = png;
        large[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        assert!(matches!(masked(&large, &[]), Err(MaskError::Unreadable(_))));
    }
}
