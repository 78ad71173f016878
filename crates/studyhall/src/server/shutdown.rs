//! Stopping: the first signal asks, the second ends.

use std::io::Write as _;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::terminal::{Exit, Failure};

/// What a shell reports for a process that SIGTERM ended.
const TERMINATED: i32 = 143;

/// Told once that the process is to stop.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(CancellationToken);

impl Stop {
    /// Listens for SIGINT and SIGTERM from now on. The second one ends the process at once.
    pub(crate) fn on_signals() -> Result<Self, Failure> {
        let (mut interrupt, mut terminate) = signals()?;
        let stop = CancellationToken::new();
        let asked = stop.clone();
        tokio::spawn(async move {
            either(&mut interrupt, &mut terminate).await;
            say("stopping: finishing what is in hand (once more to end at once)");
            asked.cancel();
            let code = either(&mut interrupt, &mut terminate).await;
            say("ended at once; what was not finished is done again at the next start");
            std::process::exit(code);
        });
        Ok(Self(stop))
    }

    /// Ends when the process is to stop.
    pub(crate) async fn asked(&self) {
        self.0.cancelled().await;
    }

    /// Asks for the stop from within.
    pub(crate) fn ask(&self) {
        self.0.cancel();
    }
}

/// Runs a command that a signal may end at any time, because stopping it is always safe.
pub(crate) async fn or_interrupt(
    command: impl Future<Output = Result<Exit, Failure>>,
) -> Result<Exit, Failure> {
    let (mut interrupt, mut terminate) = signals()?;
    tokio::select! {
        result = command => result,
        _ = either(&mut interrupt, &mut terminate) => {
            say("ended before it was done");
            Ok(Exit::Interrupted)
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

/// Waits for one of them; answers the exit code that it stands for.
async fn either(interrupt: &mut Signal, terminate: &mut Signal) -> i32 {
    tokio::select! {
        _ = interrupt.recv() => i32::from(Exit::Interrupted.code()),
        _ = terminate.recv() => TERMINATED,
    }
}

fn say(text: &str) {
    // Nobody is left to be told when stderr is gone.
    writeln!(std::io::stderr(), "studyhall: {text}").ok();
}
