//! What the tests of this crate share.

use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use cnt_rendition::{
    AvisInput, DocumentInput, DocumentKind, Engine, ProcesVerbalInput, RenderRequest, Rendered,
};
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

/// The procès-verbal in `inputs/NAME.json`, or the specimen.
pub(crate) fn proces_verbal(name: &str) -> ProcesVerbalInput {
    let root = Path::new(".");
    let path = match name {
        "specimen" => root.join("templates/specimen/proces_verbal.json"),
        other => root.join("tests/inputs").join(other).with_extension("json"),
    };
    let json = std::fs::read(path).unwrap();
    let DocumentInput::ProcesVerbal(input) =
        DocumentInput::from_json(DocumentKind::ProcesVerbal, &json).unwrap()
    else {
        panic!("not a procès-verbal");
    };
    *input
}

/// Renders a procès-verbal.
pub(crate) fn render_pv(
    input: &ProcesVerbalInput,
) -> Result<Rendered, cnt_rendition::RenditionError> {
    ENGINE.render(&RenderRequest {
        document: DocumentInput::ProcesVerbal(Box::new(input.clone())),
    })
}

/// A file with these bytes.
pub(crate) fn written(pdf: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), pdf).unwrap();
    file
}

/// The text of one page, or of all, as a reader extracts it, on one line with single spaces.
pub(crate) fn text_of(pdf: &[u8], page: Option<u32>) -> String {
    let file = written(pdf);
    let path = file.path().to_str().unwrap();
    let page = page.map(|page| page.to_string());
    let mut arguments = Vec::new();
    if let Some(page) = &page {
        arguments.extend(["-f", page, "-l", page]);
    }
    arguments.extend([path, "-"]);
    let text = output_of("pdftotext", &arguments);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The whole document as it is read aloud: every string in the order of the structure tree.
pub(crate) fn read_aloud(pdf: &[u8]) -> String {
    let file = written(pdf);
    let structure = output_of("pdfinfo", &["-struct-text", file.path().to_str().unwrap()]);
    let strings = structure.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix('"')?.strip_suffix('"')
    });
    strings.collect::<Vec<_>>().join(" ")
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

/// The document of `kind` in `inputs/NAME.json`, or the specimen.
pub(crate) fn document(kind: DocumentKind, name: &str) -> DocumentInput {
    if name == "specimen" {
        return DocumentInput::specimen(kind).unwrap();
    }
    let path = Path::new("tests/inputs").join(name).with_extension("json");
    DocumentInput::from_json(kind, &std::fs::read(path).unwrap()).unwrap()
}

/// Renders a document of any kind.
pub(crate) fn render_document(
    document: DocumentInput,
) -> Result<Rendered, cnt_rendition::RenditionError> {
    ENGINE.render(&RenderRequest { document })
}
