//! Forms with files (RFC 7578), read into memory up to a limit.

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::error::PayloadError;
use actix_web::http::header::HeaderMap;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt as _};

/// Most parts of a form.
const PARTS_MAX: usize = 64;

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

/// Why a form is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unread {
    /// It is larger than it may be.
    #[error("the body is too large")]
    Large,
    /// It is none, or has too many fields.
    #[error("the body is no form with files")]
    Malformed,
}

impl From<MultipartError> for Unread {
    fn from(error: MultipartError) -> Self {
        match error {
            MultipartError::Payload(PayloadError::Overflow) => Self::Large,
            _ => Self::Malformed,
        }
    }
}

/// Parts of a form of at most `bytes_max`, in their order.
///
/// # Errors
/// See [`Unread`].
pub(crate) async fn parts(
    headers: &HeaderMap,
    body: impl Stream<Item = Result<Bytes, PayloadError>> + 'static,
    bytes_max: usize,
) -> Result<Vec<Part>, Unread> {
    let mut left = bytes_max;
    let limited = body.map(move |chunk| {
        let chunk = chunk?;
        let rest = left.checked_sub(chunk.len());
        left = rest.ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    });
    let mut form = Multipart::new(headers, limited);
    let mut parts = Vec::new();
    while let Some(field) = form.next().await {
        if parts.len() >= PARTS_MAX {
            return Err(Unread::Malformed);
        }
        parts.push(part(field?).await?);
    }
    Ok(parts)
}

async fn part(mut field: Field) -> Result<Part, Unread> {
    // The limit of the whole form is one of each part.
    let bytes = field.bytes(usize::MAX).await.map_err(|_| Unread::Large)??;
    let disposition = field.content_disposition().ok_or(Unread::Malformed)?;
    // Browsers write a quote in a name as `%22`.
    let file_name = disposition.get_filename();
    Ok(Part {
        name: disposition.get_name().ok_or(Unread::Malformed)?.to_owned(),
        file_name: file_name.map(|name| name.replace("%22", "\"")),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use actix_web::http::header::{CONTENT_TYPE, HeaderValue};
    use futures_util::stream;
    use proptest::prelude::*;

    use super::*;

    const FORM: &str = "--x\r\nContent-Disposition: form-data; name=\"motivation\"\r\n\r\nJe conteste.\r\nVraiment.\r\n\
        --x\r\nContent-Disposition: form-data; name=\"pieces\"; filename=\"quit%22tance;1.pdf\"\r\nContent-Type: application/pdf\r\n\r\n%PDF-\r\n--y\r\n\
        --x\r\nContent-Disposition: form-data; name=\"pieces\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--x--\r\n";

    async fn read(bytes: &[u8], bytes_max: usize) -> Result<Vec<Part>, Unread> {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static("multipart/form-data; boundary=x");
        headers.insert(CONTENT_TYPE, kind);
        let body = Bytes::copy_from_slice(bytes);
        parts(&headers, stream::once(ready(Ok(body))), bytes_max).await
    }

    #[actix_web::test]
    async fn a_form_is_read() {
        let parts = read(FORM.as_bytes(), FORM.len()).await.unwrap();
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
        let larger = read(FORM.as_bytes(), FORM.len() - 1).await;
        assert_eq!(larger, Err(Unread::Large));
    }

    #[actix_web::test]
    async fn what_is_no_form_is_refused() {
        for bad in [
            "",
            "x",
            "--x",
            "--x\r\n\r\n--x--",
            "--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nno end",
        ] {
            let read = read(bad.as_bytes(), 1_000).await;
            assert_eq!(read, Err(Unread::Malformed), "{bad:?}");
        }
        let many = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\r\n".repeat(65);
        let read = read(format!("{many}--x--").as_bytes(), 100_000).await;
        assert_eq!(read, Err(Unread::Malformed));
    }

    #[actix_web::test]
    async fn another_content_type_is_no_form() {
        for kind in ["text/plain; boundary=x", "multipart/form-data"] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
            let body = stream::once(ready(Ok(Bytes::from_static(FORM.as_bytes()))));
            let read = parts(&headers, body, 10_000).await;
            assert_eq!(read, Err(Unread::Malformed), "{kind}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_form_or_none(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let runtime = actix_web::rt::Runtime::new().unwrap();
            let _read = runtime.block_on(read(&[&b"--x\r\n"[..], &bytes].concat(), 1_000));
        }
    }
}
