//! Renders real documents and judges them: by their bytes, by what readers find in them, and by
//! veraPDF.

#[cfg(test)]
mod bytes;
#[cfg(test)]
mod content;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod support;
#[cfg(test)]
mod verapdf;
