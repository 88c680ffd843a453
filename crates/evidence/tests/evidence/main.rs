//! The evidence, judged by known answers, by properties, and by Go's own transparency log.
#![cfg(test)]

mod known;
mod oracle;
mod properties;
mod support;
