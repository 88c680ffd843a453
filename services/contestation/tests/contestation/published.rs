//! The published description of the API is the one this code generates. `CNT_BLESS=1` writes it anew.

use std::path::Path;

#[test]
fn the_published_description_does_not_drift() {
    let path =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/openapi/contestation.json");
    let generated = cnt_contestation::openapi().unwrap();
    if std::env::var_os("CNT_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &generated).unwrap();
    }
    let published = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == generated,
        "schemas/openapi/contestation.json has drifted: run with CNT_BLESS=1"
    );
}
