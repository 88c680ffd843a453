#![doc = include_str!("../README.md")]

mod axe;
mod browser;
mod stack;
mod wait;

pub use axe::axe;
pub use browser::{Browser, BrowserOptions, Element, Key};
pub use stack::{TestStack, roles};
pub use wait::wait_for;
