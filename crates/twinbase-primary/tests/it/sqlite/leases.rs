//! What leases cost on SQLite, where every renewal waits for the disk.

use twinbase_core::primary::{WorkerReport, Workers as _};

use super::*;

/// A page with its header, as the write-ahead log keeps it.
const FRAME: u64 = 4096 + 24;

#[tokio::test]
async fn renewing_writes_one_page_however_long_the_backlog() {
    let place = Place::new();
    let sqlite = place.open().await;
    let ids: Vec<String> = (0..500).map(|n| format!("n{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    sqlite.write(&insert_all(&ids)).await.unwrap();
    let mut log = place.file().into_os_string();
    log.push("-wal");
    let size = || std::fs::metadata(&log).unwrap().len();
    let mut worker = WorkerReport {
        id: "w".into(),
        machine: "m".into(),
        process: 1,
        state: "idle".into(),
        applied: 0,
        superseded: 0,
        failed_attempts: 0,
        failing: String::new(),
    };
    sqlite.lease(&worker, DEADLINE).await.unwrap();
    for applied in 1..=3 {
        worker.applied = applied;
        let before = size();
        let leased = sqlite.lease(&worker, DEADLINE).await.unwrap();
        assert_eq!(leased.held.len(), 16);
        assert_eq!(size() - before, FRAME);
    }
}
