//! Numbers as typst's export writes them.

use std::io::Write;

/// Writes an integer.
pub(crate) fn write_int(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0_u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        if let (Some(place), Ok(digit)) = (digits.get_mut(at), u8::try_from(rest % 10)) {
            *place = b'0' + digit;
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    out.extend_from_slice(digits.get(at..).unwrap_or_default());
}

/// Between these typst's export has `ryu` write numbers; where two shortest ones are as near, it takes another than the
/// standard library.
const RYU_ABOVE: f32 = 1e-6;
const RYU_BELOW: f32 = 1e12;

/// Writes a real number with the fewest digits that tell it from its neighbours; whole numbers
/// without a point.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "asks whether the number is whole, as typst's export does"
)]
pub(crate) fn write_real(value: f32, out: &mut Vec<u8>) {
    let whole = value as i32;
    if whole as f32 == value {
        write_int(i64::from(whole), out);
    } else if value.abs() > RYU_ABOVE && value.abs() < RYU_BELOW {
        out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
    } else {
        let written = write!(out, "{value}");
        debug_assert!(written.is_ok(), "a vector takes all");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_fewest_digits() {
        let real = |value| {
            let mut out = Vec::new();
            write_real(value, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(real(0.0), "0");
        assert_eq!(real(-12.0), "-12");
        assert_eq!(real(595.2756), "595.2756");
        assert_eq!(real(1.999_969_6), "1.9999696");
        assert_eq!(real(-0.25), "-0.25");
        // Two numbers of five decimals are as near to this one.
        assert_eq!(real(128.015_63), "128.01562");
        let mut value = 1e-4_f32;
        while value < 1e6 {
            assert_eq!(real(value).parse(), Ok(value));
            assert_eq!(real(-value).parse(), Ok(-value));
            assert!(!real(value).contains('e'), "{value}");
            value *= 1.003;
        }
        let mut out = Vec::new();
        write_int(i64::MIN, &mut out);
        assert_eq!(out, b"-9223372036854775808");
    }
}
