//! The fill of a live rebuild against the replica's own bulk speed, with and without a full write load beside both.
//!
//! A worker in a process of its own rebuilds. The load is eight writers of this process that never pause, and a worker that applies their
//! changes: in the rebuild the same that fills. Raw speed is the same documents by insert, a thousand at a time. Each has databases of its own.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::Context as _;
use futures_util::future::try_join_all;
use tokio::{sync::watch, time::sleep};
use twinbase::{core::primary::Phase, prelude::*, sync::rebuild::RebuildOptions};

use crate::{
    app::{self, NewTodo},
    drain::limit,
    report::{Bound, Measurement},
    servers::{Pair, Servers},
    statistics::{median_of, range_of, rate},
    verify::Plain,
    worker_process::WorkerProcess,
};

const DOCUMENTS: u64 = 200_000;
const WRITERS: u64 = 8;
const ROUNDS: usize = 3;

/// How often the record is asked for the end of the fill: a fiftieth of what it takes, because asking takes the server from it.
const LOOK: Duration = Duration::from_millis(40);

/// Speeds of one round, in documents a second, and writes a second beside each.
struct Round {
    raw: f64,
    filled: f64,
    raw_beside: (f64, f64),
    filled_beside: (f64, f64),
}

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let mut rounds = Vec::new();
    for n in 1..=ROUNDS {
        eprintln!("rebuild: round {n} of {ROUNDS}");
        rounds.push(Round {
            raw: limit::bulk(servers, DOCUMENTS).await?,
            filled: filled(servers, false).await?.0,
            raw_beside: raw_beside(servers).await?,
            filled_beside: filled(servers, true).await?,
        });
    }
    let (alone, loaded) = (
        |round: &Round| round.filled / round.raw,
        |round: &Round| round.filled_beside.0 / round.raw_beside.0,
    );
    Ok(vec![
        Measurement::one(
            "the fill of a rebuild against raw bulk inserts",
            "ratio",
            median_of(&rounds, alone),
            Some(Bound::AtLeast(0.6)),
            format!(
                "{:.0}/s against {:.0}/s, {DOCUMENTS} documents, median of {ROUNDS}: {}",
                median_of(&rounds, |round| round.filled),
                median_of(&rounds, |round| round.raw),
                range_of(&rounds, alone),
            ),
        ),
        Measurement::one(
            "the same, each beside eight writers that never pause",
            "ratio",
            median_of(&rounds, loaded),
            Some(Bound::AtLeast(0.6)),
            format!(
                "{:.0}/s beside {:.0} writes/s against {:.0}/s beside {:.0} writes/s, median of {ROUNDS}: {}",
                median_of(&rounds, |round| round.filled_beside.0),
                median_of(&rounds, |round| round.filled_beside.1),
                median_of(&rounds, |round| round.raw_beside.0),
                median_of(&rounds, |round| round.raw_beside.1),
                range_of(&rounds, loaded),
            ),
        ),
    ])
}

/// Raw inserts beside writers whose changes a worker applies, and writes a second.
async fn raw_beside(servers: &Servers) -> anyhow::Result<(f64, f64)> {
    let pair = servers.pair("load").await?;
    let mut worker = WorkerProcess::start(&pair).await?;
    worker.begin().await?;
    let speeds = beside(&pair, true, limit::bulk(servers, DOCUMENTS)).await?;
    worker.stop().await?;
    Ok(speeds)
}

/// Fills a collection and rebuilds it; documents a second of the rebuild's fill, and writes a second beside it.
async fn filled(servers: &Servers, is_loaded: bool) -> anyhow::Result<(f64, f64)> {
    let pair = servers.pair("rebuild").await?;
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    Plain::Servers(&pair).fill(&twin, 1..=DOCUMENTS).await?;
    let mut worker = WorkerProcess::start(&pair).await?;
    worker.begin().await?;
    wait_for_leader(&twin).await?;
    let speeds = beside(&pair, is_loaded, fill(&twin)).await?;
    twin.close().await;
    worker.stop().await?;
    Ok(speeds)
}

async fn wait_for_leader(twin: &Twinbase) -> anyhow::Result<()> {
    loop {
        let workers = twin.sides().primary.workers().await?;
        if workers.iter().any(|worker| worker.partitions > 0) {
            return Ok(());
        }
        sleep(LOOK).await;
    }
}

/// From the request to the end of the fill.
async fn fill(twin: &Twinbase) -> anyhow::Result<f64> {
    let began = Instant::now();
    let rebuilds = twin.rebuilds();
    rebuilds.start("todos", &RebuildOptions::default()).await?;
    loop {
        let status = rebuilds.of("todos").await?.context("a rebuild")?;
        if status.phase > Phase::Filling {
            anyhow::ensure!(status.error.is_none(), "{:?}", status.error);
            anyhow::ensure!(status.filled >= DOCUMENTS, "{} were filled", status.filled);
            return Ok(rate(status.filled, began.elapsed()));
        }
        sleep(LOOK).await;
    }
}

/// Does something, perhaps while writers write; its result, and how many writes there were a second.
async fn beside(
    pair: &Pair,
    is_loaded: bool,
    work: impl Future<Output = anyhow::Result<f64>>,
) -> anyhow::Result<(f64, f64)> {
    if !is_loaded {
        return Ok((work.await?, 0.0));
    }
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    let (stop, stopped) = watch::channel(false);
    let next = AtomicU64::new(DOCUMENTS + 1);
    let writer = async || {
        while !*stopped.borrow() {
            let id = app::id(next.fetch_add(1, Ordering::Relaxed));
            twin.insert(&NewTodo { id }).await?;
        }
        anyhow::Ok(())
    };
    let began = Instant::now();
    let worked = async {
        let result = work.await;
        let took = began.elapsed();
        stop.send_replace(true);
        result.map(|result| (result, took))
    };
    let writers = try_join_all((0..WRITERS).map(|_| writer()));
    let ((result, took), _) = tokio::try_join!(worked, writers)?;
    let written = next.load(Ordering::Relaxed) - DOCUMENTS - 1;
    twin.close().await;
    Ok((result, rate(written, took)))
}
