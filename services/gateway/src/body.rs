//! From a body as it was sent to the MIFs in it.

use std::io::Read;

use bytes::Bytes;

/// Largest zstd window accepted, as a power of two: 8 MiB, the most that RFC 8878 §3.1.1.1.2 asks of a decoder.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How the body is compressed (`Content-Encoding`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// How many MIFs the body may hold (`Content-Type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `application/jose`: one compact JWS.
    One,
    /// `application/jose-lines`: one per line.
    Lines,
}

/// A body that cannot be taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    /// It is, or becomes when decompressed, too large.
    #[error("the body has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// It is not what `Content-Encoding` says.
    #[error("the body cannot be decompressed")]
    Undecodable(#[source] std::io::Error),
    /// There is nothing in it.
    #[error("the body is empty")]
    Empty,
    /// A line is empty.
    #[error("line {} is empty", index + 1)]
    EmptyLine {
        /// The line, counted from zero.
        index: usize,
    },
    /// There are too many MIFs.
    #[error("the body holds more than {limit} MIFs")]
    TooMany {
        /// The limit.
        limit: usize,
    },
    /// A MIF is too large.
    #[error("line {} has more than {limit} bytes", index + 1)]
    MifTooLarge {
        /// The line, counted from zero.
        index: usize,
        /// The limit.
        limit: usize,
    },
}

/// Decompresses a body to at most `limit` bytes, whatever it claims.
pub(crate) fn decompress(
    body: Bytes,
    encoding: Encoding,
    limit: usize,
) -> Result<Bytes, BodyError> {
    let compressed: &[u8] = &body;
    match encoding {
        Encoding::Identity if body.len() > limit => Err(BodyError::TooLarge { limit }),
        Encoding::Identity => Ok(body),
        Encoding::Gzip => bounded(flate2::read::MultiGzDecoder::new(compressed), limit),
        Encoding::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(compressed)
                .map_err(BodyError::Undecodable)?;
            decoder
                .window_log_max(ZSTD_WINDOW_LOG_MAX)
                .map_err(BodyError::Undecodable)?;
            bounded(decoder, limit)
        }
    }
}

fn bounded(source: impl Read, limit: usize) -> Result<Bytes, BodyError> {
    let mut plain = Vec::new();
    let one_more = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    source
        .take(one_more)
        .read_to_end(&mut plain)
        .map_err(BodyError::Undecodable)?;
    if plain.len() > limit {
        return Err(BodyError::TooLarge { limit });
    }
    Ok(plain.into())
}

/// The MIFs of a body, sharing its memory. Each has at least one byte; whether it is a JWS is not asked here, for
/// unreadable bytes get their verdict too.
pub(crate) fn split(
    body: &Bytes,
    form: Form,
    mifs_max: usize,
    mif_bytes_max: usize,
) -> Result<Vec<Bytes>, BodyError> {
    let content: &[u8] = body.strip_suffix(b"\n").unwrap_or(body);
    if content.is_empty() || content == b"\r" {
        return Err(BodyError::Empty);
    }
    let mut mifs = Vec::new();
    let lines: Box<dyn Iterator<Item = &[u8]>> = match form {
        Form::One => Box::new(std::iter::once(content)),
        Form::Lines => Box::new(content.split(|byte| *byte == b'\n')),
    };
    for (index, line) in lines.enumerate() {
        if index >= mifs_max {
            return Err(BodyError::TooMany { limit: mifs_max });
        }
        let mif = line.strip_suffix(b"\r").unwrap_or(line);
        if mif.is_empty() {
            return Err(BodyError::EmptyLine { index });
        }
        if mif.len() > mif_bytes_max {
            return Err(BodyError::MifTooLarge {
                index,
                limit: mif_bytes_max,
            });
        }
        mifs.push(body.slice_ref(mif));
    }
    Ok(mifs)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    fn lines(text: &'static str) -> Result<Vec<Bytes>, BodyError> {
        split(&Bytes::from_static(text.as_bytes()), Form::Lines, 3, 4)
    }

    fn gzip(plain: &[u8]) -> Bytes {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(plain).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn lines_are_split_with_or_without_a_last_newline() {
        for text in ["a\nbb\nccc", "a\nbb\nccc\n", "a\r\nbb\r\nccc\r\n"] {
            assert_eq!(lines(text).unwrap(), ["a", "bb", "ccc"]);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        assert!(matches!(lines(""), Err(BodyError::Empty)));
        assert!(matches!(lines("\r\n"), Err(BodyError::Empty)));
        assert!(matches!(
            lines("a\n\nb"),
            Err(BodyError::EmptyLine { index: 1 })
        ));
        assert!(matches!(
            lines("a\nb\n\n"),
            Err(BodyError::EmptyLine { index: 2 })
        ));
        assert!(matches!(
            lines("a\nb\nc\nd"),
            Err(BodyError::TooMany { limit: 3 })
        ));
        assert!(matches!(
            lines("a\nbbbbb"),
            Err(BodyError::MifTooLarge { index: 1, limit: 4 })
        ));
    }

    #[test]
    fn one_mif_is_the_body_without_its_newline() {
        let body = Bytes::from_static(b"e.y.J\n");
        assert_eq!(split(&body, Form::One, 1, 9).unwrap(), ["e.y.J"]);
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let plain = vec![b'a'; 4 << 20];
        let squeezed = Bytes::from(zstd::encode_all(plain.as_slice(), 1).unwrap());
        for (body, encoding) in [(gzip(&plain), Encoding::Gzip), (squeezed, Encoding::Zstd)] {
            assert!(body.len() < 10_000);
            assert!(matches!(
                decompress(body.clone(), encoding, 1 << 20),
                Err(BodyError::TooLarge { .. })
            ));
            assert_eq!(decompress(body, encoding, plain.len()).unwrap(), plain);
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300), zstd: bool) {
            let encoding = if zstd { Encoding::Zstd } else { Encoding::Gzip };
            let _any = decompress(bytes.clone().into(), encoding, 1_000);
            if let Ok(mifs) = split(&bytes.into(), Form::Lines, 10, 100) {
                prop_assert!(mifs.iter().all(|mif| !mif.is_empty() && !mif.contains(&b'\n')));
            }
        }

        #[test]
        fn what_was_joined_comes_back(mifs in prop::collection::vec("[a-zA-Z0-9_.-]{1,20}", 1..10)) {
            let body = Bytes::from(mifs.join("\n"));
            prop_assert_eq!(split(&body, Form::Lines, 10, 20).unwrap(), mifs);
        }
    }
}
