//! `schemas/openapi/gateway.json` is what this code generates. `CNT_BLESS=1` writes it anew.

use std::path::Path;

#[test]
fn the_published_description_does_not_drift() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/openapi/gateway.json");
    let mut text = cnt_gateway::openapi().to_pretty_json().unwrap();
    text.push('\n');
    if std::env::var_os("CNT_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == text,
        "schemas/openapi/gateway.json has drifted: run with CNT_BLESS=1"
    );
}
