//! From commit to visible: how long until a change can be read from the replica.
//!
//! Open loop: changes start on a schedule that does not wait for answers, and a change's time counts
//! from its place in the schedule, so a change that had to wait for others has waited (no
//! coordinated omission), and its own commit is part of it. A foreign writer's change counts from its
//! commit, because how long that took is not ours. A change is visible when somebody who
//! knows nothing but the document's id has found it in the MongoDB server (`watcher`).
//!
//! Three ways to write: through the library with the worker in the same process; through the library
//! with the worker in its own; and by `pgbench` with plain SQL, which notifies nobody.

mod beside;
mod foreign;
pub(crate) mod poison;
pub(crate) mod refused;
mod schedule;
mod watcher;

use std::time::Duration;

use anyhow::Context as _;
use twinbase::prelude::*;
use twinbase_testkit::wait;

use crate::{
    app,
    report::{Bound, Figure, Measurement},
    servers::{Pair, Servers},
    statistics::Times,
    worker_process::WorkerProcess,
};
use schedule::Ids;

const WARM_UP: Duration = Duration::from_secs(4);
const SATURATED_FOR: Duration = Duration::from_secs(6);
const MEASURED_FOR: Duration = Duration::from_secs(10);
/// How long a backlog of saturation may take to be gone.
const CALM_WITHIN: Duration = Duration::from_mins(3);

/// Writers, and connections of `pgbench`.
const WRITERS: usize = 8;
/// Looking for every document would load the replica with looks: at most about so many a second.
const LOOKS_A_SECOND: f64 = 200.0;

/// How fast changes come.
#[derive(Debug, Clone, Copy)]
enum Load {
    PerSecond(f64),
    /// This share of what the whole line can do.
    Share(f64),
}

const LOADS: [(&str, Load); 4] = [
    ("100/s", Load::PerSecond(100.0)),
    ("1,000/s", Load::PerSecond(1_000.0)),
    ("50 %", Load::Share(0.5)),
    ("70 %", Load::Share(0.7)),
];

impl Load {
    fn bounds(self) -> [Option<Bound>; 4] {
        match self {
            Self::PerSecond(_) => [
                Some(Bound::AtMost(5.0)),
                None,
                Some(Bound::AtMost(20.0)),
                None,
            ],
            Self::Share(share) if share > 0.6 => [None, None, Some(Bound::AtMost(100.0)), None],
            Self::Share(_) => [None; 4],
        }
    }
}

/// Every how many changes one is looked for.
fn look_every(per_second: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a few dozen at most"
    )]
    let every = (per_second / LOOKS_A_SECOND).ceil() as u64;
    every.max(1)
}

/// The times of a run: each from its place in the schedule, and from its commit.
struct Seen {
    scheduled: Times,
    committed: Times,
}

impl Seen {
    fn new(pairs: Vec<(Duration, Duration)>) -> Self {
        let (scheduled, committed) = pairs.into_iter().unzip();
        Self {
            scheduled: Times::new(scheduled),
            committed: Times::new(committed),
        }
    }
}

/// Who writes, and where the worker is.
enum Way {
    Library(Twinbase, Ids),
    Foreign(foreign::Pgbench),
}

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let mut measurements = Vec::new();
    {
        let pair = servers.pair("visible").await?;
        let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
        let worker = twin.start_worker(app::worker())?;
        let way = Way::Library(twin.clone(), Ids::default());
        measurements.extend(way.measure("worker in the same process", &pair).await?);
        worker.stop().await;
        twin.close().await;
    }
    {
        let pair = servers.pair("visible").await?;
        let mut worker = WorkerProcess::start(&pair).await?;
        worker.begin().await?;
        let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
        let way = Way::Library(twin.clone(), Ids::default());
        measurements.extend(way.measure("worker in its own process", &pair).await?);
        worker.stop().await?;
        twin.close().await;
    }
    let pair = servers.pair("visible").await?;
    let mut worker = WorkerProcess::start(&pair).await?;
    worker.begin().await?;
    let way = Way::Foreign(foreign::Pgbench::new(servers, &pair)?);
    measurements.extend(
        way.measure("foreign writer, no notification", &pair)
            .await?,
    );
    worker.stop().await?;
    Ok(measurements)
}

impl Way {
    async fn measure(&self, name: &str, pair: &Pair) -> anyhow::Result<Vec<Measurement>> {
        eprintln!("visible: {name}: warming up");
        self.at(pair, 500.0, WARM_UP).await?;
        calm(pair).await?;
        let saturated = self.saturate(pair).await?;
        calm(pair).await?;
        let mut measurements = Vec::new();
        for (load_name, load) in LOADS {
            let per_second = match load {
                Load::PerSecond(per_second) => per_second,
                Load::Share(share) => saturated * share,
            };
            eprintln!("visible: {name}: {per_second:.0} changes a second");
            let seen = self.at(pair, per_second, MEASURED_FOR).await?;
            calm(pair).await?;
            let detail = match load {
                Load::PerSecond(_) => String::new(),
                Load::Share(_) => format!("{per_second:.0}/s of {saturated:.0}/s; "),
            };
            let name = format!("visible, {load_name}, {name}");
            measurements.push(self.measurement(name, load, &detail, &seen));
        }
        Ok(measurements)
    }

    fn measurement(&self, name: String, load: Load, detail: &str, seen: &Seen) -> Measurement {
        // How late `pgbench` is with its own commits is not the worker's doing.
        let (times, others, what) = match self {
            Self::Library(..) => (&seen.scheduled, &seen.committed, "commit"),
            Self::Foreign(_) => (&seen.committed, &seen.scheduled, "schedule"),
        };
        let [p50, p95, p99, max] = load.bounds();
        Measurement {
            name,
            unit: "ms",
            figures: vec![
                Figure::new("p50", times.millis(0.5), p50),
                Figure::new("p95", times.millis(0.95), p95),
                Figure::new("p99", times.millis(0.99), p99),
                Figure::new("max", times.millis(1.0), max),
            ],
            detail: format!(
                "{detail}p50 / p95 / p99 / max of {} changes; counted from the {what}: {:.1} / {:.1} / {:.1} / {:.1}",
                times.len(),
                others.millis(0.5),
                others.millis(0.95),
                others.millis(0.99),
                others.millis(1.0),
            ),
        }
    }

    /// Changes a second of the whole line when nobody pauses.
    async fn saturate(&self, pair: &Pair) -> anyhow::Result<f64> {
        let before = pair.processed().await?;
        let began = std::time::Instant::now();
        match self {
            Self::Library(twin, ids) => schedule::saturate(twin, ids, SATURATED_FOR).await?,
            Self::Foreign(pgbench) => pgbench.saturate(SATURATED_FOR).await?,
        }
        let took = began.elapsed();
        let after = pair.processed().await?;
        Ok(crate::statistics::rate(after - before, took))
    }

    async fn at(&self, pair: &Pair, per_second: f64, time: Duration) -> anyhow::Result<Seen> {
        match self {
            Self::Library(twin, ids) => schedule::at_rate(twin, ids, pair, per_second, time).await,
            Self::Foreign(pgbench) => pgbench.at_rate(pair, per_second, time).await,
        }
    }
}

/// Waits until nothing is pending.
async fn calm(pair: &Pair) -> anyhow::Result<()> {
    wait::within(CALM_WITHIN, async || match pair.is_pending().await {
        Ok(false) => Ok(()),
        Ok(true) => Err("events are pending".to_owned()),
        Err(error) => Err(format!("{error:#}")),
    })
    .await
    .map_err(anyhow::Error::msg)
    .context("wait for the worker")
}
