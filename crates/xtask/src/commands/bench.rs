//! `cargo xtask bench`: provides the servers and runs the benchmarks against them.

use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Args;
use tempfile::TempDir;

use super::{build, interrupt::unless_interrupted, runner};
use crate::provide;
use crate::workspace::Workspace;

/// Measure Twinbase against the parts it is made of; prints one table.
///
/// Exits with 3 when a number misses its bound.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Only these parts, in this order; `--list` names them.
    #[arg(long, value_delimiter = ',', value_name = "NAME")]
    only: Vec<String>,
    /// List the parts and end.
    #[arg(long)]
    list: bool,
    /// How many processed events the part `history` makes (about half a kilobyte of disk each).
    #[arg(long, value_name = "EVENTS")]
    history: Option<u64>,
    /// How many documents the part `verify` compares for its memory (about 0.7 kilobytes of disk each).
    #[arg(long, value_name = "DOCUMENTS")]
    documents: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(async {
        if arguments.list {
            list(&workspace).await
        } else {
            provide_and_measure(arguments, &workspace).await
        }
    })
}

/// The program that measures, and Studyhall, whose pages it measures: built together, so that both have the features that
/// the other needs.
async fn program(workspace: &Workspace, scratch: &Path) -> anyhow::Result<Command> {
    build::release(workspace, &["twinbase-bench", "studyhall"], scratch).await?;
    let mut command = Command::new(workspace.target.join("release/twinbase-bench"));
    command.current_dir(&workspace.root);
    Ok(command)
}

async fn list(workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let scratch = scratch()?;
    let mut command = program(workspace, scratch.path()).await?;
    command.arg("--list");
    measured(command, scratch.path()).await
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
    let scratch = scratch()?;
    let mut command = program(workspace, scratch.path()).await?;
    command
        .arg("--json")
        .arg(workspace.target.join("bench.json"));
    if !arguments.only.is_empty() {
        command.args(["--only", &arguments.only.join(",")]);
    }
    if let Some(history) = arguments.history {
        command.args(["--history", &history.to_string()]);
    }
    if let Some(documents) = arguments.documents {
        command.args(["--documents", &documents.to_string()]);
    }
    for server in &servers {
        command.envs(server.environment.iter().map(|(key, value)| (key, value)));
    }
    let code = measured(command, scratch.path()).await?;
    println!("Measured against:");
    for server in &servers {
        println!("  {}", server.line);
    }
    Ok(code)
}

fn scratch() -> anyhow::Result<TempDir> {
    tempfile::tempdir().context("make a folder for the benchmarks")
}

/// Runs it; its exit code tells a missed bound from a failure.
async fn measured(command: Command, scratch: &Path) -> anyhow::Result<ExitCode> {
    let status = runner::run(command, scratch).await?;
    Ok(runner::code(status))
}
