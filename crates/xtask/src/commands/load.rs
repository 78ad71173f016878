//! `cargo xtask load`: plays a day of a community against a started Studyhall.

use std::process::{Command, ExitCode};

use anyhow::Context as _;
use clap::Args;

use super::{build, interrupt::unless_interrupted, runner};
use crate::workspace::Workspace;

/// Play a day of a community against a started Studyhall: people sign up, study, write and read by a schedule that waits for
/// nobody, and after each write its author must see it.
///
/// Prints latencies by kind, counted from when each act was due. Exits with 3 when a token was broken, a request was answered
/// otherwise than it should have been, or `verify` finds a difference.
#[derive(Args)]
pub(crate) struct Arguments {
    /// For how many minutes.
    #[arg(long, default_value_t = 1.0, value_name = "N")]
    minutes: f64,
    /// How many acts in a second on average; twice as many at noon.
    #[arg(long, default_value_t = 20.0, value_name = "N")]
    rate: f64,
    /// How many people.
    #[arg(long, default_value_t = 40, value_name = "N")]
    people: usize,
    /// The seed of an earlier run.
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// The primary, with a database in which nobody is yet; an embedded one when left out.
    #[arg(long, value_name = "URL")]
    primary_url: Option<String>,
    /// The replica, with a database in which nothing is yet; an embedded one when left out.
    #[arg(long, value_name = "URL")]
    replica_url: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let workspace = Workspace::find()?;
    unless_interrupted(play(arguments, &workspace))
}

async fn play(arguments: &Arguments, workspace: &Workspace) -> anyhow::Result<ExitCode> {
    let scratch = tempfile::tempdir().context("make a folder for the load")?;
    build::release(workspace, &["studyhall-load", "studyhall"], scratch.path()).await?;
    let mut command = Command::new(workspace.target.join("release/studyhall-load"));
    command
        .args(["--minutes", &arguments.minutes.to_string()])
        .args(["--rate", &arguments.rate.to_string()])
        .args(["--people", &arguments.people.to_string()])
        .args(["--seed", &arguments.seed.to_string()]);
    for (name, url) in [
        ("--primary-url", &arguments.primary_url),
        ("--replica-url", &arguments.replica_url),
    ] {
        command.args(url.iter().flat_map(|url| [name, url]));
    }
    Ok(runner::code(runner::run(command, scratch.path()).await?))
}
