#![doc = include_str!("../README.md")]

mod stack;
mod wait;

pub use stack::{SERVICES, TestStack, roles, topic_specs};
pub use wait::wait_for;
