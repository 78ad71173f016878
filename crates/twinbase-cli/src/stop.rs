//! Stopping: the first signal asks, the second ends.

use std::{
    io::Write as _,
    sync::{Arc, OnceLock},
};

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::{
    program,
    terminal::{Exit, Failure},
};

/// Whether the process is to stop.
#[derive(Debug, Clone, Default)]
pub struct Stop {
    asked: CancellationToken,
    by: Arc<OnceLock<Exit>>,
}

impl Stop {
    /// Listens for SIGINT and SIGTERM from now on. The second one ends the process at once.
    pub fn on_signals() -> Result<Self, Failure> {
        let (mut interrupt, mut terminate) = signals()?;
        let stop = Self::default();
        let Self { asked, by } = stop.clone();
        tokio::spawn(async move {
            by.set(either(&mut interrupt, &mut terminate).await).ok();
            say("stopping: finishing what is in flight (a second signal ends at once)");
            asked.cancel();
            let exit = either(&mut interrupt, &mut terminate).await;
            say("ended at once; what was not finished is done again at the next start");
            std::process::exit(exit.code().into());
        });
        Ok(stop)
    }

    /// Ends when the process is to stop.
    pub async fn asked(&self) {
        self.asked.cancelled().await;
    }

    /// Cancelled when the process is to stop.
    pub fn token(&self) -> CancellationToken {
        self.asked.clone()
    }

    /// Asks for the stop from within.
    pub fn ask(&self) {
        self.asked.cancel();
    }

    /// How a command ends that was stopped before it was done.
    pub fn exit(&self) -> Exit {
        self.by.get().copied().unwrap_or(Exit::Interrupted)
    }
}

/// Runs a command that a signal may end at any time, because stopping it is always safe.
pub async fn or_interrupt(
    command: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    or_leave(command, "ended before it was done").await
}

/// As [`or_interrupt`], of a command that shows the work of others: what is said when it is left.
pub(crate) async fn or_leave(
    command: impl Future<Output = Result<Exit, Failure>>,
    said: &str,
) -> Result<Exit, Failure> {
    let (mut interrupt, mut terminate) = signals()?;
    tokio::select! {
        result = command => result,
        exit = either(&mut interrupt, &mut terminate) => {
            say(said);
            Ok(exit)
        }
    }
}

fn signals() -> Result<(Signal, Signal), Failure> {
    let listen = |kind| {
        signal(kind).map_err(|error| {
            Failure::new(
                "cannot listen for the signals that stop the program",
                "Check the limits of this process.",
            )
            .because(error)
        })
    };
    Ok((
        listen(SignalKind::interrupt())?,
        listen(SignalKind::terminate())?,
    ))
}

/// Waits for one of them; returns the exit that it stands for.
async fn either(interrupt: &mut Signal, terminate: &mut Signal) -> Exit {
    tokio::select! {
        _ = interrupt.recv() => Exit::Interrupted,
        _ = terminate.recv() => Exit::Terminated,
    }
}

fn say(text: &str) {
    // Nobody is left to be told when stderr is gone.
    writeln!(std::io::stderr(), "{}: {text}", program::name()).ok();
}
