//! `migrate`: brings the databases to the schema of this version, or tells what is missing.

use clap::Args;
use serde_json::json;

use crate::{
    Host,
    terminal::{Exit, Failure, Output, table},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} migrate
  {program} migrate --check   exit 3 when something is pending, change nothing";

/// The arguments of `migrate`.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only list what is pending; exit code 3 when something is.
    #[arg(long)]
    check: bool,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Migrate,
) -> Result<Exit, Failure> {
    if arguments.check {
        check(host, output).await
    } else {
        migrate(host, output).await
    }
}

async fn migrate(host: &impl Host, output: Output) -> Result<Exit, Failure> {
    let twin = host.create().await?;
    let report = twin.migrate().await;
    let report = report.map_err(|error| host.databases().explain(&error))?;
    twin.close().await;
    print(
        output,
        "applied",
        &report.migrations,
        "Nothing was missing.",
    )?;
    Ok(Exit::Done)
}

async fn check(host: &impl Host, output: Output) -> Result<Exit, Failure> {
    let twin = host.visit().await?;
    let pending = twin.pending_migrations().await?.migrations;
    twin.close().await;
    print(output, "pending", &pending, "Nothing is pending.")?;
    Ok(if pending.is_empty() {
        Exit::Done
    } else {
        Exit::CheckFailed
    })
}

fn print(output: Output, what: &str, migrations: &[String], none: &str) -> Result<(), Failure> {
    let lines: Vec<_> = migrations
        .iter()
        .map(|migration| json!({ "migration": migration }))
        .collect();
    output.data(&json!({ what: migrations }), &lines, || {
        if migrations.is_empty() {
            return none.to_owned();
        }
        table([what], migrations.iter().map(|name| [name.clone()]))
    })
}
