//! Running a command so that a signal ends it and everything that it provided.

use std::process::ExitCode;

use anyhow::Context as _;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What a shell reports for a program that was interrupted.
const INTERRUPTED: u8 = 130;

/// Runs `work` on a runtime of its own until it ends or a signal comes. Whichever way this ends, the future is dropped,
/// and with it what it runs and then the servers.
pub(super) fn unless_interrupted(
    work: impl Future<Output = anyhow::Result<ExitCode>>,
) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("start the runtime")?;
    runtime.block_on(async {
        let [mut interrupt, mut terminate, mut hangup] = signals()?;
        tokio::select! {
            outcome = work => outcome,
            _ = interrupt.recv() => Ok(interrupted()),
            _ = terminate.recv() => Ok(interrupted()),
            _ = hangup.recv() => Ok(interrupted()),
        }
    })
}

fn signals() -> anyhow::Result<[Signal; 3]> {
    let listen = |kind| signal(kind).context("listen for signals");
    Ok([
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
        listen(SignalKind::hangup())?,
    ])
}

fn interrupted() -> ExitCode {
    eprintln!("interrupted: stopping what runs and the servers");
    ExitCode::from(INTERRUPTED)
}
