//! Where the bytes of an object come from.

use std::borrow::Cow;
use std::io;
use std::sync::Arc;

/// Read access to one object by ranges: a file, an object in S3, bytes in memory.
pub trait ObjectRead: Send + Sync {
    /// Size of the object, in bytes.
    fn size(&self) -> u64;

    /// Exactly `length` bytes from `offset`. Callers ask only for what lies within
    /// [`ObjectRead::size`].
    ///
    /// # Errors
    ///
    /// Whatever the source reports; [`io::ErrorKind::UnexpectedEof`] past the end.
    fn read_range(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>>;
}

impl<S: ObjectRead + ?Sized> ObjectRead for &S {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_range(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        (**self).read_range(offset, length)
    }
}

impl<S: ObjectRead + ?Sized> ObjectRead for Box<S> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_range(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        (**self).read_range(offset, length)
    }
}

impl<S: ObjectRead + ?Sized> ObjectRead for Arc<S> {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_range(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        (**self).read_range(offset, length)
    }
}

/// An object held in memory: `Vec<u8>`, `&[u8]`, `Bytes`, a memory map.
#[derive(Debug, Clone)]
pub struct InMemory<B>(pub B);

impl<B: AsRef<[u8]> + Send + Sync> ObjectRead for InMemory<B> {
    fn size(&self) -> u64 {
        self.0.as_ref().len() as u64
    }

    fn read_range(&self, offset: u64, length: usize) -> io::Result<Cow<'_, [u8]>> {
        usize::try_from(offset)
            .ok()
            .and_then(|start| Some(start..start.checked_add(length)?))
            .and_then(|range| self.0.as_ref().get(range))
            .map(Cow::Borrowed)
            .ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}
