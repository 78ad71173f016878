//! `cargo xtask torture`: provides the servers and kills processes for as long as it is told to.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::{interrupt::unless_interrupted, runner};
use crate::provide;
use crate::workspace::Workspace;

/// Kill workers and writers again and again, and check that nothing was lost.
#[derive(Args)]
pub(crate) struct Arguments {
    /// For how long, all combinations of databases together.
    #[arg(long, default_value_t = 10.0)]
    minutes: f64,
    /// The seed of an earlier run.
    #[arg(long)]
    seed: Option<u64>,
    /// Only these: postgres-mongodb, postgres-embedded, sqlite-mongodb, sqlite-embedded.
    #[arg(long, value_name = "NAMES")]
    combination: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(provide_and_torture(arguments, &workspace))
}

async fn provide_and_torture(
    arguments: &Arguments,
    workspace: &Workspace,
) -> anyhow::Result<ExitCode> {
    let servers = match provide::or_say(workspace).await {
        Ok(servers) => servers,
        Err(code) => return Ok(code),
    };
    let scratch = tempfile::tempdir().context("make a folder for the torture")?;
    let mut command = workspace.cargo();
    command
        .args(["run", "--release", "--locked", "--quiet"])
        .args(["--package", "twinbase-torture", "--", "run"])
        .args(["--minutes", &arguments.minutes.to_string()]);
    if let Some(seed) = arguments.seed {
        command.args(["--seed", &seed.to_string()]);
    }
    if let Some(names) = &arguments.combination {
        command.args(["--combination", names]);
    }
    for server in &servers {
        command.envs(server.environment.iter().map(|(key, value)| (key, value)));
    }
    runner::run_to_code(command, scratch.path()).await
}
