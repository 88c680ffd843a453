//! Random bytes of the operating system, for passwords, names and port choices.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use crate::error::{StackError, file_error};

/// `N` bytes of the kernel's generator.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], StackError> {
    let path = Path::new("/dev/urandom");
    let mut bytes = [0_u8; N];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut bytes))
        .map_err(file_error("read", path))?;
    Ok(bytes)
}

/// `N` random bytes as lower-case hexadecimal.
pub(crate) fn random_hex<const N: usize>() -> Result<String, StackError> {
    random_bytes::<N>().map(hex::encode)
}
