//! `cargo xtask bench`: provides the servers and runs the benchmarks against them.

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::{interrupt::unless_interrupted, runner};
use crate::provide;
use crate::workspace::Workspace;

/// Measure Twinbase against the parts it is made of; prints one table.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these: write-path, drain, visible, embedded.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(provide_and_measure(arguments, &workspace))
}

async fn provide_and_measure(
    arguments: &Arguments,
    workspace: &Workspace,
) -> anyhow::Result<ExitCode> {
    let servers = match provide::all(workspace).await {
        Ok(servers) => servers,
        Err(missing) => {
            eprintln!("error: {}", provide::message(&missing));
            return Ok(ExitCode::from(provide::CANNOT_PROVIDE));
        }
    };
    let scratch = tempfile::tempdir().context("make a folder for the benchmarks")?;
    let mut command = workspace.cargo();
    command
        .args(["run", "--release", "--locked", "--quiet"])
        .args(["--package", "twinbase-bench", "--", "--json"])
        .arg(workspace.target.join("bench.json"));
    if !arguments.only.is_empty() {
        command.args(["--only", &arguments.only.join(",")]);
    }
    for server in &servers {
        command.envs(server.environment.iter().map(|(key, value)| (key, value)));
    }
    let status = runner::run(command, scratch.path()).await?;
    println!("Measured against:");
    for server in &servers {
        println!("  {}", server.line);
    }
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
