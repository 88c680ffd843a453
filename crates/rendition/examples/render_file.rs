//! Renders one document from a JSON file: `render_file KIND FILE.json OUT.pdf`.

use std::error::Error;

use cnt_rendition::{DocumentInput, Engine, RenderRequest};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = || {
        arguments
            .next()
            .ok_or("usage: render_file KIND FILE.json OUT.pdf")
    };
    let (kind, input, output) = (argument()?, argument()?, argument()?);
    let document = DocumentInput::from_json(kind.parse()?, &std::fs::read(input)?)?;
    let rendered = Engine::new()?.render(&RenderRequest { document })?;
    std::fs::write(output, rendered.pdf)?;
    Ok(())
}
