//! Runs cargo so that it ends with us.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Child;
use twinbase_testkit::process::Watchdog;

/// Runs `command` to its end. When the future is dropped, or this process is killed, it and all that it started are ended.
pub(super) async fn run(mut command: Command, scratch: &Path) -> anyhow::Result<ExitStatus> {
    // A group of its own: a signal to it reaches cargo and the test programs alike.
    command.process_group(0);
    let mut command = tokio::process::Command::from(command);
    let mut group = Group(command.spawn().context("run cargo")?);
    let id = group.0.id().context("cargo has no process id")?;
    let _watchdog = Watchdog::over(id, Some(scratch)).context("guard cargo")?;
    group.0.wait().await.context("wait for cargo")
}

/// As [`run`], for a command that either succeeds or fails.
pub(super) async fn run_to_code(command: Command, scratch: &Path) -> anyhow::Result<ExitCode> {
    let status = run(command, scratch).await?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The exit code of a program that tells more by it than whether it succeeded.
pub(super) fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    code.map_or(ExitCode::FAILURE, ExitCode::from)
}

struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // Without an id it has ended.
        let Some(id) = self
            .0
            .id()
            .and_then(|id| Pid::from_raw(i32::try_from(id).ok()?))
        else {
            return;
        };
        // Tests hold nothing that is worth a slow end: their databases are in servers that are thrown away, and the
        // processes that they started have watchdogs.
        kill_process_group(id, Signal::KILL).ok();
    }
}
