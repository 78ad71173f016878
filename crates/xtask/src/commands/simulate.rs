//! `cargo xtask simulate`: runs the engine against simulated sides, for one seed or for many.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::{interrupt::unless_interrupted, runner};
use crate::workspace::Workspace;

/// The test that tells histories.
const TEST: &str = "simulation::nothing_is_lost_undone_or_starved_whatever_goes_wrong";

/// Tell histories in which everything goes wrong, and judge the engine in them.
///
/// Each is told twice, and has to be the same. A history that breaks a promise names its seed, and the
/// command that tells it again. At the end stands how much was told.
#[derive(Args)]
pub(crate) struct Arguments {
    /// The seed of the first history, and of the only one unless `--seeds` says how many.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// How many histories, of seeds one after the other.
    #[arg(long, value_name = "N")]
    seeds: Option<u64>,
    /// How many minutes to tell histories for.
    #[arg(long, value_name = "N")]
    minutes: Option<u64>,
    /// About how many calls of the sides each history has.
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(simulate(arguments, &workspace))
}

async fn simulate(arguments: &Arguments, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let mut command = workspace.cargo();
    command
        .args(["test", "--locked", "--quiet"])
        .args(["--package", "twinbase-sync", "--test", "it"])
        .args(["--", "--exact", TEST, "--nocapture"])
        .envs(environment(arguments));
    let scratch = tempfile::tempdir().context("make a folder for the histories")?;
    runner::run_to_code(command, scratch.path()).await
}

/// What was asked for, as the test reads it.
fn environment(arguments: &Arguments) -> Vec<(&'static str, String)> {
    let one = arguments.minutes.is_none().then_some(1);
    let one = one.filter(|_| arguments.seed.is_some());
    [
        ("TWINBASE_SIMULATE_SEED", arguments.seed),
        ("TWINBASE_SIMULATE_SEEDS", arguments.seeds.or(one)),
        ("TWINBASE_SIMULATE_MINUTES", arguments.minutes),
        ("TWINBASE_SIMULATE_STEPS", arguments.steps),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?.to_string())))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, environment};

    #[test]
    fn a_seed_alone_is_one_history() {
        let arguments = |seed, seeds| Arguments {
            seed,
            seeds,
            minutes: None,
            steps: None,
        };
        let seeds = |asked| {
            let found = environment(&asked);
            found.into_iter().find(|(name, _)| name.ends_with("SEEDS"))
        };
        assert_eq!(seeds(arguments(Some(7), None)).unwrap().1, "1");
        assert_eq!(seeds(arguments(Some(7), Some(3))).unwrap().1, "3");
        assert_eq!(seeds(arguments(None, None)), None);
    }
}
