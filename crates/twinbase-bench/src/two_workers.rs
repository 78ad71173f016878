//! Two worker processes that share the partitions against one.

use std::time::Duration;

use twinbase_testkit::wait;

use crate::{
    app,
    bursts::Running,
    report::{Bound, Measurement},
    servers::{Pair, Servers},
    statistics::{median_of, range_of, rate},
};

const EVENTS: u64 = 100_000;
const ROUNDS: usize = 5;
const BALANCED_WITHIN: Duration = Duration::from_secs(30);

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let mut one = Running::start(servers, "one_worker", 1).await?;
    let mut two = Running::start(servers, "two_workers", 2).await?;
    balanced(&two.pair, 2).await?;
    let mut rounds = Vec::new();
    // The first round warms both up.
    for round in 0..=ROUNDS {
        eprintln!("two-workers: round {round} of {ROUNDS}");
        let alone = rate(EVENTS, one.burst(EVENTS).await?);
        let together = rate(EVENTS, two.burst(EVENTS).await?);
        if round > 0 {
            rounds.push((alone, together));
        }
    }
    for running in [one, two] {
        running.stop().await?;
    }
    let ratio = |(alone, together): &(f64, f64)| together / alone;
    Ok(vec![Measurement::one(
        "two workers against one",
        "ratio",
        median_of(&rounds, ratio),
        Some(Bound::AtLeast(1.0)),
        format!(
            "{:.0}/s against {:.0}/s, {EVENTS} events at once, each worker a process, median of {ROUNDS}: {}",
            median_of(&rounds, |round| round.1),
            median_of(&rounds, |round| round.0),
            range_of(&rounds, ratio),
        ),
    )])
}

/// Waits until the partitions are shared among so many workers.
async fn balanced(pair: &Pair, workers: usize) -> anyhow::Result<()> {
    let twin = app::open(&pair.primary.url, &pair.replica.url).await?;
    let balanced = wait::within(BALANCED_WITHIN, async || {
        let records = twin.sides().primary.workers().await;
        let held: Vec<u32> = match records {
            Ok(records) => records.iter().map(|worker| worker.partitions).collect(),
            Err(error) => return Err(error.to_string()),
        };
        let most = held.iter().max().copied().unwrap_or(0);
        let shared = held.len() == workers && held.iter().all(|held| most - held <= 1);
        if shared && most > 0 {
            Ok(())
        } else {
            Err(format!("{held:?} partitions"))
        }
    });
    let result = balanced.await;
    twin.close().await;
    result.map_err(anyhow::Error::msg)
}
