//! Fixed invented facts, for dictionaries, demonstrations and tests.

use crate::{DocumentInput, DocumentKind, RenditionError};

const AVIS_CONTRAVENTION: &[u8] = include_bytes!("../templates/specimen/avis_contravention.json");

/// The specimen facts of `kind`.
pub(crate) fn document(kind: DocumentKind) -> Result<DocumentInput, RenditionError> {
    match kind {
        DocumentKind::AvisContravention => DocumentInput::from_json(kind, AVIS_CONTRAVENTION),
    }
}
