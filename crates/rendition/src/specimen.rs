//! Fixed invented facts, for dictionaries, demonstrations and tests.

use crate::{DocumentInput, DocumentKind, RenditionError};

const AVIS_CONTRAVENTION: &[u8] = include_bytes!("../templates/specimen/avis_contravention.json");
const PROCES_VERBAL: &[u8] = include_bytes!("../templates/specimen/proces_verbal.json");

/// The specimen facts of `kind`.
pub(crate) fn document(kind: DocumentKind) -> Result<DocumentInput, RenditionError> {
    let json = match kind {
        DocumentKind::AvisContravention => AVIS_CONTRAVENTION,
        DocumentKind::ProcesVerbal => PROCES_VERBAL,
    };
    DocumentInput::from_json(kind, json)
}
