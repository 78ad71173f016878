//! Which histories are told: what `cargo xtask simulate` asks for, or what suits every test run.

use std::{env, str::FromStr};

/// Which histories.
pub(super) struct Order {
    /// The first seed.
    pub(super) first: u64,
    /// How many.
    pub(super) seeds: u64,
    /// About how many calls each has.
    pub(super) steps: u64,
}

impl Order {
    pub(super) fn from_environment() -> Self {
        Self {
            first: number("TWINBASE_SIMULATE_SEED").unwrap_or(1),
            seeds: number("TWINBASE_SIMULATE_SEEDS").unwrap_or(30),
            steps: number("TWINBASE_SIMULATE_STEPS").unwrap_or(60_000),
        }
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
