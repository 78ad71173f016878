//! How both sides and the way between them are, and what of it is wrong: judged once, for every API, page and command.

mod alert;
mod assess;
mod judge;
pub(crate) mod probe;
pub mod report;
mod thresholds;

use std::{
    collections::VecDeque,
    fmt::Display,
    ops::RangeInclusive,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use twinbase_core::{
    OutboxStatus, Version,
    primary::{CollectionRecord, Raised, WalkRecord, WorkerRecord},
};
use twinbase_sync::{
    Sides, WriteCheck, rebuild::RebuildStatus, verify::Verified, worker::WorkerStatus,
};

pub use alert::{Alert, Level, Severity};
pub use judge::Seen;
pub use report::HealthReport;
pub use thresholds::{CURRENT, Limits, Thresholds};

/// How one database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SideHealth {
    /// Which database: `postgresql`, `cockroachdb`, `sqlite`, `mongodb` or `embedded`.
    pub kind: &'static str,
    /// Where it is, without secrets.
    pub location: String,
    /// How long it took to answer, or why it did not.
    pub answer: Result<Duration, String>,
}

impl SideHealth {
    /// Whether it answered.
    pub const fn is_connected(&self) -> bool {
        self.answer.is_ok()
    }
}

/// How a system is, as of when it was asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Health {
    /// The SQL database.
    pub primary: SideHealth,
    /// The document database.
    pub replica: SideHealth,
    /// The outbox in numbers; `None` when the primary did not say, which is not zero.
    pub outbox: Option<OutboxStatus>,
    /// Why the newest write of this process failed; the worker writes every few seconds. The primary may answer
    /// and still refuse writes, as a standby does, or one whose disk is full. `None` when it succeeded or when there was none.
    pub write_error: Option<String>,
    /// Where the backlog is heading; `None` until it has been counted twice.
    pub trend: Option<Trend>,
    /// The worker of this process; `None` when none was started here.
    pub worker: Option<WorkerStatus>,
    /// When a database was found to be put back or replaced, until a whole verification shows that both sides agree; `None` also when
    /// the primary did not say.
    pub unproven: Option<Raised>,
    /// How far the comparison of each collection with its rows has come, and what it found; `None` when the primary did not say.
    pub verified: Option<Vec<Verified>>,
    /// The rebuilds that are under way, paused ones included; `None` when the primary did not say.
    pub rebuilds: Option<Vec<RebuildStatus>>,
    /// How many workers are alive in all processes; `None` when the primary did not say. With none,
    /// nothing reaches the replica: perhaps nobody called [`crate::Twinbase::start_worker`].
    pub workers_alive: Option<usize>,
    /// By which numbers this is judged.
    pub thresholds: Thresholds,
}

/// Where the backlog is heading.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trend {
    /// By how many events a second it shrinks; negative while it grows.
    pub per_second: f64,
    /// When it will be empty at this rate; `None` when it does not shrink.
    pub eta: Option<Duration>,
}

/// Backlogs of the last minute.
#[derive(Debug, Default)]
pub(crate) struct Backlogs {
    seen: VecDeque<(Instant, u64)>,
}

/// A trend is over so long at most, and at least.
const TREND: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_mins(1);

impl Backlogs {
    /// Adds what was counted now.
    pub(crate) fn add(&mut self, now: Instant, backlog: u64) -> Option<Trend> {
        while let Some((at, _)) = self.seen.front()
            && now.duration_since(*at) > *TREND.end()
        {
            self.seen.pop_front();
        }
        let first = self.seen.front().copied();
        let last = self.seen.back();
        if last.is_none_or(|(at, _)| now.duration_since(*at) >= *TREND.start()) {
            self.seen.push_back((now, backlog));
        }
        let (at, before) = first.filter(|(at, _)| now.duration_since(*at) >= *TREND.start())?;
        #[expect(clippy::cast_precision_loss, reason = "an estimate, for people")]
        let (before, backlog) = (before as f64, backlog as f64);
        let per_second = (before - backlog) / now.duration_since(at).as_secs_f64();
        let eta = (per_second > 0.0)
            .then(|| Duration::try_from_secs_f64(backlog / per_second).ok())
            .flatten();
        Some(Trend { per_second, eta })
    }
}

