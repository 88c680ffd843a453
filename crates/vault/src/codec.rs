//! zstd frames, with contexts kept per thread.
//!
//! The bytes written must not depend on what a thread compressed before. The match finders of the
//! levels up to [`REUSE_LEVEL_MAX`] (`fast`, `dfast`) keep nothing from one frame to the next. The
//! row-based one of the higher levels salts its hash table anew for each frame of a context; no
//! difference was seen, but there each frame gets a context of its own, so that none can be.

use std::cell::RefCell;

use zstd::zstd_safe::{self, CCtx, CDict, DCtx, DDict};

use crate::error::{Problem, WriteError};

/// Highest level at which contexts are reused.
const REUSE_LEVEL_MAX: i32 = 3;

/// An output buffer larger than this is given back instead of being kept by its thread.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

struct Encoder {
    context: CCtx<'static>,
    output: Vec<u8>,
}

thread_local! {
    static ENCODER: RefCell<Option<Encoder>> = const { RefCell::new(None) };
    static DECODER: RefCell<Option<DCtx<'static>>> = const { RefCell::new(None) };
}

/// A dictionary ready to compress with, and the level it was made for.
pub(crate) struct Dictionary {
    pub(crate) prepared: CDict<'static>,
    pub(crate) level: i32,
}

/// Compresses `plain` into one frame that declares its size and names no dictionary.
pub(crate) fn compress(
    plain: &[u8],
    level: i32,
    dictionary: Option<&Dictionary>,
) -> Result<Vec<u8>, WriteError> {
    let level = dictionary.map_or(level, |dictionary| dictionary.level);
    if level > REUSE_LEVEL_MAX {
        return compress_with(&mut Encoder::create()?, plain, level, dictionary);
    }
    ENCODER.with_borrow_mut(|slot| {
        let encoder = match slot {
            Some(encoder) => encoder,
            None => slot.insert(Encoder::create()?),
        };
        let frame = compress_with(encoder, plain, level, dictionary);
        if encoder.output.capacity() > KEPT_BUFFER_BYTES {
            encoder.output = Vec::new();
        }
        frame
    })
}

fn compress_with(
    encoder: &mut Encoder,
    plain: &[u8],
    level: i32,
    dictionary: Option<&Dictionary>,
) -> Result<Vec<u8>, WriteError> {
    let Encoder { context, output } = encoder;
    output.clear();
    output.reserve(zstd_safe::compress_bound(plain.len()));
    match dictionary {
        Some(dictionary) => context.compress_using_cdict(output, plain, &dictionary.prepared),
        None => context.compress(output, plain, level),
    }
    .map_err(|code| WriteError::Zstd(zstd_safe::get_error_name(code)))?;
    Ok(output.as_slice().to_vec())
}

impl Encoder {
    fn create() -> Result<Self, WriteError> {
        let context = CCtx::try_create().ok_or(WriteError::Zstd("no memory for a context"))?;
        Ok(Self {
            context,
            output: Vec::new(),
        })
    }
}

/// Decodes exactly one frame that must hold exactly `size` bytes. The caller has checked `size`
/// against its limit: it is what gets allocated.
pub(crate) fn decompress(
    frame: &[u8],
    size: usize,
    dictionary: Option<&DDict<'static>>,
) -> Result<Vec<u8>, Problem> {
    let frame_length = zstd_safe::find_frame_compressed_size(frame)
        .map_err(|code| Problem::Zstd(zstd_safe::get_error_name(code)))?;
    if frame_length != frame.len() {
        return Err(Problem::Zstd("bytes after the frame"));
    }
    match zstd_safe::get_frame_content_size(frame) {
        Ok(Some(declared)) if declared == size as u64 => {}
        Ok(Some(found)) => {
            return Err(Problem::Length {
                declared: size as u64,
                found,
            });
        }
        Ok(None) => return Err(Problem::Zstd("the frame does not declare its size")),
        Err(_) => return Err(Problem::Zstd("the frame header is damaged")),
    }
    let mut plain = Vec::new();
    plain
        .try_reserve_exact(size)
        .map_err(|_| Problem::Zstd("no memory for the content"))?;
    DECODER.with_borrow_mut(|slot| {
        let context = match slot {
            Some(context) => context,
            None => slot.insert(DCtx::try_create().ok_or(Problem::Zstd("no memory"))?),
        };
        match dictionary {
            Some(dictionary) => context.decompress_using_ddict(&mut plain, frame, dictionary),
            None => context.decompress(&mut plain, frame),
        }
        .map_err(|code| Problem::Zstd(zstd_safe::get_error_name(code)))
    })?;
    if plain.len() != size {
        return Err(Problem::Length {
            declared: size as u64,
            found: plain.len() as u64,
        });
    }
    Ok(plain)
}

/// Name and version of the library that made the frames, for the manifest.
pub(crate) fn library() -> String {
    format!("zstd {}", zstd_safe::version_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dictionary(bytes: &[u8], level: i32) -> Dictionary {
        Dictionary {
            prepared: CDict::create(bytes, level),
            level,
        }
    }

    #[test]
    fn frames_do_not_depend_on_what_the_thread_did_before() {
        // Few letters, so that match finders have more candidates than room for them.
        let text = |seed: u64| -> Vec<u8> {
            let mut state = seed;
            std::iter::repeat_with(|| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(seed | 1);
                b'a' + (state.to_be_bytes()[0] & 3)
            })
            .take(60_000)
            .collect()
        };
        for level in [1, 3, 4, 6, 12] {
            let forme = dictionary(&text(77), level);
            let fresh = |plain: Vec<u8>, with_forme: bool| {
                let forme = dictionary(&text(77), level);
                std::thread::spawn(move || {
                    compress(&plain, level, with_forme.then_some(&forme)).unwrap()
                })
                .join()
                .unwrap()
            };
            for seed in 1..10 {
                let plain = text(seed);
                let reused = compress(&plain, level, None).unwrap();
                let reused_forme = compress(&plain, level, Some(&forme)).unwrap();
                assert_eq!(reused, fresh(plain.clone(), false), "level {level}");
                assert_eq!(reused_forme, fresh(plain, true), "level {level} with forme");
            }
        }
    }

    #[test]
    fn a_frame_that_lies_about_its_size_is_refused_before_allocation() {
        let frame = compress(&vec![0_u8; 1 << 20], 3, None).unwrap();
        assert!(matches!(
            decompress(&frame, 10, None),
            Err(Problem::Length { .. })
        ));
        assert!(decompress(&frame[..frame.len() - 1], 1 << 20, None).is_err());
        let mut two = frame.clone();
        two.extend_from_slice(&frame);
        assert!(matches!(
            decompress(&two, 1 << 20, None),
            Err(Problem::Zstd(_))
        ));
    }
}
