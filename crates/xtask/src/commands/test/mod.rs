//! `cargo xtask test`: provides the servers, runs all tests, and says what they ran against.

mod not_run;

use std::{env, num::NonZero, process::ExitCode, thread};

use anyhow::Context as _;
use clap::Args;
use tempfile::TempDir;
use twinbase_testkit::servers::environment;

use super::{interrupt::unless_interrupted, runner};
use crate::provide;
use crate::workspace::Workspace;

/// How many tests a test program runs at once.
const THREADS: &str = "RUST_TEST_THREADS";

/// Most tests wait most of the time: for readers to move, for a lease to expire, for a database.
const TESTS_OF_A_CORE: usize = 8;

/// Provide what the tests need, then run them.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only what needs no server.
    #[arg(long)]
    embedded: bool,
    /// Only the tests of these crates.
    #[arg(short, long = "package", value_name = "CRATE")]
    packages: Vec<String>,
    /// For the test programs: parts of test names, or options such as --nocapture.
    #[arg(last = true, value_name = "FILTER")]
    filters: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(provide_and_test(arguments, &workspace))
}

async fn provide_and_test(
    arguments: &Arguments,
    workspace: &Workspace,
) -> anyhow::Result<ExitCode> {
    let servers = if arguments.embedded {
        Vec::new()
    } else {
        match provide::or_say(workspace).await {
            Ok(servers) => servers,
            Err(code) => return Ok(code),
        }
    };
    let scratch = tempfile::Builder::new()
        .prefix("twinbase-test-")
        .tempdir()
        .context("make a folder for the tests")?;
    let mut command = workspace.cargo();
    command
        .args(["test", "--locked", "--no-fail-fast"])
        .args(scope(&arguments.packages));
    command.arg("--").args(&arguments.filters);
    command
        .env(environment::SCRATCH, scratch.path())
        .env(environment::NOT_RUN, scratch.path().join("not-run"));
    if env::var_os(THREADS).is_none() {
        let cores = thread::available_parallelism().map_or(1, NonZero::get);
        command.env(THREADS, (cores * TESTS_OF_A_CORE).to_string());
    }
    // Set in both cases: what this command was asked for wins over what the environment happens to hold.
    command.env(
        environment::EMBEDDED,
        if arguments.embedded { "1" } else { "0" },
    );
    for server in &servers {
        command.envs(server.environment.iter().map(|(key, value)| (key, value)));
    }
    let code = runner::run_to_code(command, scratch.path()).await?;
    summarize(&servers, arguments.embedded, &scratch)?;
    Ok(code)
}

fn scope(packages: &[String]) -> Vec<&str> {
    if packages.is_empty() {
        return vec!["--workspace"];
    }
    packages
        .iter()
        .flat_map(|package| ["--package", package])
        .collect()
}

fn summarize(
    servers: &[provide::Provided],
    embedded: bool,
    scratch: &TempDir,
) -> anyhow::Result<()> {
    println!();
    if embedded {
        for line in not_run::summary(&scratch.path().join("not-run"))? {
            println!("{line}");
        }
        return Ok(());
    }
    println!("Provided for the tests:");
    for server in servers {
        println!("  {}", server.line);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::scope;

    #[test]
    fn all_crates_are_tested_unless_some_are_named() {
        assert_eq!(scope(&[]), ["--workspace"]);
        assert_eq!(
            scope(&["a".into(), "b".into()]),
            ["--package", "a", "--package", "b"]
        );
    }
}
