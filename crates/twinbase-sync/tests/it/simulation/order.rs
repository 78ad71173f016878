//! Which histories are told: what `cargo xtask simulate` asks for, or what suits every test run.

use std::{
    env,
    str::FromStr,
    time::{Duration, Instant},
};

/// Which histories.
pub(super) struct Order {
    /// The first seed.
    pub(super) first: u64,
    /// How many at most.
    seeds: u64,
    /// No history begins after this.
    until: Option<Instant>,
    /// About how many calls each has.
    pub(super) steps: u64,
}

impl Order {
    pub(super) fn from_environment() -> Self {
        let minutes = number("TWINBASE_SIMULATE_MINUTES");
        let seeds = number("TWINBASE_SIMULATE_SEEDS");
        Self {
            first: number("TWINBASE_SIMULATE_SEED").unwrap_or(1),
            seeds: seeds.unwrap_or(if minutes.is_some() { u64::MAX } else { 10 }),
            until: minutes.map(|minutes| Instant::now() + Duration::from_mins(minutes)),
            steps: number("TWINBASE_SIMULATE_STEPS").unwrap_or(40_000),
        }
    }

    /// Whether the history of this seed is told.
    pub(super) fn has(&self, seed: u64) -> bool {
        let is_one = seed - self.first < self.seeds;
        is_one && self.until.is_none_or(|until| Instant::now() < until)
    }

    /// The command that tells the history of one seed again.
    pub(super) fn again(&self, seed: u64) -> String {
        format!("cargo xtask simulate --seed {seed} --steps {}", self.steps)
    }
}

fn number<T: FromStr>(name: &str) -> Option<T> {
    let text = env::var(name).ok()?;
    let number = text.parse().ok();
    assert!(number.is_some(), "{name} is no number: {text}");
    number
}
