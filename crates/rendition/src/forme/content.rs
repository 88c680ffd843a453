//! Content streams as typst writes them: which operators stand where.

use std::ops::Range;

use crate::RenditionError;
use crate::forme::file::broken;

/// One operator with its operands, by their places in the stream.
#[derive(Debug, Clone)]
pub(crate) struct Operation<'a> {
    /// Operands, each as written.
    pub(crate) operands: Vec<&'a [u8]>,
    /// The operator.
    pub(crate) operator: &'a [u8],
    /// From the first operand to the end of the operator.
    pub(crate) range: Range<usize>,
}

/// Reads a stream operator by operator.
pub(crate) fn operations(stream: &[u8]) -> Result<Vec<Operation<'_>>, RenditionError> {
    let mut operations = Vec::new();
    let mut operands = Vec::new();
    let mut start = None;
    let mut at = 0;
    while let Some(range) = next_token(stream, at)? {
        at = range.end;
        let token = stream.get(range.clone()).unwrap_or_default();
        let start_here = *start.get_or_insert(range.start);
        if token.first().is_some_and(|byte| is_operator_start(*byte)) {
            operations.push(Operation {
                operands: std::mem::take(&mut operands),
                operator: token,
                range: start_here..range.end,
            });
            start = None;
        } else {
            operands.push(token);
        }
    }
    Ok(operations)
}

fn is_operator_start(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'\'' || byte == b'"'
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b'\0' | b'\x0c')
}

const fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'/')
}

/// The token that begins at or after `at`; arrays and dictionaries are one token each.
fn next_token(stream: &[u8], mut at: usize) -> Result<Option<Range<usize>>, RenditionError> {
    while stream.get(at).is_some_and(|byte| is_space(*byte)) {
        at += 1;
    }
    let Some(first) = stream.get(at) else {
        return Ok(None);
    };
    let end = match first {
        b'(' => string_end(stream, at)?,
        b'<' if stream.get(at + 1) != Some(&b'<') => {
            let rest = stream.get(at..).unwrap_or_default();
            let length = rest.iter().position(|byte| *byte == b'>');
            at + length.ok_or_else(|| broken("a string without end"))? + 1
        }
        b'[' => nested_end(stream, at + 1, b"]")?,
        b'<' => nested_end(stream, at + 2, b">>")?,
        _ => {
            let rest = stream.get(at + 1..).unwrap_or_default();
            let stop = |byte: &u8| is_space(*byte) || is_delimiter(*byte);
            at + 1 + rest.iter().position(stop).unwrap_or(rest.len())
        }
    };
    Ok(Some(at..end))
}

/// End of an array or dictionary whose inside begins at `at`.
fn nested_end(stream: &[u8], mut at: usize, close: &[u8]) -> Result<usize, RenditionError> {
    loop {
        while stream.get(at).is_some_and(|byte| is_space(*byte)) {
            at += 1;
        }
        if stream.get(at..).is_some_and(|rest| rest.starts_with(close)) {
            return Ok(at + close.len());
        }
        at = next_token(stream, at)?
            .ok_or_else(|| broken("an array without end"))?
            .end;
    }
}

fn string_end(stream: &[u8], start: usize) -> Result<usize, RenditionError> {
    let mut depth = 0_usize;
    let mut at = start;
    loop {
        match stream.get(at) {
            Some(b'\\') => at += 1,
            Some(b'(') => depth += 1,
            Some(b')') if depth == 1 => return Ok(at + 1),
            Some(b')') => depth -= 1,
            Some(_) => {}
            None => return Err(broken("a string without end")),
        }
        at += 1;
    }
}

/// Plain bytes of a string operand.
pub(crate) fn string_bytes(operand: &[u8]) -> Vec<u8> {
    match operand.first() {
        Some(b'<') => hexadecimal(operand),
        _ => literal(operand),
    }
}

fn hexadecimal(operand: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = operand
        .iter()
        .filter_map(|byte| char::from(*byte).to_digit(16))
        .filter_map(|digit| u8::try_from(digit).ok())
        .collect();
    digits
        .chunks(2)
        .map(|pair| {
            let high = pair.first().copied().unwrap_or(0);
            high << 4 | pair.get(1).copied().unwrap_or(0)
        })
        .collect()
}

fn literal(operand: &[u8]) -> Vec<u8> {
    let inside = operand
        .strip_prefix(b"(")
        .and_then(|operand| operand.strip_suffix(b")"))
        .unwrap_or_default();
    let mut bytes = Vec::with_capacity(inside.len());
    let mut rest = inside.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'n') => bytes.push(b'\n'),
            Some(b'r') => bytes.push(b'\r'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'b') => bytes.push(8),
            Some(b'f') => bytes.push(12),
            Some(first @ b'0'..=b'7') => {
                let mut code = u32::from(first - b'0');
                for _ in 0..2 {
                    let Some(digit) = rest.next_if(|byte| matches!(byte, b'0'..=b'7')) else {
                        break;
                    };
                    code = code * 8 + u32::from(digit - b'0');
                }
                bytes.push(u8::try_from(code & 0xff).unwrap_or(0));
            }
            Some(other) => bytes.push(other),
            None => {}
        }
    }
    bytes
}

/// The parts of an array operand: strings and numbers, each as written.
pub(crate) fn array_items(operand: &[u8]) -> Result<Vec<&[u8]>, RenditionError> {
    let inside = operand
        .strip_prefix(b"[")
        .and_then(|operand| operand.strip_suffix(b"]"))
        .ok_or_else(|| broken("not an array"))?;
    let mut items = Vec::new();
    let mut at = 0;
    while let Some(range) = next_token(inside, at)? {
        at = range.end;
        items.push(inside.get(range).unwrap_or_default());
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_are_found_whatever_strings_hold() {
        let stream = b"/Span<</MCID 3/Alt<FEFF>/X(a\\)>>(b))>>BDC\nq 1 0 0 -1 2.5 7 cm/c0 cs 0 scn\nBT[(a]\\\\)-3<00>]TJ\nET\nQ\nEMC/F BMC";
        let operations = operations(stream).unwrap();
        let names: Vec<&str> = operations
            .iter()
            .map(|operation| std::str::from_utf8(operation.operator).unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "BDC", "q", "cm", "cs", "scn", "BT", "TJ", "ET", "Q", "EMC", "BMC"
            ]
        );
        assert_eq!(operations[2].operands.len(), 6);
        let array = operations[6].operands[0];
        assert_eq!(
            array_items(array).unwrap(),
            [&b"(a]\\\\)"[..], b"-3", b"<00>"]
        );
        assert!(super::operations(b"[(a]TJ").is_err());
    }

    #[test]
    fn strings_are_read_in_both_forms() {
        assert_eq!(string_bytes(b"(a\\(\\061\\n\\\\)"), b"a(1\n\\");
        assert_eq!(string_bytes(b"<0041fF>"), [0, 0x41, 0xff]);
    }
}
