//! Validation from outside: every code of the rules, and the service on a real broker and database.

#[cfg(test)]
mod chain;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod law;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod running;
#[cfg(test)]
mod scene;
