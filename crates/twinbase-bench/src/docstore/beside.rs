//! What a reader waits for while batches are written: pages of a leaderboard beside a writer that never rests.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::ensure;
use bson::doc;
use twinbase_docstore::{Direction, Find, Put, Store};

use super::sides::{self, BATCH, COLLECTION, Player};
use crate::{
    report::{Bound, Figure, Measurement},
    statistics::Times,
};

const PLAYERS: u64 = 20_000;
const MEASURED_FOR: Duration = Duration::from_secs(5);
/// Between two reads: a reader that never pauses would measure the processor.
const PAUSE: Duration = Duration::from_millis(1);

pub(super) fn measure() -> anyhow::Result<Vec<Measurement>> {
    let folder = tempfile::tempdir()?;
    let leaderboard = sides::index(&[
        ("points", Direction::Descending),
        ("_id", Direction::Ascending),
    ]);
    let store = sides::store(folder.path(), PLAYERS, &[leaderboard])?;
    let ended = AtomicBool::new(false);
    let (times, batches) = thread::scope(|scope| {
        let writer = scope.spawn(|| write(&store, &ended));
        let times = read(&store);
        ended.store(true, Ordering::Relaxed);
        let batches = writer
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        anyhow::Ok((times?, batches?))
    })?;
    let (reads, times) = (times.len(), Times::new(times));
    Ok(vec![Measurement {
        name: "a reader beside batches".into(),
        figures: vec![
            Figure::new("p50", times.millis(0.5), None),
            Figure::new("p99", times.millis(0.99), Some(Bound::AtMost(5.0))),
        ],
        unit: "ms",
        detail: format!(
            "{reads} pages of 10 by an index, beside {batches} batches of {BATCH} upserts"
        ),
    }])
}

/// Writes all players again and again; returns how many batches that were.
fn write(store: &Store, ended: &AtomicBool) -> anyhow::Result<u64> {
    let mut batches = 0;
    for version in 2.. {
        for batch in sides::batches(PLAYERS) {
            if ended.load(Ordering::Relaxed) {
                return Ok(batches);
            }
            let puts: Vec<Put> = batch.map(|n| Player::new(n).put(version)).collect();
            sides::apply(store, &puts)?;
            batches += 1;
        }
    }
    Ok(batches)
}

fn read(store: &Store) -> anyhow::Result<Vec<Duration>> {
    let page = Find {
        sort: doc! { "points": -1, "_id": 1 },
        limit: Some(10),
        ..Find::default()
    };
    let (mut times, end) = (Vec::new(), Instant::now() + MEASURED_FOR);
    while Instant::now() < end {
        let began = Instant::now();
        let found = store.find(COLLECTION, &page)?;
        times.push(began.elapsed());
        ensure!(found.len() == 10, "a page of {}", found.len());
        thread::sleep(PAUSE);
    }
    Ok(times)
}
