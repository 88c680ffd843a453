//! The registry from outside: the simulated nation, the service on a real stack, the published description.

#[cfg(test)]
mod chain;
#[cfg(test)]
mod nation;
#[cfg(test)]
mod published;
