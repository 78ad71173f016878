//! A long-running reader keeps the database from removing what is dead; how much slower is the worker?

use crate::{
    bursts::Running,
    report::{Bound, Measurement},
    servers::{Servers, connect},
};

const EVENTS: u64 = 50_000;
/// So many bursts go through while the reader holds its snapshot: 200,000 events.
const BURSTS: usize = 4;

pub(crate) async fn measure(servers: &Servers) -> anyhow::Result<Vec<Measurement>> {
    let mut free = Running::start(servers, "no_reader", 1).await?;
    let mut held = Running::start(servers, "reader", 1).await?;
    for running in [&mut free, &mut held] {
        running.burst(EVENTS).await?;
    }
    let reader = connect(&held.pair.primary.url).await?;
    reader
        .batch_execute(
            r#"begin isolation level repeatable read; select count(*) from "Outbox" where processed = false"#,
        )
        .await?;
    let mut times = Vec::new();
    for n in 1..=BURSTS {
        eprintln!("growth: {EVENTS} events beside a long reader, {n} of {BURSTS}");
        let free = free.burst(EVENTS).await?.as_secs_f64();
        let held = held.burst(EVENTS).await?.as_secs_f64();
        times.push((free, held));
    }
    reader.batch_execute("commit").await?;
    free.stop().await?;
    held.stop().await?;
    let free: f64 = times.iter().map(|times| times.0).sum();
    let held: f64 = times.iter().map(|times| times.1).sum();
    let last = times.last().map_or(f64::NAN, |(free, held)| held / free);
    Ok(vec![Measurement::one(
        "worker beside a long-running reader",
        "ratio",
        held / free,
        Some(Bound::AtMost(2.0)),
        format!(
            "{held:.1} s against {free:.1} s for {} events in {BURSTS} bursts; the last burst alone {last:.2}",
            EVENTS * BURSTS as u64,
        ),
    )])
}
