//! What processes have used of memory and processors (Linux).

use std::{fs, path::Path, time::Duration};

use anyhow::Context as _;
use rustix::{
    param::clock_ticks_per_second,
    time::{ClockId, clock_gettime},
};

use crate::servers::Pair;

/// The peak of this process's resident set, in bytes (`VmHWM`).
pub(crate) fn peak_bytes() -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("read /proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no VmHWM in /proc/self/status")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(kib * 1024)
}

/// Processor time of this process: user and system, threads that ended included.
pub(crate) fn own_cpu() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::ProcessCPUTime).try_into()?)
}

/// Processor time of this thread.
pub(crate) fn thread_cpu() -> anyhow::Result<Duration> {
    Ok(clock_gettime(ClockId::ThreadCPUTime).try_into()?)
}

/// Processor time of a process and of its children that have ended.
pub(crate) fn cpu_of(process: u32) -> anyhow::Result<Duration> {
    let stat = stat(process)?;
    // From the state on, which is field 3: utime, stime, cutime and cstime are fields 14 to 17.
    let ticks: u64 = stat[11..15]
        .iter()
        .map(|field| field.parse::<u64>())
        .sum::<Result<_, _>>()?;
    #[expect(clippy::cast_precision_loss, reason = "ticks of a few minutes")]
    let seconds = ticks as f64 / clock_ticks_per_second() as f64;
    Ok(Duration::from_secs_f64(seconds))
}

/// Processor time of a process and of all its children, living and ended.
pub(crate) fn cpu_of_family(parent: u32) -> anyhow::Result<Duration> {
    loop {
        let own = cpu_of(parent)?;
        let children = cpu_of_children(parent)?;
        // Of a child that ended in between the time is in neither.
        if cpu_of(parent)? == own {
            return Ok(own + children);
        }
    }
}

fn cpu_of_children(parent: u32) -> anyhow::Result<Duration> {
    let mut sum = Duration::ZERO;
    for entry in fs::read_dir("/proc").context("list /proc")?.flatten() {
        let process = entry.file_name().to_str().and_then(|n| n.parse().ok());
        if let Some(process) = process
            && stat(process).is_ok_and(|stat| stat[1] == parent.to_string())
        {
            sum += cpu_of(process).unwrap_or_default();
        }
    }
    Ok(sum)
}

/// The number of PostgreSQL's first process, whose children the others are.
pub(crate) async fn postmaster(pair: &Pair) -> anyhow::Result<u32> {
    let folder: String = pair
        .sql
        .query_one("show data_directory", &[])
        .await?
        .try_get(0)?;
    let file = Path::new(&folder).join("postmaster.pid");
    let text = fs::read_to_string(&file).with_context(|| format!("read {}", file.display()))?;
    let first = text.lines().next().context("an empty file")?;
    Ok(first.trim().parse()?)
}

/// The fields of `/proc/<process>/stat` after the program's name, which may hold anything.
fn stat(process: u32) -> anyhow::Result<Vec<String>> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).with_context(|| format!("read {path}"))?;
    let (_, rest) = text
        .rsplit_once(')')
        .with_context(|| format!("read {path}"))?;
    Ok(rest.split_whitespace().map(str::to_owned).collect())
}
