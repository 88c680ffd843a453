//! Frames of a part: one MIF with what its sender knows about it.

use uuid::Uuid;

use crate::{Expectation, GeneratedMif};

/// What a part begins with.
pub(super) const MAGIC: &[u8; 8] = b"CNTMIF1\n";

/// Appends a MIF to a part.
pub(super) fn put(part: &mut Vec<u8>, mif: &GeneratedMif) {
    let (kind, code) = match &mif.expectation {
        Expectation::Accepted => (b'A', ""),
        Expectation::Warned(code) => (b'W', code.as_str()),
        Expectation::Rejected(code) => (b'R', code.as_str()),
        Expectation::Replayed => (b'P', ""),
    };
    let mut siren = [b'0'; 9];
    for (place, byte) in siren.iter_mut().zip(mif.siren.bytes()) {
        *place = byte;
    }
    let length = 8 + 16 + 32 + 9 + 1 + 1 + code.len() + mif.compact.len();
    part.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
    part.extend(mif.index.to_le_bytes());
    part.extend(mif.id_mif.as_bytes());
    part.extend(mif.station);
    part.extend(siren);
    part.push(kind);
    part.push(u8::try_from(code.len()).unwrap_or(0));
    part.extend(code.as_bytes());
    part.extend(mif.compact.as_bytes());
}

/// Takes the next MIF from a part; `None` if what is left is no frame.
pub(super) fn take(part: &mut &[u8]) -> Option<GeneratedMif> {
    let length = usize::try_from(u32::from_le_bytes(*split(part)?)).ok()?;
    let (mut frame, rest) = part.split_at_checked(length)?;
    *part = rest;
    let frame = &mut frame;
    let index = u64::from_le_bytes(*split(frame)?);
    let id_mif = Uuid::from_bytes(*split(frame)?);
    let station = *split(frame)?;
    let siren: &[u8; 9] = split(frame)?;
    let siren = std::str::from_utf8(siren).ok()?.to_owned();
    let [kind, code_length] = *split(frame)?;
    let (code, compact) = frame.split_at_checked(usize::from(code_length))?;
    let code = std::str::from_utf8(code).ok()?;
    let expectation = match kind {
        b'A' => Expectation::Accepted,
        b'W' => Expectation::Warned(code.parse().ok()?),
        b'R' => Expectation::Rejected(code.parse().ok()?),
        b'P' => Expectation::Replayed,
        _ => return None,
    };
    Some(GeneratedMif {
        index,
        id_mif,
        siren,
        station,
        compact: std::str::from_utf8(compact).ok()?.to_owned(),
        expectation,
    })
}

fn split<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (head, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(head)
}

#[cfg(test)]
mod tests {
    use cnt_domain::problem::ProblemCode;

    use super::*;

    fn mif(index: u64, expectation: Expectation) -> GeneratedMif {
        GeneratedMif {
            index,
            id_mif: Uuid::from_u128(index.into()),
            siren: "215900176".to_owned(),
            station: [7; 32],
            compact: "header.payload.signature".to_owned(),
            expectation,
        }
    }

    #[test]
    fn what_is_put_is_taken() {
        let mifs = [
            mif(1, Expectation::Accepted),
            mif(2, Expectation::Rejected(ProblemCode::FormatPlate)),
            mif(3, Expectation::Replayed),
            mif(4, Expectation::Warned(ProblemCode::PersonLicence)),
        ];
        let mut part = Vec::new();
        mifs.iter().for_each(|mif| put(&mut part, mif));
        let mut rest = part.as_slice();
        let taken: Vec<_> = std::iter::from_fn(|| take(&mut rest)).collect();
        assert_eq!(taken, mifs);
        assert!(rest.is_empty());
    }

    #[test]
    fn what_is_cut_is_no_frame() {
        let mut part = Vec::new();
        put(
            &mut part,
            &mif(1, Expectation::Rejected(ProblemCode::CardChain)),
        );
        for cut in 0..part.len() {
            assert_eq!(take(&mut &part[..cut]), None, "{cut}");
        }
    }
}
