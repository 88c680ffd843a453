//! Edition on a real broker and a real database, started for these tests alone.

#[cfg(test)]
mod hand_over;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod lots;
#[cfg(test)]
mod support;
