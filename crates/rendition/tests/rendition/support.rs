//! What the tests of this crate share.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use cnt_rendition::{AvisInput, DocumentInput, DocumentKind, Engine, RenderRequest, Rendered};
use sha2::{Digest, Sha256};

/// One engine for all tests of a process.
pub(crate) static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::new().unwrap());

/// The avis in `inputs/NAME.json`, or the specimen.
pub(crate) fn avis(name: &str) -> AvisInput {
    let root = Path::new(".");
    let path = match name {
        "specimen" => root.join("templates/specimen/avis_contravention.json"),
        other => root.join("tests/inputs").join(other).with_extension("json"),
    };
    let json = std::fs::read(path).unwrap();
    let DocumentInput::AvisContravention(input) =
        DocumentInput::from_json(DocumentKind::AvisContravention, &json).unwrap()
    else {
        panic!("not an avis");
    };
    input
}

/// Renders an avis.
pub(crate) fn render(input: &AvisInput) -> Result<Rendered, cnt_rendition::RenditionError> {
    ENGINE.render(&RenderRequest {
        document: DocumentInput::AvisContravention(input.clone()),
    })
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Output of a program that must be there and succeed.
pub(crate) fn output_of(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} must be installed: {error}"));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{program} {arguments:?}: {}\n{text}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    text
}
