#![doc = include_str!("../README.md")]

mod stack;
mod wait;

pub use stack::{TestStack, roles};
pub use wait::wait_for;
