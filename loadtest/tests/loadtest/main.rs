//! The generator from outside.

#[cfg(test)]
mod presigned;
#[cfg(test)]
mod stream;
#[cfg(test)]
mod support;