impl Health {
    /// The age of the oldest pending event, zero when there is none; `None` when not known.
    pub fn lag(&self) -> Option<Duration> {
        let outbox = self.outbox.as_ref()?;
        Some(outbox.oldest_pending.unwrap_or_default())
    }
}

pub(crate) async fn check(
    sides: &Sides,
    writes: &WriteCheck,
    backlogs: &Mutex<Backlogs>,
    worker: Option<WorkerStatus>,
    thresholds: Thresholds,
) -> Health {
    let (primary, replica, outbox, workers, timeline, walks, collections) = tokio::join!(
        timed(sides.primary.ping()),
        timed(sides.replica.ping()),
        sides.primary.status(),
        sides.primary.workers(),
        sides.primary.recorded(),
        sides.primary.walks(),
        sides.primary.collections(),
    );
    Health {
        primary: SideHealth {
            kind: sides.primary.kind().name(),
            location: sides.primary.location(),
            answer: primary,
        },
        replica: SideHealth {
            kind: sides.replica.kind().name(),
            location: sides.replica.location(),
            answer: replica,
        },
        trend: outbox.as_ref().ok().and_then(|outbox| {
            let mut backlogs = backlogs.lock().unwrap_or_else(PoisonError::into_inner);
            backlogs.add(Instant::now(), outbox.backlog)
        }),
        outbox: outbox.ok(),
        write_error: writes.error(),
        worker,
        thresholds,
        verified: walks
            .ok()
            .zip(timeline.as_ref().ok())
            .map(|(walks, timeline)| verified(sides, &walks, timeline.floor)),
        rebuilds: collections.ok().map(|all| {
            let workers = workers.as_deref().ok();
            rebuilds(sides, &all, workers)
        }),
        unproven: timeline.ok().and_then(|timeline| timeline.unproven),
        workers_alive: workers
            .ok()
            .map(|workers| workers.iter().filter(|worker| worker.alive).count()),
    }
}

/// What is kept of a collection that is no more says nothing to a program that has collections.
fn verified(sides: &Sides, walks: &[WalkRecord], floor: Version) -> Vec<Verified> {
    let here = walks.iter().filter(|of| is_here(sides, &of.collection));
    here.map(|walk| Verified::of(walk, floor)).collect()
}

fn rebuilds(
    sides: &Sides,
    records: &[CollectionRecord],
    workers: Option<&[WorkerRecord]>,
) -> Vec<RebuildStatus> {
    let here = records.iter().filter(|of| is_here(sides, &of.collection));
    let all = here.filter_map(|of| RebuildStatus::of(of, &sides.registry));
    let all = all.filter(RebuildStatus::is_under_way);
    all.map(|of| match workers {
        Some(workers) => of.among(workers),
        None => of,
    })
    .collect()
}

fn is_here(sides: &Sides, collection: &str) -> bool {
    let knows_none = sides.registry.iter().next().is_none();
    knows_none || sides.registry.by_collection(collection).is_some()
}

async fn timed<E: Display>(ping: impl Future<Output = Result<(), E>>) -> Result<Duration, String> {
    let asked = Instant::now();
    let answer = ping.await.map(|()| asked.elapsed());
    answer.map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backlog_that_shrinks_has_an_end_and_one_that_grows_has_none() {
        let start = Instant::now();
        let mut backlogs = Backlogs::default();
        let mut add = |seconds, backlog| {
            let trend = backlogs.add(start + Duration::from_secs(seconds), backlog)?;
            Some((trend.per_second.round(), trend.eta.map(|eta| eta.as_secs())))
        };
        assert_eq!(add(0, 10_000), None);
        assert_eq!(add(0, 9_000), None);
        assert_eq!(add(10, 9_000), Some((100.0, Some(90))));
        assert_eq!(add(20, 12_000), Some((-100.0, None)));
        // What was a minute ago counts no more.
        assert_eq!(add(75, 6_500), Some((100.0, Some(65))));
    }
}
