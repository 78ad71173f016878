//! From commit to visible: how long after a write has committed its document can be read.
//!
//! First the rate at which the whole line saturates is found with writers that
//! never pause. Then writes start at half of it on a schedule that does not wait
//! for answers, and each time counts from the commit of a write.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use twinbase::prelude::*;

use crate::{
    app::{self, NewTodo, Todo},
    report::{Bound, Measurement},
    servers::Servers,
    statistics::{quantile, rate},
};

const WRITERS: usize = 8;
const SATURATED_FOR: Duration = Duration::from_secs(6);
const MEASURED_FOR: Duration = Duration::from_secs(12);
/// Looking at every write would load the replica with looks.
const LOOK_AT_EVERY: u64 = 8;

static NEXT: AtomicU64 = AtomicU64::new(1);

fn todo() -> NewTodo {
    let n = NEXT.fetch_add(1, Ordering::Relaxed);
    NewTodo {
        id: format!("0199f0e2-0000-7000-8000-{n:012}"),
    }
}

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let database = servers.postgres().fresh_database("visible").await;
    let target = servers.mongodb.fresh_database("visible");
    let twin = app::open(&database.url, &target.url).await?;
    let worker = twin.start_worker(WorkerOptions::default());
    let saturated = saturate(&twin, &worker).await?;
    // A fresh start: what saturation left behind is not what is measured.
    let mut idle = worker.watch();
    idle.wait_for(|s| s.state == WorkerState::Idle).await?;
    let mut times = at_rate(&twin, saturated / 2.0).await?;
    worker.stop().await;
    twin.close().await;
    let detail = format!(
        "{} looks at {:.0} writes/s, half of the saturating {saturated:.0}/s, worker in the same process",
        times.len(),
        saturated / 2.0
    );
    let names = [
        ("commit to visible, p50", 0.5, None),
        ("commit to visible, p95", 0.95, None),
        ("commit to visible, p99", 0.99, Some(Bound::AtMost(100.0))),
    ];
    Ok(names
        .into_iter()
        .map(|(name, q, bound)| Measurement {
            name,
            value: quantile(&mut times, q).as_secs_f64() * 1e3,
            unit: "ms",
            bound,
            detail: detail.clone(),
        })
        .collect())
}

/// Writes and applies a second when nobody pauses.
async fn saturate(twin: &Twinbase, worker: &Worker) -> anyhow::Result<f64> {
    let before = worker.status().applied;
    let (began, end) = (Instant::now(), Instant::now() + SATURATED_FOR);
    let tasks: Vec<_> = (0..WRITERS)
        .map(|_| {
            let twin = twin.clone();
            tokio::spawn(async move {
                while Instant::now() < end {
                    twin.insert(&todo()).await?;
                }
                Ok::<_, PrimaryError>(())
            })
        })
        .collect();
    for task in tasks {
        task.await??;
    }
    Ok(rate(worker.status().applied - before, began.elapsed()))
}

async fn at_rate(twin: &Twinbase, per_second: f64) -> anyhow::Result<Vec<Duration>> {
    let gap = Duration::from_secs_f64(1.0 / per_second);
    let mut schedule = tokio::time::interval(gap.max(Duration::from_micros(1)));
    schedule.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    let mut n = 0;
    while began.elapsed() < MEASURED_FOR {
        schedule.tick().await;
        n += 1;
        let (twin, look) = (twin.clone(), n % LOOK_AT_EVERY == 0);
        tasks.spawn(async move { one(&twin, look).await });
    }
    let mut times = Vec::new();
    while let Some(result) = tasks.join_next().await {
        times.extend(result??);
    }
    Ok(times)
}

async fn one(twin: &Twinbase, look: bool) -> anyhow::Result<Option<Duration>> {
    let written = twin.insert(&todo()).await?;
    if !look {
        return Ok(None);
    }
    let committed = Instant::now();
    twin.collection::<Todo>()
        .at_least(&written.token(), Duration::from_mins(1))
        .get(&written.id)
        .await?
        .value
        .ok_or_else(|| anyhow::anyhow!("a satisfied token without its document"))?;
    Ok(Some(committed.elapsed()))
}
