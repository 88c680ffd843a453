//! Lots and stores as their users see them.

#[cfg(test)]
mod damage;
#[cfg(test)]
mod independent;
#[cfg(test)]
mod lots;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod support;
