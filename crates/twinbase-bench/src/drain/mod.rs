//! Draining a backlog into the MongoDB server: against the limit of its parts, and
//! against what one would write instead of Twinbase.
//!
//! With `a` the server's own bulk speed for the same documents and `b` the speed
//! of reading and marking the same events in plain SQL, doing one after the other
//! takes 1/a + 1/b a document; what is faster reads, applies and marks at the same time. Both parts
//! are done in the fastest way that we know, which is the engine's own: inserts, and marks that wait for no disk.

pub(crate) mod baseline;
pub(crate) mod limit;

use std::time::{Duration, Instant};

use crate::{
    backlog::Backlog,
    report::{Bound, Measurement},
    servers::Servers,
    statistics::{median_of, megabytes, range_of, rate},
    worker_process::{Worked, WorkerProcess},
};
use baseline::Kind;

const DISTINCT: Backlog = Backlog::distinct(100_000);
const HOT: Backlog = Backlog::repeated(1_000, 100);
/// The naive worker is so slow that a twentieth tells its speed.
const NAIVE: Backlog = Backlog::distinct(5_000);
const ROUNDS: usize = 5;

/// How a backlog was drained.
pub(crate) struct Drained {
    pub(crate) took: Duration,
    pub(crate) worked: Worked,
    events: u64,
}

impl Drained {
    pub(crate) fn rate(&self) -> f64 {
        rate(self.events, self.took)
    }

    /// Seconds of processor time for 100,000 events.
    #[expect(clippy::cast_precision_loss, reason = "a ratio to two places")]
    fn cpu(&self) -> f64 {
        self.worked.cpu_seconds * 1e5 / self.events as f64
    }
}

/// One round of everything, so that what the machine does meanwhile hits all of it.
struct Round {
    a: f64,
    b: f64,
    distinct: Drained,
    hot: Drained,
    afternoon: f64,
    afternoon_hot: f64,
    naive: f64,
}

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let mut rounds = Vec::new();
    for n in 1..=ROUNDS {
        eprintln!("drain: round {n} of {ROUNDS}");
        rounds.push(Round {
            a: limit::bulk(servers, DISTINCT.events()).await?,
            b: limit::read_and_mark(servers, DISTINCT).await?.rate,
            distinct: drain(servers, DISTINCT).await?,
            afternoon: baseline::measure(servers, Kind::Afternoon, DISTINCT).await?,
            hot: drain(servers, HOT).await?,
            afternoon_hot: baseline::measure(servers, Kind::Afternoon, HOT).await?,
            naive: baseline::measure(servers, Kind::Naive, NAIVE).await?,
        });
    }
    Ok(vec![
        against_limit(&rounds),
        against_naive(&rounds),
        against_afternoon("distinct keys", 1.4, &rounds, |r| {
            (r.distinct.rate(), r.afternoon)
        }),
        against_afternoon("100,000 events on 1,000 keys", 2.0, &rounds, |r| {
            (r.hot.rate(), r.afternoon_hot)
        }),
        processor("distinct keys", &rounds, |r| &r.distinct),
        processor("1,000 keys", &rounds, |r| &r.hot),
        memory(&rounds),
    ])
}

fn against_limit(rounds: &[Round]) -> Measurement {
    let serial = |r: &Round| 1.0 / (1.0 / r.a + 1.0 / r.b);
    let ratio = |r: &Round| r.distinct.rate() / serial(r);
    Measurement::one(
        "drain against the serial limit of its parts",
        "ratio",
        median_of(rounds, ratio),
        Some(Bound::AtLeast(1.3)),
        format!(
            "{:.0}/s; a = {:.0}/s raw bulk, b = {:.0}/s read and mark, {} distinct keys, median of {ROUNDS}: {}",
            median_of(rounds, |r| r.distinct.rate()),
            median_of(rounds, |r| r.a),
            median_of(rounds, |r| r.b),
            DISTINCT.keys,
            range_of(rounds, ratio),
        ),
    )
}

fn against_naive(rounds: &[Round]) -> Measurement {
    let ratio = |r: &Round| r.distinct.rate() / r.naive;
    Measurement::one(
        "drain against the naive worker",
        "ratio",
        median_of(rounds, ratio),
        Some(Bound::AtLeast(12.0)),
        format!(
            "{:.0}/s against {:.0}/s (one upsert and one mark an event, on {} events), median of {ROUNDS}: {}",
            median_of(rounds, |r| r.distinct.rate()),
            median_of(rounds, |r| r.naive),
            NAIVE.keys,
            range_of(rounds, ratio),
        ),
    )
}

fn against_afternoon(
    what: &str,
    bound: f64,
    rounds: &[Round],
    speeds: impl Fn(&Round) -> (f64, f64),
) -> Measurement {
    let (ours, theirs) = (|r: &Round| speeds(r).0, |r: &Round| speeds(r).1);
    let ratio = |r: &Round| ours(r) / theirs(r);
    Measurement::one(
        format!("drain against an afternoon's worker, {what}"),
        "ratio",
        median_of(rounds, ratio),
        Some(Bound::AtLeast(bound)),
        format!(
            "{:.0}/s against {:.0}/s (1,000 at a time, one bulk write, one mark), median of {ROUNDS}: {}",
            median_of(rounds, ours),
            median_of(rounds, theirs),
            range_of(rounds, ratio),
        ),
    )
}

fn processor(what: &str, rounds: &[Round], drained: impl Fn(&Round) -> &Drained) -> Measurement {
    Measurement::one(
        format!("worker's processor time for 100,000 events, {what}"),
        "s",
        median_of(rounds, |r| drained(r).cpu()),
        Some(Bound::AtMost(1.0)),
        format!(
            "user and system, of a drain of 100,000, median of {ROUNDS}: {}",
            range_of(rounds, |r| drained(r).cpu())
        ),
    )
}

fn memory(rounds: &[Round]) -> Measurement {
    let peaks = rounds
        .iter()
        .flat_map(|r| [&r.distinct, &r.hot])
        .map(|drained| drained.worked.peak_bytes);
    Measurement::one(
        "peak memory of the draining process",
        "MB",
        megabytes(peaks.max().unwrap_or_default()),
        Some(Bound::AtMost(100.0)),
        "VmHWM, 100,000 events, the most of all rounds".to_owned(),
    )
}

/// A worker's process drains what waits.
pub(crate) async fn drain(servers: &Servers, backlog: Backlog) -> anyhow::Result<Drained> {
    let pair = servers.pair("drain").await?;
    backlog.fill(&pair).await?;
    let mut process = WorkerProcess::start(&pair).await?;
    let began = Instant::now();
    process.begin().await?;
    process.reach(backlog.events()).await?;
    let took = began.elapsed();
    let worked = process.stop().await?;
    anyhow::ensure!(!pair.is_pending().await?, "events are still pending");
    pair.check(backlog.keys, backlog.versions).await?;
    Ok(Drained {
        took,
        worked,
        events: backlog.events(),
    })
}
