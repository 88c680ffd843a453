//! The generator from outside.

#[cfg(test)]
mod stream;
#[cfg(test)]
mod support;
