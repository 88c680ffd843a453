//! P-256 signatures: from r‖s, as JWS carries them, to DER, as the library verifies them.
//!
//! The library converts too, through big numbers and three allocations; here it is a copy into a
//! buffer on the stack.

/// Bytes of r, and of s.
const SCALAR: usize = 32;

/// SEQUENCE { INTEGER r, INTEGER s }: at most 2 + 2 × (2 + 33) bytes.
pub(crate) struct DerSignature {
    bytes: [u8; 72],
    length: usize,
}

impl DerSignature {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) -> Option<()> {
        let end = self.length + bytes.len();
        self.bytes.get_mut(self.length..end)?.copy_from_slice(bytes);
        self.length = end;
        Some(())
    }

    fn push_integer(&mut self, scalar: &[u8; SCALAR]) -> Option<()> {
        let zeros = scalar
            .iter()
            .take_while(|byte| **byte == 0)
            .count()
            .min(SCALAR - 1);
        let significant = scalar.get(zeros..)?;
        let is_negative = significant.first()? & 0x80 != 0;
        let length = u8::try_from(significant.len()).ok()? + u8::from(is_negative);
        self.push(&[0x02, length])?;
        if is_negative {
            self.push(&[0])?;
        }
        self.push(significant)
    }
}

/// The DER of a raw signature; `None` unless it is exactly 64 bytes. Ranges of r and s are the
/// library's to judge.
pub(crate) fn der_from_raw(signature: &[u8]) -> Option<DerSignature> {
    let (r, s) = signature.split_first_chunk::<SCALAR>()?;
    let s: &[u8; SCALAR] = s.try_into().ok()?;
    let mut der = DerSignature {
        bytes: [0; 72],
        length: 0,
    };
    der.push(&[0x30, 0])?;
    der.push_integer(r)?;
    der.push_integer(s)?;
    let content = u8::try_from(der.length.checked_sub(2)?).ok()?;
    *der.bytes.get_mut(1)? = content;
    Some(der)
}

#[cfg(test)]
mod tests {
    use super::der_from_raw;

    #[test]
    fn integers_are_minimal_and_positive() {
        let mut raw = [0; 64];
        raw[0] = 0x80;
        raw[63] = 0x7f;
        let der = der_from_raw(&raw).unwrap();
        let mut expected = vec![0x30, 38, 0x02, 33, 0, 0x80];
        expected.extend([0; 31]);
        expected.extend([0x02, 1, 0x7f]);
        assert_eq!(der.as_bytes(), expected);
    }

    #[test]
    fn extremes_fit_and_other_lengths_do_not() {
        assert_eq!(der_from_raw(&[0xff; 64]).unwrap().as_bytes().len(), 72);
        assert_eq!(
            der_from_raw(&[0; 64]).unwrap().as_bytes(),
            [0x30, 6, 2, 1, 0, 2, 1, 0]
        );
        assert!(der_from_raw(&[1; 63]).is_none());
        assert!(der_from_raw(&[1; 65]).is_none());
    }
}
