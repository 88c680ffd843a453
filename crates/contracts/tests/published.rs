//! The documents under `schemas/` are those this code generates. `CNT_BLESS=1` writes them anew.

use std::path::Path;

use cnt_contracts::schemas::published;

#[test]
fn published_documents_do_not_drift() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let bless = std::env::var_os("CNT_BLESS").is_some();
    for document in published() {
        let path = root.join(document.path);
        if bless {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &document.text).unwrap();
        }
        let published = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            published == document.text,
            "schemas/{} has drifted: run with CNT_BLESS=1",
            document.path
        );
    }
}
