//! The whole chain, each service a process of its own, while one of them dies or stands still at the worst moment.
#![cfg(test)]

mod cards;
mod crash;
mod fixtures;
mod support;
mod zombie;
