//! `cargo xtask fuzz-docstore`: random questions to the embedded store, for minutes or those of one seed.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::{interrupt::unless_interrupted, runner};
use crate::workspace::Workspace;

/// The test that asks.
const TEST: &str = "fuzz::no_question_panics_hangs_or_escapes_its_bounds";

/// Ask the embedded store random questions, and check that none panics, hangs, escapes its bounds or is answered
/// differently with an index.
///
/// Each finding names the seed of its round and the smallest question that shows it. Exits with 1 when there is one.
#[derive(Args)]
pub(crate) struct Arguments {
    /// For how many minutes; a seed alone is one round.
    #[arg(long, value_name = "N")]
    minutes: Option<u64>,
    /// The seed of the first round, and of the only one unless `--minutes` is given.
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(fuzz(arguments, &workspace))
}

async fn fuzz(arguments: &Arguments, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let scratch = tempfile::tempdir().context("make a folder for the stores")?;
    let last = scratch.path().join("last-question");
    let mut command = workspace.cargo();
    command
        .args(["test", "--locked", "--quiet"])
        .args(["--package", "twinbase-docstore", "--test", "it"])
        .args(["--", "--exact", TEST, "--nocapture"])
        .env("TMPDIR", scratch.path())
        .env("TWINBASE_FUZZ_LAST", &last)
        .envs(environment(arguments));
    let status = runner::run(command, scratch.path()).await?;
    if status.success() {
        return Ok(ExitCode::SUCCESS);
    }
    tell(&last);
    Ok(ExitCode::FAILURE)
}

/// A question that ended the process, by its stack or its memory, is only known from here.
fn tell(last: &Path) {
    if let Ok(question) = fs::read_to_string(last) {
        eprintln!("the last question that was asked: {question:.4000}");
    }
}

/// What was asked for, as the test reads it.
fn environment(arguments: &Arguments) -> Vec<(&'static str, String)> {
    let minutes = arguments.minutes.or(arguments.seed.is_none().then_some(10));
    [
        ("TWINBASE_FUZZ_SEED", arguments.seed),
        ("TWINBASE_FUZZ_MINUTES", minutes),
    ]
    .into_iter()
    .filter_map(|(name, value)| Some((name, value?.to_string())))
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Arguments, environment};

    #[test]
    fn a_seed_alone_is_one_round_and_nothing_is_ten_minutes() {
        let minutes = |minutes, seed| {
            let found = environment(&Arguments { minutes, seed });
            found
                .into_iter()
                .find(|(name, _)| name.ends_with("MINUTES"))
        };
        assert_eq!(minutes(None, Some(7)), None);
        assert_eq!(minutes(Some(3), Some(7)).unwrap().1, "3");
        assert_eq!(minutes(None, None).unwrap().1, "10");
    }
}
