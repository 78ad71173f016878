//! What the numbers were measured on.

use std::{fs, thread};

use anyhow::Context as _;

/// Facts about the machine, one each.
pub(crate) fn describe() -> Vec<String> {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let mut facts = vec![format!("{cores} cores")];
    facts.extend(field("/proc/cpuinfo", "model name"));
    facts.extend(field("/proc/meminfo", "MemTotal").map(|memory| format!("{memory} of memory")));
    facts.extend(field("/proc/loadavg", "").map(|load| format!("load before: {load}")));
    facts
}

/// The first line of a file of `name : value` lines that has this name; the first line of all for no name.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    if name.is_empty() {
        return text.lines().next().map(str::to_owned);
    }
    text.lines()
        .find_map(|line| line.strip_prefix(name))
        .map(|value| value.trim_start_matches([':', ' ', '\t']).to_owned())
}

/// Has what was written before on the disk: a part does not wait for what an earlier one, or a build, wrote.
pub(crate) async fn settle() -> anyhow::Result<()> {
    let synced = tokio::process::Command::new("sync").status().await;
    anyhow::ensure!(
        synced.context("run `sync`")?.success(),
        "`sync` did not succeed"
    );
    Ok(())
}
