//! Benches at a small scale: not how fast, but that what they say is right.

use serde_json::Value;

use super::{Running, cnt, is_of_shape, succeeds};

#[test]
fn no_file_of_a_queue_is_given_twice() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let running = Running(at.join("bench-omp-queue"));
    let arguments = [
        "bench",
        "omp-queue",
        "--open-files",
        "20000",
        "--operators",
        "8",
        "--claims",
        "400",
        "--seconds",
        "2",
        "--settle",
        "0",
        "--views",
        "2",
        "--json",
    ];
    let figures: Value = serde_json::from_str(&succeeds(&cnt(at, &arguments))).unwrap();
    is_of_shape("bench-omp-queue.json", &figures);
    assert_eq!(figures["balanced"], true);
    assert_eq!(figures["doubled"], 0);
    assert_eq!(figures["claims"], 40);
    assert_eq!(figures["churn_claims"], 400);
    assert_eq!(figures["pages"]["file"]["views"], 2);
    for setting in ["fsync", "full_page_writes", "synchronous_commit"] {
        assert_eq!(figures["settings"][setting], "on", "{setting}");
    }
    assert!(!running.0.exists(), "the data were not removed");
}
