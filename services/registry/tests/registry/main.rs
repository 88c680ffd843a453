//! The registry from outside: the simulated nation and the service on a real stack.

#[cfg(test)]
mod chain;
#[cfg(test)]
mod nation;
#[cfg(test)]
mod stations;
