//! A whole centre, started and used by the commands that a person types.
#![cfg(test)]

mod guide;
mod schemathesis;
mod support;
mod token;
