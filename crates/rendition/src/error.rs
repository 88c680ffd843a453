//! What can go wrong, and whose fault it is.

/// A document that was not rendered.
///
/// Messages name fields and single characters, never a field's value: they can be logged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RenditionError {
    /// The fonts or templates built into this crate cannot be used.
    #[error("embedded resource `{name}` cannot be used: {reason}")]
    Resource {
        /// Name of the font or template.
        name: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A field holds a character that no face of the document can print.
    #[error("field `{field}` holds U+{:04X}, which no face can print", u32::from(*.character))]
    MissingGlyph {
        /// Path of the field in the input, for instance `offence.qualification`.
        field: String,
        /// The character.
        character: char,
    },
    /// A field is longer than its place allows by rule.
    #[error("field `{field}` has {length} characters, at most {length_max} are printed")]
    TooLong {
        /// Path of the field in the input.
        field: String,
        /// Its length in characters.
        length: usize,
        /// The most that is printed.
        length_max: usize,
    },
    /// A field is within its length but its letters are too wide for the place kept for it.
    #[error("field `{field}` does not fit its place on the page")]
    DoesNotFit {
        /// Path of the field in the input.
        field: String,
    },
    /// A field contradicts the rules of the document.
    #[error("field `{field}` is not printable: {reason}")]
    InvalidField {
        /// Path of the field in the input.
        field: String,
        /// The rule that it breaks.
        reason: &'static str,
    },
    /// The JSON of a document input does not have the shape of its kind.
    #[error("input does not have the shape of its kind: {reason}")]
    Input {
        /// Where and why, as told by the JSON reader.
        reason: String,
    },
    /// The document has another number of pages than its template is made for.
    #[error("document has {pages} pages where its template is made for {pages_expected}")]
    PageCount {
        /// Pages laid out.
        pages: usize,
        /// Pages of the template.
        pages_expected: usize,
    },
    /// The sorting mark could not be encoded.
    #[error("sorting mark cannot be encoded: {reason}")]
    SortingMark {
        /// What the encoder said.
        reason: String,
    },
    /// typst refused or doubted the template.
    #[error("template cannot be laid out: {reason}")]
    Layout {
        /// What typst said.
        reason: String,
    },
    /// typst could not export the pages under PDF/A-2a and PDF/UA-1.
    #[error("pages cannot be exported: {reason}")]
    Export {
        /// What typst said.
        reason: String,
    },
    /// A template cannot be made into a forme.
    #[error("no forme can be made: {reason}")]
    Forme {
        /// What is in the way.
        reason: String,
    },
}

impl RenditionError {
    /// Whether the data are at fault: the same input fails again, other inputs do not.
    ///
    /// A caller sets such a document aside with its reason and goes on; any other error is a
    /// defect of the templates or of this crate and concerns every document.
    #[must_use]
    pub const fn is_of_data(&self) -> bool {
        match self {
            Self::MissingGlyph { .. }
            | Self::TooLong { .. }
            | Self::DoesNotFit { .. }
            | Self::InvalidField { .. }
            | Self::Input { .. } => true,
            Self::Resource { .. }
            | Self::PageCount { .. }
            | Self::SortingMark { .. }
            | Self::Layout { .. }
            | Self::Export { .. }
            | Self::Forme { .. } => false,
        }
    }
}
