//! Renders real documents and judges them: by their bytes, by what readers find in them, and by
//! veraPDF.

#[cfg(test)]
mod bytes;
#[cfg(test)]
mod content;
#[cfg(test)]
mod contestation;
#[cfg(test)]
mod contestation_mentions;
#[cfg(test)]
mod forme;
#[cfg(test)]
mod letters;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod mentions;
#[cfg(test)]
mod mentions_pv;
#[cfg(test)]
mod shelf;
#[cfg(test)]
mod support;
#[cfg(test)]
mod variants;
#[cfg(test)]
mod verapdf;
