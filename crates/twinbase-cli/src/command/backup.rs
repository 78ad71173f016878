//! `backup`: a copy of both embedded databases.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use crate::{
    Host,
    terminal::{Exit, Failure, Output, Progress, table},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  {program} backup /var/backups/2030-01-31
  {program} backup copies/monday --json

Both databases stay in use meanwhile. The folder must not exist; it is made for this user
alone. For databases that are servers it says what to run instead, and exits with 1.";

/// The arguments of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The folder to make.
    folder: PathBuf,
}

pub(super) async fn run(
    host: &impl Host,
    output: Output,
    arguments: &Backup,
) -> Result<Exit, Failure> {
    let twin = host.visit().await?;
    let progress = Progress::new("copying both databases", None);
    let made = twin.backup(&arguments.folder).await;
    progress.finish();
    twin.close().await;
    let made = made.map_err(|error| Failure::of(&error, error.remedy()))?;
    let whole = json!({ "folder": arguments.folder, "backup": made });
    output.data(&whole, std::slice::from_ref(&whole), || {
        let mib =
            |bytes: u64| format!("{}.{} MiB", bytes >> 20, ((bytes >> 10) & 1023) * 10 / 1024);
        table(
            ["folder", "taken at", "primary", "replica", "took"],
            [[
                arguments.folder.display().to_string(),
                made.taken_at.to_string(),
                mib(made.primary_bytes),
                mib(made.replica_bytes),
                format!("{} ms", made.took_ms),
            ]],
        )
    })?;
    Ok(Exit::Done)
}
