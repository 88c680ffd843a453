//! Publishing the committed tree: tiles, then a signed checkpoint.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use anyhow::Context as _;
use cnt_evidence::{
    Checkpoint, SigningKey, TileTree, consistency, grow, root_of, verify_consistency,
};
use cnt_service_kit::failpoint;
use cnt_service_kit::shutdown::Shutdown;
use cnt_store::{DatabaseConfig, Session};

use crate::db;
use crate::metrics::Metrics;
use crate::tiles::TileFiles;

/// Pause between two looks at the tree.
const PAUSE: Duration = Duration::from_millis(500);

/// The key that signs checkpoints.
///
/// # Errors
/// When the file cannot be read, is readable by others than its owner, or holds no key.
pub(crate) fn read_key(file: &Path) -> anyhow::Result<SigningKey> {
    let told = || format!("the signing key {}", file.display());
    let mode = std::fs::metadata(file).with_context(told)?.permissions();
    anyhow::ensure!(
        mode.mode() & 0o077 == 0,
        "{} is open to others than its owner",
        told()
    );
    let text = std::fs::read_to_string(file).with_context(told)?;
    SigningKey::parse(text.trim_end()).with_context(told)
}

/// Publishes until the stop is requested. A failure is logged and tried again: nothing is lost but time.
pub(crate) fn run(
    database: DatabaseConfig,
    tiles: &TileFiles,
    key: &SigningKey,
    metrics: &Metrics,
    stop: &Shutdown,
) {
    let mut session = Session::new(database);
    loop {
        if let Err(error) = publish(&mut session, tiles, key, metrics) {
            metrics.publish_failures_total.inc();
            tracing::error!(
                error = format!("{error:#}"),
                "The evidence could not be published"
            );
        }
        if stop.wait_timeout(PAUSE) {
            return;
        }
    }
}

/// Writes the tiles of the committed leaves and signs their tree. Killed anywhere and done again, it writes the same
/// bytes. What the tiles say is checked against the committed root and the last checkpoint before anything is signed.
fn publish(
    session: &mut Session,
    tiles: &TileFiles,
    key: &SigningKey,
    metrics: &Metrics,
) -> anyhow::Result<()> {
    let conn = session.connection()?;
    let (head, mut published) = db::tree(conn)?;
    while published < head.size {
        let entries = db::entries(conn, published, head.size)?;
        anyhow::ensure!(!entries.is_empty(), "no entry for leaf {published}");
        grow(tiles, published, &entries)?;
        failpoint::hit("archive.tiles_written")?;
        let to = published + u64::try_from(entries.len())?;
        if !db::published(conn, published, to)? {
            return Ok(());
        }
        published = to;
    }
    let last = db::latest_checkpoint(conn)?;
    if head.size == 0 || last.as_ref().is_some_and(|(size, _)| *size >= head.size) {
        return Ok(());
    }
    let tree = TileTree::new(tiles, head.size);
    anyhow::ensure!(
        root_of(&tree, head.size)? == head.root,
        "the tiles do not give the committed root of {} leaves",
        head.size
    );
    if let Some((size, note)) = last {
        let before = Checkpoint::open(&note, key.verifier())?.tree;
        verify_consistency(&before, &head, &consistency(&tree, size, head.size)?)?;
    }
    let note = Checkpoint::sign(&head, key)?;
    // The objects first: what is only there is signed again, to the same bytes.
    tiles.keep_checkpoint(&note)?;
    failpoint::hit("archive.checkpoint_written")?;
    db::keep_checkpoint(conn, head.size, &note)?;
    metrics.checkpoints_total.inc();
    Ok(())
}
