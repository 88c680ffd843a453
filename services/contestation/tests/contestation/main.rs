//! The service as its callers see it.

#[cfg(test)]
mod addressee;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod cards;
#[cfg(test)]
mod chain;
#[cfg(test)]
mod console;
#[cfg(test)]
mod courriers;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod deposits;
#[cfg(test)]
mod designations;
#[cfg(test)]
mod keyboard;
#[cfg(test)]
mod life;
#[cfg(test)]
mod officers;
#[cfg(test)]
mod photos;
#[cfg(test)]
mod portal;
#[cfg(test)]
mod procedure;
#[cfg(test)]
mod scoping;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod support;
#[cfg(test)]
mod titres;
#[cfg(test)]
mod transfers;
