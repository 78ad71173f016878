//! `studyhall migrate`: brings the databases to the schema of this version, or tells what is missing.

use serde_json::json;

use super::arguments::Migrate;
use crate::{
    config::Config,
    system::System,
    terminal::{Exit, Failure, Output, table},
};

pub(super) async fn run(
    config: &Config,
    output: Output,
    arguments: &Migrate,
) -> Result<Exit, Failure> {
    if arguments.check {
        check(config, output).await
    } else {
        migrate(config, output).await
    }
}

async fn migrate(config: &Config, output: Output) -> Result<Exit, Failure> {
    let system = System::open(config, &[]).await?;
    let report = system.migrate().await?;
    system.twin.close().await;
    print(
        output,
        "applied",
        &report.migrations,
        "Nothing was missing.",
    )?;
    Ok(Exit::Done)
}

async fn check(config: &Config, output: Output) -> Result<Exit, Failure> {
    let system = System::visit(config).await?;
    let pending = system.twin.pending_migrations().await?.migrations;
    system.twin.close().await;
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
