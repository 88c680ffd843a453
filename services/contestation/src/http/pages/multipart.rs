//! Forms with files (RFC 7578), read from a body that is in memory whole.

use actix_web::web::Bytes;

/// Most parts of a form.
const PARTS_MAX: usize = 64;
/// Longest head of a part, in bytes.
const HEAD_BYTES_MAX: usize = 4_096;

/// A field of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// Its name.
    pub(crate) name: String,
    /// Of a file, the name that its owner gave it.
    pub(crate) file_name: Option<String>,
    /// What it holds.
    pub(crate) bytes: Bytes,
}

/// The body is no such form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the body is no form with files")]
pub(crate) struct Malformed;

/// The boundary that a content type names.
pub(crate) fn boundary(content_type: &str) -> Option<&str> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let boundary = parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("boundary"))
        .map(|(_, value)| value.trim_matches('"'))?;
    (1..=70).contains(&boundary.len()).then_some(boundary)
}

fn position(bytes: &[u8], of: &[u8]) -> Option<usize> {
    let first = of.first();
    bytes
        .windows(of.len())
        .position(|window| window.first() == first && window == of)
}

/// Parts of a form, in their order.
///
/// # Errors
/// [`Malformed`].
pub(crate) fn parts(body: &Bytes, boundary: &str) -> Result<Vec<Part>, Malformed> {
    let delimiter = format!("\r\n--{boundary}");
    let delimiter = delimiter.as_bytes();
    // The first one stands at the start of the body, without the line before it.
    let first = delimiter.get(2..).ok_or(Malformed)?;
    let mut rest = body.clone();
    if !rest.starts_with(first) {
        return Err(Malformed);
    }
    let mut after = rest.split_off(first.len());
    let mut parts = Vec::new();
    loop {
        if after.starts_with(b"--") {
            return Ok(parts);
        }
        if !after.starts_with(b"\r\n") || parts.len() >= PARTS_MAX {
            return Err(Malformed);
        }
        let mut part = after.split_off(2);
        let end = position(&part, delimiter).ok_or(Malformed)?;
        after = part.split_off(end).split_off(delimiter.len());
        parts.push(part_of(part)?);
    }
}

fn part_of(mut part: Bytes) -> Result<Part, Malformed> {
    let looked_at = part
        .get(..part.len().min(HEAD_BYTES_MAX))
        .unwrap_or_default();
    let end = position(looked_at, b"\r\n\r\n").ok_or(Malformed)?;
    let bytes = part.split_off(end).split_off(4);
    let head = std::str::from_utf8(&part).map_err(|_| Malformed)?;
    let disposition = head
        .split("\r\n")
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value.trim())
        .ok_or(Malformed)?;
    let (mut name, mut file_name) = (None, None);
    let mut rest = disposition.strip_prefix("form-data").ok_or(Malformed)?;
    while let Some((key, value, left)) = parameter(rest) {
        match key {
            "name" => name = Some(value),
            "filename" => file_name = Some(value),
            _ => {}
        }
        rest = left;
    }
    Ok(Part {
        name: name.ok_or(Malformed)?,
        file_name,
        bytes,
    })
}

/// The next parameter `; key="value"` and what follows it. Browsers write a quote within as `%22`.
fn parameter(text: &str) -> Option<(&str, String, &str)> {
    let text = text.trim_start().strip_prefix(';')?.trim_start();
    let (key, rest) = text.split_once("=\"")?;
    let (value, left) = rest.split_once('"')?;
    Some((key, value.replace("%22", "\""), left))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"motivation\"\r\n\r\nJe conteste.\r\nVraiment.\r\n\
        --x\r\nContent-Disposition: form-data; name=\"pieces\"; filename=\"quit%22tance;1.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-\r\n--y\r\n\
        --x\r\nContent-Disposition: form-data; name=\"pieces\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n";

    fn read(text: &str) -> Result<Vec<Part>, Malformed> {
        parts(&Bytes::copy_from_slice(text.as_bytes()), "x")
    }

    #[test]
    fn a_form_is_read() {
        let parts = read(FORM).unwrap();
        let told: Vec<_> = parts
            .iter()
            .map(|part| {
                (
                    part.name.as_str(),
                    part.file_name.as_deref(),
                    &part.bytes[..],
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("motivation", None, &b"Je conteste.\r\nVraiment."[..]),
                ("pieces", Some("quit\"tance;1.pdf"), &b"%PDF-\r\n--y"[..]),
                ("pieces", Some(""), &b""[..]),
            ]
        );
        assert_eq!(read("--x--\r\n").unwrap(), []);
    }

    #[test]
    fn what_is_no_form_is_refused() {
        for bad in [
            "",
            "x",
            "--x",
            "--x\r\n\r\n--x--",
            "--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
        ] {
            assert_eq!(read(bad), Err(Malformed), "{bad:?}");
        }
        let many = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(65);
        assert_eq!(read(&format!("{many}--x--")), Err(Malformed));
    }

    #[test]
    fn the_content_type_names_the_boundary() {
        assert_eq!(
            boundary("multipart/form-data; boundary=----Web1"),
            Some("----Web1")
        );
        assert_eq!(
            boundary("Multipart/Form-Data; charset=utf-8; Boundary=\"a b\""),
            Some("a b")
        );
        for bad in [
            "multipart/form-data",
            "text/plain; boundary=x",
            "multipart/form-data; boundary=",
        ] {
            assert_eq!(boundary(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_form_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _read = parts(&Bytes::from([&b"--x\r\n"[..], &bytes].concat()), "x");
        }
    }
}
