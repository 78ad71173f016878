//! The time from commit to visible with and without something beside it, in turn.

use std::time::Duration;

use twinbase::prelude::*;

use super::{Seen, calm, schedule};
use crate::{
    report::{Bound, Figure, Measurement},
    servers::Pair,
    statistics::Times,
};

const PER_SECOND: f64 = 500.0;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(6);

/// What may cost the others something.
pub(super) trait Disturbance {
    /// Begins it.
    async fn begin(&mut self) -> anyhow::Result<()>;

    /// Ends it, and takes away what it left; an error when it did not happen.
    async fn end(&mut self) -> anyhow::Result<()>;
}

/// Five rounds of each after one that warms up. The ratio of p50 is at most 1.2, that of p99 at most `p99`.
pub(super) async fn measure(
    twin: &Twinbase,
    pair: &Pair,
    what: &str,
    p99: f64,
    disturbance: &mut impl Disturbance,
) -> anyhow::Result<Measurement> {
    let ids = schedule::Ids::default();
    let (mut without, mut with) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        eprintln!("{what}: round {round} of {ROUNDS}");
        let clean = schedule::at_rate(twin, &ids, pair, PER_SECOND, ROUND).await?;
        disturbance.begin().await?;
        let beside = schedule::at_rate(twin, &ids, pair, PER_SECOND, ROUND).await?;
        disturbance.end().await?;
        calm(pair).await?;
        if round > 0 {
            without.push(clean);
            with.push(beside);
        }
    }
    let (without, with) = (together(without), together(with));
    let ratio = |q| with.millis(q) / without.millis(q);
    Ok(Measurement {
        name: format!("commit to visible beside {what} against without"),
        unit: "ratio",
        figures: vec![
            Figure::new("p50", ratio(0.5), Some(Bound::AtMost(1.2))),
            Figure::new("p99", ratio(0.99), Some(Bound::AtMost(p99))),
        ],
        detail: format!(
            "p50 / p99: {:.1} / {:.1} against {:.1} / {:.1} ms, at {PER_SECOND}/s, {ROUNDS} rounds of each in turn, {} changes",
            with.millis(0.5),
            with.millis(0.99),
            without.millis(0.5),
            without.millis(0.99),
            with.len(),
        ),
    })
}

fn together(rounds: Vec<Seen>) -> Times {
    let times = rounds
        .into_iter()
        .flat_map(|seen| seen.scheduled.into_all());
    Times::new(times.collect())
}
